//! The runner in a hub with toy devices: what it promises about order, the disk and rights, and a
//! hub that is killed two hundred times.

#![expect(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the helpers of a test fail as the test itself does, and tell its seed"
)]

mod answers;
mod crash;
mod disk;
mod order;
mod recording;
mod rig;
mod rights;
mod toys;

//! The recorder beside a real hub with lamps in memory. The clock that waits is tokio's and stands
//! still, so nothing here waits for real.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, and says where"
)]

mod energy;
mod faults;
mod importing;
mod keeping;
mod recording;
mod rig;
mod toy;

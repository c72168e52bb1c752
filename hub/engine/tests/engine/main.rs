//! The engine from outside: one input at a time, all outputs looked at.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, and says where"
)]

mod commands;
mod edits;
mod jobs;
mod model;
mod nodes;
mod rig;

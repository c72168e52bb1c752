//! The hub as its clients have it: a handle, a store in memory, lamps behind a test bridge.
//! The clock is tokio's and stands still, so nothing here waits for real.

#![expect(
    clippy::unwrap_used,
    reason = "a test that panics has failed, and says where"
)]

mod bridges;
mod clients;
mod rig;
mod storing;

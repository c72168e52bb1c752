//! The Matter controller's shell: it moves bytes, waits and stores; what to do is decided by
//! `matter-engine`.
//!
//! One task, [`MatterBridge`], owns one UDP socket for all nodes, one multicast DNS querier for
//! the hub, and the engine. It keeps the fabric and the nodes' records in the hub's storage, and
//! reads whom to trust from two folders.
//!
//! Not here: what the hub itself advertises; devices of ours (`matter-device`).

mod discovery;
mod mdns;
mod memory;
mod random;
mod shell;
mod socket;
mod store_queue;
#[cfg(test)]
mod testing;
mod trust;

pub use shell::{MatterBridge, MatterConfig};

/// The bridge's name, and its space in storage.
pub(crate) const SPACE: &str = "matter";

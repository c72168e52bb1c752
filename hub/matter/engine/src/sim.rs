//! A small Matter world for tests: devices, a lossy network, DNS-SD, a disk and virtual time.
//!
//! The devices are written over the same crates as the engine, but of their other halves.

pub(crate) mod device;
pub(crate) mod world;

//! The Matter controller's shell.
mod discovery;
mod mdns;
mod socket;
pub mod trust;

//! The Matter controller's shell.
mod mdns;

//! The Matter controller's core: sessions, exchanges, commissioning, subscriptions, supervision.

pub mod attestation;
pub mod commissioning;
pub mod setup;

//! The Matter controller's core: sessions, exchanges, commissioning, subscriptions, supervision.
//!
//! Pure: no socket, no clock, no file, no thread. [`Engine`] has four doors: `handle_*(input,
//! now)`, [`Engine::poll_transmit`], [`Engine::poll_event`], [`Engine::poll_timeout`]; feed one
//! input, drain both outputs, wait.
//!
//! | module | owns |
//! |---|---|
//! | `engine` | supervision of each node, commands, adding and removing, what is stored |
//! | `net` | sessions, handshakes, exchanges, interactions |
//! | [`commissioning`] | the sequence from a PASE session to a commissioned node |
//! | [`attestation`], [`setup`] | whether a device is what it says; setup codes |
//! | [`discovery`], [`door`], [`record`] | what passes the doors, and what is kept of a node |
//!
//! Not here: UDP, DNS-SD, folders (`hub-matter`); the fabric's certificates (`hub-pki`).
//!
//! Spec: Matter 1.6 Core.

pub mod attestation;
pub mod commissioning;
pub mod config;
pub mod discovery;
pub mod door;
mod engine;
mod net;
pub mod record;
mod report;
pub mod setup;
#[cfg(test)]
mod sim;
#[cfg(test)]
mod tests;
mod timers;
mod value;

pub use config::{Config, Limits};
pub use discovery::{
    Commissionable, Discover, Discovered, Discriminator, Location, Pace, ScopedAddr,
};
pub use door::{Output, RecordChange, StoreToken, Transmit};
pub use engine::Engine;
pub use record::{NodeRecord, Phase, RecordError, Resumption};

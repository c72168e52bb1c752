//! The Matter controller's core: sessions, exchanges, commissioning, subscriptions, supervision.

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
mod timers;
mod value;

pub use config::{Config, Limits};
pub use discovery::{
    Commissionable, Discover, Discovered, Discriminator, Location, Pace, ScopedAddr,
};
pub use door::{Output, RecordChange, StoreToken, Transmit};
pub use engine::Engine;
pub use record::{NodeRecord, Phase, RecordError, Resumption};

//! The engine's task, the hub handle, the supervisor and the clock.
//!
//! Turns the pure engine into something that others can hold: one task owns it, everyone else has
//! a [`HubHandle`]. Uses tokio's channels, timers and tasks, and no file or socket: the store and
//! the bridges are traits, given by the program.

mod bridges;
pub mod clock;
pub mod config;
mod counting;
pub mod handle;
pub mod hub;
pub mod meters;
pub mod store;
mod store_work;
pub mod subscription;
pub mod supervisor;

pub use config::HubConfig;
pub use handle::{Door, HubError, HubHandle, Submission, Ticket};
pub use hub::{StartError, start};
pub use meters::{Counter, Gauge, Histogram, Meters, Readings};
pub use store::{HomeStore, MemoryStore, StoreError};
pub use subscription::{Subscription, Update};
pub use supervisor::Supervisor;

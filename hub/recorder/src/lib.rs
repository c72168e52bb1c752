//! Records the home's past, and answers for it.
//!
//! [`start`] begins to listen to the engine: what is worth it becomes samples, which a
//! [`store::HistoryStore`] keeps. A [`HistoryHandle`] answers questions; the keeper, a task beside,
//! rolls days up and lets go of what is old. [`memory::MemoryHistory`] is the plainest store, and
//! `conformance` (a feature, for tests) checks any.
//!
//! Not here: what samples and roll-ups are (`history`), files and databases.

mod config;
#[cfg(feature = "conformance")]
pub mod conformance;
mod energy;
mod gaps;
mod handle;
mod health;
mod import;
mod intake;
mod keeper;
pub mod memory;
mod past;
pub mod query;
mod recorder;
pub mod store;

pub use self::energy::{LastReading, Meter};
pub use config::{RecorderConfig, Retention};
pub use handle::{HistoryError, HistoryHandle};
pub use health::{Health, Trouble};
pub use memory::MemoryHistory;
pub use past::Past;
pub use query::{Answer, Told, View};
pub use recorder::{StartError, start};
pub use store::{Entry, Expire, HistoryStore, Late, SeriesId, Size, StoreError};

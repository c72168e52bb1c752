//! The home on disk: `home.db`, the keys that seal its secrets, and the home's past.
//!
//! What is acknowledged is on disk: each commit is one transaction in SQLite's write-ahead log,
//! synced before it is answered. One hub at a time holds a state directory:
//!
//! | file | holds |
//! |---|---|
//! | `home.db` | objects with their revisions, the bridges' sealed records, last values |
//! | `runs.db` | runs of rules under way and their traces; it may be lost without costing a device |
//! | `history.db` | the past of everything in the home, its last seconds unsynced; it may be lost as well |
//! | `recording/` | what the rules were given, to try rules on and to repeat incidents |
//! | `keys/kek` | the key that seals the secrets, unless a systemd credential does |
//! | `snapshots/` | `home.db` as it was before each migration |
//! | `hub.lock` | the process that runs |
//!
//! The only crate that names `rusqlite`. Its twins in memory are `hub_runtime::MemoryStore` and
//! `bridge::MemoryStorage`; one conformance suite holds for both (`conformance`). That of `history.db` is
//! `recorder::MemoryHistory`, with a suite of its own (`recorder::conformance`).
//!
//! Not here: what is recorded and for how long (`recorder`), backup, and what an object's body means.

#[cfg(test)]
mod conformance;
mod database;
mod error;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod golden;
mod ha_recorder;
mod history_db;
mod home_db;
mod kek;
#[cfg(test)]
mod killed;
mod objects;
mod recording;
mod records;
mod refusal;
mod run_db;
mod schema;
mod seal;
mod snapshot;
mod state_dir;
mod values;

pub use error::OpenError;
pub use ha_recorder::{HaRecorder, HaRecorderError, Pages, Progress};
pub use history_db::HistoryDb;
pub use home_db::{HomeDb, HomeDbOptions};
pub use kek::Protection;
pub use recording::RecordingDir;
pub use run_db::RunDb;

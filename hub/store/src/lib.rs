//! The home on disk: `home.db`, the keys that seal its secrets, and a twin in memory.
//!
//! What is acknowledged is on disk: each commit is one transaction in SQLite's write-ahead log,
//! synced before it is answered. One hub at a time holds a state directory:
//!
//! | file | holds |
//! |---|---|
//! | `home.db` | objects with their revisions, the bridges' sealed records, last values |
//! | `keys/kek` | the key that seals the secrets, unless a systemd credential does |
//! | `snapshots/` | `home.db` as it was before each migration |
//! | `hub.lock` | the process that runs |
//!
//! The only crate that names `rusqlite`. Not here: history (a database of its own, which may be
//! lost), backup, and what an object's body means.

mod database;
mod error;
#[cfg(test)]
mod faults;
mod home_db;
mod kek;
mod records;
mod schema;
mod seal;
mod snapshot;
mod state_dir;

pub use error::OpenError;
pub use home_db::{HomeDb, HomeDbOptions};
pub use kek::Protection;

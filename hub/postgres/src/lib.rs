//! The home's past in a PostgreSQL database: for histories that outgrew one machine, and for owners
//! who ask theirs by SQL.
//!
//! [`PgHistory`] is a [`recorder::HistoryStore`]. Its tables are made to be read: `history` and
//! `history_rollup` are views with a column for everything (`schema/1.sql` says what each is). It needs
//! PostgreSQL 13 or newer, and a session of its own: no pooler that shares sessions between clients.
//! Where the database has the TimescaleDB extension, samples are kept in its chunks.
//!
//! Each hub has a schema of its own; a lock in the database keeps a second hub out of it.
//!
//! Not here: what is recorded, rolled up and let go of (`recorder`), and the server itself: its
//! backups, its roles and its disk are its owner's.

mod append;
mod config;
mod error;
mod expire;
mod link;
mod migrate;
mod moment;
mod query;
mod rollups;
mod series;
mod session;
mod store;
mod timescale;
mod tls;
mod value;

pub use config::{PgConfig, PgConfigError};
pub use store::PgHistory;

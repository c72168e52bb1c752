//! Runs the rules of a home: the machine's task, the handle to it, and what it needs of a store.
//!
//! The pure machine (`rules`) senses, decides and says what must be on disk; this crate feeds it the
//! hub's events in order, gives its commands through the one way in with the rights of the rule's
//! owner, and keeps its promise that a command of a run with more to do is given only when that is
//! on disk. It uses tokio's channels and timers; files are the store's.

mod commands;
mod handle;
mod notices;
mod past;
mod recording;
mod runner;
mod store;
mod storing;

pub use handle::{RulesError, RulesHandle, RulesStatus};
pub use notices::Notice;
pub use past::{Past, PastError, SimulateAsked};
pub use recording::{MemoryRecorder, Piece, Recorder};
pub use runner::{RunnerConfig, StartError, start};
pub use store::{MemoryRunStore, RunStore, RunStoreError, TraceQuery};

//! The engine: the home, its state with quality, commands, availability, causes.
//!
//! One owner feeds it one input at a time and then drains its outputs: see [`Engine`]. It is
//! pure: given the same inputs at the same times it gives the same outputs.
//!
//! Not here: the task that owns it and the handle to that task (`hub-runtime`), what is stored
//! and how (`hub-store`), what names and units members have (`hub-model`'s specification).

pub mod access;
mod causes;
pub mod change;
mod commands;
pub mod edit;
pub mod engine;
pub mod event;
mod expect;
pub mod filter;
pub mod home;
mod jobs;
pub mod mirror;
mod reach;
pub mod request;
mod state;
pub mod tally;
mod timers;
pub mod view;

pub use access::{Action, Authorise, ConsoleOnly, Denied, DenyAll, Principal, PrincipalKind};
pub use change::{
    Object, ObjectChange, ObjectKind, Revision, RevisionId, StoredHome, StoredRevision, StoredValue,
};
pub use edit::{Edit, EditError};
pub use engine::{CommitId, Engine, EngineConfig, Transmit, Undelivered};
pub use event::{Event, EventKind};
pub use filter::Filter;
pub use home::{
    BodyError, Device, DeviceChoice, DeviceId, Floor, FloorId, Home, Node, Room, RoomId,
};
pub use mirror::Gap;
pub use request::{Commission, Request, RequestError, RequestId, Taken};
pub use tally::Tally;
pub use view::{
    AttributeView, DeviceEvent, JobKind, JobState, JobView, Link, NodeView, Quality, Reachability,
    Snapshot, StageView,
};

//! Why something happened: the causal chain from a person, rule or device to a change.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::NodeId;
use crate::time::Timestamp;

/// One link of a causal chain. Every command submitted gets its own, so a cause id also names
/// the command. Ascends for the life of a hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CauseId(pub u64);

impl fmt::Display for CauseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", self.0)
    }
}

/// A link with what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Its name.
    pub id: CauseId,
    /// What led to it.
    pub parent: Option<CauseId>,
    /// Links above it; loops are found by it.
    pub depth: u16,
    /// Who or what began it.
    pub origin: Origin,
    /// When.
    pub at: Timestamp,
}

/// Who or what began something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "who")]
#[non_exhaustive]
pub enum Origin {
    /// Whoever has the machine's own console or local socket.
    Console,
    /// A person, by user name.
    Person(Arc<str>),
    /// An API token, by its name.
    Token(Arc<str>),
    /// A rule, by id and revision.
    Rule(Arc<str>),
    /// A timer of the hub.
    Timer,
    /// The device by itself: a button, a hand, its own program, another controller.
    Device(NodeId),
    /// The hub itself: start, reconciliation.
    Hub,
}

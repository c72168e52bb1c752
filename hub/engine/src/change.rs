//! Objects and their changes: how everything that the owner configures is stored and undone.
//!
//! The home is a set of small objects (a room, a node's name ...), each a kind, an id and a JSON
//! body that carries its format's version. A revision is a set of changes that holds together,
//! with its author and reason. The store knows no more than this, so further kinds (rules,
//! scenes, users) need no further tables, and undo is one algorithm for all of them.

use std::borrow::Cow;
use std::fmt;

use hub_model::{AttributePath, Origin, Timestamp, Value};
use serde::{Deserialize, Serialize};

/// What an object is: a stable word, part of the stored format.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectKind(Cow<'static, str>);

impl ObjectKind {
    /// The home itself; its only id is `home`.
    pub const HOME: Self = Self(Cow::Borrowed("home"));
    /// A floor, by its number.
    pub const FLOOR: Self = Self(Cow::Borrowed("floor"));
    /// A room, by its number.
    pub const ROOM: Self = Self(Cow::Borrowed("room"));
    /// A node, by its id in hex.
    pub const NODE: Self = Self(Cow::Borrowed("node"));
    /// What the owner decided about a device, by node and leading endpoint.
    pub const DEVICE: Self = Self(Cow::Borrowed("device"));
    /// The next free number of a sequence. Undo leaves it alone: numbers are never reused.
    pub const COUNTER: Self = Self(Cow::Borrowed("counter"));

    /// A kind by its word.
    #[must_use]
    pub fn new(word: impl Into<String>) -> Self {
        Self(Cow::Owned(word.into()))
    }

    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One object as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// What it is.
    pub kind: ObjectKind,
    /// Its id, unique in its kind.
    pub id: String,
    /// Its JSON body.
    pub body: String,
}

/// A change of one object: created (no `before`), altered, or deleted (no `after`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectChange {
    /// What it is.
    pub kind: ObjectKind,
    /// Its id.
    pub id: String,
    /// Its body before, if it was there.
    pub before: Option<String>,
    /// Its body after, if it still is.
    pub after: Option<String>,
}

impl ObjectChange {
    /// The change that takes this one back.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self {
            kind: self.kind.clone(),
            id: self.id.clone(),
            before: self.after.clone(),
            after: self.before.clone(),
        }
    }
}

/// Names a revision; ascends with each one.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct RevisionId(pub u64);

impl fmt::Display for RevisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{}", self.0)
    }
}

/// Changes that are stored together or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// When it was decided.
    pub at: Timestamp,
    /// Who decided it.
    pub author: Origin,
    /// Why, in a few words.
    pub reason: String,
    /// What changed, at most one change an object.
    pub changes: Vec<ObjectChange>,
}

/// A revision that the store holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRevision {
    /// Its name.
    pub id: RevisionId,
    /// What it changed.
    #[serde(flatten)]
    pub revision: Revision,
}

/// The last value of an attribute, kept over a restart.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredValue {
    /// The attribute.
    pub path: AttributePath,
    /// Its value.
    pub value: Value,
    /// When it was so.
    pub reported_at: Timestamp,
    /// When the hub heard of it last.
    pub received_at: Timestamp,
}

/// All that the store holds of a home.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoredHome {
    /// The objects of every kind.
    pub objects: Vec<Object>,
    /// The last values.
    pub values: Vec<StoredValue>,
}

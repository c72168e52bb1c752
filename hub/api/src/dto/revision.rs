//! Changes of the home, as stored.

use hub_engine::StoredRevision;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{ms, origin_words};

/// Changes of the home, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Revisions {
    /// The revisions.
    pub revisions: Vec<Revision>,
}

/// Changes that were stored together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Revision {
    /// Its number.
    pub id: u64,
    /// When.
    pub at_ms: i64,
    /// Who, in words.
    pub author: String,
    /// Why, in a few words.
    pub reason: String,
    /// What changed.
    pub changes: Vec<ObjectChange>,
}

/// A change of one object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ObjectChange {
    /// What it is: `room`, `node` ...
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its body before; none when it was made.
    pub before: Option<Value>,
    /// Its body after; none when it was deleted.
    pub after: Option<Value>,
}

impl Revision {
    /// The revision as stored.
    pub(crate) fn of(stored: &StoredRevision) -> Self {
        let revision = &stored.revision;
        let changes = revision.changes.iter().map(|change| ObjectChange {
            kind: change.kind.to_string(),
            id: change.id.clone(),
            before: change.before.as_deref().map(body),
            after: change.after.as_deref().map(body),
        });
        Self {
            id: stored.id.0,
            at_ms: ms(revision.at),
            author: origin_words(&revision.author),
            reason: revision.reason.clone(),
            changes: changes.collect(),
        }
    }
}

/// A body as JSON; as text when it is none.
fn body(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

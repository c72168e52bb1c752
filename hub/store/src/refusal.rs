//! Why a request was refused, before it is put in the words of the trait that was called.

use bridge::StorageError;
use hub_engine::{ObjectChange, ObjectKind};
use hub_runtime::StoreError;

/// Why the database thread refused a request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    #[error("{kind} {id} is not as the change expects it")]
    Conflict { kind: ObjectKind, id: String },
    #[error("the author of a revision cannot be read or written: {0}")]
    Author(#[from] serde_json::Error),
    #[error("record {key:?} of {space:?} cannot be unsealed")]
    Unseal { space: String, key: String },
    #[error("the system's random number generator failed")]
    Random,
    #[error("the store is closed")]
    Closed,
}

impl Refusal {
    /// The object is not as this change expects it.
    pub(crate) fn conflict(change: &ObjectChange) -> Self {
        Self::Conflict {
            kind: change.kind.clone(),
            id: change.id.clone(),
        }
    }
}

impl From<Refusal> for StorageError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unseal { space, key } => Self::Unseal { space, key },
            Refusal::Closed => Self::Closed,
            other => Self::Database(other.to_string()),
        }
    }
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Conflict { kind, id } => Self::Conflict { kind, id },
            Refusal::Closed => Self::Closed,
            other => Self::Database(other.to_string()),
        }
    }
}

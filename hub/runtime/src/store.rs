//! What the hub needs of a store; `hub-store` keeps it on disk, [`MemoryStore`] in memory.

mod memory;

use async_trait::async_trait;
use hub_engine::{ObjectKind, Revision, RevisionId, StoredHome, StoredRevision, StoredValue};
use hub_model::NodeId;

pub use memory::MemoryStore;

/// Keeps a home over a restart.
#[async_trait]
pub trait HomeStore: Send + Sync {
    /// All objects and last values.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn load(&self) -> Result<StoredHome, StoreError>;

    /// Applies the changes of a revision and keeps it, in one transaction; on disk when it returns.
    ///
    /// # Errors
    /// When an object is not as a change's `before` says, or the store cannot be written; nothing
    /// has changed then.
    async fn commit(&self, revision: Revision) -> Result<RevisionId, StoreError>;

    /// At most `limit` revisions older than `before`, or the newest, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn revisions(
        &self,
        before: Option<RevisionId>,
        limit: usize,
    ) -> Result<Vec<StoredRevision>, StoreError>;

    /// Keeps these values in place of earlier ones of the same paths.
    ///
    /// # Errors
    /// When the store cannot be written.
    async fn save_values(&self, values: Vec<StoredValue>) -> Result<(), StoreError>;

    /// Forgets all values of a node.
    ///
    /// # Errors
    /// When the store cannot be written.
    async fn forget_values(&self, node: NodeId) -> Result<(), StoreError>;
}

/// Why the store refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// An object is not as the change expects it.
    #[error("{kind} {id} is not as the change expects it")]
    Conflict {
        /// The object's kind.
        kind: ObjectKind,
        /// Its id.
        id: String,
    },
    /// The database refused; its own words.
    #[error("the home's database failed: {0}")]
    Database(String),
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
}

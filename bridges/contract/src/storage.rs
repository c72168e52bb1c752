//! What a bridge keeps over a restart: small records in `home.db`, secrets sealed.

mod memory;

use async_trait::async_trait;
use hub_model::Secret;

pub use memory::MemoryStorage;

/// Small records in named spaces, one transaction a commit.
///
/// Values are the bridge's own formats and carry a version. They are sealed at rest, so keys and
/// session secrets may be among them.
#[async_trait]
pub trait Storage: Send + Sync {
    /// All records of a space, by key.
    ///
    /// # Errors
    /// When the store cannot be read, or a record cannot be unsealed.
    async fn load(&self, space: &str) -> Result<Vec<Entry>, StorageError>;

    /// Carries out all changes or none; on disk when it returns.
    ///
    /// # Errors
    /// When the store cannot be written; nothing has changed then.
    async fn commit(&self, space: &str, changes: Vec<Change>) -> Result<(), StorageError>;
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its key within the space.
    pub key: String,
    /// Its value.
    pub value: Secret<Vec<u8>>,
}

/// One change of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Write the record, new or not.
    Put(Entry),
    /// Delete the record, if there.
    Delete(String),
}

/// Why the store refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// A record was sealed under another key, or altered.
    #[error(
        "record {key:?} of {space:?} cannot be unsealed: the key file is not the one it was sealed with"
    )]
    Unseal {
        /// The space.
        space: String,
        /// The key.
        key: String,
    },
    /// The database refused.
    #[error("the home's database failed: {0}")]
    Database(String),
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
}

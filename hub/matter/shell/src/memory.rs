//! What the bridge finds in its storage at start: the fabric and the nodes' records.
//!
//! At the first start there is nothing, and the fabric is founded. It is on disk before it is
//! used. Its root key is kept beside it for the recovery kit; nothing else reads it.

use std::sync::Arc;

use bridge::{Change, Entry, Storage, StorageError};
use hub_pki::{Fabric, FabricError, FabricParts};
use matter_engine::{NodeRecord, RecordError};
use tracing::info;

use crate::SPACE;
use crate::random::OsRandom;

/// What the engine starts from.
#[derive(Debug)]
pub(crate) struct Memory {
    pub(crate) fabric: Arc<Fabric>,
    pub(crate) nodes: Vec<NodeRecord>,
}

/// Why the bridge cannot start from its storage.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MemoryError {
    #[error("the Matter records cannot be read or written")]
    Storage(#[from] StorageError),
    #[error("the fabric's record {FABRIC:?} cannot be used")]
    Fabric(#[from] FabricError),
    #[error("the record {key:?} cannot be used")]
    Node {
        key: String,
        #[source]
        source: RecordError,
    },
    #[error(
        "there are records of {0} nodes but none of their fabric: restore {FABRIC:?} from a backup"
    )]
    FabricLost(usize),
}

const FABRIC: &str = "fabric";
const ROOT_KEY: &str = "root-key";

impl Memory {
    /// Reads what is stored, or founds the fabric.
    pub(crate) async fn load(storage: &dyn Storage) -> Result<Self, MemoryError> {
        let mut parts = None;
        let mut nodes = Vec::new();
        for entry in storage.load(SPACE).await? {
            if entry.key == FABRIC {
                parts = Some(FabricParts::decode(entry.value.expose())?);
            } else if entry.key.starts_with(NodeRecord::KEY_PREFIX) {
                nodes.push(node(entry)?);
            }
        }
        let parts = match parts {
            Some(parts) => parts,
            None if nodes.is_empty() => found(storage).await?,
            None => return Err(MemoryError::FabricLost(nodes.len())),
        };
        let fabric = Arc::new(Fabric::open(&parts)?);
        Ok(Self { fabric, nodes })
    }
}

fn node(entry: Entry) -> Result<NodeRecord, MemoryError> {
    NodeRecord::from_bytes(entry.value.expose()).map_err(|source| MemoryError::Node {
        key: entry.key,
        source,
    })
}

async fn found(storage: &dyn Storage) -> Result<FabricParts, MemoryError> {
    let founded = Fabric::found(&mut OsRandom::new())?;
    let put = |key: &str, value| {
        Change::Put(Entry {
            key: key.to_owned(),
            value,
        })
    };
    let changes = vec![
        put(FABRIC, founded.parts.encode()?),
        put(ROOT_KEY, founded.root_key.to_secret()),
    ];
    storage.commit(SPACE, changes).await?;
    info!(fabric = %founded.parts.id, "fabric founded");
    Ok(founded.parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestStorage;
    use hub_model::{NodeId, Secret};
    use matter_engine::Phase;

    #[tokio::test]
    async fn the_fabric_is_founded_once() {
        let storage = TestStorage::default();
        let first = Memory::load(&storage).await.unwrap();
        let again = Memory::load(&storage).await.unwrap();
        assert_eq!(first.fabric.compressed_id(), again.fabric.compressed_id());
        assert_eq!(storage.keys().await, [FABRIC, ROOT_KEY]);
    }

    #[tokio::test]
    async fn a_fabric_that_cannot_be_stored_is_not_used() {
        let storage = TestStorage::default();
        storage.refuse();
        let error = Memory::load(&storage).await.unwrap_err();
        assert!(matches!(error, MemoryError::Storage(_)), "{error}");
    }

    #[tokio::test]
    async fn nodes_are_found_again() {
        let storage = TestStorage::default();
        Memory::load(&storage).await.unwrap();
        let record = NodeRecord::new(NodeId(0x12), Phase::Commissioned);
        storage.put(&record.key(), record.to_bytes()).await;
        assert_eq!(Memory::load(&storage).await.unwrap().nodes, [record]);
    }

    #[tokio::test]
    async fn nodes_without_their_fabric_are_not_given_another() {
        let storage = TestStorage::default();
        let record = NodeRecord::new(NodeId(0x12), Phase::Commissioned);
        storage.put(&record.key(), record.to_bytes()).await;
        let error = Memory::load(&storage).await.unwrap_err();
        assert!(matches!(error, MemoryError::FabricLost(1)), "{error}");
    }

    #[tokio::test]
    async fn a_damaged_record_is_named() {
        let storage = TestStorage::default();
        Memory::load(&storage).await.unwrap();
        storage
            .put("node/0000000000000012", Secret::new(b"?".to_vec()))
            .await;
        let error = Memory::load(&storage).await.unwrap_err();
        assert!(
            error.to_string().contains("node/0000000000000012"),
            "{error}"
        );
    }
}

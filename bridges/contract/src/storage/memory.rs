//! A storage that lives as long as the process: for tests and for trying things out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use hub_model::Secret;

use super::{Change, Entry, Storage, StorageError};

/// Records kept in memory. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryStorage(Arc<Mutex<Records>>);

/// Values by space and key.
type Records = BTreeMap<(String, String), Secret<Vec<u8>>>;

impl MemoryStorage {
    fn records(&self) -> MutexGuard<'_, Records> {
        // No code panics while it holds the lock, and every change is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Storage for MemoryStorage {
    async fn load(&self, space: &str) -> Result<Vec<Entry>, StorageError> {
        let records = self.records();
        let of_space = records.iter().filter(|((s, _), _)| s == space);
        let entries = of_space.map(|((_, key), value)| Entry {
            key: key.clone(),
            value: value.clone(),
        });
        Ok(entries.collect())
    }

    async fn commit(&self, space: &str, changes: Vec<Change>) -> Result<(), StorageError> {
        let mut records = self.records();
        for change in changes {
            match change {
                Change::Put(Entry { key, value }) => {
                    records.insert((space.to_owned(), key), value);
                }
                Change::Delete(key) => {
                    records.remove(&(space.to_owned(), key));
                }
            }
        }
        Ok(())
    }
}

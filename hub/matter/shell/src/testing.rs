//! Storage for tests: in memory, it can refuse and be held.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use bridge::{Change, Entry, MemoryStorage, Storage, StorageError};
use hub_model::Secret;
use tokio::sync::Semaphore;

use crate::SPACE;

/// See the module.
#[derive(Debug)]
pub(crate) struct TestStorage {
    records: MemoryStorage,
    refuses: AtomicBool,
    commits: AtomicUsize,
    /// A commit takes one of these.
    permits: Semaphore,
}

impl Default for TestStorage {
    fn default() -> Self {
        Self::that_allows(Semaphore::MAX_PERMITS)
    }
}

impl TestStorage {
    /// A storage that carries out so many commits; the next waits for [`Self::allow_one`].
    pub(crate) fn that_allows(commits: usize) -> Self {
        Self {
            records: MemoryStorage::default(),
            refuses: AtomicBool::new(false),
            commits: AtomicUsize::new(0),
            permits: Semaphore::new(commits),
        }
    }

    pub(crate) fn allow_one(&self) {
        self.permits.add_permits(1);
    }

    pub(crate) fn refuse(&self) {
        self.refuses.store(true, Ordering::Relaxed);
    }

    pub(crate) async fn put(&self, key: &str, value: Secret<Vec<u8>>) {
        let key = key.to_owned();
        let change = Change::Put(Entry { key, value });
        self.records.commit(SPACE, vec![change]).await.unwrap();
    }

    pub(crate) async fn keys(&self) -> Vec<String> {
        let entries = self.records.load(SPACE).await.unwrap();
        entries.into_iter().map(|entry| entry.key).collect()
    }

    pub(crate) fn commits(&self) -> usize {
        self.commits.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Storage for TestStorage {
    async fn load(&self, space: &str) -> Result<Vec<Entry>, StorageError> {
        self.records.load(space).await
    }

    async fn commit(&self, space: &str, changes: Vec<Change>) -> Result<(), StorageError> {
        self.permits.acquire().await.unwrap().forget();
        if self.refuses.load(Ordering::Relaxed) {
            return Err(StorageError::Database("it refuses".to_owned()));
        }
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.records.commit(space, changes).await
    }
}

//! Commits to storage, in order, one at a time, while the bridge goes on.
//!
//! What is asked while a commit runs goes into the next one together: each request is still
//! carried out whole and in order, and a disk that is slow gets fewer, larger transactions.

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;

use bridge::{Change, Entry, Storage, StorageError};
use matter_engine::{RecordChange, StoreToken};

use crate::SPACE;

/// See the module.
pub(crate) struct StoreQueue {
    storage: Arc<dyn Storage>,
    waiting: Vec<(StoreToken, Vec<RecordChange>)>,
    running: Option<Commit>,
}

struct Commit {
    tokens: Vec<StoreToken>,
    work: Pin<Box<dyn Future<Output = Result<(), StorageError>> + Send>>,
}

/// A commit that ended.
#[derive(Debug)]
pub(crate) struct Committed {
    /// The requests that it carried out.
    pub(crate) tokens: Vec<StoreToken>,
    /// Whether they are on disk: all or none.
    pub(crate) result: Result<(), StorageError>,
}

impl StoreQueue {
    pub(crate) fn new(storage: Arc<dyn Storage>) -> Self {
        Self {
            storage,
            waiting: Vec::new(),
            running: None,
        }
    }

    /// Asks for changes.
    pub(crate) fn push(&mut self, token: StoreToken, changes: Vec<RecordChange>) {
        self.waiting.push((token, changes));
        self.start();
    }

    /// Whether everything asked has been carried out.
    pub(crate) fn is_idle(&self) -> bool {
        self.running.is_none()
    }

    /// The commit that ends next; waits for ever when there is none. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Committed {
        let Some(commit) = &mut self.running else {
            return pending().await;
        };
        let result = commit.work.as_mut().await;
        let tokens = std::mem::take(&mut commit.tokens);
        self.running = None;
        self.start();
        Committed { tokens, result }
    }

    fn start(&mut self) {
        if self.running.is_some() || self.waiting.is_empty() {
            return;
        }
        let (tokens, changes): (Vec<_>, Vec<_>) = self.waiting.drain(..).unzip();
        let changes = changes.into_iter().flatten().map(change).collect();
        let storage = Arc::clone(&self.storage);
        self.running = Some(Commit {
            tokens,
            work: Box::pin(async move { storage.commit(SPACE, changes).await }),
        });
    }
}

fn change(change: RecordChange) -> Change {
    match change {
        RecordChange::Put { key, value } => Change::Put(Entry { key, value }),
        RecordChange::Delete { key } => Change::Delete(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestStorage;
    use hub_model::Secret;

    fn put(key: &str) -> Vec<RecordChange> {
        vec![RecordChange::Put {
            key: key.to_owned(),
            value: Secret::new(vec![1]),
        }]
    }

    fn delete(key: &str) -> Vec<RecordChange> {
        vec![RecordChange::Delete {
            key: key.to_owned(),
        }]
    }

    #[tokio::test]
    async fn what_is_asked_meanwhile_is_carried_out_together_and_in_order() {
        let storage = Arc::new(TestStorage::that_allows(2));
        let mut queue = StoreQueue::new(Arc::clone(&storage) as Arc<dyn Storage>);
        queue.push(StoreToken(1), put("a"));
        queue.push(StoreToken(2), put("b"));
        queue.push(StoreToken(3), delete("a"));
        queue.push(StoreToken(4), delete("b"));
        queue.push(StoreToken(5), put("b"));
        assert_eq!(queue.next().await.tokens, [StoreToken(1)]);
        assert!(!queue.is_idle());
        let second = queue.next().await;
        assert_eq!(second.tokens, [2, 3, 4, 5].map(StoreToken));
        second.result.unwrap();
        assert!(queue.is_idle());
        assert_eq!(
            (storage.keys().await, storage.commits()),
            (vec!["b".to_owned()], 2)
        );
    }

    #[tokio::test]
    async fn a_wait_given_up_loses_nothing() {
        let storage = Arc::new(TestStorage::that_allows(0));
        let mut queue = StoreQueue::new(Arc::clone(&storage) as Arc<dyn Storage>);
        queue.push(StoreToken(1), put("a"));
        tokio::select! {
            biased;
            committed = queue.next() => panic!("{committed:?}"),
            () = std::future::ready(()) => {}
        }
        storage.allow_one();
        queue.next().await.result.unwrap();
        assert_eq!(storage.keys().await, ["a"]);
    }

    #[tokio::test]
    async fn a_refusal_is_told_and_the_next_is_tried() {
        let storage = Arc::new(TestStorage::default());
        storage.refuse();
        let mut queue = StoreQueue::new(Arc::clone(&storage) as Arc<dyn Storage>);
        queue.push(StoreToken(1), put("a"));
        assert!(queue.next().await.result.is_err());
        assert!(queue.is_idle());
    }
}

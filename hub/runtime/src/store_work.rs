//! The store's work, off the engine's path: commits in one task, values in another.

use std::sync::Arc;

use hub_engine::{CommitId, RequestId, Revision, RevisionId, StoredRevision, StoredValue};
use hub_model::NodeId;
use tokio::sync::mpsc;
use tracing::warn;

use crate::store::{HomeStore, StoreError};
use crate::supervisor::Supervisor;

/// Commits that may wait: the engine makes one at a time.
const COMMITS: usize = 1;
/// Other work that may wait: few people undo at once.
const OTHERS: usize = 64;

/// What the store did.
pub(crate) enum FromStore {
    Committed(CommitId, Result<RevisionId, StoreError>),
    Fetched(RequestId, Result<Option<StoredRevision>, StoreError>),
    Saved(Result<(), StoreError>),
    Forgot,
}

enum Other {
    Fetch(RequestId, RevisionId),
    Save(Vec<StoredValue>),
    Forget(NodeId),
}

/// There is no room for more work.
pub(crate) struct Full;

/// The engine's hold on the store's tasks.
pub(crate) struct StoreWork {
    commits: mpsc::Sender<(CommitId, Revision)>,
    others: mpsc::Sender<Other>,
    under_way: usize,
}

impl StoreWork {
    /// Starts the store's tasks. They end when this is dropped and their work is done.
    pub(crate) fn start(
        store: &Arc<dyn HomeStore>,
        supervisor: &Supervisor,
    ) -> (Self, mpsc::Receiver<FromStore>) {
        let (commits, commits_rx) = mpsc::channel(COMMITS);
        let (others, others_rx) = mpsc::channel(OTHERS);
        let (results_tx, results) = mpsc::channel(OTHERS);
        let commit = commit_all(Arc::clone(store), commits_rx, results_tx.clone());
        supervisor.spawn("store-commits", commit);
        let other = work_all(Arc::clone(store), others_rx, results_tx);
        supervisor.spawn("store-values", other);
        let work = Self {
            commits,
            others,
            under_way: 0,
        };
        (work, results)
    }

    /// Whether an answer is still to come.
    pub(crate) const fn is_busy(&self) -> bool {
        self.under_way > 0
    }

    /// An answer came.
    pub(crate) const fn took(&mut self, _: &FromStore) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    pub(crate) fn commit(&mut self, commit: CommitId, revision: Revision) {
        // There is room: the engine waits for each commit, and the task lives as long as this.
        if self.commits.try_send((commit, revision)).is_ok() {
            self.under_way += 1;
        }
    }

    pub(crate) fn fetch(&mut self, request: RequestId, revision: RevisionId) -> Result<(), Full> {
        self.other(Other::Fetch(request, revision))
    }

    /// Writes values down; whether there was room.
    pub(crate) fn save(&mut self, values: Vec<StoredValue>) -> bool {
        self.other(Other::Save(values)).is_ok()
    }

    /// Forgets a node's values. Without room they stay until the next start, which finds them.
    pub(crate) fn forget(&mut self, node: NodeId) {
        if self.other(Other::Forget(node)).is_err() {
            warn!(%node, "the values of a removed node are forgotten at the next start");
        }
    }

    fn other(&mut self, work: Other) -> Result<(), Full> {
        self.others.try_send(work).map_err(|_| Full)?;
        self.under_way += 1;
        Ok(())
    }
}

async fn commit_all(
    store: Arc<dyn HomeStore>,
    mut commits: mpsc::Receiver<(CommitId, Revision)>,
    results: mpsc::Sender<FromStore>,
) {
    while let Some((commit, revision)) = commits.recv().await {
        let result = store.commit(revision).await;
        if results
            .send(FromStore::Committed(commit, result))
            .await
            .is_err()
        {
            return;
        }
    }
}

async fn work_all(
    store: Arc<dyn HomeStore>,
    mut others: mpsc::Receiver<Other>,
    results: mpsc::Sender<FromStore>,
) {
    while let Some(work) = others.recv().await {
        let result = match work {
            Other::Fetch(request, id) => FromStore::Fetched(request, fetch(&*store, id).await),
            Other::Save(values) => FromStore::Saved(store.save_values(values).await),
            Other::Forget(node) => {
                if let Err(error) = store.forget_values(node).await {
                    warn!(%node, %error, "the values of a removed node could not be forgotten");
                }
                FromStore::Forgot
            }
        };
        if results.send(result).await.is_err() {
            return;
        }
    }
}

async fn fetch(
    store: &dyn HomeStore,
    id: RevisionId,
) -> Result<Option<StoredRevision>, StoreError> {
    let before = Some(RevisionId(id.0.saturating_add(1)));
    let newest = store.revisions(before, 1).await?;
    Ok(newest.into_iter().find(|stored| stored.id == id))
}

//! A store that lives as long as the process: for tests and for trying things out.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use hub_engine::{
    Object, ObjectKind, Revision, RevisionId, StoredHome, StoredRevision, StoredValue,
};
use hub_model::{AttributePath, NodeId};

use super::{HomeStore, StoreError};

/// A home kept in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    objects: BTreeMap<(ObjectKind, String), String>,
    revisions: Vec<StoredRevision>,
    values: BTreeMap<AttributePath, StoredValue>,
    refuse: bool,
}

impl MemoryStore {
    /// Lets every commit fail from now on, or no longer: a full disk.
    pub fn refuse_commits(&self, refuse: bool) {
        self.held().refuse = refuse;
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // No code panics while it holds the lock, and every change is whole.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl HomeStore for MemoryStore {
    async fn load(&self) -> Result<StoredHome, StoreError> {
        let held = self.held();
        let objects = held.objects.iter().map(|((kind, id), body)| Object {
            kind: kind.clone(),
            id: id.clone(),
            body: body.clone(),
        });
        Ok(StoredHome {
            objects: objects.collect(),
            values: held.values.values().cloned().collect(),
        })
    }

    async fn commit(&self, revision: Revision) -> Result<RevisionId, StoreError> {
        let mut held = self.held();
        if held.refuse {
            return Err(StoreError::Database("no space left".to_owned()));
        }
        for change in &revision.changes {
            let key = (change.kind.clone(), change.id.clone());
            if held.objects.get(&key) != change.before.as_ref() {
                let (kind, id) = key;
                return Err(StoreError::Conflict { kind, id });
            }
        }
        for change in &revision.changes {
            let key = (change.kind.clone(), change.id.clone());
            match change.after.clone() {
                Some(body) => held.objects.insert(key, body),
                None => held.objects.remove(&key),
            };
        }
        let last = held.revisions.last().map_or(0, |last| last.id.0);
        let id = RevisionId(last + 1);
        held.revisions.push(StoredRevision { id, revision });
        Ok(id)
    }

    async fn revisions(
        &self,
        before: Option<RevisionId>,
        limit: usize,
    ) -> Result<Vec<StoredRevision>, StoreError> {
        let held = self.held();
        let newest_first = held.revisions.iter().rev();
        let older = newest_first.filter(|stored| before.is_none_or(|before| stored.id < before));
        Ok(older.take(limit).cloned().collect())
    }

    async fn save_values(&self, values: Vec<StoredValue>) -> Result<(), StoreError> {
        let keyed = values.into_iter().map(|value| (value.path, value));
        self.held().values.extend(keyed);
        Ok(())
    }

    async fn forget_values(&self, node: NodeId) -> Result<(), StoreError> {
        self.held().values.retain(|path, _| path.node != node);
        Ok(())
    }
}

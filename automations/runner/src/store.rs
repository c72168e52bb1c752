//! What the rules need of a store; `hub-store` keeps it on disk, [`MemoryRunStore`] in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rules::machine::Write;
use rules::trace::{RunId, Trace};

/// Which traces are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceQuery {
    /// Of this rule, or of all.
    pub rule: Option<Arc<str>>,
    /// Older than this one.
    pub before: Option<RunId>,
    /// At most this many, newest first.
    pub limit: usize,
}

/// Why the store refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunStoreError {
    /// The database refused; its own words.
    #[error("the database of runs failed: {0}")]
    Database(String),
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
}

/// Keeps runs and traces over a restart.
#[async_trait]
pub trait RunStore: Send + Sync {
    /// All that was put, and traces whose outcome is not final as `trace/` and their id.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn load(&self) -> Result<Vec<(String, String)>, RunStoreError>;

    /// Carries these out in one transaction; on disk when it returns.
    ///
    /// # Errors
    /// When the store cannot be written; nothing has changed then.
    async fn write(&self, writes: Vec<Write>) -> Result<(), RunStoreError>;

    /// Traces, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn traces(&self, query: TraceQuery) -> Result<Vec<Trace>, RunStoreError>;

    /// One trace.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn trace(&self, id: RunId) -> Result<Option<Trace>, RunStoreError>;
}

/// A store that forgets all when it is dropped.
#[derive(Debug, Default)]
pub struct MemoryRunStore {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    bodies: BTreeMap<String, String>,
    traces: BTreeMap<RunId, Trace>,
}

impl MemoryRunStore {
    fn with<T>(&self, work: impl FnOnce(&mut Kept) -> T) -> T {
        work(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl RunStore for MemoryRunStore {
    async fn load(&self) -> Result<Vec<(String, String)>, RunStoreError> {
        Ok(self.with(|kept| {
            let open = kept
                .traces
                .values()
                .filter(|trace| !trace.outcome.is_final());
            let open = open.map(|trace| {
                let body = serde_json::to_string(trace).unwrap_or_default();
                (format!("trace/{}", trace.id.0), body)
            });
            let bodies = kept.bodies.iter();
            let bodies = bodies.map(|(key, body)| (key.clone(), body.clone()));
            bodies.chain(open).collect()
        }))
    }

    async fn write(&self, writes: Vec<Write>) -> Result<(), RunStoreError> {
        self.with(|kept| {
            for write in writes {
                match write {
                    Write::Put { key, body } => drop(kept.bodies.insert(key, body)),
                    Write::Delete { key } => drop(kept.bodies.remove(&key)),
                    Write::Trace(trace) => {
                        kept.traces.insert(trace.id, Trace::clone(&trace));
                    }
                }
            }
        });
        Ok(())
    }

    async fn traces(&self, query: TraceQuery) -> Result<Vec<Trace>, RunStoreError> {
        Ok(self.with(|kept| {
            let traces = kept.traces.values().rev();
            let wanted = traces.filter(|trace| {
                query.before.is_none_or(|before| trace.id < before)
                    && query.rule.as_ref().is_none_or(|rule| *rule == trace.rule)
            });
            wanted.take(query.limit).cloned().collect()
        }))
    }

    async fn trace(&self, id: RunId) -> Result<Option<Trace>, RunStoreError> {
        Ok(self.with(|kept| kept.traces.get(&id).cloned()))
    }
}

//! What waits to be on disk: one transaction at a time, each with all that came meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use rules::machine::Write;
use rules::trace::{RunId, Trace};
use tokio::time::Instant;
use tracing::{error, info};

use crate::store::{RunStore, RunStoreError};

/// Traces that may wait while the store fails; then the oldest are dropped, of which none was
/// promised to anyone.
const MOST_TRACES: usize = 10_000;
/// How long until a failed write is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How long commands wait for the disk: then light matters more than the memory of it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Names a point in the order of writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark(u64);

impl Mark {
    /// Later than all others.
    pub(crate) const LAST: Self = Self(u64::MAX);
}

/// What waits to be on disk.
pub(crate) struct Storing {
    store: Arc<dyn RunStore>,
    /// A later write of a key takes the place of an earlier one, so this is bounded by what there is.
    bodies: BTreeMap<String, Option<String>>,
    traces: BTreeMap<RunId, Arc<Trace>>,
    last: Mark,
    under_way: Option<UnderWay>,
    retry_at: Option<Instant>,
    failed: Option<RunStoreError>,
    /// Since when something waits that is not on disk yet.
    behind_since: Option<Instant>,
}

struct UnderWay {
    mark: Mark,
    bodies: BTreeMap<String, Option<String>>,
    traces: BTreeMap<RunId, Arc<Trace>>,
    work: BoxFuture<'static, Result<(), RunStoreError>>,
}

impl Storing {
    pub(crate) fn new(store: Arc<dyn RunStore>) -> Self {
        Self {
            store,
            bodies: BTreeMap::new(),
            traces: BTreeMap::new(),
            last: Mark(0),
            under_way: None,
            retry_at: None,
            failed: None,
            behind_since: None,
        }
    }

    /// Takes writes; what is to follow them waits for the mark to be [`Storing::next`]'s.
    pub(crate) fn push(&mut self, writes: Vec<Write>) -> Mark {
        for write in writes {
            match write {
                Write::Put { key, body } => drop(self.bodies.insert(key, Some(body))),
                Write::Delete { key } => drop(self.bodies.insert(key, None)),
                Write::Trace(trace) => drop(self.traces.insert(trace.id, trace)),
            }
        }
        while self.traces.len() > MOST_TRACES {
            self.traces.pop_first();
        }
        self.last = Mark(self.last.0 + 1);
        self.behind_since.get_or_insert_with(Instant::now);
        if self.retry_at.is_none() {
            self.begin();
        }
        self.last
    }

    /// Whether something is not on disk yet.
    pub(crate) fn is_busy(&self) -> bool {
        self.under_way.is_some() || !self.bodies.is_empty() || !self.traces.is_empty()
    }

    /// Why the store fails at present, if it does.
    pub(crate) fn failure(&self) -> Option<String> {
        let failed = self.failed.as_ref().map(ToString::to_string);
        failed.or_else(|| {
            self.is_late()
                .then(|| "the disk does not answer".to_owned())
        })
    }

    /// When nobody waits for the disk any longer.
    pub(crate) fn late_at(&self) -> Option<Instant> {
        self.behind_since.map(|since| since + PATIENCE)
    }

    /// Whether the disk has had enough time, and nobody waits for it any longer.
    pub(crate) fn is_late(&self) -> bool {
        self.late_at().is_some_and(|at| at <= Instant::now())
    }

    /// When a failed write is to be tried again.
    pub(crate) const fn retry_at(&self) -> Option<Instant> {
        self.retry_at
    }

    pub(crate) fn retry(&mut self) {
        self.retry_at = None;
        self.begin();
    }

    fn begin(&mut self) {
        if self.under_way.is_some() || (self.bodies.is_empty() && self.traces.is_empty()) {
            return;
        }
        let bodies = std::mem::take(&mut self.bodies);
        let traces = std::mem::take(&mut self.traces);
        let writes = bodies.iter().map(|(key, body)| match body {
            Some(body) => Write::Put {
                key: key.clone(),
                body: body.clone(),
            },
            None => Write::Delete { key: key.clone() },
        });
        let told = traces.values().cloned().map(Write::Trace);
        let writes: Vec<_> = writes.chain(told).collect();
        let store = Arc::clone(&self.store);
        let work = async move { store.write(writes).await }.boxed();
        self.under_way = Some(UnderWay {
            mark: self.last,
            bodies,
            traces,
            work,
        });
    }

    /// Waits for the write under way: all up to the mark is on disk then. None when it failed; it
    /// will be tried again. Never ends while nothing is under way. Cancel safe.
    pub(crate) async fn next(&mut self) -> Option<Mark> {
        let Some(under_way) = &mut self.under_way else {
            return std::future::pending().await;
        };
        let result = (&mut under_way.work).await;
        let done = self.under_way.take()?;
        match result {
            Ok(()) => {
                if self.failed.take().is_some() {
                    info!("runs of rules can be stored again");
                }
                self.begin();
                self.behind_since = self.under_way.as_ref().map(|_| Instant::now());
                Some(done.mark)
            }
            Err(error) => {
                if self.failed.is_none() {
                    error!(%error, "runs of rules cannot be stored; trying again");
                }
                self.failed = Some(error);
                self.put_back(done);
                self.retry_at = Some(Instant::now() + RETRY_AFTER);
                None
            }
        }
    }

    /// What failed waits again, unless something newer took its place.
    fn put_back(&mut self, failed: UnderWay) {
        for (key, body) in failed.bodies {
            self.bodies.entry(key).or_insert(body);
        }
        for (id, trace) in failed.traces {
            self.traces.entry(id).or_insert(trace);
        }
    }
}

//! What every handler holds: the hub, the page, and what the program says of itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use hub_engine::{Filter, Home, Principal, Snapshot};
use hub_model::{AttributePattern, NodeId, Now};
use hub_runtime::{HubHandle, Supervisor, clock};
use rule_runner::RulesHandle;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::assets::Assets;
use crate::events::Journal;
use crate::history::KeptHistory;
use crate::metrics::Streams;
use crate::problem::{Kind, Problem};
use crate::server::About;

/// Event streams that may be open at once.
pub(crate) const STREAMS: usize = 1_000;
/// Answers of unbounded length that may be under way at once; each holds a page of samples.
const EXPORTS: usize = 8;

/// What every handler holds. Clones are cheap.
#[derive(Clone)]
pub(crate) struct Api {
    inner: Arc<Inner>,
}

struct Inner {
    hub: HubHandle,
    rules: RulesHandle,
    history: Option<KeptHistory>,
    about: About,
    assets: Arc<dyn Assets>,
    started: Now,
    run: String,
    streams: Arc<Semaphore>,
    exports: Arc<Semaphore>,
    journal: Arc<Journal>,
    counted: Streams,
    supervisor: Supervisor,
    stop: CancellationToken,
}

impl Api {
    pub(crate) fn new(
        hub: HubHandle,
        rules: RulesHandle,
        history: Option<KeptHistory>,
        about: About,
        assets: Arc<dyn Assets>,
        supervisor: &Supervisor,
    ) -> Self {
        let started = clock::now();
        let stop = supervisor.stop_token();
        let journal = Arc::new(Journal::default());
        let (listener, events, until) = (Arc::clone(&journal), hub.clone(), stop.clone());
        supervisor.spawn("api-journal", async move {
            listener.listen(events, until).await
        });
        let counted = Streams::new(hub.meters());
        let inner = Inner {
            hub,
            rules,
            history,
            about,
            assets,
            started,
            run: format!("{:x}-{:x}", started.wall.0, std::process::id()),
            streams: Arc::new(Semaphore::new(STREAMS)),
            exports: Arc::new(Semaphore::new(EXPORTS)),
            journal,
            counted,
            supervisor: supervisor.clone(),
            stop,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    pub(crate) fn hub(&self) -> &HubHandle {
        &self.inner.hub
    }

    pub(crate) fn rules(&self) -> &RulesHandle {
        &self.inner.rules
    }

    /// The past; a problem when none is kept.
    pub(crate) fn history(&self) -> Result<&KeptHistory, Problem> {
        self.inner.history.as_ref().ok_or_else(|| {
            Problem::new(Kind::HistoryOff, "it is told not to record").advise(
                "Set `record = true` under [history] in its configuration and start it again.",
            )
        })
    }

    pub(crate) fn about(&self) -> &About {
        &self.inner.about
    }

    pub(crate) fn assets(&self) -> &dyn Assets {
        self.inner.assets.as_ref()
    }

    /// When this run of the hub began.
    pub(crate) fn started(&self) -> Now {
        self.inner.started
    }

    /// Names this run of the hub, so that nobody mixes its event numbers with another run's.
    pub(crate) fn run(&self) -> &str {
        &self.inner.run
    }

    /// Permits for event streams.
    pub(crate) fn streams(&self) -> &Arc<Semaphore> {
        &self.inner.streams
    }

    /// Permits for answers of unbounded length.
    pub(crate) fn exports(&self) -> &Arc<Semaphore> {
        &self.inner.exports
    }

    /// The last events of the hub.
    pub(crate) fn journal(&self) -> &Journal {
        &self.inner.journal
    }

    /// What is counted of event streams.
    pub(crate) fn counted(&self) -> &Streams {
        &self.inner.counted
    }

    /// Where tasks are spawned.
    pub(crate) fn supervisor(&self) -> &Supervisor {
        &self.inner.supervisor
    }

    /// Cancelled when the hub stops.
    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.inner.stop
    }

    /// The home as its owner arranged it, without any values.
    pub(crate) async fn home(&self, who: &Principal) -> Result<Arc<Home>, Problem> {
        let nothing = Filter {
            nodes: Some(BTreeSet::new()),
            ..Filter::default()
        };
        Ok(self.hub().snapshot(who, nothing).await?.home)
    }

    /// The home with these attributes of its nodes.
    pub(crate) async fn snapshot(
        &self,
        who: &Principal,
        attributes: Vec<AttributePattern>,
    ) -> Result<Snapshot, Problem> {
        let filter = Filter {
            attributes: Some(attributes),
            ..Filter::default()
        };
        Ok(self.hub().snapshot(who, filter).await?)
    }

    /// The home with one node.
    pub(crate) async fn snapshot_of(
        &self,
        who: &Principal,
        node: NodeId,
    ) -> Result<Snapshot, Problem> {
        Ok(self.hub().snapshot(who, Filter::node(node)).await?)
    }
}

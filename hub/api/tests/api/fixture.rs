//! A hub with toy devices, served on a free port and a socket in a folder of its own.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bridge::BridgeSource;
use hub_api::{About, ApiConfig, Asset, Assets, Bound, KeptHistory, serve};
use hub_engine::{ConsoleOnly, Filter, Principal, Snapshot};
use hub_model::Timestamp;
use hub_runtime::{HubConfig, HubHandle, MemoryStore, Supervisor, Update, start};
use recorder::{HistoryStore, MemoryHistory, RecorderConfig, Retention};
use rule_runner::{MemoryRecorder, MemoryRunStore, RulesHandle, RunnerConfig};
use rules::schedule::{Place, Zone};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::toy::{self, Toys};

/// How long anything in a test may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A hub under test.
pub(crate) struct Fixture {
    pub(crate) bound: Bound,
    pub(crate) hub: HubHandle,
    pub(crate) rules: RulesHandle,
    pub(crate) folder: TempDir,
    pub(crate) supervisor: Supervisor,
}

impl Fixture {
    /// A hub whose two lamps have reported: `first-lamp` (0x1) and `second-lamp` (0x2). It keeps a
    /// history in memory.
    pub(crate) async fn start() -> Self {
        Self::with_history(Some(Arc::new(MemoryHistory::default()))).await
    }

    /// Such a hub whose history is kept there, if at all.
    pub(crate) async fn with_history(store: Option<Arc<dyn HistoryStore>>) -> Self {
        let supervisor = Supervisor::new();
        let awake = CancellationToken::new();
        let toys_awake = awake.clone();
        let source = BridgeSource::new("toys", move || {
            let lamps = [toy::lamp("First lamp"), toy::lamp("Second lamp")];
            let toys = Toys::new(lamps, Duration::ZERO, toys_awake.clone());
            Ok(Box::new(toys) as _)
        });
        let config = HubConfig::new(Arc::new(MemoryStore::default()), Arc::new(ConsoleOnly));
        let hub = start(config.with_bridge(source), &supervisor)
            .await
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let api = ApiConfig {
            listen: ([127, 0, 0, 1], 0).into(),
            socket: folder.path().join("api.sock"),
            assets: Arc::new(Page),
            about: About {
                version: "1.2.3".into(),
                protection: "a key file".into(),
                bridges: vec!["toys".into()],
                ..About::default()
            },
        };
        let rules = rules(&hub, &supervisor).await;
        let history = history(store, &hub, &supervisor).await;
        let bound = serve(api, hub.clone(), rules.clone(), history, &supervisor)
            .await
            .unwrap();
        // All who listen do: now the lamps may report.
        awake.cancel();
        let fixture = Self {
            bound,
            hub,
            rules,
            folder,
            supervisor,
        };
        fixture
            .until(|home| home.nodes.len() == 2 && home.nodes.iter().all(is_complete))
            .await;
        fixture
    }

    /// A client on the loopback door.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.bound.address)
    }

    /// Waits until the home is so.
    pub(crate) async fn until(&self, so: impl Fn(&Snapshot) -> bool) {
        let wait = async {
            let console = Principal::console();
            let mut events = self
                .hub
                .subscribe(&console, Filter::default())
                .await
                .unwrap();
            while !so(&events.snapshot) {
                if let Some(Update::Events(_) | Update::Lagged) = events.next().await {
                    events.renew().await.unwrap();
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait)
            .await
            .expect("the home never was so");
    }
}

/// The history of a hub, by UTC.
async fn history(
    store: Option<Arc<dyn HistoryStore>>,
    hub: &HubHandle,
    supervisor: &Supervisor,
) -> Option<KeptHistory> {
    let config = RecorderConfig::new(store?);
    let handle = recorder::start(config, hub.clone(), supervisor).await;
    Some(KeptHistory {
        handle: handle.unwrap(),
        retention: Retention::default(),
        import: Arc::new(hub_api::NoImport),
    })
}

/// The rules of a hub, by UTC.
pub(crate) async fn rules(hub: &HubHandle, supervisor: &Supervisor) -> RulesHandle {
    let config = RunnerConfig {
        store: Arc::new(MemoryRunStore::default()),
        recorder: Arc::new(MemoryRecorder::default()),
        place: Place {
            zone: Zone::utc(),
            location: None,
        },
        past: Timestamp::default(),
    };
    rule_runner::start(config, hub.clone(), supervisor)
        .await
        .unwrap()
}

fn is_complete(view: &hub_engine::NodeView) -> bool {
    !view.devices.is_empty() && view.values.len() > 10
}

/// A page of two files.
struct Page;

impl Assets for Page {
    fn get(&self, path: &str) -> Option<Asset> {
        let (bytes, content_type, immutable): (&[u8], _, _) = match path {
            "index.html" => (b"<!doctype html>", "text/html", false),
            "assets/app.js" => (b"code", "text/javascript", true),
            _ => return None,
        };
        Some(Asset {
            bytes: Cow::Borrowed(bytes),
            brotli: None,
            gzip: None,
            content_type,
            hash: "abc".into(),
            immutable,
        })
    }

    fn hash(&self) -> Cow<'static, str> {
        "whole".into()
    }
}

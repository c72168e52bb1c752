//! A hub with toys, its rules, and a store that does as a test wants.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bridge::BridgeSource;
use hub_engine::{Authorise, ConsoleOnly, Edit, Filter, ObjectKind, Principal, Request};
use hub_model::{NodeId, Timestamp};
use hub_runtime::{HubConfig, HubHandle, MemoryStore, Supervisor, Update};
use rule_runner::{
    MemoryRecorder, MemoryRunStore, Recorder, RulesHandle, RunStore, RunStoreError, RunnerConfig,
    TraceQuery,
};
use rules::face;
use rules::machine::{RULE, RuleState, Write};
use rules::schedule::{Place, Zone};
use rules::trace::{RunId, Trace};
use tokio::sync::watch;

use crate::toys::{Toy, Toys, occupied};

pub(crate) const MOTION: NodeId = NodeId(0x10);
pub(crate) const OTHER_MOTION: NodeId = NodeId(0x11);
pub(crate) const LAMP: NodeId = NodeId(0x20);
pub(crate) const OTHER_LAMP: NodeId = NodeId(0x21);

/// See the module.
pub(crate) struct Rig {
    pub(crate) hub: HubHandle,
    pub(crate) rules: RulesHandle,
    pub(crate) toys: Toys,
    pub(crate) supervisor: Supervisor,
}

/// What a rig is made of that tests choose.
pub(crate) struct Parts {
    pub(crate) store: Arc<dyn RunStore>,
    pub(crate) recorder: Arc<dyn Recorder>,
    pub(crate) authorise: Arc<dyn Authorise>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            store: Arc::<MemoryRunStore>::default(),
            recorder: Arc::<MemoryRecorder>::default(),
            authorise: Arc::new(ConsoleOnly),
        }
    }
}

impl Rig {
    pub(crate) async fn new(parts: Parts, texts: &[&str]) -> Self {
        let toys = vec![
            Toy::motion(MOTION.0, "Motion"),
            Toy::motion(OTHER_MOTION.0, "Other motion"),
            Toy::lamp(LAMP.0, "Lamp"),
            Toy::lamp(OTHER_LAMP.0, "Other lamp"),
        ];
        let nodes = toys.len();
        let (toys, source) = Toys::new(toys);
        let supervisor = Supervisor::new();
        let hub = hub_with(source, &parts, &supervisor).await;
        see_all(&hub, nodes).await;
        for text in texts {
            put_rule(&hub, text).await;
        }
        let config = config(parts.store, parts.recorder);
        let rules = rule_runner::start(config, hub.clone(), &supervisor)
            .await
            .unwrap();
        all_ready(&rules).await;
        Self {
            hub,
            rules,
            toys,
            supervisor,
        }
    }

    pub(crate) async fn motion(&self, node: NodeId) {
        self.toys.say(vec![occupied(node, false)]).await;
        self.toys.say(vec![occupied(node, true)]).await;
    }

    /// The next command; a test that waits for ever has failed.
    pub(crate) async fn told(&mut self) -> (NodeId, u32) {
        let next = tokio::time::timeout(Duration::from_secs(60), self.toys.next());
        next.await.expect("a command")
    }

    /// Whether no command comes for a while.
    pub(crate) async fn is_quiet(&mut self, span: Duration) -> bool {
        tokio::time::timeout(span, self.toys.next()).await.is_err()
    }

    /// The last trace of a rule once it is as wanted.
    pub(crate) async fn trace(&self, rule: &str, wanted: impl Fn(&Trace) -> bool) -> Trace {
        let query = TraceQuery {
            rule: Some(rule.into()),
            before: None,
            limit: 1,
        };
        let seek = async {
            loop {
                let traces = self
                    .rules
                    .traces(&Principal::console(), query.clone())
                    .await
                    .unwrap();
                if let Some(trace) = traces.into_iter().next().filter(&wanted) {
                    return trace;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), seek)
            .await
            .expect("such a trace")
    }

    pub(crate) async fn store_failure(&self) -> Option<String> {
        self.rules
            .status(&Principal::console())
            .await
            .unwrap()
            .store_failure
    }

    pub(crate) async fn stop(&self) {
        let stopped = self.supervisor.shutdown(Duration::from_secs(10)).await;
        assert_eq!(stopped, Ok(()));
        assert!(!self.supervisor.has_failed());
    }
}

async fn hub_with(source: BridgeSource, parts: &Parts, supervisor: &Supervisor) -> HubHandle {
    let store = Arc::<MemoryStore>::default();
    let config = HubConfig::new(store, Arc::clone(&parts.authorise)).with_bridge(source);
    hub_runtime::start(config, supervisor).await.unwrap()
}

pub(crate) fn config(store: Arc<dyn RunStore>, recorder: Arc<dyn Recorder>) -> RunnerConfig {
    RunnerConfig {
        store,
        recorder,
        place: Place {
            zone: Zone::utc(),
            location: None,
        },
        past: Timestamp::from_secs(1_700_000_000),
    }
}

/// Waits until so many nodes have told what they show.
pub(crate) async fn see_all(hub: &HubHandle, nodes: usize) {
    let me = Principal::console();
    let mut client = hub.subscribe(&me, Filter::default()).await.unwrap();
    let mut home = client.snapshot.clone();
    let all_there = |home: &hub_engine::Snapshot| {
        let there = home.nodes.iter();
        let there = there.filter(|node| node.values.iter().any(|value| value.path.endpoint.0 == 1));
        there.count() == nodes
    };
    while !all_there(&home) {
        match client.next().await.unwrap() {
            Update::Events(events) => events.iter().for_each(|e| home.apply_filtered(e)),
            Update::Lagged => {
                client.renew().await.unwrap();
                home = client.snapshot.clone();
            }
        }
    }
}

pub(crate) async fn put_rule(hub: &HubHandle, text: &str) {
    let rule = face::rule_from_text(text)
        .unwrap_or_else(|e| panic!("{text}: {e:?}"))
        .what;
    put(hub, RULE, &rule.id, &face::rule_to_json(&rule).to_string()).await;
}

pub(crate) async fn put(hub: &HubHandle, kind: &str, id: &str, body: &str) {
    let edit = Edit::PutObject {
        kind: ObjectKind::new(kind),
        id: id.to_owned(),
        body: Some(body.into()),
    };
    let reason = "a test".to_owned();
    hub.submit(Principal::console(), Request::Edit { edit, reason })
        .await
        .unwrap();
}

pub(crate) async fn all_ready(rules: &RulesHandle) {
    for view in rules.rules(&Principal::console()).await.unwrap() {
        assert_eq!(view.state, RuleState::Ready, "{}", view.rule.id);
    }
}

/// How a store behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Writes,
    /// A write does not come back before the mood is another.
    Hangs,
    /// As a full disk.
    Fails,
}

/// A store in memory with moods.
pub(crate) struct MoodyStore {
    pub(crate) kept: MemoryRunStore,
    mood: watch::Sender<Mood>,
}

impl Default for MoodyStore {
    fn default() -> Self {
        Self {
            kept: MemoryRunStore::default(),
            mood: watch::Sender::new(Mood::Writes),
        }
    }
}

impl MoodyStore {
    pub(crate) fn set(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }
}

#[async_trait]
impl RunStore for MoodyStore {
    async fn load(&self) -> Result<Vec<(String, String)>, RunStoreError> {
        self.kept.load().await
    }

    async fn write(&self, writes: Vec<Write>) -> Result<(), RunStoreError> {
        let mut mood = self.mood.subscribe();
        let mood = *mood.wait_for(|mood| *mood != Mood::Hangs).await.unwrap();
        match mood {
            Mood::Fails => Err(RunStoreError::Database(
                "database or disk is full".to_owned(),
            )),
            _ => self.kept.write(writes).await,
        }
    }

    async fn traces(&self, query: TraceQuery) -> Result<Vec<Trace>, RunStoreError> {
        self.kept.traces(query).await
    }

    async fn trace(&self, id: RunId) -> Result<Option<Trace>, RunStoreError> {
        self.kept.trace(id).await
    }
}

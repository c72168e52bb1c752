//! A hub with a lamp in memory, and a recorder.

use std::sync::Arc;
use std::time::Duration;

use bridge::echo::EchoHome;
use history::series::SeriesKey;
use hub_engine::*;
use hub_model::*;
use hub_runtime::*;
use recorder::{Answer, HistoryHandle, HistoryStore, RecorderConfig, View};

pub(crate) const LEVEL: ClusterId = ClusterId(0x0402);

pub(crate) struct Rig {
    pub(crate) hub: HubHandle,
    pub(crate) home: Arc<MemoryStore>,
    pub(crate) lamps: EchoHome,
    pub(crate) history: HistoryHandle,
    supervisor: Supervisor,
}

impl Rig {
    pub(crate) async fn new(config: RecorderConfig) -> Self {
        Self::on(Arc::default(), EchoHome::default(), config).await
    }

    pub(crate) async fn on(
        home: Arc<MemoryStore>,
        lamps: EchoHome,
        config: RecorderConfig,
    ) -> Self {
        let supervisor = Supervisor::new();
        let hub = HubConfig::new(Arc::clone(&home) as _, Arc::new(ConsoleOnly))
            .with_bridge(lamps.source());
        let hub = start(hub, &supervisor).await.unwrap();
        let history = recorder::start(config, hub.clone(), &supervisor)
            .await
            .unwrap();
        Self {
            hub,
            home,
            lamps,
            history,
            supervisor,
        }
    }

    /// Adds a lamp, and waits until it has told its state.
    pub(crate) async fn add_lamp(&self) -> NodeId {
        let mut client = self.subscribe().await;
        let commission = Request::Commission(Commission {
            code: Secret::new("lamp".to_owned()),
            name: None,
            room: None,
            policy: None,
            bridge: None,
        });
        self.hub
            .submit(Principal::console(), commission)
            .await
            .unwrap();
        let (mut node, mut done) = (None, false);
        while node.is_none() || !done {
            let Some(Update::Events(events)) = client.next().await else {
                panic!("no events");
            };
            for event in events.iter() {
                match &event.kind {
                    EventKind::AttributeChanged { path, .. } => node = Some(path.node),
                    EventKind::NodeAdded(view) if !view.values.is_empty() => {
                        node = Some(view.node.id);
                    }
                    EventKind::Job(job) => done = job.state == JobState::Done,
                    _ => {}
                }
            }
        }
        node.unwrap()
    }

    pub(crate) async fn subscribe(&self) -> Subscription {
        let console = Principal::console();
        self.hub
            .subscribe(&console, Filter::default())
            .await
            .unwrap()
    }

    /// Has the lamp take and report a temperature, which ours can.
    pub(crate) async fn set(&self, node: NodeId, centi_celsius: i64) -> CauseId {
        // Each at a moment of its own: of one millisecond the last stands.
        let before = clock::now().wall.as_millis();
        while clock::now().wall.as_millis() == before {
            std::hint::spin_loop();
        }
        let command = Command {
            node,
            operation: Operation::Write {
                endpoint: EndpointId(1),
                cluster: LEVEL,
                attribute: AttributeId(0),
                value: Value::Int(centi_celsius),
                timed: false,
            },
            within: Duration::from_secs(10),
        };
        let request = Request::Command {
            command,
            parent: None,
        };
        let mut ticket = self
            .hub
            .submit(Principal::console(), request)
            .await
            .unwrap();
        while let Some(progress) = ticket.progress.recv().await {
            if progress == CommandProgress::Confirmed {
                break;
            }
        }
        ticket.cause.unwrap()
    }

    /// What was recorded of a series.
    pub(crate) async fn recorded(&self, key: &SeriesKey) -> Vec<history::sample::Sample> {
        let (from, to) = (Timestamp(i64::MIN), Timestamp(i64::MAX));
        let console = Principal::console();
        self.history
            .samples(&console, key, from, to, 100_000)
            .await
            .unwrap()
    }

    /// What a series was.
    pub(crate) async fn ask(
        &self,
        key: SeriesKey,
        from: Timestamp,
        to: Timestamp,
        view: View,
    ) -> Answer {
        let console = Principal::console();
        let answer = self.history.query(&console, &key, from, to, view).await;
        answer.unwrap().unwrap()
    }

    pub(crate) async fn stop(&self) {
        let stopped = self.supervisor.shutdown(Duration::from_secs(10)).await;
        assert_eq!(stopped, Ok(()));
        assert!(!self.supervisor.has_failed());
    }
}

pub(crate) fn temperature(node: NodeId) -> SeriesKey {
    SeriesKey::Attribute(AttributePath {
        node,
        endpoint: EndpointId(1),
        cluster: LEVEL,
        attribute: AttributeId(0),
    })
}

pub(crate) fn config(store: &Arc<impl HistoryStore + 'static>) -> RecorderConfig {
    RecorderConfig::new(Arc::clone(store) as Arc<dyn HistoryStore>)
}

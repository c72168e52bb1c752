//! A hub with lamps in memory.

use std::sync::Arc;
use std::time::Duration;

use bridge::echo::EchoHome;
use hub_engine::*;
use hub_model::*;
use hub_runtime::*;

pub(crate) struct Rig {
    pub(crate) hub: HubHandle,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) lamps: EchoHome,
    pub(crate) supervisor: Supervisor,
}

impl Rig {
    pub(crate) async fn new() -> Self {
        Self::on(Arc::default(), EchoHome::default()).await
    }

    /// A hub on a store and lamps that may have been another's before.
    pub(crate) async fn on(store: Arc<MemoryStore>, lamps: EchoHome) -> Self {
        let supervisor = Supervisor::new();
        let config = HubConfig::new(Arc::clone(&store) as _, Arc::new(ConsoleOnly))
            .with_bridge(lamps.source());
        let hub = start(config, &supervisor).await.unwrap();
        Self {
            hub,
            store,
            lamps,
            supervisor,
        }
    }

    pub(crate) async fn submit(&self, request: Request) -> Result<Ticket, HubError> {
        self.hub.submit(Principal::console(), request).await
    }

    /// Adds a lamp, and waits until it has told its state.
    pub(crate) async fn add_lamp(&self) -> NodeId {
        let mut client = self.subscribe().await;
        self.submit(commission("lamp")).await.unwrap();
        let (mut node, mut done) = (None, false);
        while node.is_none() || !done {
            for kind in events(&mut client).await {
                match kind {
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

    pub(crate) async fn snapshot(&self) -> Snapshot {
        let console = Principal::console();
        self.hub
            .snapshot(&console, Filter::default())
            .await
            .unwrap()
    }

    pub(crate) async fn stop(&self) {
        let stopped = self.supervisor.shutdown(Duration::from_secs(10)).await;
        assert_eq!(stopped, Ok(()));
        assert!(!self.supervisor.has_failed());
    }
}

/// What the hub's meters show of this name and these labels.
pub(crate) fn number(hub: &HubHandle, name: &str, labels: &[(&'static str, &str)]) -> f64 {
    let labels = labels.iter().map(|(name, value)| (*name, (*value).into()));
    let labels: Vec<(_, String)> = labels.collect();
    let readings = hub.meters().read();
    let (_, reading) = readings.iter().find(|(found, _)| *found == name).unwrap();
    match reading.samples.get(&labels) {
        Some(meters::Measured::Number(number)) => *number,
        other => panic!("{name} {labels:?} is {other:?}"),
    }
}

/// The next events of a client that is not to lag.
pub(crate) async fn events(client: &mut Subscription) -> Vec<EventKind> {
    match client.next().await {
        Some(Update::Events(events)) => events.iter().map(|event| event.kind.clone()).collect(),
        other => panic!("events, got {other:?}"),
    }
}

pub(crate) fn commission(code: &str) -> Request {
    Request::Commission(Commission {
        code: Secret::new(code.to_owned()),
        name: None,
        room: None,
        policy: None,
        bridge: None,
    })
}

pub(crate) fn toggle(node: NodeId) -> Request {
    let command = Command {
        node,
        operation: Operation::Invoke {
            endpoint: EndpointId(1),
            cluster: ClusterId(6),
            command: CommandId(2),
            fields: Value::structure([]),
            timed: false,
        },
        within: Duration::from_secs(10),
    };
    let parent = None;
    Request::Command { command, parent }
}

pub(crate) fn rename(name: &str) -> Request {
    Request::Edit {
        edit: Edit::RenameHome {
            name: name.to_owned(),
        },
        reason: "a test".to_owned(),
    }
}

pub(crate) fn on_off(node: NodeId) -> AttributePath {
    AttributePath {
        node,
        endpoint: EndpointId(1),
        cluster: ClusterId(6),
        attribute: AttributeId(0),
    }
}

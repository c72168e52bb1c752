//! Toy devices: what they show, and how they obey. They live in memory and know no network.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bridge::{Bridge, BridgeError, BridgeLink, BridgeSource};
use hub_model::{
    AttributeId, BridgeInput, BridgeOutput, CauseId, ClusterId, Command, CommandProgress,
    EndpointId, EventId, EventPriority, NodeId, Operation, Report, ReportBody, Value,
};
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

/// Commands and reports that may wait: more than any test makes.
const WAITING: usize = 16_384;
const OCCUPANCY: (u32, u32) = (0x0406, 0);
const ON: (u32, u32) = (0x0006, 0);
const LEVEL: (u32, u32) = (0x0008, 0);

/// What a toy shows: cluster and attribute of endpoint 1, or of endpoint 0 what it is.
pub(crate) struct Toy {
    pub(crate) node: NodeId,
    values: BTreeMap<(u16, u32, u32), Value>,
}

impl Toy {
    fn new(node: u64, name: &str, kind: u64, shown: &[((u32, u32), Value)]) -> Self {
        let types = |id| {
            let id = [(0, Value::Uint(id)), (1, Value::Uint(1))];
            Value::list([Value::structure(id)])
        };
        let mut values = BTreeMap::from([
            ((0, 0x1D, 0), types(0x16)),
            ((0, 0x1D, 3), Value::list([Value::Uint(1)])),
            ((0, 0x28, 1), Value::text("Toy makers")),
            ((0, 0x28, 3), Value::text(name)),
            ((0, 0x28, 5), Value::text(name)),
            ((1, 0x1D, 0), types(kind)),
            ((1, 0x1D, 3), Value::list([])),
        ]);
        values.extend(
            shown
                .iter()
                .map(|((c, a), value)| ((1, *c, *a), value.clone())),
        );
        Self {
            node: NodeId(node),
            values,
        }
    }

    pub(crate) fn lamp(node: u64, name: &str) -> Self {
        let shown = [
            (ON, Value::Bool(false)),
            (LEVEL, Value::Uint(127)),
            ((0x0008, 2), Value::Uint(1)),
            ((0x0008, 3), Value::Uint(254)),
        ];
        Self::new(node, name, 0x0101, &shown)
    }

    pub(crate) fn motion(node: u64, name: &str) -> Self {
        Self::new(node, name, 0x0107, &[(OCCUPANCY, Value::Uint(0))])
    }

    pub(crate) fn button(node: u64, name: &str) -> Self {
        let shown = [
            ((0x003B, 0), Value::Uint(2)),
            ((0x003B, 1), Value::Uint(0)),
            ((0x003B, 0xFFFC), Value::Uint(0b1_1110)),
        ];
        Self::new(node, name, 0x000F, &shown)
    }

    /// All that it shows.
    pub(crate) fn reports(&self) -> Vec<Report> {
        let all = self.values.iter();
        all.map(|((e, c, a), value)| report(self.node, (*e, *c, *a), value.clone(), None))
            .collect()
    }

    /// Does as it is told; what it shows then.
    pub(crate) fn obey(&mut self, cause: CauseId, command: &Command) -> Vec<Report> {
        let Operation::Invoke {
            cluster,
            command: id,
            fields,
            ..
        } = &command.operation
        else {
            return Vec::new();
        };
        let shown = match (cluster.0, id.0) {
            (0x06, on @ (0 | 1)) => vec![((1, 0x06, 0), Value::Bool(on == 1))],
            (0x08, 0 | 4) => {
                let level = fields.field(0).cloned().unwrap_or(Value::Null);
                vec![((1, 0x06, 0), Value::Bool(true)), ((1, 0x08, 0), level)]
            }
            _ => Vec::new(),
        };
        let mut reports = Vec::new();
        for (at, value) in shown {
            self.values.insert(at, value.clone());
            reports.push(report(self.node, at, value, Some(cause)));
        }
        reports
    }
}

fn report(node: NodeId, at: (u16, u32, u32), value: Value, cause: Option<CauseId>) -> Report {
    Report {
        node,
        endpoint: EndpointId(at.0),
        cluster: ClusterId(at.1),
        body: ReportBody::Attribute {
            attribute: AttributeId(at.2),
            value,
            version: None,
        },
        at: hub_runtime::clock::now().wall,
        cause,
    }
}

/// A sensor sees someone, or no longer.
pub(crate) fn occupied(node: NodeId, is: bool) -> Report {
    report(
        node,
        (1, OCCUPANCY.0, OCCUPANCY.1),
        Value::Uint(is.into()),
        None,
    )
}

/// A button was pressed and released. Numbers of events ascend.
pub(crate) fn pressed(node: NodeId, number: u64) -> Vec<Report> {
    let event = |event, number, fields| Report {
        node,
        endpoint: EndpointId(1),
        cluster: ClusterId(0x003B),
        body: ReportBody::Event {
            event: EventId(event),
            number,
            priority: EventPriority::Info,
            uptime: None,
            fields,
        },
        at: hub_runtime::clock::now().wall,
        cause: None,
    };
    let position = |tag| Value::structure([(tag, Value::Uint(1))]);
    let count = Value::structure([(0, Value::Uint(1)), (1, Value::Uint(1))]);
    vec![
        event(1, 3 * number, position(0)),
        event(3, 3 * number + 1, position(0)),
        event(6, 3 * number + 2, count),
    ]
}

/// Tells of devices for the first time.
pub(crate) async fn announce(toys: &[Toy], link: &BridgeLink) {
    for toy in toys {
        let node = toy.node;
        tell(link, BridgeOutput::Joined { node }).await;
        let reachable = true;
        tell(link, BridgeOutput::Reachable { node, reachable }).await;
        tell(link, BridgeOutput::Reports(toy.reports())).await;
    }
}

/// An error only says that the hub ends.
pub(crate) async fn tell(link: &BridgeLink, output: BridgeOutput) {
    let _ = link.output.send(output).await;
}

/// A command was carried out.
pub(crate) async fn acknowledge(link: &BridgeLink, cause: CauseId, reports: Vec<Report>) {
    let progress = CommandProgress::Acknowledged { response: None };
    tell(link, BridgeOutput::Progress { cause, progress }).await;
    tell(link, BridgeOutput::Reports(reports)).await;
}

/// Toys at a test's command.
pub(crate) struct Toys {
    pub(crate) says: mpsc::Sender<Vec<Report>>,
    /// What they were told, in order.
    pub(crate) told: mpsc::Receiver<Command>,
}

struct ToyBridge {
    toys: Arc<Mutex<Vec<Toy>>>,
    says: Arc<Mutex<mpsc::Receiver<Vec<Report>>>>,
    told: mpsc::Sender<Command>,
}

impl Toys {
    /// Toys, and where the bridge to them comes from.
    pub(crate) fn new(toys: Vec<Toy>) -> (Self, BridgeSource) {
        let (says, heard) = mpsc::channel(WAITING);
        let (obeyed, told) = mpsc::channel(WAITING);
        let (toys, heard) = (Arc::new(Mutex::new(toys)), Arc::new(Mutex::new(heard)));
        let source = BridgeSource::new("toys", move || {
            Ok(Box::new(ToyBridge {
                toys: Arc::clone(&toys),
                says: Arc::clone(&heard),
                told: obeyed.clone(),
            }))
        });
        (Self { says, told }, source)
    }

    pub(crate) async fn say(&self, reports: Vec<Report>) {
        self.says.send(reports).await.unwrap();
    }

    /// The next command, as the node and the command's number.
    pub(crate) async fn next(&mut self) -> (NodeId, u32) {
        let command = self.told.recv().await.unwrap();
        let Operation::Invoke { command: id, .. } = &command.operation else {
            panic!("{command:?}");
        };
        (command.node, id.0)
    }
}

#[async_trait]
impl Bridge for ToyBridge {
    fn name(&self) -> &'static str {
        "toys"
    }

    async fn run(
        self: Box<Self>,
        mut link: BridgeLink,
        stop: CancellationToken,
    ) -> Result<(), BridgeError> {
        let (mut toys, mut says) = (self.toys.lock().await, self.says.lock().await);
        announce(&toys, &link).await;
        loop {
            // All branches are cancel safe.
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                Some(input) = link.input.recv() => {
                    let BridgeInput::Command { cause, command, .. } = input else {
                        continue;
                    };
                    let toy = toys.iter_mut().find(|toy| toy.node == command.node);
                    let reports = toy.map(|toy| toy.obey(cause, &command)).unwrap_or_default();
                    let _ = self.told.try_send(command);
                    acknowledge(&link, cause, reports).await;
                }
                Some(reports) = says.recv() => tell(&link, BridgeOutput::Reports(reports)).await,
                else => return Ok(()),
            }
        }
    }
}

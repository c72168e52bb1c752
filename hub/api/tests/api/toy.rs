//! A bridge of toy devices that live in memory: what the API's tests and the page's developer talk
//! to. They obey commands at once, but report only when told to if `silent`.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use bridge::{Bridge, BridgeError, BridgeLink};
use hub_model::{
    AttributeId, AttributePath, BridgeInput, BridgeOutput, CauseId, ClusterId, Command,
    CommandProgress, CommissionRequest, EndpointId, JobFailure, JobId, JobUpdate, NodeId,
    Operation, Refusal, Report, ReportBody, Stage, Value,
};
use tokio_util::sync::CancellationToken;

/// Endpoint, cluster, attribute.
type At = (u16, u32, u32);
/// A device as it is described: endpoint, cluster, attribute, value.
pub(crate) type Described = Vec<(u16, u32, u32, Value)>;

/// The toy bridge.
pub(crate) struct Toys {
    nodes: BTreeMap<NodeId, BTreeMap<At, Value>>,
    /// How long each stage of adding a device takes.
    stage: Duration,
    /// Jobs that wait for an answer.
    asking: BTreeMap<JobId, NodeId>,
    /// The devices say nothing before this is cancelled.
    awake: CancellationToken,
}

impl Toys {
    /// Toys with these devices, numbered from 1, that say nothing before the token is cancelled.
    pub(crate) fn new(
        devices: impl IntoIterator<Item = Described>,
        stage: Duration,
        awake: CancellationToken,
    ) -> Self {
        let nodes = (1..)
            .map(NodeId)
            .zip(devices.into_iter().map(values))
            .collect();
        Self {
            nodes,
            stage,
            asking: BTreeMap::new(),
            awake,
        }
    }
}

fn values(described: Described) -> BTreeMap<At, Value> {
    described
        .into_iter()
        .map(|(e, c, a, value)| ((e, c, a), value))
        .collect()
}

/// The attributes that describe a node: vendor, product, label, and a device type an endpoint.
pub(crate) fn node(product: &str, device_type: u32, rest: Described) -> Described {
    let kind = |id| {
        Value::list([Value::structure([
            (0, Value::Uint(id)),
            (1, Value::Uint(1)),
        ])])
    };
    let mut described = vec![
        (0, 0x1D, 0, kind(0x16)),
        (0, 0x1D, 3, Value::list([Value::Uint(1)])),
        (0, 0x28, 1, Value::text("Toy makers")),
        (0, 0x28, 3, Value::text(product)),
        (0, 0x28, 5, Value::text(product)),
        (1, 0x1D, 0, kind(u64::from(device_type))),
        (1, 0x1D, 3, Value::list([])),
    ];
    described.extend(rest);
    described
}

/// A dimmable lamp with colour temperature.
pub(crate) fn lamp(product: &str) -> Described {
    node(
        product,
        0x010C,
        vec![
            (1, 0x06, 0, Value::Bool(false)),
            (1, 0x08, 0, Value::Uint(127)),
            (1, 0x08, 2, Value::Uint(1)),
            (1, 0x08, 3, Value::Uint(254)),
            (1, 0x300, 7, Value::Uint(370)),
            (1, 0x300, 0x400B, Value::Uint(153)),
            (1, 0x300, 0x400C, Value::Uint(500)),
        ],
    )
}

#[async_trait]
impl Bridge for Toys {
    fn name(&self) -> &'static str {
        "toys"
    }

    async fn run(
        mut self: Box<Self>,
        mut link: BridgeLink,
        stop: CancellationToken,
    ) -> Result<(), BridgeError> {
        self.awake.cancelled().await;
        for node in self.nodes.keys().copied().collect::<Vec<_>>() {
            self.announce(&link, node).await;
        }
        while let Some(Some(input)) = stop.run_until_cancelled(link.input.recv()).await {
            self.take(&link, input).await;
        }
        Ok(())
    }
}

impl Toys {
    async fn announce(&self, link: &BridgeLink, node: NodeId) {
        tell(link, BridgeOutput::Joined { node }).await;
        let reports = self.nodes.get(&node).into_iter().flatten();
        let reports = reports
            .map(|(at, value)| report(node, *at, value.clone(), None))
            .collect();
        tell(
            link,
            BridgeOutput::Reachable {
                node,
                reachable: true,
            },
        )
        .await;
        tell(link, BridgeOutput::Reports(reports)).await;
    }

    async fn take(&mut self, link: &BridgeLink, input: BridgeInput) {
        match input {
            BridgeInput::Command { cause, command, .. } => self.command(link, cause, command).await,
            BridgeInput::Commission(request) => self.commission(link, request).await,
            BridgeInput::Answer { job, proceed } => {
                let Some(node) = self.asking.remove(&job) else {
                    return;
                };
                if proceed {
                    self.stages(link, job, node, &STAGES[2..]).await;
                } else {
                    fail(link, job, Stage::Attestation, "untrusted-attestation").await;
                }
            }
            BridgeInput::Cancel { job } => {
                self.asking.remove(&job);
                fail(link, job, Stage::Attestation, "cancelled").await;
            }
            BridgeInput::Remove { job, node, .. } => {
                self.nodes.remove(&node);
                tell(link, BridgeOutput::Left { node }).await;
                tell(
                    link,
                    BridgeOutput::Job {
                        job,
                        update: JobUpdate::Done,
                    },
                )
                .await;
            }
        }
    }

    async fn command(&mut self, link: &BridgeLink, cause: CauseId, command: Command) {
        let progress = |progress| BridgeOutput::Progress { cause, progress };
        tell(link, progress(CommandProgress::Sent)).await;
        match self.effect(&command) {
            Ok(effects) => {
                let acknowledged = CommandProgress::Acknowledged { response: None };
                tell(link, progress(acknowledged)).await;
                let mut reports = Vec::new();
                for (at, value) in effects {
                    if let Some(values) = self.nodes.get_mut(&command.node) {
                        values.insert(at, value.clone());
                    }
                    reports.push(report(command.node, at, value, Some(cause)));
                }
                tell(link, BridgeOutput::Reports(reports)).await;
            }
            Err(refusal) => tell(link, progress(CommandProgress::Refused(refusal))).await,
        }
    }

    /// What a command changes, or the status that the device answers.
    fn effect(&self, command: &Command) -> Result<Vec<(At, Value)>, Refusal> {
        let unsupported = Refusal::Status {
            status: 0x81,
            cluster_status: None,
        };
        let values = self.nodes.get(&command.node).ok_or(Refusal::Offline)?;
        match &command.operation {
            Operation::Invoke {
                endpoint,
                cluster,
                command: id,
                fields,
                ..
            } => {
                let at = |attribute| (endpoint.0, cluster.0, attribute);
                let field = |tag| fields.field(tag).cloned().ok_or(unsupported.clone());
                let on = |on| ((endpoint.0, 0x06, 0), Value::Bool(on));
                Ok(match (cluster.0, id.0) {
                    (0x06, 0) => vec![on(false)],
                    (0x06, 1) => vec![on(true)],
                    (0x06, 2) => vec![on(values.get(&at(0)) != Some(&Value::Bool(true)))],
                    (0x08, 0 | 4) => vec![on(true), (at(0), field(0)?)],
                    (0x300, 0x0A) => vec![(at(7), field(0)?)],
                    (0x101, 0) => vec![(at(0), Value::Uint(1))],
                    (0x101, 1) => vec![(at(0), Value::Uint(2))],
                    (0x102, 0) => vec![(at(0xE), Value::Uint(0)), (at(0xB), Value::Uint(0))],
                    (0x102, 1) => {
                        vec![
                            (at(0xE), Value::Uint(10_000)),
                            (at(0xB), Value::Uint(10_000)),
                        ]
                    }
                    (0x102, 5) => vec![(at(0xB), field(0)?), (at(0xE), field(0)?)],
                    _ => return Err(unsupported),
                })
            }
            Operation::Write {
                endpoint,
                cluster,
                attribute,
                value,
                ..
            } => {
                let at = (endpoint.0, cluster.0, attribute.0);
                values.get(&at).ok_or(unsupported)?;
                Ok(vec![(at, value.clone())])
            }
            Operation::Read { attributes } => {
                let known = values.iter().filter(|((endpoint, cluster, attribute), _)| {
                    let path = AttributePath {
                        node: command.node,
                        endpoint: EndpointId(*endpoint),
                        cluster: ClusterId(*cluster),
                        attribute: AttributeId(*attribute),
                    };
                    attributes.iter().any(|pattern| pattern.matches(&path))
                });
                Ok(known.map(|(at, value)| (*at, value.clone())).collect())
            }
        }
    }

    /// A code that ends in `ask` asks, one that ends in `fail` fails, all others add a lamp.
    async fn commission(&mut self, link: &BridgeLink, request: CommissionRequest) {
        let (job, code) = (request.job, request.code.expose().clone());
        self.progress(link, job, &STAGES[..2]).await;
        if code.ends_with("fail") {
            fail(link, job, Stage::Attestation, "untrusted-attestation").await;
        } else if code.ends_with("ask") {
            self.asking.insert(job, request.node);
            let question = "Its maker, VID 0xfff1, cannot be verified. Add it anyway?".to_owned();
            let started = JobUpdate::Started(Stage::Attestation);
            tell(
                link,
                BridgeOutput::Job {
                    job,
                    update: started,
                },
            )
            .await;
            tell(
                link,
                BridgeOutput::Job {
                    job,
                    update: JobUpdate::Asks { question },
                },
            )
            .await;
        } else {
            self.stages(link, job, request.node, &STAGES[2..]).await;
        }
    }

    async fn stages(&mut self, link: &BridgeLink, job: JobId, node: NodeId, stages: &[Stage]) {
        self.progress(link, job, stages).await;
        self.nodes.insert(node, values(lamp("New lamp")));
        self.announce(link, node).await;
        tell(
            link,
            BridgeOutput::Job {
                job,
                update: JobUpdate::Done,
            },
        )
        .await;
    }

    async fn progress(&self, link: &BridgeLink, job: JobId, stages: &[Stage]) {
        for stage in stages.iter().copied() {
            tell(
                link,
                BridgeOutput::Job {
                    job,
                    update: JobUpdate::Started(stage),
                },
            )
            .await;
            tokio::time::sleep(self.stage).await;
            let note = if stage == Stage::Found {
                "[fd00::12]:5540, VID 0xfff1 PID 0x8000"
            } else {
                ""
            };
            let update = JobUpdate::Passed {
                stage,
                took: self.stage,
                note: note.to_owned(),
            };
            tell(link, BridgeOutput::Job { job, update }).await;
        }
    }
}

const STAGES: [Stage; 8] = [
    Stage::Found,
    Stage::Pase,
    Stage::Attestation,
    Stage::Regulatory,
    Stage::Csr,
    Stage::Noc,
    Stage::Case,
    Stage::Complete,
];

async fn tell(link: &BridgeLink, output: BridgeOutput) {
    let _ = link.output.send(output).await;
}

async fn fail(link: &BridgeLink, job: JobId, stage: Stage, code: &str) {
    let failure = JobFailure {
        stage: Some(stage),
        code: code.to_owned(),
        message: "The device's maker could not be verified.".to_owned(),
        advice: "Add it with the policy that asks, if you trust where it comes from.".to_owned(),
        detail: "no PAA with key id 6A:FD:22:77 in the trust folder".to_owned(),
    };
    tell(
        link,
        BridgeOutput::Job {
            job,
            update: JobUpdate::Failed(failure),
        },
    )
    .await;
}

fn report(node: NodeId, at: At, value: Value, cause: Option<CauseId>) -> Report {
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

//! A bridge without a network, for tests: its devices are lamps in memory that do as they are
//! told, at once.
//!
//! A lamp takes OnOff commands (On, Off, Toggle) and any write, and reports what became of it.
//! The setup codes that it knows: `lamp` adds one, `slow` waits until it is cancelled, `ask` asks
//! first; all else is refused as `bad-code`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use hub_model::{
    AttributeId, AttributePath, BridgeInput, BridgeOutput, CauseId, ClusterId, Command,
    CommandProgress, CommissionRequest, EndpointId, JobFailure, JobId, JobUpdate, NodeId,
    Operation, Refusal, Report, ReportBody, Stage, Timestamp, Value,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{Bridge, BridgeError, BridgeLink, BridgeSource};

const ON_OFF: ClusterId = ClusterId(0x0006);
const STATE: AttributeId = AttributeId(0x0000);
const LAMP: EndpointId = EndpointId(1);
/// The interaction model's status for a command that a cluster does not have.
const UNSUPPORTED_COMMAND: u8 = 0x81;

type Lamp = BTreeMap<(EndpointId, ClusterId, AttributeId), Value>;

/// The lamps, which outlive the bridge as real ones do.
#[derive(Clone, Debug, Default)]
pub struct EchoHome {
    lamps: Arc<Mutex<BTreeMap<NodeId, Lamp>>>,
}

impl EchoHome {
    /// A home that has these lamps already.
    #[must_use]
    pub fn with_lamps(nodes: impl IntoIterator<Item = NodeId>) -> Self {
        let home = Self::default();
        home.lamps()
            .extend(nodes.into_iter().map(|node| (node, new_lamp())));
        home
    }

    /// Where bridges to these lamps come from.
    #[must_use]
    pub fn source(&self) -> BridgeSource {
        let home = self.clone();
        BridgeSource::new("echo", move || Ok(Box::new(EchoBridge::new(home.clone()))))
    }

    fn lamps(&self) -> MutexGuard<'_, BTreeMap<NodeId, Lamp>> {
        self.lamps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn new_lamp() -> Lamp {
    Lamp::from([((LAMP, ON_OFF, STATE), Value::Bool(false))])
}

/// A bridge to lamps in memory.
#[derive(Debug)]
pub struct EchoBridge {
    home: EchoHome,
    /// Jobs that wait for an answer or for being cancelled.
    waiting: BTreeMap<JobId, NodeId>,
}

/// The hub no longer listens.
struct Gone;

impl From<mpsc::error::SendError<BridgeOutput>> for Gone {
    fn from(_: mpsc::error::SendError<BridgeOutput>) -> Self {
        Self
    }
}

#[async_trait]
impl Bridge for EchoBridge {
    fn name(&self) -> &'static str {
        "echo"
    }

    async fn run(
        mut self: Box<Self>,
        mut link: BridgeLink,
        stop: CancellationToken,
    ) -> Result<(), BridgeError> {
        let work = async {
            self.greet(&link.output).await?;
            while let Some(input) = link.input.recv().await {
                self.take(input, &link.output).await?;
            }
            Ok::<(), Gone>(())
        };
        // Both branches are cancel safe: what is lost on stopping is lost to a stopping hub.
        tokio::select! {
            () = stop.cancelled() => {}
            _ = work => {}
        }
        Ok(())
    }
}

impl EchoBridge {
    /// A bridge to the lamps of a home.
    #[must_use]
    pub const fn new(home: EchoHome) -> Self {
        Self {
            home,
            waiting: BTreeMap::new(),
        }
    }

    async fn greet(&self, output: &mpsc::Sender<BridgeOutput>) -> Result<(), Gone> {
        let nodes: Vec<_> = self.home.lamps().keys().copied().collect();
        for node in nodes {
            self.tell_node(node, output).await?;
        }
        Ok(())
    }

    async fn tell_node(
        &self,
        node: NodeId,
        output: &mpsc::Sender<BridgeOutput>,
    ) -> Result<(), Gone> {
        output.send(BridgeOutput::Joined { node }).await?;
        let reachable = true;
        output
            .send(BridgeOutput::Reachable { node, reachable })
            .await?;
        let reports = self.reports(node, |_| true, None);
        output.send(BridgeOutput::Reports(reports)).await?;
        Ok(())
    }

    async fn take(
        &mut self,
        input: BridgeInput,
        output: &mpsc::Sender<BridgeOutput>,
    ) -> Result<(), Gone> {
        match input {
            BridgeInput::Command { cause, command, .. } => {
                self.command(cause, command, output).await
            }
            BridgeInput::Commission(request) => self.commission(request, output).await,
            BridgeInput::Answer { job, proceed } => match self.waiting.remove(&job) {
                Some(node) if proceed => self.add(job, node, output).await,
                Some(_) => fail(job, "cancelled", output).await,
                None => Ok(()),
            },
            BridgeInput::Cancel { job } => match self.waiting.remove(&job) {
                Some(_) => fail(job, "cancelled", output).await,
                None => Ok(()),
            },
            BridgeInput::Remove { job, node, .. } => {
                let known = self.home.lamps().remove(&node).is_some();
                if !known {
                    return fail(job, "not-found", output).await;
                }
                output.send(BridgeOutput::Left { node }).await?;
                tell(job, JobUpdate::Done, output).await
            }
        }
    }

    async fn commission(
        &mut self,
        request: CommissionRequest,
        output: &mpsc::Sender<BridgeOutput>,
    ) -> Result<(), Gone> {
        let CommissionRequest {
            job, node, code, ..
        } = request;
        match code.expose().as_str() {
            "lamp" => self.add(job, node, output).await,
            "slow" => {
                self.waiting.insert(job, node);
                tell(job, JobUpdate::Started(Stage::Found), output).await
            }
            "ask" => {
                self.waiting.insert(job, node);
                let question = "Add a lamp that nobody vouches for?".to_owned();
                tell(job, JobUpdate::Asks { question }, output).await
            }
            _ => fail(job, "bad-code", output).await,
        }
    }

    async fn add(
        &mut self,
        job: JobId,
        node: NodeId,
        output: &mpsc::Sender<BridgeOutput>,
    ) -> Result<(), Gone> {
        self.home.lamps().insert(node, new_lamp());
        tell(job, JobUpdate::Started(Stage::Found), output).await?;
        let passed = JobUpdate::Passed {
            stage: Stage::Found,
            took: Duration::ZERO,
            note: "in memory".to_owned(),
        };
        tell(job, passed, output).await?;
        self.tell_node(node, output).await?;
        tell(job, JobUpdate::Done, output).await
    }

    async fn command(
        &self,
        cause: CauseId,
        command: Command,
        output: &mpsc::Sender<BridgeOutput>,
    ) -> Result<(), Gone> {
        let node = command.node;
        output
            .send(BridgeOutput::Progress {
                cause,
                progress: CommandProgress::Sent,
            })
            .await?;
        let (progress, reports) = match self.carry_out(&command) {
            Ok(reports) => (CommandProgress::Acknowledged { response: None }, reports),
            Err(refusal) => (CommandProgress::Refused(refusal), Vec::new()),
        };
        let reports: Vec<_> = reports
            .into_iter()
            .flat_map(|path| self.reports(node, |p| *p == path, Some(cause)))
            .collect();
        if !reports.is_empty() {
            output.send(BridgeOutput::Reports(reports)).await?;
        }
        output
            .send(BridgeOutput::Progress { cause, progress })
            .await?;
        Ok(())
    }

    /// Does what is asked; which attributes are to be reported then.
    fn carry_out(&self, command: &Command) -> Result<Vec<AttributePath>, Refusal> {
        let node = command.node;
        let mut lamps = self.home.lamps();
        let lamp = lamps.get_mut(&node).ok_or(Refusal::Offline)?;
        let path = |(endpoint, cluster, attribute)| AttributePath {
            node,
            endpoint,
            cluster,
            attribute,
        };
        match &command.operation {
            Operation::Invoke {
                endpoint: LAMP,
                cluster: ON_OFF,
                command,
                ..
            } => {
                let key = (LAMP, ON_OFF, STATE);
                let on = match command.0 {
                    0 => false,
                    1 => true,
                    2 => lamp.get(&key) != Some(&Value::Bool(true)),
                    _ => return Err(unsupported()),
                };
                lamp.insert(key, Value::Bool(on));
                Ok(vec![path(key)])
            }
            Operation::Invoke { .. } => Err(unsupported()),
            Operation::Write {
                endpoint,
                cluster,
                attribute,
                value,
                ..
            } => {
                let key = (*endpoint, *cluster, *attribute);
                lamp.insert(key, value.clone());
                Ok(vec![path(key)])
            }
            Operation::Read { attributes } => {
                let all = lamp.keys().copied().map(path);
                let wanted = |path: &AttributePath| attributes.iter().any(|p| p.matches(path));
                Ok(all.filter(wanted).collect())
            }
        }
    }

    fn reports(
        &self,
        node: NodeId,
        wanted: impl Fn(&AttributePath) -> bool,
        cause: Option<CauseId>,
    ) -> Vec<Report> {
        let lamps = self.home.lamps();
        let values = lamps.get(&node).into_iter().flatten();
        let all = values.map(|((endpoint, cluster, attribute), value)| {
            let path = AttributePath {
                node,
                endpoint: *endpoint,
                cluster: *cluster,
                attribute: *attribute,
            };
            (path, value.clone())
        });
        all.filter(|(path, _)| wanted(path))
            .map(|(path, value)| Report {
                node,
                endpoint: path.endpoint,
                cluster: path.cluster,
                body: ReportBody::Attribute {
                    attribute: path.attribute,
                    value,
                    version: None,
                },
                at: Timestamp(0),
                cause,
            })
            .collect()
    }
}

const fn unsupported() -> Refusal {
    Refusal::Status {
        status: UNSUPPORTED_COMMAND,
        cluster_status: None,
    }
}

async fn tell(
    job: JobId,
    update: JobUpdate,
    output: &mpsc::Sender<BridgeOutput>,
) -> Result<(), Gone> {
    output.send(BridgeOutput::Job { job, update }).await?;
    Ok(())
}

async fn fail(job: JobId, code: &str, output: &mpsc::Sender<BridgeOutput>) -> Result<(), Gone> {
    let failure = JobFailure {
        stage: None,
        code: code.to_owned(),
        message: format!("The lamp was not added: {code}."),
        advice: String::new(),
        detail: String::new(),
    };
    tell(job, JobUpdate::Failed(failure), output).await
}

//! Driving the commissioning sequencer: carries its steps out and hands the answers in.

use std::net::SocketAddr;
use std::time::Duration;

use hub_model::{BridgeOutput, JobUpdate, NodeId, Now, Secret};
use matter_codec::Value;
use matter_interaction::{AttributePath, CommandPath, ImStatus, InvokeResponse, ReadPath};
use tracing::{debug, info};

use super::{Join, State};
use crate::commissioning::{
    Commissioned, Commissioning, CommissioningParams, ExchangeError, Invoke, Over, Read, Step,
};
use crate::discovery::Pace;
use crate::engine::keep::Reason;
use crate::engine::node::Node;
use crate::engine::{Engine, Timer};
use crate::net::interaction::{Outcome, Request};
use crate::net::invoke_response::InvokeReply;
use crate::net::sessions::Session;
use crate::net::{Purpose, Within};
use crate::record::{NodeRecord, Phase};

/// A device that the sequencer has.
#[derive(Debug)]
pub(super) struct Sequencing {
    pub(super) sequencer: Commissioning,
    pase: Option<Session>,
    /// Where the device answered by passcode.
    peer: Option<SocketAddr>,
    pace: Pace,
    /// Whether a read is under way, and what it has brought so far.
    reading: bool,
    read: Vec<(AttributePath, Value)>,
    /// Whether its record may be on disk.
    pub(super) persisted: bool,
}

impl Sequencing {
    pub(super) fn new(
        sequencer: Commissioning,
        pase: Option<Session>,
        peer: Option<SocketAddr>,
        pace: Pace,
    ) -> Self {
        Self {
            sequencer,
            pase,
            peer,
            pace,
            reading: false,
            read: Vec::new(),
            persisted: false,
        }
    }
}

impl Engine {
    /// Goes on with a device whose adding a restart of the hub cut off.
    pub(in crate::engine) fn resume_join(&mut self, record: NodeRecord, now: Now) {
        let id = record.node;
        info!(node = %id, "its commissioning was cut off: going on");
        let Some(commissioned) = commissioned(&record) else {
            self.delete_now(Reason::Dropped(id), id);
            return;
        };
        let params = CommissioningParams {
            node: id,
            fabric: self.fabric.clone(),
            trust: self.trust.clone(),
            config: self.commissioning.clone(),
            challenge: Secret::new([0; 16]),
        };
        let sequencer = Commissioning::resume(params, commissioned, self.net.random(), now);
        let mut sequencing = Sequencing::new(sequencer, None, None, record.pace);
        sequencing.persisted = true;
        let join = Join {
            job: None,
            policy: self.commissioning.policy,
            state: State::Sequencing(Box::new(sequencing)),
        };
        self.joins.by_node.insert(id, join);
        self.supervise(Node::new(record, true));
        self.take_steps(id, now);
    }

    /// Carries out what the sequencer asks for, until it waits.
    pub(super) fn take_steps(&mut self, id: NodeId, now: Now) {
        while let Some(sequencing) = self.joins.sequencing(id) {
            let Some(step) = sequencing.sequencer.next_step(now) else {
                let at = sequencing.sequencer.poll_timeout();
                self.timers.set(Timer::Join(id), at);
                return;
            };
            self.take_step(id, step, now);
        }
    }

    fn take_step(&mut self, id: NodeId, step: Step, now: Now) {
        match step {
            Step::Invoke(invoke) => self.step_invoke(id, &invoke, now),
            Step::Read(read) => self.step_read(id, &read, now),
            Step::EstablishCase { node } => self.step_case(node, now),
            Step::Persist(commissioned) => self.step_persist(id, &commissioned),
            Step::Update(update) => self.update_join(id, update),
            Step::Done(commissioned) => self.step_done(id, &commissioned, now),
            Step::Failed(failure) => {
                self.drop_join(id, now);
                self.fail_join(id, failure, now);
            }
        }
    }

    fn update_join(&mut self, id: NodeId, update: JobUpdate) {
        if let Some(job) = self.joins.by_node.get(&id).and_then(|join| join.job) {
            self.tell_job(job, update);
        }
    }

    fn step_invoke(&mut self, id: NodeId, invoke: &Invoke, now: Now) {
        let request = Request::Invoke {
            path: CommandPath {
                endpoint: invoke.endpoint.0,
                cluster: invoke.cluster.0,
                command: invoke.command.0,
            },
            fields: invoke.fields.expose().clone(),
            timed: false,
        };
        match self.session_for(id, invoke.over) {
            Some(session) => self.ask_for_join(id, session, request, now),
            None => self.answer_invoke(id, Err(ExchangeError::SessionLost), now),
        }
    }

    fn step_read(&mut self, id: NodeId, read: &Read, now: Now) {
        let paths = read.attributes.iter().copied().map(ReadPath::from);
        let request = Request::Read {
            paths: paths.collect(),
        };
        match self.session_for(id, read.over) {
            Some(session) => self.ask_for_join(id, session, request, now),
            None => self.answer_read(id, Err(ExchangeError::SessionLost), now),
        }
    }

    fn session_for(&mut self, id: NodeId, over: Over) -> Option<Session> {
        match over {
            Over::Pase => self.joins.sequencing(id)?.pase,
            Over::Case => self.nodes.get(&id)?.session(),
        }
    }

    fn ask_for_join(&mut self, id: NodeId, session: Session, request: Request, now: Now) {
        // The step before may have been called off.
        self.net.give_up(Purpose::Join(id));
        if let Some(sequencing) = self.joins.sequencing(id) {
            sequencing.reading = matches!(request, Request::Read { .. });
            sequencing.read.clear();
        }
        let within = Within::Deadline(now.mono + ANSWER_WITHIN);
        self.net
            .request(session, Purpose::Join(id), request, within, now.mono);
    }

    /// Something came of a step on a session.
    pub(in crate::engine) fn join_answered(&mut self, id: NodeId, outcome: Outcome, now: Now) {
        let Some(sequencing) = self.joins.sequencing(id) else {
            return;
        };
        match outcome {
            Outcome::Chunk(chunk) => {
                let values = chunk.values.into_iter();
                sequencing
                    .read
                    .extend(values.map(|reported| (reported.path, reported.value)));
            }
            Outcome::Read => {
                let values = std::mem::take(&mut sequencing.read);
                self.answer_read(id, Ok(values), now);
            }
            Outcome::Invoked(reply) => self.answer_invoke(id, Ok(response(reply)), now),
            Outcome::Failed { error, .. } => {
                debug!(node = %id, %error, "a step had no answer");
                if sequencing.reading {
                    self.answer_read(id, Err(error), now);
                } else {
                    self.answer_invoke(id, Err(error), now);
                }
            }
            Outcome::Written(_) | Outcome::Subscribed { .. } => {}
        }
    }

    fn answer_read(
        &mut self,
        id: NodeId,
        answer: Result<Vec<(AttributePath, Value)>, ExchangeError>,
        now: Now,
    ) {
        if let Some(sequencing) = self.joins.sequencing(id) {
            sequencing.sequencer.on_read(answer, now);
            self.take_steps(id, now);
        }
    }

    fn answer_invoke(
        &mut self,
        id: NodeId,
        answer: Result<InvokeResponse, ExchangeError>,
        now: Now,
    ) {
        if let Some(sequencing) = self.joins.sequencing(id) {
            sequencing.sequencer.on_invoke(answer, now);
            self.take_steps(id, now);
        }
    }

    fn step_case(&mut self, id: NodeId, now: Now) {
        if let Some(node) = self.nodes.get(&id) {
            if node.session().is_some() {
                self.case_ended(id, Ok(()), now);
                return;
            }
        } else {
            let mut record = NodeRecord::new(id, Phase::Completing);
            if let Some(sequencing) = self.joins.sequencing(id) {
                record.addresses.extend(sequencing.peer);
                record.pace = sequencing.pace;
            }
            self.supervise(Node::new(record, true));
        }
        self.dial_soon(id, true);
    }

    /// A session by certificates was established with a device being added, or cannot be.
    pub(in crate::engine) fn case_ended(
        &mut self,
        id: NodeId,
        result: Result<(), ExchangeError>,
        now: Now,
    ) {
        let Some(join) = self.joins.by_node.get_mut(&id) else {
            return;
        };
        // After a restart the device has until its fail-safe runs out.
        let goes_on = join.job.is_none() && result.is_err();
        let State::Sequencing(sequencing) = &mut join.state else {
            return;
        };
        if !goes_on {
            sequencing.sequencer.on_case(result, now);
            self.take_steps(id, now);
        }
    }

    fn step_persist(&mut self, id: NodeId, commissioned: &Commissioned) {
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        note(&mut node.record, commissioned);
        let record = node.record.clone();
        if let Some(sequencing) = self.joins.sequencing(id) {
            sequencing.persisted = true;
        }
        self.put_now(Reason::Join(id), &record);
    }

    pub(in crate::engine) fn join_stored(
        &mut self,
        id: NodeId,
        result: Result<(), String>,
        now: Now,
    ) {
        if let Some(sequencing) = self.joins.sequencing(id) {
            sequencing.sequencer.on_stored(result, now);
            self.take_steps(id, now);
        }
    }

    fn step_done(&mut self, id: NodeId, commissioned: &Commissioned, now: Now) {
        self.close_pase(id, now);
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        note(&mut node.record, commissioned);
        node.record.phase = Phase::Commissioned;
        node.record.seen_at = now.wall;
        let record = node.record.clone();
        self.put_now(Reason::Joined(id), &record);
    }

    /// A new node is on disk.
    pub(in crate::engine) fn joined(&mut self, id: NodeId, now: Now) {
        self.timers.set(Timer::Join(id), None);
        let Some(join) = self.joins.by_node.remove(&id) else {
            return;
        };
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        node.joining = false;
        node.backoff.reset();
        let is_up = node.session().is_some();
        info!(node = %id, "commissioned");
        self.tell(BridgeOutput::Joined { node: id });
        self.tell_info(id);
        if is_up {
            self.tell_reachable(id, true);
            self.subscribe(id, now);
        }
        if let Some(job) = join.job {
            self.tell_job(job, JobUpdate::Done);
        }
    }

    /// Lets go of a device that was not added after all.
    fn drop_join(&mut self, id: NodeId, now: Now) {
        self.net.give_up(Purpose::Join(id));
        self.close_pase(id, now);
        let persisted = self
            .joins
            .sequencing(id)
            .is_some_and(|sequencing| sequencing.persisted);
        if self.nodes.contains_key(&id) {
            self.abandon_node(id, now);
        }
        if persisted {
            self.delete_now(Reason::Dropped(id), id);
        }
    }

    fn close_pase(&mut self, id: NodeId, now: Now) {
        let pase = self
            .joins
            .sequencing(id)
            .and_then(|sequencing| sequencing.pase.take());
        if let Some(session) = pase {
            self.net.close(session, now.mono);
        }
    }
}

fn note(record: &mut NodeRecord, commissioned: &Commissioned) {
    record.fabric_index = Some(commissioned.fabric_index);
    record.product = Some((commissioned.vendor, commissioned.product));
    record.attestation = Some(commissioned.attestation.clone());
    record.certificates.clone_from(&commissioned.certificates);
}

fn commissioned(record: &NodeRecord) -> Option<Commissioned> {
    let (vendor, product) = record.product?;
    Some(Commissioned {
        node: record.node,
        fabric_index: record.fabric_index?,
        vendor,
        product,
        attestation: record.attestation.clone().unwrap_or_default(),
        certificates: record.certificates.clone(),
    })
}

fn response(reply: InvokeReply) -> InvokeResponse {
    match reply {
        InvokeReply::Command { path, fields } => InvokeResponse::Command {
            path,
            fields_tlv: fields,
        },
        InvokeReply::Status { status, .. } => InvokeResponse::Status(ImStatus::from_u8(status)),
    }
}

/// How long a device may take for one step: some make their keys while it waits.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

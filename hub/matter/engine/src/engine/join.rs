//! Adding a device: find it, PASE, then whatever the commissioning sequencer asks for.
//!
//! A few at a time, the rest in the order they were asked for. Every stage has a deadline, so one
//! that hangs delays the next by no more than that.
//!
//! What a restart of the hub cut off after the device took our certificate is gone on with, under
//! no job, until the device's fail-safe must have run out.
//!
//! Spec: Matter 1.6 Core §5.5 (commissioning flows).

mod failure;
mod sequence;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hub_model::{
    AttestationPolicy, CommissionRequest, JobFailure, JobId, JobUpdate, NodeId, Now, ProductId,
    Secret, Stage, VendorId,
};
use tracing::{debug, info};

use super::{Engine, Timer};
use crate::commissioning::{Commissioning, CommissioningParams};
use crate::discovery::{Commissionable, Discover, Location, Pace};
use crate::net::handshake::HandshakeError;
use crate::net::{Dial, Established, HandshakeId, Purpose};
use crate::setup::SetupCode;

use sequence::Sequencing;

/// The devices being added.
#[derive(Debug, Default)]
pub(crate) struct Joins {
    by_node: BTreeMap<NodeId, Join>,
    queue: VecDeque<NodeId>,
}

#[derive(Debug)]
struct Join {
    /// None when it goes on after a restart.
    job: Option<JobId>,
    policy: AttestationPolicy,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Others are being added.
    Queued(SetupCode),
    /// It is looked for, or dialled.
    Reaching(Box<Reaching>),
    /// The sequencer has it.
    Sequencing(Box<Sequencing>),
}

#[derive(Debug)]
struct Reaching {
    code: SetupCode,
    /// Where it may be, in the order heard.
    candidates: VecDeque<Candidate>,
    /// Where it is dialled.
    dialled: Option<(HandshakeId, Candidate)>,
    /// What went wrong at the last candidate.
    trouble: Option<HandshakeError>,
    /// The stage under way, and since when.
    stage: (Stage, Instant),
    until: Instant,
}

/// A device that may be the one, at one of its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Candidate {
    instance: String,
    peer: SocketAddr,
    pace: Pace,
    identity: Option<(VendorId, Option<ProductId>)>,
}

impl Joins {
    fn active(&self) -> usize {
        self.by_node
            .values()
            .filter(|join| join.job.is_some() && !matches!(join.state, State::Queued(_)))
            .count()
    }

    fn of_job(&self, job: JobId) -> Option<NodeId> {
        self.by_node
            .iter()
            .find(|(_, join)| join.job == Some(job))
            .map(|(id, _)| *id)
    }

    fn reaching(&mut self, id: NodeId) -> Option<&mut Reaching> {
        match &mut self.by_node.get_mut(&id)?.state {
            State::Reaching(reaching) => Some(reaching),
            _ => None,
        }
    }

    fn sequencing(&mut self, id: NodeId) -> Option<&mut Sequencing> {
        match &mut self.by_node.get_mut(&id)?.state {
            State::Sequencing(sequencing) => Some(sequencing),
            _ => None,
        }
    }
}

impl Engine {
    pub(super) fn begin_join(&mut self, request: &CommissionRequest) {
        let (id, job) = (request.node, request.job);
        if self.nodes.contains_key(&id) || self.joins.by_node.contains_key(&id) {
            self.fail_job(job, failure::id_taken(id));
            return;
        }
        let code = match SetupCode::parse(request.code.expose()) {
            Ok(codes) => codes.into_iter().next(),
            Err(error) => {
                self.fail_job(job, failure::bad_code(&error));
                return;
            }
        };
        let Some(code) = code else { return };
        let join = Join {
            job: Some(job),
            policy: request.policy.unwrap_or(self.commissioning.policy),
            state: State::Queued(code),
        };
        self.joins.by_node.insert(id, join);
        self.joins.queue.push_back(id);
        debug!(%job, node = %id, waiting = self.joins.queue.len(), "to be added");
    }

    /// Begins with the next device, if it may.
    pub(super) fn join_next(&mut self, now: Now) -> bool {
        if self.joins.active() >= self.limits.commissionings {
            return false;
        }
        let Some(id) = self.joins.queue.pop_front() else {
            return false;
        };
        let Some(join) = self.joins.by_node.get_mut(&id) else {
            return true;
        };
        let (State::Queued(code), Some(job)) = (&join.state, join.job) else {
            return true;
        };
        let code = *code;
        let until = now.mono + self.limits.find_within;
        join.state = State::Reaching(Box::new(Reaching {
            code,
            candidates: VecDeque::new(),
            dialled: None,
            trouble: None,
            stage: (Stage::Found, now.mono),
            until,
        }));
        self.timers.set(Timer::Join(id), Some(until));
        self.tell_job(job, JobUpdate::Started(Stage::Found));
        self.discover(Discover::Find {
            job,
            device: wanted(&code),
        });
        true
    }

    /// A device was heard that waits to be added.
    pub(super) fn found(
        &mut self,
        job: JobId,
        instance: String,
        at: &Location,
        vendor_product: Option<(u16, Option<u16>)>,
        now: Now,
    ) {
        let Some(id) = self.joins.of_job(job) else {
            return;
        };
        let Some(reaching) = self.joins.reaching(id) else {
            return;
        };
        let identity =
            vendor_product.map(|(vendor, product)| (VendorId(vendor), product.map(ProductId)));
        if !reaching.may_be(identity) {
            debug!(%job, instance, ?identity, "another product with this discriminator");
            return;
        }
        for peer in at.socket_addrs() {
            let candidate = Candidate {
                instance: instance.clone(),
                peer,
                pace: at.pace,
                identity,
            };
            let known = reaching.candidates.iter().any(|one| one.peer == peer)
                || matches!(&reaching.dialled, Some((_, one)) if one.peer == peer);
            if !known {
                reaching.candidates.push_back(candidate);
            }
        }
        self.dial_candidate(id, now);
    }

    fn dial_candidate(&mut self, id: NodeId, now: Now) {
        let Some(reaching) = self.joins.reaching(id) else {
            return;
        };
        if reaching.dialled.is_some() {
            return;
        }
        let Some(candidate) = reaching.candidates.pop_front() else {
            if now.mono >= reaching.until {
                let failure = reaching.failure();
                self.fail_join(id, failure, now);
            }
            return;
        };
        let dial = Dial {
            purpose: Purpose::Join(id),
            peer: candidate.peer,
            pace: candidate.pace,
        };
        let passcode = reaching.code.passcode.expose();
        let passed = reaching.found(&candidate, now);
        let job = self.joins.by_node.get(&id).and_then(|join| join.job);
        if let Some(job) = job {
            for update in passed {
                self.tell_job(job, update);
            }
        }
        // A failure to begin comes as an event.
        if let Some(handshake) = self.net.start_pase(dial, passcode, now.mono)
            && let Some(reaching) = self.joins.reaching(id)
        {
            reaching.dialled = Some((handshake, candidate));
        }
    }

    /// The handshake by passcode ended.
    pub(super) fn pase_ended(
        &mut self,
        id: NodeId,
        result: Result<Established, HandshakeError>,
        now: Now,
    ) {
        match result {
            Ok(established) => self.begin_sequence(id, &established, now),
            Err(error) => self.pase_failed(id, error, now),
        }
    }

    fn pase_failed(&mut self, id: NodeId, error: HandshakeError, now: Now) {
        let Some(reaching) = self.joins.reaching(id) else {
            return;
        };
        let candidate = reaching.dialled.take().map(|(_, candidate)| candidate);
        info!(node = %id, candidate = ?candidate.as_ref().map(|one| one.peer), %error, "no session by passcode");
        match (&error, candidate) {
            // A bad network loses all repeats of a message now and then.
            (HandshakeError::Silent, Some(candidate)) if now.mono < reaching.until => {
                reaching.candidates.push_back(candidate);
            }
            (HandshakeError::Silent, _) => {}
            // It is in the middle of an attempt that was cut off, ours or another's.
            (HandshakeError::Busy { .. } | HandshakeError::Ignored, Some(candidate)) => {
                let wait = error
                    .asks_to_wait()
                    .unwrap_or(AGAIN)
                    .clamp(AGAIN, self.limits.find_within);
                let at = (now.mono + wait).min(reaching.until);
                reaching.trouble = Some(error);
                if now.mono < reaching.until {
                    reaching.candidates.push_back(candidate);
                    self.timers.set(Timer::Join(id), Some(at));
                    return;
                }
                return self.dial_candidate(id, now);
            }
            // Its other addresses are no better.
            (_, Some(candidate)) => reaching
                .candidates
                .retain(|other| other.instance != candidate.instance),
            (_, None) => {}
        }
        let silent = error == HandshakeError::Silent;
        reaching.trouble = Some(error);
        if reaching.candidates.is_empty() && !silent {
            let failure = reaching.failure();
            self.fail_join(id, failure, now);
        } else {
            self.dial_candidate(id, now);
        }
    }

    fn begin_sequence(&mut self, id: NodeId, established: &Established, now: Now) {
        let session = established.session;
        let challenge = self.net.sessions().attestation_challenge(session);
        let Some(join) = self.joins.by_node.get_mut(&id) else {
            self.net.close(session, now.mono);
            return;
        };
        let (State::Reaching(reaching), Some(job)) = (&join.state, join.job) else {
            self.net.close(session, now.mono);
            return;
        };
        let took = now.mono.saturating_duration_since(reaching.stage.1);
        let mut config = self.commissioning.clone();
        config.policy = join.policy;
        let params = CommissioningParams {
            node: id,
            fabric: self.fabric.clone(),
            trust: self.trust.clone(),
            config,
            challenge: Secret::new(challenge.unwrap_or_default()),
        };
        let sequencer = Commissioning::new(params, self.net.random(), now);
        join.state = State::Sequencing(Box::new(Sequencing::new(
            sequencer,
            Some(session),
            Some(established.peer),
            established.pace,
        )));
        self.timers.set(Timer::Join(id), None);
        self.discover(Discover::StopFinding { job });
        self.tell_job(
            job,
            JobUpdate::Passed {
                stage: Stage::Pase,
                took,
                note: String::new(),
            },
        );
        self.take_steps(id, now);
    }

    pub(super) fn join_timeout(&mut self, id: NodeId, now: Now) {
        let Some(join) = self.joins.by_node.get(&id) else {
            return;
        };
        match &join.state {
            State::Queued(_) => {}
            State::Reaching(reaching) => {
                self.timers.set(
                    Timer::Join(id),
                    Some(reaching.until).filter(|until| *until > now.mono),
                );
                self.dial_candidate(id, now);
            }
            State::Sequencing(_) => self.take_steps(id, now),
        }
    }

    pub(super) fn answer_join(&mut self, job: JobId, proceed: bool, now: Now) {
        let Some(id) = self.joins.of_job(job) else {
            return;
        };
        if let Some(sequencing) = self.joins.sequencing(id) {
            sequencing.sequencer.on_answer(proceed, now);
            self.take_steps(id, now);
        }
    }

    pub(super) fn cancel_join(&mut self, job: JobId, now: Now) {
        let Some(id) = self.joins.of_job(job) else {
            return;
        };
        if let Some(sequencing) = self.joins.sequencing(id) {
            sequencing.sequencer.cancel(now);
            self.take_steps(id, now);
            return;
        }
        let stage = self.joins.reaching(id).map(|reaching| reaching.stage.0);
        self.fail_join(id, failure::cancelled(stage), now);
    }

    /// The hub stops: devices that hold nothing of ours are let go.
    pub(super) fn end_joins(&mut self, now: Now) {
        let jobs: Vec<_> = self
            .joins
            .by_node
            .values()
            .filter(|join| !matches!(&join.state, State::Sequencing(one) if one.persisted))
            .filter_map(|join| join.job)
            .collect();
        for job in jobs {
            self.cancel_join(job, now);
        }
    }

    /// Ends a job before the sequencer had it, or after it ended.
    fn fail_join(&mut self, id: NodeId, failure: JobFailure, now: Now) {
        self.timers.set(Timer::Join(id), None);
        self.joins.queue.retain(|waiting| *waiting != id);
        let Some(join) = self.joins.by_node.remove(&id) else {
            return;
        };
        if let (State::Reaching(reaching), Some(job)) = (join.state, join.job) {
            if let Some((handshake, _)) = reaching.dialled {
                self.net.call_off(handshake, now.mono);
            }
            self.discover(Discover::StopFinding { job });
        }
        if let Some(job) = join.job {
            info!(%job, node = %id, code = failure.code, "not added");
            self.fail_job(job, failure);
        }
    }
}

impl Reaching {
    /// Whether a device that says to be this can be the one that the code is of.
    fn may_be(&self, told: Option<(VendorId, Option<ProductId>)>) -> bool {
        match (self.code.identity, told) {
            (Some((vendor, product)), Some((told_vendor, told_product))) => {
                vendor == told_vendor && told_product.is_none_or(|told| told == product)
            }
            _ => true,
        }
    }

    /// The updates when a candidate is dialled: the first was found.
    fn found(&mut self, candidate: &Candidate, now: Now) -> Vec<JobUpdate> {
        let (stage, since) = self.stage;
        if stage != Stage::Found {
            return Vec::new();
        }
        self.stage = (Stage::Pase, now.mono);
        vec![
            JobUpdate::Passed {
                stage: Stage::Found,
                took: now.mono.saturating_duration_since(since),
                note: candidate.note(),
            },
            JobUpdate::Started(Stage::Pase),
        ]
    }

    fn failure(&self) -> JobFailure {
        match &self.trouble {
            None => failure::not_found(self.code.flow),
            Some(error) => failure::no_session(error),
        }
    }
}

impl Candidate {
    fn note(&self) -> String {
        let mut note = self.peer.to_string();
        if let Some((vendor, product)) = self.identity {
            note.push_str(&format!(", VID {vendor}"));
            if let Some(product) = product {
                note.push_str(&format!(" PID {product}"));
            }
        }
        note
    }
}

fn wanted(code: &SetupCode) -> Commissionable {
    Commissionable {
        discriminator: code.discriminator,
        vendor: code.identity.map(|(vendor, _)| vendor.0),
        product: code.identity.map(|(_, product)| product.0),
    }
}

/// How long a busy device is left alone, at least.
const AGAIN: Duration = Duration::from_millis(500);

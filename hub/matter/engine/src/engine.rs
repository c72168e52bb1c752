//! The engine: the doors through which everything comes in and goes out.
//!
//! Feed one input with the present, then drain [`Engine::poll_transmit`] and
//! [`Engine::poll_event`], then wait until [`Engine::poll_timeout`]. That holds for every
//! `handle_*` and for [`Engine::new`].

mod backoff;
mod clock;
mod command;
mod commands;
mod dials;
mod discovered;
mod join;
mod keep;
mod node;
mod remove;
mod subscribe;
mod supervise;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use hub_model::{BridgeInput, BridgeOutput, JobFailure, JobId, JobUpdate, NodeId, Now};
use hub_pki::Fabric;

use crate::attestation::TrustStore;
use crate::commissioning::CommissioningConfig;
use crate::config::{Config, Limits};
use crate::discovery::{Discover, Discovered};
use crate::door::{Output, StoreToken, Transmit};
use crate::net::{Net, NetEvent, Purpose};
use crate::record::{NodeRecord, Phase};
use crate::timers::Timers;

use clock::Clock;
use dials::Dials;
use join::Joins;
use keep::Keeper;
use node::Node;
use remove::Removals;

/// The Matter controller of one hub.
pub struct Engine {
    fabric: Arc<Fabric>,
    trust: Arc<TrustStore>,
    commissioning: CommissioningConfig,
    limits: Limits,
    clock: Clock,
    net: Net,
    nodes: BTreeMap<NodeId, Node>,
    dials: Dials,
    joins: Joins,
    removals: Removals,
    keeper: Keeper,
    timers: Timers<Timer>,
    outputs: VecDeque<Output>,
}

/// What a deadline of the engine is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    /// A node is dialled again.
    Dial(NodeId),
    /// A node that is dialled has been silent for too long to keep others waiting.
    Place(NodeId),
    /// A node's subscription is asked for again.
    Subscribe(NodeId),
    /// A node should have reported.
    Alive(NodeId),
    /// A node should have given a sign of life.
    Probe(NodeId),
    /// The first of a node's waiting commands has waited too long.
    Command(NodeId),
    /// A stage of adding a device is over.
    Join(NodeId),
    /// A node should be gone.
    Remove(NodeId),
    /// What changed is stored.
    Keep,
}

impl Engine {
    /// Starts with the nodes that were stored. Dials all of them at once, as far as
    /// [`Limits::handshakes`] allows.
    #[must_use]
    pub fn new(config: Config, nodes: Vec<NodeRecord>, now: Now) -> Self {
        let seen = nodes.iter().map(|record| record.seen_at);
        let mut engine = Self {
            clock: Clock::new(seen.chain([config.built_at])),
            net: Net::new(config.random),
            nodes: BTreeMap::new(),
            dials: Dials::new(config.limits.handshakes),
            joins: Joins::default(),
            removals: Removals::default(),
            keeper: Keeper::default(),
            timers: Timers::new(),
            outputs: VecDeque::new(),
            fabric: config.fabric,
            trust: config.trust,
            commissioning: config.commissioning,
            limits: config.limits,
        };
        let now = engine.clock.believe(now);
        for record in nodes {
            match record.phase {
                Phase::Commissioned => engine.begin_node(record),
                Phase::Completing => engine.resume_join(record, now),
            }
        }
        engine.settle(now);
        engine
    }

    /// Takes a datagram.
    pub fn handle_datagram(&mut self, from: SocketAddr, datagram: &[u8], now: Now) {
        let now = self.clock.believe(now);
        self.net.handle_datagram(from, datagram, now.mono);
        self.settle(now);
    }

    /// Takes what the hub asks.
    pub fn handle_input(&mut self, input: BridgeInput, now: Now) {
        let now = self.clock.believe(now);
        match input {
            BridgeInput::Command {
                cause,
                command,
                deadline,
            } => self.take_command(cause, command, deadline, now),
            BridgeInput::Commission(request) => self.begin_join(&request),
            BridgeInput::Answer { job, proceed } => self.answer_join(job, proceed, now),
            BridgeInput::Cancel { job } => self.cancel_join(job, now),
            BridgeInput::Remove { job, node, forget } => self.begin_removal(job, node, forget, now),
        }
        self.settle(now);
    }

    /// Takes what DNS-SD heard.
    pub fn handle_discovery(&mut self, discovered: Discovered, now: Now) {
        let now = self.clock.believe(now);
        self.discovered(discovered, now);
        self.settle(now);
    }

    /// Takes the answer to an [`Output::Store`]: whether the changes are on disk, or why not.
    pub fn handle_stored(&mut self, token: StoreToken, result: Result<(), String>, now: Now) {
        let now = self.clock.believe(now);
        self.stored(token, result, now);
        self.settle(now);
    }

    /// The machine's addresses or interfaces have changed: nodes that do not answer may now.
    pub fn handle_network_change(&mut self, now: Now) {
        let now = self.clock.believe(now);
        self.redial_all(now);
        self.settle(now);
    }

    /// The time of [`Self::poll_timeout`] has come.
    pub fn handle_timeout(&mut self, now: Now) {
        let now = self.clock.believe(now);
        self.net.handle_timeout(now.mono);
        // An answer that came late must not be taken for one to what a timer asks below.
        self.settle(now);
        while let Some(timer) = self.timers.pop_due(now.mono) {
            self.timer(timer, now);
        }
        self.settle(now);
    }

    /// The hub stops: ends all sessions politely and stores what changed. Drain the outputs once
    /// more, then drop the engine.
    pub fn handle_shutdown(&mut self, now: Now) {
        let now = self.clock.believe(now);
        self.end_joins(now);
        let sessions: Vec<_> = self.nodes.values().filter_map(Node::session).collect();
        for session in sessions {
            self.net.close(session, now.mono);
        }
        self.keep(now);
    }

    /// The next datagram to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.net.poll_transmit()
    }

    /// The next thing that the engine wants done or known.
    pub fn poll_event(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`Self::handle_timeout`].
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.net
            .poll_timeout()
            .into_iter()
            .chain(self.timers.next())
            .min()
    }

    /// Works off what an input led to.
    fn settle(&mut self, now: Now) {
        loop {
            while let Some(event) = self.net.poll_event() {
                self.net_event(event, now);
            }
            if !self.dial_next(now) && !self.join_next(now) {
                return;
            }
        }
    }

    fn net_event(&mut self, event: NetEvent, now: Now) {
        match event {
            NetEvent::HandshakeHeard { purpose } => {
                if let Purpose::Dial(node) = purpose {
                    self.timers.set(Timer::Place(node), None);
                }
            }
            NetEvent::Handshake { purpose, result } => match purpose {
                Purpose::Join(node) => self.pase_ended(node, result, now),
                Purpose::Dial(node) => self.dialled(node, result, now),
                _ => {}
            },
            NetEvent::Interaction { purpose, outcome } => match purpose {
                Purpose::Subscribe(node) => self.subscribing(node, outcome, now),
                Purpose::Command(node, cause) => self.commanded(node, cause, outcome, now),
                Purpose::Join(node) => self.join_answered(node, outcome, now),
                Purpose::Remove(node) => self.removing(node, &outcome, now),
                Purpose::Probe(node) => self.probed(node, &outcome),
                Purpose::Dial(_) => {}
            },
            NetEvent::Report { node, chunk } => self.reported(node, chunk, now),
            NetEvent::StrayReport { node } => self.stray_report(node, now),
            NetEvent::Moved { node, to } => self.moved(node, to, now),
            NetEvent::Lost {
                session,
                node: Some(node),
                how,
            } => self.session_lost(node, session, how),
            // The interactions over a lost session by passcode have told of it.
            NetEvent::Lost { node: None, .. } => {}
        }
    }

    fn timer(&mut self, timer: Timer, now: Now) {
        match timer {
            Timer::Dial(node) => self.dial_soon(node, false),
            Timer::Place(node) => self.silent(node),
            Timer::Subscribe(node) => self.subscribe(node, now),
            Timer::Alive(node) => self.overdue(node, now),
            Timer::Probe(node) => self.probe_failed(node),
            Timer::Command(node) => self.commands_expired(node, now),
            Timer::Join(node) => self.join_timeout(node, now),
            Timer::Remove(node) => self.removal_timeout(node, now),
            Timer::Keep => self.keep(now),
        }
    }

    fn tell(&mut self, output: BridgeOutput) {
        self.outputs.push_back(Output::Bridge(output));
    }

    fn tell_job(&mut self, job: JobId, update: JobUpdate) {
        self.tell(BridgeOutput::Job { job, update });
    }

    fn fail_job(&mut self, job: JobId, failure: JobFailure) {
        self.tell_job(job, JobUpdate::Failed(failure));
    }

    fn discover(&mut self, discover: Discover) {
        self.outputs.push_back(Output::Discover(discover));
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("fabric", &self.fabric)
            .field("net", &self.net)
            .field("nodes", &self.nodes.len())
            .field("dials", &self.dials)
            .finish_non_exhaustive()
    }
}

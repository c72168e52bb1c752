//! The Matter network as the rest of the engine sees it: handshakes that lead to sessions,
//! interactions on sessions, and what nodes report by themselves.
//!
//! Sans-IO and without opinions: it neither dials again nor repeats a request; that is for the
//! supervisor of each node. Everything asked for carries a [`Purpose`], by which its outcome
//! finds its way back.
//!
//! Spec: Matter 1.6 Core §4 (secure channel), §8 (interaction model).

pub(crate) mod chunk;
pub(crate) mod handshake;
pub(crate) mod interaction;
pub(crate) mod invoke_response;
pub(crate) mod sessions;
pub(crate) mod status_report;
pub(crate) mod unsecured;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hub_model::{CauseId, NodeId};
use hub_pki::{Fabric, Random};
use matter_cert::MatterTime;
use matter_interaction as im;
use matter_transport::{MrpConfig, ProtocolId, decode_header};
use tracing::{debug, trace};

use crate::commissioning::ExchangeError;
use crate::discovery::Pace;
use crate::door::Transmit;
use crate::record::Resumption;
use crate::timers::Timers;

use chunk::{Chunk, Lists};
use handshake::{Handshake, HandshakeError, Keys, Next};
use interaction::{Interaction, Outcome, Request};
use sessions::{ExchangeKey, Link, SendError, Session, SessionEvent, Sessions};
use status_report::StatusReport;
use unsecured::{Unsecured, UnsecuredEvent, UnsecuredId};

/// What something is done for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    /// To reach a node.
    Dial(NodeId),
    /// To subscribe to a node.
    Subscribe(NodeId),
    /// To see whether a node still has the session.
    Probe(NodeId),
    /// To carry out a command.
    Command(NodeId, CauseId),
    /// To add the device that will be this node.
    Join(NodeId),
    /// To remove a node.
    Remove(NodeId),
}

/// What happened.
#[derive(Debug)]
pub(crate) enum NetEvent {
    /// The peer of a handshake answered for the first time.
    HandshakeHeard { purpose: Purpose },
    /// A handshake ended.
    Handshake {
        purpose: Purpose,
        result: Result<Established, HandshakeError>,
    },
    /// An interaction brought something, or ended.
    Interaction { purpose: Purpose, outcome: Outcome },
    /// A node reported under its subscription.
    Report { node: NodeId, chunk: Chunk },
    /// A node reported under a subscription that we do not hold.
    StrayReport { node: NodeId },
    /// A node answered from another address than before.
    Moved { node: NodeId, to: SocketAddr },
    /// A session has ended; interactions on it have been told already.
    Lost {
        session: Session,
        node: Option<NodeId>,
        how: Lost,
    },
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// The peer ended it.
    Closed,
    /// The peer acknowledges nothing any longer.
    Silent,
}

/// A new session.
#[derive(Debug)]
pub(crate) struct Established {
    pub(crate) session: Session,
    pub(crate) peer: SocketAddr,
    /// Of CASE: what the next handshake needs.
    pub(crate) resumption: Option<Resumption>,
    /// Of CASE: the pace that the peer asked for.
    pub(crate) pace: Pace,
    /// Of CASE: whether it was a shortened handshake.
    pub(crate) resumed: bool,
}

/// Names a handshake in progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HandshakeId(UnsecuredId);

/// Sessions, handshakes, interactions.
pub(crate) struct Net {
    random: Box<dyn Random>,
    unsecured: Unsecured,
    sessions: Sessions,
    handshakes: BTreeMap<UnsecuredId, Pending>,
    interactions: BTreeMap<ExchangeKey, Running>,
    deadlines: Timers<Deadline>,
    /// The subscription that each node reports under; whatever session it uses.
    subscriptions: BTreeMap<NodeId, Subscription>,
    transmits: VecDeque<Transmit>,
    events: VecDeque<NetEvent>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Deadline {
    Handshake(UnsecuredId),
    Interaction(ExchangeKey),
}

#[derive(Debug)]
struct Pending {
    handshake: Handshake,
    session: Session,
    purpose: Purpose,
    peer: SocketAddr,
    pace: Pace,
    heard: bool,
}

#[derive(Debug)]
struct Running {
    interaction: Interaction,
    purpose: Purpose,
    /// How long each further message may take, of an interaction of many.
    each_within: Option<Duration>,
}

#[derive(Debug)]
struct Subscription {
    id: u32,
    lists: Lists,
}

impl Net {
    pub(crate) fn new(mut random: Box<dyn Random>) -> Self {
        Self {
            unsecured: Unsecured::new(random.as_mut()),
            sessions: Sessions::new(random.as_mut()),
            random,
            handshakes: BTreeMap::new(),
            interactions: BTreeMap::new(),
            deadlines: Timers::new(),
            subscriptions: BTreeMap::new(),
            transmits: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// The hub's source of randomness.
    pub(crate) fn random(&mut self) -> &mut dyn Random {
        self.random.as_mut()
    }

    /// Begins a handshake by passcode.
    pub(crate) fn start_pase(
        &mut self,
        dial: Dial,
        passcode: u32,
        now: Instant,
    ) -> Option<HandshakeId> {
        self.start(dial, now, |session| Handshake::pase(passcode, session.0))
    }

    /// Begins a handshake by certificates.
    pub(crate) fn start_case(
        &mut self,
        dial: Dial,
        case: &Case<'_>,
        now: Instant,
    ) -> Option<HandshakeId> {
        self.start(dial, now, |session| {
            Handshake::case(case.fabric, case.node, case.resumption, session.0, case.at)
        })
    }

    /// None when it failed at once, of which the event tells.
    fn start(
        &mut self,
        dial: Dial,
        now: Instant,
        begin: impl FnOnce(Session) -> Result<(Handshake, u8, Vec<u8>), HandshakeError>,
    ) -> Option<HandshakeId> {
        let begun = self
            .sessions
            .allocate()
            .ok_or_else(|| HandshakeError::Failed("no session id is free".to_owned()))
            .and_then(|session| {
                begin(session)
                    .map(|begun| (session, begun))
                    .inspect_err(|_| self.sessions.release(session))
            });
        let (session, (handshake, opcode, first)) = match begun {
            Ok(begun) => begun,
            Err(error) => {
                self.events.push_back(NetEvent::Handshake {
                    purpose: dial.purpose,
                    result: Err(error),
                });
                return None;
            }
        };
        let id = self
            .unsecured
            .open(dial.peer, mrp(dial.pace), self.random.as_mut());
        let transmit = self.unsecured.send(id, opcode, &first, now);
        self.transmits.extend(transmit);
        let pending = Pending {
            handshake,
            session,
            purpose: dial.purpose,
            peer: dial.peer,
            pace: dial.pace,
            heard: false,
        };
        self.handshakes.insert(id, pending);
        self.deadlines
            .set(Deadline::Handshake(id), Some(now + HANDSHAKE_WITHIN));
        Some(HandshakeId(id))
    }

    /// Gives a handshake up; nothing more is told of it.
    pub(crate) fn abandon(&mut self, id: HandshakeId) {
        self.unsecured.abandon(id.0);
        self.deadlines.set(Deadline::Handshake(id.0), None);
        if let Some(pending) = self.handshakes.remove(&id.0) {
            self.sessions.release(pending.session);
        }
    }

    /// Calls a handshake off: a peer that takes part in it is told, and is free for the next.
    pub(crate) fn call_off(&mut self, id: HandshakeId, now: Instant) {
        if !self.is_heard(id) {
            self.abandon(id);
            return;
        }
        let report = StatusReport::INVALID_PARAMETER.encode().to_vec();
        self.last_word(id.0, Some((status_report::OPCODE, report)), now);
        self.deadlines.set(Deadline::Handshake(id.0), None);
        if let Some(pending) = self.handshakes.remove(&id.0) {
            self.sessions.release(pending.session);
        }
    }

    /// Whether the peer of a handshake has answered yet.
    pub(crate) fn is_heard(&self, id: HandshakeId) -> bool {
        self.handshakes
            .get(&id.0)
            .is_some_and(|pending| pending.heard)
    }

    /// Begins an interaction.
    pub(crate) fn request(
        &mut self,
        session: Session,
        purpose: Purpose,
        request: Request,
        within: Within,
        now: Instant,
    ) {
        let (opcode, payload, mut interaction) = request.begin();
        match self.sessions.open(session, opcode, &payload, now) {
            Ok(sent) => {
                interaction.counter = sent.counter;
                let (deadline, each_within) = match within {
                    Within::Deadline(deadline) => (deadline, None),
                    Within::EachMessage(within) => (now + within, Some(within)),
                };
                self.deadlines
                    .set(Deadline::Interaction(sent.key), Some(deadline));
                let running = Running {
                    interaction,
                    purpose,
                    each_within,
                };
                self.interactions.insert(sent.key, running);
                self.drain_sessions(now);
            }
            Err(error) => {
                let outcome = interaction.failed(send_error(error));
                self.events
                    .push_back(NetEvent::Interaction { purpose, outcome });
            }
        }
    }

    /// Gives up all interactions for a purpose; nothing more is told of them.
    pub(crate) fn give_up(&mut self, purpose: Purpose) {
        let keys: Vec<_> = self
            .interactions
            .iter()
            .filter(|(_, running)| running.purpose == purpose)
            .map(|(key, _)| *key)
            .collect();
        for key in keys {
            self.interactions.remove(&key);
            self.deadlines.set(Deadline::Interaction(key), None);
            self.sessions.abort(key);
        }
        self.transmits.extend(self.sessions.take_transmits());
    }

    /// Ends a session politely.
    pub(crate) fn close(&mut self, session: Session, now: Instant) {
        self.sessions.close(session, now);
        self.transmits.extend(self.sessions.take_transmits());
        self.fail_interactions(session);
    }

    /// Forgets a session that the peer no longer has.
    pub(crate) fn drop_session(&mut self, session: Session) {
        self.sessions.forget(session);
        self.fail_interactions(session);
    }

    /// Forgets a node's subscription: its reports are strays from now on.
    pub(crate) fn drop_subscription(&mut self, node: NodeId) {
        self.subscriptions.remove(&node);
    }

    pub(crate) fn handle_datagram(&mut self, from: SocketAddr, datagram: &[u8], now: Instant) {
        let Ok((message, rest)) = decode_header(datagram) else {
            trace!(%from, "not a Matter message");
            return;
        };
        if message.session_id.0 == 0 {
            let (transmit, event) = self.unsecured.handle_datagram(from, &message, rest, now);
            self.transmits.extend(transmit);
            if let Some(event) = event {
                self.unsecured_event(event, now);
            }
        } else {
            let session = Session(message.session_id.0);
            self.sessions.handle_datagram(from, session, datagram, now);
            self.drain_sessions(now);
        }
    }

    pub(crate) fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    pub(crate) fn poll_event(&mut self) -> Option<NetEvent> {
        self.events.pop_front()
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.unsecured
            .poll_timeout()
            .into_iter()
            .chain(self.sessions.poll_timeout())
            .chain(self.deadlines.next())
            .min()
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        let (transmits, events) = self.unsecured.handle_timeout(now);
        self.transmits.extend(transmits);
        for event in events {
            self.unsecured_event(event, now);
        }
        self.sessions.handle_timeout(now);
        self.drain_sessions(now);
        while let Some(deadline) = self.deadlines.pop_due(now) {
            match deadline {
                Deadline::Handshake(id) => {
                    let error = HandshakeError::Failed("it did not finish in time".to_owned());
                    self.unsecured.abandon(id);
                    self.end_handshake(id, Err(error));
                }
                Deadline::Interaction(key) => {
                    self.sessions.abort(key);
                    self.fail_interaction(key, ExchangeError::TimedOut);
                }
            }
        }
        self.transmits.extend(self.sessions.take_transmits());
    }

    fn unsecured_event(&mut self, event: UnsecuredEvent, now: Instant) {
        match event {
            UnsecuredEvent::Message {
                id,
                opcode,
                payload,
            } => self.handshake_message(id, opcode, &payload, now),
            UnsecuredEvent::Silent { id } => {
                self.unsecured.abandon(id);
                self.end_handshake(id, Err(HandshakeError::Silent));
            }
        }
    }

    fn handshake_message(&mut self, id: UnsecuredId, opcode: u8, payload: &[u8], now: Instant) {
        let Some(pending) = self.handshakes.get_mut(&id) else {
            return;
        };
        if !std::mem::replace(&mut pending.heard, true) {
            let purpose = pending.purpose;
            self.events.push_back(NetEvent::HandshakeHeard { purpose });
        }
        match pending.handshake.handle(opcode, payload) {
            Next::Send { opcode, payload } => {
                let transmit = self.unsecured.send(id, opcode, &payload, now);
                self.transmits.extend(transmit);
            }
            Next::Established { last, keys } => {
                self.last_word(id, last, now);
                self.establish(id, keys);
            }
            Next::Failed { last, error } => {
                self.last_word(id, last, now);
                self.end_handshake(id, Err(error));
            }
        }
    }

    fn last_word(&mut self, id: UnsecuredId, last: Option<(u8, Vec<u8>)>, now: Instant) {
        if let Some((opcode, payload)) = last {
            let transmit = self.unsecured.send(id, opcode, &payload, now);
            self.transmits.extend(transmit);
        }
        let transmits = self.unsecured.finish(id, now);
        self.transmits.extend(transmits);
    }

    fn establish(&mut self, id: UnsecuredId, keys: Keys) {
        let Some(pending) = self.handshakes.get(&id) else {
            return;
        };
        let (peer, session, mut pace) = (pending.peer, pending.session, pending.pace);
        let established = match keys {
            Keys::Pase { keys, peer_session } => {
                let link = Link {
                    peer,
                    pace: mrp(pace),
                    random: self.random.as_mut(),
                };
                self.sessions
                    .register_pase(session, keys, peer_session, link);
                Established {
                    session,
                    peer,
                    resumption: None,
                    pace,
                    resumed: false,
                }
            }
            Keys::Case {
                output,
                parameters,
                resumed,
            } => {
                pace = parameters.map_or(pace, |told| told_pace(&told).or(pace));
                let link = Link {
                    peer,
                    pace: mrp(pace),
                    random: self.random.as_mut(),
                };
                Established {
                    session: self.sessions.register_case(&output, link),
                    peer,
                    resumption: handshake::resumption_of(&output),
                    pace,
                    resumed,
                }
            }
        };
        self.end_handshake(id, Ok(established));
    }

    fn end_handshake(&mut self, id: UnsecuredId, result: Result<Established, HandshakeError>) {
        self.deadlines.set(Deadline::Handshake(id), None);
        let Some(pending) = self.handshakes.remove(&id) else {
            return;
        };
        if result.is_err() {
            self.sessions.release(pending.session);
        }
        self.events.push_back(NetEvent::Handshake {
            purpose: pending.purpose,
            result,
        });
    }

    fn drain_sessions(&mut self, now: Instant) {
        for event in self.sessions.take_events() {
            match event {
                SessionEvent::Message {
                    key,
                    protocol,
                    opcode,
                    payload,
                } => {
                    if key.ours {
                        self.answered(key, opcode, &payload, now);
                    } else {
                        self.addressed(key, protocol, opcode, &payload, now);
                    }
                }
                SessionEvent::Acknowledged { session, counter } => {
                    self.acknowledged(session, counter);
                }
                SessionEvent::Moved { session, to } => {
                    if let Some(node) = self.sessions.node(session) {
                        self.events.push_back(NetEvent::Moved { node, to });
                    }
                }
                SessionEvent::Closed { session } => self.lost(session, Lost::Closed),
                SessionEvent::Silent { session } => self.lost(session, Lost::Silent),
            }
        }
        self.transmits.extend(self.sessions.take_transmits());
    }

    /// A message on an exchange that we started.
    fn answered(&mut self, key: ExchangeKey, opcode: u8, payload: &[u8], now: Instant) {
        let Some(running) = self.interactions.get_mut(&key) else {
            // The answer to something given up.
            self.sessions.finish(key);
            return;
        };
        let next = running.interaction.handle(opcode, payload);
        let purpose = running.purpose;
        if let Some(within) = running.each_within {
            self.deadlines
                .set(Deadline::Interaction(key), Some(now + within));
        }
        if let Purpose::Subscribe(node) = purpose {
            match &next.outcome {
                Some(Outcome::Chunk(chunk)) => self.follow(node, chunk.subscription),
                Some(Outcome::Subscribed { subscription, .. }) => {
                    self.follow(node, Some(*subscription));
                }
                Some(Outcome::Failed { .. }) => self.drop_subscription(node),
                _ => {}
            }
        }
        let was_read = next.over && matches!(next.outcome, Some(Outcome::Chunk(_)));
        for outcome in next
            .outcome
            .into_iter()
            .chain(was_read.then_some(Outcome::Read))
        {
            self.events
                .push_back(NetEvent::Interaction { purpose, outcome });
        }
        let mut over = next.over;
        if let Some((opcode, payload)) = next.answer {
            match self.sessions.send(key, opcode, &payload, now) {
                Ok(sent) => {
                    if let Some(running) = self.interactions.get_mut(&key) {
                        running.interaction.counter = sent.counter;
                    }
                }
                Err(error) => {
                    self.fail_interaction(key, send_error(error));
                    over = true;
                }
            }
        }
        if over {
            self.interactions.remove(&key);
            self.deadlines.set(Deadline::Interaction(key), None);
            self.sessions.finish(key);
        }
    }

    /// From its first chunk on, a node may report under its new subscription.
    fn follow(&mut self, node: NodeId, subscription: Option<u32>) {
        let Some(id) = subscription else {
            return;
        };
        let is_known = self
            .subscriptions
            .get(&node)
            .is_some_and(|known| known.id == id);
        if !is_known {
            let lists = Lists::default();
            self.subscriptions.insert(node, Subscription { id, lists });
        }
    }

    /// A message on an exchange that the peer started.
    fn addressed(
        &mut self,
        key: ExchangeKey,
        protocol: ProtocolId,
        opcode: u8,
        payload: &[u8],
        now: Instant,
    ) {
        if protocol != ProtocolId::INTERACTION_MODEL || opcode == interaction::STATUS_RESPONSE {
            self.sessions.finish(key);
            return;
        }
        let status = match opcode {
            interaction::REPORT_DATA => self.reported(key, payload),
            _ => Some(interaction::INVALID_ACTION),
        };
        let Some(status) = status else {
            self.sessions.finish(key);
            return;
        };
        let answer = im::build_status_response(status);
        if let Err(error) = self
            .sessions
            .send(key, interaction::STATUS_RESPONSE, &answer, now)
        {
            debug!(?error, "a report could not be answered");
        }
    }

    /// Takes a report; gives the status to answer with, if any.
    fn reported(&mut self, key: ExchangeKey, payload: &[u8]) -> Option<u8> {
        let node = self.sessions.node(key.session)?;
        let data = match im::parse_report_data(payload) {
            Ok(data) => data,
            Err(error) => {
                debug!(%node, %error, "report cannot be read");
                return Some(interaction::INVALID_ACTION);
            }
        };
        let subscription = self
            .subscriptions
            .get_mut(&node)
            .filter(|known| data.subscription_id == Some(known.id));
        let Some(subscription) = subscription else {
            self.events.push_back(NetEvent::StrayReport { node });
            return Some(interaction::INVALID_SUBSCRIPTION);
        };
        let quiet = data.suppress_response && !data.more_chunked_messages;
        let chunk = Chunk::of(data, &mut subscription.lists);
        self.events.push_back(NetEvent::Report { node, chunk });
        (!quiet).then_some(interaction::SUCCESS)
    }

    fn acknowledged(&mut self, session: Session, counter: u32) {
        for (_, running) in self.interactions.range_mut(exchanges_of(session)) {
            running.interaction.acknowledged(counter);
        }
    }

    fn lost(&mut self, session: Session, how: Lost) {
        let node = self.sessions.node(session);
        self.drop_session(session);
        self.events.push_back(NetEvent::Lost { session, node, how });
    }

    fn fail_interactions(&mut self, session: Session) {
        let keys: Vec<_> = self
            .interactions
            .range(exchanges_of(session))
            .map(|(key, _)| *key)
            .collect();
        for key in keys {
            self.fail_interaction(key, ExchangeError::SessionLost);
        }
    }

    fn fail_interaction(&mut self, key: ExchangeKey, error: ExchangeError) {
        self.deadlines.set(Deadline::Interaction(key), None);
        let Some(running) = self.interactions.remove(&key) else {
            return;
        };
        if let Purpose::Subscribe(node) = running.purpose {
            self.drop_subscription(node);
        }
        self.events.push_back(NetEvent::Interaction {
            purpose: running.purpose,
            outcome: running.interaction.failed(error),
        });
    }
}

impl std::fmt::Debug for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Net")
            .field("sessions", &self.sessions.count())
            .field("handshakes", &self.handshakes.len())
            .field("interactions", &self.interactions.len())
            .finish_non_exhaustive()
    }
}

/// How long an interaction may take.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Within {
    /// All of it until then.
    Deadline(Instant),
    /// Each message of the peer within this after the one before; so it may be of any size.
    EachMessage(Duration),
}

/// Whom to address, and for what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dial {
    pub(crate) purpose: Purpose,
    pub(crate) peer: SocketAddr,
    pub(crate) pace: Pace,
}

/// What CASE needs to know.
#[derive(Debug)]
pub(crate) struct Case<'a> {
    pub(crate) fabric: &'a Fabric,
    pub(crate) node: NodeId,
    pub(crate) resumption: Option<&'a Resumption>,
    /// The moment at which certificates must be valid.
    pub(crate) at: MatterTime,
}

fn exchanges_of(session: Session) -> std::ops::RangeInclusive<ExchangeKey> {
    let key = |id, ours| ExchangeKey { session, id, ours };
    key(0, false)..=key(u16::MAX, true)
}

fn send_error(error: SendError) -> ExchangeError {
    match error {
        SendError::NoSession => ExchangeError::SessionLost,
        SendError::TooLarge => ExchangeError::Unreadable(TOO_LARGE.to_owned()),
    }
}

fn mrp(pace: Pace) -> MrpConfig {
    MrpConfig::for_peer(pace.idle, pace.active, pace.active_threshold)
}

fn told_pace(told: &matter_crypto::SessionParameters) -> Pace {
    let millis = |ms: u32| Duration::from_millis(ms.into());
    Pace {
        idle: told.session_idle_interval_ms.map(millis),
        active: told.session_active_interval_ms.map(millis),
        active_threshold: told.session_active_threshold_ms.map(|ms| millis(ms.into())),
    }
}

/// What is told of a request that does not fit into a datagram.
pub(crate) const TOO_LARGE: &str = "larger than a message may be";
/// A whole handshake: key derivation on a slow device takes seconds.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(30);

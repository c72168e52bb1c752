//! The Matter network as the rest of the engine sees it: handshakes that lead to sessions,
//! interactions on sessions, and what nodes report by themselves.
//!
//! Sans-IO and without opinions: it neither dials again nor repeats a request; that is for the
//! supervisor of each node. Everything asked for carries a [`Purpose`], by which its outcome
//! finds its way back.
//!
//! Spec: Matter 1.6 Core §4 (secure channel), §8 (interaction model).

pub(crate) mod chunk;
mod establish;
mod exchanges;
pub(crate) mod handshake;
pub(crate) mod interaction;
pub(crate) mod invoke_response;
pub(crate) mod sessions;
pub(crate) mod status_report;
pub(crate) mod unsecured;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Instant;

use hub_model::{CauseId, NodeId};
use hub_pki::Random;
use matter_transport::decode_header;
use tracing::trace;

use crate::commissioning::ExchangeError;
use crate::door::Transmit;
use crate::timers::Timers;

use chunk::Chunk;
use establish::Pending;
pub(crate) use establish::{Case, Dial, Established, HandshakeId};
use exchanges::{Running, Subscription};
pub(crate) use exchanges::{TOO_LARGE, Within};
use handshake::HandshakeError;
use interaction::Outcome;
use sessions::{ExchangeKey, Session, Sessions};
use unsecured::{Unsecured, UnsecuredId};

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
                    let pending = self.handshakes.get(&id);
                    let error = if pending.is_some_and(|pending| pending.heard) {
                        HandshakeError::Failed("it did not finish in time".to_owned())
                    } else {
                        HandshakeError::Ignored
                    };
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

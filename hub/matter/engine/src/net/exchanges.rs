//! Interactions on sessions: ours, from request to outcome, and reports of nodes.
//!
//! Spec: Matter 1.6 Core §8 (interaction model), §4.10 (exchanges).

use std::time::{Duration, Instant};

use hub_model::NodeId;
use matter_interaction as im;
use matter_transport::ProtocolId;
use tracing::debug;

use super::chunk::{Chunk, Lists};
use super::interaction::{self, Interaction, Outcome, Request};
use super::sessions::{ExchangeKey, SendError, Session, SessionEvent};
use super::{Deadline, Lost, Net, NetEvent, Purpose};
use crate::commissioning::ExchangeError;

/// How long an interaction may take.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Within {
    /// All of it until then.
    Deadline(Instant),
    /// Each message of the peer within this after the one before; so it may be of any size.
    EachMessage(Duration),
}

#[derive(Debug)]
pub(super) struct Running {
    pub(super) interaction: Interaction,
    pub(super) purpose: Purpose,
    /// How long each further message may take, of an interaction of many.
    pub(super) each_within: Option<Duration>,
}

#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) id: u32,
    pub(super) lists: Lists,
}

impl Net {
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

    pub(super) fn drain_sessions(&mut self, now: Instant) {
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
    pub(super) fn answered(&mut self, key: ExchangeKey, opcode: u8, payload: &[u8], now: Instant) {
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
    pub(super) fn follow(&mut self, node: NodeId, subscription: Option<u32>) {
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
    pub(super) fn addressed(
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
    pub(super) fn reported(&mut self, key: ExchangeKey, payload: &[u8]) -> Option<u8> {
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

    pub(super) fn acknowledged(&mut self, session: Session, counter: u32) {
        for (_, running) in self.interactions.range_mut(exchanges_of(session)) {
            running.interaction.acknowledged(counter);
        }
    }

    pub(super) fn lost(&mut self, session: Session, how: Lost) {
        let node = self.sessions.node(session);
        self.drop_session(session);
        self.events.push_back(NetEvent::Lost { session, node, how });
    }

    pub(super) fn fail_interactions(&mut self, session: Session) {
        let keys: Vec<_> = self
            .interactions
            .range(exchanges_of(session))
            .map(|(key, _)| *key)
            .collect();
        for key in keys {
            self.fail_interaction(key, ExchangeError::SessionLost);
        }
    }

    pub(super) fn fail_interaction(&mut self, key: ExchangeKey, error: ExchangeError) {
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

/// What is told of a request that does not fit into a datagram.
pub(crate) const TOO_LARGE: &str = "larger than a message may be";

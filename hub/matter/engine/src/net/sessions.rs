//! Secured sessions and their exchanges.
//!
//! Each session lives in a `SessionManager` of its own: a timer then costs its own session only,
//! and no session is ever thrown out to make room for another. Local ids are allotted here,
//! before the handshake, for all of them.
//!
//! A peer is known by its session, never by its address: the address follows each authenticated
//! message.
//!
//! Spec: Matter 1.6 Core §4.10 (exchanges), §4.12 (MRP), §4.13 (secure sessions).

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hub_model::NodeId;
use hub_pki::Random;
use matter_crypto::{CaseSessionOutput, PaseSessionKeys};
use matter_transport::{
    DecodeInboundOutput, MessageCounter, MrpConfig, MrpEvent, MrpFlags, MrpProvenance, MrpState,
    PeerHint, ProtocolId, SessionId, SessionManager, SessionRole, secure_channel,
};
use tracing::{debug, trace};

use super::unsecured::{draw_u16, draw_u64};
use crate::door::Transmit;
use crate::timers::Timers;

/// A secured session, by its local id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Session(pub(crate) u16);

/// An exchange on a secured session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ExchangeKey {
    pub(crate) session: Session,
    pub(crate) id: u16,
    /// Whether we started it.
    pub(crate) ours: bool,
}

/// What came in on a secured session, or failed to.
#[derive(Debug)]
pub(crate) enum SessionEvent {
    /// A message of an application protocol.
    Message {
        key: ExchangeKey,
        protocol: ProtocolId,
        opcode: u8,
        payload: Vec<u8>,
    },
    /// The peer has received a message of ours.
    Acknowledged { session: Session, counter: u32 },
    /// The peer answered from another address than before.
    Moved { session: Session, to: SocketAddr },
    /// The peer ended the session.
    Closed { session: Session },
    /// The peer acknowledges nothing any longer: it is gone, or has lost the session.
    Silent { session: Session },
}

/// A message that went out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub(crate) key: ExchangeKey,
    pub(crate) counter: u32,
}

/// Why a message could not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SendError {
    /// There is no such session any longer.
    NoSession,
    /// It is larger than a datagram may be.
    TooLarge,
}

/// All secured sessions.
#[derive(Debug)]
pub(crate) struct Sessions {
    table: BTreeMap<Session, Entry>,
    /// Local ids that a handshake in progress has told its peer.
    reserved: BTreeSet<Session>,
    next: u16,
    timers: Timers<Session>,
    transmits: Vec<Transmit>,
    events: Vec<SessionEvent>,
}

#[derive(Debug)]
struct Entry {
    manager: SessionManager,
    peer: SocketAddr,
    node: Option<NodeId>,
    /// How long MRP goes on before it gives a message up.
    patience: Duration,
}

impl Sessions {
    pub(crate) fn new(random: &mut dyn Random) -> Self {
        Self {
            table: BTreeMap::new(),
            reserved: BTreeSet::new(),
            next: draw_u16(random),
            timers: Timers::new(),
            transmits: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Reserves a local id, to be told to a peer; none when all are taken.
    pub(crate) fn allocate(&mut self) -> Option<Session> {
        for _ in 0..=u16::MAX {
            let session = Session(self.next);
            self.next = self.next.wrapping_add(1);
            let taken = self.table.contains_key(&session) || self.reserved.contains(&session);
            // 0 names the unsecured session.
            if session.0 != 0 && !taken {
                self.reserved.insert(session);
                return Some(session);
            }
        }
        None
    }

    /// Gives a reserved id back.
    pub(crate) fn release(&mut self, session: Session) {
        self.reserved.remove(&session);
    }

    /// Registers the outcome of PASE under a reserved id.
    pub(crate) fn register_pase(
        &mut self,
        session: Session,
        keys: PaseSessionKeys,
        peer_session: u16,
        link: Link<'_>,
    ) {
        let mut manager = SessionManager::new();
        manager.register_pase_with_local_id(
            SessionId(session.0),
            keys,
            SessionRole::Initiator,
            peer_session,
            PeerHint::default(),
        );
        self.insert(session, manager, None, link);
    }

    /// Registers the outcome of CASE under the reserved id that the handshake told.
    pub(crate) fn register_case(&mut self, output: &CaseSessionOutput, link: Link<'_>) -> Session {
        let mut manager = SessionManager::new();
        let id = manager.register_case_with_mrp(
            output,
            SessionRole::Initiator,
            link.pace,
            MrpProvenance::PeerAdvertised,
        );
        let session = Session(id.0);
        self.insert(session, manager, Some(NodeId(output.peer.node_id)), link);
        session
    }

    fn insert(
        &mut self,
        session: Session,
        mut manager: SessionManager,
        node: Option<NodeId>,
        link: Link<'_>,
    ) {
        if let Some(inner) = manager.get_mut(SessionId(session.0)) {
            inner.mrp = MrpState::with_jitter_seed(link.pace, draw_u64(link.random));
        }
        self.reserved.remove(&session);
        let entry = Entry {
            manager,
            peer: link.peer,
            node,
            patience: link
                .pace
                .total_idle_window()
                .mul_f32(1.0 + link.pace.backoff_jitter),
        };
        self.table.insert(session, entry);
    }

    pub(crate) fn node(&self, session: Session) -> Option<NodeId> {
        self.table.get(&session)?.node
    }

    pub(crate) fn peer(&self, session: Session) -> Option<SocketAddr> {
        Some(self.table.get(&session)?.peer)
    }

    /// How long MRP goes on before it gives a message up.
    pub(crate) fn patience(&self, session: Session) -> Option<Duration> {
        Some(self.table.get(&session)?.patience)
    }

    /// The key that binds attestation to a session by passcode.
    pub(crate) fn attestation_challenge(&self, session: Session) -> Option<[u8; 16]> {
        let entry = self.table.get(&session)?;
        let inner = entry.manager.get(SessionId(session.0))?;
        Some(inner.keys.attestation_key)
    }

    pub(crate) fn count(&self) -> usize {
        self.table.len()
    }

    /// Starts an exchange with a first message.
    pub(crate) fn open(
        &mut self,
        session: Session,
        opcode: u8,
        payload: &[u8],
        now: Instant,
    ) -> Result<Sent, SendError> {
        let entry = self.table.get_mut(&session).ok_or(SendError::NoSession)?;
        let sent = entry.manager.encode_outbound(
            SessionId(session.0),
            None,
            opcode,
            ProtocolId::INTERACTION_MODEL,
            payload,
            MrpFlags { reliable: true },
            now,
        );
        self.sent(session, sent)
    }

    /// Sends a further message on an exchange.
    pub(crate) fn send(
        &mut self,
        key: ExchangeKey,
        opcode: u8,
        payload: &[u8],
        now: Instant,
    ) -> Result<Sent, SendError> {
        let session = key.session;
        let entry = self.table.get_mut(&session).ok_or(SendError::NoSession)?;
        let sent = entry.manager.encode_outbound_with_role(
            SessionId(session.0),
            key.id,
            key.ours,
            opcode,
            ProtocolId::INTERACTION_MODEL,
            payload,
            MrpFlags { reliable: true },
            now,
        );
        self.sent(session, sent)
    }

    fn sent(
        &mut self,
        session: Session,
        sent: matter_transport::Result<matter_transport::EncodeOutboundOutput>,
    ) -> Result<Sent, SendError> {
        let output = sent.map_err(|error| match error {
            matter_transport::Error::PayloadTooLarge { .. } => SendError::TooLarge,
            error => {
                debug!(session = session.0, %error, "message not sent");
                SendError::NoSession
            }
        })?;
        if let Some(to) = self.peer(session) {
            self.transmits.push(Transmit {
                to,
                datagram: output.wire_bytes,
            });
        }
        self.reschedule(session);
        Ok(Sent {
            key: ExchangeKey {
                session,
                id: output.exchange_id,
                ours: output.is_local_initiator,
            },
            counter: output.message_counter.0,
        })
    }

    /// Ends an exchange in good order: acknowledges what is owed.
    pub(crate) fn finish(&mut self, key: ExchangeKey) {
        let Some(entry) = self.table.get_mut(&key.session) else {
            return;
        };
        let id = SessionId(key.session.0);
        let events = entry
            .manager
            .finish_exchange_with_role(id, key.id, key.ours);
        self.fold(key.session, events);
    }

    /// Ends an exchange whose outcome no longer matters: nothing is repeated.
    pub(crate) fn abort(&mut self, key: ExchangeKey) {
        let Some(entry) = self.table.get_mut(&key.session) else {
            return;
        };
        let id = SessionId(key.session.0);
        let events = entry.manager.abort_exchange_with_role(id, key.id, key.ours);
        self.fold(key.session, events);
    }

    /// Tells the peer that the session ends, and forgets it.
    pub(crate) fn close(&mut self, session: Session, now: Instant) {
        let Some(entry) = self.table.get_mut(&session) else {
            return;
        };
        let id = SessionId(session.0);
        let owed = entry.manager.flush_session_acks(id);
        let goodbye = secure_channel::encode_close_session(&mut entry.manager, id, now);
        let to = entry.peer;
        self.fold(session, owed);
        if let Ok(goodbye) = goodbye {
            self.transmits.push(Transmit {
                to,
                datagram: goodbye.wire_bytes,
            });
        }
        self.forget(session);
    }

    /// Forgets a session that the peer has lost or ended.
    pub(crate) fn forget(&mut self, session: Session) {
        self.table.remove(&session);
        self.timers.set(session, None);
    }

    /// Takes a datagram of a secured session.
    pub(crate) fn handle_datagram(
        &mut self,
        from: SocketAddr,
        session: Session,
        datagram: &[u8],
        now: Instant,
    ) {
        let Some(entry) = self.table.get_mut(&session) else {
            trace!(%from, session = session.0, "datagram of no session");
            return;
        };
        match entry.manager.decode_inbound(datagram, now) {
            Ok(output) => {
                if entry.peer != from {
                    entry.peer = from;
                    self.events.push(SessionEvent::Moved { session, to: from });
                }
                self.decoded(session, from, output);
            }
            Err(error) => trace!(%from, session = session.0, %error, "datagram refused"),
        }
        self.reschedule(session);
    }

    fn decoded(&mut self, session: Session, from: SocketAddr, output: DecodeInboundOutput) {
        match output {
            DecodeInboundOutput::AppMessage {
                exchange_id,
                is_initiator,
                protocol_id,
                opcode,
                payload,
                ..
            } => {
                let closes = secure_channel::is_close_session(protocol_id, opcode, &payload);
                self.events.push(if closes {
                    SessionEvent::Closed { session }
                } else {
                    SessionEvent::Message {
                        key: ExchangeKey {
                            session,
                            id: exchange_id,
                            ours: !is_initiator,
                        },
                        protocol: protocol_id,
                        opcode,
                        payload,
                    }
                });
            }
            DecodeInboundOutput::AckOnly {
                acked_counter: MessageCounter(counter),
                ..
            } => self
                .events
                .push(SessionEvent::Acknowledged { session, counter }),
            DecodeInboundOutput::DuplicateReliableAckResent { ack_packet, .. } => {
                self.transmits.push(Transmit {
                    to: from,
                    datagram: ack_packet,
                });
            }
            _ => {}
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        while let Some(session) = self.timers.pop_due(now) {
            let Some(entry) = self.table.get_mut(&session) else {
                continue;
            };
            let events = entry.manager.handle_timeout(now);
            self.fold(session, events);
        }
    }

    /// The datagrams to send since the last call.
    pub(crate) fn take_transmits(&mut self) -> Vec<Transmit> {
        std::mem::take(&mut self.transmits)
    }

    /// What happened since the last call.
    pub(crate) fn take_events(&mut self) -> Vec<SessionEvent> {
        std::mem::take(&mut self.events)
    }

    fn fold(&mut self, session: Session, events: Vec<MrpEvent>) {
        let Some(to) = self.peer(session) else {
            return;
        };
        let mut silent = false;
        for event in events {
            match event {
                MrpEvent::Retransmit { packet, .. }
                | MrpEvent::SendStandaloneAck { packet, .. } => {
                    self.transmits.push(Transmit {
                        to,
                        datagram: packet,
                    });
                }
                // A counter that is used up ends the session as silence does.
                MrpEvent::Expired { .. } | MrpEvent::SessionCounterExhausted { .. } => {
                    silent = true;
                }
                _ => {}
            }
        }
        if silent {
            self.events.push(SessionEvent::Silent { session });
        }
        self.reschedule(session);
    }

    fn reschedule(&mut self, session: Session) {
        let at = self
            .table
            .get(&session)
            .and_then(|entry| entry.manager.poll_timeout());
        self.timers.set(session, at);
    }
}

/// What a new session starts with beside its keys.
pub(crate) struct Link<'a> {
    pub(crate) peer: SocketAddr,
    pub(crate) pace: MrpConfig,
    pub(crate) random: &'a mut dyn Random,
}

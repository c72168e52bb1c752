//! Unsecured exchanges: what PASE and CASE handshakes run over, with their own MRP.
//!
//! Each exchange that we start has an ephemeral node id of its own, which the peer names as the
//! destination of its answers; so an answer finds its exchange wherever it comes from. A finished
//! exchange is kept for a while to acknowledge again what the peer repeats.
//!
//! Spec: Matter 1.6 Core §4.4 (message framing), §4.12 (MRP), §4.13.2.1 (unsecured sessions).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hub_pki::Random;
use matter_transport::protocol_header::build_standalone_ack_header;
use matter_transport::{
    DestNodeId, ExchangeFlags, InboundOutcome, MessageCounter, MrpConfig, MrpFlags, MrpState,
    MrpTimerEvent, NodeId, ProtocolHeader, ProtocolId, ReplayWindow, SecuredMessageFlags,
    SecuredMessageHeader, SecurityFlags, SessionId, decode_protocol_header, encode_header,
    encode_protocol_header,
};
use tracing::{debug, trace};

use super::status_report::{self, StatusReport};
use crate::door::Transmit;
use crate::timers::Timers;

/// An unsecured exchange of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UnsecuredId(u16);

/// What happened on one.
#[derive(Debug)]
pub(crate) enum UnsecuredEvent {
    /// The peer answered.
    Message {
        id: UnsecuredId,
        opcode: u8,
        payload: Vec<u8>,
    },
    /// The peer acknowledged nothing of what was sent, however often.
    Silent { id: UnsecuredId },
}

/// All unsecured exchanges.
#[derive(Debug)]
pub(crate) struct Unsecured {
    exchanges: BTreeMap<UnsecuredId, Exchange>,
    timers: Timers<UnsecuredId>,
    next: u16,
    /// For answers to exchanges that peers start.
    counter: u32,
}

#[derive(Debug)]
struct Exchange {
    mrp: MrpState,
    peer: SocketAddr,
    /// Our ephemeral node id.
    source: u64,
    counter: u32,
    seen: ReplayWindow,
    finished: Option<Instant>,
}

impl Unsecured {
    pub(crate) fn new(random: &mut dyn Random) -> Self {
        Self {
            exchanges: BTreeMap::new(),
            timers: Timers::new(),
            next: draw_u16(random),
            counter: draw_counter(random),
        }
    }

    /// Begins an exchange with a peer.
    pub(crate) fn open(
        &mut self,
        peer: SocketAddr,
        pace: MrpConfig,
        random: &mut dyn Random,
    ) -> UnsecuredId {
        while self.exchanges.contains_key(&UnsecuredId(self.next)) {
            self.next = self.next.wrapping_add(1);
        }
        let id = UnsecuredId(self.next);
        self.next = self.next.wrapping_add(1);
        let mut mrp = MrpState::with_jitter_seed(pace, draw_u64(random));
        mrp.note_local_exchange(id.0);
        let exchange = Exchange {
            mrp,
            peer,
            source: draw_u64(random) & EPHEMERAL_MASK | 1,
            counter: draw_counter(random),
            seen: ReplayWindow::new(),
            finished: None,
        };
        self.exchanges.insert(id, exchange);
        id
    }

    /// Sends on an exchange of ours.
    pub(crate) fn send(
        &mut self,
        id: UnsecuredId,
        opcode: u8,
        payload: &[u8],
        now: Instant,
    ) -> Option<Transmit> {
        let exchange = self.exchanges.get_mut(&id)?;
        // The table forgets an exchange that owes nothing; it is ours all the same.
        exchange.mrp.note_local_exchange(id.0);
        let flags = MrpFlags { reliable: true };
        let prepared = exchange
            .mrp
            .prepare_outbound(
                opcode,
                ProtocolId::SECURE_CHANNEL,
                id.0,
                payload,
                flags,
                now,
            )
            .inspect_err(|error| debug!(%error, "unsecured message not sent"))
            .ok()?;
        let counter = exchange.take_counter();
        let mut datagram = header(exchange.source, counter);
        datagram.extend_from_slice(&prepared.wire_payload);
        exchange
            .mrp
            .mark_packet_sent(counter, id.0, datagram.clone(), true, now);
        let transmit = Transmit {
            to: exchange.peer,
            datagram,
        };
        self.reschedule(id);
        Some(transmit)
    }

    /// Ends an exchange in good order: what is owed is acknowledged now, what is unacknowledged
    /// is still repeated.
    pub(crate) fn finish(&mut self, id: UnsecuredId, now: Instant) -> Vec<Transmit> {
        let Some(exchange) = self.exchanges.get_mut(&id) else {
            return Vec::new();
        };
        exchange.finished = Some(now + KEPT_FINISHED);
        let owed = exchange.mrp.flush_exchange_acks(id.0);
        let transmits = owed
            .into_iter()
            .filter_map(|event| exchange.timer_event(id, event).ok())
            .collect();
        self.reschedule(id);
        transmits
    }

    /// Ends an exchange without another word.
    pub(crate) fn abandon(&mut self, id: UnsecuredId) {
        self.exchanges.remove(&id);
        self.timers.set(id, None);
    }

    /// Takes a datagram of session 0, whose protocol part is `rest`.
    pub(crate) fn handle_datagram(
        &mut self,
        from: SocketAddr,
        message: &SecuredMessageHeader,
        rest: &[u8],
        now: Instant,
    ) -> (Option<Transmit>, Option<UnsecuredEvent>) {
        let Ok((protocol, payload)) = decode_protocol_header(rest) else {
            return (None, None);
        };
        if protocol.exchange_flags.contains(ExchangeFlags::INITIATOR) {
            return (self.decline(from, message, &protocol, payload), None);
        }
        let id = UnsecuredId(protocol.exchange_id);
        let Some(exchange) = self.exchanges.get_mut(&id) else {
            return (None, None);
        };
        if message.destination_node_id != Some(DestNodeId::Node(NodeId(exchange.source))) {
            trace!(%from, "unsecured message for nobody here");
            return (None, None);
        }
        let reliable = protocol.exchange_flags.contains(ExchangeFlags::RELIABLE);
        if exchange
            .seen
            .check_and_record(message.message_counter.0)
            .is_err()
        {
            let again = reliable.then(|| exchange.acknowledge(id, message.message_counter));
            return (again, None);
        }
        let outcome = exchange
            .mrp
            .process_inbound(rest.to_vec(), message.message_counter, now);
        let finished = exchange.finished.is_some();
        let event = match outcome {
            Ok(InboundOutcome::AppMessage {
                opcode, payload, ..
            }) if !finished => Some(UnsecuredEvent::Message {
                id,
                opcode,
                payload,
            }),
            Ok(_) => None,
            Err(error) => {
                debug!(%from, %error, "unsecured message refused");
                None
            }
        };
        self.reschedule(id);
        (None, event)
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) -> (Vec<Transmit>, Vec<UnsecuredEvent>) {
        let mut transmits = Vec::new();
        let mut events = Vec::new();
        while let Some(id) = self.timers.pop_due(now) {
            let Some(exchange) = self.exchanges.get_mut(&id) else {
                continue;
            };
            for event in exchange.mrp.handle_timeout(now) {
                match exchange.timer_event(id, event) {
                    Ok(transmit) => transmits.push(transmit),
                    Err(Silent) if exchange.finished.is_none() => {
                        events.push(UnsecuredEvent::Silent { id });
                    }
                    Err(Silent) => {}
                }
            }
            let over = exchange.finished.is_some_and(|until| until <= now);
            if over && !exchange.mrp.has_pending() {
                self.exchanges.remove(&id);
            } else {
                self.reschedule(id);
            }
        }
        (transmits, events)
    }

    fn reschedule(&mut self, id: UnsecuredId) {
        let at = self.exchanges.get(&id).and_then(|exchange| {
            exchange
                .mrp
                .poll_timeout()
                .into_iter()
                .chain(exchange.finished)
                .min()
        });
        self.timers.set(id, at);
    }

    /// Refuses a handshake that a peer starts: the hub is a client of its nodes alone.
    fn decline(
        &mut self,
        from: SocketAddr,
        message: &SecuredMessageHeader,
        protocol: &ProtocolHeader,
        payload: &[u8],
    ) -> Option<Transmit> {
        let is_handshake = protocol.protocol_id == ProtocolId::SECURE_CHANNEL
            && matches!(protocol.opcode, PBKDF_PARAM_REQUEST | SIGMA1)
            && !payload.is_empty();
        let source = message.source_node_id?;
        if !is_handshake {
            return None;
        }
        debug!(%from, opcode = protocol.opcode, "handshake of a peer declined");
        let reliable = protocol.exchange_flags.contains(ExchangeFlags::RELIABLE);
        let answer = ProtocolHeader {
            exchange_flags: ExchangeFlags::empty(),
            opcode: status_report::OPCODE,
            exchange_id: protocol.exchange_id,
            protocol_id: ProtocolId::SECURE_CHANNEL,
            ack_counter: reliable.then_some(message.message_counter),
        };
        let counter = MessageCounter(self.counter);
        self.counter = self.counter.wrapping_add(1);
        let mut datagram = encode_header(&SecuredMessageHeader {
            flags: SecuredMessageFlags::DEST_UNICAST,
            session_id: SessionId(0),
            security_flags: SecurityFlags::empty(),
            message_counter: counter,
            source_node_id: None,
            destination_node_id: Some(DestNodeId::Node(source)),
        });
        encode_protocol_header(&answer, &mut datagram);
        datagram.extend_from_slice(&StatusReport::NO_SHARED_ROOTS.encode());
        Some(Transmit { to: from, datagram })
    }
}

/// Nothing was acknowledged, however often it was sent.
struct Silent;

impl Exchange {
    fn take_counter(&mut self) -> MessageCounter {
        let counter = MessageCounter(self.counter);
        self.counter = self.counter.wrapping_add(1);
        counter
    }

    fn acknowledge(&mut self, id: UnsecuredId, of: MessageCounter) -> Transmit {
        let counter = self.take_counter();
        let mut datagram = header(self.source, counter);
        encode_protocol_header(&build_standalone_ack_header(id.0, of, true), &mut datagram);
        Transmit {
            to: self.peer,
            datagram,
        }
    }

    fn timer_event(&mut self, id: UnsecuredId, event: MrpTimerEvent) -> Result<Transmit, Silent> {
        match event {
            MrpTimerEvent::Retransmit { packet, .. } => Ok(Transmit {
                to: self.peer,
                datagram: packet,
            }),
            MrpTimerEvent::StandaloneAckDeadlineFired { ack_counter, .. } => {
                Ok(self.acknowledge(id, ack_counter))
            }
            _ => Err(Silent),
        }
    }
}

fn header(source: u64, counter: MessageCounter) -> Vec<u8> {
    encode_header(&SecuredMessageHeader {
        flags: SecuredMessageFlags::SOURCE_PRESENT,
        session_id: SessionId(0),
        security_flags: SecurityFlags::empty(),
        message_counter: counter,
        source_node_id: Some(NodeId(source)),
        destination_node_id: None,
    })
}

/// The first value of a message counter: 28 random bits and one (§4.6.1.1).
fn draw_counter(random: &mut dyn Random) -> u32 {
    (draw_u32(random) & 0x0fff_ffff) + 1
}

fn draw_u32(random: &mut dyn Random) -> u32 {
    let mut bytes = [0; 4];
    random.fill(&mut bytes);
    u32::from_le_bytes(bytes)
}

pub(crate) fn draw_u64(random: &mut dyn Random) -> u64 {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

pub(crate) fn draw_u16(random: &mut dyn Random) -> u16 {
    let mut bytes = [0; 2];
    random.fill(&mut bytes);
    u16::from_le_bytes(bytes)
}

pub(crate) const PBKDF_PARAM_REQUEST: u8 = 0x20;
pub(crate) const SIGMA1: u8 = 0x30;
/// Ephemeral node ids lie in the operational range (§2.5.5).
const EPHEMERAL_MASK: u64 = 0x7fff_ffff_ffff_ffff;
/// Longer than a peer repeats its last message.
const KEPT_FINISHED: Duration = Duration::from_secs(15);

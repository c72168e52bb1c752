//! From a first handshake message to a session.
//!
//! Spec: Matter 1.6 Core §4.14 (PASE, CASE).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hub_model::NodeId;
use hub_pki::Fabric;
use matter_cert::MatterTime;
use matter_transport::MrpConfig;

use super::handshake::{self, Handshake, HandshakeError, Keys, Next};
use super::sessions::{Link, Session};
use super::status_report::{self, StatusReport};
use super::unsecured::{UnsecuredEvent, UnsecuredId};
use super::{Deadline, Net, NetEvent, Purpose};
use crate::discovery::Pace;
use crate::record::Resumption;

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

#[derive(Debug)]
pub(super) struct Pending {
    pub(super) handshake: Handshake,
    pub(super) session: Session,
    pub(super) purpose: Purpose,
    pub(super) peer: SocketAddr,
    pub(super) pace: Pace,
    pub(super) heard: bool,
}

impl Net {
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
    pub(super) fn start(
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
            .set(Deadline::Handshake(id), Some(now + ANSWER_WITHIN));
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

    pub(super) fn unsecured_event(&mut self, event: UnsecuredEvent, now: Instant) {
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

    pub(super) fn handshake_message(
        &mut self,
        id: UnsecuredId,
        opcode: u8,
        payload: &[u8],
        now: Instant,
    ) {
        let Some(pending) = self.handshakes.get_mut(&id) else {
            return;
        };
        if !std::mem::replace(&mut pending.heard, true) {
            let purpose = pending.purpose;
            self.events.push_back(NetEvent::HandshakeHeard { purpose });
            let until = now + HANDSHAKE_WITHIN;
            self.deadlines.set(Deadline::Handshake(id), Some(until));
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

    pub(super) fn last_word(&mut self, id: UnsecuredId, last: Option<(u8, Vec<u8>)>, now: Instant) {
        if let Some((opcode, payload)) = last {
            let transmit = self.unsecured.send(id, opcode, &payload, now);
            self.transmits.extend(transmit);
        }
        let transmits = self.unsecured.finish(id, now);
        self.transmits.extend(transmits);
    }

    pub(super) fn establish(&mut self, id: UnsecuredId, keys: Keys) {
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

    pub(super) fn end_handshake(
        &mut self,
        id: UnsecuredId,
        result: Result<Established, HandshakeError>,
    ) {
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

/// The answer to a handshake's first message, which takes a device no work; a sleepy one may need
/// a few of its intervals to hear us.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);
/// The rest of a handshake: key derivation on a slow device takes seconds.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(30);

//! A virtual Matter device: its network side. What it is made of is in `clusters`.

pub(crate) mod clusters;
pub(crate) mod messages;
pub(crate) mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Instant;

use hub_model::{NodeId, Now};
use hub_pki::{Fabric, NocRequest, P256Key, PublicKey, Random, Serial, Signer};
use matter_cert::{MatterCertificate, MatterTime, TrustAnchor, TrustedRoots};
use matter_codec::{Tag, TlvReader, Value};
use matter_crypto::{
    CaseCredentials, CaseResponder, CaseSessionOutput, CaseSigner, PasePbkdfParams, PaseVerifier,
    ResumptionRecord, Sigma1Outcome, SignerError, derive_compressed_fabric_id,
    derive_operational_ipk,
};
use matter_transport::{
    DecodeInboundOutput, DestNodeId, ExchangeFlags, InboundOutcome, MessageCounter, MrpConfig,
    MrpEvent, MrpFlags, MrpState, MrpTimerEvent, NodeId as WireNode, PeerHint, ProtocolId,
    SecuredMessageFlags, SecuredMessageHeader, SecurityFlags, SessionId, SessionManager,
    SessionRole, build_standalone_ack_header, decode_header, decode_protocol_header, encode_header,
    encode_protocol_header, secure_channel,
};

use crate::attestation::minted::Maker;
use crate::net::status_report::{self, StatusReport};

/// A device that can be switched off and on.
pub(crate) struct Device {
    pub(crate) addr: SocketAddr,
    pub(crate) passcode: u32,
    pub(crate) discriminator: u16,
    maker: Rc<Maker>,
    /// It hears and says nothing.
    pub(crate) off: bool,
    /// What survives a restart.
    pub(crate) fabric: Option<OnFabric>,
    records: Vec<ResumptionRecord>,
    pub(crate) state: clusters::State,
    // What does not.
    sessions: SessionManager,
    unsecured: BTreeMap<(u64, u16), Handshake>,
    pub(crate) served: server::Served,
    counter: u32,
    /// Handshakes that were completed, whole and shortened.
    pub(crate) handshakes: (usize, usize),
    out: Vec<(SocketAddr, Vec<u8>)>,
}

/// The device's place on a fabric.
#[derive(Clone)]
pub(crate) struct OnFabric {
    pub(crate) node: NodeId,
    id: u64,
    root: MatterCertificate,
    noc: MatterCertificate,
    icac: Option<MatterCertificate>,
    key: P256Key,
    ipk: [u8; 16],
    /// Until commissioning completes, it is lost when the fail-safe runs out.
    pub(crate) complete: bool,
}

struct Handshake {
    mrp: MrpState,
    peer: SocketAddr,
    seen: BTreeSet<u32>,
    role: Role,
}

enum Role {
    Pase {
        verifier: Option<Box<PaseVerifier>>,
        local: SessionId,
        peer_session: u16,
    },
    Case {
        responder: Option<Box<CaseResponder>>,
    },
    Done,
}

impl Device {
    pub(crate) fn new(
        addr: SocketAddr,
        discriminator: u16,
        passcode: u32,
        maker: Rc<Maker>,
    ) -> Self {
        Self {
            addr,
            passcode,
            discriminator,
            maker,
            off: false,
            fabric: None,
            records: Vec::new(),
            state: clusters::State::lamp(),
            sessions: SessionManager::new(),
            unsecured: BTreeMap::new(),
            served: server::Served::default(),
            counter: 1000,
            handshakes: (0, 0),
            out: Vec::new(),
        }
    }

    /// Puts the device on a fabric, as a commissioning would.
    pub(crate) fn provision(&mut self, fabric: &Fabric, node: NodeId, random: &mut dyn Random) {
        let key = P256Key::generate(random);
        let request = NocRequest {
            public_key: key.public_key().clone(),
            node,
            tags: Vec::new(),
            serial: Serial::draw(random),
        };
        let issued = fabric.issue_noc(request).unwrap();
        self.fabric = Some(OnFabric {
            node,
            id: fabric.id().0,
            root: fabric.root().clone(),
            noc: MatterCertificate::from_tlv(&issued.noc).unwrap(),
            icac: Some(fabric.intermediate().clone()),
            key,
            ipk: *fabric.ipk_epoch_key().expose(),
            complete: true,
        });
    }

    /// Whether it waits to be commissioned.
    pub(crate) fn is_open(&self) -> bool {
        !self.off && self.fabric.is_none()
    }

    /// Loses power and comes back: sessions and subscriptions are gone.
    pub(crate) fn restart(&mut self) {
        self.off = false;
        self.sessions = SessionManager::new();
        self.unsecured.clear();
        self.served = server::Served::default();
        self.counter += 100_000;
        if self.fabric.as_ref().is_some_and(|fabric| !fabric.complete) {
            self.roll_back();
        }
    }

    pub(crate) fn take_out(&mut self) -> Vec<(SocketAddr, Vec<u8>)> {
        std::mem::take(&mut self.out)
    }

    pub(crate) fn handle_datagram(&mut self, from: SocketAddr, datagram: &[u8], now: Now) {
        if self.off {
            return;
        }
        let Ok((header, rest)) = decode_header(datagram) else {
            return;
        };
        if header.session_id.0 == 0 {
            self.unsecured_message(from, &header, rest, now);
        } else {
            self.secured_message(from, datagram, now);
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        if self.off {
            return None;
        }
        self.unsecured
            .values()
            .filter_map(|one| one.mrp.poll_timeout())
            .chain(self.sessions.poll_timeout())
            .chain(self.served.poll_timeout())
            .chain(self.state.fail_safe)
            .min()
    }

    pub(crate) fn handle_timeout(&mut self, now: Now) {
        if self.off {
            return;
        }
        let mut events = self.sessions.handle_timeout(now.mono);
        // The manager's own order is that of a hash table.
        events.sort_by_key(|event| match event {
            MrpEvent::Retransmit { session_id, .. }
            | MrpEvent::SendStandaloneAck { session_id, .. }
            | MrpEvent::Expired { session_id, .. } => session_id.0,
            _ => 0,
        });
        self.mrp_events(events);
        let keys: Vec<_> = self.unsecured.keys().copied().collect();
        for key in keys {
            let events = self
                .unsecured
                .get_mut(&key)
                .map(|one| (one.peer, one.mrp.handle_timeout(now.mono)));
            for (peer, event) in events
                .into_iter()
                .flat_map(|(p, es)| es.into_iter().map(move |e| (p, e)))
            {
                match event {
                    MrpTimerEvent::Retransmit { packet, .. } => self.out.push((peer, packet)),
                    MrpTimerEvent::StandaloneAckDeadlineFired { ack_counter, .. } => {
                        self.acknowledge(key, peer, ack_counter);
                    }
                    _ => {
                        self.unsecured.remove(&key);
                    }
                }
            }
        }
        if self.state.fail_safe.is_some_and(|at| at <= now.mono) {
            self.roll_back();
        }
        self.serve_due(now);
    }

    /// The fail-safe ran out or was ended.
    fn roll_back(&mut self) {
        self.state.fail_safe = None;
        if self.fabric.as_ref().is_some_and(|fabric| !fabric.complete) {
            self.fabric = None;
        }
    }

    fn unsecured_message(
        &mut self,
        from: SocketAddr,
        header: &SecuredMessageHeader,
        rest: &[u8],
        now: Now,
    ) {
        let Some(source) = header.source_node_id else {
            return;
        };
        let Ok((protocol, _)) = decode_protocol_header(rest) else {
            return;
        };
        assert!(protocol.exchange_flags.contains(ExchangeFlags::INITIATOR));
        let key = (source.0, protocol.exchange_id);
        let one = self.unsecured.entry(key).or_insert_with(|| Handshake {
            mrp: MrpState::with_jitter_seed(MrpConfig::default(), source.0),
            peer: from,
            seen: BTreeSet::new(),
            role: Role::Done,
        });
        if !one.seen.insert(header.message_counter.0) {
            if protocol.exchange_flags.contains(ExchangeFlags::RELIABLE) {
                self.acknowledge(key, from, header.message_counter);
            }
            return;
        }
        let outcome = one
            .mrp
            .process_inbound(rest.to_vec(), header.message_counter, now.mono);
        if let Ok(InboundOutcome::AppMessage {
            opcode, payload, ..
        }) = outcome
        {
            self.handshake(key, opcode, &payload, now);
        }
    }

    fn handshake(&mut self, key: (u64, u16), opcode: u8, payload: &[u8], now: Now) {
        match opcode {
            0x20 => self.pase_begin(key, payload, now),
            0x22 | 0x24 => self.pase_go_on(key, opcode, payload, now),
            0x30 => self.sigma1(key, payload, now),
            0x32 => self.sigma3(key, payload, now),
            status_report::OPCODE => self.status_report(key, payload),
            other => panic!("unexpected handshake message {other:#x}"),
        }
    }

    fn pase_begin(&mut self, key: (u64, u16), payload: &[u8], now: Now) {
        if self.fabric.is_some() {
            self.report_status(key, StatusReport::INVALID_PARAMETER, now);
            return;
        }
        let (_, request) = TlvReader::new(payload).read_value().unwrap();
        let Value::Structure(members) = request else {
            panic!()
        };
        let peer_session = members.iter().find_map(|(tag, value)| match (tag, value) {
            (Tag::Context(2), Value::Uint(id)) => u16::try_from(*id).ok(),
            _ => None,
        });
        let local = self.sessions.allocate_session_id();
        let params = PasePbkdfParams {
            iterations: 1000,
            salt: vec![7; 16],
        };
        let mut verifier = PaseVerifier::new_from_pin(self.passcode, params, local.0).unwrap();
        verifier.handle_pbkdf_request(payload).unwrap();
        let answer = verifier.next_message().unwrap();
        self.unsecured.get_mut(&key).unwrap().role = Role::Pase {
            verifier: Some(Box::new(verifier)),
            local,
            peer_session: peer_session.unwrap(),
        };
        self.say(key, 0x21, &answer, now);
    }

    fn pase_go_on(&mut self, key: (u64, u16), opcode: u8, payload: &[u8], now: Now) {
        let one = self.unsecured.get_mut(&key).unwrap();
        let Role::Pase {
            verifier,
            local,
            peer_session,
        } = &mut one.role
        else {
            return;
        };
        let (local, peer_session, peer) = (*local, *peer_session, one.peer);
        let Some(mut machine) = verifier.take() else {
            return;
        };
        if opcode == 0x22 {
            machine.handle_pake1(payload).unwrap();
            let answer = machine.next_message().unwrap();
            *verifier = Some(machine);
            self.say(key, 0x23, &answer, now);
            return;
        }
        if machine.handle_pake3(payload).is_err() {
            self.report_status(key, StatusReport::INVALID_PARAMETER, now);
            return;
        }
        let keys = machine.finish().unwrap();
        self.state.challenge = keys.attestation_key;
        self.sessions.register_pase_with_local_id(
            local,
            keys,
            SessionRole::Responder,
            peer_session,
            PeerHint::default(),
        );
        self.begin_session(local, peer);
        self.state.arm(now.mono, 60);
        self.report_status(key, StatusReport::ESTABLISHED, now);
    }

    fn sigma1(&mut self, key: (u64, u16), payload: &[u8], now: Now) {
        let Some(fabric) = self.fabric.clone() else {
            self.report_status(key, StatusReport::NO_SHARED_ROOTS, now);
            return;
        };
        let local = self.sessions.allocate_session_id();
        let mut roots = TrustedRoots::new();
        roots.add(TrustAnchor::from_root_cert(&fabric.root));
        let mut responder =
            CaseResponder::new(fabric.credentials(), roots, local.0, clock(now)).unwrap();
        let Ok(outcome) = responder.handle_sigma1(payload) else {
            self.report_status(key, StatusReport::NO_SHARED_ROOTS, now);
            return;
        };
        let mut opcode = 0x31;
        if let Sigma1Outcome::ResumptionRequested { id } = outcome {
            let record = self.records.iter().find(|record| record.id == id).cloned();
            let accepted = record.is_some_and(|record| responder.accept_resumption(record).is_ok());
            if accepted {
                opcode = 0x33;
            } else {
                responder.reject_resumption().unwrap();
            }
        }
        let answer = responder.next_message().unwrap();
        self.unsecured.get_mut(&key).unwrap().role = Role::Case {
            responder: Some(Box::new(responder)),
        };
        self.say(key, opcode, &answer, now);
    }

    fn sigma3(&mut self, key: (u64, u16), payload: &[u8], now: Now) {
        let one = self.unsecured.get_mut(&key).unwrap();
        let Role::Case { responder } = &mut one.role else {
            return;
        };
        let (mut machine, peer) = (responder.take().unwrap(), one.peer);
        if machine.handle_sigma3(payload).is_err() {
            self.report_status(key, StatusReport::INVALID_PARAMETER, now);
            return;
        }
        self.handshakes.0 += 1;
        self.case_done(*machine, peer);
        self.report_status(key, StatusReport::ESTABLISHED, now);
    }

    fn status_report(&mut self, key: (u64, u16), payload: &[u8]) {
        let one = self.unsecured.get_mut(&key).unwrap();
        let peer = one.peer;
        let role = std::mem::replace(&mut one.role, Role::Done);
        let established = StatusReport::decode(payload).is_some_and(StatusReport::is_established);
        if let (
            Role::Case {
                responder: Some(machine),
            },
            true,
        ) = (role, established)
        {
            self.handshakes.1 += 1;
            self.case_done(*machine, peer);
        }
    }

    fn case_done(&mut self, responder: CaseResponder, peer: SocketAddr) {
        let output: CaseSessionOutput = responder.finish().unwrap();
        self.records.extend(output.resumption_record.clone());
        let session = self.sessions.register_case(&output, SessionRole::Responder);
        self.begin_session(session, peer);
    }

    fn begin_session(&mut self, session: SessionId, peer: SocketAddr) {
        let session = self.sessions.get_mut(session).unwrap();
        session.peer_addr = Some(peer);
        session.mrp = MrpState::with_jitter_seed(MrpConfig::default(), self.counter.into());
    }

    fn report_status(&mut self, key: (u64, u16), report: StatusReport, now: Now) {
        self.say(key, status_report::OPCODE, &report.encode(), now);
    }

    fn say(&mut self, key: (u64, u16), opcode: u8, payload: &[u8], now: Now) {
        let one = self.unsecured.get_mut(&key).unwrap();
        let flags = MrpFlags { reliable: true };
        let prepared = one
            .mrp
            .prepare_outbound(
                opcode,
                ProtocolId::SECURE_CHANNEL,
                key.1,
                payload,
                flags,
                now.mono,
            )
            .unwrap();
        self.counter += 1;
        let counter = MessageCounter(self.counter);
        let mut datagram = header_to(key.0, counter);
        datagram.extend_from_slice(&prepared.wire_payload);
        one.mrp
            .mark_packet_sent(counter, key.1, datagram.clone(), true, now.mono);
        self.out.push((one.peer, datagram));
    }

    fn acknowledge(&mut self, key: (u64, u16), peer: SocketAddr, of: MessageCounter) {
        self.counter += 1;
        let mut datagram = header_to(key.0, MessageCounter(self.counter));
        encode_protocol_header(
            &build_standalone_ack_header(key.1, of, false),
            &mut datagram,
        );
        self.out.push((peer, datagram));
    }

    fn secured_message(&mut self, from: SocketAddr, datagram: &[u8], now: Now) {
        match self.sessions.decode_inbound(datagram, now.mono) {
            Ok(DecodeInboundOutput::AppMessage {
                session_id,
                exchange_id,
                is_initiator,
                protocol_id,
                opcode,
                payload,
            }) => {
                self.sessions.get_mut(session_id).unwrap().peer_addr = Some(from);
                if secure_channel::is_close_session(protocol_id, opcode, &payload) {
                    self.sessions.remove(session_id);
                    self.served.forget(session_id);
                    return;
                }
                let exchange = server::Exchange {
                    session: session_id,
                    id: exchange_id,
                    ours: !is_initiator,
                };
                self.serve(exchange, opcode, &payload, now);
            }
            Ok(DecodeInboundOutput::DuplicateReliableAckResent { ack_packet, .. }) => {
                self.out.push((from, ack_packet));
            }
            _ => {}
        }
    }

    fn send(&mut self, exchange: server::Exchange, opcode: u8, payload: &[u8], now: Now) {
        let sent = self.sessions.encode_outbound_with_role(
            exchange.session,
            exchange.id,
            exchange.ours,
            opcode,
            ProtocolId::INTERACTION_MODEL,
            payload,
            MrpFlags { reliable: true },
            now.mono,
        );
        if let (Ok(sent), Some(to)) = (sent, self.peer(exchange.session)) {
            self.out.push((to, sent.wire_bytes));
        }
    }

    fn open(
        &mut self,
        session: SessionId,
        opcode: u8,
        payload: &[u8],
        now: Now,
    ) -> Option<server::Exchange> {
        let sent = self
            .sessions
            .encode_outbound(
                session,
                None,
                opcode,
                ProtocolId::INTERACTION_MODEL,
                payload,
                MrpFlags { reliable: true },
                now.mono,
            )
            .ok()?;
        let to = self.peer(session)?;
        self.out.push((to, sent.wire_bytes));
        Some(server::Exchange {
            session,
            id: sent.exchange_id,
            ours: true,
        })
    }

    fn peer(&self, session: SessionId) -> Option<SocketAddr> {
        self.sessions.get(session)?.peer_addr
    }

    fn mrp_events(&mut self, events: Vec<MrpEvent>) {
        for event in events {
            match event {
                MrpEvent::Retransmit {
                    session_id, packet, ..
                }
                | MrpEvent::SendStandaloneAck {
                    session_id, packet, ..
                } => {
                    if let Some(to) = self.peer(session_id) {
                        self.out.push((to, packet));
                    }
                }
                MrpEvent::Expired { session_id, .. } => {
                    self.served.forget(session_id);
                }
                _ => {}
            }
        }
    }
}

impl OnFabric {
    fn credentials(&self) -> CaseCredentials {
        let root = self.root.public_key().as_bytes();
        let compressed = derive_compressed_fabric_id(root, self.id).unwrap();
        CaseCredentials {
            noc: self.noc.clone(),
            icac: self.icac.clone(),
            signer: Box::new(Key(self.key.clone())),
            fabric_id: self.id,
            node_id: self.node.0,
            ipk: derive_operational_ipk(&self.ipk, &compressed).unwrap(),
            rcac_public_key: *root,
        }
    }
}

#[derive(Debug)]
struct Key(P256Key);

impl CaseSigner for Key {
    fn sign_p256_sha256(&self, message: &[u8]) -> Result<[u8; 64], SignerError> {
        self.0
            .sign_p256_sha256(message)
            .map_err(|_| SignerError::Internal)
    }

    fn public_key(&self) -> &PublicKey {
        self.0.public_key()
    }
}

/// The device's own clock, which is right whatever the hub's is.
fn clock(now: Now) -> MatterTime {
    let seconds = u64::try_from(now.wall.as_secs()).unwrap();
    MatterTime::from_unix_secs(seconds.max(1_780_000_000))
}

fn header_to(node: u64, counter: MessageCounter) -> Vec<u8> {
    encode_header(&SecuredMessageHeader {
        flags: SecuredMessageFlags::DEST_UNICAST,
        session_id: SessionId(0),
        security_flags: SecurityFlags::empty(),
        message_counter: counter,
        source_node_id: None,
        destination_node_id: Some(DestNodeId::Node(WireNode(node))),
    })
}

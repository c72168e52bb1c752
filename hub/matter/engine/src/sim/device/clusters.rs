//! What the device is made of: its attributes, events and commands.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use hub_model::{NodeId, Now};
use hub_pki::P256Key;
use matter_cert::MatterCertificate;
use matter_codec::{Tag, TlvWriter, Value};
use matter_interaction::{
    CommandPath, ImStatus, build_invoke_response_command, build_invoke_response_status,
};
use matter_transport::SessionId;

use super::messages::{Event, Path, field, number, structure};
use super::{Device, OnFabric};
use crate::attestation::minted::IDENTITY;
use crate::commissioning::testing::Seeded;

pub(crate) const ON_OFF: Path = (1, 6, 0);
pub(crate) const NODE_LABEL: Path = (0, 0x28, 5);
pub(crate) const ACL: Path = (0, 0x1f, 0);

/// All that survives a restart, and what a commissioning holds meanwhile.
pub(crate) struct State {
    pub(crate) attributes: BTreeMap<Path, Value>,
    pub(crate) events: Vec<Event>,
    pub(crate) fail_safe: Option<Instant>,
    /// Of the last session by passcode.
    pub(crate) challenge: [u8; 16],
    root: Option<MatterCertificate>,
    key: Option<P256Key>,
    keys_made: u64,
    /// Commands that were carried out: endpoint, cluster, command.
    pub(crate) done: Vec<Path>,
    /// Commands that are not answered: cluster, command.
    pub(crate) mute: BTreeSet<(u32, u32)>,
    pub(crate) refuse_subscriptions: Option<u8>,
    pub(crate) subscription_base: u32,
}

impl State {
    pub(crate) fn lamp() -> Self {
        let pair = |a, b| {
            Value::Structure(vec![
                (Tag::Context(0), Value::Uint(a)),
                (Tag::Context(1), Value::Uint(b)),
            ])
        };
        let attributes = BTreeMap::from([
            (
                (0, 0x1d, 1),
                Value::Array([0x1d, 0x28, 0x30].map(Value::Uint).to_vec()),
            ),
            ((0, 0x28, 0), Value::Uint(17)),
            ((0, 0x28, 2), Value::Uint(IDENTITY.0.into())),
            ((0, 0x28, 4), Value::Uint(IDENTITY.1.into())),
            (NODE_LABEL, Value::Utf8(String::new())),
            ((0, 0x30, 0), Value::Uint(0)),
            ((0, 0x30, 1), pair(60, 900)),
            ((0, 0x30, 2), Value::Uint(0)),
            ((0, 0x30, 3), Value::Uint(2)),
            ((0, 0x30, 4), Value::Bool(true)),
            ((0, 0x3e, 5), Value::Uint(1)),
            (ACL, Value::Array(vec![])),
            (ON_OFF, Value::Bool(false)),
        ]);
        Self {
            attributes,
            events: Vec::new(),
            fail_safe: None,
            challenge: [0; 16],
            root: None,
            key: None,
            keys_made: 0,
            done: Vec::new(),
            mute: BTreeSet::new(),
            refuse_subscriptions: None,
            subscription_base: 0,
        }
    }

    pub(super) fn arm(&mut self, now: Instant, seconds: u64) {
        self.fail_safe = (seconds > 0).then(|| now + Duration::from_secs(seconds));
    }

    pub(super) fn log(&mut self, path: Path) {
        let number = self.events.last().map_or(100, |event| event.number + 1);
        let value = Value::Structure(vec![]);
        self.events.push(Event {
            number,
            path,
            value,
        });
    }

    pub(super) fn write(&mut self, path: Path, value: Value, append: bool) -> u8 {
        match self.attributes.get_mut(&path) {
            None => 0x86,
            Some(Value::Array(entries)) if append => {
                entries.push(value);
                0
            }
            Some(known) => {
                *known = value;
                0
            }
        }
    }
}

impl Device {
    /// Carries a command out and gives the whole invoke response.
    pub(super) fn act(
        &mut self,
        session: SessionId,
        path: CommandPath,
        fields: &[u8],
        timed: bool,
        now: Now,
    ) -> Vec<u8> {
        let fields = structure(fields);
        let nonce = match field(&fields, 0) {
            Some(Value::Bytes(bytes)) => bytes.clone(),
            _ => Vec::new(),
        };
        self.state
            .done
            .push((path.endpoint, path.cluster, path.command));
        let respond = |command, fields: Vec<u8>| {
            build_invoke_response_command(CommandPath { command, ..path }, &fields)
        };
        let status = |code| build_invoke_response_status(path, ImStatus::from_u8(code));
        match (path.cluster, path.command) {
            (6, 2) => {
                let on = self.state.attributes.get(&ON_OFF) == Some(&Value::Bool(true));
                self.state.attributes.insert(ON_OFF, Value::Bool(!on));
                self.changed(ON_OFF);
                status(0)
            }
            (0x101, 0) => status(if timed { 0 } else { 0xc6 }),
            (0x30, 0) => {
                let seconds = number(field(&fields, 0)).unwrap();
                self.state.arm(now.mono, seconds);
                if seconds == 0 {
                    self.roll_back();
                }
                respond(1, coded(0))
            }
            (0x30, 2) => respond(3, coded(0)),
            (0x30, 4) => {
                let armed = self.state.fail_safe.take().is_some();
                if let Some(fabric) = &mut self.fabric {
                    fabric.complete |= armed;
                }
                respond(5, coded(if armed { 0 } else { 3 }))
            }
            (0x3e, 0) => {
                let challenge = self.state.challenge;
                let (elements, signature) = self.maker.attest(&nonce, &challenge);
                respond(1, bytes(&[&elements, &signature]))
            }
            (0x3e, 2) => {
                let pai = number(field(&fields, 0)) == Some(2);
                let certificate = if pai {
                    &self.maker.pai
                } else {
                    &self.maker.dac
                };
                respond(3, bytes(&[certificate]))
            }
            (0x3e, 4) => {
                self.state.keys_made += 1;
                let seed = u64::from(self.addr.port()) << 8 | self.state.keys_made;
                let key = P256Key::generate(&mut Seeded::new(seed));
                let challenge = self.state.challenge;
                let (elements, signature) = self.maker.request((&key, &key), &nonce, &challenge);
                self.state.key = Some(key);
                respond(5, bytes(&[&elements, &signature]))
            }
            (0x3e, 0x0b) => {
                self.state.root = Some(MatterCertificate::from_tlv(&nonce).unwrap());
                status(0)
            }
            (0x3e, 6) => {
                self.add_noc(&fields);
                respond(8, noc_response())
            }
            (0x3e, 0x0a) => {
                let answer = respond(8, noc_response());
                self.fabric = None;
                self.served.forget(session);
                answer
            }
            _ => status(0x81),
        }
    }

    fn add_noc(&mut self, fields: &[(Tag, Value)]) {
        let octets = |tag| match field(fields, tag) {
            Some(Value::Bytes(bytes)) => bytes.clone(),
            _ => panic!("no field {tag}"),
        };
        let noc = MatterCertificate::from_tlv(&octets(0)).unwrap();
        let icac = field(fields, 1).map(|_| MatterCertificate::from_tlv(&octets(1)).unwrap());
        self.fabric = Some(OnFabric {
            node: NodeId(noc.subject().node_id().unwrap()),
            id: noc.subject().fabric_id().unwrap(),
            root: self.state.root.clone().unwrap(),
            noc,
            icac,
            key: self.state.key.clone().unwrap(),
            ipk: octets(2).try_into().unwrap(),
            complete: false,
        });
    }
}

fn coded(code: u64) -> Vec<u8> {
    write(|to| {
        to.put_uint(Tag::Context(0), code).unwrap();
        to.put_utf8(Tag::Context(1), "").unwrap();
    })
}

fn noc_response() -> Vec<u8> {
    write(|to| {
        to.put_uint(Tag::Context(0), 0).unwrap();
        to.put_uint(Tag::Context(1), 1).unwrap();
    })
}

fn bytes(fields: &[&[u8]]) -> Vec<u8> {
    write(|to| {
        for (tag, octets) in (0..).zip(fields) {
            to.put_bytes(Tag::Context(tag), octets).unwrap();
        }
    })
}

fn write(fields: impl FnOnce(&mut TlvWriter<'_>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut to = TlvWriter::new(&mut bytes);
    to.start_structure(Tag::Anonymous).unwrap();
    fields(&mut to);
    to.end_container().unwrap();
    bytes
}

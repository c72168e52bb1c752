//! What is kept of a node over a restart, and its stored form.
//!
//! The stored form is JSON with a version. It holds session secrets, so it goes into sealed
//! storage only.

use std::net::SocketAddr;
use std::time::Duration;

use hub_model::{CertificateInfo, NodeId, ProductId, Secret, Timestamp, VendorId};
use serde::{Deserialize, Serialize};

use crate::discovery::Pace;

mod stored;

/// The version of the stored form that this program writes.
pub const RECORD_VERSION: u32 = 1;

/// What is kept of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRecord {
    /// The node.
    pub node: NodeId,
    /// How far it has come.
    pub phase: Phase,
    /// Where it answered, the last first.
    pub addresses: Vec<SocketAddr>,
    /// The pace at which it wants to be addressed.
    pub pace: Pace,
    /// What a shortened handshake needs; replaced at every handshake.
    pub resumption: Option<Resumption>,
    /// Our fabric's index at the device, by which it is told to forget us.
    pub fabric_index: Option<u8>,
    /// Its vendor and product, as attested.
    pub product: Option<(VendorId, ProductId)>,
    /// How its attestation was judged, for people.
    pub attestation: Option<String>,
    /// Its certificates, leaf first.
    pub certificates: Vec<CertificateInfo>,
    /// The number of the last event it told.
    pub last_event: Option<u64>,
    /// A moment at which the hub's clock was believed, to start from when it is lost.
    pub seen_at: Timestamp,
}

/// How far a node has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// It holds our certificate, but has not yet confirmed that its commissioning is complete:
    /// it may still forget us when its fail-safe expires.
    Completing,
    /// It is a node of our fabric.
    Commissioned,
}

/// What a shortened handshake needs. Matter 1.6 Core §4.14.2.2 (session resumption).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resumption {
    /// The name of the shared secret.
    pub id: [u8; 16],
    /// The secret.
    pub secret: Secret<[u8; 32]>,
    /// The node's NOC at the time, Matter TLV.
    pub noc: Vec<u8>,
}

/// Why a stored record cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// It is damaged.
    #[error("the node's record is damaged")]
    Damaged(#[source] serde_json::Error),
    /// A program newer than this one wrote it.
    #[error("the node's record has version {0}, newer than this program knows")]
    Version(u32),
}

impl NodeRecord {
    /// What the keys of node records begin with, in the bridge's space.
    pub const KEY_PREFIX: &'static str = "node/";

    /// A record of a node about which nothing is known yet.
    #[must_use]
    pub const fn new(node: NodeId, phase: Phase) -> Self {
        Self {
            node,
            phase,
            addresses: Vec::new(),
            pace: Pace {
                idle: None,
                active: None,
                active_threshold: None,
            },
            resumption: None,
            fabric_index: None,
            product: None,
            attestation: None,
            certificates: Vec::new(),
            last_event: None,
            seen_at: Timestamp(0),
        }
    }

    /// The key under which it is stored.
    #[must_use]
    pub fn key(&self) -> String {
        Self::key_of(self.node)
    }

    /// The key under which a node's record is stored.
    #[must_use]
    pub fn key_of(node: NodeId) -> String {
        format!("{}{:016x}", Self::KEY_PREFIX, node.0)
    }

    /// Its stored form.
    #[must_use]
    pub fn to_bytes(&self) -> Secret<Vec<u8>> {
        stored::encode(self)
    }

    /// The record of a stored form.
    ///
    /// # Errors
    /// When it is damaged, or a newer program wrote it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordError> {
        stored::decode(bytes)
    }

    /// Puts an address first, where the node answered just now.
    pub(crate) fn answered_at(&mut self, address: SocketAddr) -> bool {
        if self.addresses.first() == Some(&address) {
            return false;
        }
        self.addresses.retain(|known| *known != address);
        self.addresses.insert(0, address);
        self.addresses.truncate(KEPT_ADDRESSES);
        true
    }
}

impl Pace {
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            idle: self.idle.or(other.idle),
            active: self.active.or(other.active),
            active_threshold: self.active_threshold.or(other.active_threshold),
        }
    }

    pub(crate) fn millis(duration: Duration) -> u64 {
        u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
    }
}

/// Addresses kept of a node: enough for one per network it may be on.
const KEPT_ADDRESSES: usize = 4;

#[cfg(test)]
mod tests {
    use hub_model::CertificateRole;
    use proptest::prelude::*;

    use super::*;

    const V1: &[u8] = include_bytes!("record/node-v1.json");

    fn lamp() -> NodeRecord {
        NodeRecord {
            node: NodeId(0x10),
            phase: Phase::Commissioned,
            addresses: vec![
                "[fd00::12]:5540".parse().unwrap(),
                "192.0.2.7:5541".parse().unwrap(),
            ],
            pace: Pace {
                idle: Some(Duration::from_secs(5)),
                active: Some(Duration::from_millis(300)),
                active_threshold: None,
            },
            resumption: Some(Resumption {
                id: std::array::from_fn(|at| u8::try_from(at).unwrap()),
                secret: Secret::new([0xa5; 32]),
                noc: vec![0x15, 0x30, 0x01],
            }),
            fabric_index: Some(2),
            product: Some((VendorId(0xfff1), ProductId(0x8001))),
            attestation: Some("test device, by CN=Matter Test PAA".to_owned()),
            certificates: vec![CertificateInfo {
                role: CertificateRole::Dac,
                subject: "CN=Lamp".to_owned(),
                issuer: "CN=Maker".to_owned(),
                serial: "42".to_owned(),
                not_before: Timestamp::from_secs(1_577_836_800),
                not_after: None,
                sha256: "00ff".to_owned(),
                encoded: "AAEC".to_owned(),
            }],
            last_event: Some(70_001),
            seen_at: Timestamp::from_secs(1_780_000_000),
        }
    }

    #[test]
    fn version_1_is_read_and_written_as_ever() {
        assert_eq!(NodeRecord::from_bytes(V1).unwrap(), lamp());
        assert_eq!(lamp().to_bytes().expose().as_slice(), V1);
    }

    #[test]
    fn a_newer_version_and_damage_are_told_apart() {
        let newer = String::from_utf8_lossy(V1).replace("\"version\":1", "\"version\":9");
        assert!(matches!(
            NodeRecord::from_bytes(newer.as_bytes()),
            Err(RecordError::Version(9))
        ));
        assert!(matches!(
            NodeRecord::from_bytes(b"{}"),
            Err(RecordError::Damaged(_))
        ));
    }

    #[test]
    fn the_secret_is_never_printed() {
        assert!(!format!("{:?}", lamp()).contains("165"));
    }

    #[test]
    fn the_address_that_answered_is_first_and_few_are_kept() {
        let mut record = NodeRecord::new(NodeId(1), Phase::Completing);
        let address = |port| SocketAddr::from(([192, 0, 2, 1], port));
        for port in [1, 2, 3, 4, 5, 2] {
            assert!(record.answered_at(address(port)));
        }
        assert!(!record.answered_at(address(2)));
        assert_eq!(record.addresses, [2, 5, 4, 3].map(address));
    }

    proptest! {
        #[test]
        fn no_bytes_make_reading_panic(bytes: Vec<u8>, at: usize, to: u8) {
            let _ = NodeRecord::from_bytes(&bytes);
            let mut damaged = V1.to_vec();
            let at = at % damaged.len();
            damaged[at] = to;
            let _ = NodeRecord::from_bytes(&damaged);
        }
    }
}

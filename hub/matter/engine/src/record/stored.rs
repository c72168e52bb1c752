//! The stored form of a node's record: JSON, octets in hex.

use std::net::SocketAddr;
use std::time::Duration;

use hub_model::{CertificateInfo, NodeId, ProductId, Secret, Timestamp, VendorId};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{NodeRecord, Phase, RECORD_VERSION, RecordError, Resumption};
use crate::discovery::Pace;

#[derive(Deserialize)]
struct Head {
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    node: u64,
    phase: Phase,
    #[serde(default)]
    addresses: Vec<SocketAddr>,
    #[serde(default)]
    pace: StoredPace,
    #[serde(default)]
    resumption: Option<StoredResumption>,
    #[serde(default)]
    fabric_index: Option<u8>,
    #[serde(default)]
    product: Option<(VendorId, ProductId)>,
    #[serde(default)]
    attestation: Option<String>,
    #[serde(default)]
    certificates: Vec<CertificateInfo>,
    #[serde(default)]
    last_event: Option<u64>,
    #[serde(default)]
    seen_at: Timestamp,
}

#[derive(Default, Serialize, Deserialize)]
struct StoredPace {
    idle_ms: Option<u64>,
    active_ms: Option<u64>,
    active_threshold_ms: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct StoredResumption {
    #[serde(with = "hex")]
    id: Vec<u8>,
    #[serde(with = "hex")]
    secret: Zeroizing<Vec<u8>>,
    #[serde(with = "hex")]
    noc: Vec<u8>,
}

pub(super) fn encode(record: &NodeRecord) -> Secret<Vec<u8>> {
    let stored = Stored {
        version: RECORD_VERSION,
        node: record.node.0,
        phase: record.phase,
        addresses: record.addresses.clone(),
        pace: StoredPace {
            idle_ms: record.pace.idle.map(Pace::millis),
            active_ms: record.pace.active.map(Pace::millis),
            active_threshold_ms: record.pace.active_threshold.map(Pace::millis),
        },
        resumption: record
            .resumption
            .as_ref()
            .map(|resumption| StoredResumption {
                id: resumption.id.to_vec(),
                secret: Zeroizing::new(resumption.secret.expose().to_vec()),
                noc: resumption.noc.clone(),
            }),
        fabric_index: record.fabric_index,
        product: record.product,
        attestation: record.attestation.clone(),
        certificates: record.certificates.clone(),
        last_event: record.last_event,
        seen_at: record.seen_at,
    };
    // Room for all of it, so that no grown buffer leaves a copy of the secret behind.
    let mut bytes = Vec::with_capacity(ROOM + certificates_room(record));
    serde_json::to_writer(&mut bytes, &stored)
        .expect("strings, numbers and lists of them into memory cannot fail");
    Secret::new(bytes)
}

pub(super) fn decode(bytes: &[u8]) -> Result<NodeRecord, RecordError> {
    let head: Head = serde_json::from_slice(bytes).map_err(RecordError::Damaged)?;
    if head.version > RECORD_VERSION {
        return Err(RecordError::Version(head.version));
    }
    let stored: Stored = serde_json::from_slice(bytes).map_err(RecordError::Damaged)?;
    Ok(NodeRecord {
        node: NodeId(stored.node),
        phase: stored.phase,
        addresses: stored.addresses,
        pace: Pace {
            idle: stored.pace.idle_ms.map(Duration::from_millis),
            active: stored.pace.active_ms.map(Duration::from_millis),
            active_threshold: stored.pace.active_threshold_ms.map(Duration::from_millis),
        },
        // One of another length is of no use; the full handshake makes a new one.
        resumption: stored.resumption.and_then(|resumption| {
            Some(Resumption {
                id: resumption.id.try_into().ok()?,
                secret: Secret::new(resumption.secret.as_slice().try_into().ok()?),
                noc: resumption.noc,
            })
        }),
        fabric_index: stored.fabric_index,
        product: stored.product,
        attestation: stored.attestation,
        certificates: stored.certificates,
        last_event: stored.last_event,
        seen_at: stored.seen_at,
    })
}

fn certificates_room(record: &NodeRecord) -> usize {
    record
        .certificates
        .iter()
        .map(|certificate| certificate.encoded.len() + ROOM / 4)
        .sum()
}

/// More than a record without certificates takes.
const ROOM: usize = 4096;

/// Octets as hex text.
mod hex {
    use serde::de::Error;
    use serde::{Deserialize as _, Deserializer, Serializer};
    use zeroize::Zeroizing;

    pub(super) fn serialize<S: Serializer>(
        octets: &impl AsRef<[u8]>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        const DIGITS: [char; 16] = [
            '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
        ];
        let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or('0');
        let text: Zeroizing<String> = Zeroizing::new(
            octets
                .as_ref()
                .iter()
                .flat_map(|octet| [digit(octet >> 4), digit(octet & 0xf)])
                .collect(),
        );
        serializer.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>, T: From<Vec<u8>>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        let digits: Option<Vec<u8>> = text
            .chars()
            .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect();
        let digits = Zeroizing::new(digits.ok_or_else(|| D::Error::custom("not hex"))?);
        if digits.len() % 2 != 0 {
            return Err(D::Error::custom("half an octet of hex"));
        }
        let octets: Vec<u8> = digits
            .chunks_exact(2)
            .map(|pair| pair.iter().fold(0, |octet, digit| octet << 4 | digit))
            .collect();
        Ok(octets.into())
    }
}

//! What a bridge knows of a node beside its attributes: address, session, certificates.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// What a bridge knows of a node. Replaces the earlier one whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeInfo {
    /// The address that answered last, for people (`[fd00::12]:5540`).
    pub address: Option<String>,
    /// The longest time between two signs of life, in seconds (a subscription's max interval).
    pub max_interval_s: Option<u32>,
    /// What keeps it from being live, for people; none when live.
    pub trouble: Option<String>,
    /// How its attestation was judged, for people.
    pub attestation: Option<String>,
    /// Its certificates, leaf first: DAC, PAI, PAA, CD, NOC, ICAC, RCAC.
    pub certificates: Vec<CertificateInfo>,
}

/// A certificate, as shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateInfo {
    /// Its part in the chain.
    pub role: CertificateRole,
    /// The subject's distinguished name.
    pub subject: String,
    /// The issuer's distinguished name.
    pub issuer: String,
    /// The serial number in hex.
    pub serial: String,
    /// Valid from.
    pub not_before: Timestamp,
    /// Valid to; none for no expiry.
    pub not_after: Option<Timestamp>,
    /// SHA-256 of the encoded form, in hex.
    pub sha256: String,
    /// The encoded form (X.509 DER, CMS or Matter TLV) in base64.
    pub encoded: String,
}

/// The part of a certificate in a device's chains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CertificateRole {
    /// Device attestation certificate.
    Dac,
    /// Product attestation intermediate.
    Pai,
    /// Product attestation authority.
    Paa,
    /// Certification declaration.
    Cd,
    /// Node operational certificate.
    Noc,
    /// Intermediate CA of our fabric.
    Icac,
    /// Root CA of our fabric.
    Rcac,
    /// The hub's signed record of a device that holds no certificate itself.
    Record,
}

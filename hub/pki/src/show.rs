//! Certificates made readable: any of a device's chains as [`CertificateInfo`].
//!
//! Reads, never judges: a certificate shown may be expired, forged or of another fabric.
//!
//! Spec: Matter 1.6 Core §6.1.1 (Matter DN attributes), §6.2.2 (DAC, PAI, PAA), §6.3 (CD).

pub mod declaration;
mod name;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hub_model::{CertificateInfo, CertificateRole, Timestamp};
use matter_cert::{MatterCertificate, MatterTime};
use ring::digest;
use x509_cert::Certificate;
use x509_cert::der::{Decode as _, Encode as _};

pub use declaration::{Declaration, DeclarationError};

/// Bytes that are not the certificate they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {role:?} certificate cannot be read: {what}")]
pub struct Unreadable {
    /// Which certificate.
    pub role: CertificateRole,
    /// What is wrong with it.
    pub what: String,
}

/// Shows an X.509 certificate: DAC, PAI or PAA.
///
/// # Errors
/// When the bytes are not a DER certificate.
pub fn x509(role: CertificateRole, der: &[u8]) -> Result<CertificateInfo, Unreadable> {
    let unreadable = |error: x509_cert::der::Error| Unreadable {
        role,
        what: error.to_string(),
    };
    let certificate = Certificate::from_der(der).map_err(unreadable)?;
    let tbs = &certificate.tbs_certificate;
    let seconds = |time: x509_cert::time::Time| {
        let since_epoch = time.to_unix_duration().as_secs();
        i64::try_from(since_epoch).map_or(Timestamp(i64::MAX), Timestamp::from_secs)
    };
    let not_after = tbs.validity.not_after.to_date_time();
    let never = not_after.year() == 9999;
    Ok(CertificateInfo {
        role,
        subject: name::of_x509(&tbs.subject),
        issuer: name::of_x509(&tbs.issuer),
        serial: hex(tbs.serial_number.as_bytes()),
        not_before: seconds(tbs.validity.not_before),
        not_after: (!never).then(|| seconds(tbs.validity.not_after)),
        sha256: sha256(der),
        encoded: STANDARD.encode(der),
    })
}

/// Shows a certificate in Matter's own form: NOC, ICAC or RCAC.
///
/// # Errors
/// When the bytes are not a Matter TLV certificate.
pub fn matter(role: CertificateRole, tlv: &[u8]) -> Result<CertificateInfo, Unreadable> {
    let certificate = MatterCertificate::from_tlv(tlv).map_err(|error| Unreadable {
        role,
        what: error.to_string(),
    })?;
    let seconds = |time: MatterTime| {
        i64::try_from(time.to_unix_secs()).map_or(Timestamp(i64::MAX), Timestamp::from_secs)
    };
    let not_after = certificate.not_after();
    Ok(CertificateInfo {
        role,
        subject: name::of_matter(certificate.subject()),
        issuer: name::of_matter(certificate.issuer()),
        serial: hex(certificate.serial()),
        not_before: seconds(certificate.not_before()),
        not_after: (not_after != MatterTime::NO_EXPIRY).then(|| seconds(not_after)),
        sha256: sha256(tlv),
        encoded: STANDARD.encode(tlv),
    })
}

/// Shows a certification declaration. It has no validity of its own: that of all time is shown.
///
/// # Errors
/// When the bytes are not a signed declaration.
pub fn declaration(cms: &[u8]) -> Result<CertificateInfo, Unreadable> {
    let declaration = Declaration::decode(cms).map_err(|error| Unreadable {
        role: CertificateRole::Cd,
        what: error.to_string(),
    })?;
    Ok(CertificateInfo {
        role: CertificateRole::Cd,
        subject: declaration.to_string(),
        issuer: format!("SKID={}", hex(&declaration.signer)),
        serial: declaration.certificate_id,
        not_before: Timestamp(0),
        not_after: None,
        sha256: sha256(cms),
        encoded: STANDARD.encode(cms),
    })
}

/// The moment from which a certificate of X.509 is valid, by which chains of attestation are
/// judged (Matter 1.6 Core §6.2.3.1).
///
/// # Errors
/// When the bytes are not a DER certificate.
pub fn not_before(role: CertificateRole, der: &[u8]) -> Result<MatterTime, Unreadable> {
    let certificate = Certificate::from_der(der).map_err(|error| Unreadable {
        role,
        what: error.to_string(),
    })?;
    let not_before = certificate.tbs_certificate.validity.not_before;
    Ok(MatterTime::from_unix_secs(
        not_before.to_unix_duration().as_secs(),
    ))
}

/// Whether two X.509 certificates are linked by name: the issuer of one is the subject of the
/// other.
#[must_use]
pub fn is_issued_by(der: &[u8], issuer: &[u8]) -> bool {
    let names = |der| {
        let tbs = Certificate::from_der(der).ok()?.tbs_certificate;
        Some((tbs.subject.to_der().ok()?, tbs.issuer.to_der().ok()?))
    };
    matches!(
        (names(der), names(issuer)),
        (Some((_, wanted)), Some((subject, _))) if wanted == subject
    )
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

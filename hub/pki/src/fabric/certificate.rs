//! The certificates of a fabric: built to the specification's profiles, then signed.

use matter_cert::operational::{IcacParams, NocParams, RcacParams, icac, noc, rcac};
use matter_cert::{KeyIdentifier, MatterCertificate, MatterTime, UnsignedCertificate};

use super::{FabricError, FabricId, NOT_BEFORE, NocRequest};
use crate::key::{P256Key, Signer};
use crate::random::{Random, nonzero_u64};
use crate::serial::Serial;

pub(super) fn unsigned_root(key: &P256Key, random: &mut dyn Random) -> Unsigned {
    rcac(RcacParams::new(
        nonzero_u64(random),
        key.public_key().clone(),
        Serial::draw(random).octets().to_vec(),
        NOT_BEFORE,
        MatterTime::NO_EXPIRY,
        Some(1),
    ))
}

pub(super) fn unsigned_intermediate(
    root: &MatterCertificate,
    key: &P256Key,
    random: &mut dyn Random,
) -> Unsigned {
    icac(IcacParams::new(
        nonzero_u64(random),
        root.subject().clone(),
        key_identifier(root)?,
        key.public_key().clone(),
        Serial::draw(random).octets().to_vec(),
        NOT_BEFORE,
        MatterTime::NO_EXPIRY,
    ))
}

pub(super) fn unsigned_noc(
    fabric: FabricId,
    issuer: &MatterCertificate,
    request: NocRequest,
) -> Unsigned {
    noc(NocParams::new(
        fabric.0,
        request.node.0,
        request.tags,
        issuer.subject().clone(),
        key_identifier(issuer)?,
        request.public_key,
        request.serial.octets().to_vec(),
        NOT_BEFORE,
        MatterTime::NO_EXPIRY,
    ))
}

pub(super) type Unsigned = Result<UnsignedCertificate, matter_cert::Error>;

fn key_identifier(issuer: &MatterCertificate) -> Result<KeyIdentifier, matter_cert::Error> {
    issuer
        .extensions()
        .subject_key_identifier
        .ok_or(matter_cert::Error::MissingField(SUBJECT_KEY_IDENTIFIER))
}

pub(super) fn sign(
    which: &'static str,
    unsigned: Unsigned,
    key: &dyn Signer,
) -> Result<MatterCertificate, FabricError> {
    let invalid = |source| FabricError::Certificate { which, source };
    let unsigned = unsigned.map_err(invalid)?;
    let message = unsigned.tbs_der().map_err(invalid)?;
    let signature = key.sign_p256_sha256(&message)?;
    Ok(unsigned.assemble(signature))
}

pub(super) fn encode(
    which: &'static str,
    certificate: &MatterCertificate,
) -> Result<Vec<u8>, FabricError> {
    certificate
        .to_tlv()
        .map_err(|source| FabricError::Certificate { which, source })
}

pub(super) fn decode(which: &'static str, tlv: &[u8]) -> Result<MatterCertificate, FabricError> {
    MatterCertificate::from_tlv(tlv).map_err(|source| FabricError::Certificate { which, source })
}

/// The tag of the subject key identifier among a certificate's extensions (§6.5.11).
const SUBJECT_KEY_IDENTIFIER: u8 = 4;

//! The commands of commissioning, encoded, and their responses, decoded.

use hub_model::{ClusterId, CommandId, EndpointId, NodeId, Secret, Timestamp, VendorId};
use matter_codec::{Tag, TlvWriter, Value};
use matter_commissioning::clusters::general_commissioning as general;
use matter_commissioning::noc::{self, CertChainType, NocResponse};
use matter_interaction::{ImStatus, InvokeResponse};

use super::step::{ExchangeError, Invoke, Location, Over, Regulatory, TimeZone};

pub(super) const DESCRIPTOR: u32 = 0x001D;
pub(super) const BASIC_INFORMATION: u32 = 0x0028;
pub(super) const GENERAL_COMMISSIONING: u32 = 0x0030;
pub(super) const TIME_SYNCHRONIZATION: u32 = 0x0038;
const OPERATIONAL_CREDENTIALS: u32 = 0x003E;

/// Arms the fail-safe for this long; zero disarms it and rolls the device back.
pub(super) fn arm_fail_safe(over: Over, expiry_s: u16) -> Invoke {
    let fields = general::encode_arm_fail_safe(expiry_s, BREADCRUMB);
    invoke(over, GENERAL_COMMISSIONING, 0x00, fields)
}

pub(super) fn set_regulatory_config(regulatory: Regulatory, location: Location) -> Invoke {
    let location = match location {
        Location::Indoor => general::RegulatoryLocation::Indoor,
        Location::Outdoor => general::RegulatoryLocation::Outdoor,
        Location::IndoorOutdoor => general::RegulatoryLocation::IndoorOutdoor,
    };
    let country = String::from_utf8_lossy(&regulatory.country).into_owned();
    let fields = general::encode_set_regulatory_config(location, &country, BREADCRUMB);
    invoke(Over::Pase, GENERAL_COMMISSIONING, 0x02, fields)
}

pub(super) fn commissioning_complete() -> Invoke {
    let fields = general::encode_commissioning_complete();
    invoke(Over::Case, GENERAL_COMMISSIONING, 0x04, fields)
}

/// Sets the device's clock (Matter 1.6 Core §11.17.9.1).
pub(super) fn set_utc_time(now: Timestamp) -> Invoke {
    let micros = u64::try_from(now.0.saturating_sub(MATTER_EPOCH.0)).unwrap_or(0);
    let fields = structure(|to| {
        to.put_uint(Tag::Context(0), micros)?;
        to.put_uint(Tag::Context(1), GRANULARITY_MILLISECONDS)?;
        to.put_uint(Tag::Context(2), SOURCE_ADMIN)
    });
    invoke(Over::Pase, TIME_SYNCHRONIZATION, 0x00, fields)
}

/// Sets the device's time zone (Matter 1.6 Core §11.17.9.3).
pub(super) fn set_time_zone(zone: &TimeZone) -> Invoke {
    let fields = structure(|to| {
        to.start_array(Tag::Context(0))?;
        to.start_structure(Tag::Anonymous)?;
        to.put_int(Tag::Context(0), i64::from(zone.offset_s))?;
        to.put_uint(Tag::Context(1), 0)?;
        if let Some(name) = &zone.name {
            to.put_utf8(Tag::Context(2), name)?;
        }
        to.end_container()?;
        to.end_container()
    });
    invoke(Over::Pase, TIME_SYNCHRONIZATION, 0x02, fields)
}

pub(super) fn attestation_request(nonce: &[u8; 32]) -> Invoke {
    let fields = noc::encode_attestation_request(nonce);
    invoke(Over::Pase, OPERATIONAL_CREDENTIALS, 0x00, fields)
}

pub(super) fn certificate_chain_request(which: CertChainType) -> Invoke {
    let fields = noc::encode_certificate_chain_request(which);
    invoke(Over::Pase, OPERATIONAL_CREDENTIALS, 0x02, fields)
}

pub(super) fn csr_request(nonce: &[u8; 32]) -> Invoke {
    let fields = noc::encode_csr_request(nonce, false);
    invoke(Over::Pase, OPERATIONAL_CREDENTIALS, 0x04, fields)
}

pub(super) fn add_noc(
    issued: &hub_pki::IssuedNoc,
    ipk: &Secret<[u8; 16]>,
    admin: NodeId,
    vendor: VendorId,
) -> Invoke {
    let icac = Some(issued.icac.as_slice());
    // The epoch key goes to the device over the encrypted session.
    let fields = noc::encode_add_noc(&issued.noc, icac, ipk.expose(), admin.0, vendor.0);
    invoke(Over::Pase, OPERATIONAL_CREDENTIALS, 0x06, fields)
}

/// Removes our fabric from the device (Matter 1.6 Core §11.18.6.12).
pub(super) fn remove_fabric(over: Over, index: u8) -> Invoke {
    let fields = structure(|to| to.put_uint(Tag::Context(0), u64::from(index)));
    invoke(over, OPERATIONAL_CREDENTIALS, 0x0A, fields)
}

pub(super) fn add_trusted_root(root: &[u8]) -> Invoke {
    let fields = noc::encode_add_trusted_root(root);
    invoke(Over::Pase, OPERATIONAL_CREDENTIALS, 0x0B, fields)
}

fn invoke(over: Over, cluster: u32, command: u32, fields: Vec<u8>) -> Invoke {
    Invoke {
        over,
        endpoint: EndpointId::ROOT,
        cluster: ClusterId(cluster),
        command: CommandId(command),
        fields: Secret::new(fields),
    }
}

fn structure(
    fields: impl FnOnce(&mut TlvWriter<'_>) -> Result<(), matter_codec::Error>,
) -> Vec<u8> {
    let mut tlv = Vec::new();
    let mut to = TlvWriter::new(&mut tlv);
    to.start_structure(Tag::Anonymous)
        .and_then(|()| fields(&mut to))
        .and_then(|()| to.end_container())
        .expect("a vector takes all bytes, and every container is closed here");
    tlv
}

/// An answer that is the response command expected, or what it is instead.
pub(super) type Answer = Result<Vec<u8>, ExchangeError>;

/// The fields of the response command `expected` to `asked`.
pub(super) fn response(
    asked: &Invoke,
    expected: u32,
    answer: Result<InvokeResponse, ExchangeError>,
) -> Answer {
    match answer? {
        InvokeResponse::Command { path, fields_tlv }
            if path.cluster == asked.cluster.0 && path.command == expected =>
        {
            Ok(fields_tlv)
        }
        InvokeResponse::Command { path, .. } => Err(ExchangeError::Unreadable(format!(
            "response command {:#04x} of cluster {:#06x}",
            path.command, path.cluster
        ))),
        InvokeResponse::Status(ImStatus::Failure(status)) => Err(ExchangeError::Status(status)),
        InvokeResponse::Status(_) => Err(ExchangeError::Unreadable(
            "a status where a response was due".to_owned(),
        )),
    }
}

/// Success of a command that has no response.
pub(super) fn success(answer: Result<InvokeResponse, ExchangeError>) -> Result<(), ExchangeError> {
    match answer? {
        InvokeResponse::Status(ImStatus::Failure(status)) => Err(ExchangeError::Status(status)),
        // A response where none is due, too, means that the device took the command.
        InvokeResponse::Status(_) | InvokeResponse::Command { .. } => Ok(()),
    }
}

/// The error code and debug text shared by the responses of general commissioning.
pub(super) fn general_response(fields: &[u8]) -> Result<(u8, Option<String>), ExchangeError> {
    let response = general::decode_arm_fail_safe_response(fields).map_err(unreadable)?;
    Ok((response.error_code, response.debug_text))
}

pub(super) fn noc_response(fields: &[u8]) -> Result<NocResponse, ExchangeError> {
    noc::decode_noc_response(fields).map_err(unreadable)
}

pub(super) fn certificate_response(fields: &[u8]) -> Result<Vec<u8>, ExchangeError> {
    let response = noc::decode_certificate_chain_response(fields).map_err(unreadable)?;
    Ok(response.certificate)
}

/// Signed elements: of an attestation response or a CSR response, whose shapes are the same.
pub(super) fn signed_elements(fields: &[u8]) -> Result<(Vec<u8>, [u8; 64]), ExchangeError> {
    let response = noc::decode_attestation_response(fields).map_err(unreadable)?;
    Ok((response.attestation_elements, response.signature))
}

fn unreadable(error: impl std::fmt::Display) -> ExchangeError {
    ExchangeError::Unreadable(error.to_string())
}

/// A field of a TLV structure given as a value.
pub(super) fn field(value: &Value, tag: u8) -> Option<&Value> {
    let Value::Structure(fields) = value else {
        return None;
    };
    fields
        .iter()
        .find(|(found, _)| *found == Tag::Context(tag))
        .map(|(_, value)| value)
}

/// Response commands.
pub(super) mod response_id {
    pub(in super::super) const ARM_FAIL_SAFE: u32 = 0x01;
    pub(in super::super) const SET_REGULATORY_CONFIG: u32 = 0x03;
    pub(in super::super) const COMMISSIONING_COMPLETE: u32 = 0x05;
    pub(in super::super) const ATTESTATION: u32 = 0x01;
    pub(in super::super) const CERTIFICATE_CHAIN: u32 = 0x03;
    pub(in super::super) const CSR: u32 = 0x05;
    pub(in super::super) const NOC: u32 = 0x08;
}

/// 2000-01-01T00:00:00Z.
const MATTER_EPOCH: Timestamp = Timestamp::from_secs(946_684_800);
/// We keep no stages at the device: a failed commissioning starts anew.
const BREADCRUMB: u64 = 0;
const GRANULARITY_MILLISECONDS: u64 = 3;
const SOURCE_ADMIN: u64 = 2;

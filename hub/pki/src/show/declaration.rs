//! Certification declarations: what the CSA certified, read out of its CMS envelope.
//!
//! Spec: Matter 1.6 Core §6.3.1 (format), RFC 5652 (CMS).

use std::fmt;

use cms::cert::x509::der::{Decode as _, Encode as _, asn1::OctetString};
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier};
use hub_model::{ProductId, VendorId};
use matter_codec::{Tag, TlvReader, Value};

/// What a declaration declares. Its signature is not verified by reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The vendor certified.
    pub vendor: VendorId,
    /// The products certified.
    pub products: Vec<ProductId>,
    /// The primary device type.
    pub device_type: u32,
    /// The certificate's id: `CSA00000SWC00000-00`.
    pub certificate_id: String,
    /// How far the certification goes.
    pub kind: CertificationKind,
    /// The subject key identifier of the signer.
    pub signer: Vec<u8>,
}

/// `certification_type` of a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificationKind {
    /// For development and test.
    Test,
    /// Certified before a version's launch.
    Provisional,
    /// Certified.
    Official,
    /// Of a later specification.
    Other(u64),
}

/// Why a declaration cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeclarationError {
    /// The envelope is not CMS signed data with one signer and its content.
    #[error("not a CMS envelope: {0}")]
    Envelope(String),
    /// The content is not the specification's TLV.
    #[error("its content cannot be read: {0}")]
    Content(String),
}

impl Declaration {
    /// Reads a declaration out of its envelope.
    ///
    /// # Errors
    /// When the envelope or its content is not as the specification says.
    pub fn decode(envelope: &[u8]) -> Result<Self, DeclarationError> {
        let (content, signer) = open(envelope)?;
        let unreadable = |error: matter_codec::Error| DeclarationError::Content(error.to_string());
        let mut reader = TlvReader::new(&content);
        let (_, value) = reader.read_value().map_err(unreadable)?;
        reader.finish().map_err(unreadable)?;
        let Value::Structure(fields) = value else {
            return Err(DeclarationError::Content("not a structure".to_owned()));
        };
        Self::of_fields(&fields, signer)
    }

    fn of_fields(fields: &[(Tag, Value)], signer: Vec<u8>) -> Result<Self, DeclarationError> {
        let field = |tag: u8| {
            fields
                .iter()
                .find(|(found, _)| *found == Tag::Context(tag))
                .map(|(_, value)| value)
        };
        let missing = |what: &str| DeclarationError::Content(format!("no {what}"));
        let number = |tag: u8| match field(tag) {
            Some(Value::Uint(number)) => Some(*number),
            _ => None,
        };
        let Some(Value::Array(products)) = field(2) else {
            return Err(missing("products"));
        };
        let products = products.iter().map(|entry| match entry {
            Value::Uint(id) => u16::try_from(*id).ok().map(ProductId),
            _ => None,
        });
        Ok(Self {
            vendor: number(1)
                .and_then(|id| u16::try_from(id).ok())
                .map(VendorId)
                .ok_or_else(|| missing("vendor"))?,
            products: products
                .collect::<Option<_>>()
                .ok_or_else(|| missing("valid products"))?,
            device_type: number(3)
                .and_then(|id| u32::try_from(id).ok())
                .ok_or_else(|| missing("device type"))?,
            certificate_id: match field(4) {
                Some(Value::Utf8(id)) => id.clone(),
                _ => return Err(missing("certificate id")),
            },
            kind: match number(8).ok_or_else(|| missing("certification type"))? {
                0 => CertificationKind::Test,
                1 => CertificationKind::Provisional,
                2 => CertificationKind::Official,
                other => CertificationKind::Other(other),
            },
            signer,
        })
    }
}

impl fmt::Display for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            CertificationKind::Test => "test".to_owned(),
            CertificationKind::Provisional => "provisional".to_owned(),
            CertificationKind::Official => "official".to_owned(),
            CertificationKind::Other(kind) => format!("kind {kind}"),
        };
        let products: Vec<String> = self
            .products
            .iter()
            .map(|id| format!("{:04X}", id.0))
            .collect();
        write!(
            f,
            "{} ({kind}), VID={:04X}, PID={}, device type {:#06x}",
            self.certificate_id,
            self.vendor.0,
            products.join("/"),
            self.device_type,
        )
    }
}

/// The content of the envelope and its signer's key identifier.
fn open(envelope: &[u8]) -> Result<(Vec<u8>, Vec<u8>), DeclarationError> {
    let not_cms =
        |error: cms::cert::x509::der::Error| DeclarationError::Envelope(error.to_string());
    let wrong = |what: &str| DeclarationError::Envelope(what.to_owned());
    let info = ContentInfo::from_der(envelope).map_err(not_cms)?;
    let signed: SignedData = info.content.decode_as().map_err(not_cms)?;
    let content = signed
        .encap_content_info
        .econtent
        .ok_or_else(|| wrong("no content"))?;
    let content: OctetString = content.decode_as().map_err(not_cms)?;
    let mut signers = signed.signer_infos.0.iter();
    let (Some(signer), None) = (signers.next(), signers.next()) else {
        return Err(wrong("not exactly one signer"));
    };
    let signer = match &signer.sid {
        SignerIdentifier::SubjectKeyIdentifier(id) => id.0.as_bytes().to_vec(),
        SignerIdentifier::IssuerAndSerialNumber(id) => {
            id.serial_number.to_der().map_err(not_cms)?
        }
    };
    Ok((content.into_bytes(), signer))
}

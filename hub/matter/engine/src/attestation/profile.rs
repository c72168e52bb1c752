//! The form that attestation certificates must have, beyond a valid path.
//!
//! Path validation does not look at key usage or key identifiers; without this check a CA's
//! certificate could pass for a device's.
//!
//! Spec: Matter 1.6 Core §6.2.2.3 (DAC), §6.2.2.4 (PAI).

use hub_model::CertificateRole;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Decode as _, oid::AssociatedOid};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::{Certificate, TbsCertificate, Version};

use super::Distrust;

/// Checks a DAC or PAI.
pub(super) fn check(role: CertificateRole, der: &[u8]) -> Result<(), Distrust> {
    let wrong = |what| Distrust::Profile { role, what };
    let certificate = Certificate::from_der(der).map_err(|_| wrong("not DER"))?;
    let tbs = &certificate.tbs_certificate;
    if tbs.version != Version::V3 {
        return Err(wrong("not X.509 version 3"));
    }
    if certificate.signature_algorithm.oid != ECDSA_WITH_SHA256 {
        return Err(wrong("not signed by ECDSA with SHA-256"));
    }
    let extensions = Extensions { role, tbs };
    let constraints: BasicConstraints = extensions.only(true)?;
    let usage: KeyUsage = extensions.only(true)?;
    let subject_key: SubjectKeyIdentifier = extensions.only(false)?;
    let authority_key: AuthorityKeyIdentifier = extensions.only(false)?;
    let path = constraints.path_len_constraint;
    let (constraints_fit, usage_fits) = if role == CertificateRole::Pai {
        let signs = KeyUsages::KeyCertSign | KeyUsages::CRLSign;
        let without_own = usage.0 - KeyUsages::DigitalSignature;
        (constraints.ca && path == Some(0), without_own == signs)
    } else {
        let only_own = KeyUsage(KeyUsages::DigitalSignature.into());
        (!constraints.ca && path.is_none(), usage == only_own)
    };
    if !constraints_fit {
        return Err(wrong("its basic constraints are of another role"));
    }
    if !usage_fits {
        return Err(wrong("its key usage is of another role"));
    }
    let authority_key = authority_key.key_identifier;
    let authority_length = authority_key.map(|key| key.as_bytes().len());
    if subject_key.0.as_bytes().len() != KEY_ID_LENGTH || authority_length != Some(KEY_ID_LENGTH) {
        return Err(wrong("a key identifier is not 20 bytes"));
    }
    Ok(())
}

struct Extensions<'a> {
    role: CertificateRole,
    tbs: &'a TbsCertificate,
}

impl Extensions<'_> {
    /// The extension, which must be there exactly once, critical or not as said.
    fn only<'a, T>(&'a self, critical: bool) -> Result<T, Distrust>
    where
        T: AssociatedOid + x509_cert::der::Decode<'a>,
    {
        let wrong = |what| Distrust::Profile {
            role: self.role,
            what,
        };
        let mut found = self
            .tbs
            .extensions
            .iter()
            .flatten()
            .filter(|extension| extension.extn_id == T::OID);
        let (Some(extension), None) = (found.next(), found.next()) else {
            return Err(wrong("an extension is missing or there twice"));
        };
        if extension.critical != critical {
            return Err(wrong("an extension is critical, or not, against the rule"));
        }
        T::from_der(extension.extn_value.as_bytes()).map_err(|_| wrong("an extension is not DER"))
    }
}

const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const KEY_ID_LENGTH: usize = 20;

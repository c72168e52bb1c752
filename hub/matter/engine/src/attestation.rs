//! Device attestation, verified offline: is this device what it says, made by whom it says?
//!
//! [`judge`] looks at the evidence and gives a verdict, [`decide`] says what the home's policy
//! makes of it. Two kinds of failure are kept apart: *distrust* (a chain that leads to no root of
//! ours), which a person may accept knowingly, and *broken* attestation (a device that cannot
//! prove to hold its key), which nobody may.
//!
//! No clock is needed: a chain is judged at the moment its DAC begins.
//!
//! Not here: revocation; fetching of roots (the shell reads folders).
//!
//! Spec: Matter 1.6 Core §6.2.3 (device attestation procedure), §6.3 (certification declaration).

#[cfg(test)]
pub(crate) mod minted;
mod policy;
mod profile;
mod trust;

use hub_model::{CertificateInfo, CertificateRole, ProductId, VendorId};
use hub_pki::show::{self, Unreadable};
use matter_cert::PublicKey;
use matter_commissioning::attestation::{self as lower, AttestationError, Dac, Pai};

pub use policy::{Decision, decide};
pub(crate) use policy::{broken, declined};
pub use trust::{TrustStore, UnusableAnchor};

/// What a device presents, and what it must be coherent with.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// Its device attestation certificate, DER.
    pub dac: &'a [u8],
    /// Its product attestation intermediate, DER.
    pub pai: &'a [u8],
    /// Its attestation elements, Matter TLV.
    pub elements: &'a [u8],
    /// The DAC's signature over the elements and the challenge.
    pub signature: &'a [u8; 64],
    /// The nonce that we sent.
    pub nonce: &'a [u8; 32],
    /// The session's attestation challenge.
    pub challenge: &'a [u8; 16],
    /// What its basic information cluster says of vendor and product.
    pub claimed: (VendorId, ProductId),
}

/// What the evidence is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It leads to a root that the home trusts.
    Trusted {
        /// The root's name.
        by: String,
    },
    /// It leads to a test root of the CSA's SDK, whose key everybody has.
    TestDevice {
        /// The root's name.
        by: String,
    },
    /// It leads to no root, or does not fit together.
    Untrusted {
        /// Why.
        why: Distrust,
    },
}

/// Why evidence is not trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Distrust {
    /// No root of ours issued the chain.
    #[error("no trusted root has issued {issuer:?}")]
    UnknownRoot {
        /// The issuer of the PAI.
        issuer: String,
    },
    /// The chain itself is wrong.
    #[error("the certificate chain is not valid: {0}")]
    Chain(String),
    /// A certificate is not of the form that the specification asks for.
    #[error("the {role:?} certificate has the wrong form: {what}")]
    Profile {
        /// Which.
        role: CertificateRole,
        /// What is wrong.
        what: &'static str,
    },
    /// The certification declaration is not valid for this device.
    #[error("the certification declaration is not valid: {0}")]
    Declaration(String),
    /// Certificates and device name different products.
    #[error("its certificates are for VID {} PID {}, it says VID {} PID {}", certified.0, certified.1, claimed.0, claimed.1)]
    Identity {
        /// What the certificates name.
        certified: (VendorId, ProductId),
        /// What the device says.
        claimed: (VendorId, ProductId),
    },
}

/// Attestation that proves nothing: never accepted, whatever the policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Broken {
    /// A certificate or the elements cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// The nonce is not ours: an old answer, played again.
    #[error("its attestation does not hold our nonce")]
    Nonce,
    /// The elements are not signed by the DAC's key on this session.
    #[error("its attestation is not signed by its attestation key")]
    Signature,
}

/// The evidence, judged.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// The DAC's key, which must also sign the certificate request.
    pub dac_key: PublicKey,
    /// The chain as shown: DAC, PAI, the PAA if known, CD.
    pub certificates: Vec<CertificateInfo>,
}

impl Judgement {
    /// The verdict in words, for the journal and the node's page.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.verdict {
            Verdict::Trusted { by } => format!("trusted, by {by}"),
            Verdict::TestDevice { by } => format!("test device, by {by}"),
            Verdict::Untrusted { why } => format!("not trusted: {why}"),
        }
    }
}

/// Judges what a device presents.
///
/// # Errors
/// When it proves nothing at all.
pub fn judge(evidence: &Evidence<'_>, trust: &TrustStore) -> Result<Judgement, Broken> {
    let unreadable = |error: Unreadable| Broken::Unreadable(error.to_string());
    let dac_info = show::x509(CertificateRole::Dac, evidence.dac).map_err(unreadable)?;
    let pai_info = show::x509(CertificateRole::Pai, evidence.pai).map_err(unreadable)?;
    let dac = Dac::from_der(evidence.dac).map_err(|error| certificate_unreadable(&error))?;
    let pai = Pai::from_der(evidence.pai).map_err(|error| certificate_unreadable(&error))?;
    let dac_key = PublicKey::from_slice(dac.public_key())
        .map_err(|error| Broken::Unreadable(error.to_string()))?;
    let declaration = proven_declaration(evidence, &dac)?;

    let mut certificates = vec![dac_info, pai_info];
    certificates.extend(trust.issuer_of(evidence.pai));
    certificates.extend(show::declaration(&declaration));
    let presented = Presented {
        dac,
        pai,
        declaration,
        claimed: evidence.claimed,
    };
    Ok(Judgement {
        verdict: presented.verdict(trust),
        dac_key,
        certificates,
    })
}

/// The declaration within the elements, once they are proven to be this device's and fresh.
fn proven_declaration(evidence: &Evidence<'_>, dac: &Dac) -> Result<Vec<u8>, Broken> {
    lower::verify_dac_signed_elements(
        evidence.elements,
        evidence.challenge,
        dac.public_key(),
        evidence.signature,
    )
    .map_err(|_| Broken::Signature)?;
    let elements = lower::extract_attestation_elements_fields(evidence.elements)
        .map_err(|error| Broken::Unreadable(error.to_string()))?;
    if elements.attestation_nonce != *evidence.nonce {
        return Err(Broken::Nonce);
    }
    Ok(elements.certification_declaration)
}

fn certificate_unreadable(error: &AttestationError) -> Broken {
    let cause = std::error::Error::source(error);
    Broken::Unreadable(cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}")))
}

struct Presented {
    dac: Dac,
    pai: Pai,
    declaration: Vec<u8>,
    claimed: (VendorId, ProductId),
}

impl Presented {
    fn verdict(&self, trust: &TrustStore) -> Verdict {
        let untrusted = |why| Verdict::Untrusted { why };
        match self.check(&trust.own) {
            Ok(by) => return Verdict::Trusted { by },
            Err(Distrust::UnknownRoot { .. }) => {}
            Err(why) => return untrusted(why),
        }
        match self.check(&trust.test) {
            Ok(by) => Verdict::TestDevice { by },
            Err(why) => untrusted(why),
        }
    }

    /// The name of the root that vouches for all of it.
    fn check(&self, anchors: &trust::Anchors) -> Result<String, Distrust> {
        let chain = |error: Unreadable| Distrust::Chain(error.to_string());
        let at = show::not_before(CertificateRole::Dac, self.dac.der()).map_err(chain)?;
        let verified = lower::verify_chain(&self.dac, &self.pai, &anchors.paas, at)
            .map_err(|error| self.distrust(&error))?;
        profile::check(CertificateRole::Pai, self.pai.der())?;
        profile::check(CertificateRole::Dac, self.dac.der())?;
        let (vendor, product) = (verified.vendor_id, verified.product_id);
        lower::verify_certification_declaration_with_paa(
            &self.declaration,
            vendor,
            product,
            &anchors.declaration_signers,
            verified.paa_skid.as_deref(),
        )
        .map_err(|error| Distrust::Declaration(error.to_string()))?;
        self.check_identity((VendorId(vendor.as_u16()), ProductId(product.as_u16())))?;
        let name = anchors.issuer_of(self.pai.der()).map(|info| info.subject);
        Ok(name.unwrap_or_else(|| "an unnamed root".to_owned()))
    }

    /// What the device says of itself must be certified. The certificates may be of another
    /// vendor when the declaration says so (`dac_origin`), so the declaration's own ids count.
    fn check_identity(&self, certified: (VendorId, ProductId)) -> Result<(), Distrust> {
        let declaration = show::Declaration::decode(&self.declaration)
            .map_err(|error| Distrust::Declaration(error.to_string()))?;
        let (vendor, product) = self.claimed;
        if declaration.vendor == vendor && declaration.products.contains(&product) {
            return Ok(());
        }
        Err(Distrust::Identity {
            certified,
            claimed: self.claimed,
        })
    }

    fn distrust(&self, error: &AttestationError) -> Distrust {
        if matches!(error, AttestationError::UntrustedRoot) {
            let issuer = show::x509(CertificateRole::Pai, self.pai.der())
                .map_or_else(|_| "unknown".to_owned(), |info| info.issuer);
            return Distrust::UnknownRoot { issuer };
        }
        let cause = std::error::Error::source(error);
        Distrust::Chain(
            cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}")),
        )
    }
}

#[cfg(test)]
mod tests;

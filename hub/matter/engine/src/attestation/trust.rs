//! Whom the home trusts: product attestation authorities and signers of declarations.

use hub_model::{CertificateInfo, CertificateRole};
use hub_pki::show;
use matter_commissioning::attestation::{CdSigningRoots, Paa, PaaTrustStore};

/// The home's own anchors, and the test anchors of the CSA's SDK beside them, never mixed.
#[derive(Clone, Debug)]
pub struct TrustStore {
    pub(super) own: Anchors,
    pub(super) test: Anchors,
}

/// A set of anchors.
#[derive(Clone, Debug)]
pub(super) struct Anchors {
    pub(super) paas: PaaTrustStore,
    pub(super) declaration_signers: CdSigningRoots,
}

/// A certificate that was given as an anchor and cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} number {index} is not usable: {what}")]
pub struct UnusableAnchor {
    /// `PAA` or `CD signer`.
    pub kind: &'static str,
    /// Which one, counted from 0 in the order given.
    pub index: usize,
    /// What is wrong with it.
    pub what: String,
}

impl TrustStore {
    /// A store that trusts nobody; test devices are still known as such.
    #[must_use]
    pub fn empty() -> Self {
        Self::with(&[], &[]).0
    }

    /// A store that trusts these PAAs and signers of certification declarations, each a DER
    /// certificate. What cannot be used is left out and told.
    #[must_use]
    pub fn with(paas: &[Vec<u8>], declaration_signers: &[Vec<u8>]) -> (Self, Vec<UnusableAnchor>) {
        let mut unusable = Vec::new();
        let mut store = PaaTrustStore::empty();
        for (index, der) in paas.iter().enumerate() {
            match Paa::from_der(der) {
                Ok(paa) => store.add(paa),
                Err(error) => unusable.push(UnusableAnchor {
                    kind: "PAA",
                    index,
                    what: error.to_string(),
                }),
            }
        }
        let mut signers = Vec::new();
        for (index, der) in declaration_signers.iter().enumerate() {
            match CdSigningRoots::from_cert_der(&[der]) {
                Ok(_) => signers.push(der.as_slice()),
                Err(error) => unusable.push(UnusableAnchor {
                    kind: "CD signer",
                    index,
                    what: error.to_string(),
                }),
            }
        }
        let own = Anchors {
            paas: store,
            declaration_signers: CdSigningRoots::from_cert_der(&signers)
                .expect("each was taken by itself just above"),
        };
        let trust = Self {
            own,
            test: Anchors::of_the_sdk(),
        };
        (trust, unusable)
    }

    /// PAAs that the home trusts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.own.paas.len()
    }

    /// Whether the home trusts no PAA.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.own.paas.is_empty()
    }

    /// The known PAA, trusted or test, that names itself as the issuer of this PAI.
    pub(super) fn issuer_of(&self, pai: &[u8]) -> Option<CertificateInfo> {
        self.own.issuer_of(pai).or_else(|| self.test.issuer_of(pai))
    }
}

impl Anchors {
    fn of_the_sdk() -> Self {
        Self {
            paas: PaaTrustStore::with_example_device_roots(),
            declaration_signers: CdSigningRoots::with_example_device_roots(),
        }
    }

    pub(super) fn issuer_of(&self, pai: &[u8]) -> Option<CertificateInfo> {
        let paa = self
            .paas
            .iter()
            .find(|paa| show::is_issued_by(pai, paa.der()))?;
        show::x509(CertificateRole::Paa, paa.der()).ok()
    }
}

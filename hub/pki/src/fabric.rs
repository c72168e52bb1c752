//! Our fabric: its root and intermediate CA, the hub's own identity, and issuing of NOCs.
//!
//! Three tiers. The root's key is made by [`Fabric::found`] and then leaves the hub (recovery
//! kit); it signs nothing but the intermediate, whose key stays and signs every NOC.
//!
//! **Validity.** Every certificate begins at a fixed moment in the past and never expires. We
//! hold the issuing key ourselves and revoke by forgetting, so an expiry would protect nothing
//! and would one day cut off a home that worked; and a beginning taken from a wrong clock would
//! make devices refuse the fabric once the time is right, for ever.
//!
//! **The hub's node id** lies at the upper end of the operational range, where ids allotted
//! upward from 1 never come.
//!
//! Spec: Matter 1.6 Core §6.4.5 (node operational credentials), §6.5 (operational certificates),
//! §4.3.2.2 (compressed fabric id), §4.15.2 (operational group key).

mod certificate;
pub mod stored;

use std::fmt;
use std::sync::Arc;

use hub_model::{NodeId, Secret, VendorId};
use matter_cert::{CertificateChain, MatterCertificate, MatterTime, TrustAnchor, TrustedRoots};
use ring::hkdf;

use crate::key::{P256Key, PublicKey, SignError, Signer};
use crate::random::{Random, nonzero_u64};
use crate::serial::Serial;
use certificate::{decode, encode, sign, unsigned_intermediate, unsigned_noc, unsigned_root};
pub use stored::FabricParts;

/// The hub's own node id on its fabric, and the administrator that devices obey.
pub const HUB_NODE: NodeId = NodeId(0xFFFF_FFEF_FFFF_0001);

/// The vendor id by which the hub administers: the CSA's first test vendor, as Ingle has none.
pub const ADMIN_VENDOR: VendorId = VendorId(0xFFF1);

/// When every certificate begins: 2020-01-01T00:00:00Z.
pub const NOT_BEFORE: MatterTime = MatterTime(631_152_000);

/// The number of a fabric under its root. With the root's key it names the fabric worldwide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FabricId(pub u64);

impl fmt::Display for FabricId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016X}", self.0)
    }
}

/// A fabric that can act and issue.
#[derive(Clone)]
pub struct Fabric {
    id: FabricId,
    compressed: [u8; 8],
    root: MatterCertificate,
    intermediate: MatterCertificate,
    hub: MatterCertificate,
    issuing_key: Arc<dyn Signer>,
    hub_key: Arc<dyn Signer>,
    ipk: Secret<[u8; 16]>,
}

/// What [`Fabric::found`] made.
#[derive(Debug)]
pub struct Founded {
    /// All that the hub keeps.
    pub parts: FabricParts,
    /// The root's key, for the recovery kit. The hub does not need it to run.
    pub root_key: P256Key,
}

/// What a NOC is asked for.
#[derive(Clone, Debug)]
pub struct NocRequest {
    /// The device's operational key, from a verified request.
    pub public_key: PublicKey,
    /// Its node id.
    pub node: NodeId,
    /// CASE authenticated tags: groups that access rules may name; three at most.
    pub tags: Vec<u32>,
    /// The certificate's serial.
    pub serial: Serial,
}

/// A NOC with the intermediate that a device needs beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedNoc {
    /// The NOC, Matter TLV.
    pub noc: Vec<u8>,
    /// The ICAC, Matter TLV.
    pub icac: Vec<u8>,
}

/// Why a fabric could not be founded, opened or issue.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FabricError {
    /// A certificate could not be made, read or verified.
    #[error("the certificate {which} is not valid")]
    Certificate {
        /// Which one: `RCAC`, `ICAC` or `NOC`.
        which: &'static str,
        /// What is wrong with it.
        #[source]
        source: matter_cert::Error,
    },
    /// A key did not sign.
    #[error("the fabric's key did not sign")]
    Sign(#[from] SignError),
    /// A stored key is not one, or is not its certificate's.
    #[error("the stored key of the {which} does not belong to its certificate")]
    WrongKey {
        /// Whose key: `ICAC` or `NOC`.
        which: &'static str,
    },
    /// A node id outside the operational range.
    #[error("{0} is not an operational node id")]
    NodeId(NodeId),
    /// More CASE authenticated tags than a NOC may have.
    #[error("a NOC holds {MAX_TAGS} CASE authenticated tags at most, not {0}")]
    TooManyTags(usize),
    /// Stored parts that are damaged.
    #[error("the stored fabric is damaged: {0}")]
    Damaged(String),
    /// Stored parts of a version that this program does not know.
    #[error("the stored fabric has version {0}, written by a newer program")]
    Version(u64),
}

impl Fabric {
    /// Founds a fabric: a root, an intermediate and the hub's own identity, all with new keys.
    ///
    /// # Errors
    /// Never with keys in memory, but the certificates' encoder is fallible.
    pub fn found(random: &mut dyn Random) -> Result<Founded, FabricError> {
        let id = FabricId(nonzero_u64(random));
        let root_key = P256Key::generate(random);
        let issuing_key = P256Key::generate(random);
        let hub_key = P256Key::generate(random);
        let root = sign("RCAC", unsigned_root(&root_key, random), &root_key)?;
        let intermediate = unsigned_intermediate(&root, &issuing_key, random);
        let intermediate = sign("ICAC", intermediate, &root_key)?;
        let request = NocRequest {
            public_key: hub_key.public_key().clone(),
            node: HUB_NODE,
            tags: Vec::new(),
            serial: Serial::draw(random),
        };
        let hub = unsigned_noc(id, &intermediate, request);
        let hub = sign("NOC", hub, &issuing_key)?;
        let mut ipk = [0; 16];
        random.fill(&mut ipk);
        let parts = FabricParts {
            id,
            root: encode("RCAC", &root)?,
            intermediate: encode("ICAC", &intermediate)?,
            hub: encode("NOC", &hub)?,
            issuing_key: issuing_key.to_secret(),
            hub_key: hub_key.to_secret(),
            ipk: Secret::new(ipk),
        };
        Ok(Founded { parts, root_key })
    }

    /// Opens a stored fabric with its keys in memory.
    ///
    /// # Errors
    /// When a certificate does not verify under the root, or a key is not its certificate's.
    pub fn open(parts: &FabricParts) -> Result<Self, FabricError> {
        let key = |which, secret| -> Result<Arc<dyn Signer>, FabricError> {
            let key = P256Key::from_secret(secret).map_err(|_| FabricError::WrongKey { which })?;
            Ok(Arc::new(key))
        };
        let issuing_key = key("ICAC", &parts.issuing_key)?;
        let hub_key = key("NOC", &parts.hub_key)?;
        Self::open_with(parts, issuing_key, hub_key)
    }

    /// Opens a stored fabric whose keys are kept elsewhere.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(
        parts: &FabricParts,
        issuing_key: Arc<dyn Signer>,
        hub_key: Arc<dyn Signer>,
    ) -> Result<Self, FabricError> {
        let root = decode("RCAC", &parts.root)?;
        let fabric = Self {
            id: parts.id,
            compressed: compressed_id(root.public_key(), parts.id),
            intermediate: decode("ICAC", &parts.intermediate)?,
            hub: decode("NOC", &parts.hub)?,
            root,
            issuing_key,
            hub_key,
            ipk: parts.ipk.clone(),
        };
        fabric.check()?;
        Ok(fabric)
    }

    /// Its number under its root.
    #[must_use]
    pub const fn id(&self) -> FabricId {
        self.id
    }

    /// The number that names it worldwide (Matter 1.6 Core §4.3.2.2).
    #[must_use]
    pub const fn compressed_id(&self) -> [u8; 8] {
        self.compressed
    }

    /// The DNS-SD instance name of a node on this fabric: `87E1B004E235A130-8FC7772401CD0696`.
    #[must_use]
    pub fn instance_name(&self, node: NodeId) -> String {
        let compressed = u64::from_be_bytes(self.compressed);
        format!("{compressed:016X}-{:016X}", node.0)
    }

    /// The hub's own node id, which devices take as their administrator.
    #[must_use]
    pub const fn hub_node(&self) -> NodeId {
        HUB_NODE
    }

    /// The root certificate.
    #[must_use]
    pub const fn root(&self) -> &MatterCertificate {
        &self.root
    }

    /// The intermediate's certificate.
    #[must_use]
    pub const fn intermediate(&self) -> &MatterCertificate {
        &self.intermediate
    }

    /// The hub's own NOC.
    #[must_use]
    pub const fn hub_noc(&self) -> &MatterCertificate {
        &self.hub
    }

    /// The key of the hub's own NOC, for CASE.
    #[must_use]
    pub fn hub_key(&self) -> Arc<dyn Signer> {
        Arc::clone(&self.hub_key)
    }

    /// The identity protection key's epoch key: `AddNOC` carries it, CASE uses the key derived
    /// from it.
    #[must_use]
    pub const fn ipk_epoch_key(&self) -> &Secret<[u8; 16]> {
        &self.ipk
    }

    /// The operational identity protection key, which CASE uses (Matter 1.6 Core §4.15.2).
    #[must_use]
    pub fn operational_ipk(&self) -> Secret<[u8; 16]> {
        Secret::new(derive(
            self.ipk.expose(),
            &self.compressed,
            b"GroupKey v1.0",
        ))
    }

    /// Our root as the anchor that peers are checked against.
    #[must_use]
    pub fn trusted_roots(&self) -> TrustedRoots {
        let mut roots = TrustedRoots::new();
        roots.add(TrustAnchor::from_root_cert(&self.root));
        roots
    }

    /// Issues a NOC under the intermediate.
    ///
    /// # Errors
    /// When the request is not one of the specification, or the key does not sign.
    pub fn issue_noc(&self, request: NocRequest) -> Result<IssuedNoc, FabricError> {
        if request.node.0 == 0 || request.node > NodeId::MAX_OPERATIONAL {
            return Err(FabricError::NodeId(request.node));
        }
        if request.tags.len() > MAX_TAGS {
            return Err(FabricError::TooManyTags(request.tags.len()));
        }
        let unsigned = unsigned_noc(self.id, &self.intermediate, request);
        let noc = sign("NOC", unsigned, self.issuing_key.as_ref())?;
        Ok(IssuedNoc {
            noc: encode("NOC", &noc)?,
            icac: encode("ICAC", &self.intermediate)?,
        })
    }

    /// Checks a chain that a device presents against our root, and gives the NOC's node id.
    ///
    /// # Errors
    /// When it does not lead to our root at `at`, or is of another fabric.
    pub fn verify_chain(
        &self,
        noc: &MatterCertificate,
        icac: Option<&MatterCertificate>,
        at: MatterTime,
    ) -> Result<NodeId, FabricError> {
        let invalid = |source| FabricError::Certificate {
            which: "NOC",
            source,
        };
        let chain: Vec<_> = std::iter::once(noc).chain(icac).cloned().collect();
        CertificateChain::new(&chain)
            .validate(&self.trusted_roots(), at)
            .map_err(invalid)?;
        let subject = noc.subject();
        match (subject.fabric_id(), subject.node_id()) {
            (Some(fabric), Some(node)) if fabric == self.id.0 => Ok(NodeId(node)),
            _ => Err(FabricError::Damaged("a NOC of another fabric".to_owned())),
        }
    }

    fn check(&self) -> Result<(), FabricError> {
        self.root
            .verify_signed_by(self.root.public_key())
            .map_err(|source| FabricError::Certificate {
                which: "RCAC",
                source,
            })?;
        self.verify_chain(&self.hub, Some(&self.intermediate), NOT_BEFORE)?;
        let belongs = |which, key: &dyn Signer, certificate: &MatterCertificate| {
            if key.public_key() == certificate.public_key() {
                Ok(())
            } else {
                Err(FabricError::WrongKey { which })
            }
        };
        belongs("ICAC", self.issuing_key.as_ref(), &self.intermediate)?;
        belongs("NOC", self.hub_key.as_ref(), &self.hub)
    }
}

impl fmt::Debug for Fabric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fabric")
            .field("id", &self.id)
            .field("compressed", &self.instance_name(NodeId(0)))
            .field("keys", &"[redacted]")
            .finish_non_exhaustive()
    }
}

fn compressed_id(root: &PublicKey, fabric: FabricId) -> [u8; 8] {
    let [_uncompressed, point @ ..] = root.as_bytes();
    derive(point, &fabric.0.to_be_bytes(), b"CompressedFabric")
}

/// HKDF-SHA256 (Matter 1.6 Core §3.8).
fn derive<const N: usize>(secret: &[u8], salt: &[u8], info: &[u8]) -> [u8; N] {
    struct Length(usize);
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    let mut derived = [0; N];
    hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
        .extract(secret)
        .expand(&[info], Length(N))
        .and_then(|key| key.fill(&mut derived))
        .expect("both lengths are N, far below HKDF's limit of 255 blocks");
    derived
}

/// CASE authenticated tags of a NOC (Matter 1.6 Core §6.5.6.3).
const MAX_TAGS: usize = 3;

#[cfg(test)]
mod tests;

//! A maker's whole chain, minted for tests: PAA, PAI, DAC, and a certification declaration.

use cms::cert::x509::der::asn1::{Any, BitString, OctetString, SequenceOf, SetOfVec, UintRef};
use cms::cert::x509::der::oid::ObjectIdentifier;
use cms::cert::x509::der::{Decode, Encode};
use cms::cert::x509::ext::pkix::SubjectKeyIdentifier;
use cms::cert::x509::request::{CertReq, CertReqInfo};
use cms::cert::x509::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use cms::cert::x509::{Certificate, TbsCertificate};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use hub_pki::{P256Key, PublicKey, Random, Signer};
use matter_cert::{
    BasicConstraints, DistinguishedName, DnAttribute, Extensions, KeyIdentifier, KeyUsage,
    MatterCertificate, MatterTime,
};
use matter_codec::{Tag, TlvWriter};

use super::TrustStore;

/// Vendor and product of the minted device.
pub(crate) const IDENTITY: (u16, u16) = (0x1234, 0x5678);

/// A maker with one device.
pub(crate) struct Maker {
    pub(crate) paa: Vec<u8>,
    pub(crate) pai: Vec<u8>,
    pub(crate) dac: Vec<u8>,
    pub(crate) dac_key: P256Key,
    pub(crate) declaration: Vec<u8>,
    pub(crate) declaration_signer: Vec<u8>,
}

/// How a minted chain differs from a right one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Flaw {
    #[default]
    None,
    /// The DAC is of another vendor than the PAI.
    OtherVendor,
    /// The DAC may sign certificates.
    DacSigns,
    /// The declaration is for another product.
    OtherProduct,
    /// The declaration is signed by a stranger.
    StrangersDeclaration,
}

impl Maker {
    pub(crate) fn mint(flaw: Flaw, random: &mut dyn Random) -> Self {
        let keys: [P256Key; 5] = std::array::from_fn(|_| P256Key::generate(random));
        let [paa_key, pai_key, dac_key, declaration_key, stranger] = keys;
        let (vendor, product) = IDENTITY;
        let authority = [DnAttribute::CommonName("Minted PAA".into())];
        let intermediate = [
            DnAttribute::CommonName("Minted PAI".into()),
            DnAttribute::VendorId(vendor),
        ];
        let of_dac = if flaw == Flaw::OtherVendor {
            vendor + 1
        } else {
            vendor
        };
        let leaf = [
            DnAttribute::CommonName("Minted DAC".into()),
            DnAttribute::VendorId(of_dac),
            DnAttribute::ProductId(product),
        ];
        let ca = KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN;
        let own = KeyUsage::DIGITAL_SIGNATURE;
        let usage = if flaw == Flaw::DacSigns { ca } else { own };
        let mint = |issuer: (&[DnAttribute], &P256Key),
                    subject: (&[DnAttribute], &P256Key),
                    constraints,
                    usage| { certificate(issuer, subject, constraints, usage) };
        let (root, middle) = ((&authority[..], &paa_key), (&intermediate[..], &pai_key));
        let declared = if flaw == Flaw::OtherProduct {
            product + 1
        } else {
            product
        };
        let signer = if flaw == Flaw::StrangersDeclaration {
            &stranger
        } else {
            &declaration_key
        };
        Self {
            paa: mint(root, root, BasicConstraints::new(true, Some(1)), ca),
            pai: mint(root, middle, BasicConstraints::new(true, Some(0)), ca),
            dac: mint(
                middle,
                (&leaf, &dac_key),
                BasicConstraints::new(false, None),
                usage,
            ),
            declaration: declaration((vendor, declared), signer),
            declaration_signer: mint(
                (&authority, &declaration_key),
                (&authority, &declaration_key),
                BasicConstraints::new(true, None),
                ca,
            ),
            dac_key,
        }
    }

    /// A store that trusts this maker.
    pub(crate) fn trusted(&self) -> TrustStore {
        let signers = [self.declaration_signer.clone()];
        let (trust, unusable) = TrustStore::with(std::slice::from_ref(&self.paa), &signers);
        assert_eq!(unusable, []);
        trust
    }

    /// A store to which this maker's root is a test root.
    pub(crate) fn known_as_test(&self) -> TrustStore {
        TrustStore {
            own: TrustStore::empty().own,
            test: self.trusted().own,
        }
    }

    /// Attestation elements with this nonce, and their signature on a session.
    pub(crate) fn attest(&self, nonce: &[u8], challenge: &[u8; 16]) -> (Vec<u8>, [u8; 64]) {
        attest(&self.dac_key, &self.declaration, nonce, challenge)
    }

    /// NOCSR elements that ask for a certificate for `key`, signed by `signer`, and their
    /// signature on a session.
    pub(crate) fn request(
        &self,
        (key, signer): (&P256Key, &P256Key),
        nonce: &[u8],
        challenge: &[u8; 16],
    ) -> (Vec<u8>, [u8; 64]) {
        let info = CertReqInfo {
            version: Default::default(),
            subject: Default::default(),
            public_key: spki(key.public_key()),
            attributes: Default::default(),
        };
        let request = CertReq {
            signature: signature(&info.to_der().unwrap(), signer),
            algorithm: ecdsa(),
            info,
        };
        let elements = structure(|to| {
            let request = request.to_der().unwrap();
            to.put_bytes(Tag::Context(1), &request).unwrap();
            to.put_bytes(Tag::Context(2), nonce).unwrap();
        });
        sign(&self.dac_key, elements, challenge)
    }
}

/// Attestation elements with this declaration and nonce, and their signature on a session.
pub(super) fn attest(
    dac_key: &P256Key,
    declaration: &[u8],
    nonce: &[u8],
    challenge: &[u8; 16],
) -> (Vec<u8>, [u8; 64]) {
    let elements = structure(|to| {
        to.put_bytes(Tag::Context(1), declaration).unwrap();
        to.put_bytes(Tag::Context(2), nonce).unwrap();
        to.put_uint(Tag::Context(3), 0).unwrap();
    });
    sign(dac_key, elements, challenge)
}

fn sign(key: &P256Key, elements: Vec<u8>, challenge: &[u8; 16]) -> (Vec<u8>, [u8; 64]) {
    let signed = [elements.as_slice(), challenge].concat();
    let signature = key.sign_p256_sha256(&signed).unwrap();
    (elements, signature)
}

fn certificate(
    (issuer, issuer_key): (&[DnAttribute], &P256Key),
    (subject, subject_key): (&[DnAttribute], &P256Key),
    constraints: BasicConstraints,
    usage: KeyUsage,
) -> Vec<u8> {
    let extensions = Extensions::builder()
        .basic_constraints(Some(constraints))
        .key_usage(Some(usage))
        .subject_key_identifier(Some(key_id(subject_key.public_key())))
        .authority_key_identifier(Some(key_id(issuer_key.public_key())))
        .build();
    let unsigned = MatterCertificate::builder()
        .serial(vec![0x42])
        .issuer(DistinguishedName::new(issuer.to_vec()))
        .subject(DistinguishedName::new(subject.to_vec()))
        .validity(hub_pki::fabric::NOT_BEFORE, MatterTime::NO_EXPIRY)
        .public_key(subject_key.public_key().clone())
        .extensions(extensions)
        .build_unsigned()
        .unwrap();
    let tbs = unsigned.tbs_der().unwrap();
    let certificate = Certificate {
        signature: signature(&tbs, issuer_key),
        tbs_certificate: TbsCertificate::from_der(&tbs).unwrap(),
        signature_algorithm: ecdsa(),
    };
    certificate.to_der().unwrap()
}

fn declaration((vendor, product): (u16, u16), signer: &P256Key) -> Vec<u8> {
    let content = structure(|to| {
        to.put_uint(Tag::Context(0), 1).unwrap();
        to.put_uint(Tag::Context(1), vendor.into()).unwrap();
        to.start_array(Tag::Context(2)).unwrap();
        to.put_uint(Tag::Anonymous, product.into()).unwrap();
        to.end_container().unwrap();
        to.put_uint(Tag::Context(3), 0x0100).unwrap();
        to.put_utf8(Tag::Context(4), "CSA00000SWC00000-00").unwrap();
        for (tag, value) in [(5, 0), (6, 0), (7, 1), (8, 2)] {
            to.put_uint(Tag::Context(tag), value).unwrap();
        }
    });
    let sha256 = AlgorithmIdentifierOwned {
        oid: ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1"),
        parameters: None,
    };
    let signed_bytes = signature(&content, signer);
    let id = OctetString::new(key_id(signer.public_key()).0).unwrap();
    let info = SignerInfo {
        version: CmsVersion::V3,
        sid: SignerIdentifier::SubjectKeyIdentifier(SubjectKeyIdentifier(id)),
        digest_alg: sha256.clone(),
        signed_attrs: None,
        signature_algorithm: ecdsa(),
        signature: OctetString::new(signed_bytes.raw_bytes()).unwrap(),
        unsigned_attrs: None,
    };
    let content = OctetString::new(content).unwrap();
    let signed = SignedData {
        version: CmsVersion::V3,
        digest_algorithms: SetOfVec::try_from(vec![sha256]).unwrap(),
        encap_content_info: EncapsulatedContentInfo {
            econtent_type: ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1"),
            econtent: Some(Any::encode_from(&content).unwrap()),
        },
        certificates: None,
        crls: None,
        signer_infos: SignerInfos(SetOfVec::try_from(vec![info]).unwrap()),
    };
    let envelope = ContentInfo {
        content_type: ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2"),
        content: Any::encode_from(&signed).unwrap(),
    };
    envelope.to_der().unwrap()
}

fn structure(fields: impl FnOnce(&mut TlvWriter<'_>)) -> Vec<u8> {
    let mut tlv = Vec::new();
    let mut to = TlvWriter::new(&mut tlv);
    to.start_structure(Tag::Anonymous).unwrap();
    fields(&mut to);
    to.end_container().unwrap();
    tlv
}

fn signature(message: &[u8], key: &P256Key) -> BitString {
    let signature = key.sign_p256_sha256(message).unwrap();
    let mut pair = SequenceOf::<UintRef<'_>, 2>::new();
    for half in signature.chunks(32) {
        pair.add(UintRef::new(half).unwrap()).unwrap();
    }
    BitString::from_bytes(&pair.to_der().unwrap()).unwrap()
}

fn spki(key: &PublicKey) -> SubjectPublicKeyInfoOwned {
    let curve = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
    SubjectPublicKeyInfoOwned {
        algorithm: AlgorithmIdentifierOwned {
            oid: ObjectIdentifier::new_unwrap("1.2.840.10045.2.1"),
            parameters: Some(Any::encode_from(&curve).unwrap()),
        },
        subject_public_key: BitString::from_bytes(key.as_bytes()).unwrap(),
    }
}

fn ecdsa() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned {
        oid: ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"),
        parameters: None,
    }
}

fn key_id(key: &PublicKey) -> KeyIdentifier {
    let mut id = [0; 20];
    id.copy_from_slice(&key.as_bytes()[1..21]);
    KeyIdentifier(id)
}

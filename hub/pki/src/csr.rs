//! The certificate request of a device: NOCSR elements, signed by its DAC.
//!
//! Three things make it right: the device echoes our nonce, the request is signed by the new key
//! itself (the device holds it), and the whole is signed by the DAC together with the session's
//! challenge (the attested device made it, on this session).
//!
//! Spec: Matter 1.6 Core §11.18.4.9 (NOCSR information), RFC 2986 (PKCS #10).

use matter_cert::{PublicKey, Signature};
use matter_codec::{Tag, TlvReader, Value};
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature as DerSignature, VerifyingKey};
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::request::CertReq;

/// What a device answered to `CSRRequest`.
#[derive(Clone, Copy, Debug)]
pub struct CsrAnswer<'a> {
    /// The NOCSR elements, Matter TLV.
    pub elements: &'a [u8],
    /// The DAC's signature over them and the challenge.
    pub signature: &'a [u8; 64],
}

/// Why a device's certificate request is not accepted.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CsrError {
    /// The elements are not the specification's TLV.
    #[error("its NOCSR elements cannot be read: {0}")]
    Elements(String),
    /// The nonce is not ours.
    #[error("it does not hold our nonce")]
    Nonce,
    /// The request is not PKCS #10 for a P-256 key.
    #[error("its PKCS #10 request cannot be read: {0}")]
    Request(String),
    /// The request is not signed by the key that it asks for.
    #[error("it is not signed by its own key")]
    SelfSignature,
    /// The elements are not signed by the DAC.
    #[error("it is not signed by the device's attestation key")]
    AttestationSignature,
}

/// Checks a certificate request and gives the device's new operational key.
///
/// # Errors
/// When any of the three checks fails.
pub fn verify_csr(
    answer: CsrAnswer<'_>,
    nonce: &[u8; 32],
    challenge: &[u8; 16],
    dac: &PublicKey,
) -> Result<PublicKey, CsrError> {
    let signed = [answer.elements, challenge].concat();
    dac.verify(&signed, &Signature::new(*answer.signature))
        .map_err(|_| CsrError::AttestationSignature)?;
    let elements = Elements::decode(answer.elements)?;
    if elements.nonce != nonce {
        return Err(CsrError::Nonce);
    }
    self_signed_key(&elements.request)
}

struct Elements {
    request: Vec<u8>,
    nonce: Vec<u8>,
}

impl Elements {
    fn decode(tlv: &[u8]) -> Result<Self, CsrError> {
        let unreadable = |error: matter_codec::Error| CsrError::Elements(error.to_string());
        let mut reader = TlvReader::new(tlv);
        let (_, value) = reader.read_value().map_err(unreadable)?;
        reader.finish().map_err(unreadable)?;
        let Value::Structure(fields) = value else {
            return Err(CsrError::Elements("not a structure".to_owned()));
        };
        let bytes = |tag: u8| {
            fields.iter().find_map(|field| match field {
                (Tag::Context(found), Value::Bytes(bytes)) if *found == tag => Some(bytes.clone()),
                _ => None,
            })
        };
        match (bytes(1), bytes(2)) {
            (Some(request), Some(nonce)) => Ok(Self { request, nonce }),
            _ => Err(CsrError::Elements("no request or no nonce".to_owned())),
        }
    }
}

fn self_signed_key(request: &[u8]) -> Result<PublicKey, CsrError> {
    let unreadable = |error: x509_cert::der::Error| CsrError::Request(error.to_string());
    let request = CertReq::from_der(request).map_err(unreadable)?;
    let point = request.info.public_key.subject_public_key.raw_bytes();
    let not_p256 = |_| CsrError::Request("its key is not on P-256".to_owned());
    let verifying = VerifyingKey::from_sec1_bytes(point).map_err(not_p256)?;
    let signature = DerSignature::from_der(request.signature.raw_bytes())
        .map_err(|_| CsrError::SelfSignature)?;
    let signed = request.info.to_der().map_err(unreadable)?;
    verifying
        .verify(&signed, &signature)
        .map_err(|_| CsrError::SelfSignature)?;
    PublicKey::from_slice(point).map_err(|error| CsrError::Request(error.to_string()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::key::{P256Key, Signer as _};
    use crate::testing::Seeded;

    proptest! {
        #[test]
        fn no_elements_panic(elements in proptest::collection::vec(any::<u8>(), 0..200)) {
            let dac = P256Key::generate(&mut Seeded::new(1));
            let signed = [elements.as_slice(), &[0; 16]].concat();
            let signature = dac.sign_p256_sha256(&signed).unwrap();
            let answer = CsrAnswer { elements: &elements, signature: &signature };
            prop_assert!(verify_csr(answer, &[0; 32], &[0; 16], dac.public_key()).is_err());
        }

        #[test]
        fn no_request_panics(request in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(self_signed_key(&request).is_err());
        }
    }
}

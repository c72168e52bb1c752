//! Keys that sign: the trait that any keeper of keys implements, and a key in memory.
//!
//! Spec: Matter 1.6 Core §3.5 (public key cryptography: ECDSA, P-256, SHA-256).

use std::fmt;

use hub_model::Secret;
pub use matter_cert::PublicKey;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use zeroize::Zeroize as _;

use crate::random::Random;

/// A P-256 key pair that signs. The private half may be elsewhere: a TPM, a recovery kit.
pub trait Signer: Send + Sync + fmt::Debug {
    /// The signature of `message`: ECDSA over its SHA-256, as r and s of 32 bytes each.
    ///
    /// # Errors
    /// When the key's keeper refuses or cannot be reached.
    fn sign_p256_sha256(&self, message: &[u8]) -> Result<[u8; 64], SignError>;

    /// The public half.
    fn public_key(&self) -> &PublicKey;
}

/// Why a key did not sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The key is not at hand: offline, or its keeper does not answer.
    #[error("the key is not at hand")]
    Unavailable,
    /// The keeper failed.
    #[error("the key cannot sign: {0}")]
    Failed(String),
}

/// A key pair in memory. Signs deterministically (RFC 6979).
#[derive(Clone)]
pub struct P256Key {
    private: SigningKey,
    public: PublicKey,
}

/// Bytes that are no P-256 private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a P-256 private key")]
pub struct NotAKey;

impl P256Key {
    /// Draws a new key.
    pub fn generate(random: &mut dyn Random) -> Self {
        loop {
            let mut scalar = [0; SCALAR_LENGTH];
            random.fill(&mut scalar);
            let key = Self::from_secret(&Secret::new(scalar.to_vec()));
            scalar.zeroize();
            // Zero, or beyond the curve's order: once in 2^32 draws.
            if let Ok(key) = key {
                return key;
            }
        }
    }

    /// The key of these bytes, which [`Self::to_secret`] gave.
    ///
    /// # Errors
    /// When they are not 32 bytes, or not in 1..n of the curve.
    pub fn from_secret(scalar: &Secret<Vec<u8>>) -> Result<Self, NotAKey> {
        // The library pads a shorter scalar; ours are never shorter.
        if scalar.expose().len() != SCALAR_LENGTH {
            return Err(NotAKey);
        }
        let private = SigningKey::from_slice(scalar.expose()).map_err(|_| NotAKey)?;
        let point = private.verifying_key().to_sec1_point(false);
        let public = PublicKey::from_slice(point.as_bytes()).map_err(|_| NotAKey)?;
        Ok(Self { private, public })
    }

    /// The private scalar, 32 bytes big-endian; goes only into sealed storage.
    #[must_use]
    pub fn to_secret(&self) -> Secret<Vec<u8>> {
        Secret::new(self.private.to_bytes().to_vec())
    }
}

impl Signer for P256Key {
    fn sign_p256_sha256(&self, message: &[u8]) -> Result<[u8; 64], SignError> {
        let signature: Signature = self
            .private
            .try_sign(message)
            .map_err(|error| SignError::Failed(error.to_string()))?;
        Ok(signature.to_bytes().into())
    }

    fn public_key(&self) -> &PublicKey {
        &self.public
    }
}

impl fmt::Debug for P256Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("P256Key")
            .field("private", &"[redacted]")
            .field("public", &self.public)
            .finish()
    }
}

const SCALAR_LENGTH: usize = 32;

#[cfg(test)]
mod tests {
    use matter_cert::Signature as MatterSignature;

    use super::*;
    use crate::testing::Seeded;

    #[test]
    fn signs_what_its_public_half_verifies() {
        let key = P256Key::generate(&mut Seeded::new(1));
        let signature = MatterSignature::new(key.sign_p256_sha256(b"message").unwrap());
        key.public_key().verify(b"message", &signature).unwrap();
        assert!(key.public_key().verify(b"other", &signature).is_err());
    }

    #[test]
    fn survives_its_stored_form() {
        let key = P256Key::generate(&mut Seeded::new(2));
        let again = P256Key::from_secret(&key.to_secret()).unwrap();
        assert_eq!(again.public_key(), key.public_key());
        assert_eq!(again.sign_p256_sha256(b"x"), key.sign_p256_sha256(b"x"));
    }

    #[test]
    fn refuses_bytes_that_are_no_key() {
        for bytes in [vec![], vec![0; 32], vec![0xff; 32], vec![1; 31]] {
            assert_eq!(
                P256Key::from_secret(&Secret::new(bytes)).unwrap_err(),
                NotAKey
            );
        }
    }

    #[test]
    fn never_prints_its_private_half() {
        let key = P256Key::generate(&mut Seeded::new(3));
        let shown = format!("{key:?}").to_lowercase();
        let secret: String = key
            .to_secret()
            .expose()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert!(shown.contains("[redacted]") && !shown.contains(&secret[..8]));
    }
}

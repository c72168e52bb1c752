//! Sealing of records at rest: ChaCha20-Poly1305 (RFC 8439) under a data key, which is itself
//! sealed ("wrapped") under the key-encryption key of [`crate::kek`].
//!
//! A sealed record is `version (1) | nonce (12, random) | ciphertext | tag (16)`. Where the record
//! stands (space and key) is authenticated with it, so one cannot be moved into another's place.
//! Random nonces are sound for 2^32 records under one data key.

use hub_model::Secret;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};

/// Bytes of a key, of either kind.
pub(crate) const KEY_LEN: usize = 32;
const VERSION: u8 = 1;
const WRAP_CONTEXT: &[u8] = b"ingle home.db data key";

/// A key.
pub(crate) type Key = Secret<[u8; KEY_LEN]>;

/// Why something could not be sealed or unsealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SealError {
    #[error("the system's random number generator failed")]
    Random,
    #[error("sealed under another key, or altered")]
    Refused,
}

/// A fresh key.
pub(crate) fn generate_key() -> Result<Key, SealError> {
    let mut key = [0; KEY_LEN];
    SystemRandom::new()
        .fill(&mut key)
        .map_err(|_| SealError::Random)?;
    Ok(Secret::new(key))
}

/// Seals and unseals the records of one home. ring's own copy of the key is not zeroed on drop.
pub(crate) struct Sealer {
    key: LessSafeKey,
    random: SystemRandom,
}

impl Sealer {
    pub(crate) fn new(key: &Key) -> Self {
        #[expect(clippy::expect_used, reason = "the length is in the type")]
        let key = UnboundKey::new(&CHACHA20_POLY1305, key.expose()).expect("32 bytes are a key");
        Self {
            key: LessSafeKey::new(key),
            random: SystemRandom::new(),
        }
    }

    /// Seals a record for its place.
    pub(crate) fn seal(&self, space: &str, key: &str, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        self.encrypt(&place(space, key), plain)
    }

    /// Unseals a record of this place.
    pub(crate) fn unseal(
        &self,
        space: &str,
        key: &str,
        sealed: &[u8],
    ) -> Result<Secret<Vec<u8>>, SealError> {
        self.decrypt(&place(space, key), sealed)
    }

    /// Seals a data key under this key-encryption key.
    pub(crate) fn wrap(&self, data_key: &Key) -> Result<Vec<u8>, SealError> {
        self.encrypt(WRAP_CONTEXT, data_key.expose())
    }

    /// Unseals a data key that was sealed under this key-encryption key.
    pub(crate) fn unwrap(&self, wrapped: &[u8]) -> Result<Key, SealError> {
        let plain = self.decrypt(WRAP_CONTEXT, wrapped)?;
        let key = plain
            .expose()
            .as_slice()
            .try_into()
            .map_err(|_| SealError::Refused)?;
        Ok(Secret::new(key))
    }

    fn encrypt(&self, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_LEN];
        self.random
            .fill(&mut nonce)
            .map_err(|_| SealError::Random)?;
        let mut body = plain.to_vec();
        let tag = self
            .key
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context),
                &mut body,
            )
            .map_err(|_| SealError::Refused)?;
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + body.len() + tag.as_ref().len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&body);
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    fn decrypt(&self, context: &[u8], sealed: &[u8]) -> Result<Secret<Vec<u8>>, SealError> {
        let (&[VERSION], rest) = sealed.split_first_chunk().ok_or(SealError::Refused)? else {
            return Err(SealError::Refused);
        };
        let (nonce, body) = rest.split_first_chunk().ok_or(SealError::Refused)?;
        let mut body = body.to_vec();
        let plain_len = self
            .key
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(context),
                &mut body,
            )
            .map_err(|_| SealError::Refused)?
            .len();
        body.truncate(plain_len);
        Ok(Secret::new(body))
    }
}

/// The place as one string of bytes; the length keeps `("ab", "c")` from `("a", "bc")`.
fn place(space: &str, key: &str) -> Vec<u8> {
    let length = space.len() as u64;
    [
        b"record".as_slice(),
        &length.to_be_bytes(),
        space.as_bytes(),
        key.as_bytes(),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sealer(byte: u8) -> Sealer {
        Sealer::new(&Secret::new([byte; KEY_LEN]))
    }

    proptest! {
        #[test]
        fn what_is_sealed_unseals_at_its_place_only(
            space in ".{0,8}", key in ".{0,8}", plain: Vec<u8>, other in ".{0,8}",
        ) {
            let sealed = sealer(1).seal(&space, &key, &plain).unwrap();
            let unsealed = sealer(1).unseal(&space, &key, &sealed).unwrap();
            prop_assert_eq!(unsealed.expose(), &plain);
            prop_assert!(sealer(2).unseal(&space, &key, &sealed).is_err());
            if other != key {
                prop_assert!(sealer(1).unseal(&space, &other, &sealed).is_err());
            }
        }

        #[test]
        fn no_input_panics_and_none_unseals(sealed: Vec<u8>) {
            prop_assert_eq!(sealer(1).unseal("s", "k", &sealed).unwrap_err(), SealError::Refused);
            prop_assert_eq!(sealer(1).unwrap(&sealed).unwrap_err(), SealError::Refused);
        }

        #[test]
        fn one_flipped_bit_is_noticed(plain: Vec<u8>, at: prop::sample::Index, bit in 0_u8..8) {
            let mut sealed = sealer(1).seal("s", "k", &plain).unwrap();
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert!(sealer(1).unseal("s", "k", &sealed).is_err());
        }
    }

    #[test]
    fn the_border_between_space_and_key_counts() {
        let sealed = sealer(1).seal("ab", "c", b"x").unwrap();
        assert!(sealer(1).unseal("a", "bc", &sealed).is_err());
    }

    #[test]
    fn a_record_is_never_sealed_twice_alike() {
        assert_ne!(
            sealer(1).seal("s", "k", b"x"),
            sealer(1).seal("s", "k", b"x")
        );
    }

    #[test]
    fn a_wrapped_key_unwraps_under_its_own_key_only() {
        let data_key = generate_key().unwrap();
        let wrapped = sealer(1).wrap(&data_key).unwrap();
        assert_eq!(sealer(1).unwrap(&wrapped).unwrap(), data_key);
        assert_eq!(sealer(2).unwrap(&wrapped).unwrap_err(), SealError::Refused);
    }
}

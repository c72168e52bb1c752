//! The operating system's randomness.

use hub_pki::Random;
use ring::rand::{SecureRandom as _, SystemRandom};

/// Draws from the operating system.
#[derive(Debug)]
pub(crate) struct OsRandom(SystemRandom);

impl OsRandom {
    pub(crate) fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Random for OsRandom {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0
            .fill(bytes)
            .expect("getrandom(2) does not fail once seeded, and keys must not be made without it");
    }
}

//! Serial numbers that every verifier reads alike.
//!
//! Matter's TLV certificates hold a serial as raw octets, X.509 as a DER INTEGER, and signatures
//! are made over the X.509 form. Octets that are not a *minimal positive* INTEGER are therefore
//! turned into different bytes by different stacks, and the signature fails: one random serial in
//! 256 when only the top bit is cleared. Observed: matter.js 0.17.9 refuses them.

use crate::random::Random;

/// A certificate's serial number: 19 octets, the first 0x40..=0x7f, so minimal, positive and
/// below the 20 octets of RFC 5280 §4.1.2.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Serial([u8; Self::LENGTH]);

impl Serial {
    /// Octets of a serial: 150 random bits.
    pub const LENGTH: usize = 19;

    /// Draws a serial.
    pub fn draw(random: &mut dyn Random) -> Self {
        let mut octets = [0; Self::LENGTH];
        random.fill(&mut octets);
        let [first, ..] = &mut octets;
        *first = *first & 0x7f | 0x40;
        Self(octets)
    }

    /// Its octets, as certificates hold them.
    #[must_use]
    pub const fn octets(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Every(u8);

    impl Random for Every {
        fn fill(&mut self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn is_minimal_and_positive_whatever_is_drawn() {
        for byte in 0..=u8::MAX {
            let serial = Serial::draw(&mut Every(byte));
            let first = serial.octets()[0];
            assert!(
                (0x40..0x80).contains(&first),
                "{byte:#04x} gave {first:#04x}"
            );
            assert!(serial.octets()[1..].iter().all(|octet| *octet == byte));
        }
    }
}

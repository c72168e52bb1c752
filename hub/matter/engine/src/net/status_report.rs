//! The status report that ends a handshake, well or not.
//!
//! Spec: Matter 1.6 Core §4.11.1.2 (status report), Appendix D.

use std::time::Duration;

/// The opcode of a status report, under the secure channel protocol.
pub(crate) const OPCODE: u8 = 0x40;

/// A status report of the secure channel protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StatusReport {
    /// What all protocols understand.
    pub(crate) general: u16,
    /// What the secure channel makes of it.
    pub(crate) code: u16,
    /// How long to wait, of a busy peer.
    pub(crate) wait: Option<Duration>,
}

impl StatusReport {
    /// The handshake ended well.
    pub(crate) const ESTABLISHED: Self = Self::new(SUCCESS, 0);
    /// The peer is on none of our fabrics, or the other way round.
    pub(crate) const NO_SHARED_ROOTS: Self = Self::new(FAILURE, 1);
    /// A message of the handshake was wrong; in PASE: the passcode was.
    pub(crate) const INVALID_PARAMETER: Self = Self::new(FAILURE, 2);

    const fn new(general: u16, code: u16) -> Self {
        Self {
            general,
            code,
            wait: None,
        }
    }

    pub(crate) fn is_established(self) -> bool {
        self.general == SUCCESS && self.code == 0
    }

    pub(crate) fn is_busy(self) -> bool {
        self.code == BUSY_CODE || self.general == BUSY
    }

    pub(crate) fn encode(self) -> [u8; 8] {
        let [g0, g1] = self.general.to_le_bytes();
        let [c0, c1] = self.code.to_le_bytes();
        [g0, g1, 0, 0, 0, 0, c0, c1]
    }

    /// Reads a status report of the secure channel protocol; none if it is not one.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (head, data) = bytes.split_first_chunk::<8>()?;
        let [g0, g1, p0, p1, p2, p3, c0, c1] = *head;
        if [p0, p1, p2, p3] != [0; 4] {
            return None;
        }
        let report = Self::new(u16::from_le_bytes([g0, g1]), u16::from_le_bytes([c0, c1]));
        let wait = data
            .first_chunk::<2>()
            .filter(|_| report.is_busy())
            .map(|millis| Duration::from_millis(u16::from_le_bytes(*millis).into()));
        Some(Self { wait, ..report })
    }
}

const SUCCESS: u16 = 0;
const FAILURE: u16 = 1;
const BUSY: u16 = 8;
const BUSY_CODE: u16 = 4;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_busy_peer_tells_how_long_to_wait() {
        let report = StatusReport::decode(&[8, 0, 0, 0, 0, 0, 4, 0, 0xf4, 0x01]).unwrap();
        assert!(report.is_busy() && !report.is_established());
        assert_eq!(report.wait, Some(Duration::from_millis(500)));
    }

    #[test]
    fn other_protocols_reports_are_none_of_ours() {
        assert_eq!(StatusReport::decode(&[0, 0, 1, 0, 0, 0, 0, 0]), None);
        assert_eq!(StatusReport::decode(&[0; 7]), None);
    }

    proptest! {
        #[test]
        fn decoding_never_panics_and_reverses_encoding(bytes: Vec<u8>, general: u16, code: u16) {
            let _ = StatusReport::decode(&bytes);
            let report = StatusReport::new(general, code);
            prop_assert_eq!(StatusReport::decode(&report.encode()), Some(report));
        }
    }
}

//! How long to wait before the next attempt: doubled each time, capped, with jitter.

use std::time::Duration;

use hub_pki::Random;

/// The attempts that failed in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// After a success.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// The attempts that failed in a row.
    pub(crate) const fn failures(self) -> u32 {
        self.failures
    }

    /// The wait after one more failure: never more than a quarter off the doubled wait, and so
    /// never in step with other nodes'.
    pub(crate) fn next(&mut self, cap: Duration, random: &mut dyn Random) -> Duration {
        let doubled = FIRST.saturating_mul(1 << self.failures.min(MAX_DOUBLINGS));
        self.failures = self.failures.saturating_add(1);
        let mut byte = [0];
        random.fill(&mut byte);
        let [byte] = byte;
        doubled.min(cap).mul_f32(0.75 + f32::from(byte) / 512.0)
    }
}

const FIRST: Duration = Duration::from_secs(1);
/// Beyond any cap.
const MAX_DOUBLINGS: u32 = 20;

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
    fn waits_grow_to_the_cap_and_begin_anew_after_a_success() {
        let cap = Duration::from_secs(60);
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..40)
            .map(|_| backoff.next(cap, &mut Every(128)).as_secs())
            .collect();
        assert_eq!(waits[..8], [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(waits.last(), Some(&60));
        backoff.reset();
        assert_eq!(backoff.next(cap, &mut Every(0)), Duration::from_millis(750));
        assert!(backoff.next(cap, &mut Every(255)) < Duration::from_millis(2500));
    }
}

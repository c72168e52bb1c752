//! How long to wait before trying again: longer each time, capped, and never in step with others.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// A jittered, capped, exponential back-off.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    cap: Duration,
    failures: u32,
}

impl Backoff {
    /// Waits about `first`, then twice as long each time, at most `cap`.
    #[must_use]
    pub const fn new(first: Duration, cap: Duration) -> Self {
        Self {
            first,
            cap,
            failures: 0,
        }
    }

    /// The wait before the next try: between half of the step and all of it.
    pub fn wait(&mut self) -> Duration {
        self.wait_with(RandomState::new().hash_one(self.failures))
    }

    /// It worked for a while: the next wait is the first again.
    pub const fn reset(&mut self) {
        self.failures = 0;
    }

    fn wait_with(&mut self, random: u64) -> Duration {
        let factor = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX);
        let step = self.first.saturating_mul(factor).min(self.cap);
        self.failures = (self.failures + 1).min(31);
        let spread = u64::try_from(step.as_micros() / 2).unwrap_or(u64::MAX);
        step / 2 + Duration::from_micros(random % spread.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn waits_stay_within_half_a_step_and_the_cap(randoms in prop::collection::vec(any::<u64>(), 1..80)) {
            let (first, cap) = (Duration::from_secs(1), Duration::from_secs(60));
            let mut backoff = Backoff::new(first, cap);
            let mut step = first;
            for random in randoms {
                let wait = backoff.wait_with(random);
                prop_assert!(wait >= step / 2 && wait <= step, "{wait:?} of {step:?}");
                step = (step * 2).min(cap);
            }
            backoff.reset();
            prop_assert!(backoff.wait() <= first);
        }
    }
}

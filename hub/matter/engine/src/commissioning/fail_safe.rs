//! The fail-safe timer of the device: how long it still holds, when to extend it.
//!
//! The device rolls back by itself when it runs out. It is armed for a minute or so and extended
//! while a person is asked, as long as the device allows.
//!
//! Spec: Matter 1.6 Core §11.10.7.2 (`ArmFailSafe`).

use std::time::{Duration, Instant};

/// What we know of the device's timer.
#[derive(Clone, Copy, Debug)]
pub(super) struct FailSafe {
    /// When it runs out.
    until: Instant,
    /// For how long it is armed each time.
    term: Duration,
    /// When the device refuses to extend it.
    limit: Instant,
}

impl FailSafe {
    /// The timer that a device arms by itself when PASE is established (§5.5).
    pub(super) fn by_itself(now: Instant) -> Self {
        Self {
            until: now + BY_ITSELF,
            term: BY_ITSELF,
            limit: now + BY_ITSELF,
        }
    }

    /// The timer armed for the first time by a command sent at `sent`.
    pub(super) fn armed(sent: Instant, term_s: u16, max_cumulative_s: u16) -> Self {
        let term = Duration::from_secs(term_s.into());
        Self {
            until: sent + term,
            term,
            limit: sent + Duration::from_secs(max_cumulative_s.into()),
        }
    }

    /// The timer extended by a command sent at `sent`.
    pub(super) fn extend(&mut self, sent: Instant) {
        self.until = (sent + self.term).min(self.limit);
    }

    /// When it runs out.
    pub(super) const fn until(&self) -> Instant {
        self.until
    }

    /// For how long to extend it at `now`: its term, cut to what the device still allows.
    pub(super) fn term_s(&self, now: Instant) -> u16 {
        let left = self.limit.saturating_duration_since(now);
        u16::try_from(self.term.min(left).as_secs()).unwrap_or(u16::MAX)
    }

    /// When to extend it: half its term before it runs out; never once the limit is near.
    pub(super) fn extend_at(&self) -> Option<Instant> {
        (self.until < self.limit).then(|| self.until - self.term / 2)
    }

    /// Until when a person may be waited for: as long as it can be extended, less the time that
    /// the rest of the work takes.
    pub(super) fn patience(&self) -> Instant {
        let rest = (self.term / 2).min(REST_OF_THE_WORK);
        self.limit.checked_sub(rest).unwrap_or(self.limit)
    }
}

const BY_ITSELF: Duration = Duration::from_secs(60);
/// CSR, NOC and CASE, with retransmissions.
const REST_OF_THE_WORK: Duration = Duration::from_secs(30);

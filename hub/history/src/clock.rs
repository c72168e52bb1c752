//! A clock that is set must not spoil the past: when it steps, history goes on by the clock that never
//! does, until the wall clock has shown for a while that it means it.
//!
//! A hub without a battery for its clock starts in some past, and a broken one may show any year for a
//! minute. Samples of that minute would lie where nobody looks for them, and whoever lets old samples go
//! by the clock would let go of all.

use std::time::Duration;

use hub_model::{Now, Timestamp};

/// A step smaller than this is none: clocks are disciplined by small ones.
const SMALL: Duration = Duration::from_secs(120);
/// A step is believed when the clock has kept to it for this long.
const BELIEVED_AFTER: Duration = Duration::from_secs(600);
/// Nothing is let go of by age until the clock has not stepped for this long.
const SETTLED_AFTER: Duration = Duration::from_secs(24 * 3600);

/// What the clock shows, and whether that can be.
#[derive(Clone, Debug)]
pub struct Clock {
    /// A present that is believed.
    anchor: Now,
    /// The clock showed something else than it should, since this present.
    doubted: Option<Now>,
    /// When the last step was believed, or the hub started.
    stepped: Now,
}

/// What became of a look at the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The moment that is believed.
    pub at: Timestamp,
    /// Microseconds to add to what the clock shows, to have what is believed.
    pub correction: i64,
    /// A step that is believed from now on, and is thus worth being noted.
    pub stepped: Option<Step>,
}

/// The clock was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it would show.
    pub from: Timestamp,
    /// What it shows.
    pub to: Timestamp,
}

impl Clock {
    /// A clock that is looked at for the first time. `newest` is the moment of the newest sample, if
    /// there are any: a clock that shows less than that is doubted from the beginning.
    #[must_use]
    pub fn new(now: Now, newest: Option<Timestamp>) -> Self {
        let is_behind =
            newest.is_some_and(|newest| distance(newest, now.wall) > SMALL && newest > now.wall);
        let believed = match newest {
            Some(newest) if is_behind => newest,
            _ => now.wall,
        };
        Self {
            anchor: Now {
                wall: believed,
                ..now
            },
            doubted: is_behind.then_some(now),
            stepped: now,
        }
    }

    /// Looks at the clock.
    pub fn see(&mut self, now: Now) -> Seen {
        let believed = self.anchor.wall + now.mono.saturating_duration_since(self.anchor.mono);
        if distance(believed, now.wall) <= SMALL {
            // It is right, or right again.
            self.anchor = now;
            self.doubted = None;
            return Seen {
                at: now.wall,
                correction: 0,
                stepped: None,
            };
        }
        let doubted = *self.doubted.get_or_insert(now);
        let shown = doubted.wall + now.mono.saturating_duration_since(doubted.mono);
        if distance(shown, now.wall) > SMALL {
            // It stepped once more: the wait begins anew.
            self.doubted = Some(now);
        } else if now.mono.saturating_duration_since(doubted.mono) >= BELIEVED_AFTER {
            self.anchor = now;
            self.doubted = None;
            self.stepped = now;
            let stepped = Some(Step {
                from: believed,
                to: now.wall,
            });
            return Seen {
                at: now.wall,
                correction: 0,
                stepped,
            };
        }
        Seen {
            at: believed,
            correction: believed.0.saturating_sub(now.wall.0),
            stepped: None,
        }
    }

    /// Whether the clock shows something else than it should.
    #[must_use]
    pub const fn is_doubted(&self) -> bool {
        self.doubted.is_some()
    }

    /// Whether something may be let go of because of its age.
    #[must_use]
    pub fn is_settled(&self, now: Now) -> bool {
        self.doubted.is_none()
            && now.mono.saturating_duration_since(self.stepped.mono) >= SETTLED_AFTER
    }
}

fn distance(one: Timestamp, other: Timestamp) -> Duration {
    one.since(other).max(other.since(one))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    const DAY: i64 = 86_400;

    struct Watch {
        clock: Clock,
        now: Now,
    }

    impl Watch {
        fn new(newest: Option<i64>) -> Self {
            let wall = Timestamp::from_secs(1_795_000_000);
            #[expect(
                clippy::disallowed_methods,
                reason = "any instant will do to begin with"
            )]
            let mono = Instant::now();
            let now = Now { mono, wall };
            let newest = newest.map(|ago| Timestamp::from_secs(1_795_000_000 + ago));
            Self {
                clock: Clock::new(now, newest),
                now,
            }
        }

        fn passes(&mut self, seconds: u64) -> Seen {
            self.now = self.now + Duration::from_secs(seconds);
            self.clock.see(self.now)
        }

        fn is_set(&mut self, by: i64) {
            self.now.wall = Timestamp(self.now.wall.0 + by * 1_000_000);
        }
    }

    #[test]
    fn small_steps_are_followed() {
        let mut watch = Watch::new(None);
        watch.is_set(-60);
        let seen = watch.passes(1);
        assert_eq!(
            (seen.at, seen.correction, seen.stepped),
            (watch.now.wall, 0, None)
        );
    }

    #[test]
    fn a_step_that_is_taken_back_leaves_no_trace() {
        let mut watch = Watch::new(None);
        watch.is_set(10 * 365 * DAY);
        let seen = watch.passes(5);
        assert_eq!(seen.at, Timestamp::from_secs(1_795_000_005));
        assert_eq!(seen.correction, -10 * 365 * DAY * 1_000_000);
        assert!(watch.clock.is_doubted() && !watch.clock.is_settled(watch.now));
        watch.is_set(-10 * 365 * DAY);
        let seen = watch.passes(5);
        assert_eq!(
            (seen.at, seen.correction),
            (Timestamp::from_secs(1_795_000_010), 0)
        );
        assert!(!watch.clock.is_doubted());
    }

    #[test]
    fn a_step_that_stays_is_believed_and_told_once() {
        let mut watch = Watch::new(None);
        watch.is_set(-DAY);
        assert!(watch.passes(1).correction != 0);
        assert!(watch.passes(500).correction != 0);
        let seen = watch.passes(200);
        let step = seen.stepped.unwrap();
        assert_eq!(step.from.since(step.to), Duration::from_secs(86_400));
        assert_eq!((seen.at, seen.correction), (watch.now.wall, 0));
        assert_eq!(watch.passes(1).stepped, None);
        assert!(!watch.clock.is_settled(watch.now));
        watch.passes(90_000);
        assert!(watch.clock.is_settled(watch.now));
    }

    #[test]
    fn a_clock_that_keeps_stepping_is_not_believed() {
        let mut watch = Watch::new(None);
        for _ in 0..100 {
            watch.is_set(DAY);
            assert_eq!(watch.passes(60).stepped, None);
        }
        assert_eq!(watch.passes(0).at, Timestamp::from_secs(1_795_006_000));
    }

    #[test]
    fn a_clock_behind_what_was_recorded_is_doubted_at_the_start() {
        let mut watch = Watch::new(Some(40 * DAY));
        let seen = watch.passes(10);
        assert_eq!(seen.at, Timestamp::from_secs(1_795_000_010 + 40 * DAY));
        // The time server is heard.
        watch.is_set(40 * DAY + 30);
        assert_eq!(watch.passes(1).correction, 0);
        // One that is ahead of the newest sample was merely off for a while.
        let mut watch = Watch::new(Some(-40 * DAY));
        assert_eq!(watch.passes(1).correction, 0);
    }
}

//! Which wall clock to believe.
//!
//! A hub without a battery-backed clock starts in 1970, and certificates are not valid then.
//! Time has passed since the program was built and since any moment that a record remembers, so
//! the clock is never believed to be before those.

use hub_model::{Now, Timestamp};
use matter_cert::MatterTime;

/// The earliest moment that it can be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    floor: Timestamp,
}

impl Clock {
    pub(crate) fn new(known: impl IntoIterator<Item = Timestamp>) -> Self {
        Self {
            floor: known.into_iter().max().unwrap_or_default(),
        }
    }

    /// The present, with a wall clock that can be right.
    pub(crate) fn believe(&self, now: Now) -> Now {
        Now {
            mono: now.mono,
            wall: now.wall.max(self.floor),
        }
    }
}

/// A moment as certificates tell it.
pub(crate) fn matter_time(at: Timestamp) -> MatterTime {
    MatterTime::from_unix_secs(u64::try_from(at.as_secs()).unwrap_or(0))
}

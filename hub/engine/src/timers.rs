//! Deadlines by name: at most one of each, and the earliest is found at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use hub_model::{CauseId, NodeId};

/// What happens at a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// A node has been away for the grace time.
    Away(NodeId),
    /// A command has had no answer in time.
    Answer(CauseId),
    /// A command's effects are over.
    Effects(CauseId),
    /// Nodes that no bridge has claimed since the start are orphans.
    Orphans,
    /// What could not be stored is tried again.
    Retry,
}

/// The deadlines that are set.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    by_time: BTreeSet<(Instant, Timer)>,
    by_timer: BTreeMap<Timer, Instant>,
}

impl Timers {
    /// Sets or moves a deadline.
    pub(crate) fn set(&mut self, timer: Timer, at: Instant) {
        self.clear(timer);
        self.by_timer.insert(timer, at);
        self.by_time.insert((at, timer));
    }

    /// Removes a deadline, if set.
    pub(crate) fn clear(&mut self, timer: Timer) {
        if let Some(at) = self.by_timer.remove(&timer) {
            self.by_time.remove(&(at, timer));
        }
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes the earliest deadline that has come.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Timer> {
        let (at, timer) = *self.by_time.first()?;
        if at > now {
            return None;
        }
        self.clear(timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "any instant will do to begin with"
    )]
    fn deadlines_come_in_order_and_moved_ones_once() {
        let start = Instant::now();
        let at = |s| start + Duration::from_secs(s);
        let mut timers = Timers::default();
        timers.set(Timer::Retry, at(1));
        timers.set(Timer::Orphans, at(2));
        timers.set(Timer::Retry, at(3));
        assert_eq!(timers.next(), Some(at(2)));
        assert_eq!(timers.take_due(at(1)), None);
        assert_eq!(timers.take_due(at(9)), Some(Timer::Orphans));
        assert_eq!(timers.take_due(at(9)), Some(Timer::Retry));
        assert_eq!(timers.take_due(at(9)), None);
        timers.set(Timer::Retry, at(1));
        timers.clear(Timer::Retry);
        assert_eq!(timers.next(), None);
    }
}

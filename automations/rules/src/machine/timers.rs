//! Deadlines, each with what it is for.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::state::{RuleIx, ThreadId, TriggerIx};
use crate::trace::RunId;

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// A trigger has held long enough.
    Hold(RuleIx, TriggerIx),
    /// A schedule is due.
    Clock(RuleIx, TriggerIx),
    /// A late start looks again whether its conditions are known.
    Postponed(RuleIx, TriggerIx),
    /// A thread of a run goes on.
    Thread(RunId, ThreadId),
    /// Rules are to be compiled anew.
    Compile,
    /// Runs of before a restart have waited long enough for their rules.
    Late,
}

/// All deadlines.
#[derive(Debug, Default)]
pub(super) struct Timers {
    due: BTreeSet<(Instant, Timer)>,
    by_timer: BTreeMap<Timer, Instant>,
}

impl Timers {
    /// Sets a deadline, in place of an earlier one of the same timer.
    pub(super) fn set(&mut self, timer: Timer, at: Instant) {
        self.clear(timer);
        self.due.insert((at, timer));
        self.by_timer.insert(timer, at);
    }

    pub(super) fn clear(&mut self, timer: Timer) {
        if let Some(at) = self.by_timer.remove(&timer) {
            self.due.remove(&(at, timer));
        }
    }

    pub(super) fn has(&self, timer: Timer) -> bool {
        self.by_timer.contains_key(&timer)
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Takes one that has come, the earliest first.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Timer> {
        let (at, timer) = *self.due.first()?;
        if at > now {
            return None;
        }
        self.clear(timer);
        Some(timer)
    }
}

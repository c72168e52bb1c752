//! Whether a node is there, with a grace time: a blink is not an absence.

use std::time::{Duration, Instant};

use hub_model::{Now, Timestamp};

use crate::view::Reachability;

/// Whether a node is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    shown: Reachability,
    away: Option<Away>,
}

#[derive(Clone, Copy, Debug)]
struct Away {
    since: Timestamp,
    until: Instant,
}

impl Reach {
    /// A node of which nothing was heard yet.
    pub(crate) fn unheard(now: Now, grace: Duration) -> Self {
        Self {
            shown: Reachability::Unknown,
            away: Some(Away::from(now, grace)),
        }
    }

    /// How it is shown.
    pub(crate) const fn shown(&self) -> Reachability {
        self.shown
    }

    /// When it counts as offline unless it comes back.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.away.map(|away| away.until)
    }

    /// Takes a bridge's word; what is shown now, if that changed.
    pub(crate) fn told(
        &mut self,
        reachable: bool,
        now: Now,
        grace: Duration,
    ) -> Option<Reachability> {
        if reachable {
            self.away = None;
            return self.show(Reachability::Online);
        }
        let gone = matches!(self.shown, Reachability::Offline { .. });
        if self.away.is_none() && !gone {
            self.away = Some(Away::from(now, grace));
        }
        None
    }

    /// Lets the grace time end; what is shown now, if that changed.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<Reachability> {
        let away = self.away.filter(|away| away.until <= now)?;
        self.away = None;
        self.show(Reachability::Offline { since: away.since })
    }

    fn show(&mut self, shown: Reachability) -> Option<Reachability> {
        let changed = self.shown != shown;
        self.shown = shown;
        changed.then_some(shown)
    }
}

impl Away {
    fn from(now: Now, grace: Duration) -> Self {
        Self {
            since: now.wall,
            until: now.mono + grace,
        }
    }
}

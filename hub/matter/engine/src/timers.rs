//! Deadlines by name: one each, the next found at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// A deadline per key.
#[derive(Debug)]
pub(crate) struct Timers<K> {
    by_key: BTreeMap<K, Instant>,
    by_time: BTreeSet<(Instant, K)>,
}

impl<K: Ord + Copy> Timers<K> {
    pub(crate) const fn new() -> Self {
        Self {
            by_key: BTreeMap::new(),
            by_time: BTreeSet::new(),
        }
    }

    /// Sets or clears the deadline of a key.
    pub(crate) fn set(&mut self, key: K, at: Option<Instant>) {
        let before = match at {
            Some(at) => self.by_key.insert(key, at),
            None => self.by_key.remove(&key),
        };
        if before == at {
            return;
        }
        if let Some(before) = before {
            self.by_time.remove(&(before, key));
        }
        if let Some(at) = at {
            self.by_time.insert((at, key));
        }
    }

    /// The next deadline.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// A key whose deadline has come; its deadline is cleared.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<K> {
        let &(at, key) = self.by_time.first()?;
        if at > now {
            return None;
        }
        self.by_time.pop_first();
        self.by_key.remove(&key);
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[expect(
        clippy::disallowed_methods,
        reason = "any instant will do as the origin"
    )]
    fn origin() -> Instant {
        Instant::now()
    }

    #[test]
    fn the_earliest_deadline_is_due_first_and_once() {
        let at = |seconds| origin_at(seconds);
        fn origin_at(seconds: u64) -> Instant {
            use std::sync::OnceLock;
            static ORIGIN: OnceLock<Instant> = OnceLock::new();
            *ORIGIN.get_or_init(origin) + Duration::from_secs(seconds)
        }
        let mut timers = Timers::new();
        timers.set('a', Some(at(3)));
        timers.set('b', Some(at(1)));
        timers.set('a', Some(at(2)));
        timers.set('c', Some(at(1)));
        timers.set('c', None);
        assert_eq!(timers.next(), Some(at(1)));
        assert_eq!(timers.pop_due(at(0)), None);
        assert_eq!(timers.pop_due(at(5)), Some('b'));
        assert_eq!(timers.pop_due(at(5)), Some('a'));
        assert_eq!(timers.pop_due(at(5)), None);
        assert_eq!(timers.next(), None);
    }
}

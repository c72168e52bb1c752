//! A set of weekdays, written as ranges.

use std::collections::BTreeSet;

use super::super::weekday::Weekday;

/// Some of the seven days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Weekdays(BTreeSet<Weekday>);

impl Weekdays {
    pub(super) fn contains(&self, day: Weekday) -> bool {
        self.0.contains(&day)
    }

    pub(super) fn is_full(&self) -> bool {
        self.0.len() == Weekday::ALL.len()
    }

    /// Adds the days from `first` to `last`, over the weekend if `last` comes earlier in the week.
    pub(super) fn insert_range(&mut self, first: Weekday, last: Weekday) {
        let mut day = first;
        self.0.insert(day);
        while day != last {
            day = day.next();
            self.0.insert(day);
        }
    }

    /// The set as ranges, in the order of their first days. Two days in a row stay two single days,
    /// for `sat,sun` reads better than `sat..sun`.
    pub(super) fn ranges(&self) -> impl Iterator<Item = (Weekday, Weekday)> {
        let starts = Weekday::ALL
            .into_iter()
            .filter(|day| self.contains(day.next()) && !self.contains(*day))
            .map(Weekday::next);
        let mut ranges = Vec::new();
        for first in starts {
            let last = self.run_end(first);
            if first.next() == last {
                ranges.push((first, first));
                ranges.push((last, last));
            } else {
                ranges.push((first, last));
            }
        }
        ranges.sort_unstable();
        ranges.into_iter()
    }

    /// The last of the days in a row from `first` on, in a set that is not full.
    fn run_end(&self, first: Weekday) -> Weekday {
        let mut last = first;
        while self.contains(last.next()) && last.next() != first {
            last = last.next();
        }
        last
    }
}

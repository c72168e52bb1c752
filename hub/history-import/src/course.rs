//! The course of one series: which of the rows are samples, and where its gaps are.

use history::sample::{Sample, whole};
use hub_engine::Quality;
use hub_model::{Timestamp, Value};

use crate::number::Reject;
use crate::report::Dropped;

/// What a row says of a series.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    /// It is this from now on.
    Value(Value),
    /// Nobody knows it from now on.
    Gone,
}

/// A moment at which something happens to all series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Break {
    /// When.
    pub(crate) at: Timestamp,
    /// Whether nobody knows anything from then on; else what is known then overrules an end that an
    /// earlier import found there.
    pub(crate) ends: bool,
}

/// The course of a series so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Course {
    last: Option<Sample>,
    /// How many of the breaks are behind it.
    broken: usize,
    /// When our own record of it begins.
    own: Option<Timestamp>,
    pub(crate) tally: Tally,
}

/// What was given, and what was not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) samples: u64,
    pub(crate) first: Option<Timestamp>,
    pub(crate) last: Option<Timestamp>,
    pub(crate) dropped: Dropped,
    /// The first of what was rejected.
    pub(crate) examples: Vec<String>,
}

impl Tally {
    /// Counts what was rejected, and keeps the first few to be shown.
    pub(crate) fn reject(&mut self, why: Reject, what: impl FnOnce() -> String) {
        const MOST: usize = 3;
        const LONGEST: usize = 60;
        *match why {
            Reject::Unreadable => &mut self.dropped.unreadable,
            Reject::OutOfRange => &mut self.dropped.out_of_range,
            Reject::WrongUnit => &mut self.dropped.wrong_unit,
        } += 1;
        if self.examples.len() < MOST {
            let plain = what()
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .take(LONGEST)
                .collect();
            if !self.examples.contains(&plain) {
                self.examples.push(plain);
            }
        }
    }

    /// Notes that a row was given.
    pub(crate) fn gave(&mut self, at: Timestamp) {
        self.samples += 1;
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
    }
}

impl Course {
    /// A course until our own record of the series begins.
    pub(crate) fn until(own: Option<Timestamp>) -> Self {
        Self {
            own,
            ..Self::default()
        }
    }

    /// Takes what a row says, and gives the samples that follow from it.
    pub(crate) fn take(
        &mut self,
        at: Timestamp,
        said: Said,
        breaks: &[Break],
        out: &mut Vec<Sample>,
    ) {
        let at = whole(at);
        self.pass(at, breaks, out);
        let before = self.last.as_ref();
        let is_late = before.is_some_and(|last| at < last.at);
        let sample = match (said, before) {
            (Said::Value(value), Some(last))
                if last.is_known() && last.value == value && !is_late =>
            {
                self.tally.dropped.repeated += 1;
                return;
            }
            (Said::Value(value), _) => Sample::known(at, value),
            (Said::Gone, Some(last)) if last.is_known() && !is_late => stale(last, at),
            (Said::Gone, Some(_)) => {
                self.tally.dropped.repeated += 1;
                return;
            }
            (Said::Gone, None) => {
                self.tally.dropped.unknown += 1;
                return;
            }
        };
        match self.give(sample.clone(), out) {
            true => self.tally.gave(at),
            false => self.tally.dropped.own += 1,
        }
        // What comes late says nothing of what is now.
        if !is_late {
            self.last = Some(sample);
        }
    }

    /// Ends it: from then on nobody knows.
    pub(crate) fn end(&mut self, at: Timestamp, breaks: &[Break], out: &mut Vec<Sample>) {
        let at = whole(at);
        self.pass(at, breaks, out);
        let known = self
            .last
            .as_ref()
            .filter(|last| last.is_known() && last.at <= at);
        if let Some(end) = known.map(|last| stale(last, at)) {
            self.give(end, out);
        }
    }

    /// Passes the breaks up to a moment.
    fn pass(&mut self, until: Timestamp, breaks: &[Break], out: &mut Vec<Sample>) {
        while let Some(next) = breaks.get(self.broken).filter(|next| next.at <= until) {
            self.broken += 1;
            let at = whole(next.at);
            let known = self
                .last
                .as_ref()
                .filter(|last| last.is_known() && last.at < at);
            let Some(last) = known else {
                continue;
            };
            let sample = match next.ends {
                true => stale(last, at),
                false => Sample::known(at, last.value.clone()),
            };
            self.give(sample.clone(), out);
            self.last = Some(sample);
        }
    }

    /// Gives a sample, unless it is of a time that our own record has.
    fn give(&self, sample: Sample, out: &mut Vec<Sample>) -> bool {
        if self.own.is_some_and(|own| sample.at >= own) {
            return false;
        }
        out.push(sample);
        true
    }
}

/// From then on it is no more known to be what it was.
fn stale(last: &Sample, at: Timestamp) -> Sample {
    Sample {
        quality: Quality::Stale,
        ..Sample::known(at, last.value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Value = Value::Int(1);
    const B: Value = Value::Int(2);

    fn ms(at: i64) -> Timestamp {
        Timestamp::from_millis(at)
    }

    fn known(at: i64, value: Value) -> Sample {
        Sample::known(ms(at), value)
    }

    fn gap(at: i64, value: Value) -> Sample {
        stale(&known(0, value), ms(at))
    }

    /// The samples of rows, to the end at 100.
    fn run(course: &mut Course, rows: &[(i64, Option<Value>)], breaks: &[Break]) -> Vec<Sample> {
        let mut out = Vec::new();
        for (at, value) in rows {
            let said = value.clone().map_or(Said::Gone, Said::Value);
            course.take(ms(*at), said, breaks, &mut out);
        }
        course.end(ms(100), breaks, &mut out);
        out
    }

    #[test]
    fn only_what_changes_is_a_sample_and_what_is_gone_begins_a_gap() {
        let mut course = Course::default();
        let rows = [
            (1, None),
            (2, Some(A)),
            (3, Some(A)),
            (4, None),
            (5, None),
            (6, Some(A)),
            (7, Some(B)),
        ];
        let samples = run(&mut course, &rows, &[]);
        let expected = [
            known(2, A),
            gap(4, A),
            known(6, A),
            known(7, B),
            gap(100, B),
        ];
        assert_eq!(samples, expected);
        assert_eq!(course.tally.dropped.repeated, 2);
        assert_eq!(course.tally.dropped.unknown, 1);
    }

    #[test]
    fn while_the_other_hub_did_not_run_nobody_knows() {
        let breaks = [Break {
            at: ms(5),
            ends: true,
        }];
        let rows = [(1, Some(A)), (9, Some(A))];
        let samples = run(&mut Course::default(), &rows, &breaks);
        assert_eq!(samples, [known(1, A), gap(5, A), known(9, A), gap(100, A)]);
    }

    #[test]
    fn an_earlier_end_is_overruled() {
        let breaks = [Break {
            at: ms(5),
            ends: false,
        }];
        for rows in [
            &[(1, Some(A)), (5, Some(A))][..],
            &[(1, Some(A)), (9, Some(A))],
        ] {
            let samples = run(&mut Course::default(), rows, &breaks);
            assert_eq!(samples, [known(1, A), known(5, A), gap(100, A)]);
        }
        let rows = [(1, Some(A)), (3, None), (9, Some(B))];
        let samples = run(&mut Course::default(), &rows, &breaks);
        assert_eq!(samples, [known(1, A), gap(3, A), known(9, B), gap(100, B)]);
    }

    #[test]
    fn our_own_record_is_left_alone() {
        let mut course = Course::until(Some(ms(3)));
        let rows = [(1, Some(A)), (2, Some(B)), (3, Some(A)), (4, Some(B))];
        assert_eq!(run(&mut course, &rows, &[]), [known(1, A), known(2, B)]);
        assert_eq!(course.tally.dropped.own, 2);
        assert_eq!(course.tally.last, Some(ms(2)));
    }
}

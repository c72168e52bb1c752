//! The energy of a meter over time, out of what it said.
//!
//! For each direction the best source that there is counts: the cumulative counter, else the periods,
//! else the power, which is taken to last until the next reading. A source of a meter is never mixed
//! with another of the same direction.
//!
//! - Between two readings of a counter its rise is spread evenly. A counter that fell began anew, so
//!   that what it shows is the least that was used.
//! - A rise over more than the time for which a reading may stand is known, but not when it came about: it
//!   is spread and told as partial. A counter that did not rise is complete however long that was.
//! - What no reading covers is a hole. Nothing is made up before the first or after the last.
//! - Where it is told that nobody heard ([`Readings::silent`]), no power lasts, and a rise over it is
//!   partial.

mod spans;

use std::collections::BTreeMap;
use std::time::Duration;

use hub_model::Timestamp;

use self::spans::Span;
use crate::amount::MilliwattHours;
use crate::meter::{Direction, Reading};
use crate::range::Range;
use crate::slice::{Quality, Slice};

/// The length of slices; they begin at its multiples by UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// Five minutes.
    FiveMinutes,
    /// An hour.
    Hour,
}

impl Bucket {
    const fn length_us(self) -> i64 {
        match self {
            Self::FiveMinutes => 300_000_000,
            Self::Hour => 3_600_000_000,
        }
    }
}

/// All that one meter said; in any order.
#[derive(Clone, Debug, Default)]
pub struct Readings {
    imported: Counted,
    exported: Counted,
    power: BTreeMap<Timestamp, i64>,
    /// By their beginnings; where several begin at once, the longest.
    silences: BTreeMap<Timestamp, Timestamp>,
}

/// What was counted in one direction.
#[derive(Clone, Debug, Default)]
struct Counted {
    cumulative: BTreeMap<Timestamp, MilliwattHours>,
    periodic: BTreeMap<Timestamp, (Timestamp, MilliwattHours)>,
}

impl Readings {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a reading and when it came; of two at the same moment the later added counts. Energy that
    /// is negative is no reading.
    pub fn add(&mut self, at: Timestamp, reading: Reading) {
        match reading {
            Reading::Cumulative(_, energy) | Reading::Periodic(_, _, energy)
                if energy < MilliwattHours::ZERO => {}
            Reading::Cumulative(direction, energy) => {
                self.counted(direction).cumulative.insert(at, energy);
            }
            Reading::Periodic(direction, period, energy) => {
                let periodic = &mut self.counted(direction).periodic;
                periodic.insert(period.from(), (period.to(), energy));
            }
            Reading::Power(mw) => {
                self.power.insert(at, mw);
            }
        }
    }

    /// Whether there is no reading yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.imported.is_empty() && self.exported.is_empty() && self.power.is_empty()
    }

    /// Adds a stretch of time in which nobody heard the meter. Power does not last into it. What a counter
    /// rose over it is known, but not when.
    pub fn silent(&mut self, silence: Range) {
        let until = self.silences.entry(silence.from()).or_insert(silence.to());
        *until = silence.to().max(*until);
    }

    /// The energy in each bucket of the range that any reading covers, ascending. What the range begins
    /// with is known only by the readings around its beginning, so those before it belong here too. A
    /// reading of power stands for at most `stands`, which is how long a meter that is there may stay
    /// silent.
    #[must_use]
    pub fn slices(&self, range: Range, bucket: Bucket, stands: Duration) -> Vec<Slice> {
        let imported = self.spans(&self.imported, stands, 1);
        let exported = self.spans(&self.exported, stands, -1);
        let counts = |counted: &Counted| !counted.is_empty();
        // What is only reckoned from power must not make partial what the other direction counted.
        let any_counts = counts(&self.imported) || counts(&self.exported);
        let leads = |counted| counts(counted) || !any_counts;
        let mut buckets = Buckets::new(range, bucket);
        for span in &imported {
            buckets.add(span, Direction::Imported, leads(&self.imported));
        }
        for span in &exported {
            buckets.add(span, Direction::Exported, leads(&self.exported));
        }
        let leading = [&self.imported, &self.exported].map(leads);
        buckets.into_slices(leading)
    }

    fn counted(&mut self, direction: Direction) -> &mut Counted {
        match direction {
            Direction::Imported => &mut self.imported,
            Direction::Exported => &mut self.exported,
        }
    }

    /// The best that is known of one direction, whose power has that sign.
    fn spans(&self, counted: &Counted, stands: Duration, sign: i64) -> Vec<Span> {
        let stands_us = i64::try_from(stands.as_micros()).unwrap_or(i64::MAX);
        if !counted.cumulative.is_empty() {
            return spans::of_counter(&counted.cumulative, &self.silences, stands_us);
        }
        if !counted.periodic.is_empty() {
            return spans::of_periods(&counted.periodic);
        }
        spans::of_power(&self.power, &self.silences, stands_us, sign)
    }
}

impl Counted {
    fn is_empty(&self) -> bool {
        self.cumulative.is_empty() && self.periodic.is_empty()
    }
}

/// Spans cut into buckets and summed up there.
struct Buckets {
    range: Range,
    length_us: i64,
    filled: BTreeMap<i64, Filled>,
}

/// What is in one bucket, imported and exported.
#[derive(Default)]
struct Filled {
    energy: [MilliwattHours; 2],
    covered_us: [i64; 2],
    is_partial: bool,
}

impl Buckets {
    fn new(range: Range, bucket: Bucket) -> Self {
        Self {
            range,
            length_us: bucket.length_us(),
            filled: BTreeMap::new(),
        }
    }

    fn add(&mut self, span: &Span, direction: Direction, leads: bool) {
        let from = span.from.0.max(self.range.from().0);
        let to = span.to.0.min(self.range.to().0);
        let mut at = from;
        while at < to {
            let start = at.div_euclid(self.length_us) * self.length_us;
            let end = to.min(start + self.length_us);
            let filled = self.filled.entry(start).or_default();
            let [imported, exported] = &mut filled.energy;
            let [imported_us, exported_us] = &mut filled.covered_us;
            let (energy, covered_us) = match direction {
                Direction::Imported => (imported, imported_us),
                Direction::Exported => (exported, exported_us),
            };
            *energy += span.between(at, end);
            *covered_us += end - at;
            filled.is_partial |= leads && span.quality == Quality::Partial;
            at = end;
        }
    }

    /// The buckets that a leading direction covers, cut to the range.
    fn into_slices(self, leading: [bool; 2]) -> Vec<Slice> {
        let Self {
            range,
            length_us,
            filled,
        } = self;
        let slice = |(start, filled): (i64, Filled)| {
            let from = Timestamp(start.max(range.from().0));
            let to = Timestamp(start.saturating_add(length_us).min(range.to().0));
            let whole_us = to.0 - from.0;
            let covered = || {
                filled
                    .covered_us
                    .into_iter()
                    .zip(leading)
                    .filter(|(_, leads)| *leads)
            };
            if !covered().any(|(us, _)| us > 0) {
                return None;
            }
            let is_whole = !filled.is_partial && covered().all(|(us, _)| us == whole_us);
            let [imported, exported] = filled.energy;
            let quality = if is_whole {
                Quality::Complete
            } else {
                Quality::Partial
            };
            Some(Slice {
                from,
                to,
                imported,
                exported,
                quality,
            })
        };
        filled.into_iter().filter_map(slice).collect()
    }
}

#[cfg(test)]
mod tests;

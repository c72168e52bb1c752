//! Rolling up: from samples to roll-ups, and from shorter spans to longer ones.

use hub_model::{Timestamp, Value};

use crate::course::{Gap, Stretch, stretches};
use crate::measure::Measure;
use crate::rollup::{MOST_STATES, Numbers, Rollup};
use crate::sample::Sample;

/// Rolls samples up by spans, which follow each other; of spans of which nothing is known there is no
/// roll-up.
///
/// `carry` is the last sample before the first span, `samples` are those from then on, in order, and
/// `gaps` are joined ([`crate::course::join`]). A counter's increase between two samples counts where
/// the later one lies; when the earlier was no number, nothing is counted.
pub fn roll(
    measure: Measure,
    carry: Option<&Sample>,
    samples: &[Sample],
    gaps: &[Gap],
    spans: impl IntoIterator<Item = (Timestamp, Timestamp)>,
) -> Vec<Rollup> {
    let mut rollups = Vec::new();
    let (mut carry, mut rest) = (carry, samples);
    for (from, to) in spans {
        let (before, after) = rest.split_at(rest.partition_point(|sample| sample.at < from));
        carry = before.last().or(carry);
        let (within, after) = after.split_at(after.partition_point(|sample| sample.at < to));
        let rollup = roll_one(measure, carry, within, gaps, from, to);
        if rollup.samples > 0 || rollup.known_ms > 0 {
            rollups.push(rollup);
        }
        carry = within.last().or(carry);
        rest = after;
    }
    rollups
}

fn roll_one(
    measure: Measure,
    carry: Option<&Sample>,
    samples: &[Sample],
    gaps: &[Gap],
    from: Timestamp,
    to: Timestamp,
) -> Rollup {
    let mut rollup = Rollup {
        from,
        samples: u32::try_from(samples.len()).unwrap_or(u32::MAX),
        known_ms: 0,
        numbers: None,
        states: Vec::new(),
        other_ms: 0,
    };
    for stretch in stretches(carry, samples, gaps, from, to) {
        rollup.lasts(measure, &stretch);
    }
    let mut last = carry.and_then(|carry| measure.number(&carry.value));
    for sample in samples {
        let number = measure.number(&sample.value);
        if let (Some(number), true) = (number, sample.is_known()) {
            let numbers = rollup.numbers.get_or_insert_with(|| Numbers::of(number));
            numbers.sum += number;
            numbers.count += 1;
            if let (Some(last), true) = (last, measure.is_counter()) {
                numbers.rises(last, number);
            }
        }
        last = number;
    }
    rollup
}

impl Rollup {
    fn lasts(&mut self, measure: Measure, stretch: &Stretch<'_>) {
        let Some(sample) = stretch.sample else { return };
        let ms = stretch.to.as_millis() - stretch.from.as_millis();
        let ms = u64::try_from(ms).unwrap_or(0);
        self.known_ms += ms;
        if let Some(number) = measure.number(&sample.value) {
            self.numbers
                .get_or_insert_with(|| Numbers::of(number))
                .lasts(number, ms);
        } else if let Some(state) = measure.state(&sample.value) {
            self.is_in(state, ms);
        }
    }

    /// Counts the time in a state.
    fn is_in(&mut self, state: &Value, ms: u64) {
        let is_full = self.states.len() >= MOST_STATES;
        match self.states.iter_mut().find(|(known, _)| known == state) {
            Some((_, sum)) => *sum += ms,
            None if is_full => self.other_ms += ms,
            None => self.states.push((state.clone(), ms)),
        }
    }

    /// The roll-up of spans that follow each other, as one that begins at `from`; none of none.
    #[must_use]
    pub fn merged<'a>(from: Timestamp, parts: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let mut parts = parts.into_iter();
        let mut whole = parts.next()?.clone();
        whole.from = from;
        for part in parts {
            whole.samples = whole.samples.saturating_add(part.samples);
            whole.known_ms += part.known_ms;
            whole.other_ms += part.other_ms;
            for (state, ms) in &part.states {
                whole.is_in(state, *ms);
            }
            match (&mut whole.numbers, &part.numbers) {
                (Some(numbers), Some(more)) => numbers.add(more),
                (none @ None, Some(more)) => *none = Some(*more),
                (_, None) => {}
            }
        }
        Some(whole)
    }
}

impl Numbers {
    const fn of(number: f64) -> Self {
        Self {
            first: number,
            last: number,
            min: number,
            max: number,
            sum: 0.0,
            count: 0,
            weighted: 0.0,
            ms: 0,
            increase: 0.0,
            resets: 0,
        }
    }

    fn lasts(&mut self, number: f64, ms: u64) {
        #[expect(
            clippy::cast_precision_loss,
            reason = "milliseconds of a month are exact"
        )]
        let weight = ms as f64;
        self.weighted += number * weight;
        self.ms += ms;
        self.last = number;
        self.min = self.min.min(number);
        self.max = self.max.max(number);
    }

    /// A counter went on, or began anew at zero.
    fn rises(&mut self, from: f64, to: f64) {
        if to >= from {
            self.increase += to - from;
        } else {
            self.increase += to;
            self.resets += 1;
        }
    }

    fn add(&mut self, more: &Self) {
        self.last = more.last;
        self.min = self.min.min(more.min);
        self.max = self.max.max(more.max);
        self.sum += more.sum;
        self.count = self.count.saturating_add(more.count);
        self.weighted += more.weighted;
        self.ms += more.ms;
        self.increase += more.increase;
        self.resets = self.resets.saturating_add(more.resets);
    }
}

#[cfg(test)]
mod tests;

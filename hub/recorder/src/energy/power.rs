//! A meter that tells its power only: from samples when the range is short, else from roll-ups of hours,
//! whose sum over time is the energy. Hours in which power went both ways are looked at in five minutes.

use energy::{Bucket, MilliwattHours, Quality, Readings, Slice, Source};
use history::calendar::{end_of, start_of};
use history::rollup::{Period, Rollup};
use history::sample::Sample;
use hub_engine::Principal;
use hub_model::Timestamp;

use super::meters::Kept;
use super::{LookedAt, STANDS, tell_silences};
use crate::handle::{HistoryError, HistoryHandle};

/// A range that is not longer is read from samples.
const SHORT_US: i64 = 2 * super::DAY_US;
/// Readings that are looked at at once: some hundred megabytes.
const MOST_READINGS: usize = 2_000_000;

impl HistoryHandle {
    /// What a meter measured until `end`, by its power.
    pub(super) async fn of_power(
        &self,
        who: &Principal,
        kept: &Kept,
        looked_at: LookedAt,
        end: Timestamp,
    ) -> Result<Vec<Slice>, HistoryError> {
        let LookedAt { range, rolled, .. } = looked_at;
        let (from, end) = (range.from(), end.min(range.to()));
        let zone = self.zone();
        if end.0 - from.0 <= SHORT_US || rolled <= from {
            let slices = self.of_samples(kept, (from, end), looked_at.bucket).await?;
            if !slices.is_empty() || rolled <= from {
                return Ok(slices);
            }
        }
        // Slices may begin before the range; only what is within it is looked at.
        let first = start_of(Period::Hour, from, zone);
        let last = start_of(Period::Hour, rolled, zone).max(first);
        let mut slices = self.of_hours(who, kept, (first, last)).await?;
        slices.extend(
            self.of_samples(kept, (last, end), Bucket::FiveMinutes)
                .await?,
        );
        Ok(slices)
    }

    async fn of_samples(
        &self,
        kept: &Kept,
        (from, to): (Timestamp, Timestamp),
        bucket: Bucket,
    ) -> Result<Vec<Slice>, HistoryError> {
        let Ok(range) = energy::Range::new(from, to) else {
            return Ok(Vec::new());
        };
        let before = self.store.before(kept.id, from).await?;
        let gaps = self.gaps_around(&kept.key, before.as_ref(), range).await?;
        let mut samples = Samples::default();
        if let Some(before) = &before {
            samples.take(before);
        }
        self.each(kept.id, (from, to), |sample| samples.take(&sample))
            .await?;
        if samples.count > MOST_READINGS {
            let what = format!(
                "more than {MOST_READINGS} readings of the power of {}",
                kept.key
            );
            return Err(HistoryError::TooMuch(what));
        }
        samples.is_known_again(to);
        let mut readings = samples.readings;
        tell_silences(&mut readings, &gaps, to);
        Ok(readings.slices(range, bucket, STANDS))
    }

    async fn of_hours(
        &self,
        who: &Principal,
        kept: &Kept,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<Slice>, HistoryError> {
        let hour = |rollup: &Rollup| end_of(Period::Hour, rollup.from, self.zone());
        let five = |rollup: &Rollup| end_of(Period::FiveMinutes, rollup.from, self.zone());
        let hours = self
            .rollups_of(who, &kept.key, (from, to), Period::Hour)
            .await?;
        let mut slices = Vec::with_capacity(hours.len());
        let mut rest = hours.as_slice();
        while let Some(first) = rest.first() {
            let both = rest
                .iter()
                .take_while(|rollup| went_both_ways(rollup))
                .count();
            let (run, after) = rest.split_at(both.max(1));
            rest = after;
            let end = run.last().map_or(first.from, hour);
            if both == 0 {
                slices.extend(slice(first, end));
                continue;
            }
            let span = (first.from, end);
            let closer = self
                .rollups_of(who, &kept.key, span, Period::FiveMinutes)
                .await?;
            match closer.is_empty() {
                // Those of five minutes are not kept for as long.
                true => slices.extend(run.iter().filter_map(|rollup| slice(rollup, hour(rollup)))),
                false => slices.extend(
                    closer
                        .iter()
                        .filter_map(|rollup| slice(rollup, five(rollup))),
                ),
            }
        }
        Ok(slices)
    }
}

/// The power of a meter, while its samples are read.
#[derive(Default)]
struct Samples {
    readings: Readings,
    count: usize,
    unknown: Option<Timestamp>,
}

impl Samples {
    fn take(&mut self, sample: &Sample) {
        if self.count > MOST_READINGS {
            return;
        }
        match Source::Power
            .read(&sample.value)
            .filter(|_| sample.is_known())
        {
            Some(reading) => {
                self.count += 1;
                self.is_known_again(sample.at);
                self.readings.add(sample.at, reading);
            }
            None => {
                self.unknown.get_or_insert(sample.at);
            }
        }
    }

    fn is_known_again(&mut self, at: Timestamp) {
        let since = self.unknown.take();
        if let Some(Ok(silence)) = since.map(|since| energy::Range::new(since, at)) {
            self.readings.silent(silence);
        }
    }
}

fn went_both_ways(rollup: &Rollup) -> bool {
    let numbers = rollup.numbers;
    numbers.is_some_and(|numbers| numbers.min < 0.0 && numbers.max > 0.0)
}

/// What a roll-up of power says; what went both ways is set off against each other.
fn slice(rollup: &Rollup, end: Timestamp) -> Option<Slice> {
    let numbers = rollup.numbers.filter(|numbers| numbers.ms > 0)?;
    let energy = MilliwattHours::from_wh(numbers.weighted / MS_OF_AN_HOUR)?;
    let whole_ms = u64::try_from(end.as_millis() - rollup.from.as_millis()).ok()?;
    let zero = MilliwattHours::ZERO;
    let quality = match numbers.ms < whole_ms {
        true => Quality::Partial,
        false => Quality::Complete,
    };
    Some(Slice {
        from: rollup.from,
        to: end,
        imported: energy.max(zero),
        exported: (zero - energy).max(zero),
        quality,
    })
}

/// Milliseconds of an hour.
const MS_OF_AN_HOUR: f64 = 3_600_000.0;

//! The course of a counter: what it had counted at which moments, out of roll-ups and samples.
//!
//! A roll-up says what the counter was at its end, but not when it last said so. That follows from how long
//! its numbers lasted: exactly of one sample alone, and of several if they came evenly. What it rose is summed up from the first moment on, so that a counter that
//! began anew goes on.

use energy::{MilliwattHours, Reading, Readings, Source};
use history::calendar::{end_of, start_of};
use history::course::Gap;
use history::rollup::{Period, Rollup};
use history::sample::Sample;
use history::series::SeriesKey;
use hub_engine::Principal;
use hub_model::Timestamp;

use super::meters::Kept;
use super::{LookedAt, counted, tell_silences};
use crate::handle::{HistoryError, HistoryHandle};
use crate::query::{Told, View};

/// Of samples in the same stretch of this length only the first and the last are kept.
const GRAIN_US: i64 = 60_000_000;

impl HistoryHandle {
    /// The course of a counter over a range, with what it was before.
    pub(super) async fn course(
        &self,
        who: &Principal,
        source: Source,
        kept: &Kept,
        looked_at: LookedAt,
    ) -> Result<Course, HistoryError> {
        let LookedAt {
            range,
            rolled,
            until,
            period,
            ..
        } = looked_at;
        let from = match range.from() < rolled {
            true => start_of(period, range.from(), self.zone()),
            false => range.from(),
        };
        let before = self.store.before(kept.id, from).await?;
        let gaps = self.gaps_around(&kept.key, before.as_ref(), range).await?;
        let mut course = Course::new(gaps);
        if let Some(before) = before {
            course.take(source, &before);
        }
        let mut next = from;
        if from < rolled {
            let mut period = period;
            let mut rollups = self
                .rollups_of(who, &kept.key, (from, until), period)
                .await?;
            if rollups.is_empty() {
                // Those of hours are kept for longer.
                period = Period::Hour;
                rollups = self
                    .rollups_of(who, &kept.key, (from, until), period)
                    .await?;
            }
            for rollup in &rollups {
                course.roll(rollup, end_of(period, rollup.from, self.zone()));
            }
            // The last roll-up may go on beyond; what it has must not count twice.
            let last = Timestamp(until.0.saturating_sub(1));
            next = end_of(period, start_of(period, last, self.zone()), self.zone());
        }
        let samples = |sample: Sample| course.take(source, &sample);
        if next < range.to() {
            self.each(kept.id, (next, range.to()), samples).await?;
        }
        if let Some(after) = self.store.after(kept.id, next.max(range.to())).await? {
            course.take(source, &after);
        }
        Ok(course)
    }

    /// Roll-ups of a series between two moments.
    pub(super) async fn rollups_of(
        &self,
        who: &Principal,
        key: &SeriesKey,
        (from, to): (Timestamp, Timestamp),
        period: Period,
    ) -> Result<Vec<Rollup>, HistoryError> {
        let answer = self.query(who, key, from, to, View::Every(period)).await?;
        Ok(match answer.map(|answer| answer.told) {
            Some(Told::Rollups(rollups)) => rollups,
            _ => Vec::new(),
        })
    }
}

/// What a counter had counted, as of the first moment, at which moments.
pub(super) struct Course {
    gaps: Vec<Gap>,
    points: Vec<(Timestamp, MilliwattHours)>,
    /// Stretches over which it is not known how much or when it counted.
    vague: Vec<(Timestamp, Timestamp)>,
    /// What the counter showed last.
    shown: Option<MilliwattHours>,
    /// Until when roll-ups were looked at.
    heard: Option<Timestamp>,
    /// Since when what it shows is not known.
    unknown: Option<Timestamp>,
    sum: MilliwattHours,
}

impl Course {
    pub(super) const fn new(gaps: Vec<Gap>) -> Self {
        Self {
            gaps,
            points: Vec::new(),
            vague: Vec::new(),
            shown: None,
            heard: None,
            unknown: None,
            sum: MilliwattHours::ZERO,
        }
    }

    /// Takes a sample, later than all before.
    fn take(&mut self, source: Source, sample: &Sample) {
        let Some(shown) = counted(source, sample) else {
            self.unknown.get_or_insert(sample.at);
            return;
        };
        self.is_known_again(sample.at);
        match self.shown {
            Some(before) if shown >= before => self.sum += shown - before,
            Some(_) => {
                self.sum += shown;
                self.began_anew(sample.at);
            }
            None => {}
        }
        self.shown = Some(shown);
        self.point(sample.at);
    }

    /// Takes a roll-up, later than all before.
    fn roll(&mut self, rollup: &Rollup, end: Timestamp) {
        self.hear(rollup, end);
        let Some(numbers) = rollup.numbers.filter(|numbers| numbers.count > 0) else {
            return;
        };
        if self.points.is_empty() {
            let known = numbers.ms.min(length_ms(rollup.from, end));
            let since = i64::try_from(known).unwrap_or(0).saturating_mul(1_000);
            self.point(Timestamp(end.0.saturating_sub(since)));
        }
        let at = self.heard_last(rollup, end);
        self.is_known_again(at);
        self.sum += MilliwattHours::from_wh(numbers.increase).unwrap_or_default();
        if numbers.resets > 0 {
            self.began_anew(at);
        }
        self.shown = MilliwattHours::from_wh(numbers.last);
        self.point(at);
    }

    /// Tells apart where it is known what the counter showed. The gaps alone do not say it: they go when
    /// the samples do of which they are made.
    fn hear(&mut self, rollup: &Rollup, end: Timestamp) {
        let before = self.heard.replace(end).unwrap_or(rollup.from);
        if before < rollup.from {
            self.vague.push((before, rollup.from));
        }
        let known = rollup.numbers.map_or(0, |numbers| numbers.ms);
        if known < length_ms(rollup.from, end) && !self.points.is_empty() {
            self.vague.push((rollup.from, end));
        }
    }

    /// When the counter said last what it was at the end of a roll-up, as far as that can be told.
    fn heard_last(&self, rollup: &Rollup, end: Timestamp) -> Timestamp {
        let whole_ms = length_ms(rollup.from, end);
        let Some(numbers) = rollup.numbers else {
            return end;
        };
        let rise = numbers.last - numbers.first;
        if rise == 0.0 && numbers.increase > 0.0 && numbers.count == 1 {
            // It came at the very beginning.
            return rollup.from;
        }
        let many = f64::from(numbers.count.max(1));
        #[expect(
            clippy::cast_precision_loss,
            reason = "milliseconds of an hour are exact"
        )]
        let whole = whole_ms as f64;
        let before_end = match numbers.ms == whole_ms && numbers.resets == 0 && rise > 0.0 {
            true => {
                let lasted = (numbers.weighted - numbers.first * whole) / rise;
                (lasted - whole * (many - 1.0) / (2.0 * many)).clamp(0.0, whole / many)
            }
            false => whole / (2.0 * many),
        };
        let before_end = micros(before_end);
        let at = Timestamp((end.0 - before_end).clamp(rollup.from.0, end.0));
        let within = |gap: &&Gap| gap.from <= at && at < gap.to;
        match self.gaps.iter().find(within) {
            Some(gap) => gap.from.max(rollup.from),
            None => at,
        }
    }

    fn is_known_again(&mut self, at: Timestamp) {
        if let Some(since) = self.unknown.take() {
            self.vague.push((since, at));
        }
    }

    /// What it shows is the least that it counted since the last point.
    fn began_anew(&mut self, at: Timestamp) {
        if let Some((last, _)) = self.points.last() {
            self.vague.push((*last, at));
        }
    }

    fn point(&mut self, at: Timestamp) {
        let soonest = self
            .points
            .last()
            .map_or(at, |(last, _)| Timestamp(last.0 + 1));
        let at = at.max(soonest);
        let grain = |at: Timestamp| at.0.div_euclid(GRAIN_US);
        let is_between = match self.points.as_slice() {
            [.., (before, _), (last, _)] => {
                grain(*before) == grain(at) && self.vague.last().is_none_or(|vague| vague.1 < *last)
            }
            _ => false,
        };
        if is_between {
            self.points.pop();
        }
        self.points.push((at, self.sum));
    }

    /// Tells readings its course, and that it showed the same until a gap, or until `end`.
    pub(super) fn tell(self, readings: &mut Readings, source: Source, end: Timestamp) {
        let Source::Cumulative(direction) = source else {
            return;
        };
        let mut add = |at, sum| readings.add(at, Reading::Cumulative(direction, sum));
        let ends = self.points.iter().skip(1).map(|(at, _)| *at).chain([end]);
        for ((at, sum), next) in self.points.iter().zip(ends) {
            add(*at, *sum);
            let gap = self.gaps.partition_point(|gap| gap.from <= *at);
            let gap = self.gaps.get(gap).map(|gap| gap.from);
            let is_last = next == end;
            let until = gap.map_or(end, |gap| gap.min(next));
            let known = self.unknown.map_or(until, |unknown| unknown.min(until));
            if (is_last || until < next) && *at < known {
                add(known, *sum);
            }
        }
        let vague = self.vague.into_iter().map(|(from, to)| Gap { from, to });
        let vague: Vec<Gap> = vague.collect();
        tell_silences(readings, &vague, Timestamp(i64::MAX));
        tell_silences(readings, &self.gaps, end);
    }
}

fn length_ms(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millis() - from.as_millis()).unwrap_or(0)
}

/// Milliseconds as whole microseconds, to the nearest millisecond.
fn micros(ms: f64) -> i64 {
    const LIMIT: f64 = 1e12;
    #[expect(clippy::cast_possible_truncation, reason = "whole, and clamped to fit")]
    let ms = ms.round().clamp(0.0, LIMIT) as i64;
    ms * 1_000
}

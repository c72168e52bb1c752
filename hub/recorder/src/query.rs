//! Questions about the past: its course for a chart, or its roll-ups.

use history::calendar::{end_of, spans, start_of};
use history::course::{Gap, join};
use history::downsample::{Point, Thinner, points};
use history::measure::{Kind, Measure};
use history::roll::roll;
use history::rollup::{Numbers, Period, Rollup};
use history::sample::Sample;
use history::series::SeriesKey;
use hub_engine::Principal;
use hub_model::Timestamp;
use hub_runtime::{Door, clock};

use crate::handle::{HistoryError, HistoryHandle, PAGE};
use crate::store::{SeriesId, StoreError};

/// The most slices of a chart.
pub const MOST_SLICES: u32 = 5_000;
/// The most roll-ups of one answer.
pub const MOST_ROLLUPS: usize = 100_000;
/// The most changes of state in one answer; beyond that they are thinned.
const MOST_CHANGES: usize = 2_000;
/// Microseconds of a chart's slice from which on roll-ups draw the same picture.
const FIVE_MINUTES_DO: i64 = 600_000_000;
const HOURS_DO: i64 = 7_200_000_000;

/// How the past is to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// As a chart of so many slices: some points for each, peaks and gaps among them.
    Chart(u32),
    /// Rolled up.
    Every(Period),
}

/// What a series was between two moments.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What it tells.
    pub measure: Measure,
    /// The last sample before.
    pub before: Option<Sample>,
    /// The first sample at the end or after it.
    pub after: Option<Sample>,
    /// Where nobody knows, because the hub was off or the node was not there.
    pub gaps: Vec<Gap>,
    /// What it was.
    pub told: Told,
}

/// What a series was.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// Numbers.
    Points(Vec<Point>),
    /// States or occurrences.
    Changes {
        /// In order.
        samples: Vec<Sample>,
        /// Whether some were left out, so that each slice has its first and last.
        thinned: bool,
    },
    /// Roll-ups.
    Rollups(Vec<Rollup>),
}

/// One series in a range.
#[derive(Clone, Copy)]
struct Range<'a> {
    key: &'a SeriesKey,
    id: SeriesId,
    measure: Measure,
    from: Timestamp,
    to: Timestamp,
}

impl HistoryHandle {
    /// What a series was from `from` on and before `to`; none when there is no such series.
    ///
    /// # Errors
    /// When that is not allowed, the range is none or too long for the view, or the store fails.
    pub async fn query(
        &self,
        who: &Principal,
        key: &SeriesKey,
        from: Timestamp,
        to: Timestamp,
        view: View,
    ) -> Result<Option<Answer>, HistoryError> {
        self.hub.may(who, Door::See).await?;
        if from > to {
            return Err(HistoryError::WrongWayRound);
        }
        self.flush().await;
        let Some(id) = self.id(key).await? else {
            return Ok(None);
        };
        let measure = Measure::of(key);
        let range = Range {
            key,
            id,
            measure,
            from,
            to,
        };
        let gaps = self.gaps(key, from, to).await?;
        let known = self.with_the_future(gaps.clone()).await;
        let told = match view {
            View::Every(period) => Told::Rollups(self.rolled(range, period).await?),
            View::Chart(slices) => {
                self.chart(range, slices.clamp(1, MOST_SLICES), &known)
                    .await?
            }
        };
        Ok(Some(Answer {
            measure,
            before: self.store.before(id, from).await?,
            after: self.store.after(id, to).await?,
            gaps,
            told,
        }))
    }

    async fn chart(
        &self,
        range: Range<'_>,
        slices: u32,
        gaps: &[Gap],
    ) -> Result<Told, HistoryError> {
        match range.measure.kind {
            Kind::State | Kind::Other => self.changes(range, slices).await,
            Kind::Open => {
                let first = self.store.read(range.id, range.from, range.to, 1).await?;
                let first = match first.into_iter().next() {
                    Some(first) => Some(first),
                    None => self.store.before(range.id, range.from).await?,
                };
                let is_number =
                    first.is_none_or(|first| range.measure.number(&first.value).is_some());
                match is_number {
                    true => self.points(range, slices, gaps).await,
                    false => self.changes(range, slices).await,
                }
            }
            Kind::Level | Kind::Counter => self.points(range, slices, gaps).await,
        }
    }

    async fn points(
        &self,
        range: Range<'_>,
        slices: u32,
        gaps: &[Gap],
    ) -> Result<Told, HistoryError> {
        let mut thinner = Thinner::new(range.from, range.to, slices);
        let slice = range.to.0.saturating_sub(range.from.0) / i64::from(slices);
        let period = match slice {
            HOURS_DO.. => Some(Period::Hour),
            FIVE_MINUTES_DO.. => Some(Period::FiveMinutes),
            _ => None,
        };
        let mut from = range.from;
        if let (Some(period), Some(until)) = (period, self.store.rolled_until().await?) {
            let until = until.min(range.to);
            if from < until {
                let part = Range { to: until, ..range };
                let rollups = self.stored(part, period).await?;
                for (rollup, end) in self.with_ends(period, &rollups) {
                    for point in points_of(rollup, end) {
                        thinner.take(point);
                    }
                }
                from = until;
            }
        }
        let mut carry = self.store.before(range.id, from).await?;
        while from < range.to {
            let mut page = self.store.read(range.id, from, range.to, PAGE).await?;
            // Until when the last of a page lasts, the next page says.
            let end = match page.len() {
                PAGE.. => page.last().map_or(range.to, |last| last.at),
                _ => range.to,
            };
            page.retain(|sample| sample.at < end);
            for point in points(range.measure, carry.as_ref(), &page, gaps, from, end) {
                thinner.take(point);
            }
            carry = page.pop().or(carry);
            from = end;
        }
        Ok(Told::Points(thinner.finish()))
    }

    /// Changes of a state, thinned when there are many.
    async fn changes(&self, range: Range<'_>, slices: u32) -> Result<Told, HistoryError> {
        let mut samples: Vec<Sample> = Vec::new();
        let mut thinned = false;
        let mut next = range.from;
        loop {
            let page = self.store.read(range.id, next, range.to, PAGE).await?;
            let is_last = page.len() < PAGE;
            if let Some(last) = page.last() {
                next = Timestamp(last.at.0.saturating_add(1));
            }
            samples.extend(page);
            if samples.len() > MOST_CHANGES {
                thinned = true;
                thin(&mut samples, range, slices);
            }
            if is_last {
                break;
            }
        }
        Ok(Told::Changes { samples, thinned })
    }

    /// The roll-ups of a series, from the span in which `from` lies to that of the last moment.
    async fn rolled(&self, range: Range<'_>, period: Period) -> Result<Vec<Rollup>, HistoryError> {
        let zone = self.zone();
        let from = start_of(period, range.from, zone);
        let many = spans(period, from, range.to, zone).take(MOST_ROLLUPS + 1);
        let Some((index, (_, end))) = many.enumerate().last() else {
            return Ok(Vec::new());
        };
        if index >= MOST_ROLLUPS {
            let what = format!("more than {MOST_ROLLUPS} roll-ups; ask for longer ones");
            return Err(HistoryError::TooMuch(what));
        }
        let whole = Range {
            from,
            to: end,
            ..range
        };
        if period != Period::Month {
            return Ok(self.stored_and_new(whole, period).await?);
        }
        let days = self.stored_and_new(whole, Period::Day).await?;
        let mut rest = days.as_slice();
        let mut months = Vec::new();
        for (start, end) in spans(Period::Month, from, range.to, zone) {
            let (month, after) = rest.split_at(rest.partition_point(|day| day.from < end));
            months.extend(Rollup::merged(start, month));
            rest = after;
        }
        Ok(months)
    }

    /// Roll-ups that are stored, and after them those that are yet to be.
    async fn stored_and_new(
        &self,
        range: Range<'_>,
        period: Period,
    ) -> Result<Vec<Rollup>, StoreError> {
        let until = self.store.rolled_until().await?.unwrap_or(range.from);
        let until = until.clamp(range.from, range.to);
        let mut rollups = match range.from < until {
            true => self.stored(Range { to: until, ..range }, period).await?,
            false => Vec::new(),
        };
        if until < range.to {
            let rest = Range {
                from: until,
                ..range
            };
            rollups.extend(self.roll_anew(rest, period).await?);
        }
        Ok(rollups)
    }

    /// Roll-ups that are stored. Of days in which nothing changed only the day is.
    async fn stored(&self, range: Range<'_>, period: Period) -> Result<Vec<Rollup>, StoreError> {
        let gone = self.gone_before().await?;
        let kept = |period: Period, from: Timestamp| async move {
            let mut kept = self.store.rollups(period, range.id, from, range.to).await?;
            kept.retain(|rollup| self.is_of_the_zone(period, rollup.from, gone));
            Ok::<_, StoreError>(kept)
        };
        let stored = kept(period, range.from).await?;
        if period == Period::Day {
            return Ok(stored);
        }
        let first = start_of(Period::Day, range.from, self.zone());
        let days = kept(Period::Day, first).await?;
        let mut all = Vec::new();
        let mut rest = stored.as_slice();
        for day in days {
            let end = end_of(Period::Day, day.from, self.zone());
            let before = rest.partition_point(|rollup| rollup.from < day.from);
            let within = rest.partition_point(|rollup| rollup.from < end);
            let (done, after) = rest.split_at(within);
            all.extend_from_slice(done);
            rest = after;
            if before == within && is_constant(&day, end) {
                let parts = spans(
                    period,
                    day.from.max(range.from),
                    end.min(range.to),
                    self.zone(),
                );
                all.extend(parts.map(|(from, to)| part_of(&day, from, to)));
            }
        }
        all.extend_from_slice(rest);
        Ok(all)
    }

    /// Whether a roll-up was made by the home's present time zone; what cannot be made anew counts,
    /// too.
    fn is_of_the_zone(&self, period: Period, from: Timestamp, gone: Option<Timestamp>) -> bool {
        gone.is_some_and(|gone| from < gone) || start_of(period, from, self.zone()) == from
    }

    /// Rolls samples up.
    async fn roll_anew(&self, range: Range<'_>, period: Period) -> Result<Vec<Rollup>, StoreError> {
        let raw = self.raw(range.key, range.id, range.from, range.to).await?;
        let spans = spans(period, range.from, range.to, self.zone());
        Ok(raw.roll(range.measure, spans))
    }

    /// All there is of a series between two moments.
    pub(crate) async fn raw(
        &self,
        key: &SeriesKey,
        id: SeriesId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Raw, StoreError> {
        let carry = self.store.before(id, from).await?;
        let mut samples: Vec<Sample> = Vec::new();
        let mut next = from;
        loop {
            let page = self.store.read(id, next, to, PAGE).await?;
            let is_last = page.len() < PAGE;
            samples.extend(page);
            match samples.last() {
                Some(last) if !is_last => next = Timestamp(last.at.0.saturating_add(1)),
                _ => break,
            }
        }
        let gaps = self.with_the_future(self.gaps(key, from, to).await?).await;
        Ok(Raw {
            carry,
            samples,
            gaps,
        })
    }

    /// Nothing is known of what is to come.
    async fn with_the_future(&self, mut gaps: Vec<Gap>) -> Vec<Gap> {
        let from = match self.clock().await {
            Some((now, _)) => now,
            None => clock::now().wall,
        };
        let to = Timestamp(i64::MAX);
        gaps.push(Gap { from, to });
        join(&mut gaps);
        gaps
    }

    fn with_ends<'a>(
        &'a self,
        period: Period,
        rollups: &'a [Rollup],
    ) -> impl Iterator<Item = (&'a Rollup, Timestamp)> {
        let zone = self.zone();
        rollups
            .iter()
            .map(move |rollup| (rollup, end_of(period, rollup.from, zone)))
    }
}

/// All there is of a series between two moments.
pub(crate) struct Raw {
    pub(crate) carry: Option<Sample>,
    pub(crate) samples: Vec<Sample>,
    pub(crate) gaps: Vec<Gap>,
}

impl Raw {
    pub(crate) fn roll(
        &self,
        measure: Measure,
        spans: impl IntoIterator<Item = (Timestamp, Timestamp)>,
    ) -> Vec<Rollup> {
        roll(
            measure,
            self.carry.as_ref(),
            &self.samples,
            &self.gaps,
            spans,
        )
    }
}

/// Whether it was the same for the whole of a span.
pub(crate) fn is_constant(rollup: &Rollup, end: Timestamp) -> bool {
    let whole = end.as_millis().saturating_sub(rollup.from.as_millis());
    rollup.samples == 0 && i64::try_from(rollup.known_ms) == Ok(whole)
}

/// A part of a span in which nothing changed.
fn part_of(whole: &Rollup, from: Timestamp, to: Timestamp) -> Rollup {
    let ms = u64::try_from(to.as_millis() - from.as_millis()).unwrap_or(0);
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of a day are exact"
    )]
    let weight = ms as f64;
    let numbers = whole.numbers.map(|numbers| Numbers {
        weighted: numbers.last * weight,
        ms,
        ..numbers
    });
    let states = whole.states.iter().map(|(state, _)| (state.clone(), ms));
    Rollup {
        from,
        known_ms: ms,
        numbers,
        states: states.collect(),
        ..whole.clone()
    }
}

/// The points that draw a roll-up: its first, lowest, highest and last number, and a gap if there was
/// one. When between them the extremes were is not known any more.
fn points_of(rollup: &Rollup, end: Timestamp) -> impl Iterator<Item = Point> {
    let length = end.0.saturating_sub(rollup.from.0);
    let at = move |quarter: i64| Timestamp(rollup.from.0 + length / 4 * quarter);
    let numbers = rollup.numbers.map(|numbers| {
        [
            (at(0), numbers.first),
            (at(1), numbers.min),
            (at(2), numbers.max),
            (at(3), numbers.last),
        ]
    });
    let whole = u64::try_from(length / 1_000).unwrap_or(0);
    let gap = (rollup.known_ms < whole).then(|| Point {
        at: Timestamp(end.0 - 1),
        number: None,
    });
    let numbers = numbers.into_iter().flatten().map(|(at, number)| Point {
        at,
        number: Some(number),
    });
    numbers.chain(gap)
}

/// Leaves the first and the last of each slice.
fn thin(samples: &mut Vec<Sample>, range: Range<'_>, slices: u32) {
    let span = range.to.0.saturating_sub(range.from.0).max(1);
    let width = (span / i64::from(slices)).max(1);
    let slice = |sample: &Sample| sample.at.0.saturating_sub(range.from.0) / width;
    let of: Vec<i64> = samples.iter().map(slice).collect();
    let mut place = 0;
    samples.retain(|_| {
        let here = of.get(place);
        let before = place.checked_sub(1).and_then(|before| of.get(before));
        let after = of.get(place + 1);
        place += 1;
        before != here || after != here
    });
}

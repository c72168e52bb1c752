//! What the home used: its meters, and what the history has of each, reckoned up.
//!
//! Stored roll-ups say it of days that are over: by five minutes of a short range, by hours of a long one,
//! so that a year takes no longer than its hours. What is not rolled up yet is read from samples. A meter
//! that only tells its power is read from samples when the range is short.
//!
//! The present is the end: what is to come is not reckoned. Of a node that left the home nothing is
//! missing after its last sample.
//!
//! Not here: how energy is reckoned with (`energy`), and where the owner's settings are kept.

mod counter;
mod meters;
mod power;

use std::time::Duration;

use energy::{
    Bucket, MOST_PARTS, Measured, MilliwattHours, Quality, Reading, Readings, Reckoning, Role,
    Settings, Slice, Source,
};
use history::calendar::end_of;
use history::course::Gap;
use history::rollup::Period;
use history::sample::Sample;
use history::series::SeriesKey;
use hub_engine::Principal;
use hub_model::Timestamp;
use hub_runtime::clock;

pub use self::meters::{LastReading, Meter};

use self::meters::{Found, Kept};
use crate::handle::{HistoryError, HistoryHandle, PAGE};
use crate::store::{SeriesId, StoreError};

/// A range that is not longer is read in five minutes, another in hours.
const SHORT: Duration = Duration::from_secs(8 * 24 * 3600);
/// As long as nothing says that it is not there, a meter that is silent has nothing new to tell.
const STANDS: Duration = Duration::MAX;

impl HistoryHandle {
    /// What the home used in each period of a range, which is cut at the present.
    ///
    /// # Errors
    /// When that is not allowed, the range is still to come or has too many periods, or the store fails.
    pub async fn energy(
        &self,
        who: &Principal,
        settings: &Settings,
        period: energy::Period,
        range: energy::Range,
    ) -> Result<Reckoning, HistoryError> {
        let range = until_now(range, self.present().await)?;
        let parts = period.pieces(range, self.zone()).len();
        if parts > MOST_PARTS {
            let what = format!("the range has {parts} periods, at most {MOST_PARTS} are reckoned");
            return Err(HistoryError::TooMuch(what));
        }
        let looked_at = self.looked_at(range).await?;
        let mut measured = Vec::new();
        for found in self.find_meters(who).await? {
            if settings.meter(found.meter.id).role == Role::Ignore {
                continue;
            }
            let Some(slices) = self.slices(who, &found, looked_at).await? else {
                continue;
            };
            measured.push(Measured {
                meter: found.meter.id,
                name: found.meter.name,
                room: found.meter.room,
                slices,
            });
        }
        // Of years it takes long, and the hub has other things to do.
        let (settings, zone) = (settings.clone(), self.zone().clone());
        let reckoned = tokio::task::spawn_blocking(move || {
            energy::reckon(&settings, &measured, &zone, period, range)
        });
        let reckoned = reckoned
            .await
            .map_err(|error| StoreError::Failed(error.to_string()))?;
        reckoned.map_err(|error| HistoryError::TooMuch(error.to_string()))
    }

    /// The meters of the home, and those that left it and whose past is kept; by their ids.
    ///
    /// # Errors
    /// When that is not allowed, or the store fails.
    pub async fn meters(&self, who: &Principal) -> Result<Vec<Meter>, HistoryError> {
        let found = self.find_meters(who).await?;
        Ok(found.into_iter().map(|found| found.meter).collect())
    }

    async fn present(&self) -> Timestamp {
        match self.clock().await {
            Some((now, _)) => now,
            None => clock::now().wall,
        }
    }

    async fn looked_at(&self, range: energy::Range) -> Result<LookedAt, HistoryError> {
        let is_short = range.to().since(range.from()) <= SHORT;
        let rolled = self.store.rolled_until().await?.unwrap_or(range.from());
        let beyond = Timestamp(range.to().0.saturating_add(DAY_US));
        Ok(LookedAt {
            range,
            rolled: rolled.clamp(range.from(), range.to()),
            until: rolled.clamp(range.from(), beyond),
            period: if is_short {
                Period::FiveMinutes
            } else {
                Period::Hour
            },
            bucket: if is_short {
                Bucket::FiveMinutes
            } else {
                Bucket::Hour
            },
        })
    }

    /// What a meter measured in the range; none if it had left the home before.
    async fn slices(
        &self,
        who: &Principal,
        found: &Found,
        looked_at: LookedAt,
    ) -> Result<Option<Vec<Slice>>, HistoryError> {
        let range = looked_at.range;
        let end = match found.meter.is_there {
            true => range.to(),
            false => self.last_heard(found, range.to()).await?,
        };
        if end <= range.from() {
            return Ok(None);
        }
        let mut readings = Readings::new();
        for (source, kept) in &found.series {
            match source {
                Source::Cumulative(_) => {
                    let course = self.course(who, *source, kept, looked_at).await?;
                    course.tell(&mut readings, *source, end);
                }
                Source::Periodic(_) => self.periods(&mut readings, *source, kept, range).await?,
                Source::Power => {}
            }
        }
        let power = found.series.get(&Source::Power);
        let mut slices = match power.filter(|_| readings.is_empty()) {
            Some(power) => self.of_power(who, power, looked_at, end).await?,
            None => readings.slices(range, looked_at.bucket, STANDS),
        };
        if end < range.to() {
            left(&mut slices, end, range.to());
        }
        Ok(Some(slices))
    }

    /// When the last sample of a meter came.
    async fn last_heard(&self, found: &Found, to: Timestamp) -> Result<Timestamp, HistoryError> {
        let mut last = Timestamp(i64::MIN);
        for kept in found.series.values() {
            let sample = self.store.before(kept.id, to).await?;
            let heard = match sample {
                Some(sample) => Some(sample.at),
                None => self.last_rolled(kept.id, to).await?,
            };
            last = heard.map_or(last, |heard| last.max(heard));
        }
        Ok(last.min(to))
    }

    /// When the last day ended that had samples, which are kept no more.
    async fn last_rolled(
        &self,
        id: SeriesId,
        to: Timestamp,
    ) -> Result<Option<Timestamp>, HistoryError> {
        let days = self
            .store
            .rollups(Period::Day, id, Timestamp(i64::MIN), to)
            .await?;
        let last = days.iter().rfind(|day| day.samples > 0);
        Ok(last.map(|day| end_of(Period::Day, day.from, self.zone())))
    }

    async fn periods(
        &self,
        readings: &mut Readings,
        source: Source,
        kept: &Kept,
        range: energy::Range,
    ) -> Result<(), HistoryError> {
        // A period is told when it is over.
        let to = Timestamp(range.to().0.saturating_add(DAY_US));
        let each = |sample: Sample| {
            if let Some(reading) = source.read(&sample.value).filter(|_| sample.is_known()) {
                readings.add(sample.at, reading);
            }
        };
        self.each(kept.id, (range.from(), to), each).await
    }

    /// Hands over the samples of a series between two moments, in order.
    async fn each(
        &self,
        id: SeriesId,
        (from, to): (Timestamp, Timestamp),
        mut take: impl FnMut(Sample) + Send,
    ) -> Result<(), HistoryError> {
        let mut next = from;
        loop {
            let page = self.store.read(id, next, to, PAGE).await?;
            let is_last = page.len() < PAGE;
            if let Some(last) = page.last() {
                next = Timestamp(last.at.0.saturating_add(1));
            }
            page.into_iter().for_each(&mut take);
            if is_last {
                return Ok(());
            }
        }
    }

    /// The gaps of a series from its last sample before the range on, so that it is known whether that
    /// still held when the range began.
    async fn gaps_around(
        &self,
        key: &SeriesKey,
        before: Option<&Sample>,
        range: energy::Range,
    ) -> Result<Vec<Gap>, HistoryError> {
        let from = before.map_or(range.from(), |sample| sample.at.min(range.from()));
        Ok(self.gaps(key, from, range.to()).await?)
    }
}

/// What is looked at, and how closely.
#[derive(Clone, Copy)]
struct LookedAt {
    range: energy::Range,
    /// Until when there are roll-ups, within the range.
    rolled: Timestamp,
    /// Until when roll-ups are looked at: what a counter rose until the end is told after it.
    until: Timestamp,
    /// The roll-ups that are read.
    period: Period,
    bucket: Bucket,
}

fn until_now(range: energy::Range, now: Timestamp) -> Result<energy::Range, HistoryError> {
    let to = range.to().min(now);
    energy::Range::new(range.from(), to).map_err(|_| HistoryError::ToCome)
}

/// A meter that left the home measured nothing from then on, and nothing is missing.
fn left(slices: &mut Vec<Slice>, from: Timestamp, to: Timestamp) {
    let from = slices.last().map_or(from, |last| last.to.max(from));
    if from < to {
        slices.push(Slice {
            from,
            to,
            imported: MilliwattHours::ZERO,
            exported: MilliwattHours::ZERO,
            quality: Quality::Complete,
        });
    }
}

/// Tells readings where nobody heard the meter.
fn tell_silences(readings: &mut Readings, gaps: &[Gap], until: Timestamp) {
    for gap in gaps {
        if let Ok(silence) = energy::Range::new(gap.from, gap.to.min(until)) {
            readings.silent(silence);
        }
    }
}

/// The energy that a value of a counter tells.
fn counted(source: Source, sample: &Sample) -> Option<MilliwattHours> {
    match source.read(&sample.value).filter(|_| sample.is_known())? {
        Reading::Cumulative(_, energy) => Some(energy),
        _ => None,
    }
}

/// A day in microseconds.
const DAY_US: i64 = 86_400_000_000;

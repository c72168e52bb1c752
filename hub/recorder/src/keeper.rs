//! The keeper: rolls up each day when it is over, mends the roll-ups of days to which samples came
//! late, lets go of what is old, and keeps the store compact. All in small steps and in the
//! background, each of which can be done again.

use std::collections::BTreeMap;
use std::time::Duration;

use history::calendar::{spans, start_of};
use history::measure::{Kind, Measure};
use history::rollup::{Period, Rollup};
use history::series::SeriesKey;
use hub_engine::Principal;
use hub_model::Timestamp;
use hub_runtime::Door;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::config::Retention;
use crate::handle::{HistoryError, HistoryHandle};
use crate::query::{Raw, is_constant};
use crate::store::{Expire, Late, SeriesId, StoreError};

/// How often the keeper looks for work.
const EVERY: Duration = Duration::from_secs(60);
/// How long a day is waited for late samples before it is rolled up.
const GRACE: Duration = Duration::from_secs(300);
/// Days that are mended at once.
const LATE_AT_ONCE: usize = 1_000;
/// Series whose roll-ups are stored at once.
const ROLLED_AT_ONCE: usize = 200;
/// The note of the time zone that days were rolled up by.
const ZONE: &str = "zone";
/// The note of the moment before which samples were let go.
const GONE: &str = "samples gone before";
/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;
/// A pause between two small steps, so that the store is there for others.
const BREATH: Duration = Duration::from_millis(5);

/// Keeps the past in order until told to stop.
pub(crate) async fn run(handle: HistoryHandle, retention: Retention, stop: CancellationToken) {
    let keeper = Keeper { handle, retention };
    let work = async {
        if keeper.handle.is_ready().await.is_none() {
            return;
        }
        let mut tick = interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            match keeper.round().await {
                Ok(()) | Err(StoreError::Closed) => {}
                Err(error) => warn!(%error, "the history could not be kept in order; trying again"),
            }
        }
    };
    // Both are cancel safe: each step of the work is whole in the store.
    tokio::select! {
        () = stop.cancelled() => {}
        () = work => {}
    }
}

struct Keeper {
    handle: HistoryHandle,
    retention: Retention,
}

impl Keeper {
    async fn round(&self) -> Result<(), StoreError> {
        self.handle.keep_rolled().await?;
        self.let_go().await?;
        while self.handle.store.tidy().await? {
            tokio::time::sleep(BREATH).await;
        }
        Ok(())
    }

    /// Lets go of what is too old or too much.
    async fn let_go(&self) -> Result<(), StoreError> {
        let store = &self.handle.store;
        if let Some((now, true)) = self.handle.clock().await {
            let ago = |span: Duration| {
                let span = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
                Timestamp(now.0.saturating_sub(span))
            };
            let own = self.handle.kept_otherwise().await;
            for (series, keep) in &own {
                let only = Some(vec![*series]);
                self.expire(ago(*keep), only, Vec::new()).await?;
            }
            let but = own.into_iter().map(|(series, _)| series).collect();
            let before = ago(self.retention.samples);
            if self.expire(before, None, but).await? > 0 {
                self.note_gone(before).await?;
            }
            let five_minutes = ago(self.retention.five_minutes);
            store
                .expire_rollups(Period::FiveMinutes, five_minutes)
                .await?;
        }
        // By size, the clock does not matter: the oldest goes, a day at a time.
        loop {
            let size = store.size().await?;
            let Some(oldest) = size.oldest.filter(|_| size.octets > self.retention.budget) else {
                return Ok(());
            };
            let before = Timestamp(oldest.0.saturating_add(DAY));
            info!(
                octets = size.octets,
                "the history is larger than it may be; its oldest day goes"
            );
            if self.expire(before, None, Vec::new()).await? == 0 {
                return Ok(());
            }
            self.note_gone(before).await?;
            while store.tidy().await? {
                tokio::time::sleep(BREATH).await;
            }
        }
    }

    async fn expire(
        &self,
        before: Timestamp,
        only: Option<Vec<SeriesId>>,
        but: Vec<SeriesId>,
    ) -> Result<u64, StoreError> {
        // What is not rolled up yet must be, before it goes.
        let until = self.handle.store.rolled_until().await?;
        let before = until.map_or(before, |until| before.min(until));
        let what = Expire { before, only, but };
        self.handle.store.expire(what).await
    }

    async fn note_gone(&self, before: Timestamp) -> Result<(), StoreError> {
        let known = self.handle.gone_before().await?;
        let before = known.map_or(before, |known| known.max(before));
        self.handle
            .store
            .set_note(GONE, &before.0.to_string())
            .await
    }
}

impl HistoryHandle {
    /// Rolls up all days that are over and are not yet, and mends those that are late.
    pub(crate) async fn keep_rolled(&self) -> Result<(), StoreError> {
        let Some((now, _)) = self.clock().await else {
            return Ok(());
        };
        self.follow_the_zone().await?;
        let over = Timestamp(now.0.saturating_sub(micros(GRACE)));
        let today = start_of(Period::Day, over, self.zone());
        let until = match self.store.rolled_until().await? {
            Some(until) => until,
            None => match self.store.size().await?.oldest {
                Some(oldest) => start_of(Period::Day, oldest.min(today), self.zone()),
                None => today,
            },
        };
        if until >= today {
            if self.store.rolled_until().await?.is_none() {
                self.store.set_rolled_until(today).await?;
            }
            return self.mend().await;
        }
        let days: Vec<_> = spans(Period::Day, until, today, self.zone()).collect();
        let all = self.all().await?;
        for (start, end) in days {
            debug!(day = %start, "a day is rolled up");
            self.roll_day(&all, start, end).await?;
            self.store.set_rolled_until(end).await?;
        }
        self.mend().await
    }

    /// Rolls the days between two moments up anew, as far as they are over and their samples still
    /// there, and all that are not rolled up yet. Returns how many days were done again.
    ///
    /// # Errors
    /// When that is not allowed, the range is none, or the store fails.
    pub async fn recompute(
        &self,
        who: &Principal,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<usize, HistoryError> {
        self.hub.may(who, Door::Order).await?;
        if from > to {
            return Err(HistoryError::WrongWayRound);
        }
        self.flush().await;
        self.keep_rolled().await?;
        Ok(self.roll_again(from, to).await?)
    }

    /// Rolls the days between two moments up anew, as far as their samples are still there. Returns
    /// how many days.
    async fn roll_again(&self, from: Timestamp, to: Timestamp) -> Result<usize, StoreError> {
        let gone = self.gone_before().await?;
        let until = self.store.rolled_until().await?.unwrap_or(from);
        // Before the first sample there is nothing, however long one looks.
        let oldest = self.store.size().await?.oldest.unwrap_or(until);
        let from = gone.map_or(oldest, |gone| oldest.max(gone)).max(from);
        let all = self.all().await?;
        let mut many = 0;
        if from < to.min(until) {
            for (start, end) in spans(Period::Day, from, to.min(until), self.zone()) {
                self.roll_day(&all, start, end).await?;
                many += 1;
            }
        }
        Ok(many)
    }

    async fn roll_day(
        &self,
        all: &[(SeriesId, SeriesKey)],
        start: Timestamp,
        end: Timestamp,
    ) -> Result<(), StoreError> {
        for some in all.chunks(ROLLED_AT_ONCE) {
            let mut rolled = Rolled::default();
            for (id, key) in some {
                self.roll_one(&mut rolled, *id, key, (start, end)).await?;
            }
            rolled.store(self).await?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Rolls a day of a series up. Where its samples begin within the day, or what was before them is
    /// gone, a roll-up that is there and knows more stays: an imported one, or one made of all.
    async fn roll_one(
        &self,
        rolled: &mut Rolled,
        id: SeriesId,
        key: &SeriesKey,
        (start, end): (Timestamp, Timestamp),
    ) -> Result<(), StoreError> {
        let measure = Measure::of(key);
        if matches!(measure.kind, Kind::Other) {
            return Ok(());
        }
        let raw = self.raw(key, id, start, end).await?;
        let mut day = self.day_of(measure, &raw, start, end);
        if raw.carry.is_none() {
            for (period, rollups) in &mut day {
                let there = self.store.rollups(*period, id, start, end).await?;
                let knows_more = |new: &Rollup| {
                    let known = there.iter().find(|known| known.from == new.from);
                    known.is_some_and(|known| known.known_ms > new.known_ms)
                };
                rollups.retain(|new| !knows_more(new));
            }
        }
        rolled.add(id, day);
        Ok(())
    }

    /// The roll-ups of a day. Of one in which nothing changed the day itself says all.
    fn day_of(
        &self,
        measure: Measure,
        raw: &Raw,
        start: Timestamp,
        end: Timestamp,
    ) -> Vec<(Period, Vec<Rollup>)> {
        let days = raw.roll(measure, [(start, end)]);
        let Some(day) = days.first() else {
            return Vec::new();
        };
        let mut all = Vec::new();
        if !is_constant(day, end) {
            for period in [Period::FiveMinutes, Period::Hour] {
                let parts = raw.roll(measure, spans(period, start, end, self.zone()));
                all.push((period, parts));
            }
        }
        all.push((Period::Day, days));
        all
    }

    /// Rolls up anew what samples came late to.
    async fn mend(&self) -> Result<(), StoreError> {
        let Some(until) = self.store.rolled_until().await? else {
            return Ok(());
        };
        let gone = self.gone_before().await?;
        let keys: BTreeMap<SeriesId, SeriesKey> = self.all().await?.into_iter().collect();
        loop {
            let late = self.store.late(LATE_AT_ONCE).await?;
            if late.is_empty() {
                return Ok(());
            }
            for Late { series, day, .. } in &late {
                let Some(key) = keys.get(series) else {
                    continue;
                };
                let begin = Timestamp(i64::from(*day).saturating_mul(DAY));
                let last = Timestamp(begin.0.saturating_add(DAY));
                // What came late lasted until the next sample, so all days until then are others.
                let next = self.store.after(*series, last).await?;
                let next = next.map_or(until, |next| Timestamp(next.at.0 + 1));
                let end = last.max(next).min(until);
                for (start, end) in spans(Period::Day, begin, end, self.zone()) {
                    self.mend_day(*series, key, (start, end), gone).await?;
                }
            }
            let many = late.len();
            self.store.mended(late).await?;
            debug!(many, "days that were late are mended");
        }
    }

    async fn mend_day(
        &self,
        series: SeriesId,
        key: &SeriesKey,
        (start, end): (Timestamp, Timestamp),
        gone: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        if gone.is_some_and(|gone| start < gone) {
            // Most of its samples may be gone: the roll-up that was made of all is better.
            let there = self.store.rollups(Period::Day, series, start, end).await?;
            if !there.is_empty() {
                return Ok(());
            }
        }
        let mut rolled = Rolled::default();
        self.roll_one(&mut rolled, series, key, (start, end))
            .await?;
        rolled.store(self).await
    }

    /// Before when samples were let go.
    pub(crate) async fn gone_before(&self) -> Result<Option<Timestamp>, StoreError> {
        let note = self.store.note(GONE).await?;
        Ok(note.and_then(|note| note.parse().ok()).map(Timestamp))
    }

    /// When the home's time zone is another than before, days are others, too: those of which the
    /// samples are there are rolled up anew. The old ones stay and are passed over
    /// ([`HistoryHandle::is_of_the_zone`]).
    async fn follow_the_zone(&self) -> Result<(), StoreError> {
        let name = self.zone().iana_name().unwrap_or("UTC").to_owned();
        let known = self.store.note(ZONE).await?;
        if known.as_ref() == Some(&name) {
            return Ok(());
        }
        if let (Some(known), Some(until)) = (known, self.store.rolled_until().await?) {
            info!(
                from = known,
                to = name,
                "days of another time zone are rolled up anew"
            );
            let oldest = self.store.size().await?.oldest.unwrap_or(until);
            let until = start_of(Period::Day, until, self.zone());
            self.roll_again(oldest, until).await?;
            self.store.set_rolled_until(until).await?;
        }
        self.store.set_note(ZONE, &name).await
    }
}

/// Roll-ups that are to be stored.
#[derive(Default)]
struct Rolled {
    by_period: BTreeMap<Period, Vec<(SeriesId, Vec<Rollup>)>>,
}

impl Rolled {
    fn add(&mut self, series: SeriesId, day: Vec<(Period, Vec<Rollup>)>) {
        for (period, rollups) in day {
            let there = self.by_period.entry(period).or_default();
            there.push((series, rollups));
        }
    }

    async fn store(self, handle: &HistoryHandle) -> Result<(), StoreError> {
        for (period, rollups) in self.by_period {
            handle.store.put_rollups(period, rollups).await?;
        }
        Ok(())
    }
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

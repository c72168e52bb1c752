//! A row of random calls, given to the store and to the plainest one; both must answer alike.

use history::rollup::Period;
use history::sample::Sample;
use hub_engine::Quality;
use hub_model::{CauseId, Timestamp, Value};

use super::checks::{key, rollup};
use super::{Broken, Check, Subject};
use crate::memory::MemoryHistory;
use crate::store::{Entry, HistoryStore, SeriesId};

/// Calls made.
const CALLS: u32 = 400;
/// Series there are.
const SERIES: u32 = 5;
/// Where time begins.
const START: i64 = 1_795_000_000_000;

/// A small generator of numbers that are the same for the same seed (xorshift).
struct Chance(u64);

impl Chance {
    const fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }

    fn signed(&mut self, below: u64) -> i64 {
        i64::try_from(self.next(below)).unwrap_or(0)
    }

    fn series(&mut self) -> SeriesId {
        SeriesId(u32::try_from(self.next(u64::from(SERIES))).unwrap_or(0) + 1)
    }

    /// Samples as they come: mostly in order, some late, some twice.
    fn entries(&mut self, present: i64) -> Vec<Entry> {
        let many = self.next(60);
        (0..many).map(|_| self.entry(present)).collect()
    }

    fn entry(&mut self, present: i64) -> Entry {
        let late = match self.next(10) {
            0 => self.signed(200_000_000),
            _ => 0,
        };
        let at = present - late + self.signed(20);
        let value = match self.next(6) {
            0 => Value::Bool(self.next(2) == 0),
            1 => Value::Uint(self.next(5)),
            2 => Value::from(
                ["on", "off", "standby"]
                    .get(self.series().0 as usize % 3)
                    .copied()
                    .unwrap_or(""),
            ),
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            3 => Value::Double(self.signed(1_000) as f64 / 8.0),
            _ => Value::Int(self.signed(3_000) - 1_000),
        };
        let sample = Sample {
            at: Timestamp::from_millis(at),
            value,
            quality: match self.next(20) {
                0 => Quality::Stale,
                _ => Quality::Known,
            },
            cause: (self.next(10) == 0).then(|| CauseId(self.next(1 << 40))),
        };
        Entry {
            series: self.series(),
            sample,
        }
    }
}

pub(super) async fn answers_as_the_plainest_does(
    subject: &Subject<'_>,
    seed: u32,
) -> Result<(), Broken> {
    let mut check = Check::begin("answers as the plainest does", subject, 100 + seed).await;
    let plain = MemoryHistory::default();
    let mut chance = Chance(u64::from(seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let keys: Vec<_> = (0..SERIES).map(key).collect();
    let ids = check.store.enrol(keys.clone()).await;
    check.same("ids", &ids, &plain.enrol(keys).await)?;
    let mut present = START;
    for call in 0..CALLS {
        present += chance.signed(2_000_000);
        let what = format!("seed {seed}, call {call}");
        let (store, now) = (&check.store, Timestamp::from_millis(present));
        let series = chance.series();
        let from = Timestamp::from_millis(present - chance.signed(300_000_000));
        let to = Timestamp::from_millis(present - chance.signed(300_000_000));
        match chance.next(24) {
            0..=9 => {
                let entries = chance.entries(present);
                let kept = store.append(entries.clone()).await;
                check.same(&what, &kept, &plain.append(entries).await)?;
            }
            10..=13 => {
                let limit = usize::try_from(chance.next(300)).unwrap_or(0);
                let found = store.read(series, from, to, limit).await;
                check.same(&what, &found, &plain.read(series, from, to, limit).await)?;
            }
            14 => {
                let found = store.before(series, from).await;
                check.same(&what, &found, &plain.before(series, from).await)?;
            }
            15 => {
                let found = store.after(series, from).await;
                check.same(&what, &found, &plain.after(series, from).await)?;
            }
            16 => {
                let until = Timestamp::from_millis(present - 100_000_000);
                let set = store.set_rolled_until(until).await;
                check.same(&what, &set, &plain.set_rolled_until(until).await)?;
            }
            17 => {
                let (found, wanted) = (store.late(3).await, plain.late(3).await);
                let days = |late: &[crate::Late]| {
                    late.iter()
                        .map(|late| (late.series, late.day))
                        .collect::<Vec<_>>()
                };
                let (found, wanted) = (check.done(found)?, check.done(wanted)?);
                check.same(&what, &days(&found), &days(&wanted))?;
                check.done(store.mended(found).await)?;
                check.done(plain.mended(wanted).await)?;
            }
            18 => {
                let some = vec![(series, vec![rollup(from, 1.5), rollup(to, 2.25)])];
                let put = store.put_rollups(Period::Hour, some.clone()).await;
                check.same(&what, &put, &plain.put_rollups(Period::Hour, some).await)?;
            }
            19 => {
                let found = store.rollups(Period::Hour, series, from, now).await;
                let wanted = plain.rollups(Period::Hour, series, from, now).await;
                check.same(&what, &found, &wanted)?;
            }
            20..=22 => {
                check.done(store.tidy().await)?;
            }
            _ => check.reopen().await,
        }
    }
    check.end().await
}

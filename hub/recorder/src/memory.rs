//! A history that is forgotten with the program: for tests, and the measure of other stores.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use history::rollup::{Period, Rollup};
use history::sample::Sample;
use history::series::SeriesKey;
use hub_model::Timestamp;

use crate::store::{Entry, Expire, HistoryStore, Late, SeriesId, Size, StoreError};

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// Keeps everything in memory.
#[derive(Debug, Default)]
pub struct MemoryHistory {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    keys: Vec<SeriesKey>,
    samples: BTreeMap<SeriesId, BTreeMap<Timestamp, Sample>>,
    rollups: BTreeMap<(Period, SeriesId), BTreeMap<Timestamp, Rollup>>,
    rolled_until: Option<Timestamp>,
    late: BTreeMap<(SeriesId, i32), u64>,
    stamps: u64,
    notes: BTreeMap<String, String>,
    is_closed: bool,
}

impl MemoryHistory {
    fn kept(&self) -> Result<MutexGuard<'_, Kept>, StoreError> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.is_closed {
            true => Err(StoreError::Closed),
            false => Ok(kept),
        }
    }
}

impl Kept {
    fn enrol(&mut self, key: SeriesKey) -> SeriesId {
        let at = self.keys.iter().position(|known| *known == key);
        let at = at.unwrap_or_else(|| {
            self.keys.push(key);
            self.keys.len() - 1
        });
        Self::id(at)
    }

    fn id(at: usize) -> SeriesId {
        SeriesId(u32::try_from(at + 1).unwrap_or(u32::MAX))
    }

    fn is_given(&self, id: SeriesId) -> bool {
        usize::try_from(id.0).is_ok_and(|id| (1..=self.keys.len()).contains(&id))
    }
}

/// The day of a moment, counted from 1970-01-01 in UTC.
#[must_use]
pub fn day_of(at: Timestamp) -> i32 {
    let day = at.0.div_euclid(DAY);
    i32::try_from(day).unwrap_or(if day < 0 { i32::MIN } else { i32::MAX })
}

#[async_trait]
impl HistoryStore for MemoryHistory {
    async fn series(&self) -> Result<Vec<(SeriesId, SeriesKey)>, StoreError> {
        let kept = self.kept()?;
        let ids = (1..).map(SeriesId);
        Ok(ids.zip(kept.keys.iter().cloned()).collect())
    }

    async fn find(&self, key: &SeriesKey) -> Result<Option<SeriesId>, StoreError> {
        let kept = self.kept()?;
        let at = kept.keys.iter().position(|known| known == key);
        Ok(at.map(Kept::id))
    }

    async fn enrol(&self, keys: Vec<SeriesKey>) -> Result<Vec<SeriesId>, StoreError> {
        let mut kept = self.kept()?;
        Ok(keys.into_iter().map(|key| kept.enrol(key)).collect())
    }

    async fn append(&self, entries: Vec<Entry>) -> Result<(), StoreError> {
        let mut kept = self.kept()?;
        if let Some(stray) = entries.iter().find(|entry| !kept.is_given(entry.series)) {
            let what = format!("there is no series {}", stray.series.0);
            return Err(StoreError::Failed(what));
        }
        for Entry { series, sample } in entries {
            if kept.rolled_until.is_some_and(|until| sample.at < until) {
                kept.stamps += 1;
                let stamp = kept.stamps;
                kept.late.insert((series, day_of(sample.at)), stamp);
            }
            kept.samples
                .entry(series)
                .or_default()
                .insert(sample.at, sample);
        }
        Ok(())
    }

    async fn read(
        &self,
        series: SeriesId,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError> {
        let kept = self.kept()?;
        let Some(samples) = kept.samples.get(&series).filter(|_| from < to) else {
            return Ok(Vec::new());
        };
        let found = samples.range(from..to).take(limit);
        Ok(found.map(|(_, sample)| sample.clone()).collect())
    }

    async fn before(&self, series: SeriesId, at: Timestamp) -> Result<Option<Sample>, StoreError> {
        let kept = self.kept()?;
        let samples = kept.samples.get(&series);
        let last = samples.and_then(|samples| samples.range(..at).next_back());
        Ok(last.map(|(_, sample)| sample.clone()))
    }

    async fn put_rollups(
        &self,
        period: Period,
        rollups: Vec<(SeriesId, Vec<Rollup>)>,
    ) -> Result<(), StoreError> {
        let mut kept = self.kept()?;
        for (series, rollups) in rollups {
            let there = kept.rollups.entry((period, series)).or_default();
            there.extend(rollups.into_iter().map(|rollup| (rollup.from, rollup)));
        }
        Ok(())
    }

    async fn rollups(
        &self,
        period: Period,
        series: SeriesId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Rollup>, StoreError> {
        let kept = self.kept()?;
        let Some(there) = kept.rollups.get(&(period, series)).filter(|_| from < to) else {
            return Ok(Vec::new());
        };
        let found = there.range(from..to);
        Ok(found.map(|(_, rollup)| rollup.clone()).collect())
    }

    async fn set_rolled_until(&self, until: Timestamp) -> Result<(), StoreError> {
        self.kept()?.rolled_until = Some(until);
        Ok(())
    }

    async fn rolled_until(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.kept()?.rolled_until)
    }

    async fn late(&self, limit: usize) -> Result<Vec<Late>, StoreError> {
        let kept = self.kept()?;
        let late = kept.late.iter().take(limit);
        Ok(late
            .map(|(&(series, day), &stamp)| Late { series, day, stamp })
            .collect())
    }

    async fn mended(&self, days: Vec<Late>) -> Result<(), StoreError> {
        let mut kept = self.kept()?;
        for Late { series, day, stamp } in days {
            if kept.late.get(&(series, day)) == Some(&stamp) {
                kept.late.remove(&(series, day));
            }
        }
        Ok(())
    }

    async fn expire(&self, what: Expire) -> Result<u64, StoreError> {
        let mut kept = self.kept()?;
        let mut gone = 0;
        for (series, samples) in &mut kept.samples {
            let wanted = what.only.as_ref().is_none_or(|only| only.contains(series));
            if wanted && !what.but.contains(series) {
                let left = samples.split_off(&what.before);
                gone += samples.len();
                *samples = left;
            }
        }
        Ok(u64::try_from(gone).unwrap_or(u64::MAX))
    }

    async fn expire_rollups(&self, period: Period, before: Timestamp) -> Result<(), StoreError> {
        for ((of, _), rollups) in &mut self.kept()?.rollups {
            if *of == period {
                *rollups = rollups.split_off(&before);
            }
        }
        Ok(())
    }

    async fn note(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.kept()?.notes.get(name).cloned())
    }

    async fn set_note(&self, name: &str, text: &str) -> Result<(), StoreError> {
        let mut kept = self.kept()?;
        kept.notes.insert(name.to_owned(), text.to_owned());
        Ok(())
    }

    async fn size(&self) -> Result<Size, StoreError> {
        let kept = self.kept()?;
        let samples: usize = kept.samples.values().map(BTreeMap::len).sum();
        let oldest = |samples: &BTreeMap<Timestamp, Sample>| samples.keys().next().copied();
        let newest = |samples: &BTreeMap<Timestamp, Sample>| samples.keys().next_back().copied();
        Ok(Size {
            octets: u64::try_from(samples * size_of::<Sample>()).unwrap_or(u64::MAX),
            samples: u64::try_from(samples).unwrap_or(u64::MAX),
            oldest: kept.samples.values().filter_map(oldest).min(),
            newest: kept.samples.values().filter_map(newest).max(),
        })
    }

    async fn tidy(&self) -> Result<bool, StoreError> {
        self.kept().map(|_| false)
    }

    async fn close(&self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.is_closed = true;
    }
}

#[cfg(all(test, feature = "conformance"))]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::conformance::{Opening, Subject, run_all};

    #[tokio::test]
    async fn keeps_what_every_store_keeps() {
        let open = |_| -> Opening {
            Box::pin(async { Arc::new(MemoryHistory::default()) as Arc<dyn HistoryStore> })
        };
        let subject = Subject {
            open: &open,
            lasts: false,
        };
        assert_eq!(run_all(&subject).await, Ok(()));
    }
}

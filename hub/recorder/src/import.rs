//! Taking in a past that was recorded elsewhere: samples and hourly roll-ups of another system.
//!
//! What the hub recorded by itself is never overwritten: whoever imports asks first since when it did
//! ([`HistoryHandle::own_since`]) and leaves out what is younger. The answer is noted at the first import,
//! so that it is the same at the next, and importing twice changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use history::calendar::{end_of, start_of};
use history::rollup::{Period, Rollup};
use history::sample::Sample;
use history::series::SeriesKey;
use hub_engine::Principal;
use hub_model::Timestamp;
use hub_runtime::Door;

use crate::handle::{HistoryError, HistoryHandle};
use crate::store::{Entry, SeriesId, StoreError};

/// The beginning of the notes that say since when the hub itself recorded a series.
const OWN: &str = "own since/";
/// Samples that are stored at once.
const AT_ONCE: usize = 8_192;

impl HistoryHandle {
    /// Since when the hub itself has recorded these series; those that it has not are left out.
    ///
    /// # Errors
    /// When that is not allowed, or the store fails.
    pub async fn own_since(
        &self,
        who: &Principal,
        keys: &[SeriesKey],
    ) -> Result<BTreeMap<SeriesKey, Timestamp>, HistoryError> {
        self.hub.may(who, Door::Order).await?;
        self.flush().await;
        let mut since = BTreeMap::new();
        for key in keys {
            let name = format!("{OWN}{key}");
            let at = match self.store.note(&name).await? {
                Some(noted) => noted.parse().ok().map(Timestamp),
                None => {
                    let first = self.first(key).await?;
                    let text = first.map_or_else(String::new, |at| at.0.to_string());
                    self.store.set_note(&name, &text).await?;
                    first
                }
            };
            since.extend(at.map(|at| (key.clone(), at)));
        }
        Ok(since)
    }

    async fn first(&self, key: &SeriesKey) -> Result<Option<Timestamp>, StoreError> {
        let Some(id) = self.id(key).await? else {
            return Ok(None);
        };
        let first = self.store.after(id, Timestamp(i64::MIN)).await?;
        Ok(first.map(|sample| sample.at))
    }

    /// Keeps samples that were recorded elsewhere.
    ///
    /// # Errors
    /// When that is not allowed, or the store fails.
    pub async fn import_samples(
        &self,
        who: &Principal,
        samples: Vec<(SeriesKey, Sample)>,
    ) -> Result<(), HistoryError> {
        self.hub.may(who, Door::Order).await?;
        let ids = self.ids(samples.iter().map(|(key, _)| key)).await?;
        let mut entries = Vec::with_capacity(samples.len().min(AT_ONCE));
        for (key, sample) in samples {
            let Some(series) = ids.get(&key).copied() else {
                continue;
            };
            entries.push(Entry { series, sample });
            if entries.len() >= AT_ONCE {
                self.store.append(std::mem::take(&mut entries)).await?;
            }
        }
        Ok(self.store.append(entries).await?)
    }

    /// Keeps hourly roll-ups that were made elsewhere.
    ///
    /// # Errors
    /// When that is not allowed, or the store fails.
    pub async fn import_hours(
        &self,
        who: &Principal,
        hours: Vec<(SeriesKey, Vec<Rollup>)>,
    ) -> Result<(), HistoryError> {
        self.hub.may(who, Door::Order).await?;
        let ids = self.ids(hours.iter().map(|(key, _)| key)).await?;
        let hours = hours
            .into_iter()
            .filter_map(|(key, hours)| Some((*ids.get(&key)?, hours)));
        Ok(self
            .store
            .put_rollups(Period::Hour, hours.collect())
            .await?)
    }

    /// A note that an import left.
    ///
    /// # Errors
    /// When that is not allowed, or the store fails.
    pub async fn note(&self, who: &Principal, name: &str) -> Result<Option<String>, HistoryError> {
        self.hub.may(who, Door::Order).await?;
        Ok(self.store.note(name).await?)
    }

    /// Leaves a note for the next import.
    ///
    /// # Errors
    /// When that is not allowed, or the store fails.
    pub async fn set_note(
        &self,
        who: &Principal,
        name: &str,
        text: &str,
    ) -> Result<(), HistoryError> {
        self.hub.may(who, Door::Order).await?;
        Ok(self.store.set_note(name, text).await?)
    }

    /// Ends an import: what came is rolled up, by days as well.
    ///
    /// # Errors
    /// When that is not allowed, or the store fails.
    pub async fn finish_import(
        &self,
        who: &Principal,
        keys: &[SeriesKey],
    ) -> Result<(), HistoryError> {
        self.hub.may(who, Door::Order).await?;
        self.keep_rolled().await?;
        for key in keys {
            if let Some(id) = self.id(key).await? {
                self.days_of_hours(id).await?;
            }
        }
        Ok(())
    }

    /// Makes days of hours, where those know more than the day that is there.
    async fn days_of_hours(&self, id: SeriesId) -> Result<(), StoreError> {
        let (begin, end) = (Timestamp(i64::MIN), Timestamp(i64::MAX));
        let hours = self.store.rollups(Period::Hour, id, begin, end).await?;
        let known = self.store.rollups(Period::Day, id, begin, end).await?;
        let known: BTreeMap<_, _> = known
            .into_iter()
            .map(|day| (day.from, day.known_ms))
            .collect();
        let mut rest = hours.as_slice();
        let mut days = Vec::new();
        while let Some(first) = rest.first() {
            let start = start_of(Period::Day, first.from, self.zone());
            let end = end_of(Period::Day, start, self.zone());
            let (day, after) = rest.split_at(rest.partition_point(|hour| hour.from < end));
            let merged = Rollup::merged(start, day);
            let there = known.get(&start).copied().unwrap_or(0);
            days.extend(merged.filter(|day| day.known_ms > there));
            // Whatever the calendar says, each round takes at least one hour.
            rest = if day.is_empty() {
                rest.get(1..).unwrap_or_default()
            } else {
                after
            };
        }
        match days.is_empty() {
            true => Ok(()),
            false => self.store.put_rollups(Period::Day, vec![(id, days)]).await,
        }
    }

    /// The ids of series; new ones are made.
    async fn ids(
        &self,
        keys: impl Iterator<Item = &SeriesKey>,
    ) -> Result<BTreeMap<SeriesKey, SeriesId>, StoreError> {
        let keys: BTreeSet<SeriesKey> = keys.cloned().collect();
        let keys: Vec<_> = keys.into_iter().collect();
        let ids = self.store.enrol(keys.clone()).await?;
        Ok(keys.into_iter().zip(ids).collect())
    }
}

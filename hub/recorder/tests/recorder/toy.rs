//! A store that does what its test says: fails, hangs, stays open.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use history::rollup::{Period, Rollup};
use history::sample::Sample;
use history::series::SeriesKey;
use hub_model::Timestamp;
use recorder::{Entry, Expire, HistoryStore, Late, MemoryHistory, SeriesId, Size, StoreError};
use tokio::sync::watch;

/// How a store behaves.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mood {
    Fine,
    Fails(StoreError),
    Hangs,
}

/// A store in memory that outlives its hub, and has moods.
pub(crate) struct Toy {
    inner: MemoryHistory,
    mood: watch::Sender<Mood>,
    pub(crate) refused: AtomicU64,
}

impl Toy {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryHistory::default(),
            mood: watch::channel(Mood::Fine).0,
            refused: AtomicU64::new(0),
        })
    }

    pub(crate) fn is(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    /// Waits while it hangs.
    async fn fine(&self) -> Result<(), StoreError> {
        let mut mood = self.mood.subscribe();
        let mood = mood.wait_for(|mood| *mood != Mood::Hangs).await;
        let mood = mood.map_err(|_| StoreError::Closed)?.clone();
        match mood {
            Mood::Fails(error) => {
                self.refused.fetch_add(1, Ordering::Relaxed);
                Err(error)
            }
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl HistoryStore for Toy {
    async fn series(&self) -> Result<Vec<(SeriesId, SeriesKey)>, StoreError> {
        self.fine().await?;
        self.inner.series().await
    }

    async fn find(&self, key: &SeriesKey) -> Result<Option<SeriesId>, StoreError> {
        self.inner.find(key).await
    }

    async fn enrol(&self, keys: Vec<SeriesKey>) -> Result<Vec<SeriesId>, StoreError> {
        self.fine().await?;
        self.inner.enrol(keys).await
    }

    async fn append(&self, entries: Vec<Entry>) -> Result<(), StoreError> {
        self.fine().await?;
        self.inner.append(entries).await
    }

    async fn read(
        &self,
        series: SeriesId,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError> {
        self.inner.read(series, from, to, limit).await
    }

    async fn before(&self, series: SeriesId, at: Timestamp) -> Result<Option<Sample>, StoreError> {
        self.inner.before(series, at).await
    }

    async fn put_rollups(
        &self,
        period: Period,
        rollups: Vec<(SeriesId, Vec<Rollup>)>,
    ) -> Result<(), StoreError> {
        self.fine().await?;
        self.inner.put_rollups(period, rollups).await
    }

    async fn rollups(
        &self,
        period: Period,
        series: SeriesId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Rollup>, StoreError> {
        self.inner.rollups(period, series, from, to).await
    }

    async fn set_rolled_until(&self, until: Timestamp) -> Result<(), StoreError> {
        self.inner.set_rolled_until(until).await
    }

    async fn rolled_until(&self) -> Result<Option<Timestamp>, StoreError> {
        self.inner.rolled_until().await
    }

    async fn late(&self, limit: usize) -> Result<Vec<Late>, StoreError> {
        self.inner.late(limit).await
    }

    async fn mended(&self, days: Vec<Late>) -> Result<(), StoreError> {
        self.inner.mended(days).await
    }

    async fn expire(&self, what: Expire) -> Result<u64, StoreError> {
        self.inner.expire(what).await
    }

    async fn expire_rollups(&self, period: Period, before: Timestamp) -> Result<(), StoreError> {
        self.inner.expire_rollups(period, before).await
    }

    async fn note(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.inner.note(name).await
    }

    async fn set_note(&self, name: &str, text: &str) -> Result<(), StoreError> {
        self.inner.set_note(name, text).await
    }

    async fn size(&self) -> Result<Size, StoreError> {
        self.inner.size().await
    }

    async fn tidy(&self) -> Result<bool, StoreError> {
        self.inner.tidy().await
    }

    /// Stays open, so that the next hub finds what this one left.
    async fn close(&self) {}
}

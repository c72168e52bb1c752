//! A client's hold on the past.

use std::sync::Arc;
use std::time::Duration;

use history::course::{Gap, join};
use history::sample::Sample;
use history::series::SeriesKey;
use hub_engine::Principal;
use hub_model::Timestamp;
use hub_runtime::{Door, HubError, HubHandle};
use jiff::tz::TimeZone;
use tokio::sync::{mpsc, oneshot, watch};

use crate::gaps;
use crate::health::Health;
use crate::recorder::Ask;
use crate::store::{HistoryStore, SeriesId, Size, StoreError};

/// How long a question waits for the newest samples to be written down.
const FLUSH_WITHIN: Duration = Duration::from_secs(1);
/// Samples that are read at once.
pub(crate) const PAGE: usize = 10_000;

/// Why a question about the past was not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// The hub refused.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It ends before it begins.
    #[error("the range ends before it begins")]
    WrongWayRound,
    /// Nothing of it has been yet.
    #[error("the range has not begun yet")]
    ToCome,
    /// That is more than can be answered at once.
    #[error("that is too much at once: {0}")]
    TooMuch(String),
}

/// A client's hold on the past. Clones are cheap.
#[derive(Clone)]
pub struct HistoryHandle {
    pub(crate) store: Arc<dyn HistoryStore>,
    pub(crate) hub: HubHandle,
    asks: mpsc::Sender<Ask>,
    health: watch::Receiver<Health>,
    zone: TimeZone,
    ready: watch::Receiver<bool>,
}

impl std::fmt::Debug for HistoryHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HistoryHandle").finish_non_exhaustive()
    }
}

impl HistoryHandle {
    pub(crate) const fn new(
        store: Arc<dyn HistoryStore>,
        hub: HubHandle,
        asks: mpsc::Sender<Ask>,
        health: watch::Receiver<Health>,
        zone: TimeZone,
        ready: watch::Receiver<bool>,
    ) -> Self {
        Self {
            store,
            hub,
            asks,
            health,
            zone,
            ready,
        }
    }

    /// By whose calendar days and months are counted.
    #[must_use]
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// How the recording is.
    #[must_use]
    pub fn health(&self) -> Health {
        self.health.borrow().clone()
    }

    /// How much there is.
    ///
    /// # Errors
    /// When that is not allowed, or the store fails.
    pub async fn size(&self, who: &Principal) -> Result<Size, HistoryError> {
        self.hub.may(who, Door::See).await?;
        Ok(self.store.size().await?)
    }

    /// All series there are, ascending.
    ///
    /// # Errors
    /// When that is not allowed, or the store fails.
    pub async fn series(&self, who: &Principal) -> Result<Vec<SeriesKey>, HistoryError> {
        self.hub.may(who, Door::See).await?;
        self.flush().await;
        let mut keys: Vec<_> = self.all().await?.into_iter().map(|(_, key)| key).collect();
        keys.sort();
        Ok(keys)
    }

    /// At most `limit` samples of a series from `from` on and before `to`, in order: as they were
    /// recorded.
    ///
    /// # Errors
    /// When that is not allowed, or the store fails.
    pub async fn samples(
        &self,
        who: &Principal,
        key: &SeriesKey,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Sample>, HistoryError> {
        self.hub.may(who, Door::See).await?;
        self.flush().await;
        let Some(series) = self.id(key).await? else {
            return Ok(Vec::new());
        };
        Ok(self.store.read(series, from, to, limit).await?)
    }

    /// The last sample of a series before a moment.
    ///
    /// # Errors
    /// When that is not allowed, or the store fails.
    pub async fn before(
        &self,
        who: &Principal,
        key: &SeriesKey,
        at: Timestamp,
    ) -> Result<Option<Sample>, HistoryError> {
        self.hub.may(who, Door::See).await?;
        self.flush().await;
        let Some(series) = self.id(key).await? else {
            return Ok(None);
        };
        Ok(self.store.before(series, at).await?)
    }

    /// Has what was recorded written down, so that it is found. Waits a moment at most.
    pub(crate) async fn flush(&self) {
        let (done, wait) = oneshot::channel();
        let flushed = async {
            if self.asks.send(Ask::Flush(done)).await.is_ok() {
                let _ = wait.await;
            }
        };
        let _ = tokio::time::timeout(FLUSH_WITHIN, flushed).await;
    }

    /// The present that is believed, and whether things may go by their age.
    pub(crate) async fn clock(&self) -> Option<(Timestamp, bool)> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask::Clock(reply)).await.ok()?;
        answer.await.ok()
    }

    /// Series that are kept for another time than all.
    pub(crate) async fn kept_otherwise(&self) -> Vec<(SeriesId, Duration)> {
        let (reply, answer) = oneshot::channel();
        let _ = self.asks.send(Ask::Kept(reply)).await;
        answer.await.unwrap_or_default()
    }

    /// Waits until the recorder knows what the store has; none when it never will.
    pub(crate) async fn is_ready(&self) -> Option<()> {
        let mut ready = self.ready.clone();
        ready.wait_for(|ready| *ready).await.ok().map(drop)
    }

    pub(crate) async fn all(&self) -> Result<Vec<(SeriesId, SeriesKey)>, StoreError> {
        self.store.series().await
    }

    pub(crate) async fn id(&self, key: &SeriesKey) -> Result<Option<SeriesId>, StoreError> {
        self.store.find(key).await
    }

    /// The gaps of a series between two moments, in order and joined.
    pub(crate) async fn gaps(
        &self,
        key: &SeriesKey,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Gap>, StoreError> {
        let hub = gaps::of_hub(&self.told(&SeriesKey::Hub, from, to).await?);
        let Some(node) = key.node() else {
            return Ok(match key {
                SeriesKey::Foreign(_) => Vec::new(),
                _ => hub,
            });
        };
        let there = self.told(&SeriesKey::Reachability(node), from, to).await?;
        let mut gaps = gaps::of_node(&there);
        gaps.extend(hub);
        join(&mut gaps);
        Ok(gaps)
    }

    /// What a series told between two moments, with the last before and the first after.
    async fn told(
        &self,
        key: &SeriesKey,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Sample>, StoreError> {
        let Some(series) = self.id(key).await? else {
            return Ok(Vec::new());
        };
        let mut told: Vec<_> = self.store.before(series, from).await?.into_iter().collect();
        let mut next = from;
        loop {
            let page = self.store.read(series, next, to, PAGE).await?;
            let is_last = page.len() < PAGE;
            told.extend(page);
            match told.last() {
                Some(last) if !is_last => next = Timestamp(last.at.0.saturating_add(1)),
                _ => break,
            }
        }
        told.extend(self.store.after(series, to).await?);
        Ok(told)
    }
}

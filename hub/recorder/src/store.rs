//! What the recorder needs of a store.
//!
//! A store keeps samples by series, roll-ups by period and series, and some notes of the recorder. It
//! may lose the last seconds when the power goes; it never gives back half of what one call wrote.

use async_trait::async_trait;
use history::rollup::{Period, Rollup};
use history::sample::Sample;
use history::series::SeriesKey;
use hub_model::Timestamp;

/// A series' short name within one store. Ascends from 1, is never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId(pub u32);

/// A sample of a series, to be kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The series.
    pub series: SeriesId,
    /// The sample. Its moment is a whole millisecond.
    pub sample: Sample,
}

/// A day of a series whose roll-ups are no longer true, since a sample came late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Late {
    /// The series.
    pub series: SeriesId,
    /// The day, counted from 1970-01-01 in UTC.
    pub day: i32,
    /// Which lateness of the day this is: another each time that a sample comes late.
    pub stamp: u64,
}

/// What is to be let go of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expire {
    /// Samples of before this moment.
    pub before: Timestamp,
    /// Of these series; of all that there are when none.
    pub only: Option<Vec<SeriesId>>,
    /// But not of these.
    pub but: Vec<SeriesId>,
}

/// How much a store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Octets on disk, or in memory when there is no disk. Room that was freed and can be used
    /// again does not count.
    pub octets: u64,
    /// How many samples, give or take those that were told twice.
    pub samples: u64,
    /// The moment of the oldest sample, or one before it.
    pub oldest: Option<Timestamp>,
    /// The moment of the newest sample, where the store knows it without looking.
    pub newest: Option<Timestamp>,
}

/// Why a store did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no room on the disk. It may be tried again later.
    #[error("the disk is full")]
    Full,
    /// Somebody else holds it, or it cannot be reached just now. It may be tried again later.
    #[error("the history is not available at present: {0}")]
    Busy(String),
    /// What is stored is damaged. What was asked cannot be done; the store mends itself, or begins
    /// anew and keeps the damaged one aside, so that the next call may do.
    #[error("the history is damaged: {0}")]
    Damaged(String),
    /// Anything else.
    #[error("the history's store: {0}")]
    Failed(String),
    /// The store was closed.
    #[error("the history is closed")]
    Closed,
}

/// Keeps the home's past.
#[async_trait]
pub trait HistoryStore: Send + Sync {
    /// All series there are, ascending by id.
    async fn series(&self) -> Result<Vec<(SeriesId, SeriesKey)>, StoreError>;

    /// The id of a series, if it has one.
    async fn find(&self, key: &SeriesKey) -> Result<Option<SeriesId>, StoreError>;

    /// The ids of series, in the order of the keys; those that are new are made.
    async fn enrol(&self, keys: Vec<SeriesKey>) -> Result<Vec<SeriesId>, StoreError>;

    /// Keeps samples, all or none. Of several for one series and millisecond the last stands, also
    /// over calls. A sample of before [`HistoryStore::rolled_until`] makes its day late. Ids that
    /// were never given out are refused ([`StoreError::Failed`]).
    async fn append(&self, entries: Vec<Entry>) -> Result<(), StoreError>;

    /// At most `limit` samples of a series from `from` on and before `to`, in order.
    async fn read(
        &self,
        series: SeriesId,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError>;

    /// The last sample of a series before a moment.
    async fn before(&self, series: SeriesId, at: Timestamp) -> Result<Option<Sample>, StoreError>;

    /// The first sample of a series at a moment or after it.
    async fn after(&self, series: SeriesId, at: Timestamp) -> Result<Option<Sample>, StoreError> {
        let end = Timestamp(i64::MAX);
        Ok(self.read(series, at, end, 1).await?.pop())
    }

    /// Keeps roll-ups, all or none. One that begins when another of the same period and series does
    /// takes its place.
    async fn put_rollups(
        &self,
        period: Period,
        rollups: Vec<(SeriesId, Vec<Rollup>)>,
    ) -> Result<(), StoreError>;

    /// Roll-ups of a series that begin from `from` on and before `to`, in order.
    async fn rollups(
        &self,
        period: Period,
        series: SeriesId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Rollup>, StoreError>;

    /// Says that everything before this moment is rolled up, so that samples of before it are late.
    async fn set_rolled_until(&self, until: Timestamp) -> Result<(), StoreError>;

    /// What was said so last.
    async fn rolled_until(&self) -> Result<Option<Timestamp>, StoreError>;

    /// At most `limit` of the days that are late, ascending.
    async fn late(&self, limit: usize) -> Result<Vec<Late>, StoreError>;

    /// Says that these days are late no more, but for those that became late again meanwhile: whose
    /// stamp is another by now.
    async fn mended(&self, days: Vec<Late>) -> Result<(), StoreError>;

    /// Lets samples go. Those that share a block with younger ones may stay until those go. Returns
    /// about how many went.
    async fn expire(&self, what: Expire) -> Result<u64, StoreError>;

    /// Lets roll-ups of before a moment go.
    async fn expire_rollups(&self, period: Period, before: Timestamp) -> Result<(), StoreError>;

    /// A note of the recorder.
    async fn note(&self, name: &str) -> Result<Option<String>, StoreError>;

    /// Keeps a note.
    async fn set_note(&self, name: &str, text: &str) -> Result<(), StoreError>;

    /// How much there is.
    async fn size(&self) -> Result<Size, StoreError>;

    /// Does a little of what keeps the store compact, some hundredths of a second at most. Returns
    /// whether there is more to do.
    async fn tidy(&self) -> Result<bool, StoreError>;

    /// Puts everything in its place and lets go of the store; all calls after it are refused.
    async fn close(&self);
}

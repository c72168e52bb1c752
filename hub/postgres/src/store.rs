//! The store: three connections, so that questions wait for no write and no clearing up.

use std::sync::Arc;

use async_trait::async_trait;
use history::rollup::{Period, Rollup};
use history::sample::Sample;
use history::series::SeriesKey;
use hub_model::Timestamp;
use hub_runtime::Supervisor;
use recorder::{Entry, Expire, HistoryStore, Late, SeriesId, Size, StoreError};
use tokio::sync::OnceCell;

use crate::config::{PgConfig, PgConfigError};
use crate::link::{Link, Working};
use crate::session::{Role, Session, Settings};

/// A history in a PostgreSQL database.
///
/// Calls connect as they need to. When the database cannot be reached, or another hub writes the same
/// schema, they are told [`StoreError::Busy`], within ten seconds or, while a new try is not yet due, at
/// once. Each call does all of what it says or nothing; of one that is told to be busy either may be.
///
/// It is best given some thousands of samples a call: one of more than about half a million does not end
/// in time.
#[derive(Debug)]
pub struct PgHistory {
    writer: Link,
    reader: Link,
    keeper: Link,
    /// Whether the writer was connected once, so that the tables are there and ours.
    is_ours: OnceCell<()>,
}

impl PgHistory {
    /// The history in this database. Nothing is asked of the server yet. Call it within the runtime; its
    /// tasks end when the store is closed or dropped.
    ///
    /// # Errors
    /// When the configuration cannot be used.
    pub fn new(config: &PgConfig, supervisor: &Supervisor) -> Result<Self, PgConfigError> {
        let settings = Arc::new(Settings::new(config)?);
        let link = |role| Link::start(Arc::clone(&settings), role, supervisor);
        Ok(Self {
            writer: link(Role::Writer),
            reader: link(Role::Reader),
            keeper: link(Role::Keeper),
            is_ours: OnceCell::new(),
        })
    }

    /// Connects, makes the tables or brings them up to date, and takes the schema's lock, unless that
    /// was done.
    ///
    /// # Errors
    /// Why the database cannot be used.
    pub async fn connect(&self) -> Result<(), StoreError> {
        self.writer.ask(|_| Box::pin(async { Ok(()) })).await
    }

    async fn write<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'a> FnOnce(&'a mut Session) -> Working<'a, T> + Send + 'static,
    {
        self.writer.ask(work).await
    }

    async fn look<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'a> FnOnce(&'a mut Session) -> Working<'a, T> + Send + 'static,
    {
        self.is_ours.get_or_try_init(|| self.connect()).await?;
        self.reader.ask(work).await
    }

    async fn keep<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'a> FnOnce(&'a mut Session) -> Working<'a, T> + Send + 'static,
    {
        self.is_ours.get_or_try_init(|| self.connect()).await?;
        self.keeper.ask(work).await
    }
}

#[async_trait]
impl HistoryStore for PgHistory {
    async fn series(&self) -> Result<Vec<(SeriesId, SeriesKey)>, StoreError> {
        self.look(|session| Box::pin(session.series())).await
    }

    async fn find(&self, key: &SeriesKey) -> Result<Option<SeriesId>, StoreError> {
        let key = key.clone();
        self.look(move |session| Box::pin(async move { session.find(&key).await }))
            .await
    }

    async fn enrol(&self, keys: Vec<SeriesKey>) -> Result<Vec<SeriesId>, StoreError> {
        self.write(move |session| Box::pin(async move { session.enrol(&keys).await }))
            .await
    }

    async fn append(&self, entries: Vec<Entry>) -> Result<(), StoreError> {
        self.write(move |session| Box::pin(session.append(entries)))
            .await
    }

    async fn read(
        &self,
        series: SeriesId,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError> {
        self.look(move |session| Box::pin(session.read(series, from, to, limit)))
            .await
    }

    async fn before(&self, series: SeriesId, at: Timestamp) -> Result<Option<Sample>, StoreError> {
        self.look(move |session| Box::pin(session.before(series, at)))
            .await
    }

    async fn put_rollups(
        &self,
        period: Period,
        rollups: Vec<(SeriesId, Vec<Rollup>)>,
    ) -> Result<(), StoreError> {
        self.write(move |session| Box::pin(session.put_rollups(period, rollups)))
            .await
    }

    async fn rollups(
        &self,
        period: Period,
        series: SeriesId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Rollup>, StoreError> {
        self.look(move |session| Box::pin(session.rollups(period, series, from, to)))
            .await
    }

    async fn set_rolled_until(&self, until: Timestamp) -> Result<(), StoreError> {
        self.write(move |session| Box::pin(session.set_rolled_until(until)))
            .await
    }

    async fn rolled_until(&self) -> Result<Option<Timestamp>, StoreError> {
        self.look(|session| Box::pin(session.rolled_until())).await
    }

    async fn late(&self, limit: usize) -> Result<Vec<Late>, StoreError> {
        self.look(move |session| Box::pin(session.late(limit)))
            .await
    }

    async fn mended(&self, days: Vec<Late>) -> Result<(), StoreError> {
        self.write(move |session| Box::pin(session.mended(days)))
            .await
    }

    /// Lets go of what five seconds suffice for; the rest goes with the next call.
    async fn expire(&self, what: Expire) -> Result<u64, StoreError> {
        self.keep(move |session| Box::pin(session.expire(what)))
            .await
    }

    async fn expire_rollups(&self, period: Period, before: Timestamp) -> Result<(), StoreError> {
        self.keep(move |session| Box::pin(session.expire_rollups(period, before)))
            .await
    }

    async fn note(&self, name: &str) -> Result<Option<String>, StoreError> {
        let name = name.to_owned();
        self.look(move |session| Box::pin(async move { session.note(&name).await }))
            .await
    }

    async fn set_note(&self, name: &str, text: &str) -> Result<(), StoreError> {
        let (name, text) = (name.to_owned(), text.to_owned());
        self.write(move |session| Box::pin(async move { session.set_note(&name, &text).await }))
            .await
    }

    async fn size(&self) -> Result<Size, StoreError> {
        self.keep(|session| Box::pin(session.size())).await
    }

    /// Nothing: the server tidies by itself.
    async fn tidy(&self) -> Result<bool, StoreError> {
        match self.writer.is_closed() {
            true => Err(StoreError::Closed),
            false => Ok(false),
        }
    }

    async fn close(&self) {
        self.keeper.close().await;
        self.reader.close().await;
        self.writer.close().await;
    }
}

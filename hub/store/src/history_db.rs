//! `history.db`: the past of everything in the home.
//!
//! Apart from `home.db`, because it is large, is written all the time, and may be lost without costing a
//! device. A commit is in SQLite's write-ahead log and not synced at once: losing the power may cost the last
//! seconds, never half a call, and killing the program costs nothing.
//!
//! ```text
//! append → journal (a row a call) and memory
//!            → when there are many, or after an hour: a segment, blocks by series and time
//!                → eight segments → one of the next level, in small steps
//! ```
//!
//! A read weaves memory and the segments of that time together. What one call wrote later stands.
//!
//! The contents of the file never keep the hub from starting: a damaged file is set aside, a new one begins
//! with the same series, and what can be read of the old one is brought over by and by. The same holds for a
//! file that is damaged or deleted while it is open.
//!
//! Not here: the form of blocks (`history::codec`), and what is recorded for how long (`recorder`).

mod anew;
mod expire;
mod fault;
#[cfg(test)]
mod faults;
mod file;
#[cfg(test)]
mod golden;
mod merge;
mod notes;
mod past;
mod read;
mod recent;
mod rollups;
mod salvage;
mod segment;
mod series;
#[cfg(test)]
mod tests;
mod tidy;
mod weave;

use std::path::Path;
use std::sync::Arc;
use std::thread;

use async_trait::async_trait;
use history::rollup::{Period, Rollup};
use history::sample::Sample;
use history::series::SeriesKey;
use hub_model::Timestamp;
use recorder::{Entry, Expire, HistoryStore, Late, SeriesId, Size, StoreError};
use tokio::sync::{mpsc, oneshot};

use self::fault::Fault;
use self::past::Past;
use crate::error::OpenError;
use crate::state_dir::create_private_dir;

/// The file's name in the state directory.
const DATABASE: &str = "history.db";
/// Requests that may wait: the recorder has one write under way, and clients some reads.
const REQUESTS: usize = 64;

type Job = Box<dyn FnOnce(&mut Past) + Send>;

/// The open history. Clones share it; it is let go of when the last is dropped.
#[derive(Clone, Debug)]
pub struct HistoryDb {
    requests: mpsc::Sender<Job>,
}

/// Whether a call that met damage is tried once more with the new file: what is written is, what was to be
/// read is not there.
#[derive(Clone, Copy)]
enum On {
    Write,
    Read,
}

impl HistoryDb {
    /// Opens the history in a state directory that a [`crate::HomeDb`] holds, or makes it. What cannot be
    /// used is set aside.
    ///
    /// # Errors
    /// When the disk refuses, or another program holds the file.
    pub fn open(state_dir: &Path, now: Timestamp) -> Result<Self, OpenError> {
        create_private_dir(state_dir)?;
        let path = state_dir.join(DATABASE);
        let past = Past::open(&path, now)?;
        let (requests, inbox) = mpsc::channel(REQUESTS);
        thread::Builder::new()
            .name("history.db".to_owned())
            .spawn(move || serve(past, inbox))
            .map_err(OpenError::file("start the thread of", &path))?;
        Ok(Self { requests })
    }

    async fn ask<T: Send + 'static>(
        &self,
        on: On,
        mut job: impl FnMut(&mut Past) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |past| {
            let done = past.attempt(matches!(on, On::Write), &mut job);
            // Nobody waits any more: the work is done all the same.
            let _ = reply.send(done);
        });
        self.requests
            .send(job)
            .await
            .map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

fn serve(mut past: Past, mut inbox: mpsc::Receiver<Job>) {
    while let Some(job) = inbox.blocking_recv() {
        job(&mut past);
    }
}

#[async_trait]
impl HistoryStore for HistoryDb {
    async fn series(&self) -> Result<Vec<(SeriesId, SeriesKey)>, StoreError> {
        let all = |past: &mut Past| {
            let ids = (1..).map(SeriesId);
            Ok(ids.zip(past.keys.iter().cloned()).collect())
        };
        self.ask(On::Read, all).await
    }

    async fn find(&self, key: &SeriesKey) -> Result<Option<SeriesId>, StoreError> {
        let key = key.clone();
        self.ask(On::Read, move |past| past.find(&key)).await
    }

    async fn enrol(&self, keys: Vec<SeriesKey>) -> Result<Vec<SeriesId>, StoreError> {
        self.ask(On::Write, move |past| past.enrol(&keys)).await
    }

    async fn append(&self, entries: Vec<Entry>) -> Result<(), StoreError> {
        self.ask(On::Write, move |past| past.append(&entries)).await
    }

    async fn read(
        &self,
        series: SeriesId,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError> {
        self.ask(On::Read, move |past| past.read(series.0, from, to, limit))
            .await
    }

    async fn before(&self, series: SeriesId, at: Timestamp) -> Result<Option<Sample>, StoreError> {
        self.ask(On::Read, move |past| past.before(series.0, at))
            .await
    }

    async fn put_rollups(
        &self,
        period: Period,
        rollups: Vec<(SeriesId, Vec<Rollup>)>,
    ) -> Result<(), StoreError> {
        self.ask(On::Write, move |past| past.put_rollups(period, &rollups))
            .await
    }

    async fn rollups(
        &self,
        period: Period,
        series: SeriesId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Rollup>, StoreError> {
        self.ask(On::Read, move |past| {
            past.rollups(period, series.0, from, to)
        })
        .await
    }

    async fn set_rolled_until(&self, until: Timestamp) -> Result<(), StoreError> {
        self.ask(On::Write, move |past| past.set_rolled_until(until))
            .await
    }

    async fn rolled_until(&self) -> Result<Option<Timestamp>, StoreError> {
        self.ask(On::Read, |past| Ok(past.rolled_until)).await
    }

    async fn late(&self, limit: usize) -> Result<Vec<Late>, StoreError> {
        self.ask(On::Read, move |past| past.late(limit)).await
    }

    async fn mended(&self, days: Vec<Late>) -> Result<(), StoreError> {
        self.ask(On::Write, move |past| past.mended(&days)).await
    }

    async fn expire(&self, what: Expire) -> Result<u64, StoreError> {
        self.ask(On::Write, move |past| past.expire(&what)).await
    }

    async fn expire_rollups(&self, period: Period, before: Timestamp) -> Result<(), StoreError> {
        self.ask(On::Write, move |past| past.expire_rollups(period, before))
            .await
    }

    async fn note(&self, name: &str) -> Result<Option<String>, StoreError> {
        let name = name.to_owned();
        self.ask(On::Read, move |past| past.note(&name)).await
    }

    async fn set_note(&self, name: &str, text: &str) -> Result<(), StoreError> {
        let (name, text): (Arc<str>, Arc<str>) = (name.into(), text.into());
        self.ask(On::Write, move |past| past.set_note(&name, &text))
            .await
    }

    async fn size(&self) -> Result<Size, StoreError> {
        self.ask(On::Read, |past| past.size()).await
    }

    async fn tidy(&self) -> Result<bool, StoreError> {
        self.ask(On::Write, Past::tidy).await
    }

    async fn close(&self) {
        let close = |past: &mut Past| {
            past.close();
            Ok(())
        };
        // Refused when it is closed already.
        let _ = self.ask(On::Read, close).await;
    }
}

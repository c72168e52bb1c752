//! The past as the thread of the file owns it: what was read when it was opened, and how it is written.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use history::codec::batch;
use history::series::SeriesKey;
use hub_model::Timestamp;
use recorder::{Entry, Size, StoreError};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use tracing::{error, info, warn};

use super::fault::Fault;
use super::file::{self, Found, HistoryFile};
use super::merge::Merge;
use super::recent::Recent;
use super::salvage::Salvage;
use super::segment::{self, BLOCK, BUILDING, DEAD, LIVE, Segment, Writer};
use super::{notes, series};
use crate::error::OpenError;

/// An open history.
pub(super) struct Past {
    pub(super) path: PathBuf,
    /// None when it could not be made anew, or was closed.
    pub(super) file: Option<HistoryFile>,
    pub(super) is_closed: bool,
    /// Of series 1, 2, and so on.
    pub(super) keys: Vec<SeriesKey>,
    pub(super) recent: Recent,
    /// Those that are read, in the order of writing.
    pub(super) segments: Vec<Segment>,
    /// Those that are to be deleted.
    pub(super) dead: Vec<Segment>,
    pub(super) next_segment: i64,
    /// Until when all is rolled up.
    pub(super) rolled_until: Option<Timestamp>,
    /// The last stamp of a late day.
    pub(super) stamp: u64,
    /// The youngest moment that was written, in milliseconds.
    newest: i64,
    pub(super) merge: Option<Merge>,
    pub(super) salvage: VecDeque<Salvage>,
    /// Segments that were cleared of what a call let go of: until when, and of which series.
    pub(super) cleared: BTreeMap<i64, (Timestamp, u64)>,
}

impl Past {
    /// Opens the file at a path, or makes it. One that cannot be used is set aside.
    pub(super) fn open(path: &Path, now: Timestamp) -> Result<Self, OpenError> {
        let mut past = Self::empty(path);
        let why = match HistoryFile::open(path)? {
            Found::History(file) => {
                past.file = Some(file);
                match past.load() {
                    Ok(()) => return Ok(past),
                    Err(fault) if fault.is_damage() => fault.to_string(),
                    Err(fault) => return Err(file::refused(path, fault)),
                }
            }
            Found::Newer(version) => {
                let aside = file::set_aside(path, &format!("v{version}"))?;
                let aside = aside.unwrap_or_default();
                error!(
                    version,
                    aside = %aside.display(),
                    "a newer program wrote history.db: it is set aside, and a new history begins"
                );
                past.file = Some(HistoryFile::make(path)?);
                return Ok(past);
            }
            Found::Unusable(fault) => fault.to_string(),
        };
        past = Self::empty(path);
        past.put_away(&why, now)?;
        past.make_anew()
            .map_err(|fault| file::refused(path, fault))?;
        Ok(past)
    }

    fn empty(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            file: None,
            is_closed: false,
            keys: Vec::new(),
            recent: Recent::default(),
            segments: Vec::new(),
            dead: Vec::new(),
            next_segment: 1,
            rolled_until: None,
            stamp: 0,
            newest: i64::MIN,
            merge: None,
            salvage: VecDeque::new(),
            cleared: BTreeMap::new(),
        }
    }

    fn load(&mut self) -> Result<(), Fault> {
        let Some(file) = &self.file else {
            return Err(Fault::Gone);
        };
        let connection = &file.connection;
        self.keys = series::load(connection)?;
        self.segments = segment::load(connection, LIVE)?;
        self.dead = segment::load(connection, DEAD)?;
        // What was being written when the program ended.
        self.dead.extend(segment::load(connection, BUILDING)?);
        let ids = self
            .segments
            .iter()
            .chain(&self.dead)
            .map(|segment| segment.id);
        self.next_segment = ids.max().map_or(1, |id| id.saturating_add(1));
        let least: Option<i64> = notes::fact(connection, notes::NEXT_SEGMENT)?;
        self.next_segment = self.next_segment.max(least.unwrap_or(1));
        self.newest = self
            .segments
            .iter()
            .map(|segment| segment.last)
            .max()
            .unwrap_or(i64::MIN);
        self.rolled_until = notes::fact(connection, notes::ROLLED_UNTIL)?.map(Timestamp);
        self.stamp = notes::last_stamp(connection)?;
        self.salvage = Salvage::left(connection, &self.path)?;
        for (row, octets) in journal(connection)? {
            match batch::decode(&octets) {
                Ok(entries) => self.take_recent(entries),
                Err(error) => warn!(row, %error, "samples of last were damaged, and are lost"),
            }
        }
        Ok(())
    }

    pub(super) fn take_recent(&mut self, entries: Vec<(u32, history::sample::Sample)>) {
        for (series, sample) in entries {
            if self.is_given(series) {
                self.newest = self.newest.max(sample.at.as_millis());
                self.recent.add(series, sample);
            }
        }
    }

    /// Whether a series has this number.
    pub(super) fn is_given(&self, series: u32) -> bool {
        usize::try_from(series).is_ok_and(|series| (1..=self.keys.len()).contains(&series))
    }

    pub(super) fn connection(&self) -> Result<&Connection, Fault> {
        match &self.file {
            Some(file) => Ok(&file.connection),
            None if self.is_closed => Err(StoreError::Closed.into()),
            None => Err(Fault::Gone),
        }
    }

    /// A transaction that takes the write lock at once.
    pub(super) fn begin(&mut self) -> Result<Transaction<'_>, Fault> {
        match &mut self.file {
            Some(file) => Ok(file
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?),
            None if self.is_closed => Err(StoreError::Closed.into()),
            None => Err(Fault::Gone),
        }
    }

    /// Does something; when the file proves to be unusable, begins a new one, and when `again` does the
    /// thing with that.
    pub(super) fn attempt<T>(
        &mut self,
        again: bool,
        job: &mut dyn FnMut(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        if self.is_closed {
            return Err(StoreError::Closed);
        }
        if self.file.is_none() {
            // It could not be made the last time.
            self.make_anew()?;
        }
        let fault = match job(self) {
            Ok(done) => return Ok(done),
            Err(fault) => fault,
        };
        let is_gone = self.file.as_ref().is_none_or(|file| !file.is_there());
        if !fault.is_damage() && !is_gone {
            return Err(fault.into());
        }
        let fault = if is_gone { Fault::Gone } else { fault };
        let why = fault.to_string();
        self.put_away(&why, hub_runtime::clock::now().wall)?;
        self.make_anew()?;
        match again {
            true => job(self).map_err(StoreError::from),
            false => Err(StoreError::Damaged(why)),
        }
    }

    /// Keeps samples, all or none.
    pub(super) fn append(&mut self, entries: &[Entry]) -> Result<(), Fault> {
        if let Some(stray) = entries.iter().find(|entry| !self.is_given(entry.series.0)) {
            let what = format!("there is no series {}", stray.series.0);
            return Err(StoreError::Failed(what).into());
        }
        if self.file.as_ref().is_none_or(|file| !file.is_there()) {
            return Err(Fault::Gone);
        }
        if entries.is_empty() {
            return Ok(());
        }
        if self.recent.is_overfull() {
            self.seal()?;
        }
        let stamp = self.stamp;
        let late = notes::late_days(entries, self.rolled_until);
        let transaction = self.begin()?;
        for piece in entries.chunks(batch::MOST_SAMPLES) {
            write_journal(
                &transaction,
                piece.iter().map(|entry| (entry.series.0, &entry.sample)),
            )?;
        }
        let stamp = notes::add_late(&transaction, &late, stamp)?;
        transaction.commit()?;
        self.stamp = stamp;
        for Entry { series, sample } in entries {
            self.newest = self.newest.max(sample.at.as_millis());
            self.recent.add(series.0, sample.clone());
        }
        if self.recent.is_full()
            && let Err(fault) = self.seal()
        {
            if fault.is_damage() {
                return Err(fault);
            }
            // The samples are in the journal; it is tried again before there are too many.
            warn!(error = %fault, "samples of last cannot be made a segment");
        }
        Ok(())
    }

    /// Makes a segment of the samples of last.
    pub(super) fn seal(&mut self) -> Result<(), Fault> {
        if self.recent.is_empty() {
            self.recent.clear();
            self.begin_and(|transaction| {
                transaction.execute("DELETE FROM journal", [])?;
                Ok(())
            })?;
            return Ok(());
        }
        let id = self.next_segment;
        let recent = std::mem::take(&mut self.recent);
        let sealed = self.begin_and(|transaction| {
            let mut writer = Writer::new(id, id, 0);
            write_blocks(transaction, &recent, &mut writer)?;
            writer.segment.save(transaction, LIVE)?;
            transaction.execute("DELETE FROM journal", [])?;
            Ok(writer.segment)
        });
        match sealed {
            Ok(segment) => {
                self.next_segment = id + 1;
                self.segments.push(segment);
                Ok(())
            }
            Err(fault) => {
                self.recent = recent;
                Err(fault)
            }
        }
    }

    fn begin_and<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let transaction = self.begin()?;
        let done = work(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }

    /// For how long, in milliseconds, the oldest of the samples of last has been waiting.
    pub(super) fn waiting(&self) -> u64 {
        let first = self.recent.span().map_or(self.newest, |(first, _)| first);
        self.newest.abs_diff(first)
    }

    pub(super) fn size(&self) -> Result<Size, Fault> {
        let connection = self.connection()?;
        let used = file::used_octets(connection)?;
        let unread = self.dead.iter().map(|segment| segment.octets);
        let dead: u64 = unread.chain(self.merge.as_ref().map(Merge::octets)).sum();
        let samples: u64 = self.segments.iter().map(|segment| segment.samples).sum();
        let oldest = self.segments.iter().map(|segment| segment.first);
        let oldest = oldest
            .chain(self.recent.span().map(|(first, _)| first))
            .min();
        Ok(Size {
            octets: used.saturating_sub(dead),
            samples: samples + self.recent.len() as u64,
            oldest: oldest.map(Timestamp::from_millis),
            newest: (self.newest > i64::MIN).then(|| Timestamp::from_millis(self.newest)),
        })
    }

    /// Puts the samples of last in a segment, and lets go of the file.
    pub(super) fn close(&mut self) {
        if self.is_closed {
            return;
        }
        if !self.recent.is_empty()
            && self.file.is_some()
            && let Err(fault) = self.seal()
        {
            // They stay in the journal.
            warn!(error = %fault, "samples of last cannot be made a segment");
        }
        self.is_closed = true;
        self.merge = None;
        self.salvage.clear();
        if let Some(file) = self.file.take()
            && let Err((_, error)) = file.connection.close()
        {
            warn!(%error, "history.db cannot be closed");
        }
        info!("history.db is closed");
    }
}

pub(super) fn write_journal<'a>(
    to: &Transaction<'_>,
    entries: impl Iterator<Item = (u32, &'a history::sample::Sample)> + Clone,
) -> Result<(), Fault> {
    let octets = batch::encode(entries);
    let octets = octets.ok_or_else(|| StoreError::Failed("too many samples at once".to_owned()))?;
    to.prepare_cached("INSERT INTO journal (data) VALUES (?1)")?
        .execute(params![octets])?;
    Ok(())
}

fn write_blocks(to: &Transaction<'_>, recent: &Recent, writer: &mut Writer) -> Result<(), Fault> {
    let mut samples = Vec::with_capacity(BLOCK);
    let mut all = recent.iter().peekable();
    while let Some((series, sample)) = all.next() {
        samples.push(sample.clone());
        let is_last = all.peek().is_none_or(|(next, _)| *next != series);
        if is_last || samples.len() == BLOCK {
            writer.put(to, series, &samples)?;
            samples.clear();
        }
    }
    Ok(())
}

/// The rows of the journal.
pub(super) fn journal(connection: &Connection) -> rusqlite::Result<Vec<(i64, Vec<u8>)>> {
    let mut statement = connection.prepare("SELECT id, data FROM journal ORDER BY id")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

//! Beginning anew: a file that cannot be used is put away, and a new one made with the same series.

use std::path::Path;

use history::codec::batch;
use hub_model::Timestamp;
use tracing::{error, warn};

use super::fault::Fault;
use super::file::{self, HistoryFile};
use super::past::{Past, write_journal};
use super::salvage::{Salvage, Source};
use super::{notes, series};
use crate::error::OpenError;

/// A new file's segments begin this much above those of the one before, so that what is salvaged is older.
const BETWEEN_FILES: i64 = 1_000_000;
/// The same, when it is not known which there were.
const FAR: i64 = 1 << 40;

impl Past {
    /// Sets the file aside, and remembers that what can be read of it is to be brought over, which
    /// [`super::tidy`] does by and by.
    pub(super) fn put_away(&mut self, why: &str, now: Timestamp) -> Result<(), OpenError> {
        let was_open = self.file.take();
        let is_there = was_open.as_ref().is_none_or(HistoryFile::is_there);
        let mut source = None;
        if is_there {
            // Closed before it is moved, so that all that belongs to it is in it.
            drop(was_open);
        } else if let Some(file) = was_open {
            // Its name is gone, but what it holds is there as long as it is open.
            source = Some(Source::of_open(file.connection));
        }
        let aside = file::set_aside(&self.path, &format!("damaged-{}", now.as_secs()))?;
        file::prune_aside(&self.path);
        let shown = aside
            .as_deref()
            .unwrap_or(Path::new(""))
            .display()
            .to_string();
        error!(
            error = why,
            aside = %shown,
            "history.db cannot be used: a new one begins, and what can be read of it is brought over"
        );
        if is_there && let Some(aside) = &aside {
            source = Source::of_file(aside)
                .map_err(|error| warn!(%error, aside = %shown, "nothing of it can be read"))
                .ok();
        }
        self.forget(source.as_ref());
        let known = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        self.salvage
            .extend(source.map(|source| Salvage::new(source, known)));
        Ok(())
    }

    /// Forgets what was in the file that was put away, but for what the new one begins with.
    fn forget(&mut self, source: Option<&Source>) {
        let was_read = !self.keys.is_empty() || self.next_segment > 1;
        let of_source = || source.and_then(Source::last_segment).unwrap_or(FAR);
        let last = if was_read {
            self.next_segment
        } else {
            of_source()
        };
        self.next_segment = last.saturating_add(BETWEEN_FILES);
        self.segments.clear();
        self.dead.clear();
        self.cleared.clear();
        self.merge = None;
        if let Some(source) = source.filter(|_| !was_read) {
            self.keys = source.keys();
            self.rolled_until = source.fact(notes::ROLLED_UNTIL).map(Timestamp);
            for entries in source.journal() {
                self.take_recent(entries);
            }
        }
    }

    /// Makes a new file with the same series and the samples of last. When that fails nothing of it stays,
    /// and it can be tried again.
    pub(super) fn make_anew(&mut self) -> Result<(), Fault> {
        // What came there meanwhile, and what belongs to no file.
        let now = hub_runtime::clock::now().wall;
        file::set_aside(&self.path, &format!("damaged-{}", now.as_secs()))?;
        let made = HistoryFile::make(&self.path).map_err(Fault::from);
        let made = made.and_then(|file| {
            self.file = Some(file);
            self.fill()
        });
        if made.is_err() {
            self.file = None;
            file::remove(&self.path);
        }
        made
    }

    /// Fills a new file with what must be there at once.
    fn fill(&mut self) -> Result<(), Fault> {
        let entries: Vec<_> = self
            .recent
            .iter()
            .map(|(series, sample)| (series, sample.clone()))
            .collect();
        let (keys, next, until) = (self.keys.clone(), self.next_segment, self.rolled_until);
        let salvage = std::mem::take(&mut self.salvage);
        let filled = self.begin().and_then(|transaction| {
            series::insert(&transaction, 1, &keys)?;
            notes::set_fact(&transaction, notes::NEXT_SEGMENT, next)?;
            if let Some(until) = until {
                notes::set_fact(&transaction, notes::ROLLED_UNTIL, until.0)?;
            }
            for piece in entries.chunks(batch::MOST_SAMPLES) {
                let piece = piece.iter().map(|(series, sample)| (*series, sample));
                write_journal(&transaction, piece)?;
            }
            for salvage in salvage.iter().rev() {
                salvage.bring_notes(&transaction)?;
                salvage.save(&transaction)?;
            }
            let stamp = notes::last_stamp(&transaction)?;
            transaction.commit()?;
            Ok(stamp)
        });
        self.salvage = salvage;
        self.stamp = self.stamp.max(filled?);
        Ok(())
    }
}

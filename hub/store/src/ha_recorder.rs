//! The recorder's database of Home Assistant, `home-assistant_v2.db`: read, never written.
//!
//! It may be in use by a running Home Assistant: each page is a short read of its own, so that the
//! other hub can go on, and what is written meanwhile is left out. Where nobody has it open it is read
//! as a file that does not change, so that nothing is written beside it, on whatever medium it is.
//!
//! Schemas 38 (Home Assistant 2023.4) and later are read. Pages are in order of time within each
//! entity, and small: a file of many gigabytes needs a few megabytes of memory.
//!
//! Not here: what becomes of the rows (`history-import`).

mod error;
mod listing;
mod open;
mod pages;
mod text;

use std::path::{Path, PathBuf};

use history_import::{Entity, Outage, StateRow, Statistic, StatisticRow};
use rusqlite::Connection;

pub use error::HaRecorderError;
pub use pages::{Pages, Progress};

/// An open recorder's database.
#[derive(Debug)]
pub struct HaRecorder {
    connection: Connection,
    path: PathBuf,
    schema: u32,
    /// The last row of states when it was opened; what comes later is left out.
    last: i64,
}

impl HaRecorder {
    /// Opens the database.
    ///
    /// # Errors
    /// When it cannot be read, or is none that is understood. Each says what to do.
    pub fn open(path: &Path) -> Result<Self, HaRecorderError> {
        open::open(path)
    }

    /// The version of its schema.
    #[must_use]
    pub const fn schema(&self) -> u32 {
        self.schema
    }

    /// Whether its schema is newer than any that was known when this program was made. It is read all
    /// the same, as far as its tables are as they were.
    #[must_use]
    pub const fn is_newer_than_known(&self) -> bool {
        self.schema > open::NEWEST
    }

    /// The entities that have states, by their ids. Looks at each row's place in an index: of many
    /// million rows that takes some seconds.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn entities(&self) -> Result<Vec<Entity>, HaRecorderError> {
        listing::entities(self).map_err(|error| self.error(&error, 0))
    }

    /// How many states belong to no entity, since a migration of Home Assistant is not finished.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn unmigrated(&self) -> Result<u64, HaRecorderError> {
        listing::unmigrated(self).map_err(|error| self.error(&error, 0))
    }

    /// The long-term statistics, by their ids.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn statistics(&self) -> Result<Vec<Statistic>, HaRecorderError> {
        listing::statistics(self).map_err(|error| self.error(&error, 0))
    }

    /// When Home Assistant did not run, for a minute or longer.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn outages(&self) -> Result<Vec<Outage>, HaRecorderError> {
        listing::outages(self).map_err(|error| self.error(&error, 0))
    }

    /// The states of entities, in pages.
    pub fn states<'a>(&self, of: impl IntoIterator<Item = &'a Entity>) -> Pages<'_, StateRow> {
        pages::states(self, of)
    }

    /// The hours of statistics, in pages.
    pub fn hours<'a>(
        &self,
        of: impl IntoIterator<Item = &'a Statistic>,
    ) -> Pages<'_, StatisticRow> {
        pages::hours(self, of)
    }

    fn error(&self, error: &rusqlite::Error, read: u64) -> HaRecorderError {
        HaRecorderError::of(&self.path, error, read)
    }
}

#[cfg(test)]
mod tests;

//! Rows in pages: each a short read, in order of time within each entity or statistic.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use history_import::{Entity, EntityRef, StateRow, Statistic, StatisticRef, StatisticRow};
use rusqlite::types::Value;

use super::text::{number, text};
use super::{HaRecorder, HaRecorderError};

/// Rows of a page, at most.
const ROWS: usize = 4_096;
/// Octets of attributes in a page, about: one row has 16 KiB at most.
const OCTETS: usize = 4 << 20;

/// How far the reading is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Rows that were read.
    pub done: u64,
    /// Rows that there were when they were counted.
    pub total: u64,
}

/// Rows of entities or statistics, in pages.
#[derive(Debug)]
pub struct Pages<'a, R> {
    of: &'a HaRecorder,
    /// Whose rows are to be read.
    left: VecDeque<i64>,
    /// Where the reading of the first of them is.
    after: Place,
    progress: Progress,
    texts: Texts,
    read: fn(&mut Pages<'a, R>, i64, usize) -> rusqlite::Result<Vec<R>>,
}

/// The last row that was read: its time, and its number among those of that time.
#[derive(Clone, Debug, PartialEq)]
struct Place(Value, i64);

impl Place {
    /// Before all rows that say a time.
    const BEGIN: Self = Self(Value::Real(f64::MIN), i64::MIN);
}

/// Texts of attributes by number: most rows share them.
#[derive(Debug, Default)]
struct Texts {
    kept: BTreeMap<i64, Option<Arc<str>>>,
    octets: usize,
}

pub(super) fn states<'a, 'e>(
    of: &'a HaRecorder,
    entities: impl IntoIterator<Item = &'e Entity>,
) -> Pages<'a, StateRow> {
    let wanted = entities
        .into_iter()
        .map(|entity| (entity.number.0, entity.rows));
    Pages::new(of, wanted, Pages::some_states)
}

pub(super) fn hours<'a, 'e>(
    of: &'a HaRecorder,
    statistics: impl IntoIterator<Item = &'e Statistic>,
) -> Pages<'a, StatisticRow> {
    let wanted = statistics
        .into_iter()
        .map(|statistic| (statistic.number.0, statistic.rows));
    Pages::new(of, wanted, Pages::some_hours)
}

impl<'a, R> Pages<'a, R> {
    fn new(
        of: &'a HaRecorder,
        wanted: impl Iterator<Item = (i64, u64)>,
        read: fn(&mut Pages<'a, R>, i64, usize) -> rusqlite::Result<Vec<R>>,
    ) -> Self {
        let (left, rows): (VecDeque<_>, Vec<_>) = wanted.unzip();
        let total = rows.iter().sum();
        Self {
            of,
            left,
            after: Place::BEGIN,
            progress: Progress { done: 0, total },
            texts: Texts::default(),
            read,
        }
    }

    /// The next page; none when all is read.
    ///
    /// # Errors
    /// When the file cannot be read. The error says how many rows were read before.
    pub fn next_page(&mut self) -> Result<Option<Vec<R>>, HaRecorderError> {
        let mut page = Vec::new();
        self.texts = Texts::default();
        while let Some(&whose) = self.left.front() {
            let room = ROWS.saturating_sub(page.len());
            if room == 0 || self.texts.octets >= OCTETS {
                break;
            }
            let rows = (self.read)(self, whose, room);
            let rows = rows.map_err(|error| self.of.error(&error, self.progress.done))?;
            if rows.len() < room && self.texts.octets < OCTETS {
                self.left.pop_front();
                self.after = Place::BEGIN;
            }
            self.progress.done += u64::try_from(rows.len()).unwrap_or_default();
            page.extend(rows);
        }
        Ok((!page.is_empty()).then_some(page))
    }

    /// How far it is.
    #[must_use]
    pub const fn progress(&self) -> Progress {
        self.progress
    }
}

impl Pages<'_, StateRow> {
    fn some_states(&mut self, entity: i64, room: usize) -> rusqlite::Result<Vec<StateRow>> {
        let sql = "SELECT state_id, last_updated_ts, state, attributes_id FROM states \
                   WHERE metadata_id = ?1 AND (last_updated_ts, state_id) > (?2, ?3) \
                   AND state_id <= ?4 ORDER BY last_updated_ts, state_id LIMIT ?5";
        let mut statement = self.of.connection.prepare_cached(sql)?;
        let Place(time, number_in_time) = self.after.clone();
        let limit = i64::try_from(room).unwrap_or(i64::MAX);
        let mut rows = statement.query((entity, time, number_in_time, self.of.last, limit))?;
        let mut page = Vec::new();
        while self.texts.octets < OCTETS
            && let Some(row) = rows.next()?
        {
            let attributes: Option<i64> = row.get(3)?;
            page.push(StateRow {
                entity: EntityRef(entity),
                row: row.get(0)?,
                at: number(row, 1)?.unwrap_or(f64::NAN),
                state: text(row, 2)?,
                attributes: match attributes {
                    Some(number) => self.texts.of(self.of, number)?,
                    None => None,
                },
            });
            self.after = Place(row.get(1)?, row.get(0)?);
        }
        Ok(page)
    }
}

impl Pages<'_, StatisticRow> {
    fn some_hours(&mut self, statistic: i64, room: usize) -> rusqlite::Result<Vec<StatisticRow>> {
        let sql = "SELECT id, start_ts, mean, min, max, sum, state, last_reset_ts FROM statistics \
                   WHERE metadata_id = ?1 AND (start_ts, id) > (?2, ?3) \
                   ORDER BY start_ts, id LIMIT ?4";
        let mut statement = self.of.connection.prepare_cached(sql)?;
        let Place(time, number_in_time) = self.after.clone();
        let limit = i64::try_from(room).unwrap_or(i64::MAX);
        let mut rows = statement.query((statistic, time, number_in_time, limit))?;
        let mut page = Vec::new();
        while let Some(row) = rows.next()? {
            page.push(StatisticRow {
                of: StatisticRef(statistic),
                start: number(row, 1)?.unwrap_or(f64::NAN),
                mean: number(row, 2)?,
                min: number(row, 3)?,
                max: number(row, 4)?,
                sum: number(row, 5)?,
                state: number(row, 6)?,
                last_reset: number(row, 7)?,
            });
            self.after = Place(row.get(1)?, row.get(0)?);
        }
        Ok(page)
    }
}

impl Texts {
    /// The text of attributes; none when they are gone.
    fn of(&mut self, of: &HaRecorder, number: i64) -> rusqlite::Result<Option<Arc<str>>> {
        if let Some(kept) = self.kept.get(&number) {
            return Ok(kept.clone());
        }
        let sql = "SELECT shared_attrs FROM state_attributes WHERE attributes_id = ?1";
        let mut statement = of.connection.prepare_cached(sql)?;
        let mut rows = statement.query([number])?;
        let found = match rows.next()? {
            Some(row) => text(row, 0)?,
            None => None,
        };
        self.octets += found.as_deref().map_or(0, str::len);
        self.kept.insert(number, found.clone());
        Ok(found)
    }
}

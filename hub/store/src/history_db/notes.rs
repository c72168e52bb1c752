//! Small things: notes and facts, and the days that are late.

use std::collections::BTreeSet;

use hub_model::Timestamp;
use recorder::memory::day_of;
use recorder::{Entry, Late, SeriesId};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::fault::Fault;
use super::past::Past;

/// Until when all is rolled up, in microseconds.
pub(super) const ROLLED_UNTIL: &str = "rolled until";
/// The least number of the next segment.
pub(super) const NEXT_SEGMENT: &str = "next segment";

impl Past {
    pub(super) fn set_rolled_until(&mut self, until: Timestamp) -> Result<(), Fault> {
        set_fact(self.connection()?, ROLLED_UNTIL, until.0)?;
        self.rolled_until = Some(until);
        Ok(())
    }

    pub(super) fn late(&self, limit: usize) -> Result<Vec<Late>, Fault> {
        let sql = "SELECT series, day, stamp FROM late ORDER BY series, day LIMIT ?1";
        let mut statement = self.connection()?.prepare_cached(sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map([limit], |row| {
            Ok(Late {
                series: SeriesId(row.get(0)?),
                day: row.get(1)?,
                stamp: row.get::<_, i64>(2)?.cast_unsigned(),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(super) fn mended(&mut self, days: &[Late]) -> Result<(), Fault> {
        let transaction = self.begin()?;
        for Late { series, day, stamp } in days {
            let sql = "DELETE FROM late WHERE series = ?1 AND day = ?2 AND stamp = ?3";
            let mut delete = transaction.prepare_cached(sql)?;
            delete.execute(params![series.0, day, stamp.cast_signed()])?;
        }
        Ok(transaction.commit()?)
    }

    pub(super) fn note(&self, name: &str) -> Result<Option<String>, Fault> {
        let sql = "SELECT text FROM note WHERE name = ?1";
        let mut statement = self.connection()?.prepare_cached(sql)?;
        let note = statement.query_row([name], |row| row.get(0));
        Ok(note.optional()?)
    }

    pub(super) fn set_note(&self, name: &str, text: &str) -> Result<(), Fault> {
        let sql = "INSERT OR REPLACE INTO note (name, text) VALUES (?1, ?2)";
        let mut put = self.connection()?.prepare_cached(sql)?;
        put.execute([name, text])?;
        Ok(())
    }
}

/// A fact.
pub(super) fn fact(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT number FROM fact WHERE name = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([name], |row| row.get(0)).optional()
}

/// Keeps a fact.
pub(super) fn set_fact(connection: &Connection, name: &str, number: i64) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO fact (name, number) VALUES (?1, ?2)";
    connection
        .prepare_cached(sql)?
        .execute(params![name, number])?;
    Ok(())
}

/// The days that samples make late.
pub(super) fn late_days(entries: &[Entry], until: Option<Timestamp>) -> BTreeSet<(u32, i32)> {
    let Some(until) = until else {
        return BTreeSet::new();
    };
    let late = entries.iter().filter(|entry| entry.sample.at < until);
    late.map(|entry| (entry.series.0, day_of(entry.sample.at)))
        .collect()
}

/// Makes days late; returns the last stamp.
pub(super) fn add_late(
    to: &Transaction<'_>,
    days: &BTreeSet<(u32, i32)>,
    last: u64,
) -> rusqlite::Result<u64> {
    let mut stamp = last;
    for (series, day) in days {
        stamp += 1;
        let sql = "INSERT OR REPLACE INTO late (series, day, stamp) VALUES (?1, ?2, ?3)";
        let mut put = to.prepare_cached(sql)?;
        put.execute(params![series, day, stamp.cast_signed()])?;
    }
    Ok(stamp)
}

pub(super) fn last_stamp(connection: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT coalesce(max(stamp), 0) FROM late";
    connection
        .query_row(sql, [], |row| row.get(0))
        .map(i64::cast_unsigned)
}

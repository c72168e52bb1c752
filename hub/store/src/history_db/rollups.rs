//! Roll-ups: in chunks of some time, all series of a chunk side by side, so that what is rolled up at the
//! end of a day is written together.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use history::codec::rollups;
use history::rollup::{Period, Rollup};
use hub_model::Timestamp;
use recorder::{SeriesId, StoreError};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use tracing::error;

use super::fault::Fault;
use super::past::Past;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// A period as it stands in the file.
pub(super) const fn code(period: Period) -> i64 {
    match period {
        Period::FiveMinutes => 0,
        Period::Hour => 1,
        Period::Day => 2,
        Period::Month => 3,
    }
}

/// The microseconds of a chunk: as many as still leave four rows a page.
const fn length(period: Period) -> i64 {
    match period {
        Period::FiveMinutes => 6 * HOUR,
        Period::Hour => 2 * DAY,
        Period::Day => 32 * DAY,
        Period::Month => 3_652 * DAY,
    }
}

const fn chunk_of(period: Period, from: Timestamp) -> i64 {
    from.0.div_euclid(length(period))
}

/// Roll-ups by when they begin.
pub(super) type ByTime = BTreeMap<Timestamp, Rollup>;

impl Past {
    pub(super) fn put_rollups(
        &mut self,
        period: Period,
        all: &[(SeriesId, Vec<Rollup>)],
    ) -> Result<(), Fault> {
        let mut chunks: BTreeMap<(i64, u32), Vec<&Rollup>> = BTreeMap::new();
        for (series, rollups) in all {
            for rollup in rollups {
                let chunk = (chunk_of(period, rollup.from), series.0);
                chunks.entry(chunk).or_default().push(rollup);
            }
        }
        let transaction = self.begin()?;
        for ((chunk, series), rollups) in chunks {
            let mut there = load(&transaction, period, chunk, series)?;
            there.extend(
                rollups
                    .into_iter()
                    .map(|rollup| (rollup.from, rollup.clone())),
            );
            save(&transaction, period, chunk, series, there)?;
        }
        Ok(transaction.commit()?)
    }

    pub(super) fn rollups(
        &self,
        period: Period,
        series: u32,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Rollup>, Fault> {
        if from >= to {
            return Ok(Vec::new());
        }
        let connection = self.connection()?;
        let mut found = ByTime::new();
        let range = chunk_of(period, from)..=chunk_of(period, to);
        for chunk in chunks(connection, period, range)? {
            found.extend(load(connection, period, chunk, series)?);
        }
        let within = found.into_iter().filter(|(at, _)| (from..to).contains(at));
        Ok(within.map(|(_, rollup)| rollup).collect())
    }

    /// Lets go of the chunks that end before a moment. One in which it lies stays until it ends.
    pub(super) fn expire_rollups(
        &mut self,
        period: Period,
        before: Timestamp,
    ) -> Result<(), Fault> {
        let last = chunk_of(period, before).saturating_sub(1);
        let connection = self.connection()?;
        for chunk in chunks(connection, period, i64::MIN..=last)? {
            let sql = "DELETE FROM rollup WHERE period = ?1 AND chunk = ?2";
            connection
                .prepare_cached(sql)?
                .execute([code(period), chunk])?;
        }
        Ok(())
    }
}

/// The chunks that there are, of any series, in a range.
pub(super) fn chunks(
    connection: &Connection,
    period: Period,
    range: RangeInclusive<i64>,
) -> rusqlite::Result<Vec<i64>> {
    let sql = "SELECT min(chunk) FROM rollup WHERE period = ?1 AND chunk BETWEEN ?2 AND ?3";
    let mut first = connection.prepare_cached(sql)?;
    let (mut from, to) = range.into_inner();
    let mut found = Vec::new();
    while let Some(chunk) =
        first.query_row([code(period), from, to], |row| row.get::<_, Option<i64>>(0))?
    {
        found.push(chunk);
        let Some(next) = chunk.checked_add(1) else {
            break;
        };
        from = next;
    }
    Ok(found)
}

/// The roll-ups of a series in a chunk. Those that are damaged are left out.
pub(super) fn load(
    connection: &Connection,
    period: Period,
    chunk: i64,
    series: u32,
) -> rusqlite::Result<ByTime> {
    let sql = "SELECT data FROM rollup WHERE period = ?1 AND chunk = ?2 AND series = ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let octets: Option<Vec<u8>> = statement
        .query_row(params![code(period), chunk, series], |row| row.get(0))
        .optional()?;
    Ok(octets.map_or_else(ByTime::new, |octets| decode(&octets, period, chunk, series)))
}

/// Roll-ups from their octets; none, and a word in the log, when they are damaged.
pub(super) fn decode(octets: &[u8], period: Period, chunk: i64, series: u32) -> ByTime {
    match rollups::decode(octets) {
        Ok(rollups) => rollups
            .into_iter()
            .map(|rollup| (rollup.from, rollup))
            .collect(),
        Err(error) => {
            error!(period = code(period), chunk, series, %error, "roll-ups are damaged, and lost");
            ByTime::new()
        }
    }
}

/// Keeps the roll-ups of a series in a chunk.
pub(super) fn save(
    to: &Transaction<'_>,
    period: Period,
    chunk: i64,
    series: u32,
    rollups: ByTime,
) -> Result<(), Fault> {
    let rollups: Vec<Rollup> = rollups.into_values().collect();
    let octets = rollups::encode(&rollups);
    let octets =
        octets.ok_or_else(|| StoreError::Failed("there are too many roll-ups".to_owned()))?;
    let sql = "INSERT OR REPLACE INTO rollup (period, chunk, series, data) VALUES (?1, ?2, ?3, ?4)";
    to.prepare_cached(sql)?
        .execute(params![code(period), chunk, series, octets])?;
    Ok(())
}

//! Rows of a file that may be damaged: what cannot be read is stepped over.

use rusqlite::{Connection, params};

/// Rows that are read at once, where nothing is damaged.
const AT_ONCE: i64 = 64;

/// A part of a table, whose rows differ by series and moment.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// The blocks of a segment.
    Segment(i64),
    /// The roll-ups of a period and chunk.
    Chunk(i64, i64),
}

/// A row.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) series: u32,
    /// The first moment of a block; zero for roll-ups.
    pub(super) first: i64,
    pub(super) octets: Vec<u8>,
}

/// The rows of a place, in order.
#[derive(Debug)]
pub(super) struct Rows {
    place: Place,
    after: (i64, i64),
}

impl Rows {
    pub(super) const fn of(place: Place) -> Self {
        Self {
            place,
            after: (0, i64::MIN),
        }
    }

    /// The next rows, or none at the end. Counts the parts that cannot be read.
    pub(super) fn next(&mut self, from: &Connection, lost: &mut u64) -> Option<Vec<Row>> {
        loop {
            let rows = self.read(from, self.after, AT_ONCE);
            match rows.or_else(|_| self.read(from, self.after, 1)) {
                Ok(rows) => {
                    let last = rows.last()?;
                    self.after = (last.series.into(), last.first);
                    return Some(rows);
                }
                Err(_) => {
                    *lost += 1;
                    self.after = (self.behind(from)?, i64::MAX);
                }
            }
        }
    }

    /// A series behind what cannot be read, the lowest behind which all can: searched for in steps that
    /// double, and then halve.
    fn behind(&self, from: &Connection) -> Option<i64> {
        let is_readable = |series| self.read(from, (series, i64::MAX), 1).is_ok();
        let mut low = self.after.0;
        let mut step = 1;
        let mut high = loop {
            let high = low
                .checked_add(step)
                .filter(|high| *high <= u32::MAX.into())?;
            if is_readable(high) {
                break high;
            }
            low = high;
            step *= 2;
        };
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if is_readable(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some(high)
    }

    fn read(
        &self,
        from: &Connection,
        (series, first): (i64, i64),
        limit: i64,
    ) -> rusqlite::Result<Vec<Row>> {
        let row = |row: &rusqlite::Row<'_>| {
            Ok(Row {
                series: row.get(0)?,
                first: row.get(1)?,
                octets: row.get(2)?,
            })
        };
        match self.place {
            Place::Segment(segment) => {
                let sql = "SELECT series, first, data FROM block
                           WHERE segment = ?1 AND (series, first) > (?2, ?3)
                           ORDER BY series, first LIMIT ?4";
                let mut statement = from.prepare_cached(sql)?;
                let rows = statement.query_map(params![segment, series, first, limit], row)?;
                rows.collect()
            }
            Place::Chunk(period, chunk) => {
                let sql = "SELECT series, 0, data FROM rollup
                           WHERE period = ?1 AND chunk = ?2 AND series > ?3
                           ORDER BY series LIMIT ?4";
                let mut statement = from.prepare_cached(sql)?;
                let rows = statement.query_map(params![period, chunk, series, limit], row)?;
                rows.collect()
            }
        }
    }
}

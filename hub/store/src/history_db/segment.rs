//! Segments: what was recorded over some time, of all series, as blocks. Written once, at the end of the
//! tree; later merged into larger ones ([`super::merge`]).

use history::codec::block;
use history::sample::Sample;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::fault::Fault;

/// Samples of a block, when they fit.
pub(super) const BLOCK: usize = 256;
/// Octets of a block, unless one sample takes more: what is more than a quarter of a page takes a
/// page of its own.
const BLOCK_IN_OCTETS: usize = 960;

/// It is being written, and not to be read yet.
pub(super) const BUILDING: i64 = 0;
/// It is read.
pub(super) const LIVE: i64 = 1;
/// It is to be deleted.
pub(super) const DEAD: i64 = 2;

/// What there is to know of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) id: i64,
    /// Its place in the order of writing: of two samples, that of the higher stands.
    pub(super) seq: i64,
    /// How often it was merged.
    pub(super) level: i64,
    /// The first moment, or one before it, in milliseconds.
    pub(super) first: i64,
    /// The last moment, or one after it.
    pub(super) last: i64,
    pub(super) samples: u64,
    /// Octets of its blocks.
    pub(super) octets: u64,
}

impl Segment {
    /// For how long it lasts, in milliseconds.
    pub(super) fn span(&self) -> u64 {
        self.last.abs_diff(self.first)
    }

    pub(super) fn save(&self, connection: &Connection, state: i64) -> rusqlite::Result<()> {
        let sql = "INSERT OR REPLACE INTO segment
                   (id, seq, level, state, first, last, samples, octets)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let Self {
            id,
            seq,
            level,
            first,
            last,
            samples,
            octets,
        } = *self;
        let mut put = connection.prepare_cached(sql)?;
        let (samples, octets) = (samples.cast_signed(), octets.cast_signed());
        put.execute(params![id, seq, level, state, first, last, samples, octets])?;
        Ok(())
    }
}

/// The segments of a state, in the order of writing.
pub(super) fn load(connection: &Connection, state: i64) -> rusqlite::Result<Vec<Segment>> {
    let sql = "SELECT id, seq, level, first, last, samples, octets FROM segment
               WHERE state = ?1 ORDER BY seq, id";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([state], |row| {
        Ok(Segment {
            id: row.get(0)?,
            seq: row.get(1)?,
            level: row.get(2)?,
            first: row.get(3)?,
            last: row.get(4)?,
            samples: row.get::<_, i64>(5)?.cast_unsigned(),
            octets: row.get::<_, i64>(6)?.cast_unsigned(),
        })
    })?;
    rows.collect()
}

pub(super) fn set_state(connection: &Connection, id: i64, state: i64) -> rusqlite::Result<()> {
    let sql = "UPDATE segment SET state = ?2 WHERE id = ?1";
    connection.prepare_cached(sql)?.execute([id, state])?;
    Ok(())
}

/// Writes the blocks of a new segment, which must come by series and moment.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) segment: Segment,
}

impl Writer {
    pub(super) const fn new(id: i64, seq: i64, level: i64) -> Self {
        Self {
            segment: Segment {
                id,
                seq,
                level,
                first: i64::MAX,
                last: i64::MIN,
                samples: 0,
                octets: 0,
            },
        }
    }

    /// Writes samples of a series as blocks.
    pub(super) fn put(
        &mut self,
        to: &Transaction<'_>,
        series: u32,
        samples: &[Sample],
    ) -> Result<(), Fault> {
        let Some(first) = samples.first() else {
            return Ok(());
        };
        let disorder = || Fault::Damaged("samples are in no order".to_owned());
        let octets = block::encode(samples).ok_or_else(disorder)?;
        if octets.len() > BLOCK_IN_OCTETS && samples.len() > 1 {
            let (one, other) = samples.split_at(samples.len() / 2);
            self.put(to, series, one)?;
            return self.put(to, series, other);
        }
        let last = samples.last().unwrap_or(first);
        let span = (first.at.as_millis(), last.at.as_millis());
        self.put_block(to, series, span, samples.len(), &octets)
    }

    /// Writes a block as it is.
    pub(super) fn put_block(
        &mut self,
        to: &Transaction<'_>,
        series: u32,
        (first, last): (i64, i64),
        samples: usize,
        octets: &[u8],
    ) -> Result<(), Fault> {
        insert(to, self.segment.id, series, first, octets)?;
        let segment = &mut self.segment;
        segment.first = segment.first.min(first);
        segment.last = segment.last.max(last);
        segment.samples += samples as u64;
        segment.octets += octets.len() as u64;
        Ok(())
    }
}

/// Writes a block of a segment.
pub(super) fn insert(
    to: &Transaction<'_>,
    segment: i64,
    series: u32,
    first: i64,
    octets: &[u8],
) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO block (segment, series, first, data) VALUES (?1, ?2, ?3, ?4)";
    let mut put = to.prepare_cached(sql)?;
    put.execute(params![segment, series, first, octets])?;
    Ok(())
}

pub(super) fn delete(
    from: &Connection,
    segment: i64,
    series: u32,
    first: i64,
) -> rusqlite::Result<()> {
    let sql = "DELETE FROM block WHERE segment = ?1 AND series = ?2 AND first = ?3";
    from.prepare_cached(sql)?
        .execute(params![segment, series, first])?;
    Ok(())
}

/// A block as it stands in the file: the first moment by its key, and its octets.
pub(super) type Stored = (i64, Vec<u8>);

/// The last block of a series that begins before a moment or at it.
pub(super) fn block_at(
    connection: &Connection,
    segment: i64,
    series: u32,
    at: i64,
) -> rusqlite::Result<Option<Stored>> {
    let sql = "SELECT first, data FROM block WHERE segment = ?1 AND series = ?2 AND first <= ?3
               ORDER BY first DESC LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    let row = statement.query_row(params![segment, series, at], |row| {
        Ok((row.get(0)?, row.get(1)?))
    });
    row.optional()
}

/// The first block of a series that begins after a moment.
pub(super) fn block_after(
    connection: &Connection,
    segment: i64,
    series: u32,
    at: i64,
) -> rusqlite::Result<Option<Stored>> {
    let sql = "SELECT first, data FROM block WHERE segment = ?1 AND series = ?2 AND first > ?3
               ORDER BY first LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    let row = statement.query_row(params![segment, series, at], |row| {
        Ok((row.get(0)?, row.get(1)?))
    });
    row.optional()
}

/// The samples of a block, when it is whole and begins when its key says.
pub(super) fn decode(first: i64, octets: &[u8]) -> Result<Vec<Sample>, String> {
    let samples = block::decode(octets).map_err(|error| error.to_string())?;
    match samples.first() {
        Some(sample) if sample.at.as_millis() == first => Ok(samples),
        _ => Err("it begins at another moment than it should".to_owned()),
    }
}

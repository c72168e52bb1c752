//! Letting samples go: whole segments where possible, else blocks of them.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use history::codec::block;
use hub_model::Timestamp;
use recorder::Expire;
use rusqlite::{Connection, Transaction, params};
use tracing::error;

use super::fault::Fault;
use super::merge::MOST_SPAN;
use super::past::Past;
use super::segment::{self, DEAD, LIVE, Segment};

/// Blocks that are looked at in one transaction.
const AT_ONCE: i64 = 1_000;

/// Which samples are to go.
struct Which {
    before: Timestamp,
    only: Option<BTreeSet<u32>>,
    but: BTreeSet<u32>,
}

impl Which {
    fn is_wanted(&self, series: u32) -> bool {
        let only = self.only.as_ref().is_none_or(|only| only.contains(&series));
        only && !self.but.contains(&series)
    }

    fn is_all(&self) -> bool {
        self.only.is_none() && self.but.is_empty()
    }

    /// The same for the same series.
    fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.only, &self.but).hash(&mut hasher);
        hasher.finish()
    }
}

impl Past {
    /// Lets samples go; returns about how many. Those that share a block or a segment with younger ones
    /// may stay for some days longer.
    pub(super) fn expire(&mut self, what: &Expire) -> Result<u64, Fault> {
        let numbers = |ids: &[recorder::SeriesId]| ids.iter().map(|id| id.0).collect();
        let which = Which {
            before: what.before,
            only: what.only.as_deref().map(numbers),
            but: numbers(&what.but),
        };
        let from_recent = self
            .recent
            .expire(which.before, |series| which.is_wanted(series));
        let mut gone = from_recent as u64;
        if gone > 0 {
            // So that the journal does not bring them back.
            self.seal()?;
        }
        for segment in self.segments.clone() {
            gone += self.expire_of(segment, &which)?;
        }
        Ok(gone)
    }

    fn expire_of(&mut self, segment: Segment, which: &Which) -> Result<u64, Fault> {
        let before = which.before.as_millis();
        if segment.first >= before {
            return Ok(0);
        }
        if which.is_all() && segment.last < before {
            self.kill(segment)?;
            return Ok(segment.samples);
        }
        let fingerprint = which.fingerprint();
        let is_cleared = self.cleared.get(&segment.id).is_some_and(|(until, of)| {
            *of == fingerprint && (*until >= which.before || until.as_millis() > segment.last)
        });
        if is_cleared || which.is_all() && segment.span() <= MOST_SPAN {
            return Ok(0);
        }
        let gone = self.clear(segment, which)?;
        self.cleared.insert(segment.id, (which.before, fingerprint));
        Ok(gone)
    }

    /// Deletes a whole segment: it is not read any more, and its blocks go by and by.
    fn kill(&mut self, segment: Segment) -> Result<(), Fault> {
        self.stop_merge();
        segment::set_state(self.connection()?, segment.id, DEAD)?;
        self.segments.retain(|other| other.id != segment.id);
        self.cleared.remove(&segment.id);
        self.dead.push(segment);
        Ok(())
    }

    /// Deletes the old blocks of a segment.
    fn clear(&mut self, segment: Segment, which: &Which) -> Result<u64, Fault> {
        let mut left = segment;
        let mut read = Some((0, i64::MIN));
        while let Some(after) = read {
            self.stop_merge();
            let transaction = self.begin()?;
            read = clear_some(&transaction, &mut left, after, which)?;
            left.save(&transaction, LIVE)?;
            transaction.commit()?;
            for known in &mut self.segments {
                if known.id == left.id {
                    *known = left;
                }
            }
        }
        if left.samples == 0 {
            self.kill(left)?;
        }
        Ok(segment.samples - left.samples)
    }
}

/// Deletes old blocks after a series and moment; returns how far it came, or none at the end.
fn clear_some(
    transaction: &Transaction<'_>,
    left: &mut Segment,
    after: (u32, i64),
    which: &Which,
) -> Result<Option<(u32, i64)>, Fault> {
    let before = which.before.as_millis();
    let trimmed = before.saturating_sub_unsigned(MOST_SPAN);
    let blocks = blocks(transaction, left.id, after, before)?;
    for (series, first, octets) in &blocks {
        if !which.is_wanted(*series) {
            continue;
        }
        let head = block::head(octets);
        let stays = head.is_ok_and(|head| head.last.as_millis() >= before);
        if stays && *first >= trimmed {
            continue;
        }
        segment::delete(transaction, left.id, *series, *first)?;
        let gone = match head {
            Ok(head) if stays => head.samples - trim(transaction, left.id, *series, octets, which)?,
            Ok(head) => head.samples,
            Err(error) => {
                error!(series, %error, "a block of samples is damaged, and lost");
                0
            }
        };
        left.samples = left.samples.saturating_sub(gone as u64);
        if !stays {
            left.octets = left.octets.saturating_sub(octets.len() as u64);
        }
    }
    Ok(blocks.last().map(|(series, first, _)| (*series, *first)))
}

/// Writes the young samples of a block again; returns how many there are.
fn trim(
    transaction: &Transaction<'_>,
    segment: i64,
    series: u32,
    octets: &[u8],
    which: &Which,
) -> Result<usize, Fault> {
    let mut samples = block::decode(octets).unwrap_or_default();
    samples.retain(|sample| sample.at >= which.before);
    if let (Some(first), Some(octets)) = (samples.first(), block::encode(&samples)) {
        segment::insert(transaction, segment, series, first.at.as_millis(), &octets)?;
    }
    Ok(samples.len())
}

type Blocks = Vec<(u32, i64, Vec<u8>)>;

/// The next blocks that begin before a moment.
fn blocks(
    connection: &Connection,
    segment: i64,
    (series, first): (u32, i64),
    before: i64,
) -> rusqlite::Result<Blocks> {
    let sql = "SELECT series, first, data FROM block
               WHERE segment = ?1 AND (series, first) > (?2, ?3) AND first < ?4
               ORDER BY series, first LIMIT ?5";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![segment, series, first, before, AT_ONCE], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    rows.collect()
}

//! What keeps the file compact, a little at a time: deleting what is not read any more, bringing over what
//! a damaged file holds, making segments of samples that have waited for long, merging segments,
//! giving room back.

use std::time::{Duration, Instant};

use rusqlite::params;

use super::fault::Fault;
use super::file;
use super::past::Past;
use super::segment::Segment;

/// What one call may take.
const BUDGET: Duration = Duration::from_millis(12);
/// How long samples of last may wait, in milliseconds, before they become a segment.
const LONGEST_WAIT: u64 = 3_600_000;
/// Blocks that are deleted at once.
const DELETED_AT_ONCE: i64 = 500;
/// Pages that may be free: half a hundred segments of a home, soon used again.
const MAY_BE_FREE: u64 = 1_024;
/// Of all pages, one of so many may be free.
const MAY_BE_FREE_OF: u64 = 4;
/// Pages that are given back at once.
const GIVEN_BACK: u32 = 256;

impl Past {
    /// Does a little; returns whether there is more to do.
    pub(super) fn tidy(&mut self) -> Result<bool, Fault> {
        let deadline = hub_runtime::clock::now().mono + BUDGET;
        if let Some(segment) = self.dead.last().copied() {
            return self.delete_some(segment, deadline);
        }
        if self.salvage_some(deadline)? {
            return Ok(true);
        }
        if !self.recent.is_empty() && self.waiting() > LONGEST_WAIT {
            self.seal()?;
            return Ok(true);
        }
        if self.merge_some(deadline)? {
            return Ok(true);
        }
        self.give_back()
    }

    /// Deletes blocks of a segment that is not read any more.
    fn delete_some(&mut self, segment: Segment, deadline: Instant) -> Result<bool, Fault> {
        let transaction = self.begin()?;
        let mut is_gone = false;
        while !is_gone && hub_runtime::clock::now().mono < deadline {
            let sql = "SELECT series, first FROM block WHERE segment = ?1
                       ORDER BY series, first LIMIT 1 OFFSET ?2";
            let mut end = transaction.prepare_cached(sql)?;
            let mut ends = end.query_map([segment.id, DELETED_AT_ONCE], |row| {
                Ok((row.get::<_, u32>(0)?, row.get::<_, i64>(1)?))
            })?;
            if let Some((series, first)) = ends.next().transpose()? {
                let sql = "DELETE FROM block WHERE segment = ?1 AND (series, first) < (?2, ?3)";
                let mut delete = transaction.prepare_cached(sql)?;
                delete.execute(params![segment.id, series, first])?;
            } else {
                let sql = "DELETE FROM block WHERE segment = ?1";
                transaction.prepare_cached(sql)?.execute([segment.id])?;
                let sql = "DELETE FROM segment WHERE id = ?1";
                transaction.prepare_cached(sql)?.execute([segment.id])?;
                is_gone = true;
            }
        }
        transaction.commit()?;
        if is_gone {
            self.dead.retain(|dead| dead.id != segment.id);
        }
        Ok(true)
    }

    /// Gives pages back to the file system when many are free.
    fn give_back(&mut self) -> Result<bool, Fault> {
        let connection = self.connection()?;
        let (free, all) = file::free_pages(connection)?;
        if free <= MAY_BE_FREE.max(all / MAY_BE_FREE_OF) {
            return Ok(false);
        }
        let sql = format!("PRAGMA incremental_vacuum({GIVEN_BACK})");
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        Ok(true)
    }
}

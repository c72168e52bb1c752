//! Merging segments: eight of a level become one of the next, so that there are few of them and their
//! blocks are full. In small steps; the new segment is not read before it is whole, and one that a crash
//! left half done is deleted when the file is opened.

use std::collections::VecDeque;
use std::time::Instant;

use history::codec::block;
use history::sample::Sample;
use rusqlite::{Connection, Transaction, params};
use tracing::error;

use super::fault::Fault;
use super::past::Past;
use super::segment::{self, BLOCK, BUILDING, DEAD, LIVE, Segment, Writer};
use super::weave::Weave;

/// Segments that become one.
const TOGETHER: usize = 8;
/// Segments of this level are not merged any more.
const TOP: i64 = 4;
/// What a segment may last, in milliseconds, once it is of the first level: four days, so that all of it
/// can go at once when it is old.
pub(super) const MOST_SPAN: u64 = 4 * 86_400_000;
/// A block of so many octets is full, however few samples it has.
const FULL_IN_OCTETS: usize = 600;
/// Blocks that are read at once from a segment.
const AT_ONCE: i64 = 64;

/// A block that waits to be merged.
#[derive(Debug)]
struct Waiting {
    series: u32,
    first: i64,
    octets: Vec<u8>,
}

/// A segment that is being merged.
#[derive(Debug)]
struct Input {
    segment: Segment,
    waiting: VecDeque<Waiting>,
    /// The series and first moment of the last block that was read; none when all were.
    read: Option<(u32, i64)>,
}

impl Input {
    fn fill(&mut self, connection: &Connection) -> Result<(), Fault> {
        let Some((series, first)) = self.read.filter(|_| self.waiting.is_empty()) else {
            return Ok(());
        };
        let sql = "SELECT series, first, data FROM block
                   WHERE segment = ?1 AND (series, first) > (?2, ?3)
                   ORDER BY series, first LIMIT ?4";
        let mut statement = connection.prepare_cached(sql)?;
        let rows =
            statement.query_map(params![self.segment.id, series, first, AT_ONCE], |row| {
                Ok(Waiting {
                    series: row.get(0)?,
                    first: row.get(1)?,
                    octets: row.get(2)?,
                })
            })?;
        for row in rows {
            self.waiting.push_back(row?);
        }
        self.read = self.waiting.back().map(|last| (last.series, last.first));
        Ok(())
    }

    fn next(&self) -> Option<(u32, i64)> {
        self.waiting
            .front()
            .map(|block| (block.series, block.first))
    }
}

/// A merge under way.
#[derive(Debug)]
pub(super) struct Merge {
    inputs: Vec<Input>,
    output: Writer,
    /// The series that is being woven.
    series: u32,
    weave: Weave,
    ready: Vec<Sample>,
}

impl Merge {
    fn new(inputs: &[Segment], id: i64) -> Self {
        let seq = inputs.iter().map(|input| input.seq).max().unwrap_or(id);
        let level = inputs.iter().map(|input| input.level).max().unwrap_or(0) + 1;
        let input = |segment: &Segment| Input {
            segment: *segment,
            waiting: VecDeque::new(),
            read: Some((0, i64::MIN)),
        };
        Self {
            inputs: inputs.iter().map(input).collect(),
            output: Writer::new(id, seq, level),
            series: 0,
            weave: Weave::default(),
            ready: Vec::new(),
        }
    }

    /// Octets written so far, which nobody reads yet.
    pub(super) fn octets(&self) -> u64 {
        self.output.segment.octets
    }

    /// Merges until the deadline; returns whether all is done.
    fn step(&mut self, to: &Transaction<'_>, deadline: Instant) -> Result<bool, Fault> {
        loop {
            for input in &mut self.inputs {
                input.fill(to)?;
            }
            let next = self.inputs.iter().enumerate();
            let next = next
                .filter_map(|(at, input)| input.next().map(|next| (next, at)))
                .min();
            let Some(((series, _), at)) = next else {
                self.flush(to)?;
                return Ok(true);
            };
            if series != self.series {
                self.flush(to)?;
                self.series = series;
            }
            if hub_runtime::clock::now().mono >= deadline {
                return Ok(false);
            }
            self.take(to, at)?;
        }
    }

    /// Takes the next block of an input.
    fn take(&mut self, to: &Transaction<'_>, at: usize) -> Result<(), Fault> {
        let Some(input) = self.inputs.get_mut(at) else {
            return Ok(());
        };
        let Some(block) = input.waiting.pop_front() else {
            return Ok(());
        };
        let rank = input.segment.seq;
        input.fill(to)?;
        let upcoming = self.inputs.iter().filter_map(Input::next);
        let of_series = upcoming.filter(|(series, _)| *series == self.series);
        let next = of_series.map(|(_, first)| first).min();
        if self.copy(to, &block, next)? {
            return Ok(());
        }
        match segment::decode(block.first, &block.octets) {
            Ok(samples) => self.weave.add(rank, samples),
            Err(what) => {
                error!(
                    series = block.series,
                    error = what,
                    "a block of samples is damaged, and lost"
                );
            }
        }
        if let Some(next) = next {
            self.weave.take(Some(next), &mut self.ready);
            self.put_full(to)?;
        }
        Ok(())
    }

    /// Copies a block that is full and stands alone; returns whether it is one.
    fn copy(
        &mut self,
        to: &Transaction<'_>,
        block: &Waiting,
        next: Option<i64>,
    ) -> Result<bool, Fault> {
        if !self.weave.is_empty() || !self.ready.is_empty() {
            return Ok(false);
        }
        let Ok(head) = block::head(&block.octets) else {
            return Ok(false);
        };
        let (first, last) = (head.first.as_millis(), head.last.as_millis());
        let stands_alone = next.is_none_or(|next| last < next) && first == block.first;
        let is_full = head.samples >= BLOCK || block.octets.len() >= FULL_IN_OCTETS;
        if !is_full || !stands_alone {
            return Ok(false);
        }
        let series = block.series;
        self.output
            .put_block(to, series, (first, last), head.samples, &block.octets)?;
        Ok(true)
    }

    fn put_full(&mut self, to: &Transaction<'_>) -> Result<(), Fault> {
        let full = self.ready.len() / BLOCK * BLOCK;
        for samples in self.ready.chunks_exact(BLOCK) {
            self.output.put(to, self.series, samples)?;
        }
        self.ready.drain(..full);
        Ok(())
    }

    /// Writes what is left of the series.
    fn flush(&mut self, to: &Transaction<'_>) -> Result<(), Fault> {
        self.weave.take(None, &mut self.ready);
        self.put_full(to)?;
        self.output.put(to, self.series, &self.ready)?;
        self.ready.clear();
        Ok(())
    }
}

impl Past {
    /// Goes on with the merge under way, or begins one; returns whether there was something to do.
    pub(super) fn merge_some(&mut self, deadline: Instant) -> Result<bool, Fault> {
        let mut merge = match self.merge.take() {
            Some(merge) => merge,
            None => match self.begin_merge()? {
                Some(merge) => merge,
                None => return Ok(false),
            },
        };
        match self.merge_step(&mut merge, deadline) {
            Ok(false) => self.merge = Some(merge),
            Ok(true) => {}
            Err(fault) => {
                self.drop_merge(&merge);
                return Err(fault);
            }
        }
        Ok(true)
    }

    fn begin_merge(&mut self) -> Result<Option<Merge>, Fault> {
        let Some(inputs) = to_merge(&self.segments) else {
            return Ok(None);
        };
        let merge = Merge::new(&inputs, self.next_segment);
        merge.output.segment.save(self.connection()?, BUILDING)?;
        self.next_segment += 1;
        Ok(Some(merge))
    }

    fn merge_step(&mut self, merge: &mut Merge, deadline: Instant) -> Result<bool, Fault> {
        let transaction = self.begin()?;
        let is_done = merge.step(&transaction, deadline)?;
        if is_done {
            let output = &merge.output.segment;
            output.save(&transaction, if output.samples > 0 { LIVE } else { DEAD })?;
            for input in &merge.inputs {
                segment::set_state(&transaction, input.segment.id, DEAD)?;
            }
        }
        transaction.commit()?;
        if is_done {
            let is_input = |segment: &Segment| {
                merge
                    .inputs
                    .iter()
                    .any(|input| input.segment.id == segment.id)
            };
            self.dead
                .extend(self.segments.extract_if(.., |segment| is_input(segment)));
            let output = merge.output.segment;
            let place = if output.samples > 0 {
                &mut self.segments
            } else {
                &mut self.dead
            };
            place.push(output);
            self.segments
                .sort_by_key(|segment| (segment.seq, segment.id));
        }
        Ok(is_done)
    }

    /// Gives up the merge under way, since its inputs change.
    pub(super) fn stop_merge(&mut self) {
        if let Some(merge) = self.merge.take() {
            self.drop_merge(&merge);
        }
    }

    fn drop_merge(&mut self, merge: &Merge) {
        self.dead.push(merge.output.segment);
    }
}

/// The first segments, next to each other in the order of writing, that should be merged.
fn to_merge(segments: &[Segment]) -> Option<Vec<Segment>> {
    let fits = |run: &&[Segment]| {
        let Some(one) = run.first() else { return false };
        let first = run.iter().map(|segment| segment.first).min();
        let last = run.iter().map(|segment| segment.last).max();
        let span = last
            .zip(first)
            .map_or(0, |(last, first)| last.abs_diff(first));
        one.level < TOP
            && run.iter().all(|segment| segment.level == one.level)
            && (one.level == 0 || span <= MOST_SPAN)
    };
    let runs = segments.windows(TOGETHER).filter(fits);
    let lowest = runs.min_by_key(|run| run.first().map(|segment| segment.level));
    lowest.map(<[Segment]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(id: i64, level: i64, first: i64, last: i64) -> Segment {
        Segment {
            id,
            seq: id,
            level,
            first,
            last,
            samples: 9,
            octets: 99,
        }
    }

    fn ids(segments: &[Segment]) -> Option<Vec<i64>> {
        to_merge(segments).map(|run| run.iter().map(|segment| segment.id).collect())
    }

    #[test]
    fn the_oldest_eight_of_the_lowest_level_are_merged() {
        let mut segments: Vec<_> = (0..7).map(|id| segment(id, 1, id, id + 1)).collect();
        segments.extend((7..14).map(|id| segment(id, 0, id, id + 1)));
        assert_eq!(ids(&segments), None);
        segments.push(segment(14, 0, 14, 15));
        assert_eq!(ids(&segments), Some((7..15).collect()));
    }

    #[test]
    fn no_segment_lasts_for_more_than_four_days() {
        const DAY: i64 = 86_400_000;
        let of = |level, days| -> Vec<_> {
            (0..8)
                .map(|id| segment(id, level, id * DAY * days / 8, (id + 1) * DAY * days / 8))
                .collect()
        };
        assert!(ids(&of(1, 4)).is_some());
        assert!(ids(&of(1, 5)).is_none());
        assert!(ids(&of(0, 5)).is_some());
        assert!(ids(&of(TOP, 1)).is_none());
    }
}

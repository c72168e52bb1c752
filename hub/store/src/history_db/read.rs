//! Reading samples: from the recent ones and from all segments that have some of the time, block by block
//! in the order of time, so that a limit ends the work.

use history::sample::Sample;
use hub_model::Timestamp;
use tracing::error;

use super::fault::Fault;
use super::past::Past;
use super::segment::{self, Segment, Stored};
use super::weave::Weave;

/// The rank of the recent samples: later than any segment.
const RECENT: i64 = i64::MAX;

/// The first whole millisecond from a moment on.
pub(super) fn millis_from(at: Timestamp) -> i64 {
    let down = at.as_millis();
    let is_whole = Timestamp::from_millis(down) >= at;
    if is_whole { down } else { down + 1 }
}

/// What a segment has of a series, while it is read.
struct Source {
    segment: Segment,
    next: Stored,
}

impl Past {
    pub(super) fn read(
        &self,
        series: u32,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Sample>, Fault> {
        if from >= to || limit == 0 || !self.is_given(series) {
            return Ok(Vec::new());
        }
        let (from, to) = (millis_from(from), millis_from(to) - 1);
        let recent = self.recent.read(series, from..=to, limit);
        let mut unopened: Vec<Segment> = self
            .segments
            .iter()
            .filter(|segment| segment.first <= to && segment.last >= from)
            .copied()
            .collect();
        unopened.sort_by_key(|segment| std::cmp::Reverse(segment.first));
        let mut sources: Vec<Source> = Vec::new();
        let mut weave = Weave::default();
        weave.add(RECENT, recent);
        let mut found = Vec::new();
        loop {
            let next = sources.iter().map(|source| source.next.0).min();
            if let Some(segment) =
                unopened.pop_if(|segment| next.is_none_or(|at| segment.first <= at))
            {
                sources.extend(self.source(segment, series, from, to)?);
                continue;
            }
            weave.take(next, &mut found);
            let Some(next) = next.filter(|_| found.len() < limit) else {
                break;
            };
            let Some(at) = sources.iter().position(|source| source.next.0 == next) else {
                break;
            };
            let source = sources.swap_remove(at);
            let samples = self.samples(source.segment.id, series, &source.next)?;
            let within = samples
                .into_iter()
                .filter(|sample| (from..=to).contains(&sample.at.as_millis()));
            weave.add(source.segment.seq, within);
            let after = segment::block_after(self.connection()?, source.segment.id, series, next)?;
            sources.extend(
                after
                    .filter(|(first, _)| *first <= to)
                    .map(|next| Source { next, ..source }),
            );
        }
        found.truncate(limit);
        Ok(found)
    }

    /// What a segment has of a series from a moment on.
    fn source(
        &self,
        segment: Segment,
        series: u32,
        from: i64,
        to: i64,
    ) -> Result<Option<Source>, Fault> {
        let connection = self.connection()?;
        let next = match segment::block_at(connection, segment.id, series, from)? {
            Some(next) => Some(next),
            None => segment::block_after(connection, segment.id, series, from)?,
        };
        let next = next.filter(|(first, _)| *first <= to);
        Ok(next.map(|next| Source { segment, next }))
    }

    /// The samples of a block. One that is damaged is let go of, so that it is met once.
    fn samples(&self, segment: i64, series: u32, block: &Stored) -> Result<Vec<Sample>, Fault> {
        let (first, octets) = block;
        segment::decode(*first, octets).or_else(|what| {
            error!(
                segment,
                series,
                error = what,
                "a block of samples is damaged, and lost"
            );
            segment::delete(self.connection()?, segment, series, *first)?;
            Err(Fault::Block(what))
        })
    }

    pub(super) fn before(&self, series: u32, at: Timestamp) -> Result<Option<Sample>, Fault> {
        if !self.is_given(series) {
            return Ok(None);
        }
        let at = millis_from(at);
        let mut best = self
            .recent
            .before(series, at)
            .cloned()
            .map(|sample| (RECENT, sample));
        let earlier = self.segments.iter().filter(|segment| segment.first < at);
        let mut earlier: Vec<Segment> = earlier.copied().collect();
        earlier.sort_by_key(|segment| std::cmp::Reverse((segment.last.min(at), segment.seq)));
        for segment in earlier {
            let best_at = best.as_ref().map(|(_, sample)| sample.at.as_millis());
            if best_at.is_some_and(|best| best > segment.last) {
                break;
            }
            let block = segment::block_at(self.connection()?, segment.id, series, at - 1)?;
            let Some(block) = block else {
                continue;
            };
            let mut samples = self.samples(segment.id, series, &block)?;
            let end = samples.partition_point(|sample| sample.at.as_millis() < at);
            samples.truncate(end);
            let candidate = samples.pop().map(|sample| (segment.seq, sample));
            let later = |(seq, sample): &(i64, Sample)| (sample.at, *seq);
            if candidate.as_ref().map(later) > best.as_ref().map(later) {
                best = candidate;
            }
        }
        Ok(best.map(|(_, sample)| sample))
    }
}

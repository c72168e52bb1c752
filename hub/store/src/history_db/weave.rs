//! Weaves samples of one series from several places into one row: ascending, and of several for the same
//! millisecond the one from the place that was written last.

use history::sample::Sample;

/// Samples that wait until nothing earlier can come any more.
#[derive(Debug, Default)]
pub(super) struct Weave {
    /// With the rank of the place: higher was written later.
    pending: Vec<(i64, Sample)>,
    is_disordered: bool,
}

impl Weave {
    /// Takes samples, which ascend, of a place.
    pub(super) fn add(&mut self, rank: i64, samples: impl IntoIterator<Item = Sample>) {
        let before = self.pending.last().map(|(_, sample)| sample.at);
        let mut samples = samples.into_iter().peekable();
        if let (Some(before), Some(first)) = (before, samples.peek()) {
            self.is_disordered |= first.at <= before;
        }
        self.pending.extend(samples.map(|sample| (rank, sample)));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Gives the samples of before a moment, or all: those before which none will come.
    pub(super) fn take(&mut self, before: Option<i64>, out: &mut Vec<Sample>) {
        if self.is_disordered {
            self.pending
                .sort_by_key(|(rank, sample)| (sample.at, *rank));
            // The last of its moment stands; `dedup` keeps the first.
            self.pending.reverse();
            self.pending.dedup_by_key(|(_, sample)| sample.at);
            self.pending.reverse();
            self.is_disordered = false;
        }
        let end = before.map_or(self.pending.len(), |before| {
            self.pending
                .partition_point(|(_, sample)| sample.at.as_millis() < before)
        });
        out.extend(self.pending.drain(..end).map(|(_, sample)| sample));
    }
}

#[cfg(test)]
mod tests {
    use hub_model::{Timestamp, Value};

    use super::*;

    fn samples(of: &[(i64, i64)]) -> Vec<Sample> {
        let sample =
            |&(at, n): &(i64, i64)| Sample::known(Timestamp::from_millis(at), Value::Int(n));
        of.iter().map(sample).collect()
    }

    #[test]
    fn the_last_place_stands_whatever_comes_first() {
        let mut weave = Weave::default();
        weave.add(3, samples(&[(5, 1), (7, 2)]));
        weave.add(1, samples(&[(1, 3), (5, 4), (9, 5)]));
        weave.add(2, samples(&[(9, 6)]));
        let mut out = Vec::new();
        weave.take(Some(7), &mut out);
        assert_eq!(out, samples(&[(1, 3), (5, 1)]));
        weave.add(1, samples(&[(8, 7), (10, 8)]));
        weave.take(None, &mut out);
        assert_eq!(
            out,
            samples(&[(1, 3), (5, 1), (7, 2), (8, 7), (9, 6), (10, 8)])
        );
        assert!(weave.is_empty());
    }
}

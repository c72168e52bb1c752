//! The samples of last: those that are in the journal and in no segment yet, in order.
//!
//! There are so few that a series that tells nothing takes no memory.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use history::sample::Sample;
use hub_model::{Timestamp, Value};

/// Samples that are held before they become a segment.
const ROOM: usize = 32_768;
/// The same, in octets: texts may be long.
const ROOM_IN_OCTETS: usize = 16 << 20;
/// Octets of a sample that has nothing beside it.
const PLAIN: usize = 80;

/// Samples by series and milliseconds.
#[derive(Debug, Default)]
pub(super) struct Recent {
    samples: BTreeMap<(u32, i64), Sample>,
    octets: usize,
    /// The first and the last moment there is, or was.
    span: Option<(i64, i64)>,
}

impl Recent {
    pub(super) fn add(&mut self, series: u32, sample: Sample) {
        let at = sample.at.as_millis();
        self.octets += weight(&sample.value);
        self.span = Some(match self.span {
            Some((first, last)) => (first.min(at), last.max(at)),
            None => (at, at),
        });
        self.samples.insert((series, at), sample);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether it is time to make a segment of it.
    pub(super) fn is_full(&self) -> bool {
        self.samples.len() >= ROOM || self.octets >= ROOM_IN_OCTETS
    }

    /// Whether no more can be taken.
    pub(super) fn is_overfull(&self) -> bool {
        self.samples.len() >= ROOM * 2 || self.octets >= ROOM_IN_OCTETS * 2
    }

    /// The first and the last moment, or moments around them.
    pub(super) fn span(&self) -> Option<(i64, i64)> {
        self.span
    }

    /// All, by series and moment.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Sample)> + Clone {
        self.samples
            .iter()
            .map(|((series, _), sample)| (*series, sample))
    }

    /// At most `limit` samples of a series with moments of a range, in order.
    pub(super) fn read(
        &self,
        series: u32,
        range: RangeInclusive<i64>,
        limit: usize,
    ) -> Vec<Sample> {
        if range.is_empty() {
            return Vec::new();
        }
        let (from, to) = range.into_inner();
        let found = self.samples.range((series, from)..=(series, to));
        found
            .take(limit)
            .map(|(_, sample)| sample.clone())
            .collect()
    }

    /// The last sample of a series before a moment.
    pub(super) fn before(&self, series: u32, at: i64) -> Option<&Sample> {
        let mut earlier = self.samples.range((series, i64::MIN)..(series, at));
        earlier.next_back().map(|(_, sample)| sample)
    }

    /// Lets go of samples of before a moment, of these series; returns how many.
    pub(super) fn expire(&mut self, before: Timestamp, wanted: impl Fn(u32) -> bool) -> usize {
        let there = self.samples.len();
        self.samples
            .retain(|(series, _), sample| sample.at >= before || !wanted(*series));
        there - self.samples.len()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

fn weight(value: &Value) -> usize {
    let beside = match value {
        Value::Text(text) => text.len(),
        Value::Bytes(octets) => octets.len(),
        Value::List(entries) => entries.iter().map(weight).sum(),
        Value::Struct(members) => members.iter().map(|(_, member)| weight(member)).sum(),
        _ => 0,
    };
    PLAIN + beside
}

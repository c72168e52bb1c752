//! Readings of one source as stretches of time with their energy, which do not overlap.

use std::collections::{BTreeMap, btree_map};

use hub_model::Timestamp;

use crate::amount::{MilliwattHours, clamped};
use crate::slice::Quality;

/// A stretch of time over which an energy is spread evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) energy: MilliwattHours,
    pub(super) quality: Quality,
}

impl Span {
    /// Its energy between two moments, in microseconds.
    pub(super) fn between(&self, from_us: i64, to_us: i64) -> MilliwattHours {
        let start = self.from.0;
        let since = |at: i64| at.saturating_sub(start);
        self.energy
            .between(since(from_us), since(to_us), since(self.to.0))
    }
}

/// The rises of a counter.
pub(super) fn of_counter(
    readings: &BTreeMap<Timestamp, MilliwattHours>,
    silences: &BTreeMap<Timestamp, Timestamp>,
    stands_us: i64,
) -> Vec<Span> {
    let mut heard = Heard::of(silences);
    let pairs = readings.iter().zip(readings.iter().skip(1));
    let span = |((from, before), (to, after)): ((&Timestamp, &MilliwattHours), _)| {
        let (to, after): (&Timestamp, &MilliwattHours) = (to, after);
        let began_anew = after < before;
        let energy = if began_anew { *after } else { *after - *before };
        let is_long = to.0.saturating_sub(from.0) > stands_us;
        let was_silent = heard.until(*from) < *to;
        let is_vague = (is_long || was_silent) && energy != MilliwattHours::ZERO;
        Span {
            from: *from,
            to: *to,
            energy,
            quality: quality(!began_anew && !is_vague),
        }
    };
    pairs.map(span).collect()
}

/// The periods by their beginning; one that begins before the one before it ends is left out.
pub(super) fn of_periods(periods: &BTreeMap<Timestamp, (Timestamp, MilliwattHours)>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for (from, (to, energy)) in periods {
        if spans.last().is_none_or(|before| before.to <= *from) {
            spans.push(Span {
                from: *from,
                to: *to,
                energy: *energy,
                quality: Quality::Complete,
            });
        }
    }
    spans
}

/// Power that lasts until the next reading, in the direction of that sign.
///
/// What a span leaves of a mWh goes to the next one, so that nothing is lost by rounding.
pub(super) fn of_power(
    power: &BTreeMap<Timestamp, i64>,
    silences: &BTreeMap<Timestamp, Timestamp>,
    stands_us: i64,
    sign: i64,
) -> Vec<Span> {
    let mut heard = Heard::of(silences);
    let ends = power.keys().skip(1).copied().map(Some).chain([None]);
    let mut spans = Vec::new();
    let mut left = 0_i128;
    for ((from, mw), next) in power.iter().zip(ends) {
        let latest = Timestamp(from.0.saturating_add(stands_us)).min(heard.until(*from));
        let to = next.map_or(latest, |next| next.min(latest));
        let flow_mw = i128::from(*mw) * i128::from(sign);
        left += flow_mw.max(0) * i128::from(to.0.saturating_sub(from.0));
        let energy = left.div_euclid(MILLIWATT_US_PER_MWH);
        left = left.rem_euclid(MILLIWATT_US_PER_MWH);
        if *from < to {
            spans.push(Span {
                from: *from,
                to,
                energy: MilliwattHours(clamped(energy)),
                quality: Quality::Complete,
            });
        }
    }
    spans
}

/// Looks at silences in the order of time.
struct Heard<'a> {
    silences: std::iter::Peekable<btree_map::Iter<'a, Timestamp, Timestamp>>,
}

impl<'a> Heard<'a> {
    fn of(silences: &'a BTreeMap<Timestamp, Timestamp>) -> Self {
        let silences = silences.iter().peekable();
        Self { silences }
    }

    /// When the first silence begins after a reading, or at it; moments must ascend. A reading within a
    /// silence was heard all the same, and holds until the next.
    fn until(&mut self, at: Timestamp) -> Timestamp {
        while self.silences.next_if(|(from, _)| **from < at).is_some() {}
        self.silences
            .peek()
            .map_or(Timestamp(i64::MAX), |(from, _)| **from)
    }
}

const fn quality(is_complete: bool) -> Quality {
    if is_complete {
        Quality::Complete
    } else {
        Quality::Partial
    }
}

/// A milliwatt over an hour, in microseconds.
const MILLIWATT_US_PER_MWH: i128 = 3_600_000_000;

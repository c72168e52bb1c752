//! What the home's clock shows over a stretch of time: the moments at which it reaches a time of day.
//!
//! A range is cut where the clock changes against UTC; between those cuts what it shows is UTC and a
//! constant, so nothing is ambiguous and nothing is skipped.

use std::collections::BTreeSet;

use hub_model::Timestamp;
use jiff::tz::{Offset, TimeZone};
use rules::schedule::{CivilDate, TimeOfDay};

use crate::amount::DAY_US;
use crate::range::Range;

/// A moment with what the clock and the calendar show then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub at: Timestamp,
    pub date: CivilDate,
    pub time: TimeOfDay,
}

/// What is shown at the beginning, whenever the clock is set, and whenever it reaches one of these
/// seconds of the day, of which 0 is always one; ascending.
pub(crate) fn ticks(range: Range, zone: &TimeZone, seconds: &BTreeSet<u32>) -> Vec<Shown> {
    let mut ticks = Vec::new();
    for stretch in stretches(range, zone) {
        let shift = i64::from(stretch.offset_s) * SECOND_US;
        let end = stretch.to.0 + shift;
        let mut local = stretch.from.0 + shift;
        while local < end {
            ticks.extend(shown(local, shift));
            local = following(local, seconds);
        }
    }
    ticks
}

/// What is shown at one moment.
pub(crate) fn shown_at(at: Timestamp, zone: &TimeZone) -> Option<Shown> {
    let moment = jiff::Timestamp::from_microsecond(at.0).ok()?;
    let shift = i64::from(zone.to_offset(moment).seconds()) * SECOND_US;
    shown(at.0.checked_add(shift)?, shift)
}

/// When the hours of the clock begin, and where it is set.
pub(crate) fn hour_starts(range: Range, zone: &TimeZone) -> Vec<Timestamp> {
    let ticks = ticks(range, zone, &full_hours());
    ticks.into_iter().map(|shown| shown.at).collect()
}

/// The seconds of the day at which an hour begins.
pub(crate) fn full_hours() -> BTreeSet<u32> {
    (0..24).map(|hour| hour * 3_600).collect()
}

/// The first moment of each day of the calendar; the first day may have begun before.
///
/// A day that a clock goes back to after midnight does not begin again.
pub(crate) fn day_starts(range: Range, zone: &TimeZone) -> Vec<(Timestamp, CivilDate)> {
    let mut starts: Vec<(Timestamp, CivilDate)> = Vec::new();
    for shown in ticks(range, zone, &BTreeSet::from([0])) {
        if starts.last().is_none_or(|(_, date)| shown.date > *date) {
            starts.push((shown.at, shown.date));
        }
    }
    starts
}

/// A stretch of time over which the clock is off UTC by the same.
struct Stretch {
    from: Timestamp,
    to: Timestamp,
    offset_s: i32,
}

fn stretches(range: Range, zone: &TimeZone) -> Vec<Stretch> {
    // A range, widened by days, is well within what jiff can say.
    let start = jiff::Timestamp::from_microsecond(range.from().0).unwrap_or_default();
    let mut stretches = Vec::new();
    let mut from = range.from();
    let mut offset_s = zone.to_offset(start).seconds();
    for change in zone.following(start) {
        let to = Timestamp(change.timestamp().as_microsecond());
        if to >= range.to() {
            break;
        }
        if change.offset().seconds() != offset_s {
            stretches.push(Stretch { from, to, offset_s });
            from = to;
            offset_s = change.offset().seconds();
        }
    }
    let to = range.to();
    stretches.push(Stretch { from, to, offset_s });
    stretches
}

/// What a clock shows at a local time, in microseconds since 1970 by that clock.
fn shown(local: i64, shift: i64) -> Option<Shown> {
    let second = jiff::Timestamp::from_second(local.div_euclid(SECOND_US)).ok()?;
    let civil = Offset::UTC.to_datetime(second);
    let part = |number: i8| number.unsigned_abs();
    let date = CivilDate::new(
        u16::try_from(civil.year()).ok()?,
        part(civil.month()),
        part(civil.day()),
    )?;
    let time = TimeOfDay::new(
        part(civil.hour()),
        part(civil.minute()),
        part(civil.second()),
    )?;
    let at = Timestamp(local - shift);
    Some(Shown { at, date, time })
}

/// The next local time at one of these seconds of a day.
fn following(local: i64, seconds: &BTreeSet<u32>) -> i64 {
    let day = local.div_euclid(DAY_US) * DAY_US;
    let second = u32::try_from((local - day) / SECOND_US).unwrap_or(u32::MAX);
    let next = seconds.range(second.saturating_add(1)..).next();
    day + next.map_or(DAY_US, |second| i64::from(*second) * SECOND_US)
}

const SECOND_US: i64 = 1_000_000;

//! The spans of roll-ups: hours, days and months of the home's calendar.
//!
//! Five minutes are counted from the epoch. Hours begin when the home's clocks show a full hour, days
//! at the first moment of a civil day, months at that of their first day; so a day has 23 to 25 hours
//! where clocks are set, and an hour may be a part of one.

use std::iter;

use hub_model::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};

use crate::rollup::Period;

/// Microseconds of five minutes.
const FIVE_MINUTES: i64 = 300_000_000;
/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;

/// When the span begins in which a moment lies.
#[must_use]
pub fn start_of(period: Period, at: Timestamp, zone: &TimeZone) -> Timestamp {
    match period {
        Period::FiveMinutes => floor(at, FIVE_MINUTES, 0),
        Period::Hour => hour_of(at, zone),
        Period::Day => {
            date_of(at, zone).map_or_else(|| floor(at, 24 * HOUR, 0), |date| beginning(date, zone))
        }
        Period::Month => date_of(at, zone).map_or_else(
            || floor(at, 30 * 24 * HOUR, 0),
            |date| beginning(date.first_of_month(), zone),
        ),
    }
}

/// When the span ends that begins at a moment, and the next one begins.
#[must_use]
pub fn end_of(period: Period, start: Timestamp, zone: &TimeZone) -> Timestamp {
    let next = |date: Date| match period {
        Period::Month => date.last_of_month().tomorrow().ok(),
        _ => date.tomorrow().ok(),
    };
    let end = match period {
        Period::FiveMinutes => Timestamp(start.0.saturating_add(FIVE_MINUTES)),
        Period::Hour => {
            let full = Timestamp(start.0.saturating_add(HOUR));
            let set = moment(start).and_then(|start| zone.following(start).next());
            let set = set.map(|set| Timestamp(set.timestamp().as_microsecond()));
            let sooner = hour_of(Timestamp(full.0.saturating_sub(1)), zone);
            match set {
                Some(set) if set < full => set,
                // The hour may have begun when clocks were set, not when they showed a full one.
                _ if sooner > start => sooner,
                _ => full,
            }
        }
        Period::Day | Period::Month => match date_of(start, zone).and_then(next) {
            Some(date) => beginning(date, zone),
            None => Timestamp(i64::MAX),
        },
    };
    if end > start {
        end
    } else {
        Timestamp(i64::MAX)
    }
}

/// The spans from the one in which `from` lies to the one in which the last moment before `to` does,
/// in order: when each begins and ends.
pub fn spans<'a>(
    period: Period,
    from: Timestamp,
    to: Timestamp,
    zone: &'a TimeZone,
) -> impl Iterator<Item = (Timestamp, Timestamp)> + 'a {
    let span = move |start: Timestamp| (start, end_of(period, start, zone));
    let first = span(start_of(period, from, zone));
    iter::successors(Some(first), move |&(_, end)| Some(span(end)))
        .take_while(move |&(start, _)| start < to)
}

fn floor(at: Timestamp, length: i64, shift: i64) -> Timestamp {
    let shifted = at.0.saturating_add(shift);
    Timestamp(
        shifted
            .saturating_sub(shifted.rem_euclid(length))
            .saturating_sub(shift),
    )
}

fn hour_of(at: Timestamp, zone: &TimeZone) -> Timestamp {
    let Some(present) = moment(at) else {
        return floor(at, HOUR, 0);
    };
    let offset = zone.to_offset(present);
    let start = floor(at, HOUR, i64::from(offset.seconds()) * 1_000_000);
    // The clocks may have been set within this hour, at this very moment even.
    let after = moment(Timestamp(at.0.saturating_add(1))).unwrap_or(present);
    match zone.preceding(after).next() {
        Some(set) if set.timestamp().as_microsecond() > start.0 => {
            Timestamp(set.timestamp().as_microsecond())
        }
        _ => start,
    }
}

fn moment(at: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_microsecond(at.0).ok()
}

fn date_of(at: Timestamp, zone: &TimeZone) -> Option<Date> {
    let moment = moment(at)?;
    Some(zone.to_datetime(moment).date())
}

/// The first moment of a civil day; midnight itself may not be one.
fn beginning(date: Date, zone: &TimeZone) -> Timestamp {
    let midnight = date.at(0, 0, 0, 0);
    match zone.to_ambiguous_timestamp(midnight).compatible() {
        Ok(first) => Timestamp(first.as_microsecond()),
        // At the ends of time, where no zone reaches.
        Err(_) => {
            let utc = Offset::UTC.to_timestamp(midnight);
            Timestamp(utc.map_or(i64::MAX, jiff::Timestamp::as_microsecond))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
    }

    fn hours(from: &str, zone_name: &str) -> Vec<f64> {
        let zone = zone(zone_name);
        let (from, to) = (at(from), end_of(Period::Day, at(from), &zone));
        spans(Period::Hour, from, to, &zone)
            .map(|(start, end)| end.since(start).as_secs_f64() / 3_600.0)
            .collect()
    }

    #[test]
    fn a_day_on_which_clocks_are_set_has_23_or_25_hours() {
        assert_eq!(hours("2026-03-28T23:00:00Z", "Europe/Berlin"), [1.0; 23]);
        assert_eq!(hours("2026-10-24T22:00:00Z", "Europe/Berlin"), [1.0; 25]);
        assert_eq!(hours("2026-06-01T22:00:00Z", "Europe/Berlin"), [1.0; 24]);
    }

    #[test]
    fn hours_begin_when_clocks_show_a_full_hour() {
        let kathmandu = zone("Asia/Kathmandu");
        let start = start_of(Period::Hour, at("2026-06-01T12:34:56Z"), &kathmandu);
        assert_eq!(start, at("2026-06-01T12:15:00Z"));
        // Clocks of Lord Howe are set by half an hour.
        let lengths = hours("2026-04-04T13:00:00Z", "Australia/Lord_Howe");
        assert_eq!(lengths.iter().sum::<f64>(), 24.5);
        let lengths = hours("2026-10-03T13:30:00Z", "Australia/Lord_Howe");
        assert_eq!(lengths.iter().sum::<f64>(), 23.5);
    }

    #[test]
    fn a_day_begins_at_its_first_moment() {
        // In Cairo clocks are set at midnight.
        let cairo = zone("Africa/Cairo");
        let start = start_of(Period::Day, at("2026-04-24T12:00:00Z"), &cairo);
        assert_eq!(start, at("2026-04-23T22:00:00Z"));
        assert_eq!(
            end_of(Period::Day, start, &cairo),
            at("2026-04-24T21:00:00Z")
        );
    }

    #[test]
    fn months_are_of_the_homes_calendar() {
        let berlin = zone("Europe/Berlin");
        let months: Vec<_> = spans(
            Period::Month,
            at("2026-10-20T00:00:00Z"),
            at("2026-12-01T00:00:00Z"),
            &berlin,
        )
        .map(|(start, _)| start)
        .collect();
        let wanted = [
            "2026-09-30T22:00:00Z",
            "2026-10-31T23:00:00Z",
            "2026-11-30T23:00:00Z",
        ];
        assert_eq!(months, wanted.map(at));
    }

    proptest! {
        #[test]
        fn spans_follow_each_other_without_a_hole(
            seconds in -4_000_000_000i64..8_000_000_000,
            name in prop::sample::select(vec![
                "UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe",
                "Africa/Cairo", "America/St_Johns", "Pacific/Apia", "Africa/Monrovia",
            ]),
            period in prop::sample::select(Period::ALL.to_vec()),
        ) {
            let zone = zone(name);
            let from = Timestamp::from_secs(seconds);
            let to = Timestamp::from_secs(seconds + 3 * 86_400);
            let spans: Vec<_> = spans(period, from, to, &zone).collect();
            prop_assert!(spans[0].0 <= from && from < spans[0].1);
            prop_assert!(spans[spans.len() - 1].1 >= to);
            for pair in spans.windows(2) {
                prop_assert_eq!(pair[0].1, pair[1].0);
            }
            for (start, end) in spans {
                let middle = Timestamp(start.0 + (end.0 - start.0) / 2);
                for inside in [start, middle, Timestamp(end.0 - 1)] {
                    prop_assert_eq!(start_of(period, inside, &zone), start, "{:?}", inside);
                }
            }
        }

        #[test]
        fn no_moment_panics(at: i64, period in prop::sample::select(Period::ALL.to_vec())) {
            let zone = zone("Europe/Berlin");
            let start = start_of(period, Timestamp(at), &zone);
            let _ = end_of(period, start, &zone);
        }
    }
}

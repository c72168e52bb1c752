//! Between moments and what the home's clock and calendar show.
//!
//! Where a clock skips ahead, a time it never shows is moved on by as much as it skipped; where a
//! clock is set back, a time it shows twice is the first of the two. RFC 5545 §3.3.5 reads local times
//! in the same way.

use hub_model::time::Timestamp;
use jiff::civil::DateTime;

use super::civil::{CivilDate, TimeOfDay};
use super::place::Place;
use super::text::Scanner;
use super::weekday::Weekday;

/// The day on the calendar at that moment.
///
/// Moments outside the years 1 to 9999 count as the first or the last of them, here and below.
#[must_use]
pub fn civil_date(at: Timestamp, place: &Place) -> CivilDate {
    CivilDate::of(shown(at, place))
}

/// What the clock shows at that moment, rounded down to the second.
#[must_use]
pub fn time_of_day(at: Timestamp, place: &Place) -> TimeOfDay {
    TimeOfDay::of(shown(at, place))
}

/// The day of the week at that moment.
#[must_use]
pub fn weekday(at: Timestamp, place: &Place) -> Weekday {
    civil_date(at, place).weekday()
}

/// The moment as the home's people would write it: `2026-03-29 03:30:00`.
#[must_use]
pub fn local_text(at: Timestamp, place: &Place) -> String {
    let shown = shown(at, place);
    format!(
        "{} {:02}:{:02}:{:02}",
        CivilDate::of(shown),
        shown.hour(),
        shown.minute(),
        shown.second()
    )
}

/// The moment meant by `2026-03-29` (its midnight), `2026-03-29 03:30`, `2026-03-29T03:30:00`, or an
/// RFC 3339 text with its own offset.
#[must_use]
pub fn parse_local(text: &str, place: &Place) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp(at.as_microsecond()));
    }
    let mut scanner = Scanner::new(text);
    let date = CivilDate::scan(&mut scanner).ok()?;
    let time = if scanner.is_end() {
        TimeOfDay::MIDNIGHT
    } else {
        let has_gap = scanner.eat("T") || scanner.eat(" ");
        if !has_gap {
            return None;
        }
        TimeOfDay::scan(&mut scanner).ok()?
    };
    scanner.finish().ok()?;
    moment(date, time, place)
}

/// When the clock shows that time on that day; none only at the very ends of the calendar.
pub(super) fn moment(date: CivilDate, time: TimeOfDay, place: &Place) -> Option<Timestamp> {
    let zone = place.zone.to_jiff();
    let at = zone.to_ambiguous_timestamp(date.at(time)).compatible();
    Some(Timestamp(at.ok()?.as_microsecond()))
}

/// Whether the place had that day at all: a move across the date line leaves one out.
pub(super) fn has_day(date: CivilDate, place: &Place) -> bool {
    moment(date, TimeOfDay::MIDNIGHT, place).is_some_and(|at| civil_date(at, place) == date)
}

fn shown(at: Timestamp, place: &Place) -> DateTime {
    const FIRST_US: i64 = -62_135_510_400_000_000; // 0001-01-02T00:00:00Z
    const LAST_US: i64 = 253_402_128_000_000_000; // 9999-12-30T00:00:00Z
    let at = jiff::Timestamp::from_microsecond(at.0.clamp(FIRST_US, LAST_US));
    place.zone.to_jiff().to_datetime(at.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::place::Zone;
    use super::super::tests::repeatable;
    use super::*;

    #[test]
    fn texts_are_read_on_the_local_clock_unless_they_say_otherwise() {
        let berlin = place("Europe/Berlin");
        for (text, utc) in [
            ("2026-03-29", "2026-03-28T23:00:00Z"),
            ("2026-03-29 03:30", "2026-03-29T01:30:00Z"),
            ("2026-03-29T03:30:00", "2026-03-29T01:30:00Z"),
            ("2026-03-29 02:30", "2026-03-29T01:30:00Z"),
            ("2026-10-25 02:30", "2026-10-25T00:30:00Z"),
            ("2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00Z"),
        ] {
            let at = parse_local(text, &berlin);
            assert!(at.is_some(), "{text}");
            assert_eq!(at, parse_local(utc, &berlin), "{text}");
        }
        for text in [
            "",
            "2026",
            "2026-03-29x",
            "2026-03-29 ",
            "2026-02-30",
            "2026-03-29 25:00",
        ] {
            let trimmed = text.trim() != text;
            assert_eq!(parse_local(text, &berlin).is_some(), trimmed, "{text}");
        }
    }

    #[test]
    fn a_moment_is_shown_on_the_local_clock() {
        let berlin = place("Europe/Berlin");
        let at = parse_local("2026-03-29T01:30:00Z", &berlin).unwrap();
        assert_eq!(local_text(at, &berlin), "2026-03-29 03:30:00");
        assert_eq!(time_of_day(at, &berlin).to_string(), "03:30");
        assert_eq!(weekday(at, &berlin), Weekday::Sun);
    }

    proptest! {
        #![proptest_config(repeatable(256))]

        #[test]
        fn no_moment_panics(at: i64) {
            for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago"] {
                let _ = local_text(Timestamp(at), &place(zone));
            }
        }

        #[test]
        fn no_text_panics(text in ".*", year in 0_u16..=9999) {
            let utc = place("UTC");
            let _ = parse_local(&text, &utc);
            let _ = parse_local(&format!("{year:04}-12-31 {text}"), &utc);
        }

        #[test]
        fn a_shown_moment_is_read_back(seconds in 0_i64..4_102_444_800) {
            let utc = place("UTC");
            let at = Timestamp::from_secs(seconds);
            prop_assert_eq!(parse_local(&local_text(at, &utc), &utc), Some(at));
        }
    }

    fn place(zone: &str) -> Place {
        Place {
            zone: Zone::named(zone).unwrap(),
            location: None,
        }
    }
}

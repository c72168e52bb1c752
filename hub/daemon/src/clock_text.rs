//! Moments and spans as people read them, in the machine's time zone.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The day, as `2026-11-25`.
pub(crate) fn date(ms: i64) -> String {
    format(ms, "%Y-%m-%d")
}

/// The day and time, as `2026-11-25 14:03:07`.
pub(crate) fn moment(ms: i64) -> String {
    format(ms, "%Y-%m-%d %H:%M:%S")
}

/// The same in another time zone.
pub(crate) fn moment_in(ms: i64, zone: &TimeZone) -> String {
    format_in(ms, "%Y-%m-%d %H:%M:%S", zone.clone())
}

/// The day and time to the millisecond, as `2026-11-25 14:03:07.250`.
pub(crate) fn moment_to_ms(ms: i64) -> String {
    format(ms, "%Y-%m-%d %H:%M:%S%.3f")
}

/// The day in short, as `25 Nov 2026`.
pub(crate) fn day(ms: i64) -> String {
    format(ms, "%-d %b %Y")
}

/// The time of day, as `14:03:07.250`.
pub(crate) fn time(ms: i64) -> String {
    format(ms, "%H:%M:%S%.3f")
}

/// A span in its two largest units, as `2 d 3 h`.
pub(crate) fn span(ms: u64) -> String {
    let seconds = ms / 1_000;
    match (
        seconds / 86_400,
        seconds / 3_600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    ) {
        (0, 0, 0, s) => format!("{s} s"),
        (0, 0, m, s) => format!("{m} min {s} s"),
        (0, h, m, _) => format!("{h} h {m} min"),
        (d, h, _, _) => format!("{d} d {h} h"),
    }
}

fn format(ms: i64, how: &str) -> String {
    format_in(ms, how, TimeZone::system())
}

fn format_in(ms: i64, how: &str, zone: TimeZone) -> String {
    Timestamp::from_millisecond(ms).map_or_else(
        |_| "-".into(),
        |at| at.to_zoned_datetime(zone).strftime(how).to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_in_two_units() {
        assert_eq!(span(59_999), "59 s");
        assert_eq!(span(61_000), "1 min 1 s");
        assert_eq!(span(3_600_000), "1 h 0 min");
        assert_eq!(span(90_000_000), "1 d 1 h");
    }

    #[test]
    fn a_moment_beyond_the_calendar_is_a_dash() {
        assert_eq!(date(i64::MAX), "-");
        assert_eq!(date(86_400_000 * 2).len(), 10);
    }
}

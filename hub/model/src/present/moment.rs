//! Times of the clock and lengths of time.

use super::number::plain;
use crate::units::Unit;

/// From 1970-01-01 to 2000-01-01, where Matter's epoch begins.
const MATTER_EPOCH_S: f64 = 946_684_800.0;
const DAY_S: f64 = 86_400.0;

/// A moment: a date and time in UTC, a time of day, or a time since the start.
pub(super) fn moment(unit: Unit, raw: f64) -> String {
    match unit {
        Unit::EpochSecond => date_time(raw + MATTER_EPOCH_S),
        Unit::EpochMicrosecond => date_time(raw / 1e6 + MATTER_EPOCH_S),
        Unit::PosixMillisecond => date_time(raw / 1e3),
        Unit::UptimeSecond => format!("{} after start", duration(raw)),
        Unit::UptimeMillisecond => format!("{} after start", duration(raw / 1e3)),
        Unit::UptimeMicrosecond => format!("{} after start", duration(raw / 1e6)),
        _ => {
            let (hours, minutes) = split(raw, 60.0);
            format!("{hours:02}:{minutes:02}")
        }
    }
}

/// A length of time in its two greatest parts: "3 min 20 s".
pub(super) fn duration(seconds: f64) -> String {
    if seconds < 0.0 {
        return format!("-{}", duration(-seconds));
    }
    match seconds {
        s if s < 60.0 => format!("{} s", plain(s, 1)),
        s if s < 3_600.0 => parts(s, 60.0, ["min", "s"]),
        s if s < DAY_S => parts(s / 60.0, 60.0, ["h", "min"]),
        s => parts(s / 3_600.0, 24.0, ["d", "h"]),
    }
}

/// A number of the smaller part, of which `per` make the larger, as both.
fn parts(small: f64, per: f64, [large_name, small_name]: [&str; 2]) -> String {
    let (large, small) = split(small, per);
    if small == 0 {
        format!("{large} {large_name}")
    } else {
        format!("{large} {large_name} {small} {small_name}")
    }
}

/// A number as whole multiples of `per` and the whole rest.
fn split(n: f64, per: f64) -> (u64, u64) {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole numbers from zero up; beyond 2^64 no time is meant"
    )]
    ((n / per).floor() as u64, (n % per).floor() as u64)
}

/// A Unix time as `2026-11-25 09:30 UTC`.
fn date_time(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "bounded by the clamp")]
    let days = (seconds / DAY_S).floor().clamp(-1e7, 1e7) as i64;
    let (year, month, day) = civil(days);
    let (hours, minutes) = split(seconds.rem_euclid(DAY_S) / 60.0, 60.0);
    format!("{year:04}-{month:02}-{day:02} {hours:02}:{minutes:02} UTC")
}

/// The date so many days after 1970-01-01 (proleptic Gregorian). Counts years from March, so that
/// the leap day is the last of its year, in eras of 400 years, which are all equally long.
const fn civil(days: i64) -> (i64, i64, i64) {
    const ERA_DAYS: i64 = 146_097;
    // From 0000-03-01 to 1970-01-01.
    let days = days + 719_468;
    let era = days.div_euclid(ERA_DAYS);
    let of_era = days.rem_euclid(ERA_DAYS);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right() {
        assert_eq!(date_time(0.0), "1970-01-01 00:00 UTC");
        assert_eq!(date_time(951_782_400.0), "2000-02-29 00:00 UTC");
        assert_eq!(date_time(-1.0), "1969-12-31 23:59 UTC");
        assert_eq!(moment(Unit::EpochSecond, 0.0), "2000-01-01 00:00 UTC");
        assert_eq!(
            moment(Unit::PosixMillisecond, 1_795_599_018_000.0),
            "2026-11-25 09:30 UTC"
        );
        assert_eq!(moment(Unit::MinuteOfDay, 390.0), "06:30");
    }

    #[test]
    fn durations_show_two_parts() {
        assert_eq!(duration(0.25), "0.2 s");
        assert_eq!(duration(5.0), "5 s");
        assert_eq!(duration(200.0), "3 min 20 s");
        assert_eq!(duration(3_600.0), "1 h");
        assert_eq!(duration(7_500.0), "2 h 5 min");
        assert_eq!(duration(100_000.0), "1 d 3 h");
        assert_eq!(duration(-90.0), "-1 min 30 s");
    }
}

//! Lengths of time as people write them: `1h30m`, `90 s`, `500 ms`.
//!
//! A text is one or more whole numbers, each with its unit, from the largest unit to the smallest:
//! `d` (of 24 hours), `h`, `m`, `s`, `ms`. Spaces do not matter. The canonical form has no spaces and
//! no unit that a larger one could take: `90s` prints as `1m30s`.

use std::fmt::Write;
use std::time::Duration;

use hub_model::nearest::nearest;

use super::text::{Scanner, TextError, out_of_range, unknown};

/// The length of time in `text`, at most 366 days.
///
/// # Errors
/// If the text is not of the form above.
pub fn parse_duration(text: &str) -> Result<Duration, TextError> {
    let mut scanner = Scanner::new(text);
    scanner.spaces();
    let duration = scan(&mut scanner)?;
    scanner.finish()?;
    Ok(duration)
}

/// The canonical text, to the millisecond, rounded down.
#[must_use]
pub fn show_duration(duration: Duration) -> String {
    let mut left_ms = duration.as_millis();
    let mut text = String::new();
    for (unit, unit_ms) in UNITS {
        let count = left_ms / u128::from(unit_ms);
        left_ms %= u128::from(unit_ms);
        if count > 0 {
            // Writing to a string cannot fail.
            let _ = write!(text, "{count}{unit}");
        }
    }
    if text.is_empty() {
        text.push_str("0s");
    }
    text
}

/// Reads as many numbers with units as stand here.
pub(super) fn scan(scanner: &mut Scanner<'_>) -> Result<Duration, TextError> {
    const WHAT: &str = "a length of time such as 1h30m";
    let start = scanner.column();
    if !scanner.at_digit() {
        return Err(scanner.expected(WHAT));
    }
    let mut total_ms = Some(0_u64);
    let mut units = UNITS.iter();
    while scanner.at_digit() {
        let count = scanner.digits().parse::<u64>().ok();
        scanner.spaces();
        let column = scanner.column();
        let missing = scanner.expected("a unit: d, h, m, s or ms");
        let word = scanner.word();
        if word.is_empty() {
            return Err(missing);
        }
        if !UNITS.iter().any(|(unit, _)| *unit == word) {
            return Err(unknown(column, "unit", word, meant(word)));
        }
        let Some((_, unit_ms)) = units.find(|(unit, _)| *unit == word) else {
            let limits = "after a larger unit and before a smaller one";
            return Err(out_of_range(column, "unit", word, limits));
        };
        total_ms = total_ms
            .zip(count.and_then(|count| count.checked_mul(*unit_ms)))
            .and_then(|(total, more)| total.checked_add(more));
        scanner.spaces();
    }
    total_ms
        .map(Duration::from_millis)
        .filter(|total| *total <= LONGEST)
        .ok_or_else(|| out_of_range(start, "a length of time", "more", "at most 366d"))
}

/// The unit someone meant who wrote `word`.
fn meant(word: &str) -> Option<&'static str> {
    let short = UNITS
        .iter()
        .find(|(unit, _)| unit.eq_ignore_ascii_case(word));
    if let Some((unit, _)) = short {
        return Some(unit);
    }
    let name = nearest(word, LONG_NAMES.iter().map(|(name, _)| *name))?;
    LONG_NAMES
        .iter()
        .find(|(long, _)| *long == name)
        .map(|(_, unit)| *unit)
}

const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// Each unit with its length in milliseconds, from the largest on.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Names that other programs have for the units; only suggested from, not read.
const LONG_NAMES: [(&str, &str); 16] = [
    ("day", "d"),
    ("days", "d"),
    ("hr", "h"),
    ("hrs", "h"),
    ("hour", "h"),
    ("hours", "h"),
    ("min", "m"),
    ("mins", "m"),
    ("minute", "m"),
    ("minutes", "m"),
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("msec", "ms"),
    ("milliseconds", "ms"),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::repeatable;
    use super::*;

    #[test]
    fn every_unit_is_read_and_printed_canonically() {
        for (text, millis, canonical) in [
            ("1h30m", 5_400_000, "1h30m"),
            ("90 s", 90_000, "1m30s"),
            ("2m", 120_000, "2m"),
            ("500 ms", 500, "500ms"),
            (" 1 d ", 86_400_000, "1d"),
            ("1 h 30 m", 5_400_000, "1h30m"),
            ("1500ms", 1_500, "1s500ms"),
            ("0s", 0, "0s"),
            ("366d", 31_622_400_000, "366d"),
        ] {
            let duration = parse_duration(text).unwrap();
            assert_eq!(duration, Duration::from_millis(millis), "{text}");
            assert_eq!(show_duration(duration), canonical);
        }
    }

    #[test]
    fn errors_say_what_would_be_right() {
        for (text, why) in [
            (
                "",
                "column 1: expected a length of time such as 1h30m, found the end",
            ),
            (
                "5",
                "column 2: expected a unit: d, h, m, s or ms, found the end",
            ),
            (
                "1.5h",
                "column 2: expected a unit: d, h, m, s or ms, found `.5h`",
            ),
            (
                "5 minutez",
                "column 3: unknown unit `minutez`, did you mean `m`?",
            ),
            ("5H", "column 2: unknown unit `H`, did you mean `h`?"),
            ("5x", "column 2: unknown unit `x`"),
            (
                "5m1h",
                "column 4: unit must be after a larger unit and before a smaller one, not h",
            ),
            ("1d, 2h", "column 3: expected the end, found `,`"),
            (
                "367d",
                "column 1: a length of time must be at most 366d, not more",
            ),
            (
                "99999999999999999999d",
                "column 1: a length of time must be at most 366d, not more",
            ),
        ] {
            assert_eq!(parse_duration(text).unwrap_err().to_string(), why);
        }
    }

    proptest! {
        #![proptest_config(repeatable(256))]

        #[test]
        fn whole_milliseconds_survive_their_text(millis in 0_u64..=31_622_400_000) {
            let duration = Duration::from_millis(millis);
            prop_assert_eq!(parse_duration(&show_duration(duration)), Ok(duration));
        }

        #[test]
        fn no_text_panics(text in ".*", near in "[0-9dhms .-]{0,30}") {
            let _ = parse_duration(&text);
            let _ = parse_duration(&near);
        }

        #[test]
        fn no_duration_panics(duration: Duration) {
            let _ = show_duration(duration);
        }
    }
}

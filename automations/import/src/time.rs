//! Lengths of time and times of day in the forms that the other hub reads.

use std::time::Duration;

use rules::schedule::TimeOfDay;

use crate::cursor::At;

/// The longest length of time of a rule.
const LONGEST_S: f64 = 366.0 * 86_400.0;

/// A length of time: `00:05:00`, `00:05`, 300, or `{minutes: 5}`.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn length(at: &At<'_>) -> Result<Duration, String> {
    let seconds = signed_seconds(at)?;
    let is_length = (0.0..=LONGEST_S).contains(&seconds);
    let millis = Duration::try_from_secs_f64(seconds).map(|length| length.as_millis());
    let millis = millis
        .ok()
        .filter(|_| is_length)
        .and_then(|millis| u64::try_from(millis).ok());
    let millis = millis.ok_or_else(|| format!("{} is no length of time", at.node.described()))?;
    Ok(Duration::from_millis(millis))
}

/// A length of time that may go backwards, in seconds.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn signed_seconds(at: &At<'_>) -> Result<f64, String> {
    if at.is_template() {
        return Err(format!(
            "the length of time is computed: {}",
            at.node.described()
        ));
    }
    let wrong = || format!("{} is no length of time", at.node.described());
    if let Some(fields) = at.fields() {
        let mut seconds = 0.0;
        for (unit, at) in fields.rest() {
            if at.is_template() {
                return Err(format!(
                    "the length of time is computed: {}",
                    at.node.described()
                ));
            }
            let (_, factor) = UNITS
                .iter()
                .find(|(name, _)| *name == unit)
                .ok_or_else(wrong)?;
            seconds += at.number().ok_or_else(wrong)? * factor;
        }
        return Ok(seconds);
    }
    if let Some(number) = at.number() {
        return Ok(number);
    }
    let text = at.text().ok_or_else(wrong)?;
    let (text, sign) = match text.strip_prefix('-') {
        Some(text) => (text, -1.0),
        None => (text.strip_prefix('+').unwrap_or(text), 1.0),
    };
    let mut seconds = 0.0;
    let parts: Vec<_> = text.split(':').collect();
    if !(2..=3).contains(&parts.len()) {
        return Err(wrong());
    }
    // Two parts are hours and minutes.
    for (part, factor) in parts.iter().zip([3_600.0, 60.0, 1.0]) {
        let digits = !part.is_empty() && part.chars().all(|c| c.is_ascii_digit() || c == '.');
        let number: f64 = part.parse().ok().filter(|_| digits).ok_or_else(wrong)?;
        seconds += number * factor;
    }
    Ok(sign * seconds)
}

const UNITS: &[(&str, f64)] = &[
    ("days", 86_400.0),
    ("hours", 3_600.0),
    ("minutes", 60.0),
    ("seconds", 1.0),
    ("milliseconds", 0.001),
];

/// A time of day: `07:30:00`, `7:30`.
pub(crate) fn time_of_day(text: &str) -> Option<TimeOfDay> {
    // Fractions of a second are nothing that a clock shows.
    let text = text.split_once('.').map_or(text, |(whole, _)| whole);
    let parts: Option<Vec<u8>> = text.split(':').map(|part| part.parse().ok()).collect();
    match parts?.as_slice() {
        [hour, minute] => TimeOfDay::new(*hour, *minute, 0),
        [hour, minute, second] => TimeOfDay::new(*hour, *minute, *second),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::load;

    #[test]
    fn every_form_of_a_length_is_read() {
        for (yaml, seconds) in [
            ("\"00:05:00\"", Some(300.0)),
            ("00:05:00", Some(300.0)),
            ("\"1:30\"", Some(5_400.0)),
            ("300", Some(300.0)),
            ("\"0.5\"", Some(0.5)),
            ("{minutes: 5}", Some(300.0)),
            (
                "{hours: 1, minutes: \"30\", milliseconds: 500}",
                Some(5_400.5),
            ),
            ("\"-00:15:00\"", None),
            ("-5", None),
            ("soon", None),
            ("{fortnights: 5}", None),
            ("{minutes: \"{{ x }}\"}", None),
            ("\"{{ states('input_number.x') }}\"", None),
            ("[1]", None),
            ("99999999999999", None),
            ("1e400", None),
        ] {
            let documents = load(yaml).unwrap();
            let read = length(&At::root(&documents[0]));
            assert_eq!(
                read.ok().map(|length| length.as_secs_f64()),
                seconds,
                "{yaml}"
            );
        }
    }

    #[test]
    fn offsets_go_both_ways() {
        for (yaml, seconds) in [
            ("\"-00:15:00\"", -900.0),
            ("+01:00", 3_600.0),
            ("-90", -90.0),
        ] {
            let documents = load(yaml).unwrap();
            assert_eq!(signed_seconds(&At::root(&documents[0])), Ok(seconds));
        }
    }

    #[test]
    fn times_of_day_are_read() {
        for (text, shown) in [
            ("07:30:00", Some("07:30")),
            ("7:30", Some("07:30")),
            ("23:59:59.999", Some("23:59:59")),
            ("24:00", None),
            ("input_datetime.wake", None),
        ] {
            let time = time_of_day(text).map(|time| time.to_string());
            assert_eq!(time.as_deref(), shown);
        }
    }
}

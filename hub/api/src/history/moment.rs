//! Moments and ranges as people and programs ask for them: RFC 3339, the home's clock, relative to the
//! present, or milliseconds since the Unix epoch.

use std::time::Duration;

use hub_model::Timestamp;
use rules::schedule::duration::parse_duration;
use rules::schedule::{Place, parse_local};

use crate::problem::{Kind, Problem};

/// How far back a range goes whose beginning was not given.
const USUAL: Duration = Duration::from_secs(24 * 3600);
/// Digits from which on a number is milliseconds: since September 2001.
const DIGITS_OF_MS: usize = 13;
const FORM: &str = "Write now, -24h, -7d, 2026-11-27, \"2026-11-27 18:00\" on the home's clock, \
                    2026-11-27T18:00:00+01:00 (a plus in a URL is written %2B), or milliseconds since \
                    1970.";

/// Two moments, the first not after the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

/// The range between two texts: up to the present, and of the last day, where they are missing.
pub(crate) fn range(
    from: Option<&str>,
    to: Option<&str>,
    now: Timestamp,
    place: &Place,
) -> Result<Range, Problem> {
    let to = to.map_or(Ok(now), |text| moment(text, now, place))?;
    let from = from.map_or_else(|| Ok(back(to, USUAL)), |text| moment(text, now, place))?;
    if from > to {
        return Err(
            Problem::new(Kind::BadQuery, "the range ends before it begins")
                .advise("Give a `from` that is before `to`."),
        );
    }
    Ok(Range { from, to })
}

/// The moment that a text means.
pub(crate) fn moment(text: &str, now: Timestamp, place: &Place) -> Result<Timestamp, Problem> {
    let text = text.trim();
    if text == "now" {
        return Ok(now);
    }
    if text.len() >= DIGITS_OF_MS
        && let Ok(ms) = text.parse::<u64>()
    {
        return Ok(Timestamp::from_millis(
            i64::try_from(ms).unwrap_or(i64::MAX),
        ));
    }
    let ago = text
        .strip_prefix('-')
        .and_then(|ago| parse_duration(ago).ok());
    let at = ago
        .map(|ago| back(now, ago))
        .or_else(|| parse_local(text, place));
    at.ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        Problem::new(Kind::BadQuery, format!("{shown:?} is no moment")).advise(FORM)
    })
}

fn back(at: Timestamp, by: Duration) -> Timestamp {
    let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    Timestamp(at.0.saturating_sub(by))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rules::schedule::Zone;

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_795_000_000);

    fn berlin() -> Place {
        Place {
            zone: Zone::named("Europe/Berlin").unwrap(),
            location: None,
        }
    }

    fn seconds(text: &str) -> Option<i64> {
        let at = moment(text, NOW, &berlin()).ok()?;
        Some(at.0 / 1_000_000)
    }

    #[test]
    fn moments_are_relative_local_or_absolute() {
        assert_eq!(seconds("now"), Some(1_795_000_000));
        assert_eq!(seconds("-24h"), Some(1_795_000_000 - 86_400));
        assert_eq!(seconds("-1h30m"), Some(1_795_000_000 - 5_400));
        assert_eq!(
            seconds("2026-11-27 18:00"),
            seconds("2026-11-27T17:00:00Z"),
            "on the home's clock"
        );
        assert_eq!(seconds("1795000000123"), Some(1_795_000_000));
        for bad in ["", "-", "--1h", "yesterday", "-24", "1e9", "2026-13-01"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_range_is_the_last_day_unless_said_otherwise() {
        let range = |from, to| range(from, to, NOW, &berlin());
        let day = range(None, None).unwrap();
        assert_eq!((day.from, day.to), (back(NOW, USUAL), NOW));
        assert!(range(Some("now"), Some("-1h")).is_err());
        assert!(range(Some("-1h"), Some("-1h")).is_ok());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*", number in any::<u64>()) {
            let _ = moment(&text, NOW, &berlin());
            let _ = moment(&format!("-{number}d"), NOW, &berlin());
        }
    }
}

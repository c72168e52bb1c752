//! The time of day a schedule is due at, by the clock or by the sun.
//!
//! ```text
//! time      = clock | event [ ( "+" | "-" ) length ] | elevation
//! clock     = 06:30 | 06:30:15
//! event     = "dawn" | "sunrise" | "noon" | "sunset" | "dusk"
//! elevation = "sun rises above" angle | "sun falls below" angle
//! angle     = 5° | -3.5°                     to a hundredth; the sign ° may be left out
//! ```
//!
//! A length is as in [`duration`], in whole seconds and at most a day. `noon` is when
//! the sun is highest, which is seldom at 12:00.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use hub_model::nearest::nearest;
use hub_model::time::Timestamp;

use super::civil::{CivilDate, TimeOfDay};
use super::duration::{self, show_duration};
use super::local;
use super::place::Place;
use super::sun::{SunEvent, crossing};
use super::text::{Scanner, TextError, out_of_range, unknown};

/// A time of day. The text form is in the module's documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AtTime {
    /// What the clock shows.
    Clock(TimeOfDay),
    /// So long after something the sun does.
    Sun {
        /// What the sun does.
        event: SunEvent,
        /// Seconds after it, negative for before it; its text reaches a day either way.
        offset_s: i32,
    },
    /// The sun's centre passes a height above the horizon.
    Elevation {
        /// The height in hundredths of a degree, -9000 to 9000.
        centidegrees: i32,
        /// Upwards in the morning, or else downwards in the evening.
        rising: bool,
    },
}

impl AtTime {
    /// The moment on that civil day; none if the sun does not do that then, or the place has no
    /// location.
    #[must_use]
    pub fn on(self, date: CivilDate, place: &Place) -> Option<Timestamp> {
        match self {
            Self::Clock(time) => local::moment(date, time, place),
            Self::Sun { event, offset_s } => {
                let offset = Timestamp::from_secs(i64::from(offset_s));
                let at = event.on(date, place)?;
                Some(Timestamp(at.0.saturating_add(offset.0)))
            }
            Self::Elevation {
                centidegrees,
                rising,
            } => crossing(date, f64::from(centidegrees) / 100.0, rising, place),
        }
    }

    /// How long after the clock or the sun it is, in seconds.
    pub(super) fn offset_s(self) -> i32 {
        match self {
            Self::Clock(_) | Self::Elevation { .. } => 0,
            Self::Sun { offset_s, .. } => offset_s,
        }
    }

    fn scan(scanner: &mut Scanner<'_>) -> Result<Self, TextError> {
        if scanner.at_digit() {
            return TimeOfDay::scan(scanner).map(Self::Clock);
        }
        let before = scanner.expected("a time such as 06:30, sunset or sunset - 15m");
        let column = scanner.column();
        let word = scanner.word();
        if word.is_empty() {
            return Err(before);
        }
        if word.eq_ignore_ascii_case("sun") {
            return scan_elevation(scanner);
        }
        let event = SunEvent::named(word, column)?;
        let offset_s = scan_offset(scanner)?;
        Ok(Self::Sun { event, offset_s })
    }
}

impl FromStr for AtTime {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let mut scanner = Scanner::new(text);
        scanner.spaces();
        let time = Self::scan(&mut scanner)?;
        scanner.finish()?;
        Ok(time)
    }
}

impl fmt::Display for AtTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Clock(time) => time.fmt(f),
            Self::Sun { event, offset_s: 0 } => event.fmt(f),
            Self::Sun { event, offset_s } => {
                let sign = if offset_s < 0 { '-' } else { '+' };
                let length = Duration::from_secs(u64::from(offset_s.unsigned_abs()));
                write!(f, "{event} {sign} {}", show_duration(length))
            }
            Self::Elevation {
                centidegrees,
                rising,
            } => {
                let does = if rising { RISES } else { FALLS };
                write!(f, "sun {} {} ", does.0, does.1)?;
                write_angle(f, centidegrees)
            }
        }
    }
}

fn scan_offset(scanner: &mut Scanner<'_>) -> Result<i32, TextError> {
    scanner.spaces();
    let is_before = if scanner.eat("-") {
        true
    } else if scanner.eat("+") {
        false
    } else if scanner.is_end() {
        return Ok(0);
    } else {
        return Err(scanner.expected("`+`, `-` or the end"));
    };
    scanner.spaces();
    let column = scanner.column();
    let length = duration::scan(scanner)?;
    let refused = |limits| out_of_range(column, "an offset", &show_duration(length), limits);
    if length.subsec_nanos() != 0 {
        return Err(refused("in whole seconds"));
    }
    let seconds = i32::try_from(length.as_secs())
        .ok()
        .filter(|seconds| *seconds <= 86_400)
        .ok_or_else(|| refused("at most 1d"))?;
    Ok(if is_before { -seconds } else { seconds })
}

fn scan_elevation(scanner: &mut Scanner<'_>) -> Result<AtTime, TextError> {
    scanner.spaces();
    let rising = scan_word(
        scanner,
        "`rises above` or `falls below`",
        &[RISES.0, FALLS.0],
    )?;
    let rising = rising == RISES.0;
    let preposition = if rising { RISES.1 } else { FALLS.1 };
    scanner.spaces();
    scan_word(
        scanner,
        "`above` after `rises`, `below` after `falls`",
        &[preposition],
    )?;
    scanner.spaces();
    let centidegrees = scan_angle(scanner)?;
    Ok(AtTime::Elevation {
        centidegrees,
        rising,
    })
}

/// One of the `known` words, case aside.
fn scan_word(
    scanner: &mut Scanner<'_>,
    what: &'static str,
    known: &[&'static str],
) -> Result<&'static str, TextError> {
    let before = scanner.expected(what);
    let column = scanner.column();
    let word = scanner.word();
    if let Some(found) = known.iter().find(|known| known.eq_ignore_ascii_case(word)) {
        return Ok(found);
    }
    match nearest(word, known.iter().copied()) {
        Some(meant) => Err(unknown(column, "word", word, Some(meant))),
        None => Err(before),
    }
}

/// An angle in hundredths of a degree.
fn scan_angle(scanner: &mut Scanner<'_>) -> Result<i32, TextError> {
    const WHAT: &str = "an angle such as 5° or -3.5°";
    let column = scanner.column();
    let is_negative = scanner.eat("-");
    if !scanner.at_digit() {
        return Err(scanner.expected(WHAT));
    }
    let whole = scanner.number("the whole degrees", 0..=90)?;
    let hundredths = if scanner.eat(".") {
        scan_hundredths(scanner)?
    } else {
        0
    };
    scanner.eat("°");
    let angle = i32::from(whole) * 100 + i32::from(hundredths);
    if angle > 9000 {
        return Err(out_of_range(column, "an angle", "more", "-90° to 90°"));
    }
    Ok(if is_negative { -angle } else { angle })
}

fn scan_hundredths(scanner: &mut Scanner<'_>) -> Result<u8, TextError> {
    let missing = scanner.expected("digits after the point");
    let column = scanner.column();
    let digits = scanner.digits();
    let number = digits.parse::<u8>().map_err(|_| missing.clone());
    match digits.len() {
        0 => Err(missing),
        1 => Ok(number? * 10),
        2 => number,
        _ => Err(out_of_range(
            column,
            "an angle",
            digits,
            "in hundredths of a degree",
        )),
    }
}

fn write_angle(f: &mut fmt::Formatter<'_>, centidegrees: i32) -> fmt::Result {
    let sign = if centidegrees < 0 { "-" } else { "" };
    let whole = centidegrees.unsigned_abs() / 100;
    let hundredths = centidegrees.unsigned_abs() % 100;
    match (hundredths / 10, hundredths % 10) {
        (0, 0) => write!(f, "{sign}{whole}°"),
        (tenths, 0) => write!(f, "{sign}{whole}.{tenths}°"),
        (tenths, rest) => write!(f, "{sign}{whole}.{tenths}{rest}°"),
    }
}

const RISES: (&str, &str) = ("rises", "above");
const FALLS: (&str, &str) = ("falls", "below");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::repeatable;
    use super::*;

    #[test]
    fn times_print_canonically() {
        for (text, canonical) in [
            ("6:30", "06:30"),
            ("06:30:00", "06:30"),
            ("06:30:15", "06:30:15"),
            ("sunset-15m", "sunset - 15m"),
            (" Sunrise + 90 m ", "sunrise + 1h30m"),
            ("dusk + 0s", "dusk"),
            ("dawn", "dawn"),
            ("noon", "noon"),
            ("sun rises above 5°", "sun rises above 5°"),
            ("sun falls below -3.50", "sun falls below -3.5°"),
            ("sun  falls below -0.05°", "sun falls below -0.05°"),
        ] {
            let time: AtTime = text.parse().unwrap();
            assert_eq!(time.to_string(), canonical, "{text}");
            assert_eq!(canonical.parse(), Ok(time));
        }
    }

    #[test]
    fn errors_point_at_the_problem() {
        for (text, why) in [
            (
                "",
                "column 1: expected a time such as 06:30, sunset or sunset - 15m, found the end",
            ),
            (
                "sunsetz",
                "column 1: unknown time `sunsetz`, did you mean `sunset`?",
            ),
            (
                "sunset 15m",
                "column 8: expected `+`, `-` or the end, found `15m`",
            ),
            (
                "sunset - soon",
                "column 10: expected a length of time such as 1h30m, found `soon`",
            ),
            (
                "sunset - 5 mins",
                "column 12: unknown unit `mins`, did you mean `m`?",
            ),
            (
                "sunset - 25h",
                "column 10: an offset must be at most 1d, not 1d1h",
            ),
            (
                "sunset - 5ms",
                "column 10: an offset must be in whole seconds, not 5ms",
            ),
            (
                "sun sets",
                "column 5: expected `rises above` or `falls below`, found `sets`",
            ),
            (
                "sun rise above 5",
                "column 5: unknown word `rise`, did you mean `rises`?",
            ),
            (
                "sun rises below 5",
                "column 11: expected `above` after `rises`, `below` after `falls`, found `below`",
            ),
            (
                "sun rises above x",
                "column 17: expected an angle such as 5° or -3.5°, found `x`",
            ),
            (
                "sun rises above 90.5°",
                "column 17: an angle must be -90° to 90°, not more",
            ),
            (
                "sun rises above 5° now",
                "column 20: expected the end, found `now`",
            ),
            ("25:00", "column 1: hour must be 0 to 23, not 25"),
        ] {
            assert_eq!(text.parse::<AtTime>().unwrap_err().to_string(), why);
        }
    }

    proptest! {
        #![proptest_config(repeatable(256))]

        #[test]
        fn times_survive_their_text(time in any_time()) {
            prop_assert_eq!(time.to_string().parse(), Ok(time));
        }

        #[test]
        fn no_text_panics(text in ".*", near in "(sun|dawn|noon)[a-z0-9 +.°-]{0,20}") {
            let _ = text.parse::<AtTime>();
            let _ = near.parse::<AtTime>();
        }
    }

    fn any_time() -> impl Strategy<Value = AtTime> {
        let clock = (0_u32..86_400)
            .prop_map(|seconds| AtTime::Clock(TimeOfDay::from_seconds(seconds).unwrap()));
        let event = prop::sample::select(SunEvent::ALL.as_slice());
        let sun =
            (event, -86_400..=86_400).prop_map(|(event, offset_s)| AtTime::Sun { event, offset_s });
        let elevation =
            (-9000..=9000, any::<bool>()).prop_map(|(centidegrees, rising)| AtTime::Elevation {
                centidegrees,
                rising,
            });
        prop_oneof![clock, sun, elevation]
    }
}

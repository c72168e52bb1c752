//! The trigger `time_pattern`: at every minute, hour or second that fits a pattern.
//!
//! What fits a few times a day is carried as those times. What comes round steadily is carried as
//! `every`, which counts elapsed time and not the clock's minutes: the finding says so.

use std::time::Duration;

use rules::schedule::{At as ClockAt, AtTime, Days, TimeOfDay};
use rules::tree::Trigger;

use super::Start;
use crate::case::Case;
use crate::cursor::Fields;

/// What one part of the clock must show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Anything.
    Any,
    /// This.
    This(u32),
    /// What this divides.
    Every(u32),
}

/// As many times a day are written one by one.
const FEW: usize = 4;

pub(super) fn time_pattern(case: &mut Case<'_, '_>, fields: &Fields<'_>) -> Vec<Start> {
    let hours = part(fields, "hours", 24);
    let minutes = part(fields, "minutes", 60);
    let seconds = part(fields, "seconds", 60);
    let (Some(hours), Some(minutes), Some(seconds)) = (hours, minutes, seconds) else {
        case.dropped(&fields.at, "the pattern of time is none", "");
        return Vec::new();
    };
    // What stands below the finest part that is named must be 0, what stands above may be anything.
    let (hours, minutes, seconds) = match (hours, minutes, seconds) {
        (None, None, None) => {
            case.dropped(&fields.at, "the pattern names no part of the clock", "");
            return Vec::new();
        }
        (hours, minutes, Some(seconds)) => (
            hours.unwrap_or(Part::Any),
            minutes.unwrap_or(Part::Any),
            seconds,
        ),
        (hours, Some(minutes), None) => (hours.unwrap_or(Part::Any), minutes, Part::This(0)),
        (Some(hours), None, None) => (hours, Part::This(0), Part::This(0)),
    };
    let few = times(hours, minutes, seconds);
    if !few.is_empty() {
        let at = |time| ClockAt {
            when: AtTime::Clock(time),
            days: Days::default(),
        };
        return few
            .into_iter()
            .map(|time| Start::new(Trigger::At(at(time))))
            .collect();
    }
    let Some(every_s) = steady(hours, minutes, seconds) else {
        let what = "the pattern fits too often a day, and not steadily";
        case.dropped(&fields.at, what, "use `every`, or `at` for each time");
        return Vec::new();
    };
    let what = "it comes round as often, counted from the last time and not by the clock";
    case.changed(
        &fields.at,
        what,
        "use `at` for each time if the minute matters",
    );
    vec![Start::new(Trigger::Every(Duration::from_secs(
        every_s.into(),
    )))]
}

/// One part: nothing inside if it is not named, nothing at all if it is none.
#[expect(clippy::option_option, reason = "not named and wrong are two things")]
fn part(fields: &Fields<'_>, key: &str, size: u32) -> Option<Option<Part>> {
    let Some(at) = fields.take(key) else {
        return Some(None);
    };
    let text = at.text()?;
    let part = match text.strip_prefix('/') {
        _ if text == "*" => Part::Any,
        Some(every) => Part::Every(
            every
                .trim()
                .parse()
                .ok()
                .filter(|n| (1..size).contains(n))?,
        ),
        None => Part::This(text.parse().ok().filter(|n| *n < size)?),
    };
    Some(Some(part))
}

impl Part {
    fn fits(self, size: u32) -> Vec<u32> {
        match self {
            Self::Any => (0..size).collect(),
            Self::This(this) => vec![this],
            Self::Every(step) => (0..size).filter(|n| n.is_multiple_of(step)).collect(),
        }
    }
}

/// The times of day that fit, if they are few.
fn times(hours: Part, minutes: Part, seconds: Part) -> Vec<TimeOfDay> {
    let (hours, minutes, seconds) = (hours.fits(24), minutes.fits(60), seconds.fits(60));
    if hours.len() * minutes.len() * seconds.len() > FEW {
        return Vec::new();
    }
    let mut times = Vec::new();
    for hour in &hours {
        for minute in &minutes {
            for second in &seconds {
                times.extend(TimeOfDay::from_seconds(hour * 3_600 + minute * 60 + second));
            }
        }
    }
    times
}

/// How many seconds lie between, where the pattern comes round steadily.
fn steady(hours: Part, minutes: Part, seconds: Part) -> Option<u32> {
    match (hours, minutes, seconds) {
        (Part::Any, Part::Any, Part::Any) => Some(1),
        (Part::Any, Part::Any, Part::Every(step)) => Some(step),
        (Part::Any, Part::Any, Part::This(_)) => Some(60),
        (Part::Any, Part::Every(step), Part::This(_)) => Some(step * 60),
        (Part::Any, Part::This(_), Part::This(_)) => Some(3_600),
        (Part::Every(step), Part::This(_), Part::This(_)) => Some(step * 3_600),
        _ => None,
    }
}

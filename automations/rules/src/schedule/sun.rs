//! When the sun does what on a civil day.
//!
//! Each civil day has one solar noon: of all passages of the sun through the south (or the north), the
//! one that belongs to the clock's noon. What the sun does in the twelve hours before it is that day's
//! morning, in the twelve hours after it its evening, even where a white night pushes the sunset past
//! midnight. So every day has at most one of each event, whatever the clock does.
//!
//! A moment is found by bisection on [`elevation`] and is the first whole second at which the thing
//! has happened. The upper edge of the sun is taken to appear at -0.833°, which is its half diameter
//! and the usual refraction, as seen from sea level with a flat horizon.

mod position;

use std::fmt;

use hub_model::nearest::nearest;
use hub_model::time::Timestamp;

pub use self::position::elevation;
use self::position::equation_of_time_s;
use super::civil::{CivilDate, TimeOfDay};
use super::local;
use super::place::{Location, Place};
use super::text::{TextError, unknown};

/// Something the sun does once a day, nearly everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SunEvent {
    /// Civil dawn: the centre rises above -6°.
    Dawn,
    /// The upper edge appears: the centre rises above -0.833°.
    Sunrise,
    /// The passage through the meridian; happens on polar nights too.
    Noon,
    /// The upper edge disappears.
    Sunset,
    /// Civil dusk: the centre falls below -6°.
    Dusk,
}

impl SunEvent {
    /// All of them, in the order of the day.
    pub const ALL: [Self; 5] = [
        Self::Dawn,
        Self::Sunrise,
        Self::Noon,
        Self::Sunset,
        Self::Dusk,
    ];

    /// The name, as [`fmt::Display`] prints it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dawn => "dawn",
            Self::Sunrise => "sunrise",
            Self::Noon => "noon",
            Self::Sunset => "sunset",
            Self::Dusk => "dusk",
        }
    }

    /// When it happens on that civil day; none if it does not, or the place has no location.
    #[must_use]
    pub fn on(self, date: CivilDate, place: &Place) -> Option<Timestamp> {
        match self {
            Self::Dawn => crossing(date, CIVIL_TWILIGHT, true, place),
            Self::Sunrise => crossing(date, HORIZON, true, place),
            Self::Noon => noon_s(date, place, place.location?).map(Timestamp::from_secs),
            Self::Sunset => crossing(date, HORIZON, false, place),
            Self::Dusk => crossing(date, CIVIL_TWILIGHT, false, place),
        }
    }

    /// The event called `word`, case aside.
    pub(super) fn named(word: &str, column: usize) -> Result<Self, TextError> {
        let known = |event: &Self| word.eq_ignore_ascii_case(event.name());
        Self::ALL.into_iter().find(known).ok_or_else(|| {
            let names = Self::ALL.into_iter().map(Self::name);
            unknown(column, "time", word, nearest(word, names.chain(["sun"])))
        })
    }
}

impl fmt::Display for SunEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// When the sun's centre rises above `degrees` in the morning of that civil day, or falls below it in
/// the evening; none if it does not, or the place has no location.
#[must_use]
pub fn crossing(
    date: CivilDate,
    degrees: f64,
    is_rising: bool,
    place: &Place,
) -> Option<Timestamp> {
    let location = place.location?;
    let is_up = |second| elevation(Timestamp::from_secs(second), location) >= degrees;
    let noon = noon_s(date, place, location)?;
    let midnight = if is_rising {
        noon.saturating_sub(HALF_DAY_S)
    } else {
        noon.saturating_add(HALF_DAY_S)
    };
    if !is_up(noon) || is_up(midnight) {
        return None;
    }
    let (mut up, mut down) = (noon, midnight);
    while up.abs_diff(down) > 1 {
        let middle = i64::midpoint(up, down);
        if is_up(middle) {
            up = middle;
        } else {
            down = middle;
        }
    }
    Some(Timestamp::from_secs(if is_rising { up } else { down }))
}

/// The solar noon nearest to the clock's noon on that day, in seconds since the Unix epoch.
fn noon_s(date: CivilDate, place: &Place, location: Location) -> Option<i64> {
    let clock_noon = local::moment(date, TimeOfDay::NOON, place)?.as_secs();
    // Mean solar noon comes once in 24 hours; find the one within 12 hours of the clock's.
    let greenwich = HALF_DAY_S - whole_seconds(location.longitude() * SECONDS_PER_DEGREE);
    let days = (clock_noon - greenwich + HALF_DAY_S).div_euclid(DAY_S);
    let mean_noon = days * DAY_S + greenwich;
    let near = mean_noon - whole_seconds(equation_of_time_s(mean_noon));
    Some(mean_noon - whole_seconds(equation_of_time_s(near)))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "saturates; callers pass less than a day"
)]
fn whole_seconds(seconds: f64) -> i64 {
    seconds.round() as i64
}

const HORIZON: f64 = -0.833;
const CIVIL_TWILIGHT: f64 = -6.0;
const DAY_S: i64 = 86_400;
const HALF_DAY_S: i64 = 43_200;
const SECONDS_PER_DEGREE: f64 = 240.0;

#[cfg(test)]
mod tests;

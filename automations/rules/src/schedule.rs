//! When a rule starts by the clock or by the sun.
//!
//! A schedule is a time of day and a set of civil days. On each of those days it is due once, whatever
//! the clock does: a time that summer time skips is due as much later, a time that comes twice is due
//! the first time, and a sun whose offset pushes it past midnight still counts for its own day. Who
//! runs a schedule remembers the civil day it ran for and hands it to [`At::next`]; so a clock that
//! is set back, by law or by hand, does not run it again.
//!
//! Pure: moments come in as [`Timestamp`] and the time zone as part of a [`Place`]. Not here: waiting,
//! and what to do about a run that was missed.

mod at_time;
mod civil;
mod days;
pub mod duration;
mod local;
mod place;
pub mod sun;
mod text;
mod weekday;

use std::iter::successors;

use hub_model::time::Timestamp;

pub use self::at_time::AtTime;
pub use self::civil::{CivilDate, TimeOfDay};
pub use self::days::Days;
pub use self::local::{civil_date, local_text, parse_local, time_of_day, weekday};
pub use self::place::{Location, LocationError, Place, UnknownZone, Zone};
pub use self::text::{Problem, TextError};
pub use self::weekday::Weekday;

/// A schedule: a time of day on certain days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At {
    /// When on each day.
    pub when: AtTime,
    /// On which days.
    pub days: Days,
}

/// One time a schedule is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The moment.
    pub at: Timestamp,
    /// The civil day it counts for, which is not always the one on which it falls.
    pub date: CivilDate,
}

impl At {
    /// The moment it is due for that civil day.
    ///
    /// None if it is not one of the days, or the place skipped it, or the sun does not do that then.
    #[must_use]
    pub fn on(&self, date: CivilDate, place: &Place) -> Option<Timestamp> {
        if !self.days.contains(date) || !local::has_day(date, place) {
            return None;
        }
        self.when.on(date, place)
    }

    /// The earliest time it is due after `after`, for a civil day after `done` if that is given.
    ///
    /// None if there is no such time in the next [`HORIZON_DAYS`]: such as for a date that has passed,
    /// for a leap day, or if `done` is itself far ahead.
    #[must_use]
    pub fn next(&self, after: Timestamp, done: Option<CivilDate>, place: &Place) -> Option<Due> {
        let today = self.nominal_date(after, place);
        let last = today.plus_days(HORIZON_DAYS);
        let mut first = today.plus_days(-REACH_DAYS);
        if let Some(done) = done {
            first = first.max(done.tomorrow()?);
        }
        successors(Some(first), |date| date.tomorrow())
            .take_while(|date| *date <= last)
            .filter_map(|date| self.due(date, place))
            .find(|due| due.at > after)
    }

    /// The latest time it was due at or before that moment; none if there was none in the
    /// [`HORIZON_DAYS`] before it.
    #[must_use]
    pub fn last(&self, before_or_at: Timestamp, place: &Place) -> Option<Due> {
        let today = self.nominal_date(before_or_at, place);
        let first = today.plus_days(-HORIZON_DAYS);
        let last = today.plus_days(REACH_DAYS);
        successors(Some(last), |date| date.yesterday())
            .take_while(|date| *date >= first)
            .filter_map(|date| self.due(date, place))
            .find(|due| due.at <= before_or_at)
    }

    /// The civil day that a moment counts for, give or take [`REACH_DAYS`].
    fn nominal_date(&self, at: Timestamp, place: &Place) -> CivilDate {
        let offset = Timestamp::from_secs(i64::from(self.when.offset_s()));
        civil_date(Timestamp(at.0.saturating_sub(offset.0)), place)
    }

    fn due(&self, date: CivilDate, place: &Place) -> Option<Due> {
        let at = self.on(date, place)?;
        Some(Due { at, date })
    }
}

/// How many days ahead and back a schedule looks: any season comes round in a year.
pub const HORIZON_DAYS: i32 = 400;

/// How far from its civil day a time can fall, its offset aside: an evening can end past midnight, and
/// a clock can be skipped ahead or be wrong for the place.
const REACH_DAYS: i32 = 2;

#[cfg(test)]
mod tests;

//! A stretch of time that is reckoned over, and the periods into which it is cut.
//!
//! Hours, days and months are those of the home's clock and calendar: a day may have 23 or 25 hours,
//! an hour of a zone that is half an hour off begins at half past by UTC, and where a clock is set by
//! half an hour there is a half hour. Every day begins at the first of an hour, every month at the first of a day,
//! so what is summed up over the smaller ones is what the larger one has.

use hub_model::Timestamp;
use jiff::tz::TimeZone;
use rules::schedule::CivilDate;
use serde::{Deserialize, Serialize};

use crate::amount::DAY_US;
use crate::clock::{day_starts, hour_starts};

/// From one moment until just before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Ends")]
pub struct Range {
    from: Timestamp,
    to: Timestamp,
}

/// Two moments of which it is not known whether they are a range.
#[derive(Deserialize)]
struct Ends {
    from: Timestamp,
    to: Timestamp,
}

impl TryFrom<Ends> for Range {
    type Error = RangeError;

    fn try_from(ends: Ends) -> Result<Self, RangeError> {
        Self::new(ends.from, ends.to)
    }
}

/// Why two moments are no range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RangeError {
    /// The end does not come after the beginning.
    #[error("a range must end after it begins")]
    Backwards,
    /// It is longer than [`Range::LONGEST_DAYS`].
    #[error("a range must not be longer than {} days", Range::LONGEST_DAYS)]
    TooLong,
    /// It is not in the years 1970 to 9998.
    #[error("a range must be within the years 1970 to 9998")]
    OutsideCalendar,
}

impl Range {
    /// The longest range in days: ten years and some.
    pub const LONGEST_DAYS: i64 = 3_700;

    /// From one moment until just before another.
    ///
    /// # Errors
    /// If the end does not come after the beginning, or what is between is not for this crate.
    pub fn new(from: Timestamp, to: Timestamp) -> Result<Self, RangeError> {
        const LAST: Timestamp = Timestamp::from_secs(253_370_764_800); // 9999-01-01T00:00:00Z
        if from.0 < 0 || to > LAST {
            return Err(RangeError::OutsideCalendar);
        }
        if from >= to {
            return Err(RangeError::Backwards);
        }
        if to.0 - from.0 > Self::LONGEST_DAYS * DAY_US {
            return Err(RangeError::TooLong);
        }
        Ok(Self { from, to })
    }

    /// Its first moment.
    #[must_use]
    pub const fn from(self) -> Timestamp {
        self.from
    }

    /// The moment after its last.
    #[must_use]
    pub const fn to(self) -> Timestamp {
        self.to
    }

    /// Part of another range, by its first moment and the one after its last.
    pub(crate) const fn between(from: Timestamp, to: Timestamp) -> Self {
        Self { from, to }
    }

    /// Its length in microseconds.
    pub(crate) const fn length_us(self) -> i64 {
        self.to.0 - self.from.0
    }

    /// The range with some days more at both ends, which only the clock may see.
    pub(crate) const fn widened(self, days: i64) -> Self {
        Self {
            from: Timestamp(self.from.0 - days * DAY_US),
            to: Timestamp(self.to.0 + days * DAY_US),
        }
    }

    /// What both have.
    pub(crate) fn and(self, other: Self) -> Option<Self> {
        let (from, to) = (self.from.max(other.from), self.to.min(other.to));
        (from < to).then_some(Self { from, to })
    }

    /// The range in pieces, cut at those moments within it; they must ascend.
    fn cut_at(self, moments: impl Iterator<Item = Timestamp>) -> Vec<Self> {
        let inside = moments.filter(|at| self.from < *at && *at < self.to);
        let mut pieces = Vec::new();
        let mut from = self.from;
        for to in inside.chain([self.to]) {
            pieces.push(Self { from, to });
            from = to;
        }
        pieces
    }
}

/// The length of the pieces that a reckoning has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// Hours of the home's clock.
    Hour,
    /// Days of its calendar.
    Day,
    /// Months of its calendar.
    Month,
}

impl Period {
    /// The range cut into these periods; the first and the last are only as long as the range has them.
    #[must_use]
    pub fn pieces(self, range: Range, zone: &TimeZone) -> Vec<Range> {
        match self {
            Self::Hour => range.cut_at(hour_starts(range, zone).into_iter()),
            Self::Day => days(range, zone).into_iter().map(|day| day.part).collect(),
            Self::Month => {
                let starts = day_starts(range.widened(MARGIN_DAYS), zone);
                let month = |date: CivilDate| (date.year(), date.month());
                let firsts = starts
                    .windows(2)
                    .filter_map(|pair| match pair {
                        [(_, before), (at, date)] => {
                            (month(*before) != month(*date)).then_some(*at)
                        }
                        _ => None,
                    })
                    .collect::<Vec<_>>();
                range.cut_at(firsts.into_iter())
            }
        }
    }
}

/// A day of the calendar, as far as a range has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    /// Its date.
    pub date: CivilDate,
    /// All of it.
    pub whole: Range,
    /// What the range has of it.
    pub part: Range,
}

/// The days of a range, in order and without a gap.
pub(crate) fn days(range: Range, zone: &TimeZone) -> Vec<Day> {
    let starts = day_starts(range.widened(MARGIN_DAYS), zone);
    let day = |pair: &[(Timestamp, CivilDate)]| {
        let [(from, date), (to, _)] = pair else {
            return None;
        };
        let whole = Range {
            from: *from,
            to: *to,
        };
        let part = whole.and(range)?;
        Some(Day {
            date: *date,
            whole,
            part,
        })
    };
    starts.windows(2).filter_map(day).collect()
}

/// So far around a range the day that it begins in, and the one that it ends in, are whole: more than
/// any clock is off or has skipped.
const MARGIN_DAYS: i64 = 4;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{any_range, any_zone, at, range, repeatable, zone};

    fn lengths(pieces: &[Range]) -> Vec<i64> {
        let minutes = pieces.iter().map(|piece| piece.length_us() / 60_000_000);
        minutes.collect()
    }

    #[test]
    fn days_of_a_changed_clock_are_longer_or_shorter() {
        let berlin = zone("Europe/Berlin");
        let days = |text| lengths(&Period::Day.pieces(text, &berlin));
        let march = range("2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z");
        assert_eq!(days(march), [24 * 60, 23 * 60, 24 * 60]);
        let october = range("2026-10-23T22:00:00Z", "2026-10-26T23:00:00Z");
        assert_eq!(days(october), [24 * 60, 25 * 60, 24 * 60]);
        let hours_of = |text| Period::Hour.pieces(text, &berlin).len();
        assert_eq!((hours_of(march), hours_of(october)), (71, 73));
    }

    #[test]
    fn hours_begin_where_the_clock_says() {
        let india = zone("Asia/Kolkata");
        let pieces = Period::Hour.pieces(
            range("2026-01-01T00:00:00Z", "2026-01-01T02:00:00Z"),
            &india,
        );
        assert_eq!(lengths(&pieces), [30, 60, 30]);
        assert_eq!(pieces[1].from(), at("2026-01-01T00:30:00Z"));
        // Set back by half an hour at 02:00, so that half past one comes twice.
        let lord_howe = zone("Australia/Lord_Howe");
        let night = range("2026-04-04T13:00:00Z", "2026-04-04T17:30:00Z");
        let pieces = Period::Hour.pieces(night, &lord_howe);
        assert_eq!(lengths(&pieces), [60, 60, 30, 60, 60]);
    }

    #[test]
    fn a_day_without_midnight_begins_when_its_clock_does() {
        let cairo = zone("Africa/Cairo");
        let pieces = Period::Day.pieces(
            range("2026-04-22T22:00:00Z", "2026-04-24T21:00:00Z"),
            &cairo,
        );
        assert_eq!(lengths(&pieces), [24 * 60, 23 * 60]);
        // The day that Samoa left out.
        let apia = zone("Pacific/Apia");
        let pieces =
            Period::Day.pieces(range("2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z"), &apia);
        assert_eq!(lengths(&pieces), [24 * 60, 24 * 60]);
    }

    #[test]
    fn a_day_that_the_clock_goes_back_to_does_not_begin_again() {
        // One minute past midnight it was set back to 23:01.
        let newfoundland = zone("America/St_Johns");
        let days = range("2010-11-06T02:30:00Z", "2010-11-08T03:30:00Z");
        let pieces = Period::Day.pieces(days, &newfoundland);
        assert_eq!(lengths(&pieces), [24 * 60, 25 * 60]);
        let pieces = Period::Hour.pieces(days, &newfoundland);
        assert_eq!(lengths(&pieces)[24..26], [1, 59]);
    }

    #[test]
    fn months_are_cut_at_the_first() {
        let berlin = zone("Europe/Berlin");
        let pieces = Period::Month.pieces(
            range("2026-02-10T11:00:00Z", "2026-04-02T22:00:00Z"),
            &berlin,
        );
        let starts: Vec<_> = pieces.iter().map(|piece| piece.from()).collect();
        let expected = [
            "2026-02-10T11:00:00Z",
            "2026-02-28T23:00:00Z",
            "2026-03-31T22:00:00Z",
        ];
        assert_eq!(starts, expected.map(at));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        let new = |from, to| Range::new(Timestamp(from), Timestamp(to)).unwrap_err();
        assert_eq!(new(5, 5), RangeError::Backwards);
        assert_eq!(new(-1, 5), RangeError::OutsideCalendar);
        assert_eq!(new(0, i64::MAX), RangeError::OutsideCalendar);
        assert_eq!(new(0, 3_701 * DAY_US), RangeError::TooLong);
    }

    proptest! {
        #![proptest_config(repeatable(64))]

        #[test]
        fn periods_tile_the_range_and_nest((_, zone) in any_zone(), range in any_range(90)) {
            let hours = Period::Hour.pieces(range, &zone);
            let days = Period::Day.pieces(range, &zone);
            let months = Period::Month.pieces(range, &zone);
            for pieces in [&hours, &days, &months] {
                prop_assert_eq!(pieces[0].from(), range.from());
                prop_assert_eq!(pieces[pieces.len() - 1].to(), range.to());
                prop_assert!(pieces.windows(2).all(|pair| pair[0].to() == pair[1].from()));
            }
            let among = |small: &[Range], at| small.iter().any(|piece| piece.from() == at);
            prop_assert!(days.iter().all(|day| among(&hours, day.from())));
            prop_assert!(months.iter().all(|month| among(&days, month.from())));
        }

        #[test]
        fn no_moments_panic(from: i64, to: i64, length in 0..=Range::LONGEST_DAYS * DAY_US) {
            let _ = Range::new(Timestamp(from), Timestamp(to));
            let from = Timestamp(from.rem_euclid(250_000_000_000_000_000));
            if let Ok(range) = Range::new(from, Timestamp(from.0 + length)) {
                let _ = Period::Month.pieces(range, &zone("Pacific/Kiritimati"));
                let _ = Period::Month.pieces(range, &zone("Pacific/Pago_Pago"));
            }
        }
    }
}

//! A day and a time of day as calendars and clocks show them, free of any time zone.

use std::fmt;
use std::str::FromStr;

use jiff::Span;
use jiff::civil::{Date, DateTime, Time};

use super::text::{Scanner, TextError, out_of_range};
use super::weekday::Weekday;

/// A day of the Gregorian calendar, in the years 0 to 9999. Text: `2026-03-29`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDate(Date);

impl CivilDate {
    const FIRST: Self = Self(Date::constant(0, 1, 1));

    /// The day, if the calendar has it.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let year = i16::try_from(year).ok()?;
        let month = i8::try_from(month).ok()?;
        let day = i8::try_from(day).ok()?;
        Some(Self(Date::new(year, month, day).ok()?))
    }

    /// The year, 0 to 9999.
    #[must_use]
    pub fn year(self) -> u16 {
        self.0.year().unsigned_abs()
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> u8 {
        self.0.month().unsigned_abs()
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub fn day(self) -> u8 {
        self.0.day().unsigned_abs()
    }

    /// Its day of the week.
    #[must_use]
    pub fn weekday(self) -> Weekday {
        match self.0.weekday() {
            jiff::civil::Weekday::Monday => Weekday::Mon,
            jiff::civil::Weekday::Tuesday => Weekday::Tue,
            jiff::civil::Weekday::Wednesday => Weekday::Wed,
            jiff::civil::Weekday::Thursday => Weekday::Thu,
            jiff::civil::Weekday::Friday => Weekday::Fri,
            jiff::civil::Weekday::Saturday => Weekday::Sat,
            jiff::civil::Weekday::Sunday => Weekday::Sun,
        }
    }

    /// The following day, unless this is the last one.
    #[must_use]
    pub fn tomorrow(self) -> Option<Self> {
        self.0.tomorrow().ok().map(Self)
    }

    /// The preceding day, unless this is the first one.
    #[must_use]
    pub fn yesterday(self) -> Option<Self> {
        let day = Self(self.0.yesterday().ok()?);
        (day >= Self::FIRST).then_some(day)
    }

    /// The day `days` later, or earlier if negative; the last or the first one if there is none.
    pub(super) fn plus_days(self, days: i32) -> Self {
        // A span holds more days than an `i32` counts to only beyond 19 998 years.
        const MOST: i32 = 4_000_000;
        let span = Span::new().days(days.clamp(-MOST, MOST));
        Self(self.0.saturating_add(span)).max(Self::FIRST)
    }

    /// The day of `moment`, whose year must not be negative.
    pub(super) fn of(moment: DateTime) -> Self {
        Self(moment.date()).max(Self::FIRST)
    }

    pub(super) fn at(self, time: TimeOfDay) -> DateTime {
        self.0.to_datetime(time.to_jiff())
    }

    pub(super) fn scan(scanner: &mut Scanner<'_>) -> Result<Self, TextError> {
        const WHAT: &str = "a date such as 2026-12-24";
        let before = scanner.expected(WHAT);
        let year = scanner.digits();
        if year.len() != 4 {
            return Err(before);
        }
        let year: i16 = year.parse().map_err(|_| before)?;
        scanner.expect("-", WHAT)?;
        let month = scanner.number("month", 1..=12)?;
        scanner.expect("-", WHAT)?;
        let column = scanner.column();
        let day = scanner.number("day", 1..=31)?;
        Self::new(year.unsigned_abs(), month, day).ok_or_else(|| {
            let limits = format!("in month {month} of {year}");
            out_of_range(column, "day", &day.to_string(), limits)
        })
    }
}

impl fmt::Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}-{:02}",
            self.year(),
            self.month(),
            self.day()
        )
    }
}

impl fmt::Debug for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for CivilDate {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let mut scanner = Scanner::new(text);
        scanner.spaces();
        let date = Self::scan(&mut scanner)?;
        scanner.finish()?;
        Ok(date)
    }
}

/// What a clock on the wall shows, to the second. Text: `06:30` or `06:30:15`.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay {
    hour: u8,
    minute: u8,
    second: u8,
}

impl TimeOfDay {
    /// 00:00.
    pub const MIDNIGHT: Self = Self {
        hour: 0,
        minute: 0,
        second: 0,
    };

    /// 12:00.
    pub const NOON: Self = Self {
        hour: 12,
        minute: 0,
        second: 0,
    };

    /// The time, if a clock shows it: up to 23:59:59.
    #[must_use]
    pub const fn new(hour: u8, minute: u8, second: u8) -> Option<Self> {
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        Some(Self {
            hour,
            minute,
            second,
        })
    }

    /// The time `seconds` after midnight on a day without changes of the clock, below 86 400.
    #[must_use]
    pub fn from_seconds(seconds: u32) -> Option<Self> {
        let hour = u8::try_from(seconds / 3600).ok()?;
        let minute = u8::try_from(seconds / 60 % 60).ok()?;
        let second = u8::try_from(seconds % 60).ok()?;
        Self::new(hour, minute, second)
    }

    /// Seconds since midnight on a day without changes of the clock.
    #[must_use]
    pub fn seconds(self) -> u32 {
        u32::from(self.hour) * 3600 + u32::from(self.minute) * 60 + u32::from(self.second)
    }

    /// The time of `moment`, rounded down to the second.
    pub(super) fn of(moment: DateTime) -> Self {
        Self {
            hour: moment.hour().unsigned_abs(),
            minute: moment.minute().unsigned_abs(),
            second: moment.second().unsigned_abs(),
        }
    }

    fn to_jiff(self) -> Time {
        let part = |number: u8| i8::try_from(number).unwrap_or_default();
        Time::new(part(self.hour), part(self.minute), part(self.second), 0)
            .unwrap_or(Time::midnight())
    }

    pub(super) fn scan(scanner: &mut Scanner<'_>) -> Result<Self, TextError> {
        const WHAT: &str = "a time such as 06:30";
        if !scanner.at_digit() {
            return Err(scanner.expected(WHAT));
        }
        let hour = scanner.number("hour", 0..=23)?;
        scanner.expect(":", "`:` and the minutes")?;
        let minute = scanner.number("minute", 0..=59)?;
        let second = if scanner.eat(":") {
            scanner.number("second", 0..=59)?
        } else {
            0
        };
        Ok(Self {
            hour,
            minute,
            second,
        })
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)?;
        match self.second {
            0 => Ok(()),
            second => write!(f, ":{second:02}"),
        }
    }
}

impl fmt::Debug for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TimeOfDay {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let mut scanner = Scanner::new(text);
        scanner.spaces();
        let time = Self::scan(&mut scanner)?;
        scanner.finish()?;
        Ok(time)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::repeatable;
    use super::*;

    fn why<T: FromStr<Err = TextError>>(text: &str) -> String {
        text.parse::<T>().err().unwrap().to_string()
    }

    #[test]
    fn dates_the_calendar_does_not_have_are_refused() {
        assert_eq!(
            why::<CivilDate>("2026-02-29"),
            "column 9: day must be in month 2 of 2026, not 29"
        );
        assert_eq!(
            why::<CivilDate>("26-02-20"),
            "column 1: expected a date such as 2026-12-24, found `26-02-20`"
        );
        assert!(CivilDate::new(2024, 2, 29).is_some());
    }

    #[test]
    fn times_say_what_is_wrong_with_them() {
        assert_eq!(
            why::<TimeOfDay>("24:00"),
            "column 1: hour must be 0 to 23, not 24"
        );
        assert_eq!(
            why::<TimeOfDay>("6pm"),
            "column 2: expected `:` and the minutes, found `pm`"
        );
        assert_eq!(
            why::<TimeOfDay>("06:30:15h"),
            "column 9: expected the end, found `h`"
        );
        assert_eq!("6:05".parse::<TimeOfDay>().unwrap().to_string(), "06:05");
    }

    #[test]
    fn dates_stop_at_the_ends_of_the_calendar() {
        let last = CivilDate::new(9999, 12, 31).unwrap();
        assert_eq!(last.tomorrow(), None);
        assert_eq!(last.plus_days(i32::MAX), last);
        assert_eq!(CivilDate::FIRST.yesterday(), None);
        assert_eq!(last.plus_days(i32::MIN), CivilDate::FIRST);
    }

    proptest! {
        #![proptest_config(repeatable(256))]

        #[test]
        fn times_survive_their_text(seconds in 0_u32..86_400) {
            let time = TimeOfDay::from_seconds(seconds).unwrap();
            prop_assert_eq!(time.seconds(), seconds);
            prop_assert_eq!(time.to_string().parse(), Ok(time));
        }

        #[test]
        fn dates_survive_their_text(year in 0_u16..=9999, month in 1_u8..=12, day in 1_u8..=28) {
            let date = CivilDate::new(year, month, day).unwrap();
            prop_assert_eq!(date.to_string().parse(), Ok(date));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = text.parse::<CivilDate>();
            let _ = text.parse::<TimeOfDay>();
        }
    }
}

//! A day of the year in every year: `may-01`.

use std::fmt;

use hub_model::nearest::nearest;

use super::super::civil::CivilDate;
use super::super::text::{Scanner, TextError, out_of_range, unknown};

/// A month and a day that it has in at least some years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MonthDay {
    month: u8,
    day: u8,
}

impl MonthDay {
    pub(super) fn of(date: CivilDate) -> Self {
        Self {
            month: date.month(),
            day: date.day(),
        }
    }

    /// Whether it is in the season from `first` to `last`, over new year if `last` is the earlier.
    pub(super) fn is_within(self, first: Self, last: Self) -> bool {
        if first <= last {
            return first <= self && self <= last;
        }
        first <= self || self <= last
    }

    pub(super) fn scan(scanner: &mut Scanner<'_>) -> Result<Self, TextError> {
        let column = scanner.column();
        let before = scanner.expected("a day of the year such as may-01");
        let word = scanner.word();
        if word.is_empty() {
            return Err(before);
        }
        let month = month_named(word)
            .ok_or_else(|| unknown(column, "month", word, nearest(word, month_names())))?;
        Self::scan_after(month, scanner)
    }

    /// Reads the day of a month whose name has been read.
    pub(super) fn scan_after(month: u8, scanner: &mut Scanner<'_>) -> Result<Self, TextError> {
        const LEAP_YEAR: u16 = 2024;
        scanner.expect("-", "`-` and a day of the month, as in may-01")?;
        let column = scanner.column();
        let day = scanner.number("day", 1..=31)?;
        if CivilDate::new(LEAP_YEAR, month, day).is_none() {
            let limits = format!("in {}", full_name(month));
            return Err(out_of_range(column, "day", &day.to_string(), limits));
        }
        Ok(Self { month, day })
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = full_name(self.month);
        write!(f, "{}-{:02}", short_name(name), self.day)
    }
}

/// The number of the month called `word`, in three letters or in full, case aside.
pub(super) fn month_named(word: &str) -> Option<u8> {
    (1..).zip(MONTHS).find_map(|(number, name)| {
        let is_it = word.eq_ignore_ascii_case(name) || word.eq_ignore_ascii_case(short_name(name));
        is_it.then_some(number)
    })
}

/// Every word that names a month.
pub(super) fn month_names() -> impl Iterator<Item = &'static str> {
    MONTHS.into_iter().flat_map(|name| [short_name(name), name])
}

fn full_name(month: u8) -> &'static str {
    let index = usize::from(month).wrapping_sub(1);
    MONTHS.get(index).copied().unwrap_or_default()
}

fn short_name(name: &'static str) -> &'static str {
    name.get(..3).unwrap_or(name)
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

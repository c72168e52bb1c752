//! Which civil days a schedule runs on.
//!
//! A text is `every day`, or lists joined by `&`, all of which a day must be on:
//!
//! ```text
//! days  = "every day" | list { "&" list }
//! list  = item { "," item }                  a day is on the list if one of its items has it
//! item  = weekday   [ ".." weekday ]         mon   fri..mon    wraps over the weekend
//!       | month-day [ ".." month-day ]       dec-24   nov-15..mar-01    wraps over new year
//!       | date      [ ".." date ]            2026-12-24   2026-12-24..2027-01-06
//! ```
//!
//! So `mon..fri & may-01..sep-30` is the working days of summer, and `sat,sun,2026-12-24` is every
//! weekend and one day more. Both ends of a range belong to it. Names are read in any case and also in
//! full (`monday`, `september-01`). The canonical text of a list is its weekdays, then its month-days,
//! then its dates, each in order; lists stay in the order they were written in.

mod month_day;
mod weekdays;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use hub_model::nearest::nearest;

use self::month_day::{MonthDay, month_named, month_names};
use self::weekdays::Weekdays;
use super::civil::CivilDate;
use super::text::{Scanner, TextError, out_of_range, unknown};
use super::weekday::Weekday;

/// A set of civil days; every day by default. The text form is in the module's documentation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Days {
    /// All of them must have the day. None has every weekday, for such a list asks nothing.
    lists: Vec<List>,
}

/// Days of which one must apply. Ranges are kept as written: first and last day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct List {
    weekdays: Weekdays,
    seasons: BTreeSet<(MonthDay, MonthDay)>,
    dates: BTreeSet<(CivilDate, CivilDate)>,
}

impl Days {
    /// Whether the set has this day.
    #[must_use]
    pub fn contains(&self, date: CivilDate) -> bool {
        self.lists.iter().all(|list| list.contains(date))
    }

    /// Whether the set was written as every day there is.
    #[must_use]
    pub fn is_every_day(&self) -> bool {
        self.lists.is_empty()
    }

    fn scan(scanner: &mut Scanner<'_>) -> Result<Self, TextError> {
        let mut days = Self::default();
        loop {
            let list = List::scan(scanner)?;
            if !list.weekdays.is_full() {
                days.lists.push(list);
            }
            scanner.spaces();
            if !scanner.eat("&") {
                return Ok(days);
            }
        }
    }
}

impl FromStr for Days {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        if text.split_whitespace().eq(EVERY_DAY.split(' ')) {
            return Ok(Self::default());
        }
        let mut scanner = Scanner::new(text);
        let days = Self::scan(&mut scanner)?;
        if !scanner.is_end() {
            return Err(scanner.expected("`,`, `..`, `&` or the end"));
        }
        Ok(days)
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.lists.is_empty() {
            return f.write_str(EVERY_DAY);
        }
        for (n, list) in self.lists.iter().enumerate() {
            let joint = if n == 0 { "" } else { " & " };
            write!(f, "{joint}{list}")?;
        }
        Ok(())
    }
}

impl List {
    fn contains(&self, date: CivilDate) -> bool {
        let day = MonthDay::of(date);
        self.weekdays.contains(date.weekday())
            || self
                .seasons
                .iter()
                .any(|(first, last)| day.is_within(*first, *last))
            || self
                .dates
                .iter()
                .any(|(first, last)| (*first..=*last).contains(&date))
    }

    fn scan(scanner: &mut Scanner<'_>) -> Result<Self, TextError> {
        let mut list = Self::default();
        loop {
            list.scan_item(scanner)?;
            scanner.spaces();
            if !scanner.eat(",") {
                return Ok(list);
            }
        }
    }

    fn scan_item(&mut self, scanner: &mut Scanner<'_>) -> Result<(), TextError> {
        scanner.spaces();
        let column = scanner.column();
        if scanner.at_digit() {
            let (first, last) = scan_range(scanner, CivilDate::scan)?;
            if first > last {
                let found = format!("{first}..{last}");
                return Err(out_of_range(
                    column,
                    "a range",
                    &found,
                    "from early to late",
                ));
            }
            self.dates.insert((first, last));
            return Ok(());
        }
        let before = scanner.expected("a day such as mon, dec-24 or 2026-12-24");
        let word = scanner.word();
        if let Some(first) = Weekday::named(word) {
            let last = scan_last(scanner, Weekday::scan)?.unwrap_or(first);
            self.weekdays.insert_range(first, last);
        } else if let Some(month) = month_named(word) {
            let first = MonthDay::scan_after(month, scanner)?;
            let last = scan_last(scanner, MonthDay::scan)?.unwrap_or(first);
            self.seasons.insert((first, last));
        } else if word.is_empty() {
            return Err(before);
        } else {
            let names = Weekday::names().chain(month_names());
            return Err(unknown(column, "day", word, nearest(word, names)));
        }
        Ok(())
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weekdays = self.weekdays.ranges().map(range_text);
        let seasons = self.seasons.iter().copied().map(range_text);
        let dates = self.dates.iter().copied().map(range_text);
        let items: Vec<String> = weekdays.into_iter().chain(seasons).chain(dates).collect();
        f.write_str(&items.join(","))
    }
}

type Scan<T> = fn(&mut Scanner<'_>) -> Result<T, TextError>;

fn scan_range<T: Copy>(scanner: &mut Scanner<'_>, scan: Scan<T>) -> Result<(T, T), TextError> {
    let first = scan(scanner)?;
    let last = scan_last(scanner, scan)?.unwrap_or(first);
    Ok((first, last))
}

/// The end of a range, if one goes on here.
fn scan_last<T>(scanner: &mut Scanner<'_>, scan: Scan<T>) -> Result<Option<T>, TextError> {
    scanner.spaces();
    if !scanner.eat("..") {
        return Ok(None);
    }
    scanner.spaces();
    scan(scanner).map(Some)
}

fn range_text<T: fmt::Display + PartialEq>((first, last): (T, T)) -> String {
    if first == last {
        return first.to_string();
    }
    format!("{first}..{last}")
}

const EVERY_DAY: &str = "every day";

#[cfg(test)]
mod tests;

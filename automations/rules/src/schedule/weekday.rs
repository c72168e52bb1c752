//! The days of the week.

use std::fmt;
use std::str::FromStr;

use hub_model::nearest::nearest;

use super::text::{Scanner, TextError, unknown};

/// A day of the week; the week starts on Monday.
///
/// Text: `mon`; read also as `Mon` and `monday`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Weekday {
    /// All seven, from Monday on.
    pub const ALL: [Self; 7] = [
        Self::Mon,
        Self::Tue,
        Self::Wed,
        Self::Thu,
        Self::Fri,
        Self::Sat,
        Self::Sun,
    ];

    /// The name in three letters, as [`fmt::Display`] prints it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mon => "mon",
            Self::Tue => "tue",
            Self::Wed => "wed",
            Self::Thu => "thu",
            Self::Fri => "fri",
            Self::Sat => "sat",
            Self::Sun => "sun",
        }
    }

    /// The whole name: `monday`.
    #[must_use]
    pub const fn full_name(self) -> &'static str {
        match self {
            Self::Mon => "monday",
            Self::Tue => "tuesday",
            Self::Wed => "wednesday",
            Self::Thu => "thursday",
            Self::Fri => "friday",
            Self::Sat => "saturday",
            Self::Sun => "sunday",
        }
    }

    /// The day after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Mon => Self::Tue,
            Self::Tue => Self::Wed,
            Self::Wed => Self::Thu,
            Self::Thu => Self::Fri,
            Self::Fri => Self::Sat,
            Self::Sat => Self::Sun,
            Self::Sun => Self::Mon,
        }
    }

    /// The day called `word`, in three letters or in full, case aside.
    pub(super) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|day| {
            word.eq_ignore_ascii_case(day.name()) || word.eq_ignore_ascii_case(day.full_name())
        })
    }

    /// Every word that names a day.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL
            .into_iter()
            .flat_map(|day| [day.name(), day.full_name()])
    }

    pub(super) fn scan(scanner: &mut Scanner<'_>) -> Result<Self, TextError> {
        let column = scanner.column();
        let before = scanner.expected("a weekday such as mon");
        match scanner.word() {
            "" => Err(before),
            word => Self::named(word)
                .ok_or_else(|| unknown(column, "weekday", word, nearest(word, Self::names()))),
        }
    }
}

impl fmt::Display for Weekday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Weekday {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let mut scanner = Scanner::new(text);
        let day = Self::scan(&mut scanner)?;
        scanner.finish()?;
        Ok(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_are_read() {
        for day in Weekday::ALL {
            assert_eq!(day.name().parse(), Ok(day));
            assert_eq!(day.full_name().to_uppercase().parse(), Ok(day));
        }
    }

    #[test]
    fn a_misspelt_name_gets_a_suggestion() {
        assert_eq!(
            "wednesdaz".parse::<Weekday>().unwrap_err().to_string(),
            "column 1: unknown weekday `wednesdaz`, did you mean `wednesday`?"
        );
    }
}

//! Reading the small texts of a schedule: a cursor that knows its column, and the error that names it.
//!
//! Every text of this module is read through [`Scanner`], so that all of them point at the problem in
//! the same way and say what would have been right there.

use std::fmt;
use std::ops::RangeInclusive;

/// Why a text of a schedule could not be read, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {problem}")]
pub struct TextError {
    /// Where the problem starts, in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong in a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Something else belongs here.
    #[error("expected {what}, found {}", Found(found))]
    Expected {
        /// What belongs here, with an example.
        what: &'static str,
        /// What stands here instead; empty at the end of the text.
        found: String,
    },
    /// A word that is none of the known ones.
    #[error("unknown {what} `{found}`{}", DidYouMean(*suggestion))]
    Unknown {
        /// What kind of word belongs here.
        what: &'static str,
        /// The word.
        found: String,
        /// The known word that was probably meant.
        suggestion: Option<&'static str>,
    },
    /// A quantity outside its limits.
    #[error("{what} must be {limits}, not {found}")]
    OutOfRange {
        /// What the quantity is.
        what: &'static str,
        /// The quantity as written.
        found: String,
        /// What is allowed.
        limits: String,
    },
}

struct Found<'a>(&'a str);

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => f.write_str("the end"),
            found => write!(f, "`{found}`"),
        }
    }
}

/// The tail of an error that knows what was probably meant.
pub(super) struct DidYouMean<T>(pub(super) Option<T>);

impl<T: fmt::Display> fmt::Display for DidYouMean<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(meant) => write!(f, ", did you mean `{meant}`?"),
            None => Ok(()),
        }
    }
}

/// A cursor over a text.
pub(super) struct Scanner<'a> {
    rest: &'a str,
    column: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            rest: text,
            column: 1,
        }
    }

    /// The column of the next character, from 1.
    pub(super) fn column(&self) -> usize {
        self.column
    }

    pub(super) fn is_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn at_digit(&self) -> bool {
        self.rest.starts_with(|c: char| c.is_ascii_digit())
    }

    pub(super) fn spaces(&mut self) {
        self.run(char::is_whitespace);
    }

    /// The letters from here on; empty if there are none.
    pub(super) fn word(&mut self) -> &'a str {
        self.run(char::is_alphabetic)
    }

    /// The digits from here on; empty if there are none.
    pub(super) fn digits(&mut self) -> &'a str {
        self.run(|c| c.is_ascii_digit())
    }

    /// Steps over `token` if it stands here.
    pub(super) fn eat(&mut self, token: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(token) else {
            return false;
        };
        self.rest = rest;
        self.column += token.chars().count();
        true
    }

    /// Steps over `token`, or says that `what` belongs here.
    pub(super) fn expect(&mut self, token: &str, what: &'static str) -> Result<(), TextError> {
        if self.eat(token) {
            return Ok(());
        }
        Err(self.expected(what))
    }

    /// A whole number within `limits`.
    pub(super) fn number(
        &mut self,
        what: &'static str,
        limits: RangeInclusive<u8>,
    ) -> Result<u8, TextError> {
        let column = self.column;
        if !self.at_digit() {
            return Err(self.expected(what));
        }
        let digits = self.digits();
        digits
            .parse()
            .ok()
            .filter(|number| limits.contains(number))
            .ok_or_else(|| {
                let limits = format!("{} to {}", limits.start(), limits.end());
                out_of_range(column, what, digits, limits)
            })
    }

    /// The end of the text, spaces aside.
    pub(super) fn finish(&mut self) -> Result<(), TextError> {
        self.spaces();
        if self.is_end() {
            return Ok(());
        }
        Err(self.expected("the end"))
    }

    /// The error that `what` belongs here.
    pub(super) fn expected(&self, what: &'static str) -> TextError {
        let found = self.rest.split_whitespace().next().unwrap_or_default();
        TextError {
            column: self.column,
            problem: Problem::Expected {
                what,
                found: excerpt(found),
            },
        }
    }

    fn run(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self
            .rest
            .find(|c: char| !belongs(c))
            .unwrap_or(self.rest.len());
        let (run, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.column += run.chars().count();
        run
    }
}

pub(super) fn unknown(
    column: usize,
    what: &'static str,
    found: &str,
    suggestion: Option<&'static str>,
) -> TextError {
    TextError {
        column,
        problem: Problem::Unknown {
            what,
            found: excerpt(found),
            suggestion,
        },
    }
}

pub(super) fn out_of_range(
    column: usize,
    what: &'static str,
    found: &str,
    limits: impl Into<String>,
) -> TextError {
    TextError {
        column,
        problem: Problem::OutOfRange {
            what,
            found: excerpt(found),
            limits: limits.into(),
        },
    }
}

/// As much of a wrong text as an error needs to show.
fn excerpt(text: &str) -> String {
    const SHOWN: usize = 24;
    text.chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let mut scanner = Scanner::new("äöü °5 x");
        assert_eq!(scanner.word(), "äöü");
        scanner.spaces();
        assert!(scanner.eat("°"));
        assert_eq!((scanner.column(), scanner.digits()), (6, "5"));
        assert_eq!(
            scanner.finish().map_err(|e| e.to_string()),
            Err("column 8: expected the end, found `x`".to_owned())
        );
    }

    #[test]
    fn numbers_outside_their_limits_name_them() {
        let error = Scanner::new("25").number("hour", 0..=23).unwrap_err();
        assert_eq!(error.to_string(), "column 1: hour must be 0 to 23, not 25");
        let error = Scanner::new("").number("hour", 0..=23).unwrap_err();
        assert_eq!(error.to_string(), "column 1: expected hour, found the end");
    }
}

//! What an expression is about while it is evaluated, and its type.

use std::sync::Arc;

use hub_model::spec::Member;
use serde::{Deserialize, Serialize};

use crate::quantity::Dimension;
use crate::schedule::{TimeOfDay, Weekday};

/// A value of an expression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Datum {
    /// True or false.
    Bool(bool),
    /// A number, in the base unit of its dimension.
    Number(f64),
    /// A member of an enum, by its number.
    Member(u64),
    /// Text.
    Text(Arc<str>),
    /// A time of day.
    Time(#[serde(with = "as_text")] TimeOfDay),
    /// A weekday.
    Day(#[serde(with = "as_text")] Weekday),
}

/// The members of an enum of the specification. Two are the same when they have the same names.
#[derive(Clone, Copy, Debug)]
pub struct Members(pub &'static [Member]);

impl PartialEq for Members {
    fn eq(&self, other: &Self) -> bool {
        let pairs = self.0.iter().zip(other.0);
        self.0.len() == other.0.len() && pairs.into_iter().all(|(a, b)| a.name == b.name)
    }
}

/// The type of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// True or false.
    Bool,
    /// A number that counts this.
    Number(Dimension),
    /// A member of an enum of the specification.
    Member(Members),
    /// One of a variable's options.
    Choice(Arc<[Arc<str>]>),
    /// Text.
    Text,
    /// A time of day.
    Time,
    /// A weekday.
    Day,
}

impl Type {
    /// What it is, for messages.
    #[must_use]
    pub fn described(&self) -> String {
        match self {
            Self::Bool => "true or false".to_owned(),
            Self::Number(dimension) => dimension.described().to_owned(),
            Self::Member(_) | Self::Choice(_) => format!("one of {}", self.words().join(", ")),
            Self::Text => "text".to_owned(),
            Self::Time => "a time of day".to_owned(),
            Self::Day => "a weekday".to_owned(),
        }
    }

    /// The words that its values have.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        match self {
            Self::Member(members) => members.0.iter().map(|m| word_of(m.name)).collect(),
            Self::Choice(options) => options.iter().map(|o| o.to_string()).collect(),
            _ => Vec::new(),
        }
    }

    /// The value that a word means: the member's name as the specification has it, or as `word_of`
    /// makes it.
    #[must_use]
    pub fn value_of(&self, word: &str) -> Option<Datum> {
        match self {
            Self::Member(members) => {
                let is_it = |m: &&Member| {
                    m.name.eq_ignore_ascii_case(word) || word_of(m.name).eq_ignore_ascii_case(word)
                };
                let member = members.0.iter().find(is_it)?;
                Some(Datum::Member(member.value.into()))
            }
            Self::Choice(options) => {
                let option = options.iter().find(|option| ***option == *word)?;
                Some(Datum::Text(Arc::clone(option)))
            }
            _ => None,
        }
    }

    /// Whether values of the two can be compared.
    #[must_use]
    pub fn fits(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Choice(_) | Self::Text, Self::Choice(_) | Self::Text) => true,
            (a, b) => a == b,
        }
    }
}

/// A name of the specification as rules write it: `FullyOpen` is `fully-open`.
#[must_use]
pub fn word_of(name: &str) -> String {
    let mut word = String::new();
    let mut before: Option<char> = None;
    for c in name.chars() {
        let starts = c.is_uppercase() && before.is_some_and(|b| b.is_lowercase() || b.is_numeric());
        if starts {
            word.push('-');
        }
        word.extend(c.to_lowercase());
        before = Some(c);
    }
    word
}

impl Datum {
    /// The truth value, if it is one.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// The number, if it is one.
    #[must_use]
    pub const fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(n) => Some(*n),
            _ => None,
        }
    }

    /// The value for people: "21.5 °C", "on", "fully-open".
    #[must_use]
    pub fn shown(&self, of: &Type) -> String {
        match (self, of) {
            (Self::Number(n), Type::Number(dimension)) => {
                let rounded = (n * 100.0).round() / 100.0;
                let symbol = dimension.symbol();
                let space = if symbol.is_empty() { "" } else { " " };
                format!("{rounded}{space}{symbol}")
            }
            (Self::Member(n), Type::Member(members)) => {
                let member = members.0.iter().find(|m| u64::from(m.value) == *n);
                member.map_or_else(|| n.to_string(), |m| word_of(m.name))
            }
            (Self::Bool(b), _) => b.to_string(),
            (Self::Number(n), _) => n.to_string(),
            (Self::Member(n), _) => n.to_string(),
            (Self::Text(text), _) => text.to_string(),
            (Self::Time(time), _) => time.to_string(),
            (Self::Day(day), _) => day.to_string(),
        }
    }
}

/// Values that are stored as their text.
pub(crate) mod as_text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(
        value: &impl Display,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(crate) fn deserialize<'de, T, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr,
        T::Err: Display,
    {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_specification_become_words() {
        for (name, word) in [
            ("FullyOpen", "fully-open"),
            ("Off", "off"),
            ("PM25", "pm25"),
        ] {
            assert_eq!(word_of(name), word);
        }
    }
}

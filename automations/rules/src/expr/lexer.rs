//! Words of an expression: names, numbers with their unit, times, signs.

use std::sync::Arc;

use super::ast::Span;
use super::parse::ParseError;
use crate::quantity::{self, UnitDef};
use crate::schedule::TimeOfDay;
use crate::schedule::duration::parse_duration;

/// A unit as it was written.
#[derive(Clone, Copy, Debug)]
pub struct UnitWord(pub(crate) &'static UnitDef);

impl PartialEq for UnitWord {
    fn eq(&self, other: &Self) -> bool {
        self.0.word == other.0.word
    }
}

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name, dots and slashes and all: `hall-lamp/1.on`, `@hall.on`, `night`, `$x`.
    Name(Arc<str>),
    Number(f64, Option<UnitWord>),
    Text(Arc<str>),
    Time(TimeOfDay),
    Sign(&'static str),
    End,
}

/// A word with its place.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) token: Token,
    pub(super) span: Span,
}

/// Signs, the longer before those they begin with.
const SIGNS: &[&str] = &[
    "..", "??", "==", "!=", "<=", ">=", "&&", "||", "<", ">", "=", "!", "+", "-", "*", "/", "(",
    ")", "[", "]", ",",
];

/// All words of a text, the end as the last.
pub(super) fn words(text: &str) -> Result<Vec<Word>, ParseError> {
    let mut lexer = Lexer { text, at: 0 };
    let mut words = Vec::new();
    loop {
        lexer.skip_space();
        let start = lexer.at;
        let token = lexer.token()?;
        let is_end = token == Token::End;
        words.push(Word {
            token,
            span: Span {
                start,
                end: lexer.at,
            },
        });
        if is_end {
            return Ok(words);
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    /// Takes as long as characters, each with what follows it, are as wished.
    fn take_while(&mut self, wanted: impl Fn(char, Option<char>) -> bool) -> &'a str {
        let rest = self.rest();
        let mut chars = rest.char_indices().peekable();
        let mut end = rest.len();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, next)| *next);
            if !wanted(c, next) {
                end = at;
                break;
            }
        }
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    fn token(&mut self) -> Result<Token, ParseError> {
        let Some(first) = self.rest().chars().next() else {
            return Ok(Token::End);
        };
        if first.is_ascii_digit() {
            return self.number();
        }
        if first == '"' {
            return self.quoted();
        }
        if first.is_alphabetic() || matches!(first, '_' | '@' | '$') {
            return Ok(Token::Name(self.name().into()));
        }
        let sign = SIGNS.iter().find(|sign| self.rest().starts_with(**sign));
        let Some(sign) = sign else {
            return Err(self.meaningless(first));
        };
        self.at += sign.len();
        Ok(Token::Sign(sign))
    }

    /// A character that begins no word.
    fn meaningless(&self, c: char) -> ParseError {
        let error = |what: String| ParseError::new(self.at, self.at + c.len_utf8(), what);
        if c == '.' {
            let before = self.text.get(..self.at).unwrap_or_default();
            let is_behind_name = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
            return match is_behind_name {
                true => error("a name is missing after the dot".to_owned()),
                false => error("a name or a number begins with no dot".to_owned()),
            };
        }
        if !c.is_ascii_graphic() && c.escape_debug().count() > 1 {
            let error = error(format!("{} means nothing here", c.escape_debug()));
            return error.advise("delete it, it cannot be seen");
        }
        let error = error(format!("{c} means nothing here"));
        match meant(c) {
            Some(meant) => error.advise(format!("write {meant}")),
            None => error,
        }
    }

    /// A name: letters, digits and `_`; `-`, `.` and `/` only between two of those.
    fn name(&mut self) -> &'a str {
        let start = self.at;
        if self.rest().starts_with(['@', '$']) {
            self.at += 1;
        }
        let is_inner = |c: char| c.is_alphanumeric() || c == '_';
        self.take_while(|c, next| {
            is_inner(c) || (matches!(c, '-' | '.' | '/') && next.is_some_and(is_inner))
        });
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn quoted(&mut self) -> Result<Token, ParseError> {
        let start = self.at;
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.at = start + at + 1;
                    return Ok(Token::Text(text.into()));
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, c @ ('"' | '\\'))) => text.push(c),
                    _ => {
                        let at = start + at;
                        let what = "after \\ comes one of \\ \" n";
                        return Err(ParseError::new(at, at + 1, what));
                    }
                },
                c => text.push(c),
            }
        }
        let what = "the text has no closing quotation mark";
        Err(ParseError::new(start, self.text.len(), what))
    }

    /// A number with its unit, a duration like `1h30m`, or a time of day.
    fn number(&mut self) -> Result<Token, ParseError> {
        let start = self.at;
        self.refuse_name()?;
        let digits = self.take_while(|c, next| {
            c.is_ascii_digit() || (c == '.' && next.is_some_and(|n| n.is_ascii_digit()))
        });
        if self.rest().starts_with(':') {
            return self.time(start);
        }
        let bad = |this: &Self, what: String| ParseError::new(start, this.at, what);
        let number: f64 = digits
            .parse()
            .map_err(|_| bad(self, format!("{digits} is no number")))?;
        if !number.is_finite() || number > quantity::LARGEST {
            return Err(bad(self, "the number is too large".to_owned()));
        }
        let after_number = self.at;
        if let Some(seconds) = self.long_duration(start)? {
            return Ok(Token::Number(seconds, Some(UnitWord(quantity::SECOND))));
        }
        self.at = after_number;
        self.skip_space();
        let Some(unit) = quantity::unit_at(self.rest()) else {
            self.at = after_number;
            return self.no_unit(number);
        };
        self.at += unit.word.len();
        Ok(Token::Number(number, Some(UnitWord(unit))))
    }

    /// Refuses what would be a device's name but for its first character, and what is glued to a
    /// number: `3d-printer.power` is not three days less a printer's power.
    fn refuse_name(&self) -> Result<(), ParseError> {
        let name = Lexer { ..*self }.name();
        let Some((device, property)) = name.split_once('.') else {
            return Ok(());
        };
        let is_name = device.contains(|c: char| c.is_alphabetic())
            && property.starts_with(|c: char| c.is_alphabetic());
        if !is_name {
            return Ok(());
        }
        let what = format!("{device} begins with a digit, which no device's name does");
        let error = ParseError::new(self.at, self.at + device.len(), what);
        Err(error.advise(format!(
            "write node-{device} if that is a device, else put spaces around the sign"
        )))
    }

    /// A duration of several parts, `1h30m`, in seconds.
    fn long_duration(&mut self, start: usize) -> Result<Option<f64>, ParseError> {
        let tail = self.take_while(|c, _| c.is_ascii_alphanumeric());
        let is_it = tail.starts_with(|c: char| c.is_ascii_alphabetic())
            && tail.contains(|c: char| c.is_ascii_digit());
        if !is_it {
            return Ok(None);
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        let duration = parse_duration(text).map_err(|error| {
            // All of it is ASCII, so that its columns are bytes.
            let at = start + error.column.saturating_sub(1);
            ParseError::new(at, self.at.max(at), error.problem.to_string())
                .advise("a time span is written like 1h30m")
        })?;
        Ok(Some(duration.as_secs_f64()))
    }

    /// A number that no unit follows. A word behind it that joins nothing was meant as one.
    fn no_unit(&mut self, number: f64) -> Result<Token, ParseError> {
        let after_number = self.at;
        self.skip_space();
        let is_spaced = self.at > after_number;
        let start = self.at;
        let word = self.take_while(|c, _| c.is_alphabetic() || "°º%℃℉".contains(c));
        let goes_on = self
            .rest()
            .starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '/' | '_' | '('));
        let is_joint = JOINTS.iter().any(|joint| joint.eq_ignore_ascii_case(word));
        if word.is_empty() || (is_spaced && (is_joint || goes_on)) {
            self.at = after_number;
            return Ok(Token::Number(number, None));
        }
        let error = ParseError::new(start, self.at, format!("{word} is no unit"));
        Err(match quantity::meant(word) {
            Some(unit) => error.advise(format!("did you mean {number} {unit}?")),
            None => error,
        })
    }

    fn time(&mut self, start: usize) -> Result<Token, ParseError> {
        self.take_while(|c, next| {
            c.is_ascii_digit() || (c == ':' && next.is_some_and(|n| n.is_ascii_digit()))
        });
        let text = self.text.get(start..self.at).unwrap_or_default();
        let bad = |end: usize, what: String| ParseError::new(start, end, what);
        let rest = self.rest().trim_start();
        let half: String = rest
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '.')
            .collect();
        if matches!(
            &*half.to_lowercase(),
            "am" | "pm" | "a.m" | "p.m" | "a.m." | "p.m."
        ) {
            let end = self.text.len() - rest.len() + half.len();
            let error = bad(end, "the clock has 24 hours here".to_owned());
            return Err(error.advise("write 21:30 for half past nine in the evening"));
        }
        let time: Result<TimeOfDay, _> = text.parse();
        time.map(Token::Time).map_err(|_| {
            let error = bad(self.at, format!("{text} is no time of day"));
            error.advise(match text {
                "24:00" | "24:00:00" => "midnight is 00:00",
                _ => "write it like 06:30 or 22:00",
            })
        })
    }
}

/// Words that may follow a number without being its unit.
const JOINTS: &[&str] = &["and", "or", "in", "not", "is"];

/// What someone meant who wrote this, be it copied from a page or learned from another language.
const fn meant(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{2212}' | '–' | '—' => "a plain minus: -",
        '×' | '·' => "*",
        '÷' => "/",
        '≤' => "<=",
        '≥' => ">=",
        '≠' => "!=",
        '&' => "and",
        '|' => "or",
        '{' | '}' => "a list in square brackets: [a, b]",
        '\'' | '`' | '‘' | '’' | '“' | '”' | '„' => "text in double quotes: \"text\"",
        '#' => "the comment outside of the quotes",
        _ => return None,
    })
}

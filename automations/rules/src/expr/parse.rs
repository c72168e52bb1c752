//! From words to the tree: operator precedence, and what was meant by what cannot be read.

use hub_model::nearest::nearest;

use super::ast::{Aggregate, BinaryOp, Expr, Function, Kind, Literal, Span};
use super::lexer::{Token, UnitWord, Word, words};
use super::name::{functions, named};
use crate::quantity::Dimension;

/// The longest expression, in bytes, as it was written and in its canonical form: more than a page
/// of text.
pub(super) const LONGEST: usize = 4096;
/// The most words and signs of one: so many may stand within each other as a long sum does.
pub(super) const MOST_WORDS: usize = 1000;
/// How deep brackets may be nested.
pub(super) const DEEPEST: usize = 32;

/// Why an expression cannot be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{what}")]
pub struct ParseError {
    /// Where, in bytes.
    pub span: Span,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub advice: Option<String>,
}

impl ParseError {
    pub(super) fn new(start: usize, end: usize, what: impl Into<String>) -> Self {
        Self {
            span: Span { start, end },
            what: what.into(),
            advice: None,
        }
    }

    pub(super) fn at(span: Span, what: impl Into<String>) -> Self {
        Self::new(span.start, span.end, what)
    }

    pub(super) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    pub(super) fn with_nearest<'a>(
        self,
        given: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        match nearest(given, known) {
            Some(near) => self.advise(format!("did you mean {near}?")),
            None => self,
        }
    }
}

impl std::str::FromStr for Expr {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        if text.len() > LONGEST {
            let what = format!("an expression has at most {LONGEST} bytes");
            return Err(ParseError::new(0, text.len(), what));
        }
        let words = words(text)?;
        if let Some(word) = words.get(MOST_WORDS) {
            let what = format!("an expression has at most {MOST_WORDS} words and signs");
            return Err(ParseError::at(word.span, what));
        }
        let mut parser = Parser {
            words: &words,
            at: 0,
            depth: 0,
        };
        let expr = parser.expression(0)?;
        parser.expect_end()?;
        // What is stored is the canonical form, which must be readable again.
        if expr.to_string().len() > LONGEST {
            let what = format!("the expression, written out, has more than {LONGEST} bytes");
            return Err(ParseError::new(0, text.len(), what));
        }
        Ok(expr)
    }
}

struct Parser<'a> {
    words: &'a [Word],
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        self.words.get(self.at).map_or(&Token::End, |w| &w.token)
    }

    fn span(&self) -> Span {
        let word = self.words.get(self.at).or(self.words.last());
        word.map_or_else(Span::default, |word| word.span)
    }

    /// Where the word before the present one ends.
    fn end(&self) -> usize {
        let before = self.at.checked_sub(1).and_then(|at| self.words.get(at));
        before.map_or(0, |word| word.span.end)
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(s) if *s == sign)
    }

    fn is_name(&self, name: &str) -> bool {
        matches!(self.peek(), Token::Name(n) if &**n == name)
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        self.at += usize::from(found);
        found
    }

    /// Steps over what closes the bracket that opened there.
    fn close(&mut self, open: Span, sign: &'static str) -> Result<(), ParseError> {
        if self.take_sign(sign) {
            return Ok(());
        }
        if *self.peek() == Token::End {
            let error = ParseError::at(open, "the bracket that opens here is not closed");
            return Err(error.advise(format!("close it with `{sign}`")));
        }
        let default = ParseError::at(
            self.span(),
            format!("`{sign}` or an operator is missing before this"),
        );
        Err(self.misplaced().unwrap_or(default))
    }

    fn expect_end(&self) -> Result<(), ParseError> {
        if *self.peek() == Token::End {
            return Ok(());
        }
        let default = ParseError::at(self.span(), "the expression has ended before this");
        let default = match self.peek() {
            Token::Sign(sign) => default.advise(format!("no bracket is open for {sign}")),
            _ => default.advise("join two conditions by `and` or `or`"),
        };
        let is_bracket = self.is_sign(")") || self.is_sign("]");
        let default = match self.peek() {
            Token::Sign(_) if !is_bracket => ParseError {
                advice: None,
                ..default
            },
            _ => default,
        };
        Err(self.misplaced().unwrap_or(default))
    }

    /// What is wrong with a word that stands where an expression has ended, if that can be told.
    fn misplaced(&self) -> Option<ParseError> {
        let at = |offset: usize| self.words.get(self.at + offset).map(|word| &word.token);
        let before = self.at.checked_sub(1).and_then(|at| self.words.get(at));
        let before = before.map(|word| &word.token);
        let (what, advice) = match (before, self.peek(), at(1)) {
            (_, Token::Sign("="), _) => ("one = assigns".into(), "compare with two: ==".into()),
            (_, Token::Sign(".."), _) => (
                "a range stands after `in`".into(),
                "write time in 22:00..06:00, say".into(),
            ),
            (Some(Token::Number(n, _)), Token::Sign(","), Some(Token::Number(tenths, _))) => (
                "a comma stands only between the values of a list".into(),
                format!("the decimal sign is a point: {n}.{tenths}"),
            ),
            (_, Token::Name(not), Some(Token::Name(word)))
                if &**not == "not" && &**word == "in" =>
            {
                (
                    "`not` stands in front".into(),
                    "write not x in [a, b]".into(),
                )
            }
            (_, Token::Name(is), _) if &**is == "is" => {
                ("`is` compares nothing here".into(), "write == or !=".into())
            }
            (_, Token::Name(name), _) if is_shouted(name) => {
                let small = name.to_lowercase();
                (
                    format!("{name} is written in small letters"),
                    format!("write {small}"),
                )
            }
            (Some(Token::Name(name)), _, _) if functions().any(|known| known == &**name) => (
                format!("{name} takes its value in brackets"),
                format!("write {name}(...)"),
            ),
            (Some(Token::Number(_, Some(unit))), Token::Number(_, Some(_)), _)
                if is_time(*unit) =>
            {
                (
                    "a time span has no space in it".into(),
                    "write 1h30m, say".into(),
                )
            }
            _ => return None,
        };
        let what: String = what;
        let advice: String = advice;
        Some(ParseError::at(self.span(), what).advise(advice))
    }

    fn unexpected(&self, what: &str) -> ParseError {
        ParseError::at(self.span(), what)
    }

    fn node(&self, start: usize, kind: Kind) -> Expr {
        Expr {
            kind,
            span: Span {
                start,
                end: self.end(),
            },
        }
    }

    /// An expression whose operators bind at least as tightly as `least`.
    fn expression(&mut self, least: u8) -> Result<Expr, ParseError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let error = self.unexpected("too many brackets within each other");
            return Err(error.advise("give a part of it a name with let = { name = ... }"));
        }
        let start = self.span().start;
        let mut left = self.operand(least)?;
        let mut compared = false;
        loop {
            let is_in = self.is_name("in") && IN >= least;
            let op = self.operator().filter(|op| op.binding() >= least);
            if is_in || op.is_some_and(BinaryOp::is_comparison) {
                if compared {
                    return Err(self
                        .unexpected("comparisons cannot be chained")
                        .advise("write `a < b and b < c`, `b in a..c`, or brackets"));
                }
                compared = true;
            }
            if is_in {
                self.at += 1;
                left = self.membership(start, left)?;
            } else if let Some(op) = op {
                self.at += 1;
                let right = self.expression(op.binding() + 1)?;
                left = self.node(start, Kind::Binary(op, Box::new(left), Box::new(right)));
            } else {
                break;
            }
        }
        self.depth -= 1;
        Ok(left)
    }

    fn operator(&self) -> Option<BinaryOp> {
        let word = match self.peek() {
            Token::Sign("&&") => "and",
            Token::Sign("||") => "or",
            Token::Sign(sign) => sign,
            Token::Name(name) => name,
            _ => return None,
        };
        BinaryOp::ALL.iter().copied().find(|op| op.word() == word)
    }

    /// What follows `in`.
    fn membership(&mut self, start: usize, left: Expr) -> Result<Expr, ParseError> {
        let left = Box::new(left);
        let open = self.span();
        if self.take_sign("[") {
            let set = self.list(open, "]")?;
            return Ok(self.node(start, Kind::OneOf(left, set)));
        }
        let from = self.expression(IN + 1)?;
        if !self.take_sign("..") {
            return Err(self
                .unexpected("after `in` comes a list or a range")
                .advise("write `x in [a, b]` or `x in a..b`"));
        }
        let to = self.expression(IN + 1)?;
        Ok(self.node(start, Kind::Within(left, Box::new(from), Box::new(to))))
    }

    fn list(&mut self, open: Span, close: &'static str) -> Result<Vec<Expr>, ParseError> {
        let mut items = Vec::new();
        while !self.take_sign(close) {
            items.push(self.expression(0)?);
            if !self.take_sign(",") {
                self.close(open, close)?;
                break;
            }
            if *self.peek() == Token::End {
                self.close(open, close)?;
            }
        }
        if items.is_empty() {
            return Err(ParseError::new(
                open.start,
                self.end(),
                "there is no value in the brackets",
            ));
        }
        Ok(items)
    }

    fn operand(&mut self, least: u8) -> Result<Expr, ParseError> {
        let span = self.span();
        let start = span.start;
        if self.is_name("not") || self.is_sign("!") {
            return self.not(least);
        }
        if self.take_sign("-") {
            let inner = self.expression(NEGATIVE)?;
            return Ok(self.node(start, Kind::Negative(Box::new(inner))));
        }
        if self.take_sign("(") {
            let inner = self.expression(0)?;
            return self.bracketed(span, inner);
        }
        let kind = match self.take() {
            Token::Number(number, unit) => Kind::Literal(Literal::Number(number, unit)),
            Token::Text(text) => Kind::Literal(Literal::Text(text)),
            Token::Time(time) => Kind::Literal(Literal::Time(time)),
            Token::Name(name) if self.is_sign("(") => self.call(&name, span)?,
            Token::Name(name) => named(&name, span)?,
            Token::End => return Err(ParseError::at(span, "a value is missing at the end")),
            Token::Sign("[") => {
                let error = ParseError::at(span, "a list stands only after `in`");
                return Err(error.advise("write x in [a, b], or any(a, b)"));
            }
            Token::Sign(sign) => {
                return Err(ParseError::at(
                    span,
                    format!("a value is missing before {sign}"),
                ));
            }
        };
        Ok(self.node(start, kind))
    }

    /// `not x`. Within what binds more tightly it needs brackets, for it reaches far.
    fn not(&mut self, least: u8) -> Result<Expr, ParseError> {
        let span = self.span();
        if least > NOT {
            let error = ParseError::at(span, "`not` needs brackets here");
            return Err(error.advise("write a == (not b)"));
        }
        self.at += 1;
        let inner = self.expression(NOT)?;
        Ok(self.node(span.start, Kind::Not(Box::new(inner))))
    }

    fn bracketed(&mut self, open: Span, inner: Expr) -> Result<Expr, ParseError> {
        if self.is_sign(",") {
            let error = ParseError::at(open, "a list stands in square brackets");
            return Err(error.advise("write x in [a, b]"));
        }
        if self.is_sign("..") {
            let error = ParseError::at(open, "a range stands in no brackets");
            return Err(error.advise("write x in a..b"));
        }
        self.close(open, ")")?;
        Ok(inner)
    }

    fn call(&mut self, name: &str, span: Span) -> Result<Kind, ParseError> {
        let open = self.span();
        self.at += 1;
        let arguments = self.list(open, ")")?;
        if let Some(aggregate) = Aggregate::ALL.iter().find(|a| a.word() == name) {
            return Ok(Kind::Over(*aggregate, arguments));
        }
        let count = arguments.len();
        let takes = |n: usize| {
            let values = if n == 1 { "one value" } else { "three values" };
            ParseError::at(span, format!("{name} takes {values}, not {count}"))
        };
        if let Some(function) = Function::ALL.iter().find(|f| f.word() == name) {
            let [one] = <[Expr; 1]>::try_from(arguments).map_err(|_| takes(1))?;
            return Ok(Kind::Call(*function, Box::new(one)));
        }
        if name == "if" {
            let [x, y, z] = <[Expr; 3]>::try_from(arguments).map_err(|_| takes(3))?;
            return Ok(Kind::If(Box::new(x), Box::new(y), Box::new(z)));
        }
        let known: Vec<_> = functions().collect();
        let error = ParseError::at(span, format!("there is no function {name}"));
        let error = error.advise(format!("functions are {}", known.join(", ")));
        Err(error.with_nearest(name, known))
    }
}

/// Whether it joins two conditions but for its capital letters.
fn is_shouted(name: &str) -> bool {
    ["and", "or", "in", "not"]
        .iter()
        .any(|word| *word != name && word.eq_ignore_ascii_case(name))
}

fn is_time(unit: UnitWord) -> bool {
    unit.0.dimension == Dimension::Time
}

/// How tightly `in`, `not` and a sign bind.
const IN: u8 = 4;
const NOT: u8 = 3;
const NEGATIVE: u8 = 8;

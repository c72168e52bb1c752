//! A value at its place, and what it can be read as.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use super::super::item::{Item, Node};
use super::{DEEPEST_STEPS, Fields, Located, Reader};
use crate::expr::{Expr, Kind, Literal, ParseError, Reference};
use crate::problem::Problem;
use crate::quantity::LARGEST;
use crate::schedule::TextError;
use crate::schedule::duration::parse_duration;

/// The longest id, in characters.
const LONGEST_ID: usize = 64;
/// The longest text of people, in characters: a name, a message.
const LONGEST_TEXT: usize = 1024;
/// How many of one kind a rule may have.
pub(super) const MOST_ENTRIES: usize = 256;

/// A value at a place.
pub(in super::super) struct At<'a> {
    pub(super) reader: &'a Reader,
    pub(in super::super) node: &'a Node,
    pub(in super::super) place: String,
}

impl<'a> At<'a> {
    pub(super) fn new(reader: &'a Reader, place: String, node: &'a Node) -> Self {
        if let Some(at) = node.at {
            reader.places.borrow_mut().note(&place, at, node.text_at);
        }
        Self {
            reader,
            node,
            place,
        }
    }

    /// Notes that this is wrong.
    pub(in super::super) fn problem(&self, what: impl Into<String>) {
        self.report(Problem::error(&self.place, what));
    }

    /// Notes that this is wrong, and what to write instead.
    pub(in super::super) fn problem_with(
        &self,
        what: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.report(Problem::error(&self.place, what).advise(advice));
    }

    /// Notes that the key of this is wrong.
    pub(in super::super) fn key_problem(&self, problem: Problem) {
        self.push(problem, self.node.key_at.or(self.node.at));
    }

    pub(in super::super) fn report(&self, problem: Problem) {
        let exact = self
            .node
            .text_at
            .zip(problem.offset)
            .map(|(start, offset)| start + offset);
        self.push(problem, exact.or(self.node.at));
    }

    fn push(&self, problem: Problem, at: Option<usize>) {
        self.reader
            .problems
            .borrow_mut()
            .push(Located { problem, at });
    }

    /// Notes that this is something else than what belongs here.
    pub(in super::super) fn wanted(&self, what: &str, advice: Option<&str>) {
        let what = format!("this is {}, not {what}", self.node.item.described());
        let advice = match self.node.item {
            Item::Other("null") => Some("leave it out"),
            Item::Other(_) => Some("put it in quotes"),
            _ => advice,
        };
        self.report(Problem::error(&self.place, what).advise_if(advice));
    }

    pub(in super::super) fn child(&self, place: String, node: &'a Node) -> Self {
        Self::new(self.reader, place, node)
    }

    pub(in super::super) fn fields(&self) -> Option<Fields<'a>> {
        let Item::Table(entries) = &self.node.item else {
            self.wanted("a table", Some("write { name = value }"));
            return None;
        };
        if entries.len() > MOST_ENTRIES {
            self.problem(format!("more than {MOST_ENTRIES} entries"));
            return None;
        }
        Some(Fields::new(
            self.child(self.place.clone(), self.node),
            entries,
        ))
    }

    /// The entries of a list, each read.
    pub(in super::super) fn entries<T>(&self, read: impl Fn(At<'a>) -> Option<T>) -> Vec<T> {
        let Item::List(list) = &self.node.item else {
            let advice = match self.node.item {
                Item::Table(_) => "put it in square brackets, or write [[name]] above it",
                _ => "write [ ... ]",
            };
            self.wanted("a list", Some(advice));
            return Vec::new();
        };
        if list.len() > MOST_ENTRIES {
            self.problem(format!("more than {MOST_ENTRIES} entries"));
            return Vec::new();
        }
        let entries = list.iter().enumerate();
        entries
            .filter_map(|(index, node)| read(self.child(format!("{}[{index}]", self.place), node)))
            .collect()
    }

    /// Reads what stands one level of steps deeper.
    pub(in super::super) fn deeper<T>(&self, read: impl FnOnce() -> T) -> Option<T> {
        let depth = &self.reader.depth;
        if depth.get() > DEEPEST_STEPS {
            let what = format!("more than {DEEPEST_STEPS} levels of steps within steps");
            self.problem_with(what, "make a rule of the inner ones and run it");
            return None;
        }
        depth.set(depth.get() + 1);
        let read = read();
        depth.set(depth.get() - 1);
        Some(read)
    }

    pub(in super::super) fn bool(&self) -> Option<bool> {
        let Item::Bool(b) = self.node.item else {
            self.wanted("true or false", None);
            return None;
        };
        Some(b)
    }

    pub(in super::super) fn int(&self) -> Option<i64> {
        match self.node.item {
            Item::Int(int) => Some(int),
            Item::Float(_) => {
                self.problem("this is no whole number");
                None
            }
            _ => {
                self.wanted("a whole number", None);
                None
            }
        }
    }

    pub(in super::super) fn count(&self, least: u16, most: u16) -> Option<u16> {
        let int = self.int()?;
        let count = u16::try_from(int).ok();
        let count = count.filter(|count| (least..=most).contains(count));
        if count.is_none() {
            self.problem(format!("{int} is not from {least} to {most}"));
        }
        count
    }

    pub(in super::super) fn text(&self) -> Option<&'a str> {
        self.text_as("text", None)
    }

    fn text_as(&self, what: &str, advice: Option<&str>) -> Option<&'a str> {
        let Item::Text(text) = &self.node.item else {
            self.wanted(what, advice);
            return None;
        };
        Some(text)
    }

    /// A text of people: a message, a name.
    pub(in super::super) fn name(&self) -> Option<Arc<str>> {
        let text = self.text()?.trim();
        let length = text.chars().count();
        if text.is_empty() {
            self.problem("the text is empty");
            return None;
        }
        if length > LONGEST_TEXT {
            self.problem(format!(
                "the text has {length} characters, at most {LONGEST_TEXT} fit"
            ));
            return None;
        }
        Some(text.into())
    }

    pub(in super::super) fn id(&self) -> Option<Arc<str>> {
        let text = self.text()?;
        let is_ok = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let fits = (1..=LONGEST_ID).contains(&text.len());
        if fits && text.chars().all(is_ok) && !text.starts_with('-') {
            return Some(text.into());
        }
        let what = "an id has lower case letters, digits and hyphens";
        let what = match text.chars().count() {
            0 => format!("{what}, and is not empty"),
            n if n > LONGEST_ID => format!("{what}, at most {LONGEST_ID} of them"),
            _ => format!("{what}, unlike {text:?}"),
        };
        let slug = Some(hub_model::slug(text)).filter(|_| !text.is_empty());
        let advice = slug.map(|slug| format!("write {slug:?}"));
        self.report(Problem::error(&self.place, what).advise_if(advice));
        None
    }

    pub(in super::super) fn duration(&self) -> Option<Duration> {
        let text = self.text_as(
            "a time span",
            Some("write it in quotes with its unit: \"5m\""),
        )?;
        self.schedule(text, parse_duration(text))
    }

    /// A text of the schedule.
    pub(in super::super) fn parse<T>(&self) -> Option<T>
    where
        T: FromStr<Err = TextError>,
    {
        let text = self.text()?;
        self.schedule(text, text.parse())
    }

    fn schedule<T>(&self, text: &str, parsed: Result<T, TextError>) -> Option<T> {
        let error = match parsed {
            Ok(parsed) => return Some(parsed),
            Err(error) => error,
        };
        let mut chars = text.char_indices().map(|(at, _)| at);
        let offset = chars
            .nth(error.column.saturating_sub(1))
            .unwrap_or(text.len());
        self.report(Problem::error(&self.place, error.problem.to_string()).at(offset));
        None
    }

    /// An expression: text that is parsed, or a plain value.
    pub(in super::super) fn expr(&self) -> Option<Expr> {
        let number = |n: f64| {
            let literal = Expr::new(Kind::Literal(Literal::Number(n.abs(), None)));
            match n < 0.0 {
                true => Expr::new(Kind::Negative(Box::new(literal))),
                false => literal,
            }
        };
        match &self.node.item {
            Item::Bool(b) => Some(Expr::new(Kind::Literal(Literal::Bool(*b)))),
            #[expect(clippy::cast_precision_loss, reason = "beyond 2^53 it is refused here")]
            Item::Int(int) if int.unsigned_abs() <= 1 << 53 => Some(number(*int as f64)),
            Item::Float(float) if float.abs() <= LARGEST => Some(number(*float)),
            Item::Int(_) | Item::Float(_) => {
                self.problem("the number is too large");
                None
            }
            Item::Text(text) => self.parsed(text.parse()),
            _ => {
                self.wanted("an expression", None);
                None
            }
        }
    }

    pub(in super::super) fn parsed<T>(&self, parsed: Result<T, ParseError>) -> Option<T> {
        let error = match parsed {
            Ok(parsed) => return Some(parsed),
            Err(error) => error,
        };
        let problem = Problem::error(&self.place, error.what).at(error.span.start);
        self.report(problem.advise_if(error.advice));
        None
    }

    /// An event of a device.
    pub(in super::super) fn event(&self) -> Option<Reference> {
        self.parsed(Reference::event(self.text()?))
    }

    /// A name of a list of words, for messages.
    pub(super) fn no_word(&self, text: &str, words: &[impl Display]) -> Problem {
        let words: Vec<_> = words.iter().map(ToString::to_string).collect();
        Problem::error(
            &self.place,
            format!("{text:?} is not one of {}", words.join(", ")),
        )
    }
}

//! The canonical text of an expression: reading it again gives the same tree.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use hub_model::spec;

use super::ast::{DeviceRef, Expr, Kind, Literal, Place, Property, Reference};
use crate::property;
use crate::quantity::{Dimension, SECOND};
use crate::schedule::duration::show_duration;

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Literal(literal) => literal.fmt(f),
            Kind::Reference(reference) => reference.fmt(f),
            Kind::Home(name) => write!(f, "home.{name}"),
            Kind::Local(name) => write!(f, "${name}"),
            Kind::Trigger(word) => f.write_str(word.word()),
            Kind::Clock(word) => f.write_str(word.word()),
            Kind::Not(x) => write!(f, "not {}", Within(x, NOT)),
            Kind::Negative(x) => write!(f, "-{}", Within(x, NEGATIVE)),
            Kind::Binary(op, x, y) => {
                let binding = op.binding();
                // Comparisons do not chain, so one within another keeps its brackets.
                let left = binding + u8::from(op.is_comparison());
                let (x, y) = (Within(x, left), Within(y, binding + 1));
                write!(f, "{x} {} {y}", op.word())
            }
            Kind::OneOf(x, set) => write!(f, "{} in [{}]", Within(x, IN + 1), List(set)),
            Kind::Within(x, from, to) => {
                let (from, to) = (Within(from, IN + 1), Within(to, IN + 1));
                write!(f, "{} in {from}..{to}", Within(x, IN + 1))
            }
            Kind::Call(function, x) => write!(f, "{}({x})", function.word()),
            Kind::If(x, y, z) => write!(f, "if({x}, {y}, {z})"),
            Kind::Over(aggregate, set) => write!(f, "{}({})", aggregate.word(), List(set)),
        }
    }
}

const IN: u8 = 4;
const NOT: u8 = 3;
const NEGATIVE: u8 = 8;
/// What needs no brackets anywhere.
const WHOLE: u8 = 9;

fn binding(expr: &Expr) -> u8 {
    match &expr.kind {
        Kind::Binary(op, ..) => op.binding(),
        Kind::OneOf(..) | Kind::Within(..) => IN,
        Kind::Not(_) => NOT,
        Kind::Negative(_) => NEGATIVE,
        _ => WHOLE,
    }
}

/// An expression at a place that binds this tightly.
struct Within<'a>(&'a Expr, u8);

impl Display for Within<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if binding(self.0) < self.1 {
            write!(f, "({})", self.0)
        } else {
            self.0.fmt(f)
        }
    }
}

struct List<'a>(&'a [Expr]);

impl Display for List<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (at, expr) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            expr.fmt(f)?;
        }
        Ok(())
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(b) => b.fmt(f),
            Self::Number(n, None) => n.fmt(f),
            Self::Number(n, Some(unit)) => match several_parts(*n, unit.0.word) {
                Some(duration) => f.write_str(&duration),
                None => {
                    let is_glued = unit.0.word == "°" || unit.0.dimension == Dimension::Time;
                    let space = if is_glued { "" } else { " " };
                    write!(f, "{n}{space}{}", unit.0.word)
                }
            },
            Self::Text(text) => quoted(f, text),
            Self::Word(word) => f.write_str(word),
            Self::Time(time) => time.fmt(f),
            Self::Day(day) => day.fmt(f),
        }
    }
}

/// Seconds as `1m30s`, when that has several parts and is read as the same number of seconds.
fn several_parts(number: f64, unit: &str) -> Option<String> {
    let is_it = unit == SECOND.word && number.fract() == 0.0 && number <= MOST_SECONDS;
    let text = show_duration(Duration::try_from_secs_f64(number).ok().filter(|_| is_it)?);
    (text.chars().filter(char::is_ascii_alphabetic).count() > 1).then_some(text)
}

/// The longest time span that is read, in seconds.
const MOST_SECONDS: f64 = 366.0 * 86_400.0;

fn quoted(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '\n' => f.write_str("\\n")?,
            '"' | '\\' => write!(f, "\\{c}")?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}

impl Display for Reference {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.of {
            Place::Device(device) => device.fmt(f)?,
            Place::Room(room) => write!(f, "@{room}")?,
        }
        let of_endpoint = matches!(&self.of, Place::Device(device) if device.endpoint.is_some());
        let by_specification = !matches!(self.property, Property::Named(_));
        f.write_str(if of_endpoint && by_specification {
            "/"
        } else {
            "."
        })?;
        self.property.fmt(f)
    }
}

impl Display for DeviceRef {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.slug)?;
        match self.endpoint {
            Some(endpoint) => write!(f, "/{endpoint}"),
            None => Ok(()),
        }
    }
}

impl Display for Property {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (cluster, member) = match self {
            Self::Named(name) => return f.write_str(name),
            Self::Attribute {
                cluster, attribute, ..
            } => {
                let known = spec::attribute(*cluster, *attribute);
                (
                    cluster,
                    known.map_or_else(|| attribute.to_string(), |a| a.name.to_owned()),
                )
            }
            Self::Event { cluster, event } => {
                let known = spec::cluster(*cluster).and_then(|c| c.event(*event));
                (
                    cluster,
                    known.map_or_else(|| event.to_string(), |e| e.name.to_owned()),
                )
            }
        };
        f.write_str(&property::cluster_text(*cluster))?;
        write!(f, ".{member}")?;
        match self {
            Self::Attribute { bit: Some(bit), .. } => write!(f, ".{bit}"),
            _ => Ok(()),
        }
    }
}

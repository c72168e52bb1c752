//! Conditions that can never hold: bounds of one value that contradict each other.

use std::collections::BTreeMap;

use super::Scope;
use crate::expr::{BinaryOp, ClockWord, Expr, Kind, Literal};
use crate::problem::Problem;
use crate::quantity::Dimension;

/// Notes it when parts of a condition, all of which must hold, contradict each other.
pub(super) fn check(expr: &Expr, place: &str, scope: &mut Scope<'_>) {
    let mut bounds: BTreeMap<String, Bounds> = BTreeMap::new();
    let mut parts = Vec::new();
    conjuncts(expr, &mut parts);
    for part in parts {
        let Some((name, claim)) = claim(part) else {
            continue;
        };
        let bounds = bounds.entry(name.clone()).or_default();
        bounds.add(&claim);
        if let Some(why) = bounds.contradiction(&name) {
            scope
                .problems
                .push(Problem::error(place, why).at(part.span.start));
            return;
        }
    }
}

/// Whether two sets of conditions can never hold at once.
pub(crate) fn exclude(first: &[&Expr], second: &[&Expr]) -> bool {
    let mut bounds: BTreeMap<String, Bounds> = BTreeMap::new();
    let mut parts = Vec::new();
    first
        .iter()
        .chain(second)
        .for_each(|expr| conjuncts(expr, &mut parts));
    parts.into_iter().filter_map(claim).any(|(name, claim)| {
        let bounds = bounds.entry(name.clone()).or_default();
        bounds.add(&claim);
        bounds.contradiction(&name).is_some()
    })
}

fn conjuncts<'e>(expr: &'e Expr, parts: &mut Vec<&'e Expr>) {
    match &expr.kind {
        Kind::Binary(BinaryOp::And, x, y) => {
            conjuncts(x, parts);
            conjuncts(y, parts);
        }
        _ => parts.push(expr),
    }
}

/// What a part claims of one value.
enum Claim {
    /// At least, and whether that itself will do.
    From(f64, bool),
    /// At most, and whether that itself will do.
    To(f64, bool),
    /// Between these.
    Within(f64, f64),
    /// Exactly this, in words.
    Is(String),
    /// Not this, in words.
    IsNot(String),
    /// A share, which is from 0 to 100 % by nature.
    Share(Box<Claim>),
}

/// What is claimed of a value by all parts so far.
#[derive(Default)]
struct Bounds {
    from: Option<(f64, bool)>,
    to: Option<(f64, bool)>,
    is: Option<String>,
    not: Vec<String>,
}

impl Bounds {
    fn add(&mut self, claim: &Claim) {
        match claim {
            Claim::From(n, inclusive) => {
                if self.from.is_none_or(|(from, _)| *n >= from) {
                    let also = self.from.is_none_or(|(from, also)| *n > from || also);
                    self.from = Some((*n, *inclusive && also));
                }
            }
            Claim::To(n, inclusive) => {
                if self.to.is_none_or(|(to, _)| *n <= to) {
                    let also = self.to.is_none_or(|(to, also)| *n < to || also);
                    self.to = Some((*n, *inclusive && also));
                }
            }
            Claim::Within(from, to) => {
                self.add(&Claim::From(*from, true));
                self.add(&Claim::To(*to, true));
            }
            Claim::Is(word) => match &self.is {
                Some(is) if is != word => self.not.push(is.clone()),
                _ => self.is = Some(word.clone()),
            },
            Claim::IsNot(word) => self.not.push(word.clone()),
            Claim::Share(claim) => {
                self.add(&Claim::Within(0.0, 100.0));
                self.add(claim);
            }
        }
    }

    fn contradiction(&self, name: &str) -> Option<String> {
        if let Some(is) = &self.is
            && self.not.contains(is)
        {
            return Some(format!("{name} cannot be that and something else at once"));
        }
        let ((from, from_itself), (to, to_itself)) = (self.from?, self.to?);
        let empty = from > to || (from == to && !(from_itself && to_itself));
        empty.then(|| format!("this can never hold: {name} would be above {from} and below {to}"))
    }
}

/// What a comparison with something fixed claims of a value.
fn claim(expr: &Expr) -> Option<(String, Claim)> {
    let (value, claim, dimension) = match &expr.kind {
        Kind::Reference(_) | Kind::Home(_) => return Some((expr.to_string(), is("true"))),
        Kind::Not(x) if is_value(x) => return Some((x.to_string(), is("false"))),
        Kind::Within(x, from, to) => {
            let ((from, dimension), (to, _)) = (number(from)?, number(to)?);
            (x, Claim::Within(from, to), dimension)
        }
        Kind::Binary(op, x, y) => {
            let (value, fixed, op) = match is_value(x) {
                true => (x, y, *op),
                false => (y, x, mirrored(*op)),
            };
            match (op, number(fixed)) {
                (BinaryOp::Equal, Some((n, dimension))) => (value, Claim::Within(n, n), dimension),
                (BinaryOp::Less, Some((n, dimension))) => (value, Claim::To(n, false), dimension),
                (BinaryOp::LessEqual, Some((n, dimension))) => {
                    (value, Claim::To(n, true), dimension)
                }
                (BinaryOp::Greater, Some((n, dimension))) => {
                    (value, Claim::From(n, false), dimension)
                }
                (BinaryOp::GreaterEqual, Some((n, dimension))) => {
                    (value, Claim::From(n, true), dimension)
                }
                (BinaryOp::Equal, None) => (value, is(&word(fixed)?), Dimension::Plain),
                (BinaryOp::Unequal, None) => (value, Claim::IsNot(word(fixed)?), Dimension::Plain),
                _ => return None,
            }
        }
        _ => return None,
    };
    if !is_value(value) {
        return None;
    }
    let claim = match dimension {
        Dimension::Ratio => Claim::Share(Box::new(claim)),
        _ => claim,
    };
    Some((value.to_string(), claim))
}

fn is(word: &str) -> Claim {
    Claim::Is(word.to_owned())
}

fn is_value(expr: &Expr) -> bool {
    matches!(expr.kind, Kind::Reference(_) | Kind::Home(_))
}

const fn mirrored(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Less => BinaryOp::Greater,
        BinaryOp::LessEqual => BinaryOp::GreaterEqual,
        BinaryOp::Greater => BinaryOp::Less,
        BinaryOp::GreaterEqual => BinaryOp::LessEqual,
        op => op,
    }
}

fn number(expr: &Expr) -> Option<(f64, Dimension)> {
    match &expr.kind {
        Kind::Literal(Literal::Number(n, unit)) => match unit {
            Some(unit) => Some((unit.0.to_base(*n), unit.0.dimension)),
            None => Some((*n, Dimension::Plain)),
        },
        Kind::Negative(x) => number(x).map(|(n, dimension)| (-n, dimension)),
        _ => None,
    }
}

fn word(expr: &Expr) -> Option<String> {
    match &expr.kind {
        Kind::Literal(Literal::Word(word)) => Some(word.to_string()),
        Kind::Literal(Literal::Bool(b)) => Some(b.to_string()),
        Kind::Literal(Literal::Text(text)) => Some(text.to_string()),
        // Of a choice that has such a word.
        Kind::Clock(word @ (ClockWord::Day | ClockWord::Time)) => Some(word.word().to_owned()),
        _ => None,
    }
}

//! Templates of the other hub that say what an expression can say.
//!
//! `{{ is_state('light.hall', 'on') }}` and `{{ states('sensor.hall') | float > 20 }}` and what `and`,
//! `or` and `not` make of them are carried; whatever else a template computes is lost, and told.
//! A template is text of a whole language, so it is read here as far as these forms go and no further.

mod parse;

use rules::expr::Expr;

use self::parse::{Term, parse};
use crate::case::Case;
use crate::condition::is_trigger;
use crate::cursor::At;
use crate::make::{all, any, is_readable, not, number, parsed, quoted, truth};
use crate::reading::{Reading, reading};

/// Whether a template holds; a finding tells if that cannot be asked.
pub(crate) fn condition(case: &mut Case<'_, '_>, at: &At<'_>) -> Option<Expr> {
    let term = at.text().and_then(parse);
    let before = case.lost_count();
    let expr = term.and_then(|term| holds(case, at, &term));
    if expr.is_none() && case.lost_count() == before {
        let what = format!("the template is computed there: {}", at.node.described());
        case.dropped(at, what, "write it as an expression here");
    }
    expr
}

/// The value of a template; none if it cannot be had.
pub(crate) fn value(case: &mut Case<'_, '_>, at: &At<'_>, text: &str) -> Option<Expr> {
    let term = parse(text)?;
    match &term {
        Term::State { .. } => read(case, at, &term)?.value(),
        Term::Number(n) => parsed(&number(*n)),
        Term::Text(text) => Some(quoted(text)),
        Term::TriggerId => parsed("trigger.id"),
        _ => holds(case, at, &term),
    }
}

fn holds(case: &mut Case<'_, '_>, at: &At<'_>, term: &Term) -> Option<Expr> {
    match term {
        Term::Bool(is) => Some(truth(*is)),
        Term::Not(inner) => holds(case, at, inner).map(not),
        Term::All(terms) => all(each(case, at, terms)?),
        Term::Any(terms) => any(each(case, at, terms)?),
        Term::Is { of, states } => {
            let exprs: Option<Vec<_>> = states
                .iter()
                .map(|state| equals(case, at, of, state))
                .collect();
            any(exprs?)
        }
        Term::Compare(sign, x, y) => compare(case, at, sign, x, y),
        Term::State { .. } | Term::Number(_) | Term::Text(_) | Term::TriggerId => None,
    }
}

fn each(case: &mut Case<'_, '_>, at: &At<'_>, terms: &[Term]) -> Option<Vec<Expr>> {
    terms.iter().map(|term| holds(case, at, term)).collect()
}

fn compare(case: &mut Case<'_, '_>, at: &At<'_>, sign: &str, x: &Term, y: &Term) -> Option<Expr> {
    match (x, y) {
        (Term::Number(_) | Term::Text(_), Term::State { .. } | Term::TriggerId) => {
            compare(case, at, turned(sign), y, x)
        }
        (x, Term::Text(text)) => match sign {
            "==" => equals(case, at, x, text),
            "!=" => equals(case, at, x, text).map(not),
            _ => None,
        },
        (x, Term::Number(n)) => read(case, at, x)?.compared(sign, Some(*n)),
        (Term::State { .. }, Term::State { .. }) => {
            let (x, y) = (read(case, at, x)?, read(case, at, y)?);
            x.compared_with(sign, &y)
        }
        _ => None,
    }
}

fn equals(case: &mut Case<'_, '_>, at: &At<'_>, of: &Term, state: &str) -> Option<Expr> {
    match of {
        Term::TriggerId => is_trigger(case, &[state]),
        Term::State {
            entity,
            attribute: None,
            ..
        } => crate::condition::of_entity(case, at, entity, None, &[state]),
        _ => read(case, at, of)?.is(state).ok(),
    }
}

/// What a state or attribute reads; with its default, where one is given.
fn read(case: &mut Case<'_, '_>, at: &At<'_>, term: &Term) -> Option<Reading> {
    let Term::State {
        entity,
        attribute,
        default,
    } = term
    else {
        return None;
    };
    let reading = reading(case, at, entity, attribute.as_deref())?;
    Some(match default {
        Some(default) => reading.or(*default),
        None => reading,
    })
}

fn turned(sign: &str) -> &str {
    match sign {
        "<" => ">",
        ">" => "<",
        "<=" => ">=",
        ">=" => "<=",
        sign => sign,
    }
}

/// A message of ours.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// Its text: `{expression}` stands for a value, `{{` for a brace.
    pub(crate) text: String,
    /// The templates of it that could not be carried.
    pub(crate) lost: Vec<String>,
    /// Whether it is longer than it may be, and so ends early.
    pub(crate) is_cut: bool,
}

/// A text with templates in it, as a message of at most so many characters.
pub(crate) fn message(case: &mut Case<'_, '_>, at: &At<'_>, text: &str, most: usize) -> Message {
    let mut message = Message::default();
    let mut room = most;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (piece, length) = match template_at(rest) {
            Some(template) => match value(case, at, template).filter(is_printable) {
                Some(expr) => (format!("{{{expr}}}"), template.len()),
                None => {
                    message.lost.push(crate::yaml::excerpt(template));
                    ("…".to_owned(), template.len())
                }
            },
            None if matches!(first, '{' | '}') => (format!("{first}{first}"), 1),
            None => (first.to_string(), first.len_utf8()),
        };
        let Some(left) = room.checked_sub(piece.chars().count()) else {
            message.is_cut = true;
            break;
        };
        room = left;
        message.text.push_str(&piece);
        rest = rest.get(length..).unwrap_or_default();
    }
    message
}

/// The template that the text begins with, to its end.
fn template_at(text: &str) -> Option<&str> {
    let pairs = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")];
    let (_, close) = pairs.into_iter().find(|(open, _)| text.starts_with(open))?;
    let end = text.find(close).map_or(text.len(), |end| end + close.len());
    text.get(..end)
}

/// Whether an expression can stand in a message: no bracket in it ends it early.
fn is_printable(expr: &Expr) -> bool {
    is_readable(expr) && !expr.to_string().contains(['{', '}'])
}

//! The conditions `state` and `numeric_state`.

use rules::expr::{Expr, Kind};

use super::{Carried, lost};
use crate::case::Case;
use crate::cursor::{At, Fields};
use crate::domain::Domain;
use crate::make::{all, any, not, parsed};
use crate::reading::{Reading, reading};
use crate::trigger::numeric::ranges;
use crate::trigger::state::entities;

pub(super) fn numeric_state(case: &mut Case<'_, '_>, fields: &Fields<'_>) -> Carried {
    let before = case.lost_count();
    let ranges = ranges(case, fields);
    // One range that is lost loses all: the rest alone would ask for less.
    if ranges.is_empty() || case.lost_count() > before {
        return Carried::Lost;
    }
    all(ranges.into_iter().map(|(_, range)| range).collect()).into()
}

pub(super) fn state(case: &mut Case<'_, '_>, fields: &Fields<'_>) -> Carried {
    let Some(entities) = entities(case, fields) else {
        return Carried::Lost;
    };
    let attribute = case.word(fields, "attribute");
    let length = match fields.take("for") {
        Some(at) => match case.length(&at) {
            Some(length) => Some(length),
            None => return Carried::Lost,
        },
        None => None,
    };
    let states = fields
        .take("state")
        .and_then(|at| Some((at.texts_whole()?, at)));
    let Some((states, at)) = states.filter(|(states, _)| !states.is_empty()) else {
        return lost(case, &fields.at, "the condition names no state", "");
    };
    let is_any = case.word(fields, "match") == Some("any");
    let mut exprs = Vec::new();
    for entity in entities {
        let Some(mut expr) = of_entity(case, &at, entity, attribute, &states) else {
            return Carried::Lost;
        };
        if let Some(length) = length {
            let been = reading(case, &at, entity, attribute);
            let Some(been) = been.and_then(|reading| reading.has_been(length)) else {
                return lost(case, &at, "how long it has been so cannot be asked", "");
            };
            let Some(both) = all(vec![expr, been]) else {
                return Carried::Lost;
            };
            expr = both;
        }
        exprs.push(expr);
    }
    if is_any { any(exprs) } else { all(exprs) }.into()
}

/// Whether an entity is in one of the states.
pub(crate) fn of_entity(
    case: &mut Case<'_, '_>,
    at: &At<'_>,
    entity: &str,
    attribute: Option<&str>,
    states: &[&str],
) -> Option<Expr> {
    if Domain::of(entity) == Domain::Sun && attribute.is_none() {
        return sun(case, at, states);
    }
    let mut exprs = Vec::new();
    if states.contains(&"unavailable") {
        let device = case.device(at, entity)?;
        exprs.push(not(parsed(&format!("{device}.reachable"))?));
    }
    let states: Vec<_> = states
        .iter()
        .filter(|state| **state != "unavailable")
        .collect();
    if !states.is_empty() {
        let reading = reading(case, at, entity, attribute)?;
        for state in states {
            exprs.push(is(case, at, &reading, state)?);
        }
    }
    any(exprs)
}

fn is(case: &mut Case<'_, '_>, at: &At<'_>, reading: &Reading, state: &str) -> Option<Expr> {
    if is_entity(state) {
        let other = self::reading(case, at, state, None)?;
        let equal = reading.compared_with("==", &other);
        if equal.is_none() {
            case.dropped(
                at,
                format!("{} cannot be compared with `{state}`", reading.text),
                "",
            );
        }
        return equal;
    }
    match reading.is(state) {
        Ok(expr) => Some(expr),
        Err(what) => {
            case.dropped(
                at,
                what,
                "name another property for the entity in the table",
            );
            None
        }
    }
}

/// A state can be that of a helper.
fn is_entity(state: &str) -> bool {
    state.starts_with("input_") && state.contains('.')
}

fn sun(case: &mut Case<'_, '_>, at: &At<'_>, states: &[&str]) -> Option<Expr> {
    let up = parsed("sun.up").filter(|expr| matches!(expr.kind, Kind::Clock(_)))?;
    match states {
        ["above_horizon"] => Some(up),
        ["below_horizon"] => Some(not(up)),
        _ => {
            case.dropped(at, "the sun has no such state", "");
            None
        }
    }
}

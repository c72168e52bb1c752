//! Conditions: what must hold there, as expressions.
//!
//! Nothing may become more permissive by being carried: a condition that is lost counts as `false`
//! where it stood, so that a rule whose owner switches it on without a look does too little and not
//! too much.

mod state;
mod sun;
mod time;

use rules::expr::{BinaryOp, Expr};
use rules::tree::Condition;

use crate::case::Case;
use crate::cursor::{At, Fields};
use crate::make::{all, any, binary, not, parsed, quoted, truth};
use crate::template;

pub(crate) use self::state::of_entity;

/// What became of a condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Carried {
    /// It is this.
    As(Expr),
    /// It asks nothing, as it was switched off there.
    Nothing,
    /// It is lost, which a finding tells.
    Lost,
}

impl From<Option<Expr>> for Carried {
    fn from(expr: Option<Expr>) -> Self {
        expr.map_or(Self::Lost, Self::As)
    }
}

/// The conditions of a whole rule.
pub(crate) fn only_if(case: &mut Case<'_, '_>, at: &At<'_>) -> Vec<Condition> {
    let mut conditions = Vec::new();
    for entry in at.entries() {
        let alias = entry.fields().and_then(|fields| fields.note());
        match condition(case, &entry) {
            Carried::As(expr) => {
                let expr = case.fit(&entry, Some(expr)).unwrap_or_else(|| truth(false));
                conditions.push(Condition { expr, note: alias });
            }
            Carried::Nothing => {}
            Carried::Lost => {
                let note = format!("{}: not carried; see the report of the import", entry.place);
                conditions.push(Condition {
                    expr: truth(false),
                    note: Some(note.into()),
                });
            }
        }
    }
    conditions
}

/// One expression for a list of conditions, all of which must hold.
pub(crate) fn decides(case: &mut Case<'_, '_>, at: &At<'_>) -> Expr {
    match all_of(case, at) {
        Carried::As(expr) => case.fit(at, Some(expr)).unwrap_or_else(|| truth(false)),
        Carried::Nothing => truth(true),
        Carried::Lost => truth(false),
    }
}

fn all_of(case: &mut Case<'_, '_>, at: &At<'_>) -> Carried {
    let (mut exprs, lost) = each(case, at);
    match (exprs.is_empty(), lost) {
        (true, true) => Carried::Lost,
        (true, false) => Carried::Nothing,
        (false, is_lost) => {
            exprs.extend(is_lost.then(|| truth(false)));
            all(exprs).into()
        }
    }
}

fn any_of(case: &mut Case<'_, '_>, at: &At<'_>) -> Carried {
    match each(case, at) {
        (exprs, false) if exprs.is_empty() => Carried::Nothing,
        (exprs, _) => any(exprs).into(),
    }
}

/// None of them may hold.
fn none_of(case: &mut Case<'_, '_>, at: &At<'_>) -> Carried {
    match each(case, at) {
        (_, true) => Carried::Lost,
        (exprs, false) if exprs.is_empty() => Carried::Nothing,
        (exprs, false) => any(exprs).map(not).into(),
    }
}

/// What the conditions of a list ask, and whether one is lost.
fn each(case: &mut Case<'_, '_>, at: &At<'_>) -> (Vec<Expr>, bool) {
    let mut exprs = Vec::new();
    let mut lost = false;
    for entry in at.entries() {
        match condition(case, &entry) {
            Carried::As(expr) => exprs.push(expr),
            Carried::Nothing => {}
            Carried::Lost => lost = true,
        }
    }
    (exprs, lost)
}

/// One condition. If it is lost, there is a finding.
pub(crate) fn condition(case: &mut Case<'_, '_>, at: &At<'_>) -> Carried {
    let before = case.lost_count();
    let carried = of_any_form(case, at);
    if carried == Carried::Lost && case.lost_count() == before {
        case.dropped(at, "the condition is too long", "split the rule");
    }
    carried
}

fn of_any_form(case: &mut Case<'_, '_>, at: &At<'_>) -> Carried {
    if at.text().is_some() {
        return template::condition(case, at).into();
    }
    let Some(fields) = at.fields() else {
        return match &at.node.value {
            // A list within a list: all of it.
            crate::yaml::Value::List(_) => all_of(case, at),
            _ => lost(
                case,
                at,
                format!("{} is no condition", at.node.described()),
                "",
            ),
        };
    };
    fields.ignore(&["alias"]);
    if case.is_off(&fields) {
        return Carried::Nothing;
    }
    let carried = of_fields(case, &fields);
    if carried != Carried::Lost {
        case.finish(&fields);
    }
    carried
}

fn of_fields(case: &mut Case<'_, '_>, fields: &Fields<'_>) -> Carried {
    for (key, of) in SHORT {
        if let Some(at) = fields.take(key) {
            return of(case, &at);
        }
    }
    let Some(kind) = fields.take("condition") else {
        return lost(
            case,
            &fields.at,
            "the condition does not say what kind it is",
            "",
        );
    };
    if kind.is_template() {
        return template::condition(case, &kind).into();
    }
    let inner = |of: Several| (of, fields.take("conditions"));
    match kind.text().unwrap_or_default() {
        "and" => several(case, fields, inner(all_of)),
        "or" => several(case, fields, inner(any_of)),
        "not" => several(case, fields, inner(none_of)),
        "state" => state::state(case, fields),
        "numeric_state" => state::numeric_state(case, fields),
        "time" => time::time(case, fields),
        "sun" => sun::sun(case, fields).into(),
        "trigger" => trigger(case, fields),
        "template" => match fields.take("value_template") {
            Some(at) => template::condition(case, &at).into(),
            None => lost(case, &fields.at, "the template is missing", ""),
        },
        kind => {
            let (what, advice) = foreign(kind);
            lost(case, &fields.at, what, advice)
        }
    }
}

type Several = fn(&mut Case<'_, '_>, &At<'_>) -> Carried;

/// The short forms of several conditions.
const SHORT: &[(&str, Several)] = &[("and", all_of), ("or", any_of), ("not", none_of)];

fn several(
    case: &mut Case<'_, '_>,
    fields: &Fields<'_>,
    (of, at): (Several, Option<At<'_>>),
) -> Carried {
    match at {
        Some(at) => of(case, &at),
        None => lost(case, &fields.at, "the conditions are missing", ""),
    }
}

/// Which trigger it was.
fn trigger(case: &mut Case<'_, '_>, fields: &Fields<'_>) -> Carried {
    let at = fields.take("id");
    let Some(ids) = at.and_then(|at| at.texts()).filter(|ids| !ids.is_empty()) else {
        return lost(case, &fields.at, "the condition names no trigger", "");
    };
    is_trigger(case, &ids).into()
}

/// Whether one of these triggers started the run.
pub(crate) fn is_trigger(case: &mut Case<'_, '_>, ids: &[&str]) -> Option<Expr> {
    let mut exprs = Vec::new();
    for id in ids {
        case.asks_for(id);
        exprs.push(binary(BinaryOp::Equal, parsed("trigger.id")?, quoted(id)));
    }
    any(exprs)
}

pub(crate) fn lost(
    case: &mut Case<'_, '_>,
    at: &At<'_>,
    what: impl Into<String>,
    advice: &str,
) -> Carried {
    case.dropped(at, what, advice);
    Carried::Lost
}

/// Why a kind of condition is not carried, and what to do instead.
fn foreign(kind: &str) -> (String, &'static str) {
    let (why, advice) = match kind {
        "device" => (
            "it names its device by an id that only the other hub knows",
            "write the condition here, such as `hall-lamp.on`",
        ),
        "zone" => (
            "this hub does not know where people are",
            "use a variable of the home that something else sets",
        ),
        _ => ("no expression is like it", ""),
    };
    (format!("the condition `{kind}`: {why}"), advice)
}

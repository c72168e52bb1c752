//! What steers the course of actions: choices, repetitions, branches, variables, the end.

use std::time::Duration;

use rules::expr::Expr;
use rules::tree::{Action, Choice, MAX_REPEATS, Repeat, Step};

use super::{Level, gate, plain, steps};
use crate::case::Case;
use crate::condition::decides;
use crate::cursor::{At, Fields};
use crate::make::{is_readable, not, number, parsed, quoted, truth};
use crate::template;

/// How long a loop lasts at most that has no end there.
const ENDLESS: Duration = Duration::from_secs(3_600);

fn block(case: &mut Case<'_, '_>, fields: &Fields<'_>, key: &str) -> Vec<Step> {
    match fields.take(key) {
        Some(at) => steps(case, &at, Level::Within),
        None => Vec::new(),
    }
}

pub(super) fn choose(case: &mut Case<'_, '_>, fields: &Fields<'_>, at: &At<'_>) -> Vec<Step> {
    let mut choices = Vec::new();
    for entry in at.entries() {
        let Some(inner) = entry.fields() else {
            case.dropped(
                &entry,
                format!("{} is no choice", entry.node.described()),
                "",
            );
            continue;
        };
        if case.is_off(&inner) {
            continue;
        }
        let condition = match inner.take_any(&["conditions", "condition"]) {
            Some(at) => decides(case, &at),
            None => truth(true),
        };
        let steps = block(case, &inner, "sequence");
        let note = inner.note();
        case.finish(&inner);
        choices.push(Choice {
            condition,
            steps,
            note,
        });
    }
    let otherwise = block(case, fields, "default");
    if choices.is_empty() {
        return otherwise;
    }
    vec![plain(Action::Choose { choices, otherwise })]
}

pub(super) fn if_then(case: &mut Case<'_, '_>, fields: &Fields<'_>, at: &At<'_>) -> Vec<Step> {
    let condition = decides(case, at);
    let then = block(case, fields, "then");
    let otherwise = block(case, fields, "else");
    vec![plain(gate(condition, then, otherwise))]
}

pub(super) fn repeat(case: &mut Case<'_, '_>, _: &Fields<'_>, at: &At<'_>) -> Vec<Step> {
    let Some(inner) = at.fields() else {
        case.dropped(at, format!("{} repeats nothing", at.node.described()), "");
        return Vec::new();
    };
    let body = block(case, &inner, "sequence");
    let steps = repeated(case, &inner, body);
    case.finish(&inner);
    steps
}

fn repeated(case: &mut Case<'_, '_>, inner: &Fields<'_>, steps: Vec<Step>) -> Vec<Step> {
    let action = |until| plain(Action::Repeat { until, steps });
    if let Some(at) = inner.take("count") {
        let count = at.text().and_then(|text| text.parse().ok());
        let count = count.filter(|count| (1..=MAX_REPEATS).contains(count));
        let Some(count) = count else {
            let what = format!(
                "{} is no count from 1 to {MAX_REPEATS}",
                at.node.described()
            );
            case.dropped(&at, what, "write the number itself");
            return Vec::new();
        };
        return vec![action(Repeat::Count(count))];
    }
    if let Some(at) = inner.take("until") {
        let before = case.lost_count();
        let mut condition = decides(case, &at);
        if case.lost_count() > before {
            // What is lost must not make it go on for longer.
            condition = truth(true);
        }
        bounded(case, &at);
        return vec![action(Repeat::Until {
            condition,
            timeout: ENDLESS,
        })];
    }
    if let Some(at) = inner.take("while") {
        let condition = decides(case, &at);
        bounded(case, &at);
        let again = action(Repeat::Until {
            condition: not(condition.clone()),
            timeout: ENDLESS,
        });
        return vec![plain(gate(condition, vec![again], Vec::new()))];
    }
    inner.ignore(&["for_each"]);
    let what = "a repetition for each of a list is not carried";
    case.dropped(&inner.at, what, "write the steps once for each");
    Vec::new()
}

fn bounded(case: &mut Case<'_, '_>, at: &At<'_>) {
    let what = format!("the repetition ends after an hour or {MAX_REPEATS} times at the latest");
    case.changed(at, what, "choose another timeout");
}

pub(super) fn parallel(case: &mut Case<'_, '_>, _: &Fields<'_>, at: &At<'_>) -> Vec<Step> {
    let mut branches = Vec::new();
    for entry in at.entries() {
        // A branch is one action, or a list of them under `sequence`; each is a block of its own.
        let branch = steps(case, &entry, Level::Within);
        if !branch.is_empty() {
            branches.push(branch);
        }
    }
    match branches.is_empty() {
        true => Vec::new(),
        false => vec![plain(Action::Parallel(branches))],
    }
}

/// A block of its own, which a condition in it ends.
pub(super) fn sequence(case: &mut Case<'_, '_>, _: &Fields<'_>, at: &At<'_>) -> Vec<Step> {
    steps(case, at, Level::Within)
}

pub(super) fn variables(case: &mut Case<'_, '_>, _: &Fields<'_>, at: &At<'_>) -> Vec<Step> {
    lets(case, at)
}

/// Variables of a run, each with its value.
pub(crate) fn lets(case: &mut Case<'_, '_>, at: &At<'_>) -> Vec<Step> {
    let Some(fields) = at.fields() else {
        case.dropped(
            at,
            format!("{} gives nothing a value", at.node.described()),
            "",
        );
        return Vec::new();
    };
    let mut steps = Vec::new();
    for (name, at) in fields.rest() {
        let is_inner = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        let is_name = !name.is_empty() && name.chars().all(is_inner);
        match value(case, &at).filter(|_| is_name) {
            Some(value) => steps.push(plain(Action::Let {
                name: name.into(),
                value,
            })),
            None => {
                let what = format!("the variable `{name}` is computed: {}", at.node.described());
                case.dropped(&at, what, "write its value as an expression");
            }
        }
    }
    steps
}

fn value(case: &mut Case<'_, '_>, at: &At<'_>) -> Option<Expr> {
    let text = at.text()?;
    let value = if at.is_template() {
        template::value(case, at, text)?
    } else if let Some(n) = at.number() {
        parsed(&number(n))?
    } else {
        match text {
            "true" | "false" => truth(text == "true"),
            text => quoted(text),
        }
    };
    Some(value).filter(is_readable)
}

pub(super) fn stop(case: &mut Case<'_, '_>, fields: &Fields<'_>, at: &At<'_>) -> Vec<Step> {
    fields.ignore(&["error"]);
    if let Some(at) = fields.take("response_variable") {
        case.dropped(&at, "a run gives no answer", "");
    }
    let reason = at
        .text()
        .map(|text| text.chars().take(200).collect::<String>());
    let reason = reason.map(|reason| reason.trim().to_owned());
    let reason = reason.filter(|reason| !reason.is_empty()).map(Into::into);
    vec![plain(Action::Stop { reason })]
}

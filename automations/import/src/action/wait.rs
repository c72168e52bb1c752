//! Waits: `wait_for_trigger` and `wait_template`.
//!
//! A wait here always ends some day; one that has no end there gets one, and the finding says so.

use std::time::Duration;

use rules::expr::Expr;
use rules::tree::{Action, Otherwise, Step, Trigger, Wait};

use super::plain;
use crate::case::Case;
use crate::cursor::{At, Fields};
use crate::make::any;
use crate::template;
use crate::trigger::{Start, kind, starts};

/// How long a wait lasts that has no end there.
const ENDLESS: Duration = Duration::from_secs(86_400);

pub(super) fn for_trigger(case: &mut Case<'_, '_>, fields: &Fields<'_>, at: &At<'_>) -> Vec<Step> {
    let mut found = Vec::new();
    let before = case.lost_count();
    for entry in at.entries() {
        let Some(trigger) = entry.fields() else {
            case.dropped(
                &entry,
                format!("{} is no trigger", entry.node.described()),
                "",
            );
            continue;
        };
        trigger.ignore(&["alias", "id"]);
        if case.is_off(&trigger) {
            continue;
        }
        match kind(&trigger) {
            Some(kind) => found.extend(starts(case, &trigger, kind)),
            None => case.dropped(&entry, "the trigger does not say what kind it is", ""),
        }
    }
    let until = until(case, at, found);
    if until.is_some() {
        let what = "a wait for a trigger ends at once if what it waits for is so already";
        case.changed_once(at, what, "");
    } else if case.lost_count() == before {
        case.dropped(
            at,
            "a wait can only wait for a state",
            "use a `delay`, or another rule",
        );
    }
    wait(case, fields, at, until)
}

/// What the triggers wait for, and how long it must hold; none if a wait cannot say it.
fn until(
    case: &mut Case<'_, '_>,
    at: &At<'_>,
    found: Vec<Start>,
) -> Option<(Expr, Option<Duration>)> {
    let hold = found.first().map(|start| start.hold)?;
    if found.iter().any(|start| start.hold != hold) {
        case.dropped(at, "a wait has one `for`, and not one for each trigger", "");
        return None;
    }
    let mut exprs = Vec::new();
    for start in found {
        match start.trigger {
            Trigger::Becomes { expr, .. } => exprs.push(expr),
            _ => {
                let what = "a wait can only wait for a state";
                case.dropped(at, what, "use a `delay`, or another rule");
                return None;
            }
        }
    }
    let expr = any(exprs);
    Some((case.fit(at, expr)?, hold))
}

pub(super) fn template(case: &mut Case<'_, '_>, fields: &Fields<'_>, at: &At<'_>) -> Vec<Step> {
    let expr = template::condition(case, at);
    let until = expr
        .and_then(|expr| case.watched(at, Some(expr)))
        .map(|expr| (expr, None));
    wait(case, fields, at, until)
}

fn wait(
    case: &mut Case<'_, '_>,
    fields: &Fields<'_>,
    at: &At<'_>,
    until: Option<(Expr, Option<Duration>)>,
) -> Vec<Step> {
    let timeout = fields.take("timeout");
    let goes_on = case.truth(fields, "continue_on_timeout").unwrap_or(true);
    let Some((until, hold)) = until else {
        return Vec::new();
    };
    let timeout = match timeout {
        Some(timeout) => case.length(&timeout),
        None => {
            let what = "the wait has no end there; here it ends after a day";
            case.changed(at, what, "choose a timeout");
            Some(ENDLESS)
        }
    };
    let otherwise = match goes_on {
        true => Otherwise::Continue,
        false => Otherwise::Stop,
    };
    vec![plain(Action::Wait(Wait {
        until,
        hold,
        timeout: timeout.unwrap_or(ENDLESS),
        otherwise,
    }))]
}

//! Actions: what an automation does there, as steps.

mod call;
mod device;
pub(crate) mod flow;
mod helper;
pub(crate) mod light;
mod other;
pub(crate) mod set;
mod tell;
mod wait;

use std::time::Duration;

use rules::expr::Expr;
use rules::schedule::duration::show_duration;
use rules::tree::{Action, Step};

use crate::case::Case;
use crate::condition::decides;
use crate::cursor::{At, Fields};
use crate::make::{parsed, truth};

/// Where a list of actions stands, which says what a condition in it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// The whole run.
    Top,
    /// The list that it stands in.
    Within,
}

/// The steps of a list of actions.
pub(crate) fn steps(case: &mut Case<'_, '_>, at: &At<'_>, level: Level) -> Vec<Step> {
    of_entries(case, &at.entries(), level)
}

fn of_entries(case: &mut Case<'_, '_>, entries: &[At<'_>], level: Level) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = entries.iter();
    while let Some(entry) = rest.next() {
        if !is_condition(entry) {
            steps.extend(action(case, entry));
            continue;
        }
        let condition = decides(case, entry);
        if condition == truth(true) {
            continue;
        }
        if level == Level::Within {
            let then = of_entries(case, rest.as_slice(), level);
            if !then.is_empty() {
                steps.push(plain(gate(condition, then, Vec::new())));
            }
            break;
        }
        // What is not known counts as false, so the stop stands under `else` and not under a `not`.
        let stop = Action::Stop { reason: None };
        steps.push(plain(gate(condition, Vec::new(), vec![plain(stop)])));
    }
    steps
}

fn gate(condition: Expr, then: Vec<Step>, otherwise: Vec<Step>) -> Action {
    Action::If {
        condition,
        then,
        otherwise,
    }
}

pub(crate) const fn plain(action: Action) -> Step {
    Step { action, note: None }
}

/// Whether the action only asks for something.
fn is_condition(at: &At<'_>) -> bool {
    let keys = ["condition", "and", "or", "not"];
    at.text().is_some() || keys.iter().any(|key| at.node.get(key).is_some())
}

fn action(case: &mut Case<'_, '_>, at: &At<'_>) -> Vec<Step> {
    let Some(fields) = at.fields() else {
        case.dropped(at, format!("{} is no action", at.node.described()), "");
        return Vec::new();
    };
    if case.is_off(&fields) {
        return Vec::new();
    }
    fields.ignore(&["continue_on_error", "metadata"]);
    let note = fields.note();
    let mut steps = of_fields(case, &fields);
    case.finish(&fields);
    if let (Some(note), Some(step)) = (note, steps.first_mut()) {
        step.note = Some(note);
    }
    steps
}

type Read = for<'y> fn(&mut Case<'_, '_>, &Fields<'y>, &At<'y>) -> Vec<Step>;

/// The keys that say what kind of action it is.
const KINDS: &[(&str, Read)] = &[
    ("action", call::call),
    ("service", call::call),
    ("service_template", call::call),
    ("scene", other::scene),
    ("delay", delay),
    ("wait_for_trigger", wait::for_trigger),
    ("wait_template", wait::template),
    ("choose", flow::choose),
    ("if", flow::if_then),
    ("repeat", flow::repeat),
    ("parallel", flow::parallel),
    ("sequence", flow::sequence),
    ("variables", flow::variables),
    ("stop", flow::stop),
];

fn of_fields(case: &mut Case<'_, '_>, fields: &Fields<'_>) -> Vec<Step> {
    for (key, read) in KINDS {
        if let Some(at) = fields.take(key) {
            return read(case, fields, &at);
        }
    }
    let (keys, what, advice) = FOREIGN
        .iter()
        .find(|(keys, ..)| keys.iter().any(|key| fields.has(key)))
        .copied()
        .unwrap_or((&[], "the action does not say what kind it is", ""));
    if !keys.is_empty() {
        // It is lost as a whole, so its parts need no word.
        for (name, _) in fields.rest() {
            fields.ignore(&[name]);
        }
    }
    case.dropped(&fields.at, what, advice);
    Vec::new()
}

type Foreign = (&'static [&'static str], &'static str, &'static str);

/// Kinds of actions that are not carried, and what to do instead.
const FOREIGN: &[Foreign] = &[
    (
        &["event", "event_data"],
        "an event of the other hub's bus is sent nowhere here",
        "run another rule, or set a variable of the home",
    ),
    (
        &["device_id"],
        "a device action names its device by an id that only the other hub knows",
        "add the step here, such as a `set` of the device",
    ),
    (
        &["set_conversation_response"],
        "a rule gives no answer to a sentence",
        "use `notify`",
    ),
];

fn delay(case: &mut Case<'_, '_>, _: &Fields<'_>, at: &At<'_>) -> Vec<Step> {
    let length = case.length(at);
    let span = length.filter(|length| !length.is_zero()).and_then(span);
    span.map(|span| plain(Action::Delay(span)))
        .into_iter()
        .collect()
}

/// The expression of a time span, in the unit that says it shortest.
fn span(length: Duration) -> Option<Expr> {
    parsed(&show_duration(length))
}

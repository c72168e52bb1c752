//! Triggers: what starts an automation there, as entries of `when`.

pub(crate) mod numeric;
mod pattern;
pub(crate) mod state;
mod sun;
mod time;

use std::time::Duration;

use rules::tree::{Trigger, When};

use crate::case::Case;
use crate::cursor::{At, Fields};
use crate::template;

/// A way to start, and how long it must hold first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Start {
    pub(crate) trigger: Trigger,
    pub(crate) hold: Option<Duration>,
}

impl Start {
    pub(crate) const fn new(trigger: Trigger) -> Self {
        Self {
            trigger,
            hold: None,
        }
    }

    pub(crate) fn held(self, hold: Option<Duration>) -> Self {
        Self {
            trigger: self.trigger,
            hold,
        }
    }
}

/// The entries of `when` for a list of triggers, each with the index of the trigger it stands for.
pub(crate) fn triggers(case: &mut Case<'_, '_>, at: &At<'_>) -> Vec<(usize, When)> {
    let mut when = Vec::new();
    for (index, entry) in at.entries().into_iter().enumerate() {
        when.extend(trigger(case, &entry).into_iter().map(|one| (index, one)));
    }
    when
}

fn trigger(case: &mut Case<'_, '_>, at: &At<'_>) -> Vec<When> {
    let Some(fields) = at.fields() else {
        case.dropped(at, format!("{} is no trigger", at.node.described()), "");
        return Vec::new();
    };
    if case.is_off(&fields) {
        return Vec::new();
    }
    let Some(kind) = kind(&fields) else {
        case.dropped(at, "the trigger does not say what kind it is", "");
        return Vec::new();
    };
    let name = case.word(&fields, "id").map(Into::into);
    let note = fields.note();
    let starts = starts(case, &fields, kind);
    let when = starts.into_iter().map(|start| When {
        trigger: start.trigger,
        hold: start.hold,
        name: Option::clone(&name),
        note: Option::clone(&note),
    });
    when.collect()
}

/// What kind of trigger it is; the key for it changed over the years.
pub(crate) fn kind<'y>(fields: &Fields<'y>) -> Option<&'y str> {
    fields.take_any(&["trigger", "platform"])?.text()
}

/// The ways to start of one trigger.
pub(crate) fn starts(case: &mut Case<'_, '_>, fields: &Fields<'_>, kind: &str) -> Vec<Start> {
    let starts = match kind {
        "state" => state::state(case, fields),
        "numeric_state" => numeric::numeric_state(case, fields),
        "time" => time::time(case, fields),
        "time_pattern" => pattern::time_pattern(case, fields),
        "sun" => sun::sun(case, fields),
        "template" => template_trigger(case, fields),
        _ => {
            let (what, advice) = foreign(kind);
            case.dropped(&fields.at, what, advice);
            return Vec::new();
        }
    };
    case.finish(fields);
    starts
}

/// A template starts a rule when it becomes true, as an expression does.
fn template_trigger(case: &mut Case<'_, '_>, fields: &Fields<'_>) -> Vec<Start> {
    let hold = fields.take("for").and_then(|at| case.length(&at));
    let Some(at) = fields.take("value_template") else {
        case.dropped(&fields.at, "the template is missing", "");
        return Vec::new();
    };
    let expr = template::condition(case, &at);
    let Some(expr) = expr.and_then(|expr| case.watched(&at, Some(expr))) else {
        return Vec::new();
    };
    vec![Start::new(becomes(expr)).held(hold)]
}

pub(crate) const fn becomes(expr: rules::expr::Expr) -> Trigger {
    Trigger::Becomes {
        expr,
        after_gap: false,
    }
}

/// Why a kind of trigger is not carried, and what to do instead.
fn foreign(kind: &str) -> (String, &'static str) {
    let (why, advice) = match kind {
        "event" => (
            "an event of the other hub's bus is not told here",
            "if a button sends it, add a trigger `pressed` of that button",
        ),
        "device" => (
            "a device trigger names its device by an id that only the other hub knows",
            "add the trigger here: `pressed` for a button, `becomes` for a state",
        ),
        "homeassistant" => (
            "the start of a hub starts no rule here; what was due meanwhile is made up for",
            "use `recovered`, `every`, or a state instead",
        ),
        "mqtt" => (
            "messages of MQTT start no rule",
            "use the device's own property",
        ),
        "webhook" => (
            "a webhook starts no rule",
            "start the rule through the API instead",
        ),
        "zone" | "geo_location" => (
            "this hub does not know where people are",
            "use a variable of the home that something else sets",
        ),
        "calendar" => (
            "calendars are not read here",
            "use `at` with the days instead",
        ),
        "tag" => (
            "tags are not read here",
            "start the rule through the API instead",
        ),
        "conversation" => (
            "sentences start no rule",
            "start the rule by voice, by its name",
        ),
        "persistent_notification" => ("messages of the other hub are not told here", ""),
        _ => ("no trigger here is like it", ""),
    };
    (format!("the trigger `{kind}`: {why}"), advice)
}

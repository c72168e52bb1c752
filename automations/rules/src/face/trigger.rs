//! Triggers in the generic tree: `when`.

use super::item::{Item, Node, Table};
use super::read::{At, Fields};
use super::step::named_values;
use super::write;
use crate::expr::DeviceRef;
use crate::schedule::At as ClockAt;
use crate::schedule::duration::show_duration;
use crate::schedule::{AtTime, Days};
use crate::tree::{Press, Trigger, When};

/// The keys that say what kind of trigger it is.
const KINDS: &[&str] = &[
    "becomes",
    "changes",
    "event",
    "pressed",
    "at",
    "every",
    "recovered",
    "lost",
    "manual",
];

/// Reads one entry of `when`.
pub(super) fn when(at: &At<'_>) -> Option<When> {
    let fields = at.fields()?;
    let kind = fields.kind(KINDS, "nothing here says what starts the rule", |_, _| {
        "either starts the rule: write two [[when]]".to_owned()
    })?;
    let note = fields.note();
    let name = fields.take("name").and_then(|node| node.name());
    let trigger = trigger(kind, &fields);
    let hold = match kind {
        "becomes" | "changes" | "lost" => fields.duration("for"),
        _ => None,
    };
    fields.finish();
    Some(When {
        trigger: trigger?,
        hold,
        name,
        note,
    })
}

/// Reads what starts it. Each field is taken before one of them can fail, so that none is called
/// unknown for the fault of another.
fn trigger(kind: &str, fields: &Fields<'_>) -> Option<Trigger> {
    let node = fields.take(kind)?;
    Some(match kind {
        "becomes" => {
            let after_gap = fields.bool("after_gap").unwrap_or(false);
            Trigger::Becomes {
                expr: node.expr()?,
                after_gap,
            }
        }
        "changes" => Trigger::Changes(node.expr()?),
        "event" => {
            let wanted = fields.take("where").map(|node| named_values(&node));
            Trigger::Event {
                of: node.event()?,
                fields: wanted.unwrap_or_default(),
            }
        }
        "pressed" => {
            let press = fields.word("press", Press::ALL, |p| p.word());
            Trigger::Pressed {
                button: device(&node)?,
                press: press.unwrap_or(Press::Single),
            }
        }
        "at" => {
            let days = fields.take("days").and_then(|days| days.parse::<Days>());
            Trigger::At(ClockAt {
                when: node.parse::<AtTime>()?,
                days: days.unwrap_or_default(),
            })
        }
        "every" => {
            let every = node.duration()?;
            if every.as_secs() < 1 {
                node.problem("the shortest is 1s");
            }
            Trigger::Every(every)
        }
        "recovered" => {
            let after = fields.duration("after");
            Trigger::Recovered {
                device: device(&node)?,
                after,
            }
        }
        "lost" => Trigger::Lost {
            device: device(&node)?,
        },
        _ => {
            if !node.bool()? {
                node.problem("to have no start by hand, leave this out");
            }
            Trigger::Manual
        }
    })
}

/// A device: `hall-lamp`, `strip/2`.
pub(super) fn device(node: &At<'_>) -> Option<DeviceRef> {
    node.parsed(node.text()?.parse())
}

/// Writes one entry of `when`.
pub(super) fn write(when: &When) -> Node {
    let mut table = Table::default();
    match &when.trigger {
        Trigger::Becomes { expr, after_gap } => {
            table.text("becomes", expr.to_string());
            if *after_gap {
                table.put("after_gap", Node::new(Item::Bool(true)));
            }
        }
        Trigger::Changes(expr) => table.text("changes", expr.to_string()),
        Trigger::Event { of, fields } => {
            table.text("event", of.to_string());
            if !fields.is_empty() {
                table.put("where", write::values(fields));
            }
        }
        Trigger::Pressed { button, press } => {
            table.text("pressed", button.to_string());
            table.text("press", press.word());
        }
        Trigger::At(at) => {
            table.text("at", at.when.to_string());
            if at.days != Days::default() {
                table.text("days", at.days.to_string());
            }
        }
        Trigger::Every(every) => table.text("every", show_duration(*every)),
        Trigger::Recovered { device, after } => {
            table.text("recovered", device.to_string());
            table.maybe_text("after", after.map(show_duration));
        }
        Trigger::Lost { device } => table.text("lost", device.to_string()),
        Trigger::Manual => table.put("manual", Node::new(Item::Bool(true))),
    }
    table.maybe_text("for", when.hold.map(show_duration));
    table.maybe_text("name", when.name.as_deref());
    table.maybe_text("note", when.note.as_deref());
    table.done()
}

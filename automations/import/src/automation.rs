//! One automation: its triggers, conditions, actions and mode, put together as a rule.

use std::sync::Arc;

use rules::face::{rule_from_text, rule_to_text};
use rules::tree::{Mode, Overflow, Rule, Trigger, When};

use crate::action::{Level, flow, steps};
use crate::case::Case;
use crate::condition::only_if;
use crate::cursor::{At, Fields};
use crate::trigger::triggers;

/// The rule of an automation; none if nothing is left of it.
pub(crate) fn rule(
    case: &mut Case<'_, '_>,
    fields: &Fields<'_>,
    id: &Arc<str>,
    name: &Arc<str>,
) -> Option<Rule> {
    if let Some(at) = fields.take("use_blueprint") {
        let what = "it is made from a blueprint, whose triggers and actions stand in another file";
        case.dropped(
            &at,
            what,
            "let the other hub take control of it first, then import it again",
        );
        return None;
    }
    // What says nothing about what it does.
    fields.ignore(&[
        "id",
        "alias",
        "trace",
        "max_exceeded",
        "icon",
        "hide_entity",
    ]);
    let description = fields.text("description").filter(|text| !text.is_empty());
    let is_off = case.truth(fields, "initial_state") == Some(false);
    let triggers = fields.take_any(&["triggers", "trigger"]);
    let found = triggers
        .map(|at| self::triggers(case, &at))
        .unwrap_or_default();
    let conditions = fields.take_any(&["conditions", "condition"]);
    let variables = fields.take("variables");
    let actions = fields.take_any(&["actions", "action", "sequence"]);
    let mut rule = Rule {
        name: Arc::clone(name),
        mode: mode(case, fields),
        only_if: conditions.map(|at| only_if(case, &at)).unwrap_or_default(),
        steps: variables
            .map(|at| flow::lets(case, &at))
            .unwrap_or_default(),
        ..Rule::new(Arc::clone(id))
    };
    let done = actions
        .map(|at| steps(case, &at, Level::Top))
        .unwrap_or_default();
    if done.is_empty() {
        case.dropped(&fields.at, "nothing of what it does could be carried", "");
        return None;
    }
    rule.steps.extend(done);
    case.finish(fields);
    rule.when = named(case, &fields.at, found);
    rule.enabled = !is_off && !case.is_held_back();
    rule.note = note(case, description);
    whole(case, &fields.at, rule)
}

/// The triggers, each with a name where a condition asks for it: there a trigger without one is
/// called by its number.
fn named(case: &mut Case<'_, '_>, at: &At<'_>, found: Vec<(usize, When)>) -> Vec<When> {
    let asked = case.asked().clone();
    let mut when = Vec::new();
    for (index, mut one) in found {
        let number = index.to_string();
        if one.name.is_none() && asked.contains(&number) {
            one.name = Some(number.into());
        }
        when.push(one);
    }
    for id in asked {
        if !when.iter().any(|one| one.name.as_deref() == Some(&id)) {
            let what = format!("a condition asks for the trigger `{id}`, which is not carried");
            case.dropped(at, what, "give one of the triggers this name");
        }
    }
    if when.is_empty() {
        let what = "none of its triggers could be carried, so that only a person starts it";
        case.dropped(at, what, "add a trigger");
        when.push(When {
            trigger: Trigger::Manual,
            hold: None,
            name: None,
            note: None,
        });
    }
    when
}

fn mode(case: &mut Case<'_, '_>, fields: &Fields<'_>) -> Mode {
    const MOST: u16 = 10;
    let max = case
        .word(fields, "max")
        .map_or(Some(MOST), |max| max.parse().ok());
    let max = max
        .filter(|max| (1..=100).contains(max))
        .unwrap_or_else(|| {
            case.changed(&fields.at, format!("at most {MOST} runs at once"), "");
            MOST
        });
    let Some(at) = fields.take("mode") else {
        return Mode::Single;
    };
    match at.text() {
        Some("single") => Mode::Single,
        Some("restart") => Mode::Restart,
        Some("parallel") => Mode::Parallel { max },
        // There the one that runs counts too.
        Some("queued") => Mode::Queued {
            max: max.saturating_sub(1).max(1),
            overflow: Overflow::DropNew,
        },
        _ => {
            case.dropped(&at, format!("{} is no mode", at.node.described()), "");
            Mode::Single
        }
    }
}

/// What its author wrote, and why it is off.
fn note(case: &Case<'_, '_>, description: Option<&str>) -> Option<Arc<str>> {
    const SHOWN: usize = 5;
    let mut lines: Vec<String> = description.map(str::to_owned).into_iter().collect();
    let mut reasons = case.held_back_by();
    let first: Vec<_> = reasons.by_ref().take(SHOWN).collect();
    if !first.is_empty() {
        lines.push("Off since its import, until someone has looked at this:".to_owned());
    }
    lines.extend(first.iter().map(|reason| match reason.place.as_str() {
        "" => format!("- {}", reason.what),
        place => format!("- {place}: {}", reason.what),
    }));
    match reasons.count() {
        0 => {}
        more => lines.push(format!("- and {more} more, see the report of the import")),
    }
    let note = lines.join("\n");
    let note = note.trim();
    (!note.is_empty()).then(|| note.into())
}

/// The rule, if its text can be read again; what cannot be stored is not carried.
fn whole(case: &mut Case<'_, '_>, at: &At<'_>, rule: Rule) -> Option<Rule> {
    match rule_from_text(&rule_to_text(&rule)) {
        Ok(read) if read.what == rule => Some(rule),
        Ok(_) => {
            case.dropped(
                at,
                "its text does not say the same again",
                "tell us of this automation",
            );
            None
        }
        Err(problems) => {
            let why = problems
                .first()
                .map(ToString::to_string)
                .unwrap_or_default();
            case.dropped(
                at,
                format!("it makes no rule: {why}"),
                "split it into several rules",
            );
            None
        }
    }
}

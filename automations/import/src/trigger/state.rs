//! The trigger `state`: an entity comes into a state, leaves one, or changes at all.

use std::time::Duration;

use rules::expr::{DeviceRef, Expr};
use rules::schedule::sun::SunEvent;
use rules::schedule::{At as ClockAt, AtTime, Days};
use rules::tree::{Press, Trigger};

use super::{Start, becomes};
use crate::case::Case;
use crate::cursor::{At, Fields};
use crate::domain::Domain;
use crate::make::{any, not};
use crate::reading::{Of, Reading, reading};
use crate::state::is_gone;

/// Which states are meant: none is any, as it was not said.
#[derive(Default)]
struct States {
    /// Whether something was said, if only that any will do.
    is_said: bool,
    /// The states, without those that say that nothing is known.
    of: Vec<String>,
    /// Whether `unavailable` is one of them.
    gone: bool,
    /// Whether `unknown` is.
    unknown: bool,
}

/// What a trigger asks for.
struct Asked<'y> {
    from: States,
    to: States,
    not_from: States,
    not_to: States,
    attribute: Option<&'y str>,
    hold: Option<Duration>,
}

pub(crate) fn state(case: &mut Case<'_, '_>, fields: &Fields<'_>) -> Vec<Start> {
    let Some(entities) = entities(case, fields) else {
        return Vec::new();
    };
    let asked = Asked {
        from: states(case, fields, "from"),
        to: states(case, fields, "to"),
        not_from: states(case, fields, "not_from"),
        not_to: states(case, fields, "not_to"),
        attribute: case.word(fields, "attribute"),
        hold: fields.take("for").and_then(|at| case.length(&at)),
    };
    let mut starts = Vec::new();
    for entity in entities {
        match Domain::of(entity) {
            Domain::Sun if asked.attribute.is_none() => starts.extend(sun(case, fields, &asked)),
            Domain::Event => starts.extend(pressed(case, fields, entity, &asked)),
            _ => starts.extend(of_entity(case, &fields.at, entity, &asked)),
        }
    }
    starts
}

/// The entities of a trigger or condition; a finding tells if there are none.
pub(crate) fn entities<'y>(case: &mut Case<'_, '_>, fields: &Fields<'y>) -> Option<Vec<&'y str>> {
    let Some(at) = fields.take("entity_id") else {
        case.dropped(&fields.at, "it names no entity", "");
        return None;
    };
    let texts = at.texts().filter(|texts| !texts.is_empty());
    let texts = texts.filter(|texts| texts.iter().all(|text| text.contains('.')));
    if texts.is_none() || at.is_template() {
        let what = format!("{} names no entity", at.node.described());
        case.dropped(&at, what, "name the entities one by one");
        return None;
    }
    texts
}

fn states(case: &mut Case<'_, '_>, fields: &Fields<'_>, key: &str) -> States {
    let Some(at) = fields.take(key) else {
        return States::default();
    };
    let mut states = States {
        is_said: true,
        ..States::default()
    };
    for entry in at.entries() {
        match entry.text() {
            Some("unavailable") => states.gone = true,
            Some("unknown") => states.unknown = true,
            Some(state) => states.of.push(state.to_owned()),
            None => {
                let what = format!("{} is no state", entry.node.described());
                case.dropped(&entry, what, "");
            }
        }
    }
    states
}

fn of_entity(case: &mut Case<'_, '_>, at: &At<'_>, entity: &str, asked: &Asked<'_>) -> Vec<Start> {
    let mut starts = Vec::new();
    if asked.to.gone {
        let device = case.device(at, entity);
        let lost = device.map(|device| Start::new(Trigger::Lost { device }).held(asked.hold));
        starts.extend(lost);
        if !asked.from.of.is_empty() {
            let what = "it starts when the device is lost, whatever its state was before";
            case.dropped(at, what, "add a condition");
        }
    }
    if asked.to.unknown && !asked.to.gone {
        case.dropped(
            at,
            "a state that becomes unknown starts nothing here",
            "use `lost` instead",
        );
    }
    let only_gone = asked.to.of.is_empty() && (asked.to.gone || asked.to.unknown);
    if only_gone {
        return starts;
    }
    let came_back = asked.from.gone || asked.from.unknown;
    if came_back && asked.from.of.is_empty() {
        starts.extend(recovered(case, at, entity, asked));
        return starts;
    }
    let Some(reading) = reading(case, at, entity, asked.attribute) else {
        return starts;
    };
    let trigger = trigger(case, at, &reading, asked);
    starts.extend(trigger.map(|trigger| Start::new(trigger).held(asked.hold)));
    starts
}

fn recovered(
    case: &mut Case<'_, '_>,
    at: &At<'_>,
    entity: &str,
    asked: &Asked<'_>,
) -> Option<Start> {
    if !asked.to.of.is_empty() {
        let what = "it starts when the device answers again, whatever its state is then";
        case.dropped(at, what, "add a condition for the state");
    }
    if asked.hold.is_some() {
        case.dropped(
            at,
            "how long the device must have answered again is left out",
            "",
        );
    }
    let device: DeviceRef = case.device(at, entity)?;
    Some(Start::new(Trigger::Recovered {
        device,
        after: None,
    }))
}

fn trigger(
    case: &mut Case<'_, '_>,
    at: &At<'_>,
    reading: &Reading,
    asked: &Asked<'_>,
) -> Option<Trigger> {
    let to = among(case, at, reading, &asked.to.of)?;
    let from = among(case, at, reading, &asked.from.of)?;
    let not_to = among(case, at, reading, &asked.not_to.of)?;
    let not_from = among(case, at, reading, &asked.not_from.of)?;
    // What it must become, and what it must have been.
    let after = to.clone().or_else(|| not_to.map(not));
    let before = from.or_else(|| not_from.map(not));
    let covers_all = reading.is_bool() && asked.to.of.len() > 1;
    let trigger = match (after, before) {
        (Some(after), before) if !covers_all => {
            let is_implied = before
                .as_ref()
                .is_none_or(|before| *before == not(after.clone()));
            if !is_implied {
                let what = "it starts from any state, not only from the one named";
                case.dropped(at, what, "add a condition, or a trigger for each state");
            } else if to.is_none() && !reading.is_bool() {
                let what = "from one of the states wanted to another is no start here";
                case.changed(at, what, "");
            }
            becomes(case.watched(at, Some(after))?)
        }
        (None, Some(before)) => becomes(case.watched(at, Some(not(before)))?),
        _ => {
            let said = [&asked.to, &asked.from, &asked.not_to, &asked.not_from];
            let has_attributes = asked.attribute.is_none() && reading.of != Of::Home;
            let is_open = has_attributes && !said.iter().any(|states| states.is_said);
            if is_open {
                let what =
                    "there any change of an attribute starts it too, here only one of the state";
                case.changed_once(at, what, "add a trigger `changes` for what else matters");
            }
            let value = reading.value();
            Trigger::Changes(case.fit(at, value)?)
        }
    };
    Some(trigger)
}

/// Whether it is in one of the states: nothing inside if none was named, nothing at all if one of
/// them cannot be asked for.
#[expect(
    clippy::option_option,
    reason = "not asked and not possible are two things"
)]
fn among(
    case: &mut Case<'_, '_>,
    at: &At<'_>,
    reading: &Reading,
    states: &[String],
) -> Option<Option<Expr>> {
    let exprs: Result<Vec<_>, _> = states.iter().map(|state| reading.is(state)).collect();
    match exprs {
        Ok(exprs) => Some(any(exprs)),
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

/// The sun goes up or down.
fn sun(case: &mut Case<'_, '_>, fields: &Fields<'_>, asked: &Asked<'_>) -> Vec<Start> {
    let event = |state: &str, is_to: bool| match (state, is_to) {
        ("above_horizon", true) | ("below_horizon", false) => Some(SunEvent::Sunrise),
        ("below_horizon", true) | ("above_horizon", false) => Some(SunEvent::Sunset),
        _ => None,
    };
    let to = asked.to.of.iter().map(|state| event(state, true));
    let from = asked.from.of.iter().map(|state| event(state, false));
    let mut events: Vec<_> = match asked.to.of.is_empty() {
        true => from.collect(),
        false => to.collect(),
    };
    if events.is_empty() {
        events = vec![Some(SunEvent::Sunrise), Some(SunEvent::Sunset)];
    }
    if asked.hold.is_some() {
        case.dropped(
            &fields.at,
            "how long the sun must have been so is left out",
            "add an offset",
        );
    }
    let events: Option<Vec<_>> = events.into_iter().collect();
    let Some(events) = events else {
        case.dropped(&fields.at, "the sun has no such state", "");
        return Vec::new();
    };
    let at = |event| ClockAt {
        when: AtTime::Sun { event, offset_s: 0 },
        days: Days::default(),
    };
    events
        .into_iter()
        .map(|event| Start::new(Trigger::At(at(event))))
        .collect()
}

/// A button's entity tells of each press as a change of its attribute.
fn pressed(
    case: &mut Case<'_, '_>,
    fields: &Fields<'_>,
    entity: &str,
    asked: &Asked<'_>,
) -> Vec<Start> {
    const ADVICE: &str = "add a trigger `pressed` of the button";
    if asked.attribute != Some("event_type") || asked.to.of.is_empty() {
        let what = format!("`{entity}` starts it at any event, whatever was pressed");
        case.dropped(&fields.at, what, ADVICE);
        return Vec::new();
    }
    let Some(button) = case.device(&fields.at, entity) else {
        return Vec::new();
    };
    let mut starts = Vec::new();
    for state in asked.to.of.iter().filter(|state| !is_gone(state)) {
        match press(state) {
            Some(press) => starts.push(Start::new(Trigger::Pressed {
                button: button.clone(),
                press,
            })),
            None => case.dropped(&fields.at, format!("`{state}` is no press here"), ADVICE),
        }
    }
    starts
}

fn press(event: &str) -> Option<Press> {
    Some(match event {
        "initial_press" => Press::Down,
        "multi_press_1" | "short_release" => Press::Single,
        "multi_press_2" => Press::Double,
        "multi_press_3" => Press::Triple,
        "long_press" => Press::Long,
        "long_release" => Press::LongReleased,
        _ => return None,
    })
}

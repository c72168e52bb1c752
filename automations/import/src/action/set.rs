//! Setting properties: values for several entities become as few `set` steps as possible.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rules::expr::{DeviceRef, Expr, Place, Property};
use rules::tree::{Action, Set, Step, Target};

use super::call::{Call, Goal};
use super::plain;
use crate::case::Case;
use crate::cursor::At;
use crate::domain::{Domain, prefix};
use crate::make::{not, parsed, truth};
use crate::table::{Mapped, Section};

/// Values by property, each the text of an expression.
pub(crate) type Values = Vec<(&'static str, String)>;

/// Values by property, as expressions.
pub(crate) type Exprs = BTreeMap<Arc<str>, Expr>;

/// What is to be changed where.
pub(crate) struct Wish<'y> {
    /// Of whom.
    pub(crate) goals: &'y [Goal<'y>],
    /// To what.
    pub(crate) values: Values,
    /// How slowly.
    pub(crate) transition: Option<Duration>,
}

/// Switches what is called on or off.
pub(super) fn power(case: &mut Case<'_, '_>, call: &Call<'_>, on: bool) -> Vec<Step> {
    let transition = call.take("transition").and_then(|at| case.length(&at));
    let (others, goals): (Vec<_>, Vec<_>) = call.goals.iter().copied().partition(
        |goal| matches!(goal, Goal::Entity(entity) if matches!(prefix(entity), "scene" | "script")),
    );
    let mut steps = Vec::new();
    for other in others {
        let Goal::Entity(entity) = other else {
            continue;
        };
        steps.extend(start(case, &call.at, entity, on));
    }
    if goals.is_empty() && !steps.is_empty() {
        return steps;
    }
    let wish = Wish {
        goals: &goals,
        values: vec![("on", on.to_string())],
        transition,
    };
    steps.extend(set(case, &call.at, &wish));
    steps
}

fn start(case: &mut Case<'_, '_>, at: &At<'_>, entity: &str, on: bool) -> Option<Step> {
    if !on {
        case.dropped(at, format!("`{entity}` cannot be switched off"), "");
        return None;
    }
    Some(plain(match prefix(entity) {
        "scene" => Action::Scene {
            scene: case.id_of(at, Section::Scenes, entity),
            transition: None,
        },
        _ => Action::Run(case.id_of(at, Section::Rules, entity)),
    }))
}

/// How many devices one step may name.
const MOST: usize = 256;

/// The steps that set values.
pub(crate) fn set(case: &mut Case<'_, '_>, at: &At<'_>, wish: &Wish<'_>) -> Vec<Step> {
    if wish.goals.is_empty() {
        case.dropped(at, "it names no device", "");
        return Vec::new();
    }
    if wish.goals.len() > MOST {
        case.dropped(
            at,
            format!("it names more than {MOST} devices"),
            "name a room",
        );
        return Vec::new();
    }
    let mut steps = Vec::new();
    let mut sets: Vec<(Exprs, Vec<Target>)> = Vec::new();
    for goal in wish.goals {
        let Some((target, values)) = of_goal(case, at, *goal, &wish.values) else {
            continue;
        };
        let target = match target {
            Aim::Target(target) => target,
            Aim::Home(name) => {
                steps.extend(values.into_values().map(|value| {
                    let name = Arc::clone(&name);
                    plain(Action::Assign { name, value })
                }));
                continue;
            }
        };
        match sets.iter_mut().find(|(same, _)| *same == values) {
            Some((_, targets)) if targets.contains(&target) => {}
            Some((_, targets)) => targets.push(target),
            None => sets.push((values, vec![target])),
        }
    }
    let sets = sets.into_iter().map(|(values, targets)| {
        plain(Action::Set(Set {
            targets,
            values,
            transition: wish.transition,
            ensure: None,
        }))
    });
    steps.extend(sets);
    steps
}

/// What is changed.
enum Aim {
    /// Devices.
    Target(Target),
    /// A variable of the home.
    Home(Arc<str>),
}

fn of_goal(
    case: &mut Case<'_, '_>,
    at: &At<'_>,
    goal: Goal<'_>,
    values: &Values,
) -> Option<(Aim, Exprs)> {
    let entity = match goal {
        Goal::Area(area) => {
            let what = "there only what the service is for is reached in an area, here all in the \
                        room that has the property";
            case.changed_once(at, what, "name the devices if the room has others");
            let room = match area {
                "home" => "home".into(),
                area => hub_model::slug(area).into(),
            };
            return Some((
                Aim::Target(Target::Room(room)),
                expressions(case, at, values)?,
            ));
        }
        Goal::Entity(entity) => entity,
    };
    let mapped = settable(case, at, entity)?;
    match mapped {
        Mapped::Home(name) => {
            let value = values.iter().find(|(property, _)| *property == "on");
            let value = value.and_then(|(_, text)| parsed(text));
            let Some(value) = value.filter(|_| values.len() == 1) else {
                case.dropped(
                    at,
                    format!("`{entity}` is a variable here: it has no such value"),
                    "",
                );
                return None;
            };
            let values = BTreeMap::from([(Arc::clone(&name), value)]);
            Some((Aim::Home(name), values))
        }
        Mapped::Room(room) => Some((
            Aim::Target(Target::Room(room)),
            expressions(case, at, values)?,
        )),
        Mapped::Device(device) => {
            let values = adapted(case, at, &device, None, values);
            Some((
                Aim::Target(Target::Device(device)),
                expressions(case, at, &values)?,
            ))
        }
        Mapped::Property(reference) => {
            let Place::Device(device) = reference.of else {
                return None;
            };
            let values = adapted(case, at, &device, Some(&reference.property), values);
            Some((
                Aim::Target(Target::Device(device)),
                expressions(case, at, &values)?,
            ))
        }
    }
}

/// What an entity is here, if it is anything that can be set.
pub(crate) fn settable(case: &mut Case<'_, '_>, at: &At<'_>, entity: &str) -> Option<Mapped> {
    if !entity.contains('.') {
        case.dropped(
            at,
            format!("`{entity}` is an id that only the other hub knows"),
            "",
        );
        return None;
    }
    let domain = Domain::of(entity);
    let is_foreign = matches!(domain, Domain::Foreign | Domain::Presence | Domain::Sun);
    if is_foreign && !case.is_told(entity) {
        let what = format!("`{entity}` is nothing that this hub has");
        case.dropped(
            at,
            what,
            "name a device, a @room or a home.variable for it in the table",
        );
        return None;
    }
    Some(case.meaning(at, entity).mapped)
}

/// The values as this device can have them.
pub(crate) fn adapted(
    case: &mut Case<'_, '_>,
    at: &At<'_>,
    device: &DeviceRef,
    told: Option<&Property>,
    values: &Values,
) -> Values {
    if let Some(Property::Named(name)) = told
        && &**name == "valve-open"
    {
        return renamed(values, "valve-open");
    }
    let Some(has) = case.known(device) else {
        return values.clone();
    };
    let has_it = |name: &str| has.iter().any(|own| own == name);
    let mut adapted = Vec::new();
    for (property, value) in values {
        match *property {
            property if has_it(property) => adapted.push((property, value.clone())),
            "on" if has_it("fan-speed") => {
                let speed = if value == "true" { "100 %" } else { "0 %" };
                if value == "true" {
                    case.changed_once(at, "the fan starts at full speed", "set its speed");
                }
                if !values.iter().any(|(other, _)| *other == "fan-speed") {
                    adapted.push(("fan-speed", speed.to_owned()));
                }
            }
            "on" if has_it("valve-open") => adapted.push(("valve-open", value.clone())),
            "on" if has_it("system-mode") && value == "false" => {
                adapted.push(("system-mode", "off".to_owned()));
            }
            "heating-setpoint" if has_it("cooling-setpoint") && values.len() == 1 => {
                adapted.push(("cooling-setpoint", value.clone()));
            }
            property @ ("level" | "color-temperature" | "hue" | "saturation") => {
                // The other hub leaves out what a light cannot do, and says nothing.
                let what = format!("{device} has no {property}; {value} is left out");
                case.changed(
                    at,
                    what,
                    "name another device in the table if that is wrong",
                );
            }
            property => {
                let what = format!("{device} has no {property}, which is to be {value}");
                case.dropped(at, what, "name another device in the table");
            }
        }
    }
    adapted
}

fn renamed(values: &Values, name: &'static str) -> Values {
    let rename = |(property, value): &(&'static str, String)| match *property {
        "on" => (name, value.clone()),
        property => (property, value.clone()),
    };
    values.iter().map(rename).collect()
}

/// The values as expressions; none if nothing is left of them.
pub(crate) fn expressions(case: &mut Case<'_, '_>, at: &At<'_>, values: &Values) -> Option<Exprs> {
    let mut exprs = BTreeMap::new();
    for (property, text) in values {
        match parsed(text) {
            Some(expr) => {
                exprs.insert(Arc::from(*property), expr);
            }
            None => case.dropped(at, format!("`{text}` is no value for {property}"), ""),
        }
    }
    (!exprs.is_empty()).then_some(exprs)
}

/// Switches what is called to what it is not.
pub(super) fn toggle(case: &mut Case<'_, '_>, call: &Call<'_>) -> Vec<Step> {
    let at = &call.at;
    if call.goals.is_empty() {
        case.dropped(at, "it names no device", "");
    }
    let mut steps = Vec::new();
    for goal in &call.goals {
        let Goal::Entity(entity) = goal else {
            case.dropped(
                at,
                "a room cannot be toggled as a whole",
                "name the devices",
            );
            continue;
        };
        let device = match settable(case, at, entity) {
            None => continue,
            Some(Mapped::Home(name)) => {
                let value = parsed(&format!("home.{name}")).map_or_else(|| truth(false), not);
                steps.push(plain(Action::Assign { name, value }));
                continue;
            }
            Some(Mapped::Device(device)) => device,
            Some(Mapped::Property(reference)) => match reference.of {
                Place::Device(device) => device,
                Place::Room(_) => continue,
            },
            Some(Mapped::Room(room)) => {
                case.dropped(at, format!("@{room} cannot be toggled as a whole"), "");
                continue;
            }
        };
        if case
            .known(&device)
            .is_some_and(|has| !has.iter().any(|own| own == "on"))
        {
            case.dropped(at, format!("{device} cannot be toggled"), "");
            continue;
        }
        steps.push(plain(Action::Invoke {
            device,
            command: "OnOff.Toggle".into(),
            fields: BTreeMap::new(),
        }));
    }
    steps
}

//! Scenes: which entity is to be how, as values of our devices.

use std::sync::Arc;

use rules::expr::Place;
use rules::face::{scene_from_text, scene_to_text};
use rules::scene::{Scene, SceneDevice};

use crate::action::light::{brightness, colour_of, number_of};
use crate::action::set::{Values, adapted, expressions, settable};
use crate::case::Case;
use crate::cursor::{At, Fields};
use crate::domain::Domain;
use crate::make::number;
use crate::state::{hvac_mode, is_gone, truth_of};
use crate::table::Mapped;

/// The scene of an entry of the scenes' file; none if nothing is left of it.
pub(crate) fn scene(
    case: &mut Case<'_, '_>,
    fields: &Fields<'_>,
    id: &Arc<str>,
    name: &Arc<str>,
) -> Option<Scene> {
    fields.ignore(&["id", "name", "icon", "metadata"]);
    let Some(entities) = fields.take("entities") else {
        case.dropped(&fields.at, "the scene names no entities", "");
        return None;
    };
    let devices = scene_devices(case, &entities);
    case.finish(fields);
    if devices.is_empty() {
        case.dropped(&fields.at, "nothing of what it sets could be carried", "");
    }
    let scene = (!devices.is_empty()).then(|| Scene {
        id: Arc::clone(id),
        name: Arc::clone(name),
        note: None,
        devices,
    })?;
    match scene_from_text(&scene_to_text(&scene)) {
        Ok(read) if read.what == scene => Some(scene),
        _ => {
            case.dropped(&fields.at, "its text does not say the same again", "");
            None
        }
    }
}

/// The devices of a mapping of entities to states.
pub(crate) fn scene_devices(case: &mut Case<'_, '_>, at: &At<'_>) -> Vec<SceneDevice> {
    let Some(entities) = at.fields() else {
        case.dropped(at, format!("{} names no entities", at.node.described()), "");
        return Vec::new();
    };
    let mut devices: Vec<SceneDevice> = Vec::new();
    for (entity, at) in entities.rest() {
        if devices.len() >= MOST {
            case.dropped(
                &at,
                format!("a scene has at most {MOST} devices"),
                "make two scenes",
            );
            break;
        }
        let Some(device) = scene_device(case, &at, entity) else {
            continue;
        };
        match devices
            .iter_mut()
            .find(|other| other.device == device.device)
        {
            Some(other) => other.values.extend(device.values),
            None => devices.push(device),
        }
    }
    devices
}

/// How many devices a scene may have.
const MOST: usize = 256;

fn scene_device(case: &mut Case<'_, '_>, at: &At<'_>, entity: &str) -> Option<SceneDevice> {
    let mapped = settable(case, at, entity)?;
    let (device, told) = match mapped {
        Mapped::Device(device) => (device, None),
        Mapped::Property(reference) => match reference.of {
            Place::Device(device) => (device, Some(reference.property)),
            Place::Room(_) => return None,
        },
        Mapped::Room(_) | Mapped::Home(_) => {
            let what = format!("`{entity}` is no device here, and a scene sets only those");
            case.dropped(at, what, "set it in the rule that applies the scene");
            return None;
        }
    };
    let attributes = at.fields();
    let state = match &attributes {
        Some(fields) => fields.text("state"),
        None => at.text(),
    };
    let before = case.lost_count();
    let values = values(case, entity, state, attributes.as_ref());
    if values.is_empty() {
        if case.lost_count() == before {
            let what = format!(
                "how `{entity}` is to be is not carried: {}",
                at.node.described()
            );
            case.dropped(at, what, "add its values to the scene");
        }
        return None;
    }
    told_of_rest(case, attributes.as_ref());
    let values = adapted(case, at, &device, told.as_ref(), &values);
    expressions(case, at, &values).map(|values| SceneDevice { device, values })
}

fn values(
    case: &mut Case<'_, '_>,
    entity: &str,
    state: Option<&str>,
    attributes: Option<&Fields<'_>>,
) -> Values {
    let mut values = Values::new();
    let Some(state) = state.filter(|state| !is_gone(state)) else {
        return values;
    };
    let number_at = |case: &mut Case<'_, '_>, key: &str| {
        let at = attributes?.take(key).filter(|at| !at.node.is_null())?;
        number_of(case, &at)
    };
    let truth = truth_of(state);
    match Domain::of(entity) {
        Domain::Switch => {
            values.extend(truth.map(|on| ("on", on.to_string())));
            if let Some(data) = attributes.filter(|_| truth == Some(true)) {
                values.extend(brightness(case, data));
                values.extend(light_colour(case, data));
            }
        }
        Domain::Fan => {
            values.extend(truth.map(|on| ("on", on.to_string())));
            let speed = number_at(case, "percentage").filter(|_| truth == Some(true));
            values.extend(speed.map(|speed| ("fan-speed", format!("{} %", number(speed)))));
        }
        Domain::Lock => values.extend(truth.map(|locked| ("locked", locked.to_string()))),
        Domain::Valve => values.extend(truth.map(|open| ("valve-open", open.to_string()))),
        Domain::Cover => {
            let position = number_at(case, "current_position");
            let position = position.or(truth.map(|open| if open { 100.0 } else { 0.0 }));
            let lift = position.map(|open| (100.0 - open).clamp(0.0, 100.0));
            values.extend(lift.map(|lift| ("lift", format!("{} %", number(lift)))));
            let tilt = number_at(case, "current_tilt_position");
            let tilt = tilt.map(|open| (100.0 - open).clamp(0.0, 100.0));
            values.extend(tilt.map(|tilt| ("tilt", format!("{} %", number(tilt)))));
        }
        Domain::Climate => {
            values.extend(hvac_mode(state).map(|mode| ("system-mode", mode.to_owned())));
            for (key, property) in SETPOINTS {
                let degrees = number_at(case, key);
                let value = degrees.map(|degrees| format!("{} °C", number(degrees)));
                values.extend(value.map(|value| (*property, value)));
            }
        }
        _ => {}
    }
    values
}

const SETPOINTS: &[(&str, &str)] = &[
    ("temperature", "heating-setpoint"),
    ("target_temp_low", "heating-setpoint"),
    ("target_temp_high", "cooling-setpoint"),
];

/// A light tells all its colours at once; its mode says which of them counts.
fn light_colour(case: &mut Case<'_, '_>, data: &Fields<'_>) -> Values {
    match data.text("color_mode") {
        Some("hs" | "rgb" | "xy" | "rgbw" | "rgbww") => colour_of(case, data, &MIXED),
        Some("color_temp") => colour_of(case, data, &TEMPERATURES),
        Some("brightness" | "onoff" | "white") => Values::new(),
        _ => colour_of(case, data, &[TEMPERATURES, MIXED].concat()),
    }
}

const TEMPERATURES: [&str; 2] = ["color_temp_kelvin", "color_temp"];
const MIXED: [&str; 2] = ["hs_color", "rgb_color"];

/// What else an entity of a scene says about itself, and is no wish.
fn told_of_rest(case: &mut Case<'_, '_>, attributes: Option<&Fields<'_>>) {
    let Some(attributes) = attributes else {
        return;
    };
    attributes.ignore(DESCRIBING);
    for (name, at) in attributes.rest() {
        if at.node.is_null() || name.starts_with("min_") || name.starts_with("max_") {
            continue;
        }
        case.dropped(
            &at,
            format!("`{name}` is not carried: {}", at.node.described()),
            "",
        );
    }
}

const DESCRIBING: &[&str] = &[
    "friendly_name",
    "supported_features",
    "supported_color_modes",
    "color_mode",
    "icon",
    "device_class",
    "entity_id",
    "assumed_state",
    "attribution",
    "off_with_transition",
    "off_brightness",
    "hvac_modes",
    "fan_modes",
    "preset_modes",
    "swing_modes",
    "effect_list",
    "current_temperature",
    "current_humidity",
    "hvac_action",
    "target_temp_step",
    "percentage_step",
    "color_temp",
    "color_temp_kelvin",
    "hs_color",
    "rgb_color",
    "xy_color",
    "rgbw_color",
    "rgbww_color",
    "brightness",
    "code_format",
    "changed_by",
    "is_on",
];

/// Whether an entry of a list is a scene and no automation.
pub(crate) fn is_scene(node: &crate::yaml::Node) -> bool {
    node.get("entities").is_some()
}

/// The entity by which automations name the scene.
pub(crate) fn entity_of(name: &str) -> String {
    format!("scene.{}", hub_model::slug(name).replace('-', "_"))
}

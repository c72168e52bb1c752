//! Starting something that has a name: scenes, scripts, other automations.

use std::time::Duration;

use rules::tree::{Action, Set, Step, Target};

use super::call::Call;
use super::plain;
use crate::case::Case;
use crate::cursor::{At, Fields};
use crate::scene::scene_devices;
use crate::table::Section;

/// `scene: scene.movie_night`.
pub(super) fn scene(case: &mut Case<'_, '_>, _: &Fields<'_>, at: &At<'_>) -> Vec<Step> {
    let Some(entity) = at.text().filter(|_| !at.is_template()) else {
        case.dropped(at, format!("{} is no scene", at.node.described()), "");
        return Vec::new();
    };
    vec![apply(case, at, entity, None)]
}

fn apply(case: &mut Case<'_, '_>, at: &At<'_>, entity: &str, transition: Option<Duration>) -> Step {
    let scene = case.id_of(at, Section::Scenes, entity);
    plain(Action::Scene { scene, transition })
}

pub(super) fn scene_turn_on(case: &mut Case<'_, '_>, call: &Call<'_>) -> Vec<Step> {
    let transition = call.take("transition").and_then(|at| case.length(&at));
    let entities: Vec<_> = call.entities().collect();
    if entities.is_empty() {
        case.dropped(&call.at, "it names no scene", "");
    }
    entities
        .into_iter()
        .map(|entity| apply(case, &call.at, entity, transition))
        .collect()
}

/// A scene that stands in the action itself becomes what it sets.
pub(super) fn scene_apply(case: &mut Case<'_, '_>, call: &Call<'_>) -> Vec<Step> {
    let transition = call.take("transition").and_then(|at| case.length(&at));
    let Some(entities) = call.take("entities") else {
        case.dropped(&call.at, "it names no entities", "");
        return Vec::new();
    };
    let sets = scene_devices(case, &entities).into_iter().map(|device| {
        plain(Action::Set(Set {
            targets: vec![Target::Device(device.device)],
            values: device.values,
            transition,
            ensure: None,
        }))
    });
    sets.collect()
}

/// `script.turn_on` starts scripts, and does not wait for them.
pub(super) fn scripts(case: &mut Case<'_, '_>, call: &Call<'_>) -> Vec<Step> {
    run(case, call, call.entities().collect())
}

/// `script.all_off` starts a script and waits until it ends.
pub(super) fn script(case: &mut Case<'_, '_>, call: &Call<'_>) -> Vec<Step> {
    let what = "there the script ends before the next action, here its rule runs beside this one";
    case.changed_once(&call.at, what, "put the steps of the script in its place");
    run(case, call, vec![call.service])
}

fn run(case: &mut Case<'_, '_>, call: &Call<'_>, entities: Vec<&str>) -> Vec<Step> {
    if entities.is_empty() {
        case.dropped(&call.at, "it names none", "");
    }
    let rules = entities
        .into_iter()
        .map(|entity| case.id_of(&call.at, Section::Rules, entity));
    rules.map(|rule| plain(Action::Run(rule))).collect()
}

pub(super) fn automation_trigger(case: &mut Case<'_, '_>, call: &Call<'_>) -> Vec<Step> {
    if let Some(at) = call.take("skip_condition")
        && at.bool() != Some(true)
    {
        case.dropped(
            &at,
            "the other rule starts without its conditions",
            "repeat them here",
        );
    }
    run(case, call, call.entities().collect())
}

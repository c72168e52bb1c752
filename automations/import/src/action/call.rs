//! A call of a service: which one, of whom, with what.

use rules::tree::Step;

use super::{device, helper, light, other, set, tell};
use crate::case::Case;
use crate::cursor::{At, Fields};
use crate::domain::prefix;

/// A call of a service.
pub(crate) struct Call<'y> {
    /// The service: `light.turn_on`.
    pub(crate) service: &'y str,
    /// Where it stands.
    pub(crate) at: At<'y>,
    /// Of whom.
    pub(crate) goals: Vec<Goal<'y>>,
    /// With what.
    data: Option<Fields<'y>>,
}

/// Of whom something is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal<'y> {
    /// Of an entity.
    Entity(&'y str),
    /// Of all that is in an area.
    Area(&'y str),
}

impl<'y> Call<'y> {
    /// A part of the data.
    pub(crate) fn take(&self, key: &str) -> Option<At<'y>> {
        self.data.as_ref()?.take(key)
    }

    /// The data, if there is any.
    pub(crate) const fn data(&self) -> Option<&Fields<'y>> {
        self.data.as_ref()
    }

    /// The entities that are asked, without areas.
    pub(crate) fn entities(&self) -> impl Iterator<Item = &'y str> {
        self.goals.iter().filter_map(|goal| match goal {
            Goal::Entity(entity) => Some(*entity),
            Goal::Area(_) => None,
        })
    }
}

pub(super) fn call<'y>(case: &mut Case<'_, '_>, fields: &Fields<'y>, at: &At<'y>) -> Vec<Step> {
    let service = at
        .text()
        .filter(|service| service.contains('.') && !at.is_template());
    let Some(service) = service else {
        case.dropped(at, format!("{} names no action", at.node.described()), "");
        fields.ignore(&["data", "data_template", "target", "entity_id"]);
        return Vec::new();
    };
    if let Some(at) = fields.take("response_variable") {
        case.dropped(&at, "what a call answers is not kept", "");
    }
    let data = fields.take_any(&["data", "data_template"]);
    let is_missing = data.as_ref().is_none_or(|data| data.node.is_null());
    let data = match data {
        Some(at) if !is_missing => {
            let read = at.fields();
            if read.is_none() {
                case.dropped(&at, format!("{} is no data", at.node.described()), "");
            }
            read
        }
        _ => None,
    };
    let call = Call {
        service,
        at: at.clone(),
        goals: goals(case, fields, data.as_ref()),
        data,
    };
    let before = case.lost_count();
    let steps = of_service(case, &call);
    // What is lost as a whole needs no word for each of its parts.
    let lost_whole = steps.is_empty() && case.lost_count() > before;
    if let Some(data) = call.data.as_ref().filter(|_| !lost_whole) {
        case.finish(data);
    }
    steps
}

fn of_service(case: &mut Case<'_, '_>, call: &Call<'_>) -> Vec<Step> {
    let (domain, verb) = call.service.split_once('.').unwrap_or_default();
    match (domain, verb) {
        ("light", "turn_on") => light::turn_on(case, call),
        ("scene", "turn_on") => other::scene_turn_on(case, call),
        ("scene", "apply") => other::scene_apply(case, call),
        ("script", "turn_on" | "toggle") => other::scripts(case, call),
        ("script", name) if !matches!(name, "turn_off" | "reload") => other::script(case, call),
        ("automation", "trigger") => other::automation_trigger(case, call),
        ("notify" | "persistent_notification", _) => tell::tell(case, call),
        ("fan", "turn_on" | "set_percentage") => device::fan(case, call),
        ("cover", _) => device::cover(case, call, verb),
        ("valve", _) => device::valve(case, call, verb),
        ("lock", _) => device::lock(case, call, verb),
        ("climate", _) => device::climate(case, call, verb),
        ("input_select", "select_option") => helper::assign(case, call, "option"),
        ("input_number" | "input_text", "set_value") => helper::assign(case, call, "value"),
        (_, "turn_on") if may_switch(domain, call) => set::power(case, call, true),
        (_, "turn_off") if may_switch(domain, call) => set::power(case, call, false),
        (_, "toggle") if may_switch(domain, call) => set::toggle(case, call),
        _ => foreign(case, call, domain),
    }
}

/// Whether the service switches things that we have, and nothing else.
fn may_switch(domain: &str, call: &Call<'_>) -> bool {
    const SWITCHES: &[&str] = &[
        "light",
        "switch",
        "fan",
        "siren",
        "humidifier",
        "input_boolean",
        "homeassistant",
        "group",
    ];
    let is_other = |entity| matches!(prefix(entity), "cover" | "lock" | "climate" | "automation");
    SWITCHES.contains(&domain) && !call.entities().any(is_other)
}

fn goals<'y>(
    case: &mut Case<'_, '_>,
    fields: &Fields<'y>,
    data: Option<&Fields<'y>>,
) -> Vec<Goal<'y>> {
    let target = fields.take("target");
    let inner = target
        .as_ref()
        .filter(|target| !target.node.is_null())
        .and_then(At::fields);
    if let Some(target) = target.filter(|target| inner.is_none() && !target.node.is_null()) {
        case.dropped(
            &target,
            format!("{} is no target", target.node.described()),
            "",
        );
    }
    let mut goals = Vec::new();
    for fields in [inner.as_ref(), Some(fields), data].into_iter().flatten() {
        for (key, goal) in GOALS {
            let Some(at) = fields.take(key) else {
                continue;
            };
            match at.texts().filter(|_| !at.is_template()) {
                Some(texts) => goals.extend(texts.into_iter().map(goal)),
                None => {
                    let what = format!("whom it is for is computed there: {}", at.node.described());
                    case.dropped(&at, what, "name the devices");
                }
            }
        }
        for key in ["device_id", "floor_id", "label_id"] {
            if let Some(at) = fields.take(key) {
                let what = format!("`{key}` is an id that only the other hub knows");
                case.dropped(&at, what, "name the devices or the room");
            }
        }
    }
    if let Some(inner) = inner {
        case.finish(&inner);
    }
    for goal in &mut goals {
        if matches!(goal, Goal::Entity("all")) {
            *goal = Goal::Area("home");
        }
    }
    goals
}

type GoalOf = for<'y> fn(&'y str) -> Goal<'y>;

const GOALS: &[(&str, GoalOf)] = &[
    ("entity_id", |id| Goal::Entity(id)),
    ("area_id", |id| Goal::Area(id)),
];

/// Notes why a service is not carried, and what to do instead.
fn foreign(case: &mut Case<'_, '_>, call: &Call<'_>, domain: &str) -> Vec<Step> {
    let needless = match call.service {
        "homeassistant.update_entity" => "devices report by themselves",
        "logbook.log" | "system_log.write" => "the trace of each run is kept anyway",
        _ => "",
    };
    if !needless.is_empty() {
        for (name, _) in call.data.as_ref().map(Fields::rest).unwrap_or_default() {
            call.take(name);
        }
        let what = format!("`{}` is left out: {needless}", call.service);
        case.changed(&call.at, what, "");
        return Vec::new();
    }
    let (why, advice) = match domain {
        "tts" | "media_player" | "assist_satellite" => (
            "this hub plays nothing",
            "use `notify`, or map the player to a device to switch it",
        ),
        "shell_command" | "python_script" | "rest_command" | "command_line" => (
            "no rule runs a program or calls another server",
            "let a program use the API",
        ),
        "mqtt" => (
            "no rule publishes by itself",
            "set the device's own property",
        ),
        "input_datetime" | "timer" | "counter" | "schedule" => (
            "this helper has no counterpart",
            "use `delay`, `for`, or a variable of the home",
        ),
        "automation" | "script" => (
            "a rule cannot be switched or stopped by another",
            "use a variable of the home as a condition of the rule",
        ),
        _ => (
            "nothing here does that",
            "`invoke` can call any command of a device",
        ),
    };
    case.dropped(&call.at, format!("`{}`: {why}", call.service), advice);
    Vec::new()
}

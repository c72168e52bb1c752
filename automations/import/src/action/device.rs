//! Services of covers, valves, locks, thermostats and fans.
//!
//! A cover's position counts from closed there and from open here, so it is turned round.

use std::collections::BTreeMap;

use rules::tree::{Action, Step};

use super::call::Call;
use super::light::number_of;
use super::set::{Values, Wish, set};
use super::{plain, set};
use crate::case::Case;
use crate::cursor::At;
use crate::make::number;
use crate::state::hvac_mode;

fn set_values(case: &mut Case<'_, '_>, call: &Call<'_>, values: Values) -> Vec<Step> {
    let wish = Wish {
        goals: &call.goals,
        values,
        transition: None,
    };
    set(case, &call.at, &wish)
}

fn unknown(case: &mut Case<'_, '_>, call: &Call<'_>, advice: &str) -> Vec<Step> {
    case.dropped(
        &call.at,
        format!("nothing here does `{}`", call.service),
        advice,
    );
    Vec::new()
}

/// A share given under this key.
fn percent(case: &mut Case<'_, '_>, call: &Call<'_>, key: &str) -> Option<f64> {
    let Some(at) = call.take(key) else {
        case.dropped(&call.at, format!("`{key}` is missing"), "");
        return None;
    };
    number_of(case, &at).map(|percent| percent.clamp(0.0, 100.0))
}

pub(super) fn cover(case: &mut Case<'_, '_>, call: &Call<'_>, verb: &str) -> Vec<Step> {
    let fixed = match verb {
        "open_cover" | "turn_on" => Some(("lift", "0 %")),
        "close_cover" | "turn_off" => Some(("lift", "100 %")),
        "open_cover_tilt" => Some(("tilt", "0 %")),
        "close_cover_tilt" => Some(("tilt", "100 %")),
        _ => None,
    };
    if let Some((property, value)) = fixed {
        return set_values(case, call, vec![(property, value.to_owned())]);
    }
    let (property, key) = match verb {
        "set_cover_position" => ("lift", "position"),
        "set_cover_tilt_position" => ("tilt", "tilt_position"),
        "stop_cover" | "stop_cover_tilt" => return stop(case, call),
        _ => return unknown(case, call, "set `lift` or `tilt`"),
    };
    let Some(open) = percent(case, call, key) else {
        return Vec::new();
    };
    set_values(
        case,
        call,
        vec![(property, format!("{} %", number(100.0 - open)))],
    )
}

fn stop(case: &mut Case<'_, '_>, call: &Call<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    for entity in call.entities() {
        let is_known = set::settable(case, &call.at, entity).is_some();
        let device = is_known.then(|| case.device(&call.at, entity)).flatten();
        steps.extend(device.map(|device| {
            plain(Action::Invoke {
                device,
                command: "WindowCovering.StopMotion".into(),
                fields: BTreeMap::new(),
            })
        }));
    }
    if call.goals.len() > call.entities().count() || call.goals.is_empty() {
        case.dropped(&call.at, "only a device can be stopped", "name the devices");
    }
    steps
}

pub(super) fn valve(case: &mut Case<'_, '_>, call: &Call<'_>, verb: &str) -> Vec<Step> {
    match verb {
        "open_valve" => set_values(case, call, vec![("valve-open", "true".to_owned())]),
        "close_valve" => set_values(case, call, vec![("valve-open", "false".to_owned())]),
        _ => unknown(case, call, "set `valve-open`"),
    }
}

pub(super) fn lock(case: &mut Case<'_, '_>, call: &Call<'_>, verb: &str) -> Vec<Step> {
    if let Some(at) = call.take("code") {
        case.dropped(
            &at,
            "the code is not carried",
            "use `invoke` if the lock asks for one",
        );
    }
    match verb {
        "lock" => set_values(case, call, vec![("locked", "true".to_owned())]),
        "unlock" => set_values(case, call, vec![("locked", "false".to_owned())]),
        _ => unknown(case, call, "`invoke` can call DoorLock.UnboltDoor"),
    }
}

pub(super) fn climate(case: &mut Case<'_, '_>, call: &Call<'_>, verb: &str) -> Vec<Step> {
    let mut values = Values::new();
    match verb {
        "turn_off" => values.push(("system-mode", "off".to_owned())),
        "set_temperature" | "set_hvac_mode" => {
            for (key, property) in SETPOINTS {
                if let Some(at) = call.take(key) {
                    values.extend(degrees(case, &at, property));
                }
            }
            if let Some(at) = call.take("hvac_mode") {
                values.extend(mode(case, &at));
            }
        }
        _ => return unknown(case, call, "set `system-mode` or `heating-setpoint`"),
    }
    if values.is_empty() {
        case.dropped(&call.at, format!("`{}` sets nothing", call.service), "");
        return Vec::new();
    }
    set_values(case, call, values)
}

const SETPOINTS: &[(&str, &str)] = &[
    ("temperature", "heating-setpoint"),
    ("target_temp_low", "heating-setpoint"),
    ("target_temp_high", "cooling-setpoint"),
];

fn degrees(
    case: &mut Case<'_, '_>,
    at: &At<'_>,
    property: &'static str,
) -> Option<(&'static str, String)> {
    let degrees = number_of(case, at)?;
    Some((property, format!("{} °C", number(degrees))))
}

fn mode(case: &mut Case<'_, '_>, at: &At<'_>) -> Option<(&'static str, String)> {
    let mode = at.text().and_then(hvac_mode);
    if mode.is_none() {
        case.dropped(at, format!("{} is no mode here", at.node.described()), "");
    }
    Some(("system-mode", mode?.to_owned()))
}

pub(super) fn fan(case: &mut Case<'_, '_>, call: &Call<'_>) -> Vec<Step> {
    if call.service == "fan.turn_on" && call.data().is_none_or(|data| !data.has("percentage")) {
        return set::power(case, call, true);
    }
    let Some(percent) = percent(case, call, "percentage") else {
        return Vec::new();
    };
    set_values(
        case,
        call,
        vec![("fan-speed", format!("{} %", number(percent)))],
    )
}

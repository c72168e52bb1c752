//! Words of the other hub for states.

/// Whether a state means true or false; none if it means neither.
pub(crate) fn truth_of(state: &str) -> Option<bool> {
    let state = state.to_ascii_lowercase();
    if TRUE.contains(&state.as_str()) {
        return Some(true);
    }
    FALSE.contains(&state.as_str()).then_some(false)
}

const TRUE: &[&str] = &["on", "true", "yes", "open", "locked", "home", "detected"];
const FALSE: &[&str] = &[
    "off", "false", "no", "closed", "unlocked", "not_home", "clear",
];

/// What a thermostat's mode is called in rules.
pub(crate) fn hvac_mode(state: &str) -> Option<&'static str> {
    Some(match state {
        "off" => "off",
        "heat" => "heat",
        "cool" => "cool",
        "heat_cool" | "auto" => "auto",
        "dry" => "dry",
        "fan_only" => "fan-only",
        _ => return None,
    })
}

/// Whether a state says that nothing is known.
pub(crate) fn is_gone(state: &str) -> bool {
    matches!(state, "unavailable" | "unknown")
}

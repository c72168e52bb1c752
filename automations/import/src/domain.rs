//! Domains of the other hub, and which property of a device stands for an entity's state.

use crate::property::{Shape, is_told_by, shape};

/// What an entity is, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Domain {
    /// Lights, switches and what else is only on or off.
    Switch,
    /// A sensor that is on or off, whatever that means.
    BinarySensor,
    /// A sensor of a number or a word.
    Sensor,
    /// A lock.
    Lock,
    /// A shutter, blind, door or awning.
    Cover,
    /// A valve.
    Valve,
    /// A fan.
    Fan,
    /// A thermostat.
    Climate,
    /// A button that tells of presses.
    Event,
    /// A helper that holds a value.
    Helper,
    /// A person or a thing that is at home or not.
    Presence,
    /// The sun.
    Sun,
    /// What no device here can be.
    Foreign,
}

/// The part of an entity's id before the dot.
pub(crate) fn prefix(entity: &str) -> &str {
    entity.split_once('.').map_or("", |(domain, _)| domain)
}

/// The part of an entity's id after the dot.
pub(crate) fn object(entity: &str) -> &str {
    entity.split_once('.').map_or(entity, |(_, object)| object)
}

/// The words of an entity's name.
pub(crate) fn words(entity: &str) -> Vec<String> {
    let object = hub_model::slug(object(entity));
    object.split('-').map(str::to_owned).collect()
}

impl Domain {
    /// What this entity is.
    pub(crate) fn of(entity: &str) -> Self {
        Self::of_prefix(prefix(entity))
    }

    /// What the entities of a domain are.
    pub(crate) fn of_prefix(prefix: &str) -> Self {
        match prefix {
            "light" | "switch" | "siren" | "humidifier" => Self::Switch,
            "binary_sensor" => Self::BinarySensor,
            "sensor" => Self::Sensor,
            "lock" => Self::Lock,
            "cover" => Self::Cover,
            "valve" => Self::Valve,
            "fan" => Self::Fan,
            "climate" => Self::Climate,
            "event" => Self::Event,
            "input_boolean" | "input_select" | "input_number" | "input_text" => Self::Helper,
            "person" | "device_tracker" | "zone" => Self::Presence,
            "sun" => Self::Sun,
            _ => Self::Foreign,
        }
    }

    /// Whether it is at home or not.
    pub(crate) const fn is_presence(self) -> bool {
        matches!(self, Self::Presence)
    }

    /// The property that stands for the state of an entity with these words in its name, of a device
    /// that has these; none if nothing of it does.
    pub(crate) fn property(self, words: &[String], has: Option<&[String]>) -> Option<&'static str> {
        let has_it = |name: &str| has.is_none_or(|has| has.iter().any(|own| own == name));
        let first_of = |names: &[&'static str]| names.iter().copied().find(|name| has_it(name));
        match self {
            Self::Switch => first_of(&["on"]),
            Self::Lock => first_of(&["locked"]),
            Self::Cover => first_of(&["lift", "open"]),
            Self::Valve => first_of(&["valve-open"]),
            Self::Fan => first_of(&["on", "fan-speed"]),
            Self::Climate => first_of(&["system-mode"]),
            Self::BinarySensor => told(BINARY, words, has_it).or_else(|| only(BINARY, has)),
            Self::Sensor => told(MEASURED, words, has_it).or_else(|| only(MEASURED, has)),
            Self::Event | Self::Helper | Self::Presence | Self::Sun | Self::Foreign => None,
        }
    }
}

/// The property that the words tell of and the device has.
fn told(
    names: &[&'static str],
    words: &[String],
    has_it: impl Fn(&str) -> bool,
) -> Option<&'static str> {
    names
        .iter()
        .copied()
        .find(|name| has_it(name) && is_told_by(name, words))
}

/// The only one of these that the device has; what nearly every device has counts only alone.
fn only(names: &[&'static str], has: Option<&[String]>) -> Option<&'static str> {
    let has = has?;
    let mut found: Vec<_> = names
        .iter()
        .copied()
        .filter(|n| has.iter().any(|h| h == n))
        .collect();
    if found.len() > 1 {
        found.retain(|name| !matches!(*name, "battery" | "voltage" | "contact" | "reachable"));
    }
    // A contact shows under three names; as a door's it is what most are.
    if found == ["open", "leak"] {
        found.pop();
    }
    match found.as_slice() {
        [one] => Some(one),
        _ => None,
    }
}

/// What a sensor that is on or off can be here.
const BINARY: &[&str] = &[
    "occupied",
    "open",
    "leak",
    "smoke-alarm",
    "carbon-monoxide-alarm",
    "locked",
    "reachable",
    "contact",
];

/// What a sensor can measure here, the more special first.
const MEASURED: &[&str] = &[
    "carbon-dioxide",
    "pm25",
    "humidity",
    "illuminance",
    "temperature",
    "local-temperature",
    "power",
    "energy",
    "voltage",
    "current",
    "pressure",
    "flow",
    "battery",
    "air-quality",
];

/// The property behind an attribute of an entity, and how its number becomes ours.
pub(crate) fn attribute(domain: Domain, name: &str) -> Option<(&'static str, Scale)> {
    Some(match (domain, name) {
        (Domain::Switch, "brightness") => ("level", Scale::Of255),
        (Domain::Switch, "color_temp_kelvin") => ("color-temperature", Scale::Same),
        (Domain::Cover, "current_position") => ("lift", Scale::Flipped),
        (Domain::Cover, "current_tilt_position") => ("tilt", Scale::Flipped),
        (Domain::Climate, "current_temperature") => ("local-temperature", Scale::Same),
        (Domain::Climate, "temperature" | "target_temp_low") => ("heating-setpoint", Scale::Same),
        (Domain::Climate, "target_temp_high") => ("cooling-setpoint", Scale::Same),
        (Domain::Fan, "percentage") => ("fan-speed", Scale::Same),
        (_, "battery" | "battery_level") => ("battery", Scale::Same),
        _ => return None,
    })
}

/// How a number there becomes a number here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    /// It is the same.
    Same,
    /// There 255 is full, here 100 %.
    Of255,
    /// There 100 % is open, here closed.
    Flipped,
}

impl Scale {
    /// The number here.
    pub(crate) fn apply(self, number: f64) -> f64 {
        match self {
            Self::Same => number,
            Self::Of255 => (number / 255.0 * 100.0).round(),
            Self::Flipped => 100.0 - number,
        }
    }
}

/// Whether the property is a number.
pub(crate) fn is_number(name: &str) -> bool {
    matches!(shape(name), Some(Shape::Number(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn property(entity: &str, has: &[&str]) -> Option<&'static str> {
        let has: Vec<_> = has.iter().map(|name| (*name).to_owned()).collect();
        let has = (!has.is_empty()).then_some(has.as_slice());
        Domain::of(entity).property(&words(entity), has)
    }

    #[test]
    fn a_sensor_is_what_its_name_and_its_device_agree_on() {
        for (entity, has, expected) in [
            (
                "sensor.hall_temperature",
                &["temperature", "humidity"][..],
                Some("temperature"),
            ),
            ("sensor.hall", &["temperature", "humidity"], None),
            (
                "sensor.hall",
                &["temperature", "battery"],
                Some("temperature"),
            ),
            (
                "sensor.hall_battery",
                &["temperature", "battery"],
                Some("battery"),
            ),
            (
                "sensor.hall_temperature",
                &["humidity", "battery"],
                Some("humidity"),
            ),
            ("sensor.outside_lux", &[], Some("illuminance")),
            ("sensor.washer", &[], None),
            (
                "binary_sensor.hall_motion",
                &["occupied", "battery"],
                Some("occupied"),
            ),
            (
                "binary_sensor.front_door",
                &["contact", "leak", "open"],
                Some("open"),
            ),
            (
                "binary_sensor.cellar_water",
                &["contact", "leak", "open"],
                Some("leak"),
            ),
            (
                "binary_sensor.cellar",
                &["contact", "leak", "open"],
                Some("open"),
            ),
            ("cover.garage", &["open"], Some("open")),
            ("light.hall", &["open"], None),
            ("fan.attic", &["fan-speed"], Some("fan-speed")),
        ] {
            assert_eq!(property(entity, has), expected, "{entity} {has:?}");
        }
    }

    #[test]
    fn names_listed_here_are_properties() {
        for name in BINARY.iter().chain(MEASURED) {
            assert!(shape(name).is_some(), "{name}");
        }
    }
}

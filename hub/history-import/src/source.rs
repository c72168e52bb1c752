//! Where a series comes from: the state of an entity, or some of its attributes.

use serde_json::{Map, Value as Json};

use crate::number::Reject;

/// Where a series comes from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// The state.
    State,
    /// Attributes; the first that says something counts.
    Attributes(Vec<&'static Extra>),
    /// One attribute as it is there.
    AsIs(&'static Extra),
}

/// An attribute that tells of a property here.
#[derive(Debug)]
pub(crate) struct Extra {
    /// The domains that have it; all if none is named.
    domains: &'static [&'static str],
    /// Its name there.
    pub(crate) name: &'static str,
    /// The property here.
    pub(crate) property: &'static str,
    how: How,
    unit: Unit,
    when: When,
}

/// How a number there becomes a number here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// It is the same.
    Same,
    /// There 255 is full, here 100 %.
    Of255,
    /// There 100 % is open, here closed. If there is no number, the state says open or closed.
    Flipped,
    /// There mireds, here kelvin.
    Reciprocal,
    /// It is this entry of a list.
    Entry(usize),
}

/// The unit of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// This one.
    Of(&'static str),
    /// That in which the other hub counts temperatures.
    Temperature,
}

/// In which states an attribute tells of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Always,
    Cooling,
    NotCooling,
}

/// What a row says of a series.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reading<'r> {
    /// A state, with the unit in which it is if it is a number.
    State(&'r str, Option<&'r str>),
    /// A number in a unit.
    Number(f64, Option<&'static str>),
    /// Nothing: it is as it was.
    Nothing,
    /// Something that cannot be read.
    Rejected(Reject),
}

/// The attributes of a row.
pub(crate) type Attributes = Map<String, Json>;

const fn of(
    domains: &'static [&'static str],
    name: &'static str,
    property: &'static str,
    how: How,
    unit: Unit,
) -> Extra {
    Extra {
        domains,
        name,
        property,
        how,
        unit,
        when: When::Always,
    }
}

/// All of them; of those for the same property the first that says something counts.
const EXTRAS: &[Extra] = &[
    of(LIGHT, "brightness", "level", How::Of255, Unit::Of("%")),
    of(
        LIGHT,
        "color_temp_kelvin",
        "color-temperature",
        How::Same,
        Unit::Of("K"),
    ),
    of(
        LIGHT,
        "color_temp",
        "color-temperature",
        How::Reciprocal,
        Unit::Of("K"),
    ),
    of(LIGHT, "hs_color", "hue", How::Entry(0), Unit::Of("°")),
    of(
        LIGHT,
        "hs_color",
        "saturation",
        How::Entry(1),
        Unit::Of("%"),
    ),
    of(
        &["cover"],
        "current_position",
        "lift",
        How::Flipped,
        Unit::Of("%"),
    ),
    of(
        &["cover"],
        "current_tilt_position",
        "tilt",
        How::Flipped,
        Unit::Of("%"),
    ),
    of(
        CLIMATE,
        "current_temperature",
        "local-temperature",
        How::Same,
        Unit::Temperature,
    ),
    of(
        CLIMATE,
        "target_temp_low",
        "heating-setpoint",
        How::Same,
        Unit::Temperature,
    ),
    of(
        CLIMATE,
        "target_temp_high",
        "cooling-setpoint",
        How::Same,
        Unit::Temperature,
    ),
    Extra {
        when: When::NotCooling,
        ..of(
            CLIMATE,
            "temperature",
            "heating-setpoint",
            How::Same,
            Unit::Temperature,
        )
    },
    Extra {
        when: When::Cooling,
        ..of(
            CLIMATE,
            "temperature",
            "cooling-setpoint",
            How::Same,
            Unit::Temperature,
        )
    },
    of(
        &["climate", "humidifier"],
        "current_humidity",
        "humidity",
        How::Same,
        Unit::Of("%"),
    ),
    of(
        &["fan"],
        "percentage",
        "fan-speed",
        How::Same,
        Unit::Of("%"),
    ),
    of(&[], "battery_level", "battery", How::Same, Unit::Of("%")),
    of(&[], "battery", "battery", How::Same, Unit::Of("%")),
];

const LIGHT: &[&str] = &["light"];
const CLIMATE: &[&str] = &["climate", "water_heater"];

/// The attributes that entities of a domain may have.
pub(crate) fn extras(domain: &str) -> impl Iterator<Item = &'static Extra> {
    let domain = domain.to_owned();
    EXTRAS.iter().filter(move |extra| {
        extra.domains.is_empty() || extra.domains.iter().any(|own| *own == domain)
    })
}

impl Source {
    /// Its name for people.
    pub(crate) fn label(&self) -> String {
        match self {
            Self::State => "state".to_owned(),
            Self::AsIs(extra) => extra.name.to_owned(),
            Self::Attributes(extras) => {
                let names: Vec<_> = extras.iter().map(|extra| extra.name).collect();
                names.join(" or ")
            }
        }
    }

    /// What a row says of it, where temperatures are counted in this unit. A state is in the unit that
    /// the row says.
    pub(crate) fn read<'r>(
        &self,
        state: &'r str,
        attributes: &'r Attributes,
        temperature: &'static str,
    ) -> Reading<'r> {
        match self {
            Self::State => {
                let unit = attributes.get("unit_of_measurement");
                Reading::State(state, unit.and_then(Json::as_str))
            }
            Self::AsIs(extra) => match attributes.get(extra.name) {
                Some(json) => plain(json, extra.unit(temperature)),
                None => Reading::Nothing,
            },
            Self::Attributes(extras) => {
                let all = extras.iter();
                let found = all.map(|extra| extra.read(state, attributes, temperature));
                let mut said = found.filter(|reading| *reading != Reading::Nothing);
                said.next().unwrap_or(Reading::Nothing)
            }
        }
    }
}

impl Extra {
    /// Whether it is worth to be kept as it is: it is one number, and of this domain only, so that no
    /// other entity tells it too.
    pub(crate) fn is_worth_keeping(&self) -> bool {
        !matches!(self.how, How::Entry(_)) && !self.domains.is_empty()
    }

    /// The unit in which it is there, when temperatures are counted in this one.
    fn unit(&self, temperature: &'static str) -> Option<&'static str> {
        match (self.how, self.unit) {
            (How::Of255 | How::Reciprocal, _) => None,
            (_, Unit::Temperature) => Some(temperature),
            (_, Unit::Of(unit)) => Some(unit),
        }
    }

    fn read(
        &self,
        state: &str,
        attributes: &Attributes,
        temperature: &'static str,
    ) -> Reading<'static> {
        let unit = Some(match self.unit {
            Unit::Of(unit) => unit,
            Unit::Temperature => temperature,
        });
        let is_meant = match self.when {
            When::Always => true,
            When::Cooling => state == "cool",
            When::NotCooling => state != "cool",
        };
        if !is_meant {
            return Reading::Nothing;
        }
        let json = match (self.how, attributes.get(self.name)) {
            (How::Entry(index), Some(json)) => json.get(index),
            (_, json) => json,
        };
        let number = match json.map(|json| plain(json, unit)) {
            Some(Reading::Number(number, _)) => number,
            Some(Reading::Rejected(why)) => return Reading::Rejected(why),
            _ => match (self.how, state) {
                (How::Flipped, "closed") if self.property == "lift" => 0.0,
                (How::Flipped, "open") if self.property == "lift" => 100.0,
                _ => return Reading::Nothing,
            },
        };
        let number = match self.how {
            How::Same | How::Entry(_) => number,
            How::Of255 => number / 255.0 * 100.0,
            How::Flipped => 100.0 - number,
            How::Reciprocal if number > 0.0 => 1e6 / number,
            How::Reciprocal => return Reading::Rejected(Reject::OutOfRange),
        };
        Reading::Number(number, unit)
    }
}

/// A number as JSON has it, also as text.
fn plain(json: &Json, unit: Option<&'static str>) -> Reading<'static> {
    let number = match json {
        Json::Null => return Reading::Nothing,
        Json::Number(number) => number.as_f64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    match number.filter(|number| number.is_finite()) {
        Some(number) => Reading::Number(number, unit),
        None => Reading::Rejected(Reject::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(domain: &str, property: &str, state: &str, attributes: &str) -> Option<f64> {
        let extras = extras(domain).filter(|extra| extra.property == property);
        let attributes: Attributes = serde_json::from_str(attributes).unwrap();
        match Source::Attributes(extras.collect()).read(state, &attributes, "°C") {
            Reading::Number(number, _) => Some(number),
            _ => None,
        }
    }

    #[test]
    fn attributes_tell_of_properties() {
        for (domain, property, state, attributes, expected) in [
            (
                "light",
                "level",
                "on",
                r#"{"brightness": 255}"#,
                Some(100.0),
            ),
            ("light", "level", "off", r#"{"brightness": null}"#, None),
            (
                "light",
                "color-temperature",
                "on",
                r#"{"color_temp": 250, "color_temp_kelvin": 4001}"#,
                Some(4_001.0),
            ),
            (
                "light",
                "color-temperature",
                "on",
                r#"{"color_temp": 250}"#,
                Some(4_000.0),
            ),
            (
                "light",
                "hue",
                "on",
                r#"{"hs_color": [120.0, 50]}"#,
                Some(120.0),
            ),
            (
                "light",
                "saturation",
                "on",
                r#"{"hs_color": [120.0, 50]}"#,
                Some(50.0),
            ),
            (
                "cover",
                "lift",
                "open",
                r#"{"current_position": 30}"#,
                Some(70.0),
            ),
            ("cover", "lift", "closed", "{}", Some(100.0)),
            ("cover", "lift", "opening", "{}", None),
            ("cover", "tilt", "open", "{}", None),
            (
                "climate",
                "heating-setpoint",
                "heat",
                r#"{"temperature": 21}"#,
                Some(21.0),
            ),
            (
                "climate",
                "heating-setpoint",
                "cool",
                r#"{"temperature": 21}"#,
                None,
            ),
            (
                "climate",
                "cooling-setpoint",
                "cool",
                r#"{"temperature": 21}"#,
                Some(21.0),
            ),
            (
                "climate",
                "heating-setpoint",
                "heat_cool",
                r#"{"temperature": null, "target_temp_low": 19.5}"#,
                Some(19.5),
            ),
            (
                "sensor",
                "battery",
                "20",
                r#"{"battery_level": "87"}"#,
                Some(87.0),
            ),
            ("sensor", "level", "20", r#"{"brightness": 3}"#, None),
        ] {
            assert_eq!(
                read(domain, property, state, attributes),
                expected,
                "{property} {state} {attributes}"
            );
        }
    }

    #[test]
    fn every_property_is_one_of_rules() {
        for extra in EXTRAS {
            assert!(
                rules::attribute_of(extra.property).is_some(),
                "{}",
                extra.property
            );
        }
    }

    proptest! {
        #[test]
        fn no_attribute_upsets_it(text in ".*", number: f64, state in "open|closed|cool|.*") {
            for json in [Json::from(text.as_str()), number.into(), vec![number].into()] {
                for extra in EXTRAS {
                    let mut attributes = Attributes::new();
                    attributes.insert(extra.name.to_owned(), json.clone());
                    let _ = Source::AsIs(extra).read(&state, &attributes, "°C");
                    let _ = Source::Attributes(vec![extra]).read(&state, &attributes, "°F");
                }
            }
        }
    }
}

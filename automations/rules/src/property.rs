//! Names that rules use for what devices show and do: `on`, `temperature`, `locked`.
//!
//! A property is a view of one attribute of the model, and, where a device can be told, how it is
//! set. What is not in this table is reached by the specification's own names,
//! `hall-lamp/1/LevelControl.OnLevel`, and everything that is writable there can be set so.

use std::borrow::Cow;

use hub_model::spec::{self, Schema, Shape};
use hub_model::units::Unit;
use hub_model::{AttributeId, ClusterId, TextPath, Value};

use crate::datum::{Datum, Members, Type};
use crate::quantity::Dimension;

/// A property by its name.
#[derive(Debug)]
pub(crate) struct PropertyDef {
    /// Its name in rules.
    pub(crate) name: &'static str,
    /// The cluster.
    pub(crate) cluster: ClusterId,
    /// The attribute that shows it.
    pub(crate) attribute: AttributeId,
    /// How the attribute's value is read.
    pub(crate) view: View,
    /// How it is set; none when it only shows.
    pub(crate) set: Option<SetBy>,
}

/// How an attribute's value is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum View {
    /// A truth value.
    Bool,
    /// A truth value, the other way round.
    NotBool,
    /// Whether these bits are set.
    Bits(u64),
    /// Whether it is this member of its enum.
    Is(u64),
    /// A number, in what its unit shows.
    Number(Option<Unit>),
    /// A number in a field of a struct.
    Field(u32, Option<Unit>),
    /// A member of an enum.
    Member(Members),
    /// Text.
    Text,
}

/// How a property is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SetBy {
    /// `OnOff.On`, `OnOff.Off`.
    OnOff,
    /// `LevelControl.MoveToLevelWithOnOff`.
    Level,
    /// `ColorControl.MoveToColorTemperature`.
    ColorTemperature,
    /// `ColorControl.MoveToHue`.
    Hue,
    /// `ColorControl.MoveToSaturation`.
    Saturation,
    /// `DoorLock.LockDoor`, `DoorLock.UnlockDoor`.
    Lock,
    /// `WindowCovering.GoToLiftPercentage`.
    Lift,
    /// `WindowCovering.GoToTiltPercentage`.
    Tilt,
    /// `ValveConfigurationAndControl.Open`, `Close`.
    Valve,
    /// A write of the attribute itself, or of another of the cluster.
    Write(AttributeId),
}

const fn shows(name: &'static str, cluster: u32, attribute: u32, view: View) -> PropertyDef {
    PropertyDef {
        name,
        cluster: ClusterId(cluster),
        attribute: AttributeId(attribute),
        view,
        set: None,
    }
}

const fn sets(
    name: &'static str,
    cluster: u32,
    attribute: u32,
    view: View,
    set: SetBy,
) -> PropertyDef {
    PropertyDef {
        set: Some(set),
        ..shows(name, cluster, attribute, view)
    }
}

const fn number(unit: Unit) -> View {
    View::Number(Some(unit))
}

/// A member view whose members are looked up in the specification.
const MEMBERS: View = View::Member(Members(&[]));

/// The attribute that a fan's speed is written to: what it shows stands in another.
const PERCENT_SETTING: AttributeId = AttributeId(2);

/// All properties, by name.
const PROPERTIES: &[PropertyDef] = &[
    shows("air-quality", 0x005B, 0, MEMBERS),
    shows("battery", 0x002F, 0x0C, number(Unit::HalfPercent)),
    shows("carbon-dioxide", 0x040D, 0, View::Number(None)),
    shows("carbon-monoxide-alarm", 0x005C, 2, MEMBERS),
    sets(
        "color-temperature",
        0x0300,
        7,
        number(Unit::Mired),
        SetBy::ColorTemperature,
    ),
    shows("contact", 0x0045, 0, View::Bool),
    sets(
        "cooling-setpoint",
        0x0201,
        0x11,
        number(Unit::CentiCelsius),
        SetBy::Write(AttributeId(0x11)),
    ),
    shows("current", 0x0090, 5, number(Unit::Milliampere)),
    shows("door", 0x0101, 3, MEMBERS),
    shows(
        "energy",
        0x0091,
        1,
        View::Field(0, Some(Unit::MilliwattHour)),
    ),
    sets("fan-mode", 0x0202, 0, MEMBERS, SetBy::Write(AttributeId(0))),
    sets(
        "fan-speed",
        0x0202,
        3,
        number(Unit::Percent),
        SetBy::Write(PERCENT_SETTING),
    ),
    shows("flow", 0x0404, 0, number(Unit::DeciCubicMetrePerHour)),
    sets(
        "heating-setpoint",
        0x0201,
        0x12,
        number(Unit::CentiCelsius),
        SetBy::Write(AttributeId(0x12)),
    ),
    sets("hue", 0x0300, 0, number(Unit::Hue254), SetBy::Hue),
    shows("humidity", 0x0405, 0, number(Unit::CentiPercent)),
    shows("illuminance", 0x0400, 0, number(Unit::LogLux)),
    shows("leak", 0x0045, 0, View::Bool),
    sets("level", 0x0008, 0, number(Unit::Level254), SetBy::Level),
    sets(
        "lift",
        0x0102,
        0x0E,
        number(Unit::CentiPercent),
        SetBy::Lift,
    ),
    shows("local-temperature", 0x0201, 0, number(Unit::CentiCelsius)),
    shows("lock-state", 0x0101, 0, MEMBERS),
    sets("locked", 0x0101, 0, View::Is(1), SetBy::Lock),
    shows("occupied", 0x0406, 0, View::Bits(1)),
    sets("on", 0x0006, 0, View::Bool, SetBy::OnOff),
    shows("open", 0x0045, 0, View::NotBool),
    shows("operational-state", 0x0060, 4, MEMBERS),
    shows("pm25", 0x042A, 0, View::Number(None)),
    shows("power", 0x0090, 8, number(Unit::Milliwatt)),
    shows("pressure", 0x0403, 0, number(Unit::DeciKilopascal)),
    sets(
        "saturation",
        0x0300,
        1,
        number(Unit::Level254),
        SetBy::Saturation,
    ),
    shows("smoke-alarm", 0x005C, 1, MEMBERS),
    shows("switch-position", 0x003B, 1, View::Number(None)),
    sets(
        "system-mode",
        0x0201,
        0x1C,
        MEMBERS,
        SetBy::Write(AttributeId(0x1C)),
    ),
    shows("temperature", 0x0402, 0, number(Unit::CentiCelsius)),
    sets(
        "tilt",
        0x0102,
        0x0F,
        number(Unit::CentiPercent),
        SetBy::Tilt,
    ),
    sets("valve-open", 0x0081, 4, View::Is(1), SetBy::Valve),
    shows("voltage", 0x0090, 4, number(Unit::Millivolt)),
];

/// The name of what says whether a device answers.
pub(crate) const REACHABLE: &str = "reachable";

/// The property with this name.
pub(crate) fn named(name: &str) -> Option<Named> {
    if name == REACHABLE {
        return Some(Named::Reachable);
    }
    let at = PROPERTIES.binary_search_by_key(&name, |property| property.name);
    at.ok().and_then(|at| PROPERTIES.get(at)).map(Named::Of)
}

/// What a name of a property means.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Named {
    /// Whether the device answers.
    Reachable,
    /// A view of an attribute.
    Of(&'static PropertyDef),
}

/// All properties, by name.
pub(crate) fn all() -> impl Iterator<Item = &'static PropertyDef> {
    PROPERTIES.iter()
}

/// The names of the properties that a device with these attributes has.
#[must_use]
pub fn properties_of(paths: impl IntoIterator<Item = TextPath>) -> Vec<String> {
    let mut found: Vec<_> = paths
        .into_iter()
        .filter_map(|path| {
            let cluster = path.cluster?.one()?;
            let attribute = path.member?.one()?.attribute()?;
            Some((cluster, attribute))
        })
        .collect();
    found.sort_unstable();
    let has = |def: &&PropertyDef| found.binary_search(&(def.cluster, def.attribute)).is_ok();
    all().filter(has).map(|def| def.name.to_owned()).collect()
}

/// The attribute that a property shows, by its name in rules; none when there is no such property, or
/// it shows no attribute.
#[must_use]
pub fn attribute_of(property: &str) -> Option<(ClusterId, AttributeId)> {
    match named(property)? {
        Named::Reachable => None,
        Named::Of(def) => Some((def.cluster, def.attribute)),
    }
}

/// The names of all properties.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let properties = PROPERTIES.iter().map(|property| property.name);
    properties.chain([REACHABLE])
}

/// The names of those that can be set.
pub(crate) fn settable_names() -> impl Iterator<Item = &'static str> {
    let settable = PROPERTIES.iter().filter(|property| property.set.is_some());
    settable.map(|property| property.name)
}

/// A cluster as it is written in a path.
pub(crate) fn cluster_text(cluster: ClusterId) -> Cow<'static, str> {
    match spec::cluster(cluster) {
        Some(known) => known.name.into(),
        None => cluster.to_string().into(),
    }
}

/// How an attribute of the specification is read when it is named itself; none when its values are
/// nothing that a rule can compare.
pub(crate) fn view_of(schema: &Schema, bit: Option<&str>) -> Option<View> {
    match (schema.datatype.shape, bit) {
        (Shape::Bitmap { bits, .. }, Some(name)) => {
            let mut bits = bits.iter();
            let bit = bits.find(|bit| bit.name.eq_ignore_ascii_case(name))?;
            Some(View::Bits(bit.mask()))
        }
        (_, Some(_)) => None,
        (Shape::Bool, None) => Some(View::Bool),
        (Shape::Enum { members, .. }, None) => Some(View::Member(Members(members))),
        (Shape::Text, None) => Some(View::Text),
        (
            Shape::Uint { .. }
            | Shape::Int { .. }
            | Shape::Single
            | Shape::Double
            | Shape::Bitmap { .. },
            None,
        ) => Some(View::Number(schema.unit)),
        _ => None,
    }
}

impl PropertyDef {
    /// How it is read, with the members of its enum.
    pub(crate) fn view(&self) -> View {
        match self.view {
            View::Member(_) => {
                let attribute = spec::attribute(self.cluster, self.attribute);
                let view = attribute.and_then(|attribute| view_of(&attribute.schema, None));
                view.unwrap_or(self.view)
            }
            view => view,
        }
    }
}

impl View {
    /// The type of what it reads.
    pub(crate) fn datatype(self) -> Type {
        match self {
            Self::Bool | Self::NotBool | Self::Bits(_) | Self::Is(_) => Type::Bool,
            Self::Number(unit) | Self::Field(_, unit) => {
                Type::Number(unit.map_or(Dimension::Plain, Dimension::of))
            }
            Self::Member(members) => Type::Member(members),
            Self::Text => Type::Text,
        }
    }

    /// What a value says; none when it says nothing, as null does.
    pub(crate) fn read(self, value: &Value) -> Option<Datum> {
        let number = |value: &Value, unit: Option<Unit>| {
            let raw = value.as_f64().filter(|raw| raw.is_finite())?;
            Some(Datum::Number(unit.map_or(raw, |unit| unit.shown(raw))))
        };
        match self {
            Self::Bool => value.as_bool().map(Datum::Bool),
            Self::NotBool => value.as_bool().map(|b| Datum::Bool(!b)),
            Self::Bits(mask) => value.as_u64().map(|bits| Datum::Bool(bits & mask != 0)),
            Self::Is(member) => value.as_u64().map(|is| Datum::Bool(is == member)),
            Self::Number(unit) => number(value, unit),
            Self::Field(tag, unit) => number(value.field(tag)?, unit),
            Self::Member(_) => value.as_u64().map(Datum::Member),
            Self::Text => value.as_text().map(|text| Datum::Text(text.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_sorted_and_in_the_specification() {
        assert!(PROPERTIES.is_sorted_by(|a, b| a.name < b.name));
        for property in PROPERTIES {
            let attribute = spec::attribute(property.cluster, property.attribute);
            let attribute = attribute.unwrap_or_else(|| panic!("{}", property.name));
            if let View::Number(Some(unit)) = property.view {
                assert_eq!(attribute.schema.unit, Some(unit), "{}", property.name);
            }
            if property.view == MEMBERS {
                let View::Member(members) = property.view() else {
                    panic!("{} is no enum", property.name);
                };
                assert!(!members.0.is_empty(), "{}", property.name);
            }
            if let Some(SetBy::Write(attribute)) = property.set {
                let written = spec::attribute(property.cluster, attribute).unwrap();
                assert!(written.is_writable(), "{}", property.name);
            }
        }
    }

    #[test]
    fn a_property_shows_an_attribute() {
        assert_eq!(
            attribute_of("temperature"),
            Some((ClusterId(0x0402), AttributeId(0)))
        );
        assert_eq!(attribute_of(REACHABLE), None);
        assert_eq!(attribute_of("glow"), None);
    }

    #[test]
    fn null_and_nonsense_say_nothing() {
        assert_eq!(View::Bool.read(&Value::Null), None);
        assert_eq!(View::Number(None).read(&Value::Double(f64::NAN)), None);
        assert_eq!(View::Number(None).read(&Value::text("7")), None);
    }

    #[test]
    fn numbers_are_read_as_people_see_them() {
        let view = View::Number(Some(Unit::CentiCelsius));
        assert_eq!(view.read(&Value::Int(2150)), Some(Datum::Number(21.5)));
    }
}

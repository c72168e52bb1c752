//! What an entity's past becomes: a series, and how values of it are written.

use std::sync::Arc;

use history::series::SeriesKey;
use hub_model::spec::{self, Member, Shape};
use hub_model::{AttributeId, AttributePath, ClusterId, DeviceTypeId, NodeId, Value};
use rules::expr::DeviceRef;

use crate::number::{Number, Reject};
use crate::places::Places;
use crate::quantity;
use crate::word;

/// A series that something becomes.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The series.
    pub(crate) key: SeriesKey,
    /// Its name for people.
    pub(crate) text: String,
    /// How its values are written.
    pub(crate) encode: Encode,
}

/// How the values of a series are written.
#[derive(Clone, Debug)]
pub(crate) enum Encode {
    /// A truth value, maybe the other way round than there.
    Bool { inverted: bool },
    /// These bits, or none.
    Bits(u64),
    /// A member of an enum.
    Member {
        cluster: ClusterId,
        attribute: AttributeId,
        members: &'static [Member],
    },
    /// A number.
    Number(Number),
    /// A struct with the number in one field.
    Field(u32, Number),
    /// Text.
    Text,
    /// What has no place here, as it was there.
    Foreign {
        /// Whether it is on or off.
        switches: bool,
        /// Whether it is a number where it can be.
        counts: bool,
        /// The unit of its numbers.
        unit: Option<Arc<str>>,
    },
}

impl Target {
    /// An attribute of the home. `opens` says whether there on means open, where here true means shut.
    pub(crate) fn attribute(
        places: Places<'_>,
        path: AttributePath,
        opens: Option<bool>,
    ) -> Result<Self, String> {
        let text = places.text(&path);
        let attribute = spec::attribute(path.cluster, path.attribute);
        let attribute = attribute.ok_or_else(|| format!("{text} is not in the specification"))?;
        let number = |schema| {
            Number::of(path.cluster, attribute, schema, |name| {
                places.beside(&path, name)
            })
        };
        let encode = match attribute.schema.datatype.shape {
            Shape::Bool if path.cluster == BOOLEAN_STATE => {
                let shuts = || places.is_of_type(&path, CONTACT_SENSOR);
                Some(Encode::Bool {
                    inverted: opens.unwrap_or_else(shuts),
                })
            }
            Shape::Bool => Some(Encode::Bool { inverted: false }),
            Shape::Bitmap { bits: [bit], .. } => Some(Encode::Bits(bit.mask())),
            Shape::Enum { members, .. } => Some(Encode::Member {
                cluster: path.cluster,
                attribute: path.attribute,
                members,
            }),
            Shape::Text => Some(Encode::Text),
            Shape::Struct(fields) => fields
                .iter()
                .find(|field| field.name == "Energy")
                .and_then(|field| Some(Encode::Field(field.id.0, number(&field.schema)?))),
            _ => number(&attribute.schema).map(Encode::Number),
        };
        let encode = encode.ok_or_else(|| format!("no state can be a value of {text}"))?;
        Ok(Self {
            key: SeriesKey::Attribute(path),
            text,
            encode,
        })
    }

    /// Whether a node is there.
    pub(crate) fn reachability(node: NodeId, device: &DeviceRef) -> Self {
        Self {
            key: SeriesKey::Reachability(node),
            text: format!("{}.reachable", device.slug),
            encode: Encode::Bool { inverted: false },
        }
    }

    /// What has no place in the home.
    pub(crate) fn foreign(name: &str, domain: &str, unit: Option<&Arc<str>>) -> Self {
        Self {
            key: SeriesKey::Foreign(name.into()),
            text: name.to_owned(),
            encode: Encode::Foreign {
                switches: word::switches(domain),
                counts: word::counts(domain),
                unit: unit.cloned(),
            },
        }
    }
}

/// `BooleanState`, which means another thing on each type of device. Matter 1.6 Cluster §1.7.
pub(crate) const BOOLEAN_STATE: ClusterId = ClusterId(0x0045);
/// Its boolean state is true when it is shut. Matter 1.6 Device Library §7.1.
const CONTACT_SENSOR: DeviceTypeId = DeviceTypeId(0x0015);

impl Encode {
    /// The value of a state, which is in a unit if it is a number.
    pub(crate) fn state(&self, state: &str, unit: Option<&str>) -> Result<Value, Reject> {
        let truth = || word::truth(state.trim()).ok_or(Reject::Unreadable);
        match self {
            Self::Bool { inverted } => Ok(Value::Bool(truth()? != *inverted)),
            Self::Bits(mask) => Ok(Value::Uint(if truth()? { *mask } else { 0 })),
            Self::Member {
                cluster,
                attribute,
                members,
            } => {
                let member = word::member(*cluster, *attribute, members, state);
                member
                    .map(|member| Value::Uint(member.into()))
                    .ok_or(Reject::Unreadable)
            }
            Self::Number(_) | Self::Field(..) => {
                self.number(number_of(state).ok_or(Reject::Unreadable)?, unit)
            }
            Self::Text => Ok(Value::text(state)),
            Self::Foreign {
                switches, counts, ..
            } => match (state, number_of(state)) {
                ("on", _) if *switches => Ok(Value::Bool(true)),
                ("off", _) if *switches => Ok(Value::Bool(false)),
                (_, Some(number)) if *counts => self.number(number, unit),
                _ => Ok(Value::text(state)),
            },
        }
    }

    /// The value of a number in a unit.
    pub(crate) fn number(&self, number: f64, unit: Option<&str>) -> Result<Value, Reject> {
        let ours = |of: &Number| {
            let line = of.line(unit).ok_or(Reject::WrongUnit)?;
            of.value(line.of(number))
        };
        match self {
            Self::Number(of) => ours(of),
            Self::Field(tag, of) => Ok(Value::structure([(*tag, ours(of)?)])),
            Self::Foreign { unit: own, .. } => {
                let line = match (unit, own.as_deref()) {
                    (Some(unit), Some(own)) => quantity::line(unit, own),
                    _ => Some(quantity::Line::SAME),
                };
                let line = line.ok_or(Reject::WrongUnit)?;
                Ok(Value::Double(line.of(number)))
            }
            Self::Bool { .. } | Self::Bits(_) | Self::Member { .. } | Self::Text => {
                Err(Reject::Unreadable)
            }
        }
    }

    /// Whether it is a number, in what a unit counts or could.
    pub(crate) fn takes_unit(&self, unit: Option<&str>) -> bool {
        match self {
            Self::Number(of) | Self::Field(_, of) => of.line(unit).is_some(),
            _ => true,
        }
    }

    /// The numbers, when it has such of which statistics can be told.
    pub(crate) fn numbers(&self) -> Option<&Number> {
        match self {
            Self::Number(of) | Self::Field(_, of) => Some(of),
            _ => None,
        }
    }
}

fn number_of(state: &str) -> Option<f64> {
    let number: f64 = state.trim().parse().ok()?;
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_place_stays_as_it_was() {
        let unit: Arc<str> = "°C".into();
        let sensor = Target::foreign("sensor.x", "sensor", Some(&unit)).encode;
        assert_eq!(sensor.state("21.5", Some("°C")), Ok(Value::Double(21.5)));
        assert_eq!(sensor.state("50", Some("°F")), Ok(Value::Double(10.0)));
        assert_eq!(sensor.state("5", Some("W")), Err(Reject::WrongUnit));
        assert_eq!(sensor.state("inf", None), Ok(Value::text("inf")));
        let lamp = Target::foreign("light.x", "light", None).encode;
        assert_eq!(lamp.state("on", None), Ok(Value::Bool(true)));
        let weather = Target::foreign("weather.x", "weather", None).encode;
        assert_eq!(weather.state("on", None), Ok(Value::text("on")));
        let text = Target::foreign("input_text.x", "input_text", None).encode;
        assert_eq!(text.state("12", None), Ok(Value::text("12")));
    }
}

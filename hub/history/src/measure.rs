//! What a series tells: a number with its unit, a state, or something that is neither.
//!
//! The specification says it; of what it does not know, the values themselves do.

use hub_model::spec::{self, Field, Schema, Shape};
use hub_model::units::Unit;
use hub_model::{FieldId, Value};

use crate::series::SeriesKey;

/// What a series tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Of which kind it is.
    pub kind: Kind,
    /// What its numbers count, when that is known.
    pub unit: Option<Unit>,
    /// The field of its structs that has the number; none when the value is the number.
    field: Option<FieldId>,
}

/// What kind of thing a series tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number that goes up and down: a temperature.
    Level,
    /// A number that only rises, until it begins anew: an energy meter.
    Counter,
    /// One of some states: on, off.
    State,
    /// Neither: a list, an event.
    Other,
    /// Not known from the series' name; each value says by itself.
    Open,
}

impl Measure {
    /// What a series of this name tells.
    #[must_use]
    pub fn of(key: &SeriesKey) -> Self {
        let path = match key {
            SeriesKey::Attribute(path) => path,
            SeriesKey::Foreign(_) => return Self::plain(Kind::Open, None),
            SeriesKey::Reachability(_) => return Self::plain(Kind::State, None),
            SeriesKey::Hub | SeriesKey::Commands(_) | SeriesKey::Event(_) => {
                return Self::plain(Kind::Other, None);
            }
        };
        match spec::attribute(path.cluster, path.attribute) {
            Some(attribute) => Self::of_schema(attribute.name, &attribute.schema),
            None => Self::plain(Kind::Open, None),
        }
    }

    fn of_schema(name: &str, schema: &Schema) -> Self {
        let number = match counts(name) {
            true => Kind::Counter,
            false => Kind::Level,
        };
        match schema.datatype.shape {
            Shape::Any => Self::plain(Kind::Open, None),
            Shape::Bool | Shape::Enum { .. } | Shape::Bitmap { .. } | Shape::Text => {
                Self::plain(Kind::State, None)
            }
            Shape::Uint { .. } | Shape::Int { .. } | Shape::Single | Shape::Double => {
                Self::plain(number, schema.unit)
            }
            Shape::Struct(fields) => match measured(fields) {
                Some(field) => Self {
                    kind: number,
                    unit: field.schema.unit,
                    field: Some(field.id),
                },
                None => Self::plain(Kind::Other, None),
            },
            Shape::Bytes | Shape::List(_) => Self::plain(Kind::Other, None),
        }
    }

    const fn plain(kind: Kind, unit: Option<Unit>) -> Self {
        Self {
            kind,
            unit,
            field: None,
        }
    }

    /// The number that a value tells, in the unit in which it is shown.
    #[must_use]
    pub fn number(&self, value: &Value) -> Option<f64> {
        if !matches!(self.kind, Kind::Level | Kind::Counter | Kind::Open) {
            return None;
        }
        let value = match self.field {
            Some(field) => value.field(field.0)?,
            None => value,
        };
        let raw = value.as_f64().filter(|raw| raw.is_finite())?;
        Some(self.unit.map_or(raw, |unit| unit.shown(raw)))
    }

    /// The state that a value is, when the series tells states.
    #[must_use]
    pub fn state<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        match (self.kind, value) {
            (Kind::State, Value::Null) => None,
            (Kind::State, _) => Some(value),
            (Kind::Open, Value::Bool(_) | Value::Text(_)) => Some(value),
            _ => None,
        }
    }

    /// Whether its numbers only rise.
    #[must_use]
    pub fn is_counter(&self) -> bool {
        self.kind == Kind::Counter
    }
}

/// Whether an attribute of this name counts what has been since some beginning.
fn counts(name: &str) -> bool {
    name.starts_with("Cumulative")
        || name.starts_with("Total")
        || name.ends_with("Count")
        || name == "UpTime"
}

/// The field of a struct that is what was measured; the others say when and how.
fn measured(fields: &'static [Field]) -> Option<&'static Field> {
    fields.iter().find(|field| field.name == "Energy")
}

#[cfg(test)]
mod tests {
    use hub_model::{AttributePath, EndpointId, NodeId};

    use super::*;

    fn measure(cluster: &str, attribute: &str) -> Measure {
        let cluster = spec::cluster_by_name(cluster).unwrap();
        Measure::of(&SeriesKey::Attribute(AttributePath {
            node: NodeId(1),
            endpoint: EndpointId(1),
            cluster: cluster.id,
            attribute: cluster.attribute_by_name(attribute).unwrap().id,
        }))
    }

    #[test]
    fn numbers_are_in_peoples_units() {
        let temperature = measure("TemperatureMeasurement", "MeasuredValue");
        assert_eq!(temperature.kind, Kind::Level);
        assert_eq!(temperature.number(&Value::Int(2_153)), Some(21.53));
        assert_eq!(temperature.number(&Value::Null), None);
        assert_eq!(temperature.state(&Value::Int(2_153)), None);
    }

    #[test]
    fn an_energy_meters_struct_is_a_counter() {
        let energy = measure("ElectricalEnergyMeasurement", "CumulativeEnergyImported");
        assert!(energy.is_counter());
        let value = Value::structure([(0, Value::Int(1_500_000))]);
        assert_eq!(energy.number(&value), Some(1_500.0));
        let periodic = measure("ElectricalEnergyMeasurement", "PeriodicEnergyImported");
        assert_eq!(periodic.kind, Kind::Level);
    }

    #[test]
    fn what_is_named_is_a_state() {
        for (cluster, attribute) in [
            ("OnOff", "OnOff"),
            ("DoorLock", "LockState"),
            ("OccupancySensing", "Occupancy"),
        ] {
            let measure = measure(cluster, attribute);
            assert_eq!(measure.kind, Kind::State, "{cluster}");
            assert_eq!(measure.number(&Value::Uint(1)), None);
            assert_eq!(measure.state(&Value::Uint(1)), Some(&Value::Uint(1)));
            assert_eq!(measure.state(&Value::Null), None);
        }
    }

    #[test]
    fn an_unknown_thing_is_what_its_values_are() {
        let foreign = Measure::of(&SeriesKey::Foreign("sensor.x".into()));
        assert_eq!(foreign.number(&Value::Double(1.5)), Some(1.5));
        assert_eq!(foreign.number(&Value::Double(f64::NAN)), None);
        assert_eq!(foreign.state(&Value::from("on")), Some(&Value::from("on")));
    }
}

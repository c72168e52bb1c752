//! Names and values for people: "Temperature", "21.5 °C", "locked".
//!
//! Names are made from those of the specification, split into words, with a hand-made table for what
//! people call otherwise. Values are made from the schema: units, names of enum members and bits.
//! Every cluster and every value has some form, known or not; none is empty. In English; a client
//! that speaks another language has the same data in [`crate::spec`].

mod label;
mod moment;
mod names;
mod number;
mod structure;
mod words;

use std::borrow::Cow;

use crate::id::{AttributeId, ClusterId, CommandId, DeviceTypeId, EventId};
use crate::spec;
use crate::units::Unit;
use crate::value::Value;

/// What else is known where a value stands; all of it may be left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// A device type of the endpoint: it says what a boolean state means.
    pub device_type: Option<DeviceTypeId>,
    /// The cluster's attribute that [`Unit::depends_on`] names: `MeasurementUnit` or `Scale`.
    pub scaled_by: Option<i64>,
}

/// A value of an attribute: "21.5 °C", "on", "unoccupied"; null is "unknown", or "not set" where it
/// could be set.
#[must_use]
pub fn value(cluster: ClusterId, attribute: AttributeId, value: &Value) -> String {
    value_in(Surroundings::default(), cluster, attribute, value)
}

/// A value of an attribute of an endpoint of which more is known.
#[must_use]
pub fn value_in(
    surroundings: Surroundings,
    cluster: ClusterId,
    attribute: AttributeId,
    value: &Value,
) -> String {
    let Some(attribute) = spec::attribute(cluster, attribute) else {
        return structure::untyped(value);
    };
    if matches!(value, Value::Null) {
        let word = if attribute.is_writable() {
            "not set"
        } else {
            "unknown"
        };
        return word.to_owned();
    }
    if let Some(word) = words::word(surroundings.device_type, cluster, attribute.id, value) {
        return word;
    }
    match (
        attribute.schema.unit,
        surroundings.scaled_by,
        value.as_f64(),
    ) {
        (Some(Unit::Concentration), Some(unit), Some(n)) => number::concentration(n, unit),
        (Some(Unit::ScaledPascal), Some(scale), Some(n)) => number::scaled_pascal(n, scale),
        _ => structure::typed(&attribute.schema, value),
    }
}

/// An event that happened: "Initial press (new position 1)".
#[must_use]
pub fn event(cluster: ClusterId, event: EventId, fields: &Value) -> String {
    let known = spec::cluster(cluster).and_then(|cluster| cluster.event(event));
    let known = known.map_or(&[][..], |event| event.fields);
    structure::with_fields(&event_name(cluster, event), known, fields)
}

/// A command asked for: "Move to level (level 50 %, transition time 1 s)".
#[must_use]
pub fn command(cluster: ClusterId, command: CommandId, fields: &Value) -> String {
    let known = spec::cluster(cluster).and_then(|cluster| cluster.command(command));
    let known = known.map_or(&[][..], |command| command.fields);
    structure::with_fields(&command_name(cluster, command), known, fields)
}

/// A number in its unit: "21.5 °C".
#[must_use]
pub fn quantity(unit: Unit, raw: f64) -> String {
    number::quantity(unit, raw)
}

/// The name of a cluster: "Temperature"; of an unknown one its number.
#[must_use]
pub fn cluster_name(cluster: ClusterId) -> Cow<'static, str> {
    match spec::cluster(cluster) {
        Some(cluster) => names::cluster(cluster),
        None => format!("Cluster {cluster}").into(),
    }
}

/// The name of an attribute: "Heating setpoint"; of an unknown one its number.
#[must_use]
pub fn attribute_name(cluster: ClusterId, attribute: AttributeId) -> Cow<'static, str> {
    match (spec::cluster(cluster), spec::attribute(cluster, attribute)) {
        (Some(cluster), Some(attribute)) => names::attribute(cluster, attribute),
        (None, Some(attribute)) => label::sentence(attribute.name).into(),
        (_, None) => format!("Attribute {attribute}").into(),
    }
}

/// The name of a command that a client sends: "Move to level"; of an unknown one its number.
#[must_use]
pub fn command_name(cluster: ClusterId, command: CommandId) -> Cow<'static, str> {
    match spec::cluster(cluster).and_then(|cluster| cluster.command(command)) {
        Some(command) => label::sentence(command.name).into(),
        None => format!("Command {command}").into(),
    }
}

/// The name of an event: "Initial press"; of an unknown one its number.
#[must_use]
pub fn event_name(cluster: ClusterId, event: EventId) -> Cow<'static, str> {
    match spec::cluster(cluster).and_then(|cluster| cluster.event(event)) {
        Some(event) => label::sentence(event.name).into(),
        None => format!("Event {event}").into(),
    }
}

/// The name of a device type: "Dimmable light"; of an unknown one its number.
#[must_use]
pub fn device_type_name(device_type: DeviceTypeId) -> Cow<'static, str> {
    match spec::device_type(device_type) {
        Some(device_type) => names::device_type(device_type),
        None => format!("Device type {device_type}").into(),
    }
}

#[cfg(test)]
mod tests;

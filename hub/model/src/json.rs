//! Values as JSON, by the schema, both ways.
//!
//! | value | JSON |
//! |---|---|
//! | integer | number; beyond 2^53 a decimal string, which JavaScript cannot round |
//! | number with fraction | number; `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | enum | the member's name, or the number when it has none |
//! | bitmap | object of all known bits, `{"occupied": true}`; a run of bits is a number; bits without a name are a number under `"$unknown"` |
//! | octets | hex in lower case |
//! | struct, command, event | object by field name, first letter in lower case; unknown fields by number |
//! | null, text, list | the same |
//!
//! Read is also: an enum as its number, a bitmap as a number or as a list of names, integers as
//! strings (decimal or `0x`), names in any case.
//!
//! What the schema does not know, or what contradicts it, is kept in a form that says its own type:
//! `{"$int": 5}`, `{"$bytes": "00ff"}`, `{"$value": "text"}`; see [`untyped`]. So what a device sent
//! never changes on its way through JSON; at most it is refused on the way back (a null where there
//! is none, a mandatory field that is missing).

mod error;
mod read;
mod scalar;
pub mod untyped;
mod write;

pub(crate) use error::meant;
pub use error::{JsonError, Problem};
use serde_json::Value as Json;

use crate::id::{AttributeId, ClusterId, CommandId, EventId};
use crate::spec::{self, Field, Schema};
use crate::value::Value;

/// A value as JSON.
#[must_use]
pub fn to_json(schema: &Schema, value: &Value) -> Json {
    write::value(schema, value)
}

/// A value from JSON.
///
/// # Errors
/// When the JSON is not what the schema asks for; the error names the place and what is expected.
pub fn from_json(schema: &Schema, json: &Json) -> Result<Value, JsonError> {
    read::value(schema, json, 0)
}

/// The fields of a command or event as JSON.
#[must_use]
pub fn fields_to_json(fields: &'static [Field], value: &Value) -> Json {
    write::fields(fields, value)
}

/// The fields of a command from JSON; null and absence of all stand for none.
///
/// # Errors
/// As [`from_json`], and when a mandatory field is missing.
pub fn fields_from_json(fields: &'static [Field], json: &Json) -> Result<Value, JsonError> {
    match json {
        Json::Null => read::fields(fields, &Json::Object(serde_json::Map::new()), 0),
        json => read::fields(fields, json, 0),
    }
}

/// An attribute's value as JSON, whether the attribute is known or not.
#[must_use]
pub fn attribute_to_json(cluster: ClusterId, attribute: AttributeId, value: &Value) -> Json {
    match spec::attribute(cluster, attribute) {
        Some(attribute) => to_json(&attribute.schema, value),
        None => untyped::to_json(value),
    }
}

/// An attribute's value from JSON, whether the attribute is known or not.
///
/// # Errors
/// As [`from_json`]; for an unknown attribute as [`untyped::from_json`].
pub fn attribute_from_json(
    cluster: ClusterId,
    attribute: AttributeId,
    json: &Json,
) -> Result<Value, JsonError> {
    match spec::attribute(cluster, attribute) {
        Some(attribute) => from_json(&attribute.schema, json),
        None => untyped::from_json(json),
    }
}

/// The fields of a command that a client sends, from JSON, whether the command is known or not.
///
/// # Errors
/// As [`fields_from_json`]; for an unknown command as [`untyped::from_json`].
pub fn command_from_json(
    cluster: ClusterId,
    command: CommandId,
    json: &Json,
) -> Result<Value, JsonError> {
    match spec::cluster(cluster).and_then(|cluster| cluster.command(command)) {
        Some(command) => fields_from_json(command.fields, json),
        None if json.is_null() => Ok(Value::structure([])),
        None => untyped::from_json(json),
    }
}

/// The fields of a command that a client sends, as JSON.
#[must_use]
pub fn command_to_json(cluster: ClusterId, command: CommandId, fields: &Value) -> Json {
    match spec::cluster(cluster).and_then(|cluster| cluster.command(command)) {
        Some(command) => fields_to_json(command.fields, fields),
        None => untyped::to_json(fields),
    }
}

/// The fields of a response, as JSON.
#[must_use]
pub fn response_to_json(cluster: ClusterId, response: CommandId, fields: &Value) -> Json {
    match spec::cluster(cluster).and_then(|cluster| cluster.response(response)) {
        Some(response) => fields_to_json(response.fields, fields),
        None => untyped::to_json(fields),
    }
}

/// The fields of an event, as JSON.
#[must_use]
pub fn event_to_json(cluster: ClusterId, event: EventId, fields: &Value) -> Json {
    match spec::cluster(cluster).and_then(|cluster| cluster.event(event)) {
        Some(event) => fields_to_json(event.fields, fields),
        None => untyped::to_json(fields),
    }
}

/// The name as JSON has it: first letter in lower case.
pub(crate) fn key(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests;

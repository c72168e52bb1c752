//! The specification's words for what the engine knows by number, and values in JSON and for
//! people. Members that the specification does not know are called by their number.

use hub_engine::Home;
use hub_model::units::Unit;
use hub_model::{
    AttributePath, ClusterId, CommandId, CommandPath, EventPath, Origin, Value, json, present, spec,
};
use serde_json::Value as Json;

use crate::dto::origin_words;
use crate::problem::{Kind, Problem};

/// A value as people read it.
pub(crate) struct Shown {
    /// The text, with its unit.
    pub(crate) text: String,
    /// The unit alone.
    pub(crate) unit: Option<String>,
}

/// A device type's name for people.
pub(crate) fn device_type(id: hub_model::DeviceTypeId) -> String {
    present::device_type_name(id).into_owned()
}

/// A cluster's name: `OnOff`.
pub(crate) fn cluster(id: ClusterId) -> String {
    spec::cluster(id).map_or_else(|| id.to_string(), |cluster| cluster.name.to_owned())
}

/// An attribute's name: `OnOff.OnTime`.
pub(crate) fn attribute(path: &AttributePath) -> String {
    let known = spec::attribute(path.cluster, path.attribute).map(|attribute| attribute.name);
    member(path.cluster, known, path.attribute.0)
}

/// An event's name: `Switch.InitialPress`.
pub(crate) fn event(path: &EventPath) -> String {
    let known = spec::cluster(path.cluster).and_then(|cluster| cluster.event(path.event));
    member(path.cluster, known.map(|event| event.name), path.event.0)
}

/// A command's name: `OnOff.Toggle`.
pub(crate) fn command(of: ClusterId, id: CommandId) -> String {
    let known = spec::cluster(of).and_then(|cluster| cluster.command(id));
    member(of, known.map(|command| command.name), id.0)
}

/// A response's name.
pub(crate) fn response(of: ClusterId, id: CommandId) -> String {
    let known = spec::cluster(of).and_then(|cluster| cluster.response(id));
    member(of, known.map(|command| command.name), id.0)
}

fn member(of: ClusterId, name: Option<&str>, number: u32) -> String {
    match name {
        Some(name) => format!("{}.{name}", cluster(of)),
        None => format!("{}.{number:#x}", cluster(of)),
    }
}

/// An attribute's value as the schema names it.
pub(crate) fn json(path: &AttributePath, value: &Value) -> Json {
    json::attribute_to_json(path.cluster, path.attribute, value)
}

/// An event's fields as the schema names them.
pub(crate) fn event_json(path: &EventPath, fields: &Value) -> Json {
    json::event_to_json(path.cluster, path.event, fields)
}

/// A response's fields as the schema names them.
pub(crate) fn response_json(of: ClusterId, id: CommandId, fields: &Value) -> Json {
    json::response_to_json(of, id, fields)
}

/// An attribute's value as people read it.
pub(crate) fn shown(path: &AttributePath, value: &Value) -> Shown {
    let unit = spec::attribute(path.cluster, path.attribute)
        .and_then(|attribute| attribute.schema.unit)
        .map(|unit| unit.symbol().to_owned())
        .filter(|symbol| !symbol.is_empty());
    Shown {
        text: present::value(path.cluster, path.attribute, value),
        unit,
    }
}

/// Who began something, devices by name.
pub(crate) fn origin(home: &Home, origin: &Origin) -> String {
    match origin {
        Origin::Device(id) => match home.node(*id) {
            Some(node) => node.name.to_string(),
            None => origin_words(origin),
        },
        // The version of the rule stands in the trace.
        Origin::Rule(name) => format!("rule {}", name.split('@').next().unwrap_or(name)),
        _ => origin_words(origin),
    }
}

/// A value to write, from JSON.
pub(crate) fn value_of(path: &AttributePath, value: &Json) -> Result<Value, Problem> {
    let known = spec::attribute(path.cluster, path.attribute);
    if known.is_some_and(|attribute| !attribute.is_writable()) {
        return Err(Problem::new(Kind::NotWritable, attribute(path))
            .advise("A command may change it; `ingle node NODE` shows what there is."));
    }
    let unit = known.and_then(|attribute| attribute.schema.unit);
    let counted = unit.and_then(|unit| counted(unit, value));
    json::attribute_from_json(path.cluster, path.attribute, counted.as_ref().unwrap_or(value))
        .map_err(|error| {
            let problem = Problem::new(Kind::BadValue, error.to_string());
            match unit.map(Unit::symbol).filter(|symbol| !symbol.is_empty()) {
                Some(symbol) => problem.advise(format!(
                    "A bare number is as the device counts; with its unit ({symbol}) it is as people do."
                )),
                None => problem,
            }
        })
}

/// What a device counts, of a text that gives a number with its unit.
fn counted(unit: Unit, value: &Json) -> Option<Json> {
    let raw = unit.read(value.as_str()?)?;
    let whole: i64 = format!("{raw:.0}").parse().ok()?;
    Some(whole.into())
}

/// A command's fields, from JSON.
pub(crate) fn fields_of(path: &CommandPath, fields: Option<&Json>) -> Result<Value, Problem> {
    let fields = fields.unwrap_or(&Json::Null);
    json::command_from_json(path.cluster, path.command, fields)
        .map_err(|error| Problem::new(Kind::BadValue, error.to_string()))
}

/// Whether the schema asks for a timed write.
pub(crate) fn is_write_timed(path: &AttributePath) -> bool {
    spec::attribute(path.cluster, path.attribute).is_some_and(spec::Attribute::is_timed)
}

/// Whether the schema asks for a timed invoke.
pub(crate) fn is_command_timed(path: &CommandPath) -> bool {
    let known = spec::cluster(path.cluster).and_then(|cluster| cluster.command(path.command));
    known.is_some_and(spec::Command::is_timed)
}

//! The data files as typed structures. An unknown key is an error, so nothing is lost silently.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Specification {
    pub(crate) specification: String,
    #[serde(rename = "source")]
    pub(crate) _source: String,
    pub(crate) datatypes: Vec<Element>,
    pub(crate) attributes: Vec<Element>,
    pub(crate) clusters: Vec<Cluster>,
    pub(crate) device_types: Vec<DeviceType>,
    #[serde(rename = "namespaces")]
    pub(crate) _namespaces: Json,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Cluster {
    pub(crate) id: Option<u32>,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) derives: String,
    pub(crate) revision: u16,
    #[serde(default, rename = "classification")]
    pub(crate) _classification: Option<String>,
    #[serde(default)]
    pub(crate) quality: String,
    #[serde(default)]
    pub(crate) section: String,
    #[serde(default)]
    pub(crate) datatypes: Vec<Element>,
    pub(crate) attributes: Vec<Element>,
    #[serde(default)]
    pub(crate) commands: Vec<Element>,
    #[serde(default)]
    pub(crate) events: Vec<Element>,
}

/// A datatype, attribute, command, event, field, enum member or bit.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(crate) struct Element {
    pub(crate) id: Option<u32>,
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) type_name: String,
    #[serde(rename = "derives")]
    pub(crate) _derives: String,
    pub(crate) width: Option<u8>,
    pub(crate) entry: Option<Box<Element>>,
    pub(crate) members: Option<Vec<Element>>,
    pub(crate) bits: Option<Vec<Element>>,
    pub(crate) fields: Option<Vec<Element>>,
    pub(crate) conformance: String,
    pub(crate) conformance_tree: Json,
    pub(crate) constraint: Option<Constraint>,
    pub(crate) access: Option<Access>,
    pub(crate) quality: String,
    #[serde(deserialize_with = "present")]
    pub(crate) default: Option<Json>,
    pub(crate) direction: String,
    pub(crate) response: Option<String>,
    pub(crate) priority: Option<String>,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) section: String,
}

/// Keeps `null` apart from absence.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(from).map(Some)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Constraint {
    pub(crate) text: String,
    pub(crate) min: Option<Json>,
    pub(crate) max: Option<Json>,
    #[serde(default)]
    pub(crate) entry: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Access {
    pub(crate) mode: Option<String>,
    pub(crate) read: Option<String>,
    pub(crate) write: Option<String>,
    pub(crate) fabric: Option<String>,
    #[serde(default)]
    pub(crate) timed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeviceType {
    pub(crate) id: Option<u32>,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) derives: String,
    pub(crate) revision: u16,
    pub(crate) classification: String,
    #[serde(default)]
    pub(crate) section: String,
    #[serde(rename = "conditions")]
    pub(crate) _conditions: Json,
    #[serde(default)]
    pub(crate) requirements: Vec<Requirement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Requirement {
    pub(crate) element: String,
    pub(crate) id: Option<u32>,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) instance: u8,
    #[serde(default, rename = "type")]
    pub(crate) _type: Option<String>,
    #[serde(default)]
    pub(crate) conformance: String,
    #[serde(default)]
    pub(crate) conformance_tree: Json,
    pub(crate) constraint: Option<Constraint>,
    pub(crate) access: Option<Access>,
    #[serde(default)]
    pub(crate) quality: String,
    #[serde(default)]
    pub(crate) requirements: Vec<Requirement>,
}

/// What numbers count, beyond what the specification's types say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Quantities {
    #[serde(rename = "about")]
    pub(crate) _about: String,
    /// Unit by datatype.
    pub(crate) types: BTreeMap<String, String>,
    /// By cluster and path of the member: its unit and where that is said.
    pub(crate) clusters: BTreeMap<String, BTreeMap<String, Quantity>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Quantity {
    pub(crate) unit: String,
    #[serde(rename = "section")]
    pub(crate) _section: String,
}

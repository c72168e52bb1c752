//! Attributes with their values.

use hub_engine::{AttributeView, Quality};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ms;
use crate::words;

/// An attribute with its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Attribute {
    /// Where, by number: `0x12/1/0x0006.0x0`.
    pub path: String,
    /// What, by name: `OnOff.OnOff`.
    pub name: String,
    /// The value, as the schema names it.
    pub value: serde_json::Value,
    /// The value as people read it: `21.5 °C`.
    pub text: String,
    /// The unit of what people read.
    pub unit: Option<String>,
    /// Whether it can be relied upon.
    pub quality: QualityWord,
    /// When it was so, by the device's word.
    pub reported_at_ms: i64,
    /// When the hub heard of it last.
    pub received_at_ms: i64,
    /// Why it has this value: the number of its cause.
    pub cause: Option<u64>,
}

/// Whether a value can be relied upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QualityWord {
    /// The device reported it and is there.
    Known,
    /// It was so once.
    Stale,
}

/// Several attributes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Values {
    /// The attributes, by path.
    pub values: Vec<Attribute>,
}

impl From<Quality> for QualityWord {
    fn from(quality: Quality) -> Self {
        match quality {
            Quality::Known => Self::Known,
            Quality::Stale => Self::Stale,
        }
    }
}

impl Attribute {
    /// The attribute of a view.
    pub(crate) fn of(view: &AttributeView) -> Self {
        let shown = words::shown(&view.path, &view.value);
        Self {
            path: view.path.to_string(),
            name: words::attribute(&view.path),
            value: words::json(&view.path, &view.value),
            text: shown.text,
            unit: shown.unit,
            quality: view.quality.into(),
            reported_at_ms: ms(view.reported_at),
            received_at_ms: ms(view.received_at),
            cause: view.cause.map(|cause| cause.0),
        }
    }
}

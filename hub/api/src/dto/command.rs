//! What is asked of devices, and what becomes of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Invoke a command.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invoke {
    /// Its fields, by name.
    #[serde(default)]
    pub fields: Option<Value>,
    /// What to wait for.
    #[serde(default)]
    pub wait: Wait,
    /// How long the whole may take, in milliseconds.
    #[serde(default)]
    pub within_ms: Option<u64>,
}

/// Write an attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Write {
    /// The value, as the schema names it.
    pub value: Value,
    /// What to wait for.
    #[serde(default)]
    pub wait: Wait,
    /// How long the whole may take, in milliseconds.
    #[serde(default)]
    pub within_ms: Option<u64>,
}

/// What a caller waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// The device took it.
    #[default]
    Acknowledged,
    /// A report shows what was asked for. When none comes in time, the outcome says
    /// `acknowledged`.
    Confirmed,
}

/// What became of a command that the device took. Anything else is a problem.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CommandOutcome {
    /// The number of its cause, which also names it in events.
    pub cause: u64,
    /// How far it came.
    pub outcome: Outcome,
    /// The device's response, if the command has one.
    pub response: Option<CommandResponse>,
}

/// How far a command came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The device took it.
    Acknowledged,
    /// A report shows what was asked for.
    Confirmed,
}

/// A device's response to a command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CommandResponse {
    /// Its name: `GroupKeyManagement.KeySetReadResponse`.
    pub name: String,
    /// Its fields, by name.
    pub fields: Value,
}

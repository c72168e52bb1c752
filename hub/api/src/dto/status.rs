//! How the hub is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::HistoryStatus;

/// That the hub answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `ok`.
    pub status: String,
}

/// How the hub is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// The program's version.
    pub version: String,
    /// Names this run of the hub.
    pub run: String,
    /// The present.
    pub at_ms: i64,
    /// When it started.
    pub started_at_ms: i64,
    /// How long it has run, in milliseconds.
    pub uptime_ms: u64,
    /// The last event's number.
    pub seq: u64,
    /// The hash of the page that it serves.
    pub ui: String,
    /// How its secrets are protected at rest, in words.
    pub protection: String,
    /// What is in the home.
    pub counts: Counts,
    /// The bridges that it runs.
    pub bridges: Vec<Bridge>,
    /// How its history is; none when it keeps none.
    #[serde(default)]
    pub history: Option<HistoryStatus>,
}

/// What is in the home.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counts {
    /// Floors.
    pub floors: usize,
    /// Rooms.
    pub rooms: usize,
    /// Devices.
    pub devices: usize,
    /// Nodes.
    pub nodes: usize,
    /// Nodes that answer.
    pub online: usize,
    /// Nodes that do not answer.
    pub offline: usize,
    /// Jobs under way.
    pub jobs: usize,
}

/// A bridge, with its share of the home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Bridge {
    /// Its name.
    pub name: String,
    /// Nodes of the home that are its.
    pub nodes: usize,
    /// Of those, nodes that it does not serve at present: all of them when it does not run.
    pub orphaned: usize,
}

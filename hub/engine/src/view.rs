//! What clients see: the home at one moment, and how its values, nodes and jobs look.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use hub_model::{
    AttributePath, Cause, CauseId, Command, CommandProgress, DataVersion, EventPath, EventPriority,
    JobFailure, JobId, NodeId, NodeInfo, Origin, Stage, Timestamp, Value,
};
use serde::{Deserialize, Serialize};

use crate::home::{Device, Home, Node};

/// Whether a value can be relied upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// The device reported it and is there.
    Known,
    /// It was so once: the device has gone, or the hub has started and not heard of it yet.
    Stale,
}

/// Whether a node is there, grace time considered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
#[non_exhaustive]
pub enum Reachability {
    /// The hub has just started, and has not heard of it yet.
    Unknown,
    /// It answers, or went less than the grace time ago.
    Online,
    /// It does not answer.
    Offline {
        /// When it went.
        since: Timestamp,
    },
}

/// One attribute with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeView {
    /// Where.
    pub path: AttributePath,
    /// Its last value.
    pub value: Value,
    /// Whether that can be relied upon.
    pub quality: Quality,
    /// When it was so, by the device's word.
    pub reported_at: Timestamp,
    /// When the hub heard of it last.
    pub received_at: Timestamp,
    /// The version of the cluster's data.
    pub version: Option<DataVersion>,
    /// Why it has this value; none for a value of before the hub's start.
    pub cause: Option<CauseId>,
}

/// An event of a device.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceEvent {
    /// Which.
    pub path: EventPath,
    /// Its number at the node.
    pub number: u64,
    /// How important it is.
    pub priority: EventPriority,
    /// When it happened, by the best knowledge of the bridge.
    pub happened_at: Timestamp,
    /// The device's own time of it, since its boot.
    pub uptime: Option<Duration>,
    /// Its fields.
    pub fields: Value,
    /// Its link of the causal chain.
    pub cause: CauseId,
}

/// A node and all that is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeView {
    /// The node in the home: id, name, room.
    pub node: Arc<Node>,
    /// Whether it is there.
    pub reachability: Reachability,
    /// Whether no bridge claims it.
    pub orphaned: bool,
    /// What its bridge knows of it.
    pub info: Arc<NodeInfo>,
    /// The devices it is divided into, by leading endpoint.
    pub devices: Arc<[Device]>,
    /// Its attributes, ascending by path.
    pub values: Vec<AttributeView>,
    /// Its last events, oldest first.
    pub events: VecDeque<DeviceEvent>,
}

/// A job as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobView {
    /// Its name.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// The node it is about; none until an id is reserved for a new one.
    pub node: Option<NodeId>,
    /// Who asked for it.
    pub author: Origin,
    /// Its link of the causal chain.
    pub cause: CauseId,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Its stages so far, in order.
    pub stages: Vec<StageView>,
    /// How it stands.
    pub state: JobState,
}

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum JobKind {
    /// Add a device.
    Commission,
    /// Remove a node.
    Remove,
}

/// How a job stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
#[non_exhaustive]
pub enum JobState {
    /// Under way.
    Running,
    /// Waits for a person.
    Asking {
        /// The question.
        question: String,
    },
    /// Ended well.
    Done,
    /// Ended without its aim.
    Failed {
        /// Why.
        failure: JobFailure,
    },
}

impl JobState {
    /// Whether the job has ended.
    #[must_use]
    pub const fn is_ended(&self) -> bool {
        matches!(self, Self::Done | Self::Failed { .. })
    }
}

/// A stage of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageView {
    /// Which.
    pub stage: Stage,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took; none while it is under way or when it failed.
    pub took: Option<Duration>,
    /// What was found, for people.
    pub note: String,
}

/// The home at one moment. With every event after `seq` applied it equals a later one.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The last event that it includes; 0 when there was none.
    pub seq: u64,
    /// The home: floors, rooms, nodes by name.
    pub home: Arc<Home>,
    /// The nodes, ascending by id.
    pub nodes: Vec<NodeView>,
    /// The journal of jobs, oldest first.
    pub jobs: Vec<Arc<JobView>>,
}

impl Snapshot {
    /// The node's view.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Option<&NodeView> {
        let at = self.nodes.binary_search_by_key(&id, |view| view.node.id);
        at.ok().and_then(|at| self.nodes.get(at))
    }

    /// The attribute's view.
    #[must_use]
    pub fn value(&self, path: &AttributePath) -> Option<&AttributeView> {
        let values = &self.node(path.node)?.values;
        let at = values.binary_search_by_key(path, |view| view.path);
        at.ok().and_then(|at| values.get(at))
    }
}

/// One link of the answer to "why?", with what was asked there.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The link.
    pub cause: Cause,
    /// The command asked, if the link is one.
    pub command: Option<Arc<Command>>,
    /// How the command went so far.
    pub progress: Option<CommandProgress>,
}

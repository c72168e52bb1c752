//! What a device told us.

use std::time::Duration;

use crate::cause::CauseId;
use crate::id::{AttributeId, ClusterId, DataVersion, EndpointId, EventId, NodeId};
use crate::time::Timestamp;
use crate::value::Value;

/// One thing that a node told: an attribute's value, or that an event happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The node that told it.
    pub node: NodeId,
    /// The endpoint it is about.
    pub endpoint: EndpointId,
    /// The cluster it is about.
    pub cluster: ClusterId,
    /// What was told.
    pub body: ReportBody,
    /// When it was so, by the best knowledge of the bridge: the device's own time of an event
    /// when that is a wall-clock time, else the moment of arrival.
    pub at: Timestamp,
    /// The command that this answers, when the bridge knows it (else the engine attributes it).
    pub cause: Option<CauseId>,
}

/// What a report tells.
#[derive(Clone, Debug, PartialEq)]
pub enum ReportBody {
    /// The whole value of an attribute.
    Attribute {
        /// Which one.
        attribute: AttributeId,
        /// Its value.
        value: Value,
        /// The version of the cluster's data, where the network has one.
        version: Option<DataVersion>,
    },
    /// An event that happened.
    Event {
        /// Which one.
        event: EventId,
        /// Its number at the node, which never repeats: duplicates are known by it.
        number: u64,
        /// How important it is.
        priority: EventPriority,
        /// The device's own time of it, as time since its boot, when that is all it has.
        uptime: Option<Duration>,
        /// Its fields, a [`Value::Struct`].
        fields: Value,
    },
}

/// The priority of an event. Matter 1.6 Core §7.14.1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventPriority {
    /// For engineers.
    Debug,
    /// Ordinary.
    Info,
    /// Safety or security.
    Critical,
}

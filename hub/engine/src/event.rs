//! What the engine tells its clients, in order.

use std::sync::Arc;

use hub_model::{
    AttributePath, Cause, CauseId, Command, CommandProgress, DataVersion, EndpointId, JobId,
    NodeId, NodeInfo, Origin, Timestamp, Value,
};

use crate::change::{ObjectChange, RevisionId};
use crate::home::Device;
use crate::view::{DeviceEvent, JobView, NodeView, Quality, Reachability};

/// One thing that happened, as told to every client.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Ascends by one from event to event, from 1 at the hub's start.
    pub seq: u64,
    /// When the hub saw it.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum EventKind {
    /// An attribute has another value than before, or its first.
    AttributeChanged {
        /// Which.
        path: AttributePath,
        /// Its value now.
        value: Value,
        /// The value before, with its quality then; none when this is the first.
        previous: Option<(Value, Quality)>,
        /// When it was so, by the device's word.
        reported_at: Timestamp,
        /// The version of the cluster's data.
        version: Option<DataVersion>,
        /// Why.
        cause: CauseId,
    },
    /// An attribute was reported with the value that it had: known again, or known anew.
    Freshened {
        /// Which.
        path: AttributePath,
        /// Its quality before.
        was: Quality,
        /// When it was so, by the device's word.
        reported_at: Timestamp,
        /// The version of the cluster's data.
        version: Option<DataVersion>,
    },
    /// A device's event.
    DeviceEvent(DeviceEvent),
    /// A node went or came back. When it went, all its values became stale.
    Reachability {
        /// Which.
        node: NodeId,
        /// How it is now.
        reachability: Reachability,
    },
    /// No bridge claims the node any more, or one does again.
    Orphaned {
        /// Which.
        node: NodeId,
        /// Whether it is without a bridge.
        orphaned: bool,
    },
    /// Objects changed; already on disk.
    HomeChanged {
        /// The revision that holds it.
        revision: RevisionId,
        /// Who did it.
        author: Origin,
        /// Why, in a few words.
        reason: Arc<str>,
        /// What changed.
        changes: Arc<[ObjectChange]>,
    },
    /// A node is new in the home, with all that is known of it.
    NodeAdded(Box<NodeView>),
    /// A node left the home, and its values with it.
    NodeRemoved {
        /// Which.
        node: NodeId,
    },
    /// The devices that a node is divided into changed: their endpoints, types, names or rooms.
    StructureChanged {
        /// Which.
        node: NodeId,
        /// All its devices now.
        devices: Arc<[Device]>,
    },
    /// Endpoints vanished from a node, and their values with them.
    EndpointsRemoved {
        /// The node.
        node: NodeId,
        /// The endpoints, ascending.
        endpoints: Arc<[EndpointId]>,
    },
    /// A command was asked; how it goes follows.
    Asked {
        /// Its link of the causal chain.
        cause: Arc<Cause>,
        /// What was asked.
        command: Arc<Command>,
    },
    /// How a command goes.
    Command {
        /// The command.
        cause: CauseId,
        /// The node asked.
        node: NodeId,
        /// How it goes.
        progress: CommandProgress,
    },
    /// How a job goes: all of it.
    Job(Arc<JobView>),
    /// An ended job fell out of the journal.
    JobDropped {
        /// Which.
        job: JobId,
    },
    /// What a bridge knows of a node changed.
    NodeInfo {
        /// Which.
        node: NodeId,
        /// All of it.
        info: Arc<NodeInfo>,
    },
}

impl EventKind {
    /// The node that it is about, when it is about one.
    #[must_use]
    pub fn node(&self) -> Option<NodeId> {
        match self {
            Self::AttributeChanged { path, .. } | Self::Freshened { path, .. } => Some(path.node),
            Self::DeviceEvent(event) => Some(event.path.node),
            Self::Reachability { node, .. }
            | Self::Orphaned { node, .. }
            | Self::NodeRemoved { node }
            | Self::StructureChanged { node, .. }
            | Self::EndpointsRemoved { node, .. }
            | Self::Command { node, .. }
            | Self::NodeInfo { node, .. } => Some(*node),
            Self::Asked { command, .. } => Some(command.node),
            Self::NodeAdded(view) => Some(view.node.id),
            Self::HomeChanged { .. } | Self::Job(_) | Self::JobDropped { .. } => None,
        }
    }
}

//! What passes between the engine and a bridge. The channels are the `bridge` crate's.

use std::time::Instant;

use crate::cause::CauseId;
use crate::command::{Command, CommandProgress};
use crate::id::NodeId;
use crate::job::{AttestationPolicy, JobId, JobUpdate};
use crate::node_info::NodeInfo;
use crate::report::Report;
use crate::secret::Secret;

/// From the hub to a bridge.
#[derive(Clone, Debug)]
pub enum BridgeInput {
    /// Carry out a command; answer with [`BridgeOutput::Progress`] under the same cause.
    Command {
        /// Names the command.
        cause: CauseId,
        /// What to do.
        command: Command,
        /// When the engine stops waiting.
        deadline: Instant,
    },
    /// Add a device; answer with [`BridgeOutput::Job`].
    Commission(CommissionRequest),
    /// A person answered [`JobUpdate::Asks`].
    Answer {
        /// The job that asked.
        job: JobId,
        /// Go on, or give up.
        proceed: bool,
    },
    /// Give the job up, clean up and report it failed with `cancelled`.
    Cancel {
        /// Which.
        job: JobId,
    },
    /// Remove a node from the network, then forget it; answer with [`BridgeOutput::Job`] and
    /// [`BridgeOutput::Left`].
    Remove {
        /// The job to report under.
        job: JobId,
        /// The node.
        node: NodeId,
        /// Forget it even if the device cannot be told.
        forget: bool,
    },
}

/// A request to add a device.
#[derive(Clone, Debug)]
pub struct CommissionRequest {
    /// The job to report under.
    pub job: JobId,
    /// The id that the node will have; reserved for it.
    pub node: NodeId,
    /// The setup code: QR payload or manual pairing code.
    pub code: Secret<String>,
    /// What to do with untrusted attestation; the bridge's configured policy when none.
    pub policy: Option<AttestationPolicy>,
}

/// From a bridge to the hub.
#[derive(Clone, Debug, PartialEq)]
pub enum BridgeOutput {
    /// The bridge knows this node. Told of each node at start, and when one was added; before
    /// any report of it.
    Joined {
        /// The node.
        node: NodeId,
    },
    /// The bridge has forgotten the node.
    Left {
        /// The node.
        node: NodeId,
    },
    /// Whether the node answers. The engine adds the grace time.
    Reachable {
        /// The node.
        node: NodeId,
        /// Whether it answers.
        reachable: bool,
    },
    /// What nodes told, in order. A batch is handled as one.
    Reports(Vec<Report>),
    /// How a command goes.
    Progress {
        /// The command.
        cause: CauseId,
        /// How it goes.
        progress: CommandProgress,
    },
    /// How a job goes.
    Job {
        /// The job.
        job: JobId,
        /// How it goes.
        update: JobUpdate,
    },
    /// What the bridge knows of a node beside its attributes.
    Info {
        /// The node.
        node: NodeId,
        /// What is known.
        info: NodeInfo,
    },
}

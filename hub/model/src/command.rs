//! What is asked of a device, and how that goes.
//!
//! A command *asks*, a report *tells*: nothing here changes state.

use std::time::Duration;

use crate::id::{AttributeId, ClusterId, CommandId, EndpointId, NodeId};
use crate::path::AttributePattern;
use crate::value::Value;

/// One thing asked of one node.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// The node asked.
    pub node: NodeId,
    /// What is asked.
    pub operation: Operation,
    /// How long the whole may take, from submission to the last progress.
    pub within: Duration,
}

/// What can be asked of a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// Invoke a cluster's command.
    Invoke {
        /// The endpoint.
        endpoint: EndpointId,
        /// The cluster.
        cluster: ClusterId,
        /// The command.
        command: CommandId,
        /// Its fields, a [`Value::Struct`].
        fields: Value,
        /// Whether the schema asks for a timed interaction (Matter 1.6 Core §8.8).
        timed: bool,
    },
    /// Write an attribute.
    Write {
        /// The endpoint.
        endpoint: EndpointId,
        /// The cluster.
        cluster: ClusterId,
        /// The attribute.
        attribute: AttributeId,
        /// The value to write.
        value: Value,
        /// Whether the schema asks for a timed interaction.
        timed: bool,
    },
    /// Read afresh; the values come as reports before the last progress.
    Read {
        /// What to read.
        attributes: Vec<AttributePattern>,
    },
}

/// How a command goes. The first is `Sent`; `Acknowledged` (of a read: all values came) may be
/// followed by `Confirmed`; the others end it.
#[derive(Clone, Debug, PartialEq)]
pub enum CommandProgress {
    /// The bridge put it on its network.
    Sent,
    /// The device took it; a command's response fields, if it has a response.
    Acknowledged {
        /// The response command and its fields.
        response: Option<(CommandId, Value)>,
    },
    /// A report shows what was asked for. Told by the engine, never by a bridge.
    Confirmed,
    /// The device or the hub said no.
    Refused(Refusal),
    /// No answer in time.
    TimedOut,
}

impl CommandProgress {
    /// Whether nothing but a confirmation can follow.
    #[must_use]
    pub const fn is_answer(&self) -> bool {
        !matches!(self, Self::Sent)
    }
}

/// Why a command was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The device answered with an interaction model status (Matter 1.6 Core §8.10).
    #[error("the device answered with status {status:#04x}{}", cluster_status.map(|s| format!(" (cluster status {s:#04x})")).unwrap_or_default())]
    Status {
        /// The status code.
        status: u8,
        /// The cluster's own status, when given.
        cluster_status: Option<u8>,
    },
    /// The node is not of any running bridge.
    #[error("no bridge serves this node")]
    NoBridge,
    /// The node does not answer at present.
    #[error("the node is offline")]
    Offline,
    /// The submitter may not do this.
    #[error("not allowed: {0}")]
    Denied(String),
    /// The command cannot be said on the node's network.
    #[error("cannot be carried out: {0}")]
    Unsupported(String),
    /// Too many commands wait for this node.
    #[error("too many commands wait for this node")]
    Busy,
}

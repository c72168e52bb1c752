//! A rule ready to run.

use std::sync::Arc;
use std::time::Duration;

use hub_model::{ClusterId, CommandId, EndpointId, EventPath, NodeId};

use super::code::Code;
use super::order::Order;
use crate::datum::Type;
use crate::problem::Problem;
use crate::property::View;
use crate::schedule::At;
use crate::slots::SlotId;
use crate::tree::{Ensure, Otherwise};

/// A rule ready to run, or what keeps it from that.
#[derive(Clone, Debug)]
pub(crate) enum Compiled {
    /// It can run.
    Ready(Arc<Program>),
    /// It cannot, for these reasons.
    Broken(Arc<[Problem]>),
}

/// A rule ready to run.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) triggers: Vec<Arc<CompiledTrigger>>,
    pub(crate) conditions: Vec<Asked>,
    pub(crate) ops: Vec<Op>,
    /// Where each operation stands in the tree.
    pub(crate) places: Vec<Arc<str>>,
}

/// A condition ready to be asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) code: Code,
    /// The values that it looks at.
    pub(crate) uses: Vec<SlotId>,
    pub(crate) text: Arc<str>,
}

/// A trigger ready to sense.
#[derive(Debug)]
pub(crate) struct CompiledTrigger {
    pub(crate) sense: Sense,
    pub(crate) hold: Option<Duration>,
    /// What it is, so that what it waits for outlives an edit of the rest of the rule.
    pub(crate) key: Arc<str>,
    pub(crate) text: Arc<str>,
    pub(crate) name: Option<Arc<str>>,
}

/// What a trigger senses.
#[derive(Debug)]
pub(crate) enum Sense {
    Becomes {
        asked: Asked,
        after_gap: bool,
    },
    Changes {
        code: Code,
        uses: Vec<SlotId>,
    },
    Event {
        paths: Vec<EventPath>,
        /// Fields by tag that must have this value.
        fields: Vec<(u32, View, Code)>,
    },
    At(At),
    Every(Duration),
    Recovered {
        node: NodeId,
        after: Duration,
    },
    Lost {
        node: NodeId,
    },
    Manual,
}

/// One operation.
#[derive(Debug)]
pub(crate) enum Op {
    /// Send these, wait for the answers.
    Set {
        orders: Vec<Order>,
        ensure: Option<Ensure>,
    },
    /// Apply a scene, wait for the answers.
    Scene {
        scene: Arc<str>,
        transition: Option<Duration>,
    },
    /// Invoke a command, wait for its answer.
    Invoke {
        node: NodeId,
        endpoint: EndpointId,
        cluster: ClusterId,
        command: CommandId,
        fields: Vec<(u32, FieldAs, Code)>,
        timed: bool,
        label: Arc<str>,
    },
    /// Wait until a condition holds.
    Wait {
        asked: Asked,
        hold: Option<Duration>,
        timeout: Duration,
        otherwise: Otherwise,
    },
    /// Wait for a time.
    Delay(Code),
    /// Go to `otherwise` unless the condition holds.
    Branch {
        asked: Asked,
        otherwise: usize,
    },
    Jump(usize),
    /// Enter a loop.
    Loop {
        count: u16,
        timeout: Option<Duration>,
    },
    /// The end of a loop's body: leave when the condition holds, the count is used up or the time is;
    /// else go back.
    Again {
        body: usize,
        until: Option<Asked>,
    },
    /// Run these at the same time, go on at `join` when all have ended.
    Fork {
        branches: Vec<usize>,
        join: usize,
    },
    /// The end of a branch.
    EndBranch,
    /// Start another rule.
    Run(Arc<str>),
    Notify {
        parts: Vec<Part>,
        to: Option<Arc<str>>,
    },
    Let {
        name: Arc<str>,
        code: Code,
        datatype: Type,
    },
    Assign {
        name: Arc<str>,
        code: Code,
        datatype: Type,
    },
    Stop {
        reason: Option<Arc<str>>,
    },
}

/// How a field of a command is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FieldAs {
    pub(crate) schema: hub_model::spec::Schema,
}

/// A part of a message.
#[derive(Debug)]
pub(crate) enum Part {
    Text(Arc<str>),
    Value { code: Code, datatype: Type },
}

//! Traces: what a rule did and why, or why it did nothing.
//!
//! Every run has one, and every start that came to nothing. Values are told as they were when they
//! were looked at, with their certainty and age, so that a trace can be read a week later.

use std::sync::Arc;

use hub_model::{CauseId, Timestamp};
use serde::{Deserialize, Serialize};

pub use crate::slots::Certainty;

/// Names a run, and its trace.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct RunId(pub u64);

impl std::fmt::Display for RunId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "t{}", self.0)
    }
}

/// What a rule did and why, or why it did nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// Its name, and that of the run.
    pub id: RunId,
    /// The rule; of a scene applied by hand, `scene:` and its id.
    pub rule: Arc<str>,
    /// The version of the rule.
    pub revision: Arc<str>,
    /// When it started, or would have.
    pub at: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// What started it.
    pub trigger: Triggered,
    /// The conditions that were asked, in order, up to the first that did not hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Answered>,
    /// What came of it.
    pub outcome: Outcome,
    /// What it did, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Done>,
    /// Steps that were left out because there were too many.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u32,
    /// How often this came to nothing in the same way, one after the other.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub times: u32,
    /// When it came to nothing last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
}

/// What started a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Triggered {
    /// Where it stands in the rule: `when[0]`; empty when someone started it.
    pub place: Arc<str>,
    /// In words: `hall-motion.occupied became true`.
    pub text: Arc<str>,
    /// The name of the `when`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
    /// The values that it looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Seen>,
    /// What led to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<CauseId>,
    /// How late it is, in milliseconds, when it should have started before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_ms: Option<u64>,
}

/// A condition that was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// The condition.
    pub text: Arc<str>,
    /// Whether it held; none when that was not known.
    pub held: Option<bool>,
    /// The values that it looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Seen>,
    /// Why it was not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<Arc<str>>,
}

/// A value that was looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// Its name: `hall-lux.illuminance`.
    pub name: Arc<str>,
    /// As it was, for people: `12 lx`; none when there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Arc<str>>,
    /// Whether it could be relied upon.
    pub certainty: Certainty,
    /// How long before it had been heard of, in milliseconds.
    pub age_ms: u64,
}

/// A step that was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// Where it stands in the rule: `do[1].then[0]`.
    pub place: Arc<str>,
    /// When.
    pub at: Timestamp,
    /// What, in words: `hall-lamp.on = true`.
    pub text: Arc<str>,
    /// How it went: `acknowledged`, `refused: ...`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Arc<str>>,
    /// The command's link of the causal chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<CauseId>,
    /// The values that it looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Seen>,
}

/// What came of a start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Outcome {
    /// It waits for its turn.
    Queued,
    /// It runs.
    Running,
    /// It did all there was to do.
    Done,
    /// It ended before that.
    Stopped {
        /// Why.
        why: Arc<str>,
    },
    /// A step failed that it could not do without.
    Failed {
        /// Why.
        why: Arc<str>,
    },
    /// It never ran.
    NotRun {
        /// Why.
        why: Arc<str>,
    },
}

impl Outcome {
    /// Whether nothing more comes of it.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }

    /// Whether it ran, be it for a moment.
    #[must_use]
    pub const fn ran(&self) -> bool {
        !matches!(self, Self::NotRun { .. })
    }
}

impl Trace {
    /// The most steps that one trace tells.
    pub(crate) const MOST_STEPS: usize = 200;

    /// Whether another start came to nothing in the very same way.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let held = |trace: &Self| {
            let conditions = trace.conditions.iter();
            conditions
                .map(|c| (Arc::clone(&c.text), c.held))
                .collect::<Vec<_>>()
        };
        self.outcome == other.outcome
            && self.trigger.place == other.trigger.place
            && self.revision == other.revision
            && held(self) == held(other)
    }

    pub(crate) fn push(&mut self, done: Done) -> Option<usize> {
        if self.steps.len() < Self::MOST_STEPS {
            self.steps.push(done);
            Some(self.steps.len() - 1)
        } else {
            self.left_out = self.left_out.saturating_add(1);
            None
        }
    }
}

const fn one() -> u32 {
    1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
const fn is_one(n: &u32) -> bool {
    *n == 1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
const fn is_zero(n: &u32) -> bool {
    *n == 0
}

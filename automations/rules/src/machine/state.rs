//! What the machine knows of each rule, trigger and run.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use hub_model::{CauseId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::compile::{Compiled, Facts, Program};
use crate::datum::Datum;
use crate::problem::Problem;
use crate::schedule::CivilDate;
use crate::trace::{RunId, Trace};
use crate::tree::Rule;

/// Names a rule while the machine runs.
pub(super) type RuleIx = u32;
/// Names a trigger of a rule.
pub(super) type TriggerIx = u16;
/// Names a thread of a run.
pub(super) type ThreadId = u16;

/// A rule that is loaded.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) rule: Arc<Rule>,
    /// The version: a digest of its text.
    pub(super) revision: Arc<str>,
    pub(super) compiled: Compiled,
    /// What may not do what was meant.
    pub(super) warnings: Vec<Problem>,
    /// What each trigger has sensed.
    pub(super) senses: Vec<SenseState>,
    pub(super) paused: Option<Pause>,
    /// The last starts, for the limit of their rate.
    pub(super) starts: VecDeque<Instant>,
    pub(super) running: BTreeSet<RunId>,
    pub(super) queue: VecDeque<RunId>,
    /// Its text cannot be read, so it stays broken whatever the home is like.
    pub(super) unreadable: bool,
}

impl Loaded {
    pub(super) fn program(&self) -> Option<&Arc<Program>> {
        match &self.compiled {
            Compiled::Ready(program) => Some(program),
            Compiled::Broken(_) => None,
        }
    }

    /// Whether it is known that it cannot run.
    pub(super) fn is_broken(&self) -> bool {
        matches!(&self.compiled, Compiled::Broken(problems) if !problems.is_empty())
    }
}

/// Why a rule may not start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Why.
    pub why: Arc<str>,
    /// Since when.
    pub at: Timestamp,
}

/// What a trigger has sensed.
#[derive(Clone, Debug, Default)]
pub(super) struct SenseState {
    /// The trigger that it is of.
    pub(super) key: Arc<str>,
    /// Whether its expression is true; none when that is not known.
    pub(super) truth: Option<bool>,
    /// What it was when it was known last.
    pub(super) last_truth: Option<bool>,
    /// The value of what is to change.
    pub(super) value: Option<Datum>,
    /// It waits until it has held long enough.
    pub(super) hold: Option<Hold>,
    /// The civil day for which a schedule ran last.
    pub(super) done: Option<CivilDate>,
    /// When a schedule or an interval is due.
    pub(super) due: Option<Due>,
    /// The device was told lost.
    pub(super) lost: bool,
    /// A late start whose conditions are not known yet, since the hub has just started.
    pub(super) postponed: Option<Postponed>,
}

/// A late start that waits until its conditions are known.
#[derive(Clone, Debug)]
pub(super) struct Postponed {
    pub(super) spark: Spark,
    /// When it was to start, by the clock that does not jump.
    pub(super) due: Instant,
}

/// When something is due by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) at: Timestamp,
    /// The civil day of a schedule.
    pub(super) date: Option<CivilDate>,
    /// Of an interval: it began since the start of the hub, so it goes by elapsed time.
    pub(super) here: bool,
}

/// A trigger that waits until it has held long enough.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Hold {
    /// Since when it holds.
    pub(super) since: Timestamp,
    /// When that is long enough.
    pub(super) until: Timestamp,
    pub(super) spark: Spark,
    /// It was due while nobody knew whether it still holds.
    #[serde(default)]
    pub(super) overdue: bool,
    /// It began since the start of the hub, so it goes by elapsed time, not by the wall clock.
    #[serde(skip)]
    pub(super) here: bool,
}

/// What started, or is about to start, a rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Spark {
    /// The link of the causal chain that led to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cause: Option<CauseId>,
    /// How many rules led to it, one through another.
    #[serde(default)]
    pub(super) depth: u16,
    /// The device that did, as rules name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) device: Option<Arc<str>>,
    /// How late it is, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) late_ms: Option<u64>,
}

/// A run.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) rule: Arc<str>,
    pub(super) revision: Arc<str>,
    pub(super) owner: Option<Arc<str>>,
    pub(super) program: Arc<Program>,
    /// The rule's index, if it is a rule's and that is still there.
    pub(super) ix: Option<RuleIx>,
    pub(super) facts: Facts,
    pub(super) cause: Option<CauseId>,
    pub(super) depth: u16,
    pub(super) queued: bool,
    pub(super) locals: BTreeMap<Arc<str>, Datum>,
    pub(super) threads: BTreeMap<ThreadId, Thread>,
    pub(super) next_thread: ThreadId,
    pub(super) trace: Trace,
}

/// One line of steps of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Thread {
    /// The operation that it is at.
    pub(super) at: usize,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) loops: Vec<LoopState>,
    pub(super) wait: Waiting,
    /// The thread that waits for this to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) parent: Option<ThreadId>,
    /// What it waits for began since the start of the hub, so it goes by elapsed time.
    #[serde(skip)]
    pub(super) here: bool,
}

impl Run {
    /// Who gives its commands: the rule and its version.
    pub(super) fn author(&self) -> Arc<str> {
        match &*self.revision {
            "" => Arc::clone(&self.rule),
            revision => format!("{}@{revision}", self.rule).into(),
        }
    }
}

impl Thread {
    pub(super) const fn begin(at: usize, parent: Option<ThreadId>) -> Self {
        Self {
            at,
            loops: Vec::new(),
            wait: Waiting::Nothing,
            parent,
            here: true,
        }
    }

    /// Does something with each moment of the wall clock that it keeps.
    pub(super) fn moments(&mut self, mut work: impl FnMut(&mut Timestamp)) {
        self.loops
            .iter_mut()
            .filter_map(|state| state.until.as_mut())
            .for_each(&mut work);
        match &mut self.wait {
            Waiting::Time { until } | Waiting::Answers { until, .. } => work(until),
            Waiting::Condition { timeout, held } => {
                work(timeout);
                held.iter_mut().for_each(work);
            }
            Waiting::Nothing | Waiting::Branches { .. } => {}
        }
    }
}

/// How far a loop has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct LoopState {
    pub(super) left: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<Timestamp>,
}

/// What a thread waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "for")]
pub(super) enum Waiting {
    /// Nothing: it is to go on.
    Nothing,
    /// A time to pass.
    Time { until: Timestamp },
    /// A condition.
    Condition {
        timeout: Timestamp,
        /// Since when it holds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        held: Option<Timestamp>,
    },
    /// Answers to commands.
    Answers {
        /// How often it was tried.
        attempt: u8,
        /// When the attempt ends.
        until: Timestamp,
    },
    /// Branches to end.
    Branches { left: u16 },
}

//! What came of a simulation.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use hub_model::Timestamp;
use serde::Serialize;

use super::course::FIRST_CAUSE;
use crate::schedule::Place;
use crate::trace::{self, Done, Trace};

/// What rules would have done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub to: Timestamp,
    /// The runs that there would have been, in order.
    pub runs: Vec<Run>,
    /// The starts that would have come to nothing, the most frequent reason first.
    pub held_back: Vec<HeldBack>,
    /// What kept rules from running, warm-up included.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// Why it did not get to the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
    /// How that differs from what the rules would have done as they were before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared: Option<Compared>,
}

/// A run that there would have been.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    /// The rule.
    pub rule: Arc<str>,
    /// When it would have started.
    pub at: Timestamp,
    /// When it would have ended; none when it would still run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// What would have started it, in words.
    pub trigger: Arc<str>,
    /// What would have come of it.
    pub outcome: trace::Outcome,
    /// What it would have done, in order.
    pub steps: Vec<Step>,
    /// Steps that are left out because there are too many.
    #[serde(skip_serializing_if = "is_zero")]
    pub left_out: u32,
}

/// One thing that a run would have done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Where it stands in the rule.
    pub place: Arc<str>,
    /// When.
    pub at: Timestamp,
    /// What, in words.
    pub text: Arc<str>,
    /// How it went; of a command, `simulated`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Arc<str>>,
    /// Whether a command would have been given.
    pub command: bool,
}

/// Starts that came to nothing for the same reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeldBack {
    /// The rule.
    pub rule: Arc<str>,
    /// The reason.
    pub why: Arc<str>,
    /// How often.
    pub times: u64,
    /// When first.
    pub first: Timestamp,
    /// When last.
    pub last: Timestamp,
}

/// What kept a rule from running: it was paused, or something that it needs was not there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Note {
    /// Since when.
    pub at: Timestamp,
    /// The rule.
    pub rule: Arc<str>,
    /// What.
    pub text: Arc<str>,
}

/// A simulation did not get to its end.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stopped {
    /// When it stopped, by its own clock.
    pub at: Timestamp,
    /// Why.
    pub why: String,
}

/// How two versions differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// Up to when they were compared.
    pub until: Timestamp,
    /// Starts of both that would have done the same.
    pub alike: usize,
    /// Starts of the new version only.
    pub only_new: Vec<Start>,
    /// Starts of the old version only.
    pub only_old: Vec<Start>,
    /// Starts of both that would have done something else.
    pub differing: Vec<Differing>,
    /// The old version's starts that would have come to nothing.
    pub old_held_back: Vec<HeldBack>,
    /// What kept the old version from running.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub old_notes: Vec<Note>,
}

/// A start.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Start {
    /// The rule.
    pub rule: Arc<str>,
    /// When.
    pub at: Timestamp,
    /// By what, in words.
    pub trigger: Arc<str>,
}

/// A start that does something else in another version.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Differing {
    /// The start, in the new version.
    #[serde(flatten)]
    pub start: Start,
    /// What the old version would have done.
    pub old: Vec<Step>,
    /// What the new version would have done.
    pub new: Vec<Step>,
}

impl Outcome {
    /// As a timeline for a terminal.
    #[must_use]
    pub fn to_text(&self, place: &Place) -> String {
        super::text::of(self, place)
    }
}

impl Run {
    pub(super) fn of(trace: &Trace) -> Self {
        Self {
            rule: Arc::clone(&trace.rule),
            at: trace.at,
            ended: trace.ended,
            trigger: Arc::clone(&trace.trigger.text),
            outcome: trace.outcome.clone(),
            steps: trace.steps.iter().map(Step::of).collect(),
            left_out: trace.left_out,
        }
    }

    fn start(&self) -> Start {
        Start {
            rule: Arc::clone(&self.rule),
            at: self.at,
            trigger: Arc::clone(&self.trigger),
        }
    }

    fn acts(&self) -> Vec<Step> {
        self.steps
            .iter()
            .filter(|step| step.acts())
            .cloned()
            .collect()
    }

    /// Whether it does the same, at the same times after its start.
    fn is_like(&self, other: &Self) -> bool {
        fn acts(run: &Run) -> impl Iterator<Item = (u128, &str, Option<&str>)> {
            let steps = run.steps.iter().filter(|step| step.acts());
            steps.map(|step| {
                (
                    step.at.since(run.at).as_micros(),
                    &*step.text,
                    step.result.as_deref(),
                )
            })
        }
        self.left_out == other.left_out && acts(self).eq(acts(other))
    }
}

impl Step {
    fn of(done: &Done) -> Self {
        let command = done.cause.is_some_and(|cause| cause.0 >= FIRST_CAUSE);
        let result = match &done.result {
            Some(result) if command && **result == *"confirmed" => Some("simulated".into()),
            result => result.clone(),
        };
        Self {
            place: Arc::clone(&done.place),
            at: done.at,
            text: Arc::clone(&done.text),
            result,
            command,
        }
    }

    /// Whether anything outside the run would have come of it, or should have: a command, a message,
    /// a variable, another rule.
    fn acts(&self) -> bool {
        let is_unsent = self
            .result
            .as_ref()
            .is_some_and(|why| why.starts_with("not sent"));
        let mut words = ["notify: ", "home.", "run "].into_iter();
        self.command || is_unsent || words.any(|word| self.text.starts_with(word))
    }
}

/// How the old version's outcome differs.
pub(super) fn compare(new: &Outcome, old: Outcome) -> Compared {
    let stopped = [&new.stopped, &old.stopped]
        .into_iter()
        .flatten()
        .map(|stopped| stopped.at);
    let until = stopped.min();
    let compared = |run: &&Run| until.is_none_or(|until| run.at < until);
    let mut of_old: BTreeMap<_, VecDeque<&Run>> = BTreeMap::new();
    for run in old.runs.iter().filter(compared) {
        of_old
            .entry((run.at, &*run.rule))
            .or_default()
            .push_back(run);
    }
    let (mut alike, mut only_new, mut differing) = (0, Vec::new(), Vec::new());
    for run in new.runs.iter().filter(compared) {
        let before = of_old
            .get_mut(&(run.at, &*run.rule))
            .and_then(VecDeque::pop_front);
        match before {
            None => only_new.push(run.start()),
            Some(before) if run.is_like(before) => alike += 1,
            Some(before) => differing.push(Differing {
                start: run.start(),
                old: before.acts(),
                new: run.acts(),
            }),
        }
    }
    Compared {
        until: until.unwrap_or(new.to),
        alike,
        only_new,
        only_old: of_old.into_values().flatten().map(Run::start).collect(),
        differing,
        old_held_back: old.held_back,
        old_notes: old.notes,
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
const fn is_zero(n: &u32) -> bool {
    *n == 0
}

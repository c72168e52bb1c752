//! What the machine can tell of itself: rules, traces, and why.

use std::sync::Arc;

use hub_model::{AttributePath, CauseId, Timestamp};

use super::Machine;
use super::state::{Loaded, Pause};
use crate::compile::{Compiled, Op};
use crate::datum::Datum;
use crate::problem::Problem;
use crate::scene::Scene;
use crate::trace::{RunId, Trace};
use crate::tree::Rule;

/// A rule as people see it.
#[derive(Clone, Debug)]
pub struct RuleView {
    /// The rule.
    pub rule: Arc<Rule>,
    /// Its version.
    pub revision: Arc<str>,
    /// Whether it can start.
    pub state: RuleState,
    /// What may not do what was meant.
    pub warnings: Vec<Problem>,
    /// How many of its runs are under way.
    pub running: usize,
    /// How many of its runs wait for their turn.
    pub waiting: usize,
    /// When its next schedule or interval is due.
    pub next: Option<Timestamp>,
    /// What became of its last start.
    pub last: Option<Arc<Trace>>,
}

/// Whether a rule can start.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleState {
    /// It can.
    Ready,
    /// Its owner does not want it to.
    Disabled,
    /// It ran away, and waits for a person.
    Paused(Pause),
    /// It cannot, for these reasons.
    Broken(Arc<[Problem]>),
}

/// A scene as people see it.
#[derive(Clone, Debug)]
pub struct SceneView {
    /// The scene.
    pub scene: Arc<Scene>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

/// A variable as people see it.
#[derive(Clone, Debug, PartialEq)]
pub struct VariableView {
    /// Its value.
    pub value: Datum,
    /// Its value in words.
    pub shown: Arc<str>,
    /// What it may be.
    pub described: Arc<str>,
}

impl Machine {
    /// All rules, by id.
    pub fn rules(&self) -> impl Iterator<Item = RuleView> {
        self.rules.iter().map(|(_, loaded)| self.view(loaded))
    }

    /// The rule of this id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<RuleView> {
        let loaded = self.rules.get(self.rules.ix(id)?)?;
        Some(self.view(loaded))
    }

    fn view(&self, loaded: &Loaded) -> RuleView {
        let state = match (&loaded.compiled, &loaded.paused) {
            (Compiled::Broken(problems), _) => RuleState::Broken(Arc::clone(problems)),
            _ if !loaded.rule.enabled => RuleState::Disabled,
            (_, Some(pause)) => RuleState::Paused(pause.clone()),
            _ => RuleState::Ready,
        };
        let due = loaded.senses.iter().filter_map(|sense| Some(sense.due?.at));
        RuleView {
            rule: Arc::clone(&loaded.rule),
            revision: Arc::clone(&loaded.revision),
            state,
            warnings: loaded.warnings.clone(),
            running: loaded.running.len(),
            waiting: loaded.queue.len(),
            next: due
                .min()
                .filter(|_| loaded.rule.enabled && self.clock.is_trusted()),
            last: self.traces(Some(&loaded.rule.id), 1).pop(),
        }
    }

    /// All scenes, by id.
    pub fn scenes(&self) -> impl Iterator<Item = SceneView> {
        self.scenes.all.values().map(|loaded| SceneView {
            scene: Arc::clone(&loaded.scene),
            problems: loaded.problems.clone(),
        })
    }

    /// The trace of a run that is under way or was of late.
    #[must_use]
    pub fn trace(&self, id: RunId) -> Option<Arc<Trace>> {
        match self.runs.get(&id) {
            Some(run) => Some(Arc::new(run.trace.clone())),
            None => match self.late.trace(id) {
                Some(trace) => Some(Arc::new(trace.clone())),
                None => self.traces.get(id).cloned(),
            },
        }
    }

    /// The last traces of a rule, or of all, newest first; those under way come first.
    #[must_use]
    pub fn traces(&self, rule: Option<&str>, limit: usize) -> Vec<Arc<Trace>> {
        let is_wanted = |trace: &Trace| rule.is_none_or(|rule| *rule == *trace.rule);
        let running = self.runs.values().rev().map(|run| &run.trace);
        let running = running.chain(self.late.traces());
        let running = running
            .filter(|trace| is_wanted(trace))
            .map(|t| Arc::new(t.clone()));
        match rule {
            Some(rule) => {
                let ended = self.traces.of_rule(rule).cloned();
                running.chain(ended).take(limit).collect()
            }
            None => running
                .chain(self.traces.latest().cloned())
                .take(limit)
                .collect(),
        }
    }

    /// The run that gave the command of this cause.
    #[must_use]
    pub fn run_of(&self, cause: CauseId) -> Option<RunId> {
        self.answers.run_of(cause)
    }

    /// Whether the wall clock can be trusted.
    #[must_use]
    pub const fn is_clock_trusted(&self) -> bool {
        self.clock.is_trusted()
    }

    /// The rules that could have set an attribute, each with the last time that it did not: why it
    /// is not as one expected.
    #[must_use]
    pub fn could_set(&self, path: &AttributePath) -> Vec<(RuleView, Vec<Arc<Trace>>)> {
        let setters = self.rules.iter().filter(|(_, loaded)| {
            let program = loaded.program();
            program.is_some_and(|program| program.ops.iter().any(|op| self.sets(op, path)))
        });
        let told = setters
            .map(|(_, loaded)| (self.view(loaded), self.traces(Some(&loaded.rule.id), TOLD)));
        told.collect()
    }

    fn sets(&self, op: &Op, path: &AttributePath) -> bool {
        match op {
            Op::Set { orders, .. } => orders
                .iter()
                .any(|order| order.paths().any(|own| own == *path)),
            Op::Scene { scene, .. } => {
                let loaded = self.scenes.all.get(scene);
                loaded.is_some_and(|l| {
                    l.orders
                        .iter()
                        .any(|order| order.paths().any(|own| own == *path))
                })
            }
            Op::Invoke {
                node,
                endpoint,
                cluster,
                ..
            } => (*node, *endpoint, *cluster) == (path.node, path.endpoint, path.cluster),
            _ => false,
        }
    }
}

/// Traces of each rule that are told when one asks why not.
const TOLD: usize = 5;

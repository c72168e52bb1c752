//! What people ask of the machine.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hub_model::Now;
use serde::{Deserialize, Serialize};

use super::Machine;
use super::state::Spark;
use crate::compile::{Op, Program};
use crate::problem::Problem;
use crate::scene::Scene;
use crate::trace::{Outcome, RunId, Triggered};
use crate::tree::Rule;

/// Whose rights count: a user's, or the console's when none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Person(pub Option<Arc<str>>);

/// One thing that a person asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do")]
#[non_exhaustive]
pub enum Order {
    /// Run a rule now, without its triggers and conditions.
    Run {
        /// Which.
        rule: Arc<str>,
    },
    /// Apply a scene.
    Apply {
        /// Which.
        scene: Arc<str>,
        /// How long the change takes, in milliseconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transition_ms: Option<u64>,
    },
    /// Let a paused rule start again.
    Resume {
        /// Which.
        rule: Arc<str>,
    },
    /// Give a variable of the home a value.
    Assign {
        /// Which.
        variable: Arc<str>,
        /// The value.
        value: serde_json::Value,
    },
    /// End a run.
    Stop {
        /// Which.
        run: RunId,
    },
}

/// Why the machine did not do what a person asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// No such rule.
    #[error("there is no rule {0}")]
    NoRule(Arc<str>),
    /// No such scene.
    #[error("there is no scene {0}")]
    NoScene(Arc<str>),
    /// No such variable.
    #[error("the home has no variable {0}")]
    NoVariable(Arc<str>),
    /// No such run, or it has ended.
    #[error("there is no run {0}, or it has ended")]
    NoRun(RunId),
    /// The value does not fit.
    #[error("{0}")]
    Value(String),
    /// The rule cannot start.
    #[error("{0}")]
    Rule(String),
}

impl Machine {
    /// Does what a person asks; the run that does it, if one does.
    ///
    /// # Errors
    /// When there is no such thing, or it cannot be done.
    pub fn handle_order(
        &mut self,
        order: &Order,
        by: &Person,
        now: Now,
    ) -> Result<Option<RunId>, Refused> {
        self.begin(now);
        let done = self.order(order, by);
        self.settle();
        done
    }

    fn order(&mut self, order: &Order, by: &Person) -> Result<Option<RunId>, Refused> {
        let who = by.0.as_deref().unwrap_or("the console");
        match order {
            Order::Run { rule } => {
                let ix = self
                    .rules
                    .ix(rule)
                    .ok_or_else(|| Refused::NoRule(Arc::clone(rule)))?;
                let started = self.start_rule(ix, &Spark::default(), &format!("{who} ran it"));
                started.map(Some).map_err(Refused::Rule)
            }
            Order::Apply {
                scene,
                transition_ms,
            } => {
                if !self.scenes.all.contains_key(scene) {
                    return Err(Refused::NoScene(Arc::clone(scene)));
                }
                let program = Program {
                    triggers: Vec::new(),
                    conditions: Vec::new(),
                    ops: vec![Op::Scene {
                        scene: Arc::clone(scene),
                        transition: transition_ms.map(Duration::from_millis),
                    }],
                    places: vec!["".into()],
                };
                let triggered = Triggered {
                    place: "".into(),
                    text: format!("{who} applied it").into(),
                    name: None,
                    values: Vec::new(),
                    cause: None,
                    late_ms: None,
                };
                let name = format!("scene:{scene}").into();
                let run = self.begin_lone(&name, program, by, triggered);
                self.advance(run);
                Ok(Some(run))
            }
            Order::Resume { rule } => {
                let ix = self
                    .rules
                    .ix(rule)
                    .ok_or_else(|| Refused::NoRule(Arc::clone(rule)))?;
                self.resume(ix);
                Ok(None)
            }
            Order::Assign { variable, value } => {
                let known = self.variables.get(variable);
                let known = known.ok_or_else(|| Refused::NoVariable(Arc::clone(variable)))?;
                let value = known.read(value);
                let value = value.map_err(|error| Refused::Value(error.to_string()))?;
                self.set_variable(variable, value, None, 0);
                Ok(None)
            }
            Order::Stop { run } => {
                let why = format!("{who} stopped it");
                if self.runs.contains_key(run) {
                    let why = why.into();
                    self.end_run(*run, Outcome::Stopped { why });
                } else if !self.stop_late(*run, &why) {
                    return Err(Refused::NoRun(*run));
                }
                Ok(None)
            }
        }
    }

    /// What is wrong with a rule in this home, beside the rules there are. It is not kept.
    pub fn check_rule(&mut self, rule: &Rule) -> Vec<Problem> {
        let (program, mut problems) = self.compile_only(rule);
        if let Some(program) = program {
            problems.extend(self.conflicts(rule, &program));
        }
        problems
    }

    /// What is wrong with a scene in this home. It is not kept.
    pub fn check_scene(&mut self, scene: &Scene) -> Vec<Problem> {
        self.compile_scene(scene).1
    }

    /// The scene that these devices make at present: what can be set of each, as it is. Devices are
    /// named as rules name them, or `@room`.
    ///
    /// # Errors
    /// When a device or room is not there, or none has anything that can be set.
    pub fn capture(&self, id: &str, name: &str, targets: &[String]) -> Result<Scene, Box<Problem>> {
        crate::capture::capture(self.present().snapshot, id, name, targets)
    }

    /// All variables, by name, with their first values where nothing was assigned.
    #[must_use]
    pub fn variables(&self) -> BTreeMap<Arc<str>, super::VariableView> {
        let views = self.variables.iter().map(|(name, variable)| {
            let view = super::VariableView {
                value: variable.value.clone(),
                shown: variable.value.shown(&variable.datatype).into(),
                described: variable.datatype.described().into(),
            };
            (Arc::clone(name), view)
        });
        views.collect()
    }
}

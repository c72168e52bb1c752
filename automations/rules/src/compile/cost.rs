//! What a run may cost at most: known before it runs, so that no rule can hold up the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Op, Scope};
use crate::problem::Problem;
use crate::tree::{Action, MAX_REPEATS, Repeat, Rule, Step};

/// The most operations of one run, loops counted as often as they may repeat, and each command of a
/// step for itself.
const MOST: u64 = 100_000;

/// Checks that a rule stays below the bound.
pub(super) fn check(rule: &Rule, ops: &[Op], places: &[Arc<str>], scope: &mut Scope<'_>) {
    let cost = of(rule, ops, places);
    if cost > MOST {
        let what = format!("a run may take {cost} steps; at most {MOST} are allowed");
        let problem = Problem::error("do", what);
        scope
            .problems
            .push(problem.advise("repeat less, or not within another repeat"));
    }
}

/// The most operations that a run of a rule takes.
pub(crate) fn of(rule: &Rule, ops: &[Op], places: &[Arc<str>]) -> u64 {
    Cost::new(ops, places).of_steps("do", &rule.steps)
}

/// How many commands each step gives, by where it stands.
struct Cost<'a>(BTreeMap<&'a str, u64>);

impl<'a> Cost<'a> {
    fn new(ops: &[Op], places: &'a [Arc<str>]) -> Self {
        let commands = ops.iter().zip(places).filter_map(|(op, place)| match op {
            Op::Set { orders, .. } => Some((&**place, u64::try_from(orders.len()).ok()?)),
            _ => None,
        });
        Self(commands.collect())
    }

    /// The most operations that a run of these steps takes.
    fn of_steps(&self, place: &str, steps: &[Step]) -> u64 {
        let costs = steps.iter().enumerate().map(|(at, step)| {
            let place = format!("{place}[{at}]");
            self.of_action(&place, &step.action)
        });
        costs.fold(0, u64::saturating_add)
    }

    fn of_action(&self, place: &str, action: &Action) -> u64 {
        let blocks = action.blocks();
        let mut blocks = blocks.iter().map(|(name, steps)| {
            self.of_steps(&format!("{place}.{name}"), steps)
                .saturating_add(1)
        });
        match action {
            Action::If { .. } => blocks.max().unwrap_or(0).saturating_add(1),
            Action::Choose { choices, .. } => {
                let asked = u64::try_from(choices.len()).unwrap_or(u64::MAX);
                blocks.max().unwrap_or(0).saturating_add(asked)
            }
            Action::Repeat { until, .. } => {
                let times = match until {
                    Repeat::Count(count) => *count,
                    Repeat::Until { .. } => MAX_REPEATS,
                };
                let within = blocks.next().unwrap_or(0);
                within.saturating_mul(times.into()).saturating_add(1)
            }
            Action::Parallel(_) => blocks.fold(2, u64::saturating_add),
            _ => self.0.get(place).copied().unwrap_or(1).max(1),
        }
    }
}

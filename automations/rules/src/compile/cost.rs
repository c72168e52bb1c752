//! What a run may cost at most: known before it runs, so that no rule can hold up the others.

use super::Scope;
use crate::problem::Problem;
use crate::tree::{Action, MAX_REPEATS, Repeat, Rule, Step};

/// The most operations of one run, loops counted as often as they may repeat.
const MOST: u64 = 100_000;

/// Checks that a rule stays below the bound.
pub(super) fn check(rule: &Rule, scope: &mut Scope<'_>) {
    let cost = of_steps(&rule.steps);
    if cost > MOST {
        let what = format!("a run may take {cost} steps; at most {MOST} are allowed");
        let problem = Problem::error("do", what);
        scope.problems.push(problem.advise("repeat less, or not within another repeat"));
    }
}

/// The most operations that a run of these steps takes.
pub(crate) fn of_steps(steps: &[Step]) -> u64 {
    let costs = steps.iter().map(|step| of_action(&step.action));
    costs.fold(0, u64::saturating_add)
}

fn of_action(action: &Action) -> u64 {
    let within = |steps: &[Step]| of_steps(steps).saturating_add(1);
    match action {
        Action::If {
            then, otherwise, ..
        } => within(then).max(within(otherwise)).saturating_add(1),
        Action::Choose { choices, otherwise } => {
            let dearest = choices.iter().map(|choice| within(&choice.steps)).max();
            let asked = u64::try_from(choices.len()).unwrap_or(u64::MAX);
            let dearest = dearest.unwrap_or(0).max(within(otherwise));
            dearest.saturating_add(asked)
        }
        Action::Repeat { until, steps } => {
            let times = match until {
                Repeat::Count(count) => *count,
                Repeat::Until { .. } => MAX_REPEATS,
            };
            within(steps).saturating_mul(times.into()).saturating_add(1)
        }
        Action::Parallel(branches) => {
            let costs = branches.iter().map(|branch| within(branch));
            costs.fold(2, u64::saturating_add)
        }
        _ => 1,
    }
}

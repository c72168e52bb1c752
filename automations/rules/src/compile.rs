//! From the tree to what runs: names resolved, types checked, steps in a row.
//!
//! All that can be known when a rule is saved is found here, so that it does not turn up at night.

mod code;
mod cost;
mod expr;
mod limits;
mod order;
mod program;
mod reach;
mod steps;
mod trigger;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::datum::Type;
use crate::house::House;
use crate::problem::Problem;
use crate::schedule;
use crate::slots::{Present, Slots};
use crate::tree::Rule;

pub(crate) use code::{Code, Env, Facts, Missing, eval, same, truth};
#[cfg(test)]
pub(crate) use cost::of as cost;
pub(crate) use order::{Order, orders, wire};
pub(crate) use program::{Asked, Compiled, CompiledTrigger, Op, Part, Program, Sense};
pub(crate) use reach::exclude;

/// What a rule is compiled against.
pub(crate) struct Scope<'a> {
    pub(crate) present: &'a Present<'a>,
    pub(crate) slots: &'a mut Slots,
    pub(crate) place: &'a schedule::Place,
    /// The rules and scenes there are.
    pub(crate) rules: &'a dyn Fn(&str) -> bool,
    pub(crate) scenes: &'a dyn Fn(&str) -> bool,
    /// What is wrong so far.
    pub(crate) problems: Vec<Problem>,
    /// Variables of the run, and what they hold.
    pub(crate) locals: BTreeMap<Arc<str>, Type>,
    /// Whether the clock may be asked: triggers and waits do not notice it.
    pub(crate) clock: bool,
}

impl Scope<'_> {
    pub(crate) fn house(&self) -> House<'_> {
        House(self.present.snapshot)
    }

    pub(crate) fn error(&mut self, place: &str, what: impl Into<String>) {
        self.problems.push(Problem::error(place, what));
    }
}

/// Compiles a rule. What is wrong is left in the scope; a rule with an error does not run.
pub(crate) fn compile(rule: &Rule, scope: &mut Scope<'_>) -> Option<Program> {
    let triggers = rule.when.iter().enumerate();
    let triggers = triggers
        .map(|(at, when)| trigger::compile(when, &format!("when[{at}]"), scope))
        .collect::<Vec<_>>();
    if rule.when.is_empty() {
        let problem = Problem::warning("when", "nothing starts this rule");
        scope
            .problems
            .push(problem.advise("add a [[when]], or manual = true if that is meant"));
    }
    let conditions = rule.only_if.iter().enumerate();
    scope.clock = true;
    let conditions = conditions
        .map(|(at, condition)| {
            let place = format!("only_if[{at}].expr");
            reach::check(&condition.expr, &place, scope);
            expr::condition(&condition.expr, &place, scope)
        })
        .collect::<Vec<_>>();
    let (ops, places) = steps::compile(&rule.steps, scope);
    cost::check(rule, &ops, &places, scope);
    if scope.problems.iter().any(Problem::is_error) {
        return None;
    }
    let mut triggers = triggers.into_iter().collect::<Option<Vec<_>>>()?;
    trigger::tell_apart(&mut triggers);
    Some(Program {
        triggers: triggers.into_iter().map(Arc::new).collect(),
        conditions: conditions.into_iter().flatten().collect::<Option<_>>()?,
        ops,
        places,
    })
}

//! Rules that start one another in a circle, and rules that want different things at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use hub_model::AttributePath;

use super::Machine;
use super::state::Loaded;
use crate::compile::{Code, Op, Program, Sense, exclude};
use crate::datum::Datum;
use crate::expr::Expr;
use crate::problem::Problem;
use crate::schedule::local_text;
use crate::slots::{SlotId, Source};
use crate::tree::{Rule, Trigger};

/// What a rule touches, as far as others notice.
#[derive(Default)]
struct Touches {
    paths: BTreeSet<AttributePath>,
    variables: BTreeSet<Arc<str>>,
    rules: BTreeSet<Arc<str>>,
}

impl Machine {
    /// What a rule would have to do with the others.
    pub(super) fn conflicts(&self, rule: &Rule, program: &Program) -> Vec<Problem> {
        let mut problems = Vec::new();
        problems.extend(self.circle(rule, program));
        problems.extend(self.fights(rule, program));
        problems
    }

    /// A circle through this rule: what it does starts a rule that starts it.
    fn circle(&self, rule: &Rule, program: &Program) -> Option<Problem> {
        let others: Vec<_> = self
            .rules
            .iter()
            .filter(|(_, loaded)| loaded.rule.id != rule.id && loaded.rule.enabled)
            .filter_map(|(_, loaded)| Some((&loaded.rule.id, loaded.program()?)))
            .collect();
        // Breadth first, so that the shortest circle is told.
        let mut chains = vec![(vec![Arc::clone(&rule.id)], program)];
        let mut seen = BTreeSet::new();
        let mut next = 0;
        while let Some((chain, at)) = chains.get(next) {
            next += 1;
            let touches = self.touches(at);
            if self.starts(&touches, &rule.id, program) {
                return Some(circle(chain));
            }
            let chain = chain.clone();
            for (id, other) in &others {
                if seen.len() < MOST_LOOKED_AT
                    && !seen.contains(*id)
                    && self.starts(&touches, id, other)
                {
                    seen.insert(Arc::clone(*id));
                    let mut chain = chain.clone();
                    chain.push(Arc::clone(*id));
                    chains.push((chain, other));
                }
            }
        }
        None
    }

    fn touches(&self, program: &Program) -> Touches {
        let mut touches = Touches::default();
        for op in &program.ops {
            match op {
                Op::Set { orders, .. } => {
                    touches.paths.extend(orders.iter().map(crate::compile::Order::path));
                }
                Op::Scene { scene, .. } => {
                    let orders = self.scenes.all.get(scene).map(|loaded| &loaded.orders);
                    let orders = orders.into_iter().flatten();
                    touches.paths.extend(orders.map(crate::compile::Order::path));
                }
                Op::Assign { name, .. } => drop(touches.variables.insert(Arc::clone(name))),
                Op::Run(rule) => drop(touches.rules.insert(Arc::clone(rule))),
                _ => {}
            }
        }
        touches
    }

    /// Whether what one rule touches may start another.
    fn starts(&self, touches: &Touches, id: &Arc<str>, program: &Program) -> bool {
        let looks = |uses: &[SlotId]| {
            uses.iter().filter_map(|slot| self.slots.get(*slot)).any(|slot| match &slot.source {
                Source::Attribute(path, _) => touches.paths.contains(path),
                Source::Variable(name) => touches.variables.contains(name),
                Source::Reachable(_) => false,
            })
        };
        touches.rules.contains(id)
            || program.triggers.iter().any(|trigger| match &trigger.sense {
                Sense::Becomes { asked, .. } => looks(&asked.uses),
                Sense::Changes { uses, .. } => looks(uses),
                _ => false,
            })
    }

    /// Other rules that set the same otherwise at the same moment.
    fn fights(&self, rule: &Rule, program: &Program) -> Vec<Problem> {
        let others = self.rules.iter().map(|(_, loaded)| loaded);
        let others = others.filter(|loaded| loaded.rule.id != rule.id && loaded.rule.enabled);
        others
            .filter_map(|other| {
                let (what, mine, theirs) = contradiction(program, other.program()?)?;
                let moment = self.moment(rule, other)?;
                let conditions = |rule: &'_ Rule| -> Vec<Expr> {
                    rule.only_if.iter().map(|condition| condition.expr.clone()).collect()
                };
                let (own, foreign) = (conditions(rule), conditions(&other.rule));
                let own: Vec<_> = own.iter().collect();
                let foreign: Vec<_> = foreign.iter().collect();
                if exclude(&own, &foreign) {
                    return None;
                }
                let what = format!(
                    "{} sets {what} to {theirs} when this rule sets it to {mine}: {moment}",
                    other.rule.id
                );
                let problem = Problem::warning("do", what);
                Some(problem.advise("give one of them a condition that excludes the other"))
            })
            .collect()
    }

    /// A moment at which both rules start, in words.
    fn moment(&self, rule: &Rule, other: &Loaded) -> Option<String> {
        for mine in &rule.when {
            for theirs in &other.rule.when {
                if let (Trigger::At(a), Trigger::At(b)) = (&mine.trigger, &theirs.trigger) {
                    let next = |at: &crate::schedule::At| {
                        at.next(self.now.wall, None, &self.config.place).map(|due| due.at)
                    };
                    if let Some(at) = next(a).filter(|at| Some(*at) == next(b)) {
                        return Some(local_text(at, &self.config.place));
                    }
                } else if mine.trigger == theirs.trigger
                    && mine.hold == theirs.hold
                    && mine.trigger != Trigger::Manual
                {
                    let key = other.program()?.triggers.iter();
                    let same = other.rule.when.iter().position(|when| when == theirs)?;
                    let text = key.map(|trigger| &trigger.text).nth(same)?;
                    return Some(format!("when {text}"));
                }
            }
        }
        None
    }
}

/// Rules that are looked at for a circle at most.
const MOST_LOOKED_AT: usize = 1_000;

fn circle(chain: &[Arc<str>]) -> Problem {
    let what = match chain {
        [own] => format!("what {own} does may start it again"),
        chain => format!(
            "{} start one another in a circle",
            chain.iter().map(|id| &**id).collect::<Vec<_>>().join(", ")
        ),
    };
    let advice = "it is paused when it runs away; a condition can break the circle";
    Problem::warning("do", what).advise(advice)
}

/// What both programs set to different fixed values: what, mine and theirs.
fn contradiction(mine: &Program, theirs: &Program) -> Option<(Arc<str>, String, String)> {
    let orders = |program: &Program| -> Vec<crate::compile::Order> {
        let orders = program.ops.iter().filter_map(|op| match op {
            Op::Set { orders, .. } => Some(orders),
            _ => None,
        });
        orders.flatten().cloned().collect()
    };
    let theirs = orders(theirs);
    orders(mine).iter().find_map(|order| {
        let fixed = |code: &Code| match code {
            Code::Const(datum) => Some(datum.clone()),
            _ => None,
        };
        let own: Datum = fixed(&order.value)?;
        let other = theirs.iter().find(|other| {
            other.path() == order.path() && fixed(&other.value).is_some_and(|value| value != own)
        })?;
        let shown = |datum: &Datum| datum.shown(&order.datatype);
        let theirs = fixed(&other.value)?;
        Some((Arc::clone(&order.label), shown(&own), shown(&theirs)))
    })
}

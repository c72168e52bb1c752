//! Rules that start one another in a circle, and rules that want different things at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use hub_model::{AttributePath, Timestamp};

use super::Machine;
use super::state::Loaded;
use crate::compile::{Op, Order, Program, Sense, exclude};
use crate::datum::Datum;
use crate::expr::Expr;
use crate::problem::Problem;
use crate::schedule::{At, local_text};
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
                    touches.paths.extend(orders.iter().flat_map(Order::paths));
                }
                Op::Scene { scene, .. } => {
                    let orders = self.scenes.all.get(scene).map(|loaded| &loaded.orders);
                    let orders = orders.into_iter().flatten();
                    touches.paths.extend(orders.flat_map(Order::paths));
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
            uses.iter()
                .filter_map(|slot| self.slots.get(*slot))
                .any(|slot| match &slot.source {
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
                let theirs = self.orders_of(other.program()?);
                let (what, mine, theirs) = contradiction(&self.orders_of(program), &theirs)?;
                let moment = self.moment(rule, other)?;
                let conditions = |rule: &'_ Rule| -> Vec<Expr> {
                    rule.only_if
                        .iter()
                        .map(|condition| condition.expr.clone())
                        .collect()
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

    /// All that a program sets, by itself or by a scene.
    fn orders_of<'a>(&'a self, program: &'a Program) -> Vec<&'a Order> {
        let orders = program.ops.iter().filter_map(|op| match op {
            Op::Set { orders, .. } => Some(orders),
            Op::Scene { scene, .. } => self.scenes.all.get(scene).map(|loaded| &loaded.orders),
            _ => None,
        });
        orders.flatten().collect()
    }

    /// The next moment at which both schedules are due.
    fn both(&self, a: &At, b: &At) -> Option<Timestamp> {
        let place = &self.config.place;
        let due = |at: &At, after: Timestamp| at.next(after, None, place).map(|due| due.at);
        let mut at = self.now.wall;
        for _ in 0..MOST_TIMES {
            let (mine, theirs) = (due(a, at)?, due(b, at)?);
            if mine == theirs {
                return Some(mine);
            }
            // From just before the later of the two on.
            at = Timestamp(mine.max(theirs).0 - 1);
        }
        None
    }

    /// A moment at which both rules start, in words.
    fn moment(&self, rule: &Rule, other: &Loaded) -> Option<String> {
        for mine in &rule.when {
            for theirs in &other.rule.when {
                if let (Trigger::At(a), Trigger::At(b)) = (&mine.trigger, &theirs.trigger) {
                    if let Some(at) = self.both(a, b) {
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

/// Times of a schedule that are looked at for one of another.
const MOST_TIMES: usize = 32;
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

/// What both set to different fixed values: what, mine and theirs.
fn contradiction(mine: &[&Order], theirs: &[&Order]) -> Option<(Arc<str>, String, String)> {
    mine.iter().find_map(|order| {
        order.paths().find_map(|path| {
            let (own, datatype) = order.fixed(&path)?;
            let other = theirs.iter().find_map(|other| {
                let (value, _) = other.fixed(&path)?;
                (value != own).then_some((other, value))
            });
            let (other, value) = other?;
            // What both change is named as the one names it whose own it is.
            let named = if order.path() == path { order } else { other };
            let shown = |datum: &Datum| datum.shown(datatype);
            Some((Arc::clone(&named.label), shown(&own), shown(&value)))
        })
    })
}

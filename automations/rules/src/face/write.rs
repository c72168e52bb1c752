//! A rule as the generic tree, keys in their canonical order, defaults left out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::item::{Item, Node, Table};
use super::{VERSION, trigger};
use crate::expr::{Expr, Kind, Literal};
use crate::quantity::LARGEST;
use crate::schedule::duration::show_duration;
use crate::tree::{
    Action, Choice, Condition, Ensure, IfLate, Mode, Otherwise, Overflow, Per, Repeat, Rule, Set,
    Step, Target, Wait,
};

/// The tree of a rule.
pub(super) fn rule(rule: &Rule) -> Node {
    let mut table = Table::default();
    table.put("version", Node::new(Item::Int(VERSION)));
    table.text("id", &*rule.id);
    table.text("name", &*rule.name);
    table.maybe_text("note", rule.note.as_deref());
    table.maybe_text("owner", rule.owner.as_deref());
    table.put("enabled", Node::new(Item::Bool(rule.enabled)));
    mode(&mut table, rule.mode);
    if rule.per != Per::Rule {
        table.text("per", rule.per.word());
    }
    if rule.if_late != IfLate::default() {
        table.text("if_late", if_late(rule.if_late));
    }
    table.put("when", Node::list(rule.when.iter().map(trigger::write)));
    if !rule.only_if.is_empty() {
        table.put("only_if", Node::list(rule.only_if.iter().map(condition)));
    }
    table.put("do", steps(&rule.steps));
    table.done()
}

fn mode(table: &mut Table, mode: Mode) {
    let count = |max: u16| Node::new(Item::Int(max.into()));
    match mode {
        Mode::Single => {}
        Mode::Restart => table.text("mode", "restart"),
        Mode::Queued { max, overflow } => {
            table.text("mode", "queued");
            table.put("max", count(max));
            if overflow != Overflow::DropNew {
                table.text("overflow", overflow.word());
            }
        }
        Mode::Parallel { max } => {
            table.text("mode", "parallel");
            table.put("max", count(max));
        }
    }
}

fn if_late(if_late: IfLate) -> String {
    match if_late {
        IfLate::Skip => "skip".to_owned(),
        IfLate::Run => "run".to_owned(),
        IfLate::RunWithin(duration) => show_duration(duration),
    }
}

fn condition(condition: &Condition) -> Node {
    let mut table = Table::default();
    table.text("expr", condition.expr.to_string());
    table.maybe_text("note", condition.note.as_deref());
    table.done()
}

/// An expression: a plain value where it is one, else its text.
pub(super) fn expr(expr: &Expr) -> Node {
    let plain = |n: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is whole and at most 2^53"
        )]
        Node::new(match n.fract() == 0.0 && n.abs() <= LARGEST {
            true => Item::Int(n as i64),
            false => Item::Float(n),
        })
    };
    match &expr.kind {
        Kind::Literal(Literal::Bool(b)) => Node::new(Item::Bool(*b)),
        Kind::Literal(Literal::Number(n, None)) => plain(*n),
        Kind::Negative(inner) => match &inner.kind {
            Kind::Literal(Literal::Number(n, None)) if *n > 0.0 => plain(-n),
            _ => Node::text(expr.to_string()),
        },
        _ => Node::text(expr.to_string()),
    }
}

/// Values by name.
pub(super) fn values(values: &BTreeMap<Arc<str>, Expr>) -> Node {
    let mut table = Table::default();
    put_values(&mut table, values);
    table.done()
}

/// Values by name, into a table of more.
pub(super) fn put_values(table: &mut Table, values: &BTreeMap<Arc<str>, Expr>) {
    for (name, value) in values {
        table.put(name, expr(value));
    }
}

fn steps(steps: &[Step]) -> Node {
    Node::list(steps.iter().map(step))
}

fn step(step: &Step) -> Node {
    let mut table = Table::default();
    action(&mut table, &step.action);
    table.maybe_text("note", step.note.as_deref());
    table.done()
}

fn action(table: &mut Table, action: &Action) {
    match action {
        Action::Set(it) => {
            table.put("set", set(it));
            if let Some(ensure) = &it.ensure {
                table.put("ensure", self::ensure(ensure));
            }
        }
        Action::Scene { scene, transition } => {
            table.text("scene", &**scene);
            table.maybe_text("transition", transition.map(show_duration));
        }
        Action::Wait(it) => table.put("wait", wait(it)),
        Action::Delay(span) => table.text("delay", span.to_string()),
        Action::If {
            condition,
            then,
            otherwise,
        } => {
            table.text("if", condition.to_string());
            if !then.is_empty() {
                table.put("then", steps(then));
            }
            put_else(table, otherwise);
        }
        Action::Choose { choices, otherwise } => {
            table.put("choose", Node::list(choices.iter().map(choice)));
            put_else(table, otherwise);
        }
        Action::Repeat { until, steps: body } => {
            table.put("repeat", repeat(until));
            table.put("do", steps(body));
        }
        Action::Parallel(branches) => {
            table.put(
                "parallel",
                Node::list(branches.iter().map(|branch| steps(branch))),
            );
        }
        Action::Run(id) => table.text("run", &**id),
        Action::Notify { message, to } => {
            table.text("notify", &**message);
            table.maybe_text("to", to.as_deref());
        }
        Action::Let { name, value } => table.put("let", assignment(name, value)),
        Action::Assign { name, value } => table.put("assign", assignment(name, value)),
        Action::Invoke {
            device,
            command,
            fields,
        } => {
            let mut inner = Table::default();
            inner.text("device", device.to_string());
            inner.text("command", &**command);
            if !fields.is_empty() {
                inner.put("fields", values(fields));
            }
            table.put("invoke", inner.done());
        }
        Action::Stop { reason } => match reason {
            Some(reason) => table.text("stop", &**reason),
            None => table.put("stop", Node::new(Item::Bool(true))),
        },
    }
}

fn put_else(table: &mut Table, otherwise: &[Step]) {
    if !otherwise.is_empty() {
        table.put("else", steps(otherwise));
    }
}

fn set(set: &Set) -> Node {
    let mut table = Table::default();
    let target = |target: &Target| match target {
        Target::Device(device) => Node::text(device.to_string()),
        Target::Room(room) => Node::text(format!("@{room}")),
    };
    table.put(
        "target",
        match set.targets.as_slice() {
            [one] => target(one),
            many => Node::list(many.iter().map(target)),
        },
    );
    put_values(&mut table, &set.values);
    table.maybe_text("transition", set.transition.map(show_duration));
    table.done()
}

fn ensure(ensure: &Ensure) -> Node {
    let mut table = Table::default();
    table.text("within", show_duration(ensure.within));
    table.put("retry", Node::new(Item::Int(ensure.retry.into())));
    table.text("else", ensure.otherwise.word());
    table.done()
}

fn wait(wait: &Wait) -> Node {
    let mut table = Table::default();
    table.text("until", wait.until.to_string());
    table.maybe_text("for", wait.hold.map(show_duration));
    table.text("timeout", show_duration(wait.timeout));
    if wait.otherwise != Otherwise::Continue {
        table.text("else", wait.otherwise.word());
    }
    table.done()
}

fn choice(choice: &Choice) -> Node {
    let mut table = Table::default();
    table.text("if", choice.condition.to_string());
    table.put("do", steps(&choice.steps));
    table.maybe_text("note", choice.note.as_deref());
    table.done()
}

fn repeat(until: &Repeat) -> Node {
    match until {
        Repeat::Count(count) => Node::new(Item::Int((*count).into())),
        Repeat::Until { condition, timeout } => {
            let mut table = Table::default();
            table.text("until", condition.to_string());
            table.text("timeout", show_duration(*timeout));
            table.done()
        }
    }
}

fn assignment(name: &str, value: &Expr) -> Node {
    let mut table = Table::default();
    table.put(name, expr(value));
    table.done()
}

//! What a rule does, in the generic tree: `do`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::item::Item;
use super::read::{At, Fields};
use super::trigger::device;
use crate::expr::{Expr, is_variable, room};
use crate::problem::Problem;
use crate::property;
use crate::schedule::duration::{parse_duration, show_duration};
use crate::tree::{
    Action, Choice, Ensure, MAX_REPEATS, Otherwise, Repeat, Set, Step, Target, Wait,
};

/// The keys that say what kind of step it is.
const KINDS: &[&str] = &[
    "set", "scene", "wait", "delay", "if", "choose", "repeat", "parallel", "run", "notify", "let",
    "assign", "invoke", "stop",
];

/// Reads a list of steps, which has at least one.
pub(super) fn steps(at: &At<'_>) -> Vec<Step> {
    if matches!(&at.node.item, Item::List(list) if list.is_empty()) {
        at.problem("nothing is done here; at least one step is needed");
        return Vec::new();
    }
    at.deeper(|| at.entries(|node| step(&node)))
        .unwrap_or_default()
}

fn step(at: &At<'_>) -> Option<Step> {
    let fields = at.fields()?;
    let kind = fields.kind(KINDS, "nothing here says what to do", two_steps)?;
    let note = fields.note();
    let action = action(kind, &fields);
    fields.finish();
    Some(Step {
        action: action?,
        note,
    })
}

fn two_steps(one: &str, other: &str) -> String {
    match [one, other].contains(&"if") {
        true => "put what depends on it into then = [...]".to_owned(),
        false => "write two steps, one after the other".to_owned(),
    }
}

/// Reads what a step does. Each field is taken before one of them can fail, so that none is called
/// unknown for the fault of another.
fn action(kind: &str, fields: &Fields<'_>) -> Option<Action> {
    let node = fields.take(kind)?;
    let block = |key: &str| fields.take(key).map(|node| steps(&node));
    Some(match kind {
        "set" => {
            let ensure = fields.take("ensure").and_then(|node| ensure(&node));
            Action::Set(Set {
                ensure,
                ..set(&node)?
            })
        }
        "scene" => {
            let transition = fields.duration("transition");
            Action::Scene {
                scene: node.id()?,
                transition,
            }
        }
        "wait" => Action::Wait(wait(&node)?),
        "delay" => Action::Delay(delay(&node)?),
        "if" => {
            let condition = node.expr();
            let (then, otherwise) = (block("then"), block("else"));
            if then.is_none() && otherwise.is_none() {
                fields.problem("then is missing");
            }
            Action::If {
                condition: condition?,
                then: then.unwrap_or_default(),
                otherwise: otherwise.unwrap_or_default(),
            }
        }
        "choose" => {
            not_empty(&node, "choices");
            Action::Choose {
                choices: node.entries(|node| choice(&node)),
                otherwise: block("else").unwrap_or_default(),
            }
        }
        "repeat" => {
            let until = repeat(&node);
            let steps = fields.required("do").map(|node| steps(&node));
            Action::Repeat {
                until: until?,
                steps: steps?,
            }
        }
        "parallel" => {
            not_empty(&node, "lists of steps");
            Action::Parallel(node.entries(|node| branch(&node)))
        }
        "run" => Action::Run(node.id()?),
        "notify" => {
            let to = fields.take("to").and_then(|node| node.name());
            Action::Notify {
                message: node.name()?,
                to,
            }
        }
        "let" => {
            let (name, value) = assignment(&node)?;
            Action::Let { name, value }
        }
        "assign" => {
            let (name, value) = assignment(&node)?;
            Action::Assign { name, value }
        }
        "invoke" => invoke(&node)?,
        _ => Action::Stop {
            reason: stop(&node)?,
        },
    })
}

fn not_empty(node: &At<'_>, what: &str) {
    if matches!(&node.node.item, Item::List(list) if list.is_empty()) {
        node.problem(format!("there are no {what}"));
    }
}

fn branch(node: &At<'_>) -> Option<Vec<Step>> {
    if matches!(node.node.item, Item::Table(_)) {
        node.problem_with("each branch is a list of steps", "put the step in [ ]");
        return None;
    }
    Some(steps(node))
}

/// Why the run stops: `true` for no reason.
fn stop(node: &At<'_>) -> Option<Option<Arc<str>>> {
    match &node.node.item {
        Item::Bool(true) => Some(None),
        Item::Text(_) => node.name().map(Some),
        _ => {
            node.problem_with(
                "this says not to stop",
                "write stop = true, or the reason in quotes",
            );
            None
        }
    }
}

fn set(node: &At<'_>) -> Option<Set> {
    let set = node.fields()?;
    let targets = set.required("target").map(|node| targets(&node));
    let transition = set.duration("transition");
    let values = values(&set);
    Some(Set {
        targets: targets?,
        values: values?,
        transition,
        ensure: None,
    })
}

/// The fields that were not taken, as values by property; at least one.
pub(super) fn values(fields: &Fields<'_>) -> Option<BTreeMap<Arc<str>, Expr>> {
    let rest = fields.rest();
    if rest.is_empty() {
        fields
            .at
            .problem_with("this sets nothing", "write on = true, say");
        return None;
    }
    let mut values = BTreeMap::new();
    for (name, node) in rest {
        if !name.contains('.') && !property::settable_names().any(|known| known == name) {
            node.key_problem(cannot_be_set(name, &node.place));
        } else if let Some(expr) = node.expr() {
            values.insert(name.into(), expr);
        }
    }
    Some(values)
}

fn cannot_be_set(name: &str, place: &str) -> Problem {
    if let Some(cluster) = hub_model::spec::cluster_by_name(name) {
        let what = format!("{name:?} is a cluster, which cannot be set whole");
        let advice = format!(
            "put cluster and attribute in quotes: \"{}.Name\" = value",
            cluster.name
        );
        return Problem::error(place, what).advise(advice);
    }
    let what = match property::named(name) {
        Some(_) => format!("{name:?} is what a device shows; it cannot be set"),
        None => format!("devices have no {name:?} to set"),
    };
    let near = hub_model::nearest::nearest(name, property::settable_names());
    let advice = near
        .filter(|_| property::named(name).is_none())
        .map_or_else(
            || "a property like on or level can, or \"Cluster.Attribute\" in quotes".to_owned(),
            |near| format!("did you mean {near}?"),
        );
    Problem::error(place, what).advise(advice)
}

fn targets(node: &At<'_>) -> Vec<Target> {
    let one = |node: &At<'_>| {
        let text = node.text()?;
        node.parsed(match text.strip_prefix('@') {
            Some(name) => room(name).map(Target::Room),
            None => text.parse().map(Target::Device),
        })
    };
    not_empty(node, "devices");
    match &node.node.item {
        Item::List(_) => node.entries(|node| one(&node)),
        _ => one(node).into_iter().collect(),
    }
}

fn ensure(node: &At<'_>) -> Option<Ensure> {
    let defaults = Ensure::default();
    if matches!(node.node.item, Item::Bool(true)) {
        return Some(defaults);
    }
    let fields = node.fields()?;
    let within = fields.duration("within");
    let retry = fields.take("retry").and_then(|node| node.count(0, 10));
    let ensure = Ensure {
        within: within.unwrap_or(defaults.within),
        retry: retry
            .and_then(|n| u8::try_from(n).ok())
            .unwrap_or(defaults.retry),
        otherwise: otherwise(&fields).unwrap_or(defaults.otherwise),
    };
    fields.finish();
    Some(ensure)
}

fn otherwise(fields: &Fields<'_>) -> Option<Otherwise> {
    fields.word("else", Otherwise::ALL, |o| o.word())
}

fn wait(node: &At<'_>) -> Option<Wait> {
    let fields = node.fields()?;
    let until = fields.required("until").and_then(|node| node.expr());
    let timeout = fields.required("timeout").and_then(|node| node.duration());
    let hold = fields.duration("for");
    let otherwise = otherwise(&fields).unwrap_or(Otherwise::Continue);
    fields.finish();
    Some(Wait {
        until: until?,
        hold,
        timeout: timeout?,
        otherwise,
    })
}

/// A time span: `5m`, `1h 30m`, or an expression of one.
fn delay(node: &At<'_>) -> Option<Expr> {
    let Item::Text(text) = &node.node.item else {
        let advice = "write it in quotes with its unit: \"5m\"";
        node.wanted("a time span", Some(advice));
        return None;
    };
    let parsed = text.parse::<Expr>().or_else(|error| {
        // Spaces in a duration are no part of an expression.
        let duration = parse_duration(text).map_err(|_| error)?;
        show_duration(duration).parse()
    });
    node.parsed(parsed)
}

fn choice(node: &At<'_>) -> Option<Choice> {
    let fields = node.fields()?;
    let condition = fields.required("if").and_then(|node| node.expr());
    let steps = fields.required("do").map(|node| steps(&node));
    let note = fields.note();
    fields.finish();
    Some(Choice {
        condition: condition?,
        steps: steps?,
        note,
    })
}

fn repeat(node: &At<'_>) -> Option<Repeat> {
    if matches!(node.node.item, Item::Int(_)) {
        return node.count(1, MAX_REPEATS).map(Repeat::Count);
    }
    if !matches!(node.node.item, Item::Table(_)) {
        let advice = "write 3, or { until = \"...\", timeout = \"10m\" }";
        node.wanted("how often or until when", Some(advice));
        return None;
    }
    let fields = node.fields()?;
    let condition = fields.required("until").and_then(|node| node.expr());
    let timeout = fields.required("timeout").and_then(|node| node.duration());
    fields.finish();
    Some(Repeat::Until {
        condition: condition?,
        timeout: timeout?,
    })
}

fn assignment(node: &At<'_>) -> Option<(Arc<str>, Expr)> {
    let fields = node.fields()?;
    let rest = fields.rest();
    let [(name, value)] = rest.as_slice() else {
        fields
            .at
            .problem_with("one variable gets one value here", "write { name = value }");
        return None;
    };
    let expr = value.expr();
    if !is_variable(name) {
        let problem = Problem::error(&value.place, format!("{name:?} is no name of a variable"));
        value.key_problem(problem.advise("it has letters, digits, _, and - between them"));
        return None;
    }
    Some(((*name).into(), expr?))
}

fn invoke(node: &At<'_>) -> Option<Action> {
    let fields = node.fields()?;
    let device = fields.required("device").and_then(|node| device(&node));
    let command = fields.required("command").and_then(|node| node.name());
    let given = fields.take("fields").map(|node| named_values(&node));
    fields.finish();
    Some(Action::Invoke {
        device: device?,
        command: command?,
        fields: given.unwrap_or_default(),
    })
}

/// Values by any name.
pub(super) fn named_values(node: &At<'_>) -> BTreeMap<Arc<str>, Expr> {
    let Some(fields) = node.fields() else {
        return BTreeMap::new();
    };
    let rest = fields.rest().into_iter();
    rest.filter_map(|(name, field)| Some((name.into(), field.expr()?)))
        .collect()
}

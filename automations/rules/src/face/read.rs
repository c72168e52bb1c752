//! The generic tree into a rule. All that is wrong is told, not only the first.

mod at;
mod fields;
mod note;

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::item::{Item, Node};
use super::places::Places;
use super::{VERSION, step, trigger};
use crate::problem::Problem;
use crate::tree::{Condition, IfLate, Mode, Overflow, Per, Rule};

pub(super) use at::At;
pub(super) use fields::Fields;

/// The most problems that are told at once.
const MOST_PROBLEMS: usize = 100;
/// How deep steps may stand within steps.
const DEEPEST_STEPS: usize = 8;

/// Reads a rule.
pub(super) fn rule(root: &Node) -> Result<(Rule, Places), Vec<Located>> {
    let reader = Reader::default();
    let rule = read_rule(&reader, root);
    reader.finish(rule)
}

fn read_rule(reader: &Reader, root: &Node) -> Option<Rule> {
    let fields = reader.root(root)?;
    version(&fields)?;
    let id = fields.required("id").and_then(|node| node.id());
    let name = fields.take("name").and_then(|node| node.name());
    let when = fields.list("when", "[[when]]", |node| trigger::when(&node));
    let only_if = fields.list("only_if", "[[only_if]]", |node| condition(&node));
    let steps = fields.required("do").map(|node| step::steps(&node));
    let rule = Rule {
        note: fields.note(),
        owner: fields.take("owner").and_then(|node| node.name()),
        enabled: fields.bool("enabled").unwrap_or(true),
        mode: mode(&fields),
        per: fields
            .word("per", Per::ALL, |per| per.word())
            .unwrap_or(Per::Rule),
        if_late: fields
            .take("if_late")
            .and_then(|n| if_late(&n))
            .unwrap_or_default(),
        when,
        only_if,
        steps: steps.unwrap_or_default(),
        ..Rule::new(id.clone().unwrap_or_default())
    };
    fields.finish();
    let name = name.unwrap_or_else(|| Arc::clone(&rule.id));
    id.map(|_| Rule { name, ..rule })
}

/// The version of the format, none is the present one. In another nothing more is read.
pub(super) fn version(fields: &Fields<'_>) -> Option<()> {
    let Some(node) = fields.take("version") else {
        return Some(());
    };
    let version = node.int()?;
    if version == VERSION {
        return Some(());
    }
    let what = format!("this is version {version} of the format; this hub reads version {VERSION}");
    node.problem_with(
        what,
        match version > VERSION {
            true => "update the hub, or export it for this one",
            false => "write version = 1",
        },
    );
    None
}

fn condition(at: &At<'_>) -> Option<Condition> {
    if let Item::Text(text) = &at.node.item {
        let advice = format!("write {{ expr = {text:?} }}, or [[only_if]] and expr = ... below it");
        at.problem_with("a condition is a table", advice);
        return None;
    }
    let fields = at.fields()?;
    let expr = fields.required("expr").and_then(|node| node.expr());
    let note = fields.note();
    fields.finish();
    Some(Condition { expr: expr?, note })
}

fn mode(fields: &Fields<'_>) -> Mode {
    const MODES: &[&str] = &["single", "restart", "queued", "parallel"];
    let word = fields.word("mode", MODES, |word| *word);
    let word = word.or_else(|| (!fields.has("mode")).then_some("single"));
    let max = fields.take("max");
    let count = max
        .as_ref()
        .and_then(|node| node.count(1, 100))
        .unwrap_or(10);
    let overflow_at = fields.take("overflow");
    let overflow = fields.word("overflow", Overflow::ALL, |o| o.word());
    let Some(word) = word else {
        return Mode::Single;
    };
    if let Some(node) = max.filter(|_| !matches!(word, "queued" | "parallel")) {
        let advice = "write mode = \"queued\" or \"parallel\", or leave max out";
        node.problem_with(
            format!("mode {word} runs once at a time, so it has no max"),
            advice,
        );
    }
    if let Some(node) = overflow_at.filter(|_| word != "queued") {
        let advice = "write mode = \"queued\", or leave overflow out";
        node.problem_with(
            format!("mode {word} has no queue that could overflow"),
            advice,
        );
    }
    match word {
        "restart" => Mode::Restart,
        "queued" => Mode::Queued {
            max: count,
            overflow: overflow.unwrap_or(Overflow::DropNew),
        },
        "parallel" => Mode::Parallel { max: count },
        _ => Mode::Single,
    }
}

fn if_late(node: &At<'_>) -> Option<IfLate> {
    match node.text()? {
        "skip" => Some(IfLate::Skip),
        "run" => Some(IfLate::Run),
        text if text.starts_with(|c: char| c.is_ascii_digit()) => {
            node.duration().map(IfLate::RunWithin)
        }
        text => {
            let what = format!("{text:?} is not one of skip, run, or how late at most, like 10m");
            node.problem(what);
            None
        }
    }
}

/// A problem with where it stands in the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Located {
    pub(super) problem: Problem,
    pub(super) at: Option<usize>,
}

/// Collects what is wrong, and where things stand.
#[derive(Default)]
pub(super) struct Reader {
    problems: RefCell<Vec<Located>>,
    places: RefCell<Places>,
    depth: Cell<usize>,
}

impl Reader {
    /// What was read, unless something is wrong.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<(T, Places), Vec<Located>> {
        let mut problems = self.problems.into_inner();
        if let Some(read) = read.filter(|_| problems.is_empty()) {
            return Ok((read, self.places.into_inner()));
        }
        problems.sort_by_key(|located| located.at);
        if problems.len() > MOST_PROBLEMS {
            let more = problems.len() - MOST_PROBLEMS;
            problems.truncate(MOST_PROBLEMS);
            problems.push(Located {
                problem: Problem::error("", format!("and {more} more")),
                at: None,
            });
        }
        Err(problems)
    }

    /// The fields of the whole.
    pub(super) fn root<'a>(&'a self, node: &'a Node) -> Option<Fields<'a>> {
        At::new(self, String::new(), node).fields()
    }
}

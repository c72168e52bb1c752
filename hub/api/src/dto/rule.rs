//! Rules, scenes, variables and traces.
//!
//! A rule has two faces that say the same: text (TOML) and JSON of the same keys. Within a trace,
//! moments are microseconds since the Unix epoch.

use rules::machine::{RuleState, RuleView};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};

use super::ms;

/// A rule or scene as it is given: by its text, or by its JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The same as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<Value>,
    /// Whether to replace one of the same id that is there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replace: bool,
}

/// What is wrong with a rule or scene.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// Whether it cannot work; else it may not do what was meant.
    pub error: bool,
    /// Where in the tree: `do[2].set.level`.
    pub place: String,
    /// The line in the text, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The column in the text, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// A rule to try on the recorded past.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Try {
    /// The rule's text.
    pub text: String,
    /// From when on: `2026-11-20`, `2026-11-20 18:00`, or RFC 3339; from the beginning when none.
    #[serde(default)]
    pub from: Option<String>,
    /// Until when; until now when none.
    #[serde(default)]
    pub to: Option<String>,
    /// Whether to compare it with the rule of the same id that is in the home.
    #[serde(default)]
    pub compare: bool,
}

/// What a rule would have done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Tried {
    /// For people: a timeline.
    pub text: String,
    /// For programs: `from`, `to`, `runs`, `held_back`, `notes`, `stopped`, `compared`.
    pub outcome: Value,
}

/// The recording since it began last, with what came of it: `ingle replay` repeats it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Incident {
    /// The file's text.
    pub text: String,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Checked {
    /// The id of what was checked, if it could be read.
    pub id: Option<String>,
    /// Whether it can work.
    pub ok: bool,
    /// What was found, errors first.
    pub findings: Vec<Finding>,
    /// The canonical text, if it could be read.
    pub text: Option<String>,
}

/// A rule or scene that was stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Kept {
    /// Its id.
    pub id: String,
    /// The revision that holds it; none when nothing changed.
    pub revision: Option<u64>,
    /// What may not do what was meant.
    pub warnings: Vec<Finding>,
}

/// All rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Rules {
    /// The rules, by id.
    pub rules: Vec<Rule>,
    /// Whether the clock is trusted; rules that go by it are held else.
    pub clock_trusted: bool,
    /// Why runs cannot be stored at present, if so.
    pub store_failure: Option<String>,
    /// Files of the folder of rules that cannot be used.
    pub files: Vec<BadFile>,
}

/// A file of the folder of rules that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BadFile {
    /// Its name.
    pub file: String,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
}

/// A rule at a glance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What its author noted.
    pub note: Option<String>,
    /// Whose rights it has; the console's when none.
    pub owner: Option<String>,
    /// Whether its owner wants it to start.
    pub enabled: bool,
    /// Whether it can.
    pub state: RuleStateWord,
    /// Why it cannot.
    pub why: Option<String>,
    /// Its version.
    pub revision: String,
    /// How many of its runs are under way.
    pub running: usize,
    /// How many of its runs wait for their turn.
    pub waiting: usize,
    /// When its next schedule or interval is due.
    pub next_ms: Option<i64>,
    /// What became of its last start.
    pub last: Option<Trace>,
    /// What may not do what was meant, or keeps it from working.
    pub findings: Vec<Finding>,
}

/// Whether a rule can start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleStateWord {
    /// It can.
    Ready,
    /// Its owner does not want it to.
    Disabled,
    /// It ran away, and waits for a person.
    Paused,
    /// It cannot work.
    Broken,
}

/// A rule whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RuleDetail {
    /// At a glance.
    #[serde(flatten)]
    pub rule: Rule,
    /// Its text.
    pub text: String,
    /// The same as JSON.
    pub json: Value,
}

/// A change of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulePatch {
    /// Whether it may start.
    pub enabled: bool,
}

/// What a rule did and why, or why it did nothing: id, rule, revision, at, ended, trigger,
/// conditions, outcome, steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Trace(pub rules::trace::Trace);

/// Traces, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Traces {
    /// The traces.
    pub traces: Vec<Trace>,
}

/// What rules had to say to people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Notices {
    /// The notices, newest first; those of before the hub's start are in the traces.
    pub notices: Vec<Notice>,
}

/// Something that a rule, or the hub about a rule, had to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Notice {
    /// When.
    pub at_ms: i64,
    /// The rule.
    pub rule: String,
    /// The run that said it.
    pub run: Option<u64>,
    /// Whom it is for; everybody when none.
    pub to: Option<String>,
    /// What.
    pub message: String,
}

/// That something was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Started {
    /// The run, whose trace tells how it goes.
    pub run: Option<u64>,
}

/// All scenes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Scenes {
    /// The scenes, by id.
    pub scenes: Vec<Scene>,
}

/// A scene.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Scene {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What its author noted.
    pub note: Option<String>,
    /// How many devices it has.
    pub devices: usize,
    /// Its text.
    pub text: String,
    /// The same as JSON.
    pub json: Value,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
}

/// A scene to capture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Capture {
    /// Its id.
    pub id: String,
    /// Its name; the id when none.
    #[serde(default)]
    pub name: Option<String>,
    /// Devices (`hall-lamp`, `strip/2`) and rooms (`@hall`).
    pub targets: Vec<String>,
    /// Whether to replace one of the same id that is there.
    #[serde(default)]
    pub replace: bool,
}

/// How a scene is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Apply {
    /// How long the change takes.
    #[serde(default)]
    pub transition_ms: Option<u64>,
}

/// All variables of the home.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Variables {
    /// The variables, by name.
    pub variables: Vec<Variable>,
}

/// A variable of the home.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Variable {
    /// Its name: rules say `home.` and this.
    pub name: String,
    /// Its value, for people.
    pub value: String,
    /// What it may be, in words.
    pub may_be: String,
}

/// A declaration of a variable: `type` (`bool`, `number`, `text`, `choice`), `initial`, `options`,
/// `unit`, `note`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Declaration(pub rules::variable::VariableDef);

/// A value of a variable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    /// The value.
    pub value: Value,
}

/// Types of the rules' own crate, which knows nothing of this interface: objects to its description.
macro_rules! object {
    ($name:ident, $description:literal) => {
        impl utoipa::PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().description(Some($description)).into()
            }
        }

        impl ToSchema for $name {}
    };
}

object!(
    Trace,
    "What a rule did and why, or why it did nothing: id, rule, revision, at, ended, trigger, \
     conditions, outcome, steps. Moments are microseconds since the Unix epoch."
);
object!(
    Declaration,
    "A variable: type (bool, number, text, choice), initial, and options, unit, note."
);

impl Finding {
    /// A problem as it is told.
    #[must_use]
    pub fn of(problem: &rules::problem::Problem) -> Self {
        Self {
            error: problem.is_error(),
            place: problem.place.clone(),
            line: problem.line,
            column: problem.column,
            what: problem.what.clone(),
            advice: problem.advice.clone(),
        }
    }

    pub(crate) fn all(problems: &[rules::problem::Problem]) -> Vec<Self> {
        let mut all: Vec<_> = problems.iter().map(Self::of).collect();
        all.sort_by_key(|finding| !finding.error);
        all
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.error { "error" } else { "warning" })?;
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, " at line {line}, column {column}")?;
        }
        if !self.place.is_empty() {
            write!(f, " ({})", self.place)?;
        }
        write!(f, ": {}", self.what)?;
        match &self.advice {
            Some(advice) => write!(f, "; {advice}"),
            None => Ok(()),
        }
    }
}

impl Rule {
    pub(crate) fn of(view: &RuleView) -> Self {
        let (state, why) = match &view.state {
            RuleState::Ready => (RuleStateWord::Ready, None),
            RuleState::Disabled => (RuleStateWord::Disabled, None),
            RuleState::Paused(pause) => (RuleStateWord::Paused, Some(pause.why.to_string())),
            RuleState::Broken(problems) => (
                RuleStateWord::Broken,
                problems.first().map(ToString::to_string),
            ),
        };
        let findings = match &view.state {
            RuleState::Broken(problems) => Finding::all(problems),
            _ => Finding::all(&view.warnings),
        };
        Self {
            id: view.rule.id.to_string(),
            name: view.rule.name.to_string(),
            note: view.rule.note.as_deref().map(str::to_owned),
            owner: view.rule.owner.as_deref().map(str::to_owned),
            enabled: view.rule.enabled,
            state,
            why,
            revision: view.revision.to_string(),
            running: view.running,
            waiting: view.waiting,
            next_ms: view.next.map(ms),
            last: view.last.as_deref().cloned().map(Trace),
            findings,
        }
    }
}

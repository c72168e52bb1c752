//! The faces of a rule and a scene: TOML text and JSON.
//!
//! Both are the same generic tree, read by one reader and made by one writer, so
//! that they cannot drift apart. The canonical text is TOML 1.0 with a fixed order of keys; comments
//! of a hand-written file become notes. A key that nobody knows is an error.

mod item;
mod json;
mod places;
mod read;
mod scene;
mod step;
mod toml;
mod toml_text;
mod trigger;
mod write;

use item::Node;
use read::Located;

use crate::problem::Problem;
use crate::scene::Scene;
use crate::tree::Rule;

pub use places::Places;

/// The version of the format that is written, and the newest that is read.
pub const VERSION: i64 = 1;

/// The longest text of one rule, in bytes.
pub const LONGEST: usize = 256 * 1024;

/// What was read, with where each part stands in the text.
#[derive(Clone, Debug)]
pub struct Read<T> {
    /// What was read.
    pub what: T,
    /// Where its parts stand.
    pub places: Places,
}

/// Reads a rule from its text.
///
/// # Errors
/// All that is wrong with it, each with line and column, in the order of the text.
pub fn rule_from_text(text: &str) -> Result<Read<Rule>, Vec<Problem>> {
    from_text(text, read::rule, rule_to_text)
}

/// Reads a scene from its text.
///
/// # Errors
/// All that is wrong with it, each with line and column, in the order of the text.
pub fn scene_from_text(text: &str) -> Result<Read<Scene>, Vec<Problem>> {
    from_text(text, scene::read, scene_to_text)
}

/// Reads a rule from its JSON.
///
/// # Errors
/// All that is wrong with it.
pub fn rule_from_json(json: &str) -> Result<Rule, Vec<Problem>> {
    from_json(json, read::rule, rule_to_text)
}

/// Reads a scene from its JSON.
///
/// # Errors
/// All that is wrong with it.
pub fn scene_from_json(json: &str) -> Result<Scene, Vec<Problem>> {
    from_json(json, scene::read, scene_to_text)
}

/// The canonical text of a rule.
#[must_use]
pub fn rule_to_text(rule: &Rule) -> String {
    toml_text::text(&write::rule(rule))
}

/// The canonical text of a scene.
#[must_use]
pub fn scene_to_text(item: &Scene) -> String {
    toml_text::text(&scene::write(item))
}

/// The JSON of a rule.
#[must_use]
pub fn rule_to_json(rule: &Rule) -> serde_json::Value {
    json::value(&write::rule(rule))
}

/// The JSON of a scene.
#[must_use]
pub fn scene_to_json(item: &Scene) -> serde_json::Value {
    json::value(&scene::write(item))
}

type Reading<T> = Result<(T, Places), Vec<Located>>;

fn from_text<T>(
    text: &str,
    read: impl Fn(&Node) -> Reading<T>,
    write: impl Fn(&T) -> String,
) -> Result<Read<T>, Vec<Problem>> {
    let located = |Located { problem, at }| {
        let place = at.map(|at| places::line_and_column(text, at));
        Problem {
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
            ..problem
        }
    };
    if text.len() > LONGEST {
        let what = format!(
            "the text has {} bytes; at most {LONGEST} are read",
            text.len()
        );
        return Err(vec![Problem::error("", what)]);
    }
    let root = toml::parse(text).map_err(|problem| vec![located(*problem)])?;
    let read = read(&root);
    let (what, places) =
        read.map_err(|problems| problems.into_iter().map(located).collect::<Vec<_>>())?;
    readable_again(&write(&what))?;
    Ok(Read { what, places })
}

fn from_json<T>(
    json: &str,
    read: impl Fn(&Node) -> Reading<T>,
    write: impl Fn(&T) -> String,
) -> Result<T, Vec<Problem>> {
    let root = json::parse(json).map_err(|problem| vec![*problem])?;
    let read = read(&root);
    let (what, _) =
        read.map_err(|found| found.into_iter().map(|l| l.problem).collect::<Vec<_>>())?;
    readable_again(&write(&what))?;
    Ok(what)
}

/// What is stored is the canonical text, so that must not be too long either.
fn readable_again(canonical: &str) -> Result<(), Vec<Problem>> {
    if canonical.len() <= LONGEST {
        return Ok(());
    }
    let length = canonical.len();
    let what = format!("the canonical text has {length} bytes; at most {LONGEST} are kept");
    Err(vec![Problem::error("", what)])
}

#[cfg(test)]
mod tests;

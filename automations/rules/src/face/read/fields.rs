//! The fields of a table, each taken once; those that nobody takes are wrong.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use hub_model::nearest::nearest;

use super::super::item::{Item, Node};
use super::{At, note};
use crate::problem::Problem;

/// The fields of a table.
pub(in super::super) struct Fields<'a> {
    entries: &'a [(String, Node)],
    pub(in super::super) at: At<'a>,
    seen: RefCell<BTreeSet<String>>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(at: At<'a>, entries: &'a [(String, Node)]) -> Self {
        Self {
            entries,
            at,
            seen: RefCell::default(),
        }
    }

    pub(in super::super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(name, _)| name == key)
    }

    pub(in super::super) fn take(&self, key: &str) -> Option<At<'a>> {
        self.seen.borrow_mut().insert(key.to_owned());
        let (_, node) = self.entries.iter().find(|(name, _)| name == key)?;
        Some(self.at.child(self.place_of(key), node))
    }

    /// All fields that were not taken yet, by name.
    pub(in super::super) fn rest(&self) -> Vec<(&'a str, At<'a>)> {
        let names = self.entries.iter().map(|(name, _)| name.as_str());
        let names: Vec<_> = names
            .filter(|name| !self.seen.borrow().contains(*name))
            .collect();
        let rest = names.into_iter();
        rest.filter_map(|name| Some((name, self.take(name)?)))
            .collect()
    }

    pub(in super::super) fn required(&self, key: &str) -> Option<At<'a>> {
        let found = self.take(key);
        if found.is_none() {
            self.problem(format!("{key} is missing"));
        }
        found
    }

    /// The entries of a list of tables, which the text writes as `block`.
    pub(in super::super) fn list<T>(
        &self,
        key: &str,
        block: &str,
        read: impl Fn(At<'a>) -> Option<T>,
    ) -> Vec<T> {
        let Some(node) = self.take(key) else {
            return Vec::new();
        };
        if !matches!(node.node.item, Item::List(_)) {
            node.wanted(
                "a list",
                Some(&format!("write {block} above what belongs to it")),
            );
            return Vec::new();
        }
        node.entries(read)
    }

    pub(in super::super) fn bool(&self, key: &str) -> Option<bool> {
        self.take(key)?.bool()
    }

    pub(in super::super) fn duration(&self, key: &str) -> Option<Duration> {
        self.take(key)?.duration()
    }

    pub(in super::super) fn word<T: Copy + 'static>(
        &self,
        key: &str,
        all: &[T],
        word: impl Fn(&T) -> &'static str,
    ) -> Option<T> {
        let node = self.take(key)?;
        let text = node.text()?;
        let found = all.iter().find(|one| word(one) == text);
        if found.is_none() {
            let words: Vec<_> = all.iter().map(&word).collect();
            let problem = node.no_word(text, &words);
            let near = nearest(text, words).map(|near| format!("did you mean {near}?"));
            node.report(problem.advise_if(near));
        }
        found.copied()
    }

    /// The one key of these that says what kind of thing this is.
    pub(in super::super) fn kind(
        &self,
        kinds: &[&'static str],
        none: &str,
        two: impl Fn(&str, &str) -> String,
    ) -> Option<&'static str> {
        let mut present = kinds.iter().filter(|kind| self.has(kind));
        match (present.next(), present.next()) {
            (Some(kind), None) => return Some(kind),
            (Some(one), Some(other)) => {
                let what = format!("{one} and {other} do not go together");
                self.at.problem_with(what, two(one, other));
            }
            (None, _) => {
                let names = self
                    .entries
                    .iter()
                    .map(|(name, node)| (name.as_str(), node));
                let near = names.filter_map(|(name, node)| {
                    Some((name, node, nearest(name, kinds.iter().copied())?))
                });
                self.no_kind(kinds, none, near.into_iter().next());
            }
        }
        None
    }

    fn no_kind(&self, kinds: &[&str], none: &str, near: Option<(&str, &'a Node, &str)>) {
        match near {
            Some((name, node, near)) => {
                let problem =
                    Problem::error(&self.at.place, format!("{name:?} has no meaning here"));
                let node = self.at.child(self.place_of(name), node);
                node.key_problem(problem.advise(format!("did you mean {near}?")));
            }
            None => {
                let advice = format!("write one of {}", kinds.join(", "));
                self.at.problem_with(none, advice);
            }
        }
    }

    /// The note: the comments, then what its key says.
    pub(in super::super) fn note(&self) -> Option<Arc<str>> {
        let note = self.take("note").and_then(|node| node.text());
        let comments = note::comments(self.at.node);
        let parts = comments.as_deref().into_iter().chain(note);
        let parts: Vec<_> = parts
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect();
        (!parts.is_empty()).then(|| parts.join("\n").into())
    }

    pub(in super::super) fn problem(&self, what: impl Into<String>) {
        self.at.problem(what);
    }

    /// Tells of fields that nobody took.
    pub(in super::super) fn finish(&self) {
        let seen = self.seen.borrow().clone();
        for (name, node) in self.entries.iter().filter(|(name, _)| !seen.contains(name)) {
            let known = seen.iter().map(String::as_str);
            let advice = match nearest(name, known) {
                Some(near) => format!("did you mean {near}?"),
                None => format!(
                    "known are {}",
                    seen.iter().cloned().collect::<Vec<_>>().join(", ")
                ),
            };
            let at = self.at.child(self.place_of(name), node);
            let what = format!("{name:?} has no meaning here");
            at.key_problem(Problem::error(&self.at.place, what).advise(advice));
        }
    }

    fn place_of(&self, key: &str) -> String {
        match self.at.place.as_str() {
            "" => key.to_owned(),
            place => format!("{place}.{key}"),
        }
    }
}

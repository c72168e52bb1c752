//! A place in the file of the other hub, and what can be asked there.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::yaml::{Node, Value};

/// A value with the path to it: `actions[2].choose[0]`.
#[derive(Clone, Debug)]
pub(crate) struct At<'y> {
    pub(crate) node: &'y Node,
    pub(crate) place: String,
}

impl<'y> At<'y> {
    /// The root of an automation.
    pub(crate) fn root(node: &'y Node) -> Self {
        Self {
            node,
            place: String::new(),
        }
    }

    /// Its text, if it is a scalar.
    pub(crate) fn text(&self) -> Option<&'y str> {
        self.node.text().map(str::trim)
    }

    /// Its number, quoted or not.
    pub(crate) fn number(&self) -> Option<f64> {
        self.text()?
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
    }

    /// Its truth value in any of the words for it.
    pub(crate) fn bool(&self) -> Option<bool> {
        match self.text()?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some(true),
            "false" | "no" | "off" => Some(false),
            _ => None,
        }
    }

    /// The entries of a list; a value alone counts as a list of one, nothing as an empty one.
    pub(crate) fn entries(&self) -> Vec<Self> {
        match &self.node.value {
            Value::List(list) => {
                let entries = list.iter().enumerate();
                let entry = |(index, node)| Self {
                    node,
                    place: format!("{}[{index}]", self.place),
                };
                entries.map(entry).collect()
            }
            _ if self.node.is_null() => Vec::new(),
            _ => vec![self.clone()],
        }
    }

    /// Texts of a list, or of one text with commas between them; none if one of them is no text.
    pub(crate) fn texts(&self) -> Option<Vec<&'y str>> {
        let mut texts = Vec::new();
        for entry in self.entries() {
            let parts = entry.text()?.split(',');
            texts.extend(parts.map(str::trim).filter(|part| !part.is_empty()));
        }
        Some(texts)
    }

    /// Texts of a list, or one text, commas and all; none if one of them is no text.
    pub(crate) fn texts_whole(&self) -> Option<Vec<&'y str>> {
        self.entries().iter().map(Self::text).collect()
    }

    /// Whether its text has to be computed there.
    pub(crate) fn is_template(&self) -> bool {
        self.text().is_some_and(is_template)
    }

    /// Its fields, if it is a mapping.
    pub(crate) fn fields(&self) -> Option<Fields<'y>> {
        Some(Fields {
            entries: self.node.map()?,
            at: self.clone(),
            seen: RefCell::default(),
        })
    }
}

/// Whether a text has to be computed there.
pub(crate) fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

/// The fields of a mapping, which remember who was asked for.
#[derive(Debug)]
pub(crate) struct Fields<'y> {
    entries: &'y [(String, Node)],
    pub(crate) at: At<'y>,
    seen: RefCell<BTreeSet<&'y str>>,
}

impl<'y> Fields<'y> {
    /// The field of this name.
    pub(crate) fn take(&self, key: &str) -> Option<At<'y>> {
        let (name, node) = self.entries.iter().find(|(name, _)| name == key)?;
        self.seen.borrow_mut().insert(name);
        Some(self.child(name, node))
    }

    fn child(&self, name: &str, node: &'y Node) -> At<'y> {
        let place = match self.at.place.as_str() {
            "" => name.to_owned(),
            place => format!("{place}.{name}"),
        };
        At { node, place }
    }

    /// The field under the first of its names that is there: they changed over the years.
    pub(crate) fn take_any(&self, keys: &[&str]) -> Option<At<'y>> {
        let found: Vec<_> = keys.iter().filter_map(|key| self.take(key)).collect();
        found.into_iter().next()
    }

    /// The text of a field.
    pub(crate) fn text(&self, key: &str) -> Option<&'y str> {
        self.take(key)?.text()
    }

    /// What its author calls it.
    pub(crate) fn note(&self) -> Option<Arc<str>> {
        self.text("alias")
            .filter(|alias| !alias.is_empty())
            .map(Into::into)
    }

    /// Whether the field is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(name, _)| name == key)
    }

    /// Marks fields that say nothing to us as seen.
    pub(crate) fn ignore(&self, keys: &[&str]) {
        for key in keys {
            self.take(key);
        }
    }

    /// The fields nobody asked for, each with its name.
    pub(crate) fn rest(&self) -> Vec<(&'y str, At<'y>)> {
        let seen = self.seen.borrow();
        let left = self
            .entries
            .iter()
            .filter(|(name, _)| !seen.contains(name.as_str()));
        left.map(|(name, node)| (name.as_str(), self.child(name, node)))
            .collect()
    }
}

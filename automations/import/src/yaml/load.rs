//! From the events of the YAML parser to the tree, within bounds.
//!
//! A file comes from anywhere, so its size, its depth and what its aliases expand to are limited
//! before any memory is spent on them: ten lines of aliases can stand for a billion nodes.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};

use super::{Node, Value};
use crate::ImportError;

/// The largest file, in bytes.
const LARGEST: usize = 1024 * 1024;
/// How deep values may stand within each other.
const DEEPEST: usize = 64;
/// What all aliases together may stand for, in about bytes.
const MOST_ALIASED: usize = 4 * 1024 * 1024;
/// What a node weighs besides its text.
const NODE_WEIGHT: usize = 64;

/// The documents of a file.
pub(crate) fn load(text: &str) -> Result<Vec<Node>, ImportError> {
    if text.len() > LARGEST {
        return Err(ImportError::TooLarge {
            bytes: text.len(),
            most: LARGEST,
        });
    }
    let mut loader = Loader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| unreadable(&error))?;
        loader.event(event, span)?;
    }
    Ok(loader.documents)
}

fn unreadable(error: &ScanError) -> ImportError {
    let at = error.marker();
    ImportError::Unreadable {
        line: at.line(),
        column: at.col() + 1,
        what: error.info().to_owned(),
    }
}

/// A tree with what it costs.
#[derive(Clone)]
struct Grown {
    node: Node,
    /// About how many bytes it takes.
    weight: usize,
    /// How many levels it has.
    height: usize,
}

/// A list or mapping that has not ended yet.
struct Open {
    line: usize,
    anchor: usize,
    inner: Inner,
    weight: usize,
    height: usize,
}

enum Inner {
    List(Vec<Node>),
    Map {
        entries: Vec<(String, Node)>,
        key: Option<String>,
    },
}

#[derive(Default)]
struct Loader {
    documents: Vec<Node>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Grown>,
    aliased: usize,
}

impl Loader {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), ImportError> {
        let line = span.start.line();
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(text.into_owned(), style, tag.as_deref());
                let weight = NODE_WEIGHT
                    + match &value {
                        Value::Scalar { text, .. } | Value::Tagged { text, .. } => text.len(),
                        Value::List(_) | Value::Map(_) => 0,
                    };
                let node = Node { line, value };
                self.put(
                    anchor,
                    Grown {
                        node,
                        weight,
                        height: 1,
                    },
                );
            }
            Event::Alias(anchor) => self.alias(anchor, span)?,
            Event::SequenceStart(anchor, _) => {
                self.begin(Inner::List(Vec::new()), anchor, span)?;
            }
            Event::MappingStart(anchor, _) => {
                let entries = Vec::new();
                self.begin(Inner::Map { entries, key: None }, anchor, span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn begin(&mut self, inner: Inner, anchor: usize, span: Span) -> Result<(), ImportError> {
        if self.open.len() >= DEEPEST {
            return Err(refused(span, "values stand too deep within each other"));
        }
        self.open.push(Open {
            line: span.start.line(),
            anchor,
            inner,
            weight: NODE_WEIGHT,
            height: 1,
        });
        Ok(())
    }

    fn end(&mut self) {
        let Some(open) = self.open.pop() else {
            return;
        };
        let value = match open.inner {
            Inner::List(list) => Value::List(list),
            Inner::Map { entries, .. } => Value::Map(unique(merged(entries))),
        };
        let node = Node {
            line: open.line,
            value,
        };
        self.put(
            open.anchor,
            Grown {
                node,
                weight: open.weight,
                height: open.height,
            },
        );
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), ImportError> {
        let Some(of) = self.anchors.get(&anchor) else {
            return Err(refused(span, "the alias stands within what it names"));
        };
        self.aliased = self.aliased.saturating_add(of.weight);
        if self.aliased > MOST_ALIASED {
            return Err(refused(span, "the aliases stand for too much"));
        }
        if self.open.len() + of.height > DEEPEST {
            return Err(refused(span, "values stand too deep within each other"));
        }
        let grown = of.clone();
        self.put(0, grown);
        Ok(())
    }

    fn put(&mut self, anchor: usize, grown: Grown) {
        if anchor > 0 {
            self.anchors.insert(anchor, grown.clone());
        }
        let Some(around) = self.open.last_mut() else {
            self.documents.push(grown.node);
            return;
        };
        around.weight = around.weight.saturating_add(grown.weight);
        around.height = around.height.max(grown.height + 1);
        match &mut around.inner {
            Inner::List(list) => list.push(grown.node),
            Inner::Map { entries, key } => match key.take() {
                Some(key) => entries.push((key, grown.node)),
                None => *key = Some(key_text(&grown.node)),
            },
        }
    }
}

fn scalar(text: String, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema() => Value::Tagged {
            tag: tag.to_string(),
            text,
        },
        tag => Value::Scalar {
            text,
            plain: style == ScalarStyle::Plain && tag.is_none(),
        },
    }
}

fn key_text(node: &Node) -> String {
    match &node.value {
        Value::Scalar { text, .. } => text.clone(),
        _ => node.described(),
    }
}

/// With what the merge key brings in; a key of one's own comes first.
fn merged(entries: Vec<(String, Node)>) -> Vec<(String, Node)> {
    if !entries.iter().any(|(key, _)| key == "<<") {
        return entries;
    }
    let mut brought = Vec::new();
    let mut own = Vec::new();
    for (key, node) in entries {
        match node.value {
            Value::Map(more) if key == "<<" => brought.extend(more),
            Value::List(list) if key == "<<" => {
                // Of several mappings the earlier ones count.
                let maps = list.into_iter().rev().filter_map(|node| match node.value {
                    Value::Map(more) => Some(more),
                    _ => None,
                });
                brought.extend(maps.flatten());
            }
            _ => own.push((key, node)),
        }
    }
    brought.extend(own);
    brought
}

/// Each key once, with the value that comes last, as the other hub takes it.
fn unique(entries: Vec<(String, Node)>) -> Vec<(String, Node)> {
    let mut last: BTreeMap<String, usize> = BTreeMap::new();
    for (index, (key, _)) in entries.iter().enumerate() {
        last.insert(key.clone(), index);
    }
    let entries = entries.into_iter().enumerate();
    let kept = entries.filter(|(index, (key, _))| last.get(key) == Some(index));
    kept.map(|(_, entry)| entry).collect()
}

fn refused(span: Span, what: &str) -> ImportError {
    ImportError::Unreadable {
        line: span.start.line(),
        column: span.start.col() + 1,
        what: what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_the_file() {
        let documents = load("# first\n- a: 1\n  b:\n    - x\n- c\n").unwrap();
        let Value::List(list) = &documents[0].value else {
            panic!("a list");
        };
        assert_eq!((list[0].line, list[1].line), (2, 5));
        assert_eq!(list[0].get("b").unwrap().line, 4);
    }

    #[test]
    fn merge_keys_bring_in_what_is_not_there() {
        let text = "x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\n";
        let documents = load(text).unwrap();
        let y = documents[0].get("y").unwrap();
        let value = |key| y.get(key).and_then(Node::text);
        assert_eq!((value("a"), value("b")), (Some("1"), Some("3")));
    }

    #[test]
    fn a_key_that_comes_twice_has_its_last_value() {
        let documents = load("a: 1\na: 2\n").unwrap();
        assert_eq!(documents[0].map().unwrap().len(), 1);
        assert_eq!(documents[0].get("a").and_then(Node::text), Some("2"));
    }

    #[test]
    fn tags_of_ones_own_are_no_text() {
        let documents = load("code: !secret door\nname: !!str 12\n").unwrap();
        assert_eq!(documents[0].get("code").unwrap().text(), None);
        assert_eq!(
            documents[0].get("code").unwrap().described(),
            "`!secret door`"
        );
        assert_eq!(documents[0].get("name").and_then(Node::text), Some("12"));
    }

    #[test]
    fn a_billion_laughs_are_refused() {
        let mut text = "a0: &a0 [lol, lol]\n".to_owned();
        for n in 1..40 {
            text.push_str(&format!(
                "a{n}: &a{n} [*a{0}, *a{0}, *a{0}, *a{0}]\n",
                n - 1
            ));
        }
        let error = load(&text).unwrap_err();
        assert!(
            error.to_string().contains("aliases stand for too much"),
            "{error}"
        );
    }

    #[test]
    fn a_long_text_may_not_be_repeated_without_end() {
        let mut text = format!("a: &a \"{}\"\nb: [", "x".repeat(500_000));
        text.push_str(&"*a, ".repeat(1_000));
        text.push_str("]\n");
        assert!(load(&text).is_err());
    }

    #[test]
    fn depth_and_size_are_bounded() {
        for open in ["[", "{a: ", "- "] {
            let deep = open.repeat(100_000);
            assert!(load(&deep).is_err(), "{open}");
        }
        assert!(matches!(
            load(&" ".repeat(LARGEST + 1)),
            Err(ImportError::TooLarge { .. })
        ));
    }

    #[test]
    fn an_alias_within_itself_is_refused() {
        assert!(load("a: &a [*a]\n").is_err());
    }

    #[test]
    fn errors_have_line_and_column() {
        let error = load("a: 1\nb: [1, 2\nc: 3\n").unwrap_err();
        assert!(error.to_string().starts_with("line "), "{error}");
    }
}

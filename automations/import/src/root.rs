//! What a file holds: automations and scenes, however it lists them.
//!
//! `automations.yaml` and `scenes.yaml` are lists; `configuration.yaml` is a mapping with
//! `automation:` and `scene:` in it, also as `automation lights:`; people also send one automation.

use crate::cursor::At;
use crate::report::Kind;
use crate::scene::is_scene;
use crate::yaml::{Node, Value};

/// What a file holds.
#[derive(Default)]
pub(crate) struct Found<'y> {
    /// The automations and scenes, in the order of the file.
    pub(crate) items: Vec<(Kind, At<'y>)>,
    /// What else is to be said.
    pub(crate) notes: Vec<String>,
}

/// What the documents of a file hold.
pub(crate) fn find(documents: &[Node]) -> Found<'_> {
    let mut found = Found::default();
    for document in documents {
        found.document(document);
    }
    found
}

/// The keys of an automation, by which one that stands alone is known.
const OWN: &[&str] = &[
    "trigger",
    "triggers",
    "action",
    "actions",
    "use_blueprint",
    "alias",
    "entities",
];

impl<'y> Found<'y> {
    fn document(&mut self, node: &'y Node) {
        let Some(entries) = node.map() else {
            return self.list(node, None);
        };
        if OWN.iter().any(|key| node.get(key).is_some()) {
            return self.list(node, None);
        }
        let mut left_out = Vec::new();
        for (key, node) in entries {
            match key.split_whitespace().next() {
                Some("automation") => self.list(node, Some(Kind::Automation)),
                Some("scene") => self.list(node, Some(Kind::Scene)),
                _ => left_out.push(key.as_str()),
            }
        }
        if !left_out.is_empty() {
            let shown: Vec<_> = left_out
                .iter()
                .take(10)
                .map(|key| crate::yaml::excerpt(key))
                .collect();
            let more = left_out.len().saturating_sub(shown.len());
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            self.notes.push(format!(
                "what stands under {}{more} is no automation and was not read",
                shown.join(", ")
            ));
        }
    }

    fn list(&mut self, node: &'y Node, kind: Option<Kind>) {
        match &node.value {
            Value::List(list) => {
                for node in list {
                    self.item(node, kind);
                }
            }
            Value::Tagged { .. } => self.notes.push(format!(
                "line {}: {} stands in another file; import that too",
                node.line,
                node.described()
            )),
            _ if node.is_null() => {}
            _ => self.item(node, kind),
        }
    }

    fn item(&mut self, node: &'y Node, kind: Option<Kind>) {
        let kind = kind.unwrap_or_else(|| match is_scene(node) {
            true => Kind::Scene,
            false => Kind::Automation,
        });
        self.items.push((kind, At::root(node)));
    }
}

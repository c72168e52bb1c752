//! Which part of the home a client wants.

use std::collections::BTreeSet;

use hub_model::{AttributePath, AttributePattern, NodeId};

use crate::event::EventKind;

/// Which part of the home a client wants, in a snapshot and in the events that follow.
/// The default is all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// These nodes, or all.
    pub nodes: Option<BTreeSet<NodeId>>,
    /// Attributes that match one of these, or all.
    pub attributes: Option<Vec<AttributePattern>>,
    /// Whether to hear of reports that changed nothing.
    pub freshness: bool,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            nodes: None,
            attributes: None,
            freshness: true,
        }
    }
}

impl Filter {
    /// Only this node.
    #[must_use]
    pub fn node(node: NodeId) -> Self {
        Self {
            nodes: Some(BTreeSet::from([node])),
            ..Self::default()
        }
    }

    /// Whether the client wants this node.
    #[must_use]
    pub fn wants_node(&self, node: NodeId) -> bool {
        self.nodes
            .as_ref()
            .is_none_or(|nodes| nodes.contains(&node))
    }

    /// Whether the client wants this attribute.
    #[must_use]
    pub fn wants_attribute(&self, path: &AttributePath) -> bool {
        self.wants_node(path.node)
            && self
                .attributes
                .as_ref()
                .is_none_or(|patterns| patterns.iter().any(|pattern| pattern.matches(path)))
    }

    /// Whether the client wants all there is, so that nothing need be looked at.
    #[must_use]
    pub const fn wants_all(&self) -> bool {
        self.nodes.is_none() && self.attributes.is_none() && self.freshness
    }

    /// Whether the client wants this event.
    #[must_use]
    pub fn wants(&self, event: &EventKind) -> bool {
        match event {
            EventKind::AttributeChanged { path, .. } => self.wants_attribute(path),
            EventKind::Freshened { path, .. } => self.freshness && self.wants_attribute(path),
            other => other.node().is_none_or(|node| self.wants_node(node)),
        }
    }
}

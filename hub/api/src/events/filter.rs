//! Which part of the home one client wants to hear of.

use hub_engine::{Event, EventKind, Filter as EngineFilter, Home, Quality};
use hub_model::AttributePath;

use crate::dto::{Filter, Node};
use crate::path::{self, Pattern};
use crate::problem::{Kind, Problem};

/// Paths that a client may name.
const MOST: usize = 1_000;

/// What one client wants, with names resolved.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// One of these; all when none.
    patterns: Option<Vec<Pattern>>,
    /// Whether to hear of reports that changed nothing.
    fresh: bool,
}

impl Wanted {
    /// What the filter names in this home.
    pub(super) fn of(filter: &Filter, home: &Home) -> Result<Self, Problem> {
        let Some(paths) = &filter.paths else {
            return Ok(Self {
                patterns: None,
                fresh: filter.fresh,
            });
        };
        if paths.len() > MOST {
            return Err(Problem::new(
                Kind::BadBody,
                format!("at most {MOST} paths are taken"),
            ));
        }
        let patterns = paths.iter().map(|path| path::pattern(home, path));
        Ok(Self {
            patterns: Some(patterns.collect::<Result<_, _>>()?),
            fresh: filter.fresh,
        })
    }

    /// The filter for the engine: all that is wanted, and what the home's own view needs.
    pub(super) fn for_engine(&self) -> EngineFilter {
        let patterns = self.patterns.as_ref();
        let attributes = patterns.map(|patterns| {
            let wanted = patterns.iter().map(|pattern| pattern.attributes);
            wanted.chain(Node::nameplate()).collect()
        });
        // Reports that change nothing still tell that a stale value is known again.
        EngineFilter {
            nodes: None,
            attributes,
            freshness: true,
        }
    }

    pub(super) fn wants_attribute(&self, path: &AttributePath) -> bool {
        let patterns = self.patterns.as_ref();
        patterns.is_none_or(|patterns| patterns.iter().any(|pattern| pattern.matches(path)))
    }

    /// Whether the client wants this event.
    pub(super) fn wants(&self, event: &Event) -> bool {
        match &event.kind {
            EventKind::AttributeChanged { path, .. } => self.wants_attribute(path),
            EventKind::Freshened { path, was, .. } => {
                (self.fresh || *was == Quality::Stale) && self.wants_attribute(path)
            }
            EventKind::DeviceEvent(event) => self.wants_node(event.path.node),
            EventKind::Command { node, .. } => self.wants_node(*node),
            // That it was asked is told by its first progress.
            EventKind::Asked { .. } => false,
            _ => true,
        }
    }

    fn wants_node(&self, node: hub_model::NodeId) -> bool {
        let patterns = self.patterns.as_ref();
        let of_node = |pattern: &Pattern| pattern.node.is_none_or(|wanted| wanted == node);
        patterns.is_none_or(|patterns| patterns.iter().any(of_node))
    }
}

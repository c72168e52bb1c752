//! A series: one thing of the home whose past is kept.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use hub_model::{AttributeId, AttributePath, ClusterId, EndpointId, EventId, EventPath, NodeId};

/// What a series is about.
///
/// Its text form is stable, since stores and exports keep it: `attribute/0x10/1/0x0006/0x0000`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SeriesKey {
    /// The hub itself: when it ran, and when its clock was set ([`crate::occurrence::Hub`]).
    Hub,
    /// Whether a node was there: true, false, or null while the hub did not know yet.
    Reachability(NodeId),
    /// What was asked of a node and what came of it ([`crate::occurrence::Asked`]).
    Commands(NodeId),
    /// The values of an attribute.
    Attribute(AttributePath),
    /// The events of a device: each with its fields.
    Event(EventPath),
    /// Something of another system, by its name there, that has no place in the home.
    Foreign(Arc<str>),
}

impl SeriesKey {
    /// The node that it is about, when it is about one.
    #[must_use]
    pub const fn node(&self) -> Option<NodeId> {
        match self {
            Self::Hub | Self::Foreign(_) => None,
            Self::Reachability(node) | Self::Commands(node) => Some(*node),
            Self::Attribute(path) => Some(path.node),
            Self::Event(path) => Some(path.node),
        }
    }

    /// The attribute, when it is one's.
    #[must_use]
    pub const fn attribute(&self) -> Option<AttributePath> {
        match self {
            Self::Attribute(path) => Some(*path),
            _ => None,
        }
    }

    /// Whether each sample is an occurrence of its own, rather than a state that lasts.
    #[must_use]
    pub const fn is_of_occurrences(&self) -> bool {
        matches!(self, Self::Event(_) | Self::Commands(_))
    }
}

impl fmt::Display for SeriesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hub => f.write_str("hub"),
            Self::Reachability(node) => write!(f, "reachability/{node}"),
            Self::Commands(node) => write!(f, "commands/{node}"),
            Self::Attribute(path) => {
                let AttributePath {
                    node,
                    endpoint,
                    cluster,
                    attribute,
                } = path;
                write!(f, "attribute/{node}/{endpoint}/{cluster}/{attribute}")
            }
            Self::Event(path) => {
                let EventPath {
                    node,
                    endpoint,
                    cluster,
                    event,
                } = path;
                write!(f, "event/{node}/{endpoint}/{cluster}/{event}")
            }
            Self::Foreign(name) => write!(f, "foreign/{name}"),
        }
    }
}

/// A text is no series key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no series")]
pub struct NoSeries(pub String);

impl FromStr for SeriesKey {
    type Err = NoSeries;

    fn from_str(text: &str) -> Result<Self, NoSeries> {
        parse(text).ok_or_else(|| NoSeries(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<SeriesKey> {
    if text == "hub" {
        return Some(SeriesKey::Hub);
    }
    let (kind, rest) = text.split_once('/')?;
    if kind == "foreign" {
        return Some(SeriesKey::Foreign(rest.into()));
    }
    let mut parts = rest.split('/');
    let node = NodeId(number(parts.next()?)?);
    let key = match kind {
        "reachability" => SeriesKey::Reachability(node),
        "commands" => SeriesKey::Commands(node),
        "attribute" => SeriesKey::Attribute(AttributePath {
            node,
            endpoint: EndpointId(number(parts.next()?)?.try_into().ok()?),
            cluster: ClusterId(number(parts.next()?)?.try_into().ok()?),
            attribute: AttributeId(number(parts.next()?)?.try_into().ok()?),
        }),
        "event" => SeriesKey::Event(EventPath {
            node,
            endpoint: EndpointId(number(parts.next()?)?.try_into().ok()?),
            cluster: ClusterId(number(parts.next()?)?.try_into().ok()?),
            event: EventId(number(parts.next()?)?.try_into().ok()?),
        }),
        _ => return None,
    };
    parts.next().is_none().then_some(key)
}

fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_key() -> impl Strategy<Value = SeriesKey> {
        let path = (any::<u64>(), any::<u16>(), any::<u32>(), any::<u32>());
        prop_oneof![
            Just(SeriesKey::Hub),
            any::<u64>().prop_map(|node| SeriesKey::Reachability(NodeId(node))),
            any::<u64>().prop_map(|node| SeriesKey::Commands(NodeId(node))),
            path.prop_map(|(node, endpoint, cluster, attribute)| {
                SeriesKey::Attribute(AttributePath {
                    node: NodeId(node),
                    endpoint: EndpointId(endpoint),
                    cluster: ClusterId(cluster),
                    attribute: AttributeId(attribute),
                })
            }),
            path.prop_map(|(node, endpoint, cluster, event)| {
                SeriesKey::Event(EventPath {
                    node: NodeId(node),
                    endpoint: EndpointId(endpoint),
                    cluster: ClusterId(cluster),
                    event: EventId(event),
                })
            }),
            ".*".prop_map(|name| SeriesKey::Foreign(name.into())),
        ]
    }

    proptest! {
        #[test]
        fn the_text_of_a_key_reads_as_the_key(key in any_key()) {
            prop_assert_eq!(key.to_string().parse(), Ok(key));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = text.parse::<SeriesKey>();
        }
    }

    #[test]
    fn the_text_is_what_stores_keep() {
        let path = AttributePath {
            node: NodeId(0x10),
            endpoint: EndpointId(1),
            cluster: ClusterId(6),
            attribute: AttributeId(0),
        };
        let text = SeriesKey::Attribute(path).to_string();
        assert_eq!(text, "attribute/0x10/1/0x0006/0x0000");
    }
}

//! Paths as people write them: `kitchen-lamp/1/OnOff.Toggle`, `0x12/1/0x0402.0`.
//!
//! ```text
//! path    = node [ "/" endpoint [ "/" cluster [ "." member ] ] ]
//! node    = slug | number | "*"
//! number  = decimal | "0x" hex
//! ```
//! Endpoint, cluster and member are numbers, names in any case, or `*`. A slug that looks like a
//! number is read as the number; [`slug`] makes none. Which node a slug means is the home's to say.

mod error;
mod slug;

use std::fmt;
use std::sync::Arc;

pub use error::PathError;
pub use slug::slug;

use crate::id::{AttributeId, ClusterId, CommandId, EndpointId, EventId, NodeId};
use crate::nearest::nearest;
use crate::spec::{self, Cluster};

/// A path, as far as it was written. What is `None` was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextPath {
    /// The node.
    pub node: NodeRef,
    /// The endpoint.
    pub endpoint: Option<Part<EndpointId>>,
    /// The cluster.
    pub cluster: Option<Part<ClusterId>>,
    /// The attribute, command or event.
    pub member: Option<Part<Member>>,
}

/// Which node is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeRef {
    /// All.
    Any,
    /// That with this id.
    Id(NodeId),
    /// That with this name, as [`slug`] makes it.
    Slug(Arc<str>),
}

/// One part of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<T> {
    /// `*`: all.
    Any,
    /// This one.
    This(T),
}

/// The last part of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// The attribute, command or event with this number; where it is used says which.
    Number(u32),
    /// What has this name; an event may share the name of an attribute or a command.
    Named {
        /// The attribute.
        attribute: Option<AttributeId>,
        /// The command.
        command: Option<CommandId>,
        /// The event.
        event: Option<EventId>,
    },
}

impl<T> Part<T> {
    /// The one meant; none for all.
    #[must_use]
    pub fn one(self) -> Option<T> {
        match self {
            Self::Any => None,
            Self::This(one) => Some(one),
        }
    }
}

impl Member {
    /// The attribute, if one can be meant.
    #[must_use]
    pub const fn attribute(self) -> Option<AttributeId> {
        match self {
            Self::Number(id) => Some(AttributeId(id)),
            Self::Named { attribute, .. } => attribute,
        }
    }

    /// The command, if one can be meant.
    #[must_use]
    pub const fn command(self) -> Option<CommandId> {
        match self {
            Self::Number(id) => Some(CommandId(id)),
            Self::Named { command, .. } => command,
        }
    }

    /// The event, if one can be meant.
    #[must_use]
    pub const fn event(self) -> Option<EventId> {
        match self {
            Self::Number(id) => Some(EventId(id)),
            Self::Named { event, .. } => event,
        }
    }
}

impl TextPath {
    /// Whether it names one thing: no part is `*`.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.node != NodeRef::Any
            && self.endpoint != Some(Part::Any)
            && self.cluster != Some(Part::Any)
            && self.member != Some(Part::Any)
    }
}

impl std::str::FromStr for TextPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let mut parts = text.trim().splitn(3, '/');
        let node = node(parts.next().unwrap_or_default())?;
        let endpoint = parts.next().map(endpoint).transpose()?;
        let Some(rest) = parts.next() else {
            return Ok(Self {
                node,
                endpoint,
                cluster: None,
                member: None,
            });
        };
        if rest.contains('/') {
            return Err(PathError::TooManyParts);
        }
        let (cluster, member) = match rest.split_once('.') {
            Some((cluster, member)) => (cluster, Some(member)),
            None => (rest, None),
        };
        let cluster = self::cluster(cluster)?;
        let member = member.map(|member| self::member(cluster, member));
        Ok(Self {
            node,
            endpoint,
            cluster: Some(cluster),
            member: member.transpose()?,
        })
    }
}

fn node(text: &str) -> Result<NodeRef, PathError> {
    if text == "*" {
        return Ok(NodeRef::Any);
    }
    if let Some(id) = number::<u64>(text) {
        return Ok(NodeRef::Id(NodeId(id)));
    }
    let typed = text.to_lowercase();
    let is_inner = |c: char| c.is_alphanumeric() || c == '-';
    // A letter that slugs write otherwise is told how.
    let is_slug = typed.chars().all(is_inner) && (typed.is_ascii() || slug(&typed) == typed);
    if text.is_empty() || !is_slug || looks_like_number(text) {
        return Err(PathError::Node {
            given: text.to_owned(),
            suggestion: Some(slug(text)).filter(|slug| !text.is_empty() && slug != text),
        });
    }
    Ok(NodeRef::Slug(typed.into()))
}

fn endpoint(text: &str) -> Result<Part<EndpointId>, PathError> {
    if text == "*" {
        return Ok(Part::Any);
    }
    let id = number(text).filter(|id| *id != u16::MAX);
    let id = id.ok_or_else(|| PathError::Endpoint(text.to_owned()))?;
    Ok(Part::This(EndpointId(id)))
}

fn cluster(text: &str) -> Result<Part<ClusterId>, PathError> {
    if text == "*" {
        return Ok(Part::Any);
    }
    if let Some(id) = number::<u32>(text) {
        return Ok(Part::This(ClusterId(id)));
    }
    match spec::cluster_by_name(text) {
        Some(cluster) => Ok(Part::This(cluster.id)),
        None => Err(PathError::Cluster {
            given: text.to_owned(),
            suggestion: nearest(text, spec::clusters().iter().map(|cluster| cluster.name)),
        }),
    }
}

fn member(cluster: Part<ClusterId>, text: &str) -> Result<Part<Member>, PathError> {
    if text == "*" {
        return Ok(Part::Any);
    }
    if let Some(id) = number::<u32>(text) {
        return Ok(Part::This(Member::Number(id)));
    }
    let known = cluster.one().and_then(spec::cluster);
    let found = match known {
        Some(cluster) => member_of(cluster, text),
        // On all clusters, and on unknown ones, only global attributes have names.
        None => spec::global_attribute_by_name(text).map(|attribute| Member::Named {
            attribute: Some(attribute.id),
            command: None,
            event: None,
        }),
    };
    found.map(Part::This).ok_or_else(|| PathError::Member {
        given: text.to_owned(),
        cluster: known.map(|cluster| cluster.name),
        suggestion: known.and_then(|cluster| nearest(text, names(cluster))),
    })
}

fn member_of(cluster: &'static Cluster, name: &str) -> Option<Member> {
    let attribute = cluster.attribute_by_name(name).map(|a| a.id);
    let command = cluster.command_by_name(name).map(|c| c.id);
    let event = cluster.event_by_name(name).map(|e| e.id);
    let found = attribute.is_some() || command.is_some() || event.is_some();
    found.then_some(Member::Named {
        attribute,
        command,
        event,
    })
}

fn names(cluster: &'static Cluster) -> impl Iterator<Item = &'static str> {
    let attributes = cluster.attributes().map(|attribute| attribute.name);
    let commands = cluster.commands.iter().map(|command| command.name);
    let events = cluster.events.iter().map(|event| event.name);
    attributes.chain(commands).chain(events)
}

/// A number, decimal or `0x`, in range.
fn number<T: TryFrom<u64>>(text: &str) -> Option<T> {
    let number = match hex_digits(text) {
        Some(digits) if digits.starts_with('+') => None,
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None if text.starts_with('+') => None,
        None => text.parse().ok(),
    }?;
    T::try_from(number).ok()
}

fn hex_digits(text: &str) -> Option<&str> {
    text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))
}

/// Whether a person would read it as a number, in range or not.
fn looks_like_number(text: &str) -> bool {
    let digits = hex_digits(text).filter(|rest| !rest.is_empty());
    match digits {
        Some(digits) => digits.chars().all(|c| c.is_ascii_hexdigit()),
        None => !text.is_empty() && text.chars().all(|c| c.is_ascii_digit()),
    }
}

impl fmt::Display for NodeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Id(id) => id.fmt(f),
            Self::Slug(slug) => f.write_str(slug),
        }
    }
}

/// The path with the names of the specification, numbers for what has none.
impl fmt::Display for TextPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)?;
        match self.endpoint {
            None => return Ok(()),
            Some(Part::Any) => f.write_str("/*")?,
            Some(Part::This(endpoint)) => write!(f, "/{endpoint}")?,
        }
        let cluster = match self.cluster {
            None => return Ok(()),
            Some(Part::Any) => {
                f.write_str("/*")?;
                None
            }
            Some(Part::This(id)) => {
                let cluster = spec::cluster(id);
                match cluster {
                    Some(cluster) => write!(f, "/{}", cluster.name)?,
                    None => write!(f, "/{id}")?,
                }
                cluster
            }
        };
        match self.member {
            None => Ok(()),
            Some(Part::Any) => f.write_str(".*"),
            Some(Part::This(Member::Number(id))) => write!(f, ".{id:#x}"),
            Some(Part::This(member)) => match name(cluster, member) {
                Some(name) => write!(f, ".{name}"),
                None => write!(f, ".{:#x}", any_id(member)),
            },
        }
    }
}

/// A number for a member that has lost its cluster and so its name.
fn any_id(member: Member) -> u32 {
    let attribute = member.attribute().map(|id| id.0);
    let command = member.command().map(|id| id.0);
    let event = member.event().map(|id| id.0);
    attribute.or(command).or(event).unwrap_or_default()
}

/// The name of a member that was written by name.
fn name(cluster: Option<&'static Cluster>, member: Member) -> Option<&'static str> {
    let attribute = member.attribute().and_then(|id| match cluster {
        Some(cluster) => cluster.attribute(id),
        None => spec::global_attribute(id),
    });
    let command = member.command().and_then(|id| cluster?.command(id));
    let event = member.event().and_then(|id| cluster?.event(id));
    attribute
        .map(|attribute| attribute.name)
        .or_else(|| command.map(|command| command.name))
        .or_else(|| event.map(|event| event.name))
}

#[cfg(test)]
mod tests;

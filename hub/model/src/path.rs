//! Where something is: the path of an attribute, command or event, by number.
//!
//! The text form with names (`kitchen-lamp/1/OnOff.Toggle`) needs the specification and the
//! home's names; it is parsed once, at the edge.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{AttributeId, ClusterId, CommandId, EndpointId, EventId, NodeId};

macro_rules! path {
    ($(#[$doc:meta])* $name:ident, $member:ident: $id:ty) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub struct $name {
            /// The node.
            pub node: NodeId,
            /// The endpoint of the node.
            pub endpoint: EndpointId,
            /// The cluster on the endpoint.
            pub cluster: ClusterId,
            /// The member of the cluster.
            pub $member: $id,
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}/{}/{}.{:#x}", self.node, self.endpoint, self.cluster, self.$member.0)
            }
        }
    };
}

path!(
    /// One attribute of the home.
    AttributePath, attribute: AttributeId
);
path!(
    /// One command of the home.
    CommandPath, command: CommandId
);
path!(
    /// One event of the home.
    EventPath, event: EventId
);

/// Attributes of one node: what is `None` matches all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AttributePattern {
    /// This endpoint, or all.
    pub endpoint: Option<EndpointId>,
    /// This cluster, or all.
    pub cluster: Option<ClusterId>,
    /// This attribute, or all.
    pub attribute: Option<AttributeId>,
}

impl AttributePattern {
    /// Whether the attribute is one of these (of whatever node).
    #[must_use]
    pub fn matches(&self, path: &AttributePath) -> bool {
        self.endpoint.is_none_or(|id| id == path.endpoint)
            && self.cluster.is_none_or(|id| id == path.cluster)
            && self.attribute.is_none_or(|id| id == path.attribute)
    }
}

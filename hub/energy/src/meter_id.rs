//! What a meter is called: an endpoint that measures.

use std::fmt;

use hub_model::{AttributePath, EndpointId, NodeId};
use serde::{Deserialize, Serialize};

/// A meter: an endpoint of a node that measures energy or power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeterId {
    /// The node.
    pub node: NodeId,
    /// The endpoint of the node.
    pub endpoint: EndpointId,
}

impl From<&AttributePath> for MeterId {
    fn from(path: &AttributePath) -> Self {
        Self {
            node: path.node,
            endpoint: path.endpoint,
        }
    }
}

impl fmt::Display for MeterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.node, self.endpoint)
    }
}

//! Why a text is no path.

use crate::json::meant;

/// What is wrong with a path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// The node is neither a name nor a number.
    #[error("{given:?} is no node: write its name in small letters, digits and dashes, or its number{}", meant(.suggestion.as_deref()))]
    Node {
        /// What was given.
        given: String,
        /// The same as a name would be written.
        suggestion: Option<String>,
    },
    /// The endpoint is no number in range.
    #[error("{0:?} is no endpoint: write a number from 0 to 65534 or *")]
    Endpoint(String),
    /// No cluster has this name.
    #[error("{given:?} is no cluster of the specification{}", meant(*.suggestion))]
    Cluster {
        /// What was given.
        given: String,
        /// The cluster that was perhaps meant.
        suggestion: Option<&'static str>,
    },
    /// The cluster has nothing with this name.
    #[error("{given:?} is no attribute, command or event{}{}", of(*.cluster), meant(*.suggestion))]
    Member {
        /// What was given.
        given: String,
        /// The cluster, if it is known and not all.
        cluster: Option<&'static str>,
        /// The member that was perhaps meant.
        suggestion: Option<&'static str>,
    },
    /// More than node, endpoint, and cluster with member.
    #[error("a path has at most three parts: node/endpoint/Cluster.Member")]
    TooManyParts,
}

fn of(cluster: Option<&str>) -> String {
    match cluster {
        Some(cluster) => format!(" of {cluster}"),
        None => " that every cluster has: write its number".to_owned(),
    }
}

//! Why something is as it is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why an attribute has the value that it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Why {
    /// The attribute, by number.
    pub path: String,
    /// The answer in a sentence.
    pub sentence: String,
    /// The chain of causes, nearest first.
    pub links: Vec<Link>,
}

/// One link of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Link {
    /// Its number.
    pub cause: u64,
    /// What led to it.
    pub parent: Option<u64>,
    /// When.
    pub at_ms: i64,
    /// Who or what began it, in words.
    pub origin: String,
    /// The command asked, by name, if it is one.
    pub command: Option<String>,
    /// How the command went, in words.
    pub progress: Option<String>,
}

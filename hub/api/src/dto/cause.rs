//! Why something is as it is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{RuleStateWord, Sample, Trace};

/// Why an attribute has the value that it has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Why {
    /// The attribute, by number.
    pub path: String,
    /// The answer in a sentence.
    pub sentence: String,
    /// The chain of causes, nearest first.
    pub links: Vec<Link>,
    /// The runs of rules in the chain, each whole.
    pub runs: Vec<Trace>,
    /// The rules that could have set it, and what became of their last starts: why it is not as one
    /// expected.
    pub could: Vec<Could>,
    /// Of a past moment: how it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<Then>,
}

/// How an attribute was at a past moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Then {
    /// The moment.
    pub at_ms: i64,
    /// The last that was known until then.
    pub was: Option<Sample>,
    /// Whether that still held: neither the hub nor the device had been away since.
    pub known: bool,
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
    /// The run that gave the command, if a rule's did.
    pub run: Option<u64>,
}

/// A rule that could have set an attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Could {
    /// The rule.
    pub rule: String,
    /// Its name.
    pub name: String,
    /// Whether it can start.
    pub state: RuleStateWord,
    /// Why it cannot.
    pub why: Option<String>,
    /// Its last starts, newest first.
    pub traces: Vec<Trace>,
}

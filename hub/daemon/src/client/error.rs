//! Why a call of the command line failed, and the exit code of each.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Why the hub did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// Nobody listens on the socket.
    #[error(
        "no hub answers at {}: {source}\nstart one with `ingle serve`, or name its directory with --state-dir",
        socket.display()
    )]
    Unreachable { socket: PathBuf, source: std::io::Error },
    /// The hub went away in the middle.
    #[error("the hub went away: {0}")]
    Lost(String),
    /// The hub said no, and why.
    #[error("{0}")]
    Problem(Box<Problem>),
    /// The hub's answer could not be understood.
    #[error("the hub's answer is not understood: {0}")]
    Answer(String),
}

impl ClientError {
    /// The exit code of the program.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Unreachable { .. } | Self::Lost(_) => 3,
            Self::Problem(_) | Self::Answer(_) => 1,
        }
    }
}

impl From<hyper::Error> for ClientError {
    fn from(error: hyper::Error) -> Self {
        Self::Lost(error.to_string())
    }
}

impl From<serde_json::Error> for ClientError {
    fn from(error: serde_json::Error) -> Self {
        Self::Answer(error.to_string())
    }
}

/// A problem as the API tells it (RFC 9457), with the next action.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Problem {
    #[serde(rename = "type", default)]
    pub(crate) kind: String,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) detail: Option<String>,
    #[serde(default)]
    pub(crate) advice: Option<String>,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.title)?;
        if let Some(detail) = &self.detail {
            write!(f, ": {detail}")?;
        }
        if let Some(advice) = &self.advice {
            write!(f, "\n{advice}")?;
        }
        Ok(())
    }
}

//! Why a call of the command line failed, and the exit code of each.

use std::path::PathBuf;

use hub_api::Problem;

/// Why the hub did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// Nobody listens on the socket.
    #[error(
        "no hub answers at {}: {source}\nstart one with `ingle serve`, or name its directory with --state-dir",
        socket.display()
    )]
    Unreachable {
        socket: PathBuf,
        source: std::io::Error,
    },
    /// The hub went away in the middle.
    #[error("the hub went away: {0}")]
    Lost(String),
    /// The hub said no, and why.
    #[error("{}", sentence(.0))]
    Problem(Box<Problem>),
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    /// There is no such thing.
    #[error("{0}")]
    Missing(String),
    /// What was typed makes no sense.
    #[error("{0}")]
    Usage(String),
    /// The hub's answer could not be understood.
    #[error("the hub's answer is not understood: {0}")]
    Answer(String),
}

impl ClientError {
    /// The exit code of the program.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Unreachable { .. } | Self::Lost(_) => 3,
            Self::Usage(_) => 2,
            Self::Problem(_) | Self::Answer(_) | Self::File { .. } | Self::Missing(_) => 1,
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

/// The problem and the next action, a line each.
fn sentence(problem: &Problem) -> String {
    let Problem {
        title,
        detail,
        advice,
        ..
    } = problem;
    let advice = advice
        .as_deref()
        .map(|advice| format!("\n{advice}"))
        .unwrap_or_default();
    if detail.is_empty() {
        format!("{title}{advice}")
    } else {
        format!("{title}: {detail}{advice}")
    }
}

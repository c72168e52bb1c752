//! Why the home's database could not be opened. Every message says what to do next.

use std::io;
use std::path::{Path, PathBuf};

/// Why a state directory could not be opened as a home.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The state directory is readable by others and holds files that are not a hub's.
    #[error(
        "{dir} is open to other users and holds files that are not a hub's: give an empty directory, or run chmod 700 on it"
    )]
    SharedDirectory {
        /// The directory.
        dir: PathBuf,
    },
    /// Another hub runs on this state directory.
    #[error("another hub{} runs on {dir}: stop it, or name another state directory", by(*.pid))]
    InUse {
        /// The directory.
        dir: PathBuf,
        /// The other hub's process, when it could be read.
        pid: Option<u32>,
    },
    /// A file of the state directory could not be read or written.
    #[error("cannot {action} {path}")]
    File {
        /// What was tried.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The file is a database of some other program.
    #[error("{path} is not a hub's database: move it away, or name another state directory")]
    NotAHome {
        /// The file.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error("{path} is damaged ({detail}): restore a backup{}", or_snapshot(.snapshot.as_deref()))]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What SQLite says of it.
        detail: String,
        /// The newest snapshot that this program can read.
        snapshot: Option<PathBuf>,
    },
    /// The database was written by a newer program.
    #[error(
        "{path} has schema {found}, this program knows up to {known}: install the newer program again, or restore a backup{}",
        or_snapshot(.snapshot.as_deref())
    )]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// Its schema's version.
        found: u32,
        /// The newest version known here.
        known: u32,
        /// The newest snapshot that this program can read.
        snapshot: Option<PathBuf>,
    },
    /// The key that seals the secrets is gone.
    #[error(
        "the key {path} is missing, and home.db holds secrets sealed under it: put it back, or restore a backup"
    )]
    KeyMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The key that seals the secrets is not one.
    #[error("the key {path} has {have} bytes instead of {need}: put the right one back")]
    KeyMalformed {
        /// Where it is.
        path: PathBuf,
        /// Its length.
        have: usize,
        /// The length of a key.
        need: usize,
    },
    /// The key is a key, but another one.
    #[error("the key {path} is not the one that home.db was sealed under: put the right one back")]
    KeyWrong {
        /// Where it is.
        path: PathBuf,
    },
    /// The system gives no randomness.
    #[error("the system's random number generator failed")]
    Random,
    /// The database refused.
    #[error("{path}: the database refused")]
    Database {
        /// The file.
        path: PathBuf,
        /// Its reason.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl OpenError {
    /// For `map_err` on an operation on a file.
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }
}

fn by(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})"))
        .unwrap_or_default()
}

fn or_snapshot(snapshot: Option<&Path>) -> String {
    snapshot
        .map(|path| {
            format!(
                ", or the snapshot {} (what was changed after it is lost)",
                path.display()
            )
        })
        .unwrap_or_default()
}

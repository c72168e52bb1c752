//! Why a recorder's database could not be read. Every message says what to do next.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::open::OLDEST;

/// Why a recorder's database could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HaRecorderError {
    /// There is no such file, or it may not be read.
    #[error(
        "{path} cannot be opened ({detail}): name the file home-assistant_v2.db, or a copy of it"
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reason.
        detail: String,
    },
    /// It is no SQLite database.
    #[error(
        "{path} is no SQLite database: name the file home-assistant_v2.db. A record in MariaDB or PostgreSQL cannot be read; let Home Assistant record to SQLite, or move the record there, and import that"
    )]
    NotSqlite {
        /// The file.
        path: PathBuf,
    },
    /// It is some other program's database.
    #[error(
        "{path} is no recorder database of Home Assistant, since it has no {missing}: name the file home-assistant_v2.db"
    )]
    NotARecorder {
        /// The file.
        path: PathBuf,
        /// The table or column that is missing.
        missing: String,
    },
    /// It is older than what can be read.
    #[error(
        "{path} has schema {found}, and {OLDEST} and later can be read: start Home Assistant 2023.4 or newer on it once, wait until its migration is done, and import again"
    )]
    TooOld {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u32,
    },
    /// It has changes beside it that can only be read where something can be written.
    #[error(
        "{path} has changes in a -wal or -journal file beside it, which cannot be read on a medium that is read-only: copy all files that begin with its name to another folder, or stop Home Assistant in order, and import again"
    )]
    ChangesBeside {
        /// The file.
        path: PathBuf,
    },
    /// It is damaged.
    #[error(
        "{path} is damaged ({detail}); {read} rows were read before that: run `sqlite3 {path} .recover` into a new file and import that, or take a backup"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says of it.
        detail: String,
        /// How many rows were read.
        read: u64,
    },
    /// Somebody else holds it.
    #[error("{path} is held by another program: import again when that is done, or import a copy")]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// SQLite refused.
    #[error("{path} cannot be read ({detail})")]
    Failed {
        /// The file.
        path: PathBuf,
        /// Its reason.
        detail: String,
    },
}

impl HaRecorderError {
    /// What an error of SQLite means, after so many rows.
    pub(super) fn of(path: &Path, error: &rusqlite::Error, read: u64) -> Self {
        let (path, detail) = (path.to_owned(), error.to_string());
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) if read == 0 => Self::NotSqlite { path },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged { path, detail, read }
            }
            Some(ErrorCode::SystemIoFailure) => Self::Damaged { path, detail, read },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::Unreadable { path, detail }
            }
            _ => Self::Failed { path, detail },
        }
    }
}

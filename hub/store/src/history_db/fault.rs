//! Why something could not be done with the file, and what that means for it.

use std::io;

use recorder::StoreError;
use rusqlite::{ErrorCode, ffi};

use crate::error::OpenError;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// SQLite says so.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    /// The file holds what no version of this program wrote.
    #[error("{0}")]
    Damaged(String),
    /// One block was damaged. It is let go of already.
    #[error("a block of samples was damaged: {0}")]
    Block(String),
    /// The file is there no longer, or another is in its place.
    #[error("the file was deleted or replaced")]
    Gone,
    /// It was not to be done.
    #[error(transparent)]
    Refused(#[from] StoreError),
}

impl Fault {
    /// Whether the file cannot be used any more.
    pub(super) fn is_damage(&self) -> bool {
        match self {
            Self::Damaged(_) | Self::Gone => true,
            Self::Sql(error) => is_damage(error),
            Self::Block(_) | Self::Refused(_) => false,
        }
    }
}

/// Extended codes of I/O errors that mean: the file is shorter, or other, than it should be.
const DAMAGE: [i32; 3] = [
    ffi::SQLITE_IOERR_SHORT_READ,
    ffi::SQLITE_IOERR_CORRUPTFS,
    ffi::SQLITE_READONLY_DBMOVED,
];

fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::Error as Sql;
    match error {
        Sql::SqliteFailure(code, what) => {
            let what = what.as_deref().unwrap_or_default();
            matches!(
                code.code,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase
            ) || DAMAGE.contains(&code.extended_code)
                || what.starts_with("no such table")
                || what.starts_with("no such column")
        }
        // The tables are strict: only damage puts other types there.
        Sql::FromSqlConversionFailure(..)
        | Sql::IntegralValueOutOfRange(..)
        | Sql::Utf8Error(..)
        | Sql::InvalidColumnType(..) => true,
        Sql::SqlInputError { msg, .. } => msg.starts_with("no such table"),
        _ => false,
    }
}

impl From<OpenError> for Fault {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Database { source, path } => match source.downcast::<Self>() {
                Ok(fault) => *fault,
                Err(source) => StoreError::Failed(format!("{}: {source}", path.display())).into(),
            },
            OpenError::File { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                StoreError::Full.into()
            }
            OpenError::File {
                action,
                path,
                source,
            } => StoreError::Failed(format!("cannot {action} {}: {source}", path.display())).into(),
            error => StoreError::Failed(error.to_string()).into(),
        }
    }
}

impl From<OpenError> for StoreError {
    fn from(error: OpenError) -> Self {
        Fault::from(error).into()
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(error) => error,
            Fault::Block(_) => Self::Damaged(fault.to_string()),
            fault if fault.is_damage() => Self::Damaged(fault.to_string()),
            Fault::Sql(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DiskFull) => Self::Full,
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                    Self::Busy("another program holds the file".to_owned())
                }
                _ => Self::Failed(error.to_string()),
            },
            Fault::Damaged(what) => Self::Damaged(what),
            Fault::Gone => Self::Damaged(Fault::Gone.to_string()),
        }
    }
}

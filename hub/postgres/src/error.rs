//! What went wrong, in the words of a store.

use std::error::Error as _;
use std::io;

use recorder::StoreError;
use tokio_postgres::error::{DbError, Severity, SqlState};

/// Why some work failed, and whether the session is of use any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What the caller is told.
    pub(crate) error: StoreError,
    /// Whether the session must be given up.
    pub(crate) is_lost: bool,
}

impl Fault {
    /// The server refused, and will again.
    pub(crate) fn failed(what: impl Into<String>) -> Self {
        Self {
            error: StoreError::Failed(what.into()),
            is_lost: false,
        }
    }

    /// Not now.
    pub(crate) fn busy(what: impl Into<String>) -> Self {
        Self {
            error: StoreError::Busy(what.into()),
            is_lost: false,
        }
    }
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(refused) = error.as_db_error() {
            return refusal(refused);
        }
        let words = chain(&error);
        // A certificate that is not trusted is an error of I/O too, with invalid data.
        let io = error.source().and_then(|e| e.downcast_ref::<io::Error>());
        let is_outside = io.is_some_and(|io| {
            !matches!(
                io.kind(),
                io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
            )
        });
        Self {
            error: match is_outside || error.is_closed() {
                true => StoreError::Busy(words),
                false => StoreError::Failed(words),
            },
            is_lost: true,
        }
    }
}

fn refusal(refused: &DbError) -> Fault {
    let severity = refused.parsed_severity();
    Fault {
        error: by_code(refused.code(), refused.message()),
        is_lost: matches!(severity, Some(Severity::Fatal | Severity::Panic)),
    }
}

fn by_code(code: &SqlState, message: &str) -> StoreError {
    let words = format!("{message} (SQLSTATE {})", code.code());
    match code.code() {
        "53100" => StoreError::Full,
        // Read-only: it has just become a standby. Deadlock, lock and statement timeouts. A schema that
        // somebody made at the same moment.
        "25006" | "40001" | "40P01" | "55P03" | "57014" | "42P06" => StoreError::Busy(words),
        // Connections, resources, and a server that starts, stops or crashed.
        other
            if ["08", "53", "57", "58"]
                .iter()
                .any(|c| other.starts_with(c)) =>
        {
            StoreError::Busy(words)
        }
        _ => StoreError::Failed(words),
    }
}

/// The error with its causes.
fn chain(error: &tokio_postgres::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let more = cause.to_string();
        if !words.ends_with(&more) {
            words = format!("{words}: {more}");
        }
        source = cause.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_has_its_error() {
        let told = |code: &str| by_code(&SqlState::from_code(code), "words");
        assert_eq!(told("53100"), StoreError::Full);
        for busy in [
            "53300", "57P01", "57P03", "57014", "08006", "40P01", "25006",
        ] {
            assert!(matches!(told(busy), StoreError::Busy(_)), "{busy}");
        }
        for failed in ["28P01", "42501", "42P01", "XX001", "22P02"] {
            assert!(matches!(told(failed), StoreError::Failed(_)), "{failed}");
        }
    }
}

//! The schema of `home.db` and its migrations: forward only, each one transaction.
//!
//! A migration, once released, never changes; a golden dump of each version (`golden/`) is opened
//! by the tests.

use rusqlite::{Connection, TransactionBehavior};

/// Marks a SQLite file as a home ("Ingl").
pub(crate) const APPLICATION_ID: i32 = 0x496E_676C;

/// The step from version `i` to version `i + 1` stands at index `i`.
pub(crate) const MIGRATIONS: &[&str] = &[HOME];

/// Version 1.
///
/// Numbers of 64 bits without a sign are stored as the signed number of the same bits.
/// `revision_changes` has the object whole, before and after, so that any change can be undone.
const HOME: &str = "
CREATE TABLE objects (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE revisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;

CREATE TABLE revision_changes (
    revision INTEGER NOT NULL REFERENCES revisions (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    before TEXT,
    after TEXT,
    PRIMARY KEY (revision, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE data_key (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    wrapped BLOB NOT NULL
) STRICT;

CREATE TABLE bridge_records (
    space TEXT NOT NULL,
    key TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (space, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE last_values (
    node INTEGER NOT NULL,
    endpoint INTEGER NOT NULL,
    cluster INTEGER NOT NULL,
    attribute INTEGER NOT NULL,
    value BLOB NOT NULL,
    reported_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (node, endpoint, cluster, attribute)
) STRICT, WITHOUT ROWID;
";

/// What an opened file says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing in it yet.
    Empty,
    /// A home of this schema version.
    Home(u32),
    /// Some other program's database.
    Foreign,
}

/// Looks at a file without changing it.
pub(crate) fn inspect(connection: &Connection) -> rusqlite::Result<Found> {
    let application: i32 = pragma(connection, "application_id")?;
    let version: u32 = pragma(connection, "user_version")?;
    if application == APPLICATION_ID {
        return Ok(Found::Home(version));
    }
    let entries: u32 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(if application == 0 && version == 0 && entries == 0 {
        Found::Empty
    } else {
        Found::Foreign
    })
}

/// Carries out the migrations from `version` on.
pub(crate) fn migrate(
    connection: &mut Connection,
    version: u32,
    migrations: &[&str],
) -> rusqlite::Result<()> {
    for (next, step) in (1_u32..).zip(migrations).skip(version as usize) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", next)?;
        transaction.commit()?;
        tracing::info!(version = next, "home.db migrated");
    }
    Ok(())
}

fn pragma<T: rusqlite::types::FromSql>(connection: &Connection, name: &str) -> rusqlite::Result<T> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_that_fails_leaves_the_version_before_it() {
        let mut connection = Connection::open_in_memory().unwrap();
        let broken = &[
            HOME,
            "CREATE TABLE extra (x); INSERT INTO extra VALUES (1); SELECT nonsense;",
        ];
        migrate(&mut connection, 0, broken).unwrap_err();
        assert_eq!(inspect(&connection).unwrap(), Found::Home(1));
        let extra: u32 = connection
            .query_row(
                "SELECT count(*) FROM sqlite_schema WHERE name = 'extra'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(extra, 0);

        migrate(&mut connection, 1, &[HOME, "CREATE TABLE extra (x);"]).unwrap();
        assert_eq!(inspect(&connection).unwrap(), Found::Home(2));
    }

    #[test]
    fn an_empty_file_a_home_and_a_foreign_one_are_told_apart() {
        let mut connection = Connection::open_in_memory().unwrap();
        assert_eq!(inspect(&connection).unwrap(), Found::Empty);
        migrate(&mut connection, 0, MIGRATIONS).unwrap();
        assert!(matches!(inspect(&connection).unwrap(), Found::Home(_)));

        let foreign = Connection::open_in_memory().unwrap();
        foreign.execute_batch("CREATE TABLE diary (x)").unwrap();
        assert_eq!(inspect(&foreign).unwrap(), Found::Foreign);
    }
}

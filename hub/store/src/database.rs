//! One open `home.db`: what the database thread owns and does, one call at a time.

use std::path::{Path, PathBuf};

use hub_model::Timestamp;
use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, TransactionBehavior,
};

use crate::error::OpenError;
use crate::kek::{KeySource, Protection};
use crate::schema::{self, Found, MIGRATIONS};
use crate::seal::{Key, SealError, Sealer, generate_key};
use crate::snapshot;
use crate::state_dir::{DATABASE, StateDir, create_private_dir, ensure_private_file};

/// The folder of snapshots within the state directory.
pub(crate) const SNAPSHOTS: &str = "snapshots";

/// An open home.
pub(crate) struct Database {
    pub(crate) connection: Connection,
    pub(crate) sealer: Sealer,
    pub(crate) protection: Protection,
    /// Held last: let go of after the connection is closed.
    _state: StateDir,
}

impl Database {
    /// Opens or makes the home in a state directory.
    pub(crate) fn open(
        dir: &Path,
        credential: Option<&Path>,
        now: Timestamp,
    ) -> Result<Self, OpenError> {
        Self::open_with(dir, credential, now, MIGRATIONS)
    }

    /// The same with other migrations, for the tests of schemas to come.
    pub(crate) fn open_with(
        dir: &Path,
        credential: Option<&Path>,
        now: Timestamp,
        migrations: &[&str],
    ) -> Result<Self, OpenError> {
        let state = StateDir::open(dir)?;
        let file = HomeFile {
            path: state.join(DATABASE),
            snapshots: state.join(SNAPSHOTS),
            known: u32::try_from(migrations.len()).unwrap_or(u32::MAX),
        };
        ensure_private_file(&file.path)?;
        let mut connection = file.connect()?;
        let version = file.check(&connection)?;
        if (1..file.known).contains(&version) {
            create_private_dir(&file.snapshots)?;
            snapshot::take(&connection, &file.snapshots, version, now)?;
        }
        schema::migrate(&mut connection, version, migrations).map_err(|e| file.error(e))?;

        let keys = KeySource::new(&state, credential);
        let data_key = file.data_key(&connection, &keys)?;
        Ok(Self {
            connection,
            sealer: Sealer::new(&data_key),
            protection: keys.protection,
            _state: state,
        })
    }

    /// A transaction that takes the write lock at once.
    pub(crate) fn transaction(&mut self) -> rusqlite::Result<(Transaction<'_>, &Sealer)> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        Ok((transaction, &self.sealer))
    }
}

/// The file, and what an error about it has to name.
struct HomeFile {
    path: PathBuf,
    snapshots: PathBuf,
    /// The newest schema version that this program knows.
    known: u32,
}

impl HomeFile {
    fn connect(&self) -> Result<Connection, OpenError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connect = || -> rusqlite::Result<Connection> {
            let connection = Connection::open_with_flags(&self.path, flags)?;
            connection.pragma_update(None, "foreign_keys", true)?;
            connection.pragma_update(None, "trusted_schema", false)?;
            connection.pragma_update(None, "cell_size_check", true)?;
            Ok(connection)
        };
        connect().map_err(|e| self.error(e))
    }

    /// The version of what is there, if this program may go on with it. Nothing but the journal
    /// mode is changed, and that only once it is known to be a home.
    fn check(&self, connection: &Connection) -> Result<u32, OpenError> {
        let version = match schema::inspect(connection).map_err(|e| self.error(e))? {
            Found::Foreign => {
                return Err(OpenError::NotAHome {
                    path: self.path.clone(),
                });
            }
            Found::Empty => 0,
            Found::Home(version) if version > self.known => {
                return Err(OpenError::NewerSchema {
                    path: self.path.clone(),
                    found: version,
                    known: self.known,
                    snapshot: self.newest_snapshot(),
                });
            }
            Found::Home(version) => version,
        };
        let verdict: String = connection
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .map_err(|e| self.error(e))?;
        if verdict != "ok" {
            return Err(self.corrupt(verdict));
        }
        let durable = || -> rusqlite::Result<()> {
            connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
            connection.pragma_update(None, "synchronous", "full")
        };
        durable().map_err(|e| self.error(e))?;
        Ok(version)
    }

    /// The key of the records: unwrapped, or made when nothing was ever sealed.
    fn data_key(&self, connection: &Connection, keys: &KeySource) -> Result<Key, OpenError> {
        let wrapped: Option<Vec<u8>> = connection
            .query_row("SELECT wrapped FROM data_key", [], |row| row.get(0))
            .optional()
            .map_err(|e| self.error(e))?;
        if let Some(wrapped) = wrapped {
            let kek = keys.existing()?;
            return Sealer::new(&kek)
                .unwrap(&wrapped)
                .map_err(|_| OpenError::KeyWrong {
                    path: keys.path.clone(),
                });
        }
        let kek = keys.existing_or_new()?;
        let random = |_: SealError| OpenError::Random;
        let data_key = generate_key().map_err(random)?;
        let wrapped = Sealer::new(&kek).wrap(&data_key).map_err(random)?;
        connection
            .execute(
                "INSERT INTO data_key (id, wrapped) VALUES (1, ?1)",
                [wrapped],
            )
            .map_err(|e| self.error(e))?;
        Ok(data_key)
    }

    fn error(&self, error: rusqlite::Error) -> OpenError {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                self.corrupt(error.to_string())
            }
            _ => OpenError::Database {
                path: self.path.clone(),
                source: error.into(),
            },
        }
    }

    fn corrupt(&self, detail: String) -> OpenError {
        OpenError::Corrupt {
            path: self.path.clone(),
            detail,
            snapshot: self.newest_snapshot(),
        }
    }

    fn newest_snapshot(&self) -> Option<PathBuf> {
        snapshot::newest(&self.snapshots, self.known)
    }
}

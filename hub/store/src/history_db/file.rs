//! The file: its schema, opening it, knowing it again, and moving it aside.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use tracing::warn;

use super::fault::Fault;
use crate::error::OpenError;
use crate::state_dir::ensure_private_file;

/// Marks a SQLite file as this ("Inhi").
const APPLICATION_ID: i32 = 0x496E_6869;
pub(super) const VERSION: u32 = 1;
/// Octets of a page. A call writes its pages whole, however few samples it brings: with pages of twice the
/// size, twice as much is written a day.
const PAGE: u32 = 4096;
/// Octets that the write-ahead log keeps when it is begun anew.
const LOG: u32 = 8 << 20;
/// How long another program may hold the file before a call is refused.
const PATIENCE: Duration = Duration::from_secs(1);
/// Statements that are kept ready; there are about fifty.
const STATEMENTS: usize = 64;
/// Damaged files that are kept.
const KEPT_ASIDE: usize = 2;

/// Moments are milliseconds, but for those of roll-ups and facts: microseconds.
///
/// `block` has the samples of a segment by series and moment; a segment is written once, at the end of the
/// tree. `journal` has the samples that are in no segment yet, a row for each call.
const SCHEMA: &str = "
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    data BLOB NOT NULL
) STRICT;

CREATE TABLE segment (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    level INTEGER NOT NULL,
    state INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    octets INTEGER NOT NULL
) STRICT;

CREATE TABLE block (
    segment INTEGER NOT NULL,
    series INTEGER NOT NULL,
    first INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (segment, series, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE rollup (
    period INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    series INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (period, chunk, series)
) STRICT, WITHOUT ROWID;

CREATE TABLE late (
    series INTEGER NOT NULL,
    day INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    PRIMARY KEY (series, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE note (
    name TEXT PRIMARY KEY,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE fact (
    name TEXT PRIMARY KEY,
    number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE salvage (
    file TEXT PRIMARY KEY,
    known INTEGER NOT NULL,
    done INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Which file a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        })
    }
}

/// The open file.
pub(super) struct HistoryFile {
    pub(super) connection: Connection,
    path: PathBuf,
    identity: Identity,
}

/// What was found where a history should be.
pub(super) enum Found {
    /// A history.
    History(HistoryFile),
    /// One that a newer program wrote.
    Newer(u32),
    /// Something that cannot be used.
    Unusable(Fault),
}

impl HistoryFile {
    /// Opens the file, or makes it.
    pub(super) fn open(path: &Path) -> Result<Found, OpenError> {
        ensure_private_file(path)?;
        let identity = Identity::of(path).map_err(OpenError::file("look at", path))?;
        match connect(path) {
            Ok((connection, VERSION)) => Ok(Found::History(Self {
                connection,
                path: path.to_owned(),
                identity,
            })),
            Ok((_, newer)) => Ok(Found::Newer(newer)),
            Err(fault) if fault.is_damage() => Ok(Found::Unusable(fault)),
            Err(fault) => Err(refused(path, fault)),
        }
    }

    /// Opens a file that must be new.
    pub(super) fn make(path: &Path) -> Result<Self, OpenError> {
        match Self::open(path)? {
            Found::History(file) => Ok(file),
            Found::Newer(_) => Err(refused(path, Fault::Gone)),
            Found::Unusable(fault) => Err(refused(path, fault)),
        }
    }

    /// Whether the name still stands for the file that is open.
    pub(super) fn is_there(&self) -> bool {
        Identity::of(&self.path).is_ok_and(|identity| identity == self.identity)
    }
}

/// Why the file at a path cannot be opened.
pub(super) fn refused(path: &Path, fault: Fault) -> OpenError {
    OpenError::Database {
        path: path.to_owned(),
        source: fault.into(),
    }
}

fn connect(path: &Path) -> Result<(Connection, u32), Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    // Nothing is changed before it is known to be ours.
    let application: i32 = pragma(&connection, "application_id")?;
    let version: u32 = pragma(&connection, "user_version")?;
    let tables: u32 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let is_new = match (application, version, tables) {
        (0, 0, 0) => true,
        (APPLICATION_ID, VERSION, _) => false,
        (APPLICATION_ID, version, _) if version > VERSION => return Ok((connection, version)),
        _ => return Err(Fault::Damaged("it is no history".to_owned())),
    };
    connection.pragma_update(None, "page_size", PAGE)?;
    connection.pragma_update(None, "auto_vacuum", "incremental")?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "normal")?;
    // So that a large transaction leaves no large log behind.
    connection.pragma_update_and_check(None, "journal_size_limit", LOG, |_| Ok(()))?;
    // Kibioctets, when negative.
    connection.pragma_update(None, "cache_size", -4096)?;
    if is_new {
        make(&mut connection)?;
    }
    Ok((connection, VERSION))
}

fn make(connection: &mut Connection) -> Result<(), Fault> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(SCHEMA)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    Ok(transaction.commit()?)
}

fn pragma<T: rusqlite::types::FromSql>(connection: &Connection, name: &str) -> rusqlite::Result<T> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

/// Octets of the file that hold something.
pub(super) fn used_octets(connection: &Connection) -> rusqlite::Result<u64> {
    let pages = count(connection, "page_count")?;
    let free = count(connection, "freelist_count")?;
    let size = count(connection, "page_size")?;
    Ok(pages.saturating_sub(free).saturating_mul(size))
}

/// Pages that hold nothing, and all pages.
pub(super) fn free_pages(connection: &Connection) -> rusqlite::Result<(u64, u64)> {
    let free = count(connection, "freelist_count")?;
    Ok((free, count(connection, "page_count")?))
}

fn count(connection: &Connection, name: &str) -> rusqlite::Result<u64> {
    pragma(connection, name).map(i64::cast_unsigned)
}

/// Opens a file that was moved aside, as far as it can be read.
pub(super) fn open_aside(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

/// The file that belongs to another: its write-ahead log or its index.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Moves a file out of the way, with its write-ahead log; returns its new name. None when there is none.
pub(super) fn set_aside(path: &Path, suffix: &str) -> Result<Option<PathBuf>, OpenError> {
    let mut aside = beside(path, &format!(".{suffix}"));
    let mut again = 1;
    while aside.exists() {
        again += 1;
        aside = beside(path, &format!(".{suffix}-{again}"));
    }
    let moved = match fs::rename(path, &aside) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(OpenError::file("move away", path)(error)),
    };
    // A log that is left behind would be taken for the next file's.
    let log = beside(path, "-wal");
    let kept = match moved {
        true => fs::rename(&log, beside(&aside, "-wal")),
        false => fs::remove_file(&log),
    };
    let removed = fs::remove_file(beside(path, "-shm"));
    for done in [kept, removed] {
        match done {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(OpenError::file("move away what belongs to", path)(error));
            }
            _ => {}
        }
    }
    Ok(moved.then_some(aside))
}

/// Deletes the oldest damaged files, so that few are kept.
pub(super) fn prune_aside(path: &Path) {
    let mut damaged = damaged(path);
    while damaged.len() > KEPT_ASIDE {
        let oldest = damaged.remove(0);
        remove(&oldest);
    }
}

/// Deletes a file and what belongs to it.
pub(super) fn remove(path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let file = beside(path, suffix);
        if let Err(error) = fs::remove_file(&file)
            && error.kind() != io::ErrorKind::NotFound
        {
            warn!(%error, path = %file.display(), "a history cannot be deleted");
        }
    }
}

/// The damaged files that are kept, oldest first.
fn damaged(path: &Path) -> Vec<PathBuf> {
    let (Some(dir), Some(name)) = (path.parent(), path.file_name()) else {
        return Vec::new();
    };
    let prefix = format!("{}.damaged-", name.to_string_lossy());
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    let names = entries.flatten().map(|entry| entry.path());
    let is_damaged = |path: &PathBuf| {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        name.is_some_and(|name| {
            name.starts_with(&prefix) && !name.ends_with("-wal") && !name.ends_with("-shm")
        })
    };
    let mut found: Vec<_> = names.filter(is_damaged).collect();
    let age = |path: &PathBuf| {
        fs::metadata(path)
            .and_then(|metadata| metadata.modified())
            .ok()
    };
    found.sort_by_cached_key(|path| (age(path), path.clone()));
    found
}

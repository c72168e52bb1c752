//! Opening the database so that nothing of it or beside it changes, and telling whether it is one.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _};

use super::{HaRecorder, HaRecorderError};

/// The oldest schema that is read: entities have a table of their own. Home Assistant 2023.4.
pub(super) const OLDEST: u32 = 38;
/// The newest schema that was looked at. Home Assistant 2026.11.
pub(super) const NEWEST: u32 = 53;
/// How long to wait for a running Home Assistant to finish what it writes.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is asked of the database: tables with their columns.
const NEEDED: &[(&str, &[&str])] = &[
    ("states_meta", &["metadata_id", "entity_id"]),
    (
        "states",
        &[
            "state_id",
            "state",
            "metadata_id",
            "last_updated_ts",
            "attributes_id",
        ],
    ),
    ("state_attributes", &["attributes_id", "shared_attrs"]),
    (
        "recorder_runs",
        &["run_id", "start", "end", "closed_incorrect"],
    ),
    (
        "statistics_meta",
        &[
            "id",
            "statistic_id",
            "unit_of_measurement",
            "has_sum",
            "name",
        ],
    ),
    (
        "statistics",
        &[
            "metadata_id",
            "start_ts",
            "mean",
            "min",
            "max",
            "sum",
            "state",
            "last_reset_ts",
        ],
    ),
];

pub(super) fn open(path: &Path) -> Result<HaRecorder, HaRecorderError> {
    File::open(path).map_err(|error| HaRecorderError::Unreadable {
        path: path.to_owned(),
        detail: error.to_string(),
    })?;
    let failed = |error: rusqlite::Error| HaRecorderError::of(path, &error, 0);
    let connection = connect(path)?;
    connection
        .pragma_update(None, "trusted_schema", false)
        .map_err(failed)?;
    connection
        .pragma_update(None, "query_only", true)
        .map_err(failed)?;
    let schema = schema(&connection, path)?;
    let last = connection.query_row("SELECT max(state_id) FROM states", [], |row| {
        row.get::<_, Option<i64>>(0)
    });
    Ok(HaRecorder {
        last: last.map_err(failed)?.unwrap_or_default(),
        connection,
        path: path.to_owned(),
        schema,
    })
}

/// A connection that writes nothing. A file beside the database says that someone has it open, or had
/// when it was copied; without one it does not change.
fn connect(path: &Path) -> Result<Connection, HaRecorderError> {
    let beside: Vec<_> = ["-wal", "-journal"]
        .iter()
        .filter_map(|end| size(path, end))
        .collect();
    if beside.is_empty() {
        return probed(path, true).map_err(|error| HaRecorderError::of(path, &error, 0));
    }
    match probed(path, false) {
        Ok(connection) => Ok(connection),
        Err(error) if !cannot_write(&error) => Err(HaRecorderError::of(path, &error, 0)),
        Err(_) if beside.iter().all(|size| *size == 0) => {
            probed(path, true).map_err(|error| HaRecorderError::of(path, &error, 0))
        }
        Err(_) => Err(HaRecorderError::ChangesBeside {
            path: path.to_owned(),
        }),
    }
}

fn probed(path: &Path, is_still: bool) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(uri(path, is_still), flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| {
        row.get::<_, i64>(0)
    })?;
    Ok(connection)
}

/// Whether it cannot be read because something would have to be written for that.
fn cannot_write(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)
    )
}

/// The size of a file beside the database; none when there is none.
fn size(path: &Path, end: &str) -> Option<u64> {
    let mut name = OsString::from(path.as_os_str());
    name.push(end);
    fs::metadata(PathBuf::from(name))
        .ok()
        .map(|file| file.len())
}

/// The file as a URI.
fn uri(path: &Path, is_still: bool) -> String {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte));
            }
            // Writing to a text does not fail.
            other => drop(write!(uri, "%{other:02X}")),
        }
    }
    if is_still {
        uri.push_str("?immutable=1");
    }
    uri
}

/// The version of the schema, when all that is needed is there.
fn schema(connection: &Connection, path: &Path) -> Result<u32, HaRecorderError> {
    let failed = |error: rusqlite::Error| HaRecorderError::of(path, &error, 0);
    let missing = |what: String| HaRecorderError::NotARecorder {
        path: path.to_owned(),
        missing: what,
    };
    if columns(connection, "schema_changes")
        .map_err(failed)?
        .is_empty()
    {
        return Err(missing("table schema_changes".to_owned()));
    }
    let sql = "SELECT schema_version FROM schema_changes ORDER BY change_id DESC LIMIT 1";
    let found = connection.query_row(sql, [], |row| row.get(0)).optional();
    let found = found.map_err(failed)?;
    let found: u32 = found.ok_or_else(|| missing("version of its schema".to_owned()))?;
    if found < OLDEST {
        return Err(HaRecorderError::TooOld {
            path: path.to_owned(),
            found,
        });
    }
    for (table, needed) in NEEDED {
        let columns = columns(connection, table).map_err(failed)?;
        if columns.is_empty() {
            return Err(missing(format!("table {table}")));
        }
        let lost = needed
            .iter()
            .find(|name| !columns.iter().any(|own| own == *name));
        if let Some(name) = lost {
            return Err(missing(format!("column {name} in its table {table}")));
        }
    }
    Ok(found)
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let names = statement.query_map([table], |row| row.get(0))?;
    names.collect()
}

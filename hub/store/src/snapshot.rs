//! Snapshots of `home.db`, taken before each migration and kept beside it.
//!
//! Named `home-v<schema>-<UTC time>.db`, so that names of one length sort by age. To go back:
//! stop the hub, and put one in the place of `home.db` (deleting `home.db-wal`).

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use hub_model::Timestamp;
use rusqlite::Connection;

use crate::error::OpenError;
use crate::state_dir::ensure_private_file;

/// Versions of which the newest snapshot is kept; the others go when a new one is whole. So a start
/// that fails again and again cannot push out the snapshots of earlier versions.
const KEPT: usize = 3;

/// A snapshot found on disk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Snapshot {
    /// UTC, as written in its name; sorts by age.
    taken: String,
    /// Its schema version.
    version: u32,
    pub(crate) path: PathBuf,
}

/// Writes a snapshot of a database of this version, then lets old ones go.
pub(crate) fn take(
    connection: &Connection,
    dir: &Path,
    version: u32,
    now: Timestamp,
) -> Result<(), OpenError> {
    let database = |source: rusqlite::Error| OpenError::Database {
        path: dir.to_owned(),
        source: source.into(),
    };
    let taken: String = connection
        .query_row(
            "SELECT strftime('%Y%m%dT%H%M%SZ', ?1, 'unixepoch')",
            [now.as_secs()],
            |row| row.get(0),
        )
        .map_err(database)?;
    let path = dir.join(format!("home-v{version}-{taken}.db"));
    let unfinished = path.with_extension("new");
    remove_if_there(&unfinished).map_err(OpenError::file("delete", &unfinished))?;
    // Made first because SQLite would make it readable by others.
    ensure_private_file(&unfinished)?;
    connection
        .execute("VACUUM INTO ?1", [unfinished.to_string_lossy()])
        .map_err(database)?;
    finish(&unfinished, &path, dir).map_err(OpenError::file("write", &path))?;
    tracing::info!(version, "home.db snapshot taken");
    prune(dir);
    Ok(())
}

/// The newest snapshot of at most this version.
pub(crate) fn newest(dir: &Path, version: u32) -> Option<PathBuf> {
    list(dir)
        .into_iter()
        .rev()
        .find(|snapshot| snapshot.version <= version)
        .map(|snapshot| snapshot.path)
}

/// All snapshots, oldest first.
pub(crate) fn list(dir: &Path) -> Vec<Snapshot> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut found: Vec<_> = entries
        .filter_map(|entry| parse(entry.ok()?.path()))
        .collect();
    found.sort();
    found
}

fn parse(path: PathBuf) -> Option<Snapshot> {
    let name = path.file_name()?.to_str()?;
    let (version, taken) = name
        .strip_prefix("home-v")?
        .strip_suffix(".db")?
        .split_once('-')?;
    Some(Snapshot {
        taken: taken.to_owned(),
        version: version.parse().ok()?,
        path,
    })
}

fn finish(unfinished: &Path, path: &Path, dir: &Path) -> io::Result<()> {
    File::open(unfinished)?.sync_all()?;
    fs::rename(unfinished, path)?;
    File::open(dir)?.sync_all()
}

/// An old snapshot that cannot be deleted costs room and nothing else.
fn prune(dir: &Path) {
    let mut kept = BTreeSet::new();
    for Snapshot { version, path, .. } in list(dir).into_iter().rev() {
        if kept.len() < KEPT && kept.insert(version) {
            continue;
        }
        if let Err(error) = fs::remove_file(&path) {
            tracing::warn!(path = %path.display(), %error, "old snapshot not deleted");
        }
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_three_versions_are_kept_and_the_newest_readable_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        for (day, version) in [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 4)] {
            let now = Timestamp::from_secs(day * 86_400);
            take(&connection, dir.path(), version, now).unwrap();
        }
        let names: Vec<_> = list(dir.path())
            .into_iter()
            .map(|s| s.path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(
            names,
            [
                "home-v2-19700104T000000Z.db",
                "home-v3-19700105T000000Z.db",
                "home-v4-19700107T000000Z.db"
            ]
        );
        assert_eq!(newest(dir.path(), 3), Some(dir.path().join(&names[1])));
        assert_eq!(newest(dir.path(), 1), None);
    }

    #[test]
    fn a_snapshot_is_a_whole_database() {
        let dir = tempfile::tempdir().unwrap();
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (7)")
            .unwrap();
        take(&connection, dir.path(), 1, Timestamp::from_secs(0)).unwrap();
        let copy = Connection::open(newest(dir.path(), 1).unwrap()).unwrap();
        let x: u32 = copy
            .query_row("SELECT x FROM t", [], |row| row.get(0))
            .unwrap();
        assert_eq!(x, 7);
    }

    #[test]
    fn files_of_other_names_are_no_snapshots() {
        for name in ["home.db", "home-v1.db", "home-vx-1.db", "home-v1-2.new"] {
            assert_eq!(parse(PathBuf::from(name)), None, "{name}");
        }
    }
}

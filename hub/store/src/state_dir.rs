//! The state directory: private to its owner, held by one hub at a time.
//!
//! Directories are 0700 and files 0600, whatever the umask says.

use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::error::OpenError;

/// The database's file name.
pub(crate) const DATABASE: &str = "home.db";
const LOCK: &str = "hub.lock";
const OTHERS: u32 = 0o077;

/// A state directory that this process holds. Dropping it, or dying, lets go of it.
#[derive(Debug)]
pub(crate) struct StateDir {
    dir: PathBuf,
    _lock: File,
}

impl StateDir {
    /// Makes the directory when it is missing, and takes it.
    pub(crate) fn open(dir: &Path) -> Result<Self, OpenError> {
        create_private_dir(dir)?;
        tighten(dir)?;
        let lock = take_lock(dir)?;
        Ok(Self {
            dir: dir.to_owned(),
            _lock: lock,
        })
    }

    pub(crate) fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir.join(name)
    }
}

/// Makes a directory that only its owner can enter, with its parents.
pub(crate) fn create_private_dir(dir: &Path) -> Result<(), OpenError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(OpenError::file("make the directory", dir))
}

/// Makes sure that a file exists and that only its owner can read it.
pub(crate) fn ensure_private_file(path: &Path) -> Result<(), OpenError> {
    private_file()
        .open(path)
        .and_then(|file| file.set_permissions(Permissions::from_mode(0o600)))
        .map_err(OpenError::file("make private", path))
}

/// Writes a new private file so that it is whole on disk or not there at all.
pub(crate) fn write_private_file(path: &Path, contents: &[u8]) -> Result<(), OpenError> {
    let write = || -> io::Result<()> {
        let unfinished = path.with_extension("new");
        let mut file = private_file().truncate(true).open(&unfinished)?;
        file.write_all(contents)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)?;
        path.parent()
            .map_or(Ok(()), |dir| File::open(dir)?.sync_all())
    };
    write().map_err(OpenError::file("write", path))
}

fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true).mode(0o600);
    options
}

/// A directory that others can enter is made private when it is plainly a hub's or empty. Any
/// other is left alone: it may be the system's.
fn tighten(dir: &Path) -> Result<(), OpenError> {
    let read = || -> io::Result<(u32, bool)> {
        let mode = fs::metadata(dir)?.permissions().mode();
        let ours = dir.join(DATABASE).exists() || fs::read_dir(dir)?.next().is_none();
        Ok((mode, ours))
    };
    let (mode, ours) = read().map_err(OpenError::file("look into", dir))?;
    if mode & OTHERS == 0 {
        return Ok(());
    }
    if !ours {
        return Err(OpenError::SharedDirectory {
            dir: dir.to_owned(),
        });
    }
    fs::set_permissions(dir, Permissions::from_mode(0o700))
        .map_err(OpenError::file("make private", dir))
}

fn take_lock(dir: &Path) -> Result<File, OpenError> {
    let path = dir.join(LOCK);
    let mut file = private_file()
        .read(true)
        .open(&path)
        .map_err(OpenError::file("open", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            // Without the number the message is poorer, and still right.
            let _ = file.read_to_string(&mut pid);
            return Err(OpenError::InUse {
                dir: dir.to_owned(),
                pid: pid.trim().parse().ok(),
            });
        }
        Err(TryLockError::Error(source)) => return Err(OpenError::file("lock", &path)(source)),
    }
    file.set_len(0)
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(OpenError::file("write", &path))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_directory_and_its_files_are_private() {
        let base = tempfile::tempdir().unwrap();
        let dir = base.path().join("deep/state");
        let held = StateDir::open(&dir).unwrap();
        write_private_file(&held.join("secret"), b"x").unwrap();
        assert_eq!(mode(&dir), 0o700);
        assert_eq!(mode(&held.join("secret")), 0o600);
        assert_eq!(mode(&held.join(LOCK)), 0o600);
    }

    #[test]
    fn an_empty_directory_is_made_private_and_a_foreign_one_left_alone() {
        let base = tempfile::tempdir().unwrap();
        let open = base.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, Permissions::from_mode(0o755)).unwrap();
        drop(StateDir::open(&open).unwrap());
        assert_eq!(mode(&open), 0o700);

        fs::set_permissions(&open, Permissions::from_mode(0o755)).unwrap();
        fs::write(open.join("diary.txt"), "dear").unwrap();
        let error = StateDir::open(&open).unwrap_err();
        assert!(
            matches!(error, OpenError::SharedDirectory { .. }),
            "{error}"
        );
        assert_eq!(mode(&open), 0o755);
    }

    #[test]
    fn a_second_hub_is_refused_and_told_the_first_ones_process() {
        let base = tempfile::tempdir().unwrap();
        let first = StateDir::open(base.path()).unwrap();
        let error = StateDir::open(base.path()).unwrap_err();
        assert!(
            error
                .to_string()
                .contains(&format!("process {}", std::process::id())),
            "{error}"
        );
        drop(first);
        StateDir::open(base.path()).unwrap();
    }
}

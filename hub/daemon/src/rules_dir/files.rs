//! The files: reading them all, writing one whole.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use anyhow::Context as _;

/// The largest file that is read, in octets.
const LARGEST: u64 = 256 * 1024;
/// The most files that are read.
const MOST: usize = 20_000;

/// Makes the folder, for its owner alone.
pub(super) fn create(dir: &Path) -> anyhow::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder
        .create(dir)
        .with_context(|| format!("make the folder {}", dir.display()))
}

/// The texts of all rules' files, by name; or why one cannot be read.
pub(super) fn read_all(dir: &Path) -> BTreeMap<String, Result<String, String>> {
    let Ok(entries) = fs::read_dir(dir) else {
        return BTreeMap::new();
    };
    let names = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok());
    let ours = names.filter(|name| name.ends_with(".toml") && !name.starts_with('.'));
    ours.take(MOST)
        .map(|name| {
            let text = read(&dir.join(&name));
            (name, text)
        })
        .collect()
}

fn read(path: &Path) -> Result<String, String> {
    let told = |error: std::io::Error| format!("it cannot be read: {error}");
    let meta = fs::metadata(path).map_err(told)?;
    if !meta.is_file() || meta.len() > LARGEST {
        return Err(format!("it is no file of at most {LARGEST} octets"));
    }
    fs::read_to_string(path).map_err(told)
}

/// Writes a file so that it is whole or not there at all.
pub(super) fn write(dir: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let aside = dir.join(format!(".{name}.new"));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options
        .open(&aside)
        .with_context(|| format!("write {}", aside.display()))?;
    file.write_all(text.as_bytes())?;
    fs::rename(&aside, dir.join(name)).with_context(|| format!("write {name}"))
}

/// Deletes a file, if it is there.
pub(super) fn delete(dir: &Path, name: &str) {
    // That it is gone already is what was wanted.
    let _ = fs::remove_file(dir.join(name));
}

//! Which files make the page, and their hash.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// What is not a source: what npm and Vite write, and what only the checks need.
const NOT_SOURCES: [&str; 5] = [
    "node_modules",
    "dist",
    "test",
    "biome.json",
    "tsconfig.json",
];

/// The files below `app` that make the page, relative to it and sorted. Tells cargo to watch them
/// and their folders, never `node_modules`.
pub(crate) fn list(app: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    for name in names(app)? {
        if NOT_SOURCES.iter().any(|not| name == Path::new(not)) {
            continue;
        }
        println!("cargo::rerun-if-changed={}", app.join(&name).display());
        collect(app, name, &mut files)?;
    }
    files.sort();
    Ok(files)
}

/// A hash of the files' names and contents, in hex.
pub(crate) fn hash(app: &Path, files: &[PathBuf]) -> Result<String, Box<dyn Error>> {
    let mut hash = Sha256::new();
    for file in files {
        let content = fs::read(app.join(file))?;
        hash.update(file.as_os_str().as_encoded_bytes());
        hash.update((content.len() as u64).to_be_bytes());
        hash.update(content);
    }
    Ok(hex(&hash.finalize()))
}

/// Octets in hex.
pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn names(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let entries = fs::read_dir(folder)
        .map_err(|error| format!("the page's sources at {}: {error}", folder.display()))?;
    entries
        .map(|entry| Ok(PathBuf::from(entry?.file_name())))
        .collect()
}

fn collect(app: &Path, at: PathBuf, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    let path = app.join(&at);
    if !path.is_dir() {
        files.push(at);
        return Ok(());
    }
    for name in names(&path)? {
        collect(app, at.join(name), files)?;
    }
    Ok(())
}

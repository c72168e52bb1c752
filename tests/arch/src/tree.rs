//! The files that make up the repository, in memory.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::{fs, io};

/// Every file by its path from the top, `/`-separated; the text of those that are text.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    files: BTreeMap<String, Option<String>>,
}

impl Tree {
    /// This repository: what git tracks, and what it would track if asked to add everything.
    ///
    /// # Errors
    /// When git is missing, the tree is not a git work tree, or a file cannot be read.
    pub fn of_this_repository() -> io::Result<Self> {
        let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let listed = Command::new("git")
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
            .current_dir(&top)
            .output()?;
        if !listed.status.success() {
            return Err(io::Error::other(format!(
                "git ls-files: {}",
                String::from_utf8_lossy(&listed.stderr)
            )));
        }
        let mut files = BTreeMap::new();
        for path in String::from_utf8_lossy(&listed.stdout).split_terminator('\0') {
            match fs::read(top.join(path)) {
                Ok(bytes) => files.insert(path.to_owned(), String::from_utf8(bytes).ok()),
                // Tracked, and deleted in the work tree.
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            };
        }
        Ok(Self { files })
    }

    /// A made-up tree, to test checks on.
    #[must_use]
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self {
            files: files
                .iter()
                .map(|&(path, text)| (path.to_owned(), Some(text.to_owned())))
                .collect(),
        }
    }

    /// All paths.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// All text files: path and text.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
    }

    /// The Rust files below a folder (`""` for all): path and text.
    pub fn rust<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.texts()
            .filter(move |(path, _)| path.starts_with(folder) && path.ends_with(".rs"))
    }

    /// The text of one file.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.as_deref()
    }
}

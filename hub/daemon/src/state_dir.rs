//! Where a hub keeps its state, and where its sockets are.

use std::path::{Path, PathBuf};

use anyhow::Context;

/// A hub's state directory.
#[derive(Clone, Debug)]
pub(crate) struct StateDir(PathBuf);

impl StateDir {
    /// The directory named, else `.local/state/ingle` in the user's home directory.
    pub(crate) fn new(named: Option<PathBuf>) -> anyhow::Result<Self> {
        if let Some(dir) = named {
            return Ok(Self(dir));
        }
        let home = std::env::home_dir().context("no home directory; name one with --state-dir")?;
        Ok(Self(home.join(".local/state/ingle")))
    }

    /// The directory named, else one beside the user's own, so that a demo never touches a home.
    pub(crate) fn for_demo(named: Option<PathBuf>) -> anyhow::Result<Self> {
        let is_named = named.is_some();
        let Self(mut dir) = Self::new(named)?;
        if !is_named {
            dir.set_file_name("ingle-demo");
        }
        Ok(Self(dir))
    }

    /// Makes the directory, for its owner alone.
    pub(crate) fn create(&self) -> anyhow::Result<()> {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.0)
            .with_context(|| format!("make the state directory {}", self.0.display()))
    }

    /// The directory.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The socket of the command line.
    pub(crate) fn socket(&self) -> PathBuf {
        self.0.join("ingle.sock")
    }

    /// The records of the demo's devices.
    pub(crate) fn devices(&self) -> PathBuf {
        self.0.join("devices")
    }

    /// Product attestation authorities.
    pub(crate) fn paa(&self) -> PathBuf {
        self.0.join("paa")
    }

    /// Signers of certification declarations.
    pub(crate) fn cd(&self) -> PathBuf {
        self.0.join("cd")
    }
}

//! Where a hub keeps its state, and where its sockets are.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::cli::Global;

/// A hub's state directory.
#[derive(Clone, Debug)]
pub(crate) struct StateDir {
    dir: PathBuf,
    credentials: Option<PathBuf>,
}

impl StateDir {
    /// The directory named, else `.local/state/ingle` in the user's home directory.
    pub(crate) fn new(global: &Global) -> anyhow::Result<Self> {
        let dir = match &global.state_dir {
            Some(dir) => dir.clone(),
            None => std::env::home_dir()
                .context("no home directory; name one with --state-dir")?
                .join(".local/state/ingle"),
        };
        Ok(Self {
            dir,
            credentials: global.credentials.clone(),
        })
    }

    /// The directory named, else one beside the user's own, so that a demo never touches a home.
    pub(crate) fn for_demo(global: &Global) -> anyhow::Result<Self> {
        let mut this = Self::new(global)?;
        if global.state_dir.is_none() {
            this.dir.set_file_name("ingle-demo");
        }
        Ok(this)
    }

    /// Makes the directory, for its owner alone.
    pub(crate) fn create(&self) -> anyhow::Result<()> {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.dir)
            .with_context(|| format!("make the state directory {}", self.dir.display()))
    }

    /// The directory.
    pub(crate) fn path(&self) -> &Path {
        &self.dir
    }

    /// The socket of the command line.
    pub(crate) fn socket(&self) -> PathBuf {
        self.dir.join("ingle.sock")
    }

    /// The systemd credential that seals the secrets, when the service manager gives one.
    pub(crate) fn credential(&self) -> Option<PathBuf> {
        let file = self.credentials.as_ref()?.join("ingle-kek");
        file.exists().then_some(file)
    }

    /// The records of the demo's devices.
    pub(crate) fn devices(&self) -> PathBuf {
        self.dir.join("devices")
    }

    /// The files of the rules.
    pub(crate) fn rules(&self) -> PathBuf {
        self.dir.join("rules")
    }

    /// Product attestation authorities.
    pub(crate) fn paa(&self) -> PathBuf {
        self.dir.join("paa")
    }

    /// Signers of certification declarations.
    pub(crate) fn cd(&self) -> PathBuf {
        self.dir.join("cd")
    }
}

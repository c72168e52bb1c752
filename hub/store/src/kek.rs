//! The key-encryption key: where it comes from, and how well it is kept.
//!
//! Either a systemd credential (32 bytes; systemd has unsealed it by TPM or host key, and no disk
//! holds it in the clear), or the file `keys/kek` beside the database, made at the first start.
//! Both hold the same 32 bytes, so `systemd-creds encrypt` on the file moves a home from the
//! second to the first.

use std::path::{Path, PathBuf};
use std::{fs, io};

use hub_model::Secret;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::error::OpenError;
use crate::seal::{KEY_LEN, Key, generate_key};
use crate::state_dir::{StateDir, create_private_dir, write_private_file};

/// How well the key that seals the secrets is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Protection {
    /// A systemd credential: whoever steals the disk alone reads no secret.
    Credential,
    /// A file beside the database, readable by the hub's user: whoever steals the disk has it.
    KeyFile,
}

/// Where a home's key is to be found.
#[derive(Debug)]
pub(crate) struct KeySource {
    pub(crate) protection: Protection,
    pub(crate) path: PathBuf,
}

impl KeySource {
    /// The credential when one is given, else the home's own key file.
    pub(crate) fn new(state: &StateDir, credential: Option<&Path>) -> Self {
        match credential {
            Some(path) => Self {
                protection: Protection::Credential,
                path: path.to_owned(),
            },
            None => Self {
                protection: Protection::KeyFile,
                path: state.join("keys/kek"),
            },
        }
    }

    /// The key that sealed an existing home.
    pub(crate) fn existing(&self) -> Result<Key, OpenError> {
        self.read()?.ok_or_else(|| OpenError::KeyMissing {
            path: self.path.clone(),
        })
    }

    /// The key for a home that has nothing sealed yet; a missing key file is made.
    pub(crate) fn existing_or_new(&self) -> Result<Key, OpenError> {
        if self.protection == Protection::Credential {
            return self.existing();
        }
        if let Some(key) = self.read()? {
            return Ok(key);
        }
        let key = generate_key().map_err(|_| OpenError::Random)?;
        if let Some(dir) = self.path.parent() {
            create_private_dir(dir)?;
        }
        write_private_file(&self.path, key.expose())?;
        Ok(key)
    }

    fn read(&self) -> Result<Option<Key>, OpenError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(OpenError::file("read the key", &self.path)(error)),
        };
        let key =
            <[u8; KEY_LEN]>::try_from(bytes.as_slice()).map_err(|_| OpenError::KeyMalformed {
                path: self.path.clone(),
                have: bytes.len(),
                need: KEY_LEN,
            })?;
        Ok(Some(Secret::new(key)))
    }
}

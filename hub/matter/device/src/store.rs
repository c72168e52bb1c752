//! A node's records in a folder of its own: fabrics, counters, resumption records, kept values.
//!
//! Each record is a file, replaced whole by rename, so a crash leaves the old or the new one. The
//! folder holds keys and is for the owner alone.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rs_matter::error::{Error, ErrorCode};
use rs_matter::persist::KvBlobStore;

/// The records of one node.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Opens the folder, making it if it is not there.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
        }
        Ok(Self(path.to_owned()))
    }

    /// Reads a record.
    pub(crate) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.0.join(name)) {
            Ok(data) => Ok(Some(data)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Replaces a record.
    pub(crate) fn write(&self, name: &str, data: &[u8]) -> io::Result<()> {
        let path = self.0.join(name);
        let fresh = self.0.join(format!("{name}.new"));
        let mut file = fs::File::create(&fresh)?;
        file.write_all(data)?;
        file.sync_data()?;
        fs::rename(fresh, path)
    }

    fn delete(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.0.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn record(key: u16) -> String {
    format!("{key:04x}.tlv")
}

impl KvBlobStore for Folder {
    fn load<'a>(&mut self, key: u16, buf: &'a mut [u8]) -> Result<Option<&'a [u8]>, Error> {
        let Some(data) = self.read(&record(key))? else {
            return Ok(None);
        };
        let space = buf.get_mut(..data.len()).ok_or(ErrorCode::NoSpace)?;
        space.copy_from_slice(&data);
        Ok(Some(space))
    }

    fn store(&mut self, key: u16, data: &[u8], _buf: &mut [u8]) -> Result<(), Error> {
        Ok(self.write(&record(key), data)?)
    }

    fn remove(&mut self, key: u16, _buf: &mut [u8]) -> Result<(), Error> {
        Ok(self.delete(&record(key))?)
    }
}

//! The laboratory of one test: a folder, programs in it, and the secrets that they were given.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::device::{Device, Kind};
use crate::home::VirtualHome;
use crate::hub::Hub;
use crate::process::now;

/// See the module.
#[derive(Debug)]
pub struct Lab {
    folder: TempDir,
    devices: u16,
    hubs: u16,
    secrets: Vec<String>,
}

/// A stretch of time that is printed with the test's result.
#[derive(Debug)]
pub struct Measure {
    what: String,
    since: Instant,
}

impl Lab {
    /// What lines begin with that are shown although a test passed.
    pub const MEASURED: &'static str = "measured: ";

    pub(crate) fn new() -> Self {
        Self {
            folder: TempDir::with_prefix("ingle-interop-").expect("there is room for a folder"),
            devices: 0,
            hubs: 0,
            secrets: Vec::new(),
        }
    }

    /// A device of a kind, ready to be added.
    pub fn device(&mut self, kind: Kind) -> Device {
        self.devices += 1;
        let device = Device::start(
            &self.path(&format!("device{}", self.devices)),
            kind,
            self.devices,
        );
        self.secrets.extend(device.secrets());
        device
    }

    /// The virtual home, its devices ready to be added.
    pub fn virtual_home(&mut self) -> VirtualHome {
        let home = VirtualHome::start(&self.path("home"));
        let codes = home.devices().into_iter();
        let codes = codes.map(|(_, qr)| qr.trim_start_matches("MT:").to_owned());
        self.secrets.extend(codes);
        home
    }

    /// A hub that takes test devices, ready.
    pub fn hub(&mut self) -> Hub {
        self.hub_with("allow-test")
    }

    /// A hub with an attestation policy, ready.
    pub fn hub_with(&mut self, policy: &str) -> Hub {
        self.hubs += 1;
        Hub::start(&self.path(&format!("hub{}", self.hubs)), policy)
    }

    /// Where a file of this name can be put.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Checks what must hold after every test.
    pub(crate) fn finish(&self) {
        for log in self.logs().iter().filter(|log| is_of_a_hub(log)) {
            let text = fs::read_to_string(log).unwrap_or_default();
            for secret in &self.secrets {
                assert!(
                    !text.contains(secret),
                    "{} tells the secret {secret}",
                    log.display()
                );
            }
        }
    }

    pub(crate) fn print_logs(&self) {
        for log in self.logs() {
            let text = fs::read_to_string(&log).unwrap_or_default();
            let lines: Vec<_> = text.lines().collect();
            println!("--- the last of {} ---", log.display());
            for line in lines.iter().skip(lines.len().saturating_sub(LOG_LINES)) {
                println!("{line}");
            }
        }
    }

    fn logs(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder.path()).expect("the lab's folder is there");
        let mut logs: Vec<_> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|e| e == "log" || e == "out"))
            .collect();
        logs.sort();
        logs
    }
}

fn is_of_a_hub(log: &Path) -> bool {
    log.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with("hub"))
}

/// Lines of each log that are printed when a test failed.
const LOG_LINES: usize = 200;

impl Measure {
    /// Begins now.
    #[must_use]
    pub fn begin(what: impl Into<String>) -> Self {
        Self::since(what, now())
    }

    /// Began then.
    pub fn since(what: impl Into<String>, since: Instant) -> Self {
        Self {
            what: what.into(),
            since,
        }
    }

    /// Ends now.
    ///
    /// # Panics
    /// When it took longer than it may.
    pub fn end(self, at_most: Duration) {
        let took = now() - self.since;
        println!("{}{}: {} ms", Lab::MEASURED, self.what, took.as_millis());
        assert!(
            took <= at_most,
            "{} took {took:?}, more than {at_most:?}",
            self.what
        );
    }
}

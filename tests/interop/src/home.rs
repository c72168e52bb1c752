//! The virtual home of the demo, whose devices are rs-matter nodes, in its own process.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::Value;

use crate::SOON;
use crate::device::manual_code;
use crate::hub::binary;
use crate::process::Process;

/// A virtual home that runs, or that was killed and can be started again.
#[derive(Debug)]
pub struct VirtualHome {
    process: Process,
    folder: PathBuf,
    starts: u32,
    devices: Vec<Value>,
}

impl VirtualHome {
    pub(crate) fn start(folder: &Path) -> Self {
        let (process, devices, _) = launch(folder, 0);
        Self {
            process,
            folder: folder.to_owned(),
            starts: 0,
            devices,
        }
    }

    /// The names of its devices, and the QR payload of each.
    ///
    /// # Panics
    /// When it told none.
    #[must_use]
    pub fn devices(&self) -> Vec<(String, String)> {
        let text = |device: &Value, key: &str| {
            let text = device[key].as_str().expect("a device tells its codes");
            text.to_owned()
        };
        let devices = self.devices.iter();
        devices
            .map(|device| (text(device, "name"), text(device, "qr")))
            .collect()
    }

    /// The QR payload of the device of this name.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn qr(&self, name: &str) -> String {
        let found = self.devices().into_iter().find(|device| device.0 == name);
        found.unwrap_or_else(|| panic!("no device {name}")).1
    }

    /// A manual code that finds its devices, which share the short discriminator, with a passcode
    /// that is none of theirs.
    #[must_use]
    pub fn manual_with_wrong_passcode(&self) -> String {
        manual_code(0xA00, 20_202_021)
    }

    /// Cuts the power.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Cuts the power and gives it back; when all devices listened again.
    pub fn restart(&mut self) -> Instant {
        self.process.kill();
        self.starts += 1;
        let (process, devices, at) = launch(&self.folder, self.starts);
        self.process = process;
        self.devices = devices;
        at
    }
}

fn launch(folder: &Path, starts: u32) -> (Process, Vec<Value>, Instant) {
    let log = folder.with_extension(format!("{starts}.log"));
    let mut command = std::process::Command::new(binary());
    command.arg("virtual-home").arg("--dir").arg(folder);
    let mut process = Process::start(&mut command, &log);
    let mut devices = Vec::new();
    let all = process.wait_for(SOON, |line| {
        if line == "{}" {
            return Some(());
        }
        devices.extend(serde_json::from_str::<Value>(line).ok());
        None
    });
    let ((), at) = all.unwrap_or_else(|error| panic!("{error}\n{}", process.log()));
    (process, devices, at)
}

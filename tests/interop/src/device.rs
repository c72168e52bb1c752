//! A matter.js device.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::SOON;
use crate::process::Process;

/// A device that runs, or that was killed and can be started again.
#[derive(Debug)]
pub struct Device {
    process: Process,
    arguments: Value,
    folder: PathBuf,
    starts: u32,
    ready: Ready,
}

/// What a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A dimmable lamp.
    Lamp,
    /// A lamp with colour.
    Colour,
    /// A plug.
    Plug,
    /// A temperature sensor.
    Temperature,
    /// An occupancy sensor.
    Occupancy,
    /// A switch that tells events.
    Switch,
    /// A door lock.
    Lock,
    /// A thermostat.
    Thermostat,
    /// A bridge with so many parts.
    Bridge(u16),
}

#[derive(Debug)]
struct Ready {
    qr: String,
    manual: String,
    long_manual: String,
    at: Instant,
}

impl Device {
    pub(crate) fn start(folder: &Path, kind: Kind, number: u16) -> Self {
        let (name, parts) = kind.parts();
        let arguments = json!({
            "kind": name,
            "parts": parts,
            "port": 5540 + number,
            "discriminator": 0x0F00 - number * 0x111,
            "passcode": 31_415_926 + u32::from(number) * 1_000_003,
            "storage": folder,
        });
        let mut process = launch(folder, &arguments, 0);
        let ready = Ready::wait(&mut process);
        Self {
            process,
            arguments,
            folder: folder.to_owned(),
            starts: 0,
            ready,
        }
    }

    /// The QR code's payload.
    #[must_use]
    pub fn qr(&self) -> &str {
        &self.ready.qr
    }

    /// The manual code of 11 digits.
    #[must_use]
    pub fn manual(&self) -> &str {
        &self.ready.manual
    }

    /// The manual code of 21 digits, which names vendor and product.
    #[must_use]
    pub fn long_manual(&self) -> &str {
        &self.ready.long_manual
    }

    /// A QR code for this device with a passcode that is not its own.
    #[must_use]
    pub fn manual_with_wrong_passcode(&self) -> String {
        let discriminator = self.arguments["discriminator"]
            .as_u64()
            .expect("set at start");
        manual_code(u32::try_from(discriminator).expect("12 bits"), 20_202_021)
    }

    /// What must not appear in any log of the hub.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let passcode = self.arguments["passcode"].to_string();
        let qr = self.ready.qr.trim_start_matches("MT:").to_owned();
        vec![
            passcode,
            qr,
            self.ready.manual.clone(),
            self.ready.long_manual.clone(),
        ]
    }

    /// Sets attributes of a part (from 1), as a hand at the device would.
    pub fn set(&mut self, part: u16, attributes: &Value) {
        self.order(&format!("set {part} {attributes}"));
    }

    /// Presses a switch for so long.
    pub fn press(&mut self, ms: u32) {
        self.order(&format!("press 1 {ms}"));
    }

    /// Waits until an attribute of a part has a value.
    ///
    /// # Panics
    /// When it does not.
    pub fn wait_until(&mut self, part: u16, cluster: &str, attribute: &str, value: &Value) {
        let wanted = json!([part, cluster, attribute, value]);
        self.wait_for("changed", |changed| *changed == wanted);
    }

    /// Waits until the device is on so many fabrics.
    ///
    /// # Panics
    /// When it is not.
    pub fn wait_for_fabrics(&mut self, count: usize) {
        self.wait_for("fabrics", |fabrics| *fabrics == json!(count));
    }

    /// Kills it, as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again with what it has stored; when it announced that it is back.
    pub fn restart(&mut self) -> Instant {
        self.process.kill();
        self.starts += 1;
        self.process = launch(&self.folder, &self.arguments, self.starts);
        self.ready = Ready::wait(&mut self.process);
        self.ready.at
    }

    fn order(&mut self, line: &str) {
        self.process.say(line);
        let answer = self.process.wait_for(SOON, |said| {
            let said: Value = serde_json::from_str(said).ok()?;
            if said["done"] == line {
                return Some(Ok(()));
            }
            said["error"].as_str().map(|error| Err(error.to_owned()))
        });
        let (done, _) = answer.unwrap_or_else(|error| panic!("{line}: {error}"));
        done.unwrap_or_else(|error| panic!("{error}"));
    }

    fn wait_for(&mut self, what: &str, matches: impl Fn(&Value) -> bool) {
        let found = self.process.wait_for(SOON, |said| {
            let said: Value = serde_json::from_str(said).ok()?;
            said.get(what).is_some_and(&matches).then_some(())
        });
        found.unwrap_or_else(|error| panic!("wait for {what}: {error}"));
    }
}

impl Kind {
    const fn parts(self) -> (&'static str, u16) {
        match self {
            Self::Lamp => ("lamp", 1),
            Self::Colour => ("colour", 1),
            Self::Plug => ("plug", 1),
            Self::Temperature => ("temperature", 1),
            Self::Occupancy => ("occupancy", 1),
            Self::Switch => ("switch", 1),
            Self::Lock => ("lock", 1),
            Self::Thermostat => ("thermostat", 1),
            Self::Bridge(parts) => ("bridge", parts),
        }
    }
}

impl Ready {
    fn wait(process: &mut Process) -> Self {
        let ready = process.wait_for(START, |said| {
            let said: Value = serde_json::from_str(said).ok()?;
            said.get("ready").cloned()
        });
        let (ready, at) = ready.unwrap_or_else(|error| panic!("{error}\n{}", process.log()));
        let text = |key: &str| {
            ready[key]
                .as_str()
                .expect("a device tells its codes")
                .to_owned()
        };
        Self {
            qr: text("qr"),
            manual: text("manual"),
            long_manual: text("long_manual"),
            at,
        }
    }
}

fn launch(folder: &Path, arguments: &Value, starts: u32) -> Process {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
    assert!(
        peers.join("node_modules").is_dir(),
        "the peers are not installed: cd tests/interop/peers && npm ci --ignore-scripts"
    );
    let log = folder.with_extension(format!("{starts}.log"));
    Process::start(
        Command::new("node")
            .arg(peers.join("device.mjs"))
            .arg(arguments.to_string()),
        &log,
    )
}

/// A manual pairing code of 11 digits. Matter 1.6 Core §5.1.4.1.
pub(crate) fn manual_code(discriminator: u32, passcode: u32) -> String {
    let short = discriminator >> 8;
    let digits = format!(
        "{}{:05}{:04}",
        short >> 2,
        ((short & 3) << 14) | (passcode & 0x3FFF),
        passcode >> 14
    );
    format!("{digits}{}", verhoeff(&digits))
}

/// The check digit of a manual pairing code. Matter 1.6 Core §5.1.4.1.5.
fn verhoeff(digits: &str) -> u32 {
    const PERMUTE: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    const INVERSE: [u32; 10] = [0, 4, 3, 2, 1, 5, 6, 7, 8, 9];
    let times = |a: u32, b: u32| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b - 5) % 5 + 5,
        (false, true) => (a + 5 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    };
    let check = digits
        .bytes()
        .rev()
        .enumerate()
        .fold(0, |check, (place, digit)| {
            let mut digit = u32::from(digit - b'0');
            for _ in 0..=place % 8 {
                digit = *PERMUTE.get(digit as usize).expect("a digit");
            }
            times(check, digit)
        });
    *INVERSE.get(check as usize).expect("a digit")
}

/// How long a device may take to start: several start at once, on a machine that may be busy.
const START: Duration = Duration::from_secs(150);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manual_codes_are_those_of_the_specification() {
        assert_eq!(manual_code(3840, 20_202_021), "34970112332");
    }
}

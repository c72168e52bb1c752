//! Puts the home on real sockets and lets it live.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use matter_device::{Change, DeviceError, DeviceHandle, Host, HostConfig, Interfaces, SetupCodes};

use crate::devices;
use crate::house::House;
use crate::wiring::{feel, show};

/// How the home is run.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the devices keep their records: a restarted home keeps its fabrics.
    pub dir: PathBuf,
    /// Where the devices are reachable: this machine alone, or its networks too.
    pub interfaces: Interfaces,
    /// The port of the first device, each next one higher; 0 takes free ones.
    pub base_port: u16,
    /// The seed of its life.
    pub seed: u64,
    /// How many times faster than real its life goes.
    pub speed: f64,
    /// The time of day at which it begins.
    pub time_of_day: Duration,
}

/// A device that can be added now.
#[derive(Clone, Debug)]
pub struct Announced {
    /// What people call it.
    pub name: &'static str,
    /// The name of its room.
    pub room: &'static str,
    /// The codes to add it with.
    pub codes: SetupCodes,
    /// Its UDP port.
    pub port: u16,
    /// Whether it belongs to a fabric already.
    pub commissioned: bool,
}

/// Why the home could not be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HomeError {
    /// A device could not be started.
    #[error("cannot start the {device}")]
    Device {
        /// Which.
        device: &'static str,
        /// Why.
        #[source]
        source: DeviceError,
    },
    /// The device host could not be started, or ended.
    #[error("the device host failed")]
    Host(#[source] DeviceError),
}

/// How often the house lives a little.
const STEP: Duration = Duration::from_millis(500);
/// While the bedside button is used, edges are this close.
const CHANGES: usize = 1024;
/// How long a fresh device may take to say whether it belongs to a fabric.
const SETTLE: Duration = Duration::from_millis(100);

impl Default for Config {
    fn default() -> Self {
        Self {
            dir: PathBuf::from("virtual-home"),
            interfaces: Interfaces::Loopback,
            base_port: 0,
            seed: 1,
            speed: 1.0,
            time_of_day: Duration::from_secs(17 * 3600),
        }
    }
}

/// Runs the home until `stop` receives something or its sender is dropped; tells `on_ready` once
/// all devices listen.
///
/// # Errors
/// When a device cannot be started, or the thread of all devices ends.
pub fn run(
    config: &Config,
    on_ready: impl FnOnce(&[Announced]),
    stop: &Receiver<()>,
) -> Result<(), HomeError> {
    let host = Host::start(HostConfig {
        dir: config.dir.clone(),
        interfaces: config.interfaces,
    })
    .map_err(HomeError::Host)?;
    let (changes, changed) = sync_channel::<(usize, Change)>(CHANGES);
    let mut home = Vec::new();
    for (index, installed) in devices::all().into_iter().enumerate() {
        let mut device = installed.device;
        if config.base_port > 0 {
            let offset = u16::try_from(index).unwrap_or(u16::MAX);
            device.port = config.base_port.saturating_add(offset);
        }
        let changes = changes.clone();
        device.observer = Some(Box::new(move |change| {
            // Full only when the house has not lived for minutes; it feels the next change.
            let _ = changes.try_send((index, change.clone()));
        }));
        let handle = host
            .add_blocking(device)
            .map_err(|source| HomeError::Device {
                device: installed.name,
                source,
            })?;
        home.push((installed.name, installed.room, handle));
    }
    if !matches!(stop.recv_timeout(SETTLE), Err(RecvTimeoutError::Timeout)) {
        return Ok(());
    }
    let announced: Vec<_> = home
        .iter()
        .map(|(name, room, handle)| Announced {
            name,
            room: room.name(),
            codes: handle.codes().clone(),
            port: handle.port(),
            commissioned: handle.fabrics() > 0,
        })
        .collect();
    on_ready(&announced);
    let handles: Vec<_> = home.into_iter().map(|(_, _, handle)| handle).collect();
    live(config, &handles, &changed, stop)
}

fn live(
    config: &Config,
    handles: &[DeviceHandle],
    changed: &Receiver<(usize, Change)>,
    stop: &Receiver<()>,
) -> Result<(), HomeError> {
    let mut house = House::new(config.seed, config.time_of_day);
    let mut lived = Duration::ZERO;
    loop {
        match stop.recv_timeout(STEP) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
        lived += STEP;
        for (device, change) in changed.try_iter() {
            if let Some(wish) = feel(device, &change) {
                house.told(wish);
            }
        }
        let uptime_ms = u64::try_from(lived.as_millis()).unwrap_or(u64::MAX);
        for reading in house.step(STEP.mul_f64(config.speed)) {
            for setting in show(reading, uptime_ms) {
                let Some(handle) = handles.get(setting.device) else {
                    continue;
                };
                let set = handle.set(
                    setting.endpoint,
                    setting.cluster,
                    setting.attribute,
                    setting.value,
                );
                match set {
                    Ok(()) => {}
                    Err(DeviceError::Busy) => {
                        tracing::warn!(device = setting.device, "device busy")
                    }
                    Err(error) => return Err(HomeError::Host(error)),
                }
            }
        }
    }
}

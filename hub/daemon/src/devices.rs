//! `ingle virtual-home`: the demo's devices, in a process of their own, as real ones would be.
//!
//! Prints one JSON line a device when it listens, then lives until its standard input ends: so
//! the devices go when the hub that started them goes, however that ends.

use std::io::Read;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, sync_channel};

use serde::{Deserialize, Serialize};

use crate::cli::{Global, VirtualHomeArgs};
use crate::config;
use crate::log;
use crate::output::print;

/// A device that listens.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Listening {
    /// What it is called.
    pub(crate) name: String,
    /// The room it stands in.
    pub(crate) room: String,
    /// Its QR payload.
    pub(crate) qr: String,
    /// Its manual pairing code.
    pub(crate) manual: String,
    /// Its UDP port.
    pub(crate) port: u16,
    /// Whether it belongs to a fabric already.
    pub(crate) commissioned: bool,
}

/// Runs the devices until standard input ends.
pub(crate) fn run(args: VirtualHomeArgs, global: &Global) -> anyhow::Result<ExitCode> {
    log::start(global, &config::Log::quiet())?;
    let config = virtual_home::Config {
        dir: args.dir,
        interfaces: if args.all_interfaces {
            virtual_home::Interfaces::All
        } else {
            virtual_home::Interfaces::Loopback
        },
        base_port: args.base_port,
        speed: args.speed,
        ..virtual_home::Config::default()
    };
    virtual_home::run(&config, tell, &standard_input_ended())?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the devices, then an empty object: all of them listen.
fn tell(devices: &[virtual_home::Announced]) {
    for device in devices {
        let line = Listening {
            name: device.name.into(),
            room: device.room.into(),
            qr: device.codes.qr.clone(),
            manual: device.codes.manual.clone(),
            port: device.port,
            commissioned: device.commissioned,
        };
        print(&serde_json::to_string(&line).unwrap_or_default());
    }
    print("{}");
}

/// Told when standard input ends.
fn standard_input_ended() -> Receiver<()> {
    let (open, ended) = sync_channel(0);
    std::thread::spawn(move || {
        let mut rest = [0; 64];
        while std::io::stdin()
            .lock()
            .read(&mut rest)
            .is_ok_and(|read| read > 0)
        {}
        drop(open);
    });
    ended
}

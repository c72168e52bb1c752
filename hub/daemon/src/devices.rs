//! `ingle virtual-home`: the demo's devices, in a process of their own, as real ones would be.
//!
//! Prints one JSON line a device when it listens, then lives until its standard input ends: so
//! the devices go when the hub that started them goes, however that ends.

use std::io::Read;
use std::process::ExitCode;

use serde::{Deserialize, Serialize};

use crate::cli::VirtualHomeArgs;
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

pub(crate) fn run(args: VirtualHomeArgs, filter: Option<&str>) -> anyhow::Result<ExitCode> {
    log::start(Some(filter.unwrap_or("warn")))?;
    let config = virtual_home::Config {
        dir: args.dir,
        base_port: args.base_port,
        speed: args.speed,
        ..virtual_home::Config::default()
    };
    let home = virtual_home::VirtualHome::start(config)?;
    for device in home.announced() {
        let line = Listening {
            name: device.name.clone(),
            room: device.room.clone(),
            qr: device.codes.qr.clone(),
            manual: device.codes.manual.clone(),
            port: device.port,
            commissioned: device.commissioned,
        };
        print(&serde_json::to_string(&line)?);
    }
    print("{}");
    let mut rest = [0; 64];
    while std::io::stdin().lock().read(&mut rest)? > 0 {}
    home.stop();
    Ok(ExitCode::SUCCESS)
}

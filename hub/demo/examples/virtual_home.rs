//! Runs the virtual home and prints one JSON object a device: name, room, qr, manual, port.
//!
//!     cargo run -p virtual-home --example virtual_home -- DIR [BASE_PORT] [SPEED]

#![expect(clippy::print_stdout, reason = "what it is for")]

use std::sync::mpsc;

use virtual_home::{Announced, Config, HomeError, run};

fn main() -> Result<(), HomeError> {
    let mut arguments = std::env::args().skip(1);
    let mut config = Config::default();
    if let Some(dir) = arguments.next() {
        config.dir = dir.into();
    }
    config.base_port = arguments
        .next()
        .and_then(|port| port.parse().ok())
        .unwrap_or(0);
    config.speed = arguments
        .next()
        .and_then(|speed| speed.parse().ok())
        .unwrap_or(1.0);
    // Runs until it is killed: the sender lives as long as the program.
    let (_never, stop) = mpsc::channel();
    run(&config, |devices| devices.iter().for_each(print), &stop)
}

fn print(device: &Announced) {
    let line = serde_json::json!({
        "name": device.name,
        "room": device.room,
        "qr": device.codes.qr,
        "manual": device.codes.manual,
        "port": device.port,
        "commissioned": device.commissioned,
    });
    println!("{line}");
}

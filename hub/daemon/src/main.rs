//! The program: `ingle`. Parses the command line and hands it to the hub or to the hub's client.

mod assets;
mod chart;
mod cli;
mod client;
mod clock_text;
mod commands;
mod config;
mod demo;
mod devices;
mod hub;
mod log;
mod output;
mod past;
mod place;
mod replay;
mod rules_dir;
mod serve;
mod signals;
mod state_dir;
mod version;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::client::Client;
use crate::output::Output;
use crate::state_dir::StateDir;

fn main() -> ExitCode {
    let Cli { global, command } = Cli::parse();
    let ended = match command {
        Command::Serve(args) => {
            StateDir::new(&global).and_then(|dir| serve::run(&args, dir, &global))
        }
        Command::Demo(args) => {
            StateDir::for_demo(&global).and_then(|dir| demo::run(&args, dir, &global))
        }
        Command::Replay { file } => replay::run(&file, Output::new(global.json)),
        Command::VirtualHome(args) => devices::run(args, &global),
        command => {
            StateDir::new(&global).and_then(|dir| ask(command, &dir, Output::new(global.json)))
        }
    };
    ended.unwrap_or_else(|error| {
        eprintln!("ingle: {error:#}");
        ExitCode::FAILURE
    })
}

/// Runs a client command.
fn ask(command: Command, dir: &StateDir, output: Output) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let client = Client::new(dir.socket());
    Ok(runtime.block_on(commands::run(command, &client, output)))
}

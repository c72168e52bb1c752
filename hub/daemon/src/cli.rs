//! The command line: what can be typed, and nothing of what it does.
//!
//! The contract is stable: names, `--json` on every command, exit codes 0 done, 1 refused or
//! failed with a cause, 2 usage, 3 hub unreachable.

mod energy;
mod history;
mod rules;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use hub_model::AttestationPolicy;

use crate::log;

pub(crate) use self::energy::{EnergyArgs, EnergyCommand, EnergyEvery, EnergyRoleWord, EnergyShow};
pub(crate) use history::{Every, HistoryArgs, HistoryCommand, HistoryImportArgs, ShowArgs};
pub(crate) use rules::{
    ImportArgs, RulesCommand, ScenesCommand, SimulateArgs, TraceArgs, VariablesCommand,
};

/// A local Matter smart-home hub.
#[derive(Debug, Parser)]
#[command(name = "ingle", version = crate::version::LONG, about, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// The hub's state directory: which hub to run, or to talk to.
    #[arg(long, global = true, env = "INGLE_STATE_DIR", value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
    /// The service manager's folder of credentials.
    #[arg(long, global = true, env = "CREDENTIALS_DIRECTORY", hide = true)]
    pub(crate) credentials: Option<PathBuf>,
    /// Print JSON for programs instead of text for people.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What to log, on stderr: a level, or `target=level` pairs.
    #[arg(long, global = true, env = "INGLE_LOG", value_name = "FILTER")]
    pub(crate) log: Option<String>,
    /// How to log: lines for people, or one JSON object a line.
    #[arg(
        long,
        global = true,
        env = "INGLE_LOG_FORMAT",
        value_enum,
        value_name = "FORMAT"
    )]
    pub(crate) log_format: Option<log::Format>,
    /// The journal that the service manager gave as stderr.
    #[arg(long, global = true, env = "JOURNAL_STREAM", hide = true)]
    pub(crate) journal_stream: Option<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the hub; prints `ready URL` when its API answers.
    Serve(ServeArgs),
    /// Run the hub with a virtual home of genuine Matter devices on this machine.
    Demo(DemoArgs),
    /// Add a device by its setup code (QR payload or 11- or 21-digit number).
    Add(AddArgs),
    /// List the nodes.
    Nodes,
    /// Show a node: endpoints, attributes, address, certificates.
    Node {
        /// Its id or name.
        node: String,
    },
    /// Read attributes: `kitchen-lamp/1/OnOff.OnOff`, `0x12/1/0x0402.0`, `kitchen-lamp`.
    Read {
        /// What to read; a node, endpoint or cluster reads all below it.
        #[arg(required = true)]
        paths: Vec<String>,
        /// Answer from the hub's memory instead of asking the device.
        #[arg(long)]
        cached: bool,
    },
    /// Write an attribute.
    Write {
        /// Which attribute.
        path: String,
        /// The value, as JSON or a bare word (`true`, `21.5`, `"Lamp"`, `Lamp`).
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
    /// Invoke a command: `kitchen-lamp/1/OnOff.Toggle`.
    Invoke {
        /// Which command.
        path: String,
        /// Its fields as a JSON object.
        fields: Option<String>,
        /// Wait until a report confirms the effect.
        #[arg(long)]
        confirm: bool,
    },
    /// Print changes as they come, until interrupted.
    Watch {
        /// What to watch; everything when none is given.
        paths: Vec<String>,
    },
    /// List and edit rooms.
    #[command(subcommand)]
    Room(RoomCommand),
    /// Rename a node.
    Rename {
        /// Its id or name.
        node: String,
        /// The new name.
        name: String,
    },
    /// Answer a device that waits for a decision while it is added.
    Answer {
        /// The job, as `ingle jobs` shows it.
        job: String,
        /// Go on, or give up.
        answer: Answer,
    },
    /// List devices that are being added or removed, and how it went.
    Jobs,
    /// Cancel the adding of a device.
    Cancel {
        /// The job, as `ingle jobs` shows it.
        job: String,
    },
    /// Remove a node: it leaves our fabric, then the hub forgets it.
    Remove {
        /// Its id or name.
        node: String,
        /// Forget it even if the device cannot be told.
        #[arg(long)]
        forget: bool,
    },
    /// What the home does by itself: list, write, try and explain rules.
    #[command(subcommand)]
    Rules(RulesCommand),
    /// How things are to be, under one name: make and apply scenes.
    #[command(subcommand)]
    Scenes(ScenesCommand),
    /// What rules and people share: list, declare and set variables of the home.
    #[command(subcommand)]
    Variables(VariablesCommand),
    /// Show what rules had to say.
    Notices,
    /// Say why an attribute is as it is, and what rules did about it.
    Why {
        /// Which attribute.
        path: String,
        /// At a past moment: `-2h`, `2026-11-27 18:00` on the home's clock, or RFC 3339.
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        at: Option<String>,
    },
    /// Show what the home used, by time, device and room, and what it cost.
    Energy(EnergyArgs),
    /// Show what was: charts, tables, and rows for other programs.
    History(HistoryArgs),
    /// List changes of the home, newest first.
    Revisions {
        /// At most this many.
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// Undo a change of the home.
    Undo {
        /// The revision, as `ingle revisions` shows it.
        revision: u64,
    },
    /// Repeat an incident that `ingle rules incident` wrote, and say whether it comes out the same.
    Replay {
        /// The file.
        file: PathBuf,
    },
    /// Show how the hub is.
    Status,
    /// Run the devices of the demo home.
    #[command(hide = true)]
    VirtualHome(VirtualHomeArgs),
}

/// Options of `serve`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ServeArgs {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where the page and API listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// What to do with a device whose maker cannot be verified.
    #[arg(long, value_enum)]
    pub(crate) attestation: Option<Attestation>,
}

/// Options of `demo`.
#[derive(Clone, Debug, Args)]
pub(crate) struct DemoArgs {
    /// Where the page and API listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8480")]
    pub(crate) listen: SocketAddr,
    /// How many times faster than life the home lives.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) speed: f64,
}

/// Options of `virtual-home`.
#[derive(Clone, Debug, Args)]
pub(crate) struct VirtualHomeArgs {
    /// Where the devices keep their fabrics.
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// The first device's UDP port, the others follow; 0 takes free ones.
    #[arg(long, default_value_t = 0)]
    pub(crate) base_port: u16,
    /// Lets controllers on this machine's networks add the devices, not only those on the machine.
    #[arg(long)]
    pub(crate) all_interfaces: bool,
    /// How many times faster than life the home lives.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) speed: f64,
}

/// Options of `add`.
#[derive(Clone, Debug, Args)]
pub(crate) struct AddArgs {
    /// The setup code; `-` reads it from standard input.
    pub(crate) code: String,
    /// What to call the device.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The room it is in; made if it is new.
    #[arg(long)]
    pub(crate) room: Option<String>,
    /// What to do with a device whose maker cannot be verified, instead of the hub's policy.
    #[arg(long, value_enum)]
    pub(crate) attestation: Option<Attestation>,
}

/// `room` commands.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum RoomCommand {
    /// List the rooms with their devices.
    List,
    /// Make a room.
    Add {
        /// Its name.
        name: String,
        /// The floor it is on; made if it is new.
        #[arg(long)]
        floor: Option<String>,
    },
    /// Rename a room.
    Rename {
        /// The room.
        room: String,
        /// Its new name.
        name: String,
    },
    /// Put a device or node into a room.
    Put {
        /// The node, or one device of a bridge as `node/endpoint`.
        device: String,
        /// The room.
        room: String,
    },
    /// Delete a room; its devices stay, without a room.
    Rm {
        /// The room.
        room: String,
    },
}

/// A decision.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Answer {
    /// Go on.
    Yes,
    /// Give up.
    No,
}

/// [`AttestationPolicy`], as typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Attestation {
    /// Refuse it.
    Strict,
    /// Take the SDK's test roots as trusted too.
    AllowTest,
    /// Ask a person.
    Ask,
}

impl From<Attestation> for AttestationPolicy {
    fn from(typed: Attestation) -> Self {
        match typed {
            Attestation::Strict => Self::Strict,
            Attestation::AllowTest => Self::AllowTest,
            Attestation::Ask => Self::Ask,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_documented_calls_parse() {
        for line in [
            "ingle serve --config f --state-dir d --listen 127.0.0.1:0 --attestation allow-test",
            "ingle demo --state-dir d",
            "ingle add MT:ABC --name Lamp --room Kitchen --json",
            "ingle nodes --json",
            "ingle node 0x1",
            "ingle read a/1/OnOff.OnOff b",
            "ingle write a/1/0x0402.0 -5",
            "ingle invoke a/1/LevelControl.MoveToLevel {}",
            "ingle watch",
            "ingle room list",
            "ingle remove 0x1",
            "ingle status",
            "ingle why a/1/OnOff.OnOff --at -2h",
            "ingle energy --period last-month --json",
            "ingle energy --from -7d --to now --every hour --csv",
            "ingle energy meters",
            "ingle energy set f --check",
            "ingle energy roles a/1 device --behind b/2 --reversed",
            "ingle energy prices --from -1d",
            "ingle history a/1/OnOff.OnOff b --from -7d --to now --every 1mo",
            "ingle history a --samples --json",
            "ingle history a --csv",
            "ingle history a --parquet f",
            "ingle history series a",
            "ingle history status --json",
            "ingle serve --log debug --log-format json",
        ] {
            Cli::try_parse_from(line.split(' ')).unwrap_or_else(|error| panic!("{line}: {error}"));
        }
    }
}

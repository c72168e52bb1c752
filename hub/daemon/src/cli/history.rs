//! The command line of the past.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  ingle history climate-sensor/1/TemperatureMeasurement.MeasuredValue
  ingle history '*/*/OnOff.OnOff' --from -7d
  ingle history coffee-machine/2/ElectricalPowerMeasurement.ActivePower --every 1h
  ingle history front-door/reachability front-door/commands --from '2026-11-27 18:00'
  ingle history reading-lamp --samples --from -1h
  ingle history '*/*/TemperatureMeasurement.*' --from 2026-11-01 --csv > temperatures.csv
  ingle history '*/*/OnOff.OnOff' --from -30d --parquet lamps.parquet
  ingle history series reading-lamp

A PATH is node/endpoint/Cluster.attribute, an event, node/reachability or node/commands; `*` is any, a
missing end all below. A TIME is now, -24h, -7d, 2026-11-27, '2026-11-27 18:00' on the home's clock, or
2026-11-27T18:00:00+01:00.";

const IMPORT_EXAMPLES: &str = "\
Examples:
  ingle history import /backup/home-assistant_v2.db --table entities.toml --dry-run
  ingle history import /backup/home-assistant_v2.db --table entities.toml

Nothing that the hub recorded itself is overwritten, and importing twice changes nothing.";

/// Options of `history`.
#[derive(Clone, Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = EXAMPLES
)]
pub(crate) struct HistoryArgs {
    #[command(subcommand)]
    pub(crate) command: Option<HistoryCommand>,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
}

/// `history` commands.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum HistoryCommand {
    /// List what is recorded, with the paths to ask for it.
    Series {
        /// Of which node, or below which path; all when none.
        path: Option<String>,
    },
    /// Show how the recording is, how much there is and how long it is kept.
    Status,
    /// Take in the past that Home Assistant recorded.
    #[command(after_help = IMPORT_EXAMPLES)]
    Import(HistoryImportArgs),
    /// Roll days up anew from their samples.
    Recompute {
        /// From which day on; from the first when not given.
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        from: Option<String>,
        /// Until when; now when not given.
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        to: Option<String>,
    },
}

/// Options of `history import`.
#[derive(Clone, Debug, Args)]
pub(crate) struct HistoryImportArgs {
    /// The file home-assistant_v2.db, or a copy of it, on the hub's machine and readable by the hub.
    pub(crate) file: PathBuf,
    /// A file that says which device each entity is. Written with what was guessed when it is not there
    /// or says less; edit it and import again. The same file serves `rules import`.
    #[arg(long, value_name = "FILE")]
    pub(crate) table: Option<PathBuf>,
    /// Only tell what would come of it.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Take what was guessed from names as well.
    #[arg(long)]
    pub(crate) take_guesses: bool,
    /// Leave out what has no place in the home, instead of keeping it under its own name.
    #[arg(long)]
    pub(crate) skip_foreign: bool,
}

/// What of the past is shown, and how.
#[derive(Clone, Debug, Args)]
pub(crate) struct ShowArgs {
    /// What to show.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<String>,
    /// From when on; a day before the end when not given.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) from: Option<String>,
    /// Until when; now when not given.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) to: Option<String>,
    /// A table of roll-ups instead of a chart.
    #[arg(long, value_enum)]
    pub(crate) every: Option<Every>,
    /// Each sample as it was recorded, instead of a chart.
    #[arg(long, conflicts_with = "every")]
    pub(crate) samples: bool,
    /// Each sample as comma-separated values on standard output.
    #[arg(long, conflicts_with_all = ["every", "json"])]
    pub(crate) csv: bool,
    /// Each sample as a row of a Parquet file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["every", "csv", "json", "samples"])]
    pub(crate) parquet: Option<PathBuf>,
    /// Show no colours, whatever the terminal can.
    #[arg(long, env = "NO_COLOR", hide = true)]
    pub(crate) no_color: Option<String>,
}

/// How long the spans of roll-ups are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Every {
    /// Five minutes.
    #[value(name = "5m")]
    FiveMinutes,
    /// An hour.
    #[value(name = "1h")]
    Hour,
    /// A day.
    #[value(name = "1d")]
    Day,
    /// A month.
    #[value(name = "1mo")]
    Month,
}

impl Every {
    /// As the API writes it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::FiveMinutes => "5m",
            Self::Hour => "1h",
            Self::Day => "1d",
            Self::Month => "1mo",
        }
    }
}

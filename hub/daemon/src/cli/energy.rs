//! The command line of energy.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  ingle energy                                   the last 30 days by day
  ingle energy --period today                    today by hour
  ingle energy --from 2026-01-01 --every month
  ingle energy --from -7d --csv > week.csv
  ingle energy meters                            what measures, and what each is taken for
  ingle energy roles meter/1 grid                a meter at the connection to the grid
  ingle energy roles inverter/1 solar --reversed
  ingle energy roles dishwasher/1 device --behind kitchen/2
  ingle energy settings > energy.json            to be edited, then
  ingle energy set energy.json
  ingle energy prices --from 2026-11-28

A TIME is now, -24h, -7d, 2026-11-27, '2026-11-27 18:00' on the home's clock, or
2026-11-27T18:00:00+01:00. A METER is node/endpoint, as `ingle energy meters` lists them.";

const SET_EXAMPLE: &str = "\
The file is JSON: what meters measure, and tariffs, each from a day on. Hours and days of a band may be
left out. Prices are for a kWh, and texts keep them exact:

  {
    \"version\": 1,
    \"meters\": [{ \"node\": 7, \"endpoint\": 1, \"role\": \"grid\" }],
    \"tariffs\": [{
      \"from\": \"2026-01-01\",
      \"currency\": \"EUR\",
      \"import\": {
        \"default\": \"0.3142\",
        \"bands\": [{ \"name\": \"night\", \"price\": \"0.2305\", \"from\": \"22:00\", \"to\": \"06:00\" }]
      },
      \"export\": { \"default\": \"0.0803\" },
      \"standing_per_day\": \"0.42\"
    }]
  }

`ingle undo REVISION` takes a change back.";

/// Options of `energy`.
#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub(crate) struct EnergyArgs {
    #[command(subcommand)]
    pub(crate) command: Option<EnergyCommand>,
    #[command(flatten)]
    pub(crate) show: EnergyShow,
}

/// What of the home's energy is shown.
#[derive(Clone, Debug, Args)]
pub(crate) struct EnergyShow {
    /// A named time, instead of --from and --to.
    #[arg(long, value_enum, conflicts_with_all = ["from", "to"])]
    pub(crate) period: Option<EnergyPeriod>,
    /// From when on; the last 30 days when not given.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) from: Option<String>,
    /// Until when; now when not given.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) to: Option<String>,
    /// A row for each of these; what suits the time when not given.
    #[arg(long, value_enum)]
    pub(crate) every: Option<EnergyEvery>,
    /// Comma-separated values on standard output: a row for each period, with every device.
    #[arg(long, conflicts_with = "json")]
    pub(crate) csv: bool,
}

/// `energy` commands.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum EnergyCommand {
    /// List what measures energy: its role, its power now, and what it counted.
    Meters,
    /// Print the settings: what meters measure, and tariffs.
    Settings,
    /// Replace the settings by those of a file.
    #[command(after_help = SET_EXAMPLE)]
    Set {
        /// The file; `-` reads standard input.
        file: PathBuf,
        /// Only say what is wrong with it.
        #[arg(long)]
        check: bool,
    },
    /// Say what a meter measures.
    Roles {
        /// The meter: `kitchen-plug/1`, `0x12/1`, or its name.
        meter: String,
        /// What it measures.
        role: EnergyRoleWord,
        /// The meter of a device that it is behind, so that what it measures is part of that.
        #[arg(long, value_name = "METER")]
        behind: Option<String>,
        /// It counts the other way round: a clamp put on backwards, a plug at a solar panel.
        #[arg(long)]
        reversed: bool,
    },
    /// Show what a kWh costs when; today and tomorrow unless said otherwise.
    Prices {
        /// From when on.
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        from: Option<String>,
        /// Until when.
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        to: Option<String>,
    },
}

/// A named time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EnergyPeriod {
    /// By hour.
    Today,
    /// By hour.
    Yesterday,
    /// Seven days, today being the last.
    Week,
    /// By day.
    Month,
    /// By day.
    LastMonth,
    /// Twelve months, this being the last.
    Year,
}

/// How long the periods are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EnergyEvery {
    /// Hours of the home's clock.
    Hour,
    /// Days of its calendar.
    Day,
    /// Months of its calendar.
    Month,
}

/// What a meter measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EnergyRoleWord {
    /// The connection to the grid.
    Grid,
    /// What the sun gives.
    Solar,
    /// What charges a battery and what it gives back.
    Battery,
    /// What a device, or several, use.
    Device,
    /// Nothing that is of interest.
    Ignore,
}

impl EnergyPeriod {
    /// As the API writes it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Yesterday => "yesterday",
            Self::Week => "week",
            Self::Month => "month",
            Self::LastMonth => "last-month",
            Self::Year => "year",
        }
    }
}

impl EnergyEvery {
    /// As the API writes it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

impl EnergyRoleWord {
    /// As the settings write it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Grid => "grid",
            Self::Solar => "solar",
            Self::Battery => "battery",
            Self::Device => "device",
            Self::Ignore => "ignore",
        }
    }
}

//! The command line of rules, scenes and variables.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `rules` commands.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// List the rules, with what became of their last start.
    List,
    /// Show a rule: how it is, and its text.
    Show {
        /// Its id.
        rule: String,
    },
    /// Check the text of rules in this home, without keeping them.
    Check {
        /// Files; `-` reads standard input.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Add rules from files.
    Add {
        /// Files; `-` reads standard input.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Replace a rule of the same id.
        #[arg(long)]
        replace: bool,
    },
    /// Let a rule start.
    Enable {
        /// Its id.
        rule: String,
    },
    /// Keep a rule from starting; what runs goes on.
    Disable {
        /// Its id.
        rule: String,
    },
    /// Run a rule now, without its triggers and conditions.
    Run {
        /// Its id.
        rule: String,
    },
    /// Let a rule start again that was paused because it ran away.
    Resume {
        /// Its id.
        rule: String,
    },
    /// Show what rules did, and what they did not do and why.
    Trace(TraceArgs),
    /// Try a rule on the recorded past: the runs that it would have made.
    Simulate(SimulateArgs),
    /// Print the recording since it began last, with what came of it, for `ingle replay`.
    Incident,
    /// Import automations of Home Assistant from YAML, with a report of what could not be carried.
    Import(ImportArgs),
    /// Delete a rule; `ingle undo` brings it back.
    Rm {
        /// Its id.
        rule: String,
    },
}

/// Options of `rules trace`.
#[derive(Clone, Debug, Args)]
pub(crate) struct TraceArgs {
    /// A trace (`t12`), or a rule whose last ones to show; all rules when none.
    pub(crate) what: Option<String>,
    /// At most this many.
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: usize,
}

/// Options of `rules simulate`.
#[derive(Clone, Debug, Args)]
pub(crate) struct SimulateArgs {
    /// The rule's file; `-` reads standard input.
    pub(crate) file: PathBuf,
    /// From when on: `2026-11-20`, `2026-11-20 18:00`.
    #[arg(long)]
    pub(crate) from: Option<String>,
    /// Until when.
    #[arg(long)]
    pub(crate) to: Option<String>,
    /// Compare with the rule of the same id that is in the home.
    #[arg(long)]
    pub(crate) diff: bool,
}

/// Options of `rules import`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ImportArgs {
    /// The YAML file: `automations.yaml`.
    pub(crate) file: PathBuf,
    /// The table that says which device each entity is; written when it is not there, to be edited.
    #[arg(long, value_name = "FILE")]
    pub(crate) table: Option<PathBuf>,
    /// Add the rules to the hub; else only the report is shown and the texts are written.
    #[arg(long)]
    pub(crate) add: bool,
    /// Where to write the texts of the rules.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

/// `scenes` commands.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum ScenesCommand {
    /// List the scenes.
    List,
    /// Show a scene's text.
    Show {
        /// Its id.
        scene: String,
    },
    /// Make a scene of how things are now.
    Capture {
        /// Its id.
        scene: String,
        /// Devices (`hall-lamp`, `strip/2`) and rooms (`@hall`).
        #[arg(required = true)]
        targets: Vec<String>,
        /// Its name.
        #[arg(long)]
        name: Option<String>,
        /// Replace a scene of the same id.
        #[arg(long)]
        replace: bool,
    },
    /// Add scenes from files.
    Add {
        /// Files; `-` reads standard input.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Replace a scene of the same id.
        #[arg(long)]
        replace: bool,
    },
    /// Apply a scene, and tell how each device took it.
    Apply {
        /// Its id.
        scene: String,
        /// How long the change takes, in seconds.
        #[arg(long, value_name = "SECONDS")]
        transition: Option<f64>,
    },
    /// Delete a scene; `ingle undo` brings it back.
    Rm {
        /// Its id.
        scene: String,
    },
}

/// `variables` commands.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum VariablesCommand {
    /// List the variables of the home with their values.
    List,
    /// Declare a variable: rules say `home.NAME`.
    Add {
        /// Its name.
        name: String,
        /// Its first value: `true`, `21.5`, or a word.
        #[arg(allow_hyphen_values = true)]
        initial: String,
        /// The words that it may be.
        #[arg(long, value_delimiter = ',', value_name = "WORD,...")]
        options: Vec<String>,
        /// The unit of a number.
        #[arg(long)]
        unit: Option<String>,
    },
    /// Give a variable a value.
    Set {
        /// Its name.
        name: String,
        /// The value.
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
    /// Delete a variable.
    Rm {
        /// Its name.
        name: String,
    },
}

//! Where the log goes: stderr, for a person, for journald, or as JSON lines for programs.
//!
//! For a person lines have a time and colours. When stderr is the journal, which has times of its
//! own, they have neither, and begin with the priority instead (`sd-daemon(3)`). JSON lines are the
//! same everywhere: see [`json`].

mod journal;
mod json;

use std::io::IsTerminal;

use anyhow::Context;
use serde::Deserialize;
use tracing_subscriber::EnvFilter;

use crate::cli::Global;
use crate::config;

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    /// For people and journald.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Format {
    /// As it is typed.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// Begins to log. What the command line says goes before what the configuration says.
pub(crate) fn start(global: &Global, config: &config::Log) -> anyhow::Result<()> {
    let filter = global.log.as_deref().unwrap_or(&config.filter);
    let filter = EnvFilter::try_new(filter).with_context(|| format!("log filter {filter:?}"))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match global.log_format.unwrap_or(config.format) {
        Format::Json => lines
            .fmt_fields(json::fields())
            .event_format(json::Lines)
            .init(),
        Format::Text if journal::is_stderr(global.journal_stream.as_deref()) => {
            lines.with_ansi(false).event_format(journal::Lines).init();
        }
        Format::Text => lines.with_ansi(std::io::stderr().is_terminal()).init(),
    }
    Ok(())
}

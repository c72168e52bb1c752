//! Writes a log, line by line, while its machine runs.

use std::time::Instant;

use hub_model::Now;

use super::{Given, LONGEST, TooLong, wire};
use crate::machine::Config;

/// Makes the lines of one log; whoever owns it puts them into a file, each with a line feed.
#[derive(Clone, Copy, Debug)]
pub struct Writer {
    base: Instant,
}

impl Writer {
    /// A writer for a machine that starts now, and the first line.
    #[must_use]
    pub fn begin(config: &Config, now: Now) -> (Self, String) {
        let header = wire::header(&config.place, config.past);
        (Self { base: now.mono }, header)
    }

    /// The line of one input; none for an event that the machine does not read.
    ///
    /// # Errors
    /// When it would be longer than a log is read: the log must end here.
    pub fn line(&self, given: Given<'_>, now: Now) -> Result<Option<String>, TooLong> {
        let since = now.mono.saturating_duration_since(self.base);
        bounded(wire::line(now.wall, since, given))
    }
}

pub(super) fn bounded(line: Option<String>) -> Result<Option<String>, TooLong> {
    match line {
        Some(line) if line.len() > LONGEST => Err(TooLong { bytes: line.len() }),
        line => Ok(line),
    }
}

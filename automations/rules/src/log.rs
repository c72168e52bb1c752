//! The log of a machine's inputs: what it was given and when, as lines of JSON.
//!
//! The machine is pure, so its inputs are all there is to know of what it did: given to another
//! machine at the same times ([`crate::replay`]) they make the same runs, commands and traces. The
//! log holds what the machine reads and nothing more: no users, no certificates, no history.
//!
//! The first line says the format and how the machine is set up; each other line is one input with
//! its wall time in microseconds and its monotonic time in nanoseconds since the log began (the
//! machine compares deadlines to the nanosecond):
//!
//! ```text
//! {"ingle-log":1,"place":{"zone":"Europe/Berlin"},"past":1790000000000000}
//! [1795795200000000,0,{"start":{"home":{…},"stored":[["next_run","1000"]]}}]
//! [1795795201000000,1000000000,{"event":[7,1795795201000000,{"changed":[[16,1,6,0],true,[false,"known"],1795795201000000,null,12]}]}]
//! [1795795202000000,2000000000,"timeout"]
//! ```
//!
//! The machine takes note of the clock with every input. So that a replay sees what it saw, whoever
//! owns it passes by those events that it does not read ([`is_read`]), which are not logged either.
//!
//! Not here: files, and when a new one begins.

mod reads;
mod wire;
mod writer;

use std::time::{Duration, Instant};

use hub_engine::{Event, Snapshot};
use hub_model::{CauseId, Now, Timestamp};

use crate::machine::{Config, Order, Person};
use crate::schedule::{LocationError, Place, UnknownZone};

pub use reads::is_read;
pub use writer::Writer;

/// The version of the format that is written, and the newest that is read.
pub const VERSION: u32 = 1;

/// The longest line, in bytes: more than the biggest home takes.
pub const LONGEST: usize = 64 * 1024 * 1024;

/// A log as read: how the machine was set up, and what it was given.
#[derive(Clone, Debug, PartialEq)]
pub struct Log {
    /// Where the home is.
    pub place: Place,
    /// A moment that is past for certain.
    pub past: Timestamp,
    /// What the machine was given, in order. The first is [`Input::Start`], and no other is.
    pub entries: Vec<Entry>,
}

/// One input, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What the wall clock showed.
    pub wall: Timestamp,
    /// How long after the log began, by the clock that never steps. It does not descend.
    pub since: Duration,
    /// What the machine was given.
    pub input: Input,
}

/// What a machine is given.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// [`crate::machine::Machine::start`].
    Start {
        /// The home, as far as the machine reads it.
        home: Box<Snapshot>,
        /// What was stored.
        stored: Vec<(String, String)>,
    },
    /// [`crate::machine::Machine::handle_event`].
    Event(Box<Event>),
    /// [`crate::machine::Machine::handle_timeout`].
    Timeout,
    /// [`crate::machine::Machine::handle_taken`].
    Taken {
        /// The command.
        token: u64,
        /// The engine's answer.
        answer: Result<CauseId, String>,
    },
    /// [`crate::machine::Machine::handle_order`].
    Order {
        /// What was asked.
        order: Order,
        /// Who asked.
        by: Person,
    },
    /// [`crate::machine::Machine::handle_gap`].
    Gap {
        /// The home, as far as the machine reads it.
        home: Box<Snapshot>,
    },
}

/// What a machine is given, before it is.
#[derive(Clone, Copy, Debug)]
pub enum Given<'a> {
    /// [`Input::Start`].
    Start {
        /// The home.
        home: &'a Snapshot,
        /// What was stored.
        stored: &'a [(String, String)],
    },
    /// [`Input::Event`].
    Event(&'a Event),
    /// [`Input::Timeout`].
    Timeout,
    /// [`Input::Taken`].
    Taken {
        /// The command.
        token: u64,
        /// The engine's answer.
        answer: &'a Result<CauseId, String>,
    },
    /// [`Input::Order`].
    Order {
        /// What was asked.
        order: &'a Order,
        /// Who asked.
        by: &'a Person,
    },
    /// [`Input::Gap`].
    Gap {
        /// The home.
        home: &'a Snapshot,
    },
}

/// Why a text is no log that can be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The first line is not a log's.
    #[error("line {line} is not the first line of a log, {{\"ingle-log\":{VERSION},…}}: {why}")]
    NotALog {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// A newer hub wrote it.
    #[error("it is of format {0}, which only a newer hub can read")]
    Newer(u32),
    /// The home's time zone is not known here.
    #[error("the home's time zone")]
    Zone(#[from] UnknownZone),
    /// The home is nowhere on Earth.
    #[error("the home's location")]
    Location(#[from] LocationError),
    /// A line is longer than any that is written.
    #[error("line {line} has {bytes} bytes; at most {LONGEST} are read")]
    TooLong {
        /// The line, from 1.
        line: usize,
        /// Its length.
        bytes: usize,
    },
    /// A line cannot be read.
    #[error("line {line}: {why}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
}

/// An input takes more than one line may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an input takes a line of {bytes} bytes; at most {LONGEST} are written")]
pub struct TooLong {
    /// How many it takes.
    pub bytes: usize,
}

/// Reads a log.
///
/// # Errors
/// When it is none, or a line of it cannot be read, such as one that was cut off by a crash.
pub fn read(text: &str) -> Result<Log, LogError> {
    read_lines(lines(text))
}

/// The lines of a text with their numbers, without empty ones.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    numbered.filter(|(_, line)| !line.is_empty())
}

pub(crate) fn read_lines<'a>(
    mut lines: impl Iterator<Item = (usize, &'a str)>,
) -> Result<Log, LogError> {
    let (line, first) = lines.next().unwrap_or((1, ""));
    let (place, past) = wire::read_header(line, first)?;
    let mut log = Log {
        place,
        past,
        entries: Vec::new(),
    };
    for (line, text) in lines {
        let bytes = text.len();
        if bytes > LONGEST {
            return Err(LogError::TooLong { line, bytes });
        }
        let entry = wire::read_entry(text).map_err(|why| LogError::Line { line, why })?;
        if let Err(why) = log.follows(&entry) {
            let why = why.to_owned();
            return Err(LogError::Line { line, why });
        }
        log.entries.push(entry);
    }
    Ok(log)
}

impl Log {
    /// How the machine was set up.
    #[must_use]
    pub fn config(&self) -> Config {
        Config {
            place: self.place.clone(),
            past: self.past,
        }
    }

    /// The log as text. Read again, it equals this one as far as a machine reads it.
    ///
    /// # Errors
    /// When an entry takes more than one line may have.
    pub fn to_text(&self) -> Result<String, TooLong> {
        let mut text = wire::header(&self.place, self.past);
        text.push('\n');
        for entry in &self.entries {
            let line = wire::line(entry.wall, entry.since, entry.input.given());
            if let Some(line) = writer::bounded(line)? {
                text.push_str(&line);
                text.push('\n');
            }
        }
        Ok(text)
    }

    /// Whether an entry can come next.
    fn follows(&self, entry: &Entry) -> Result<(), &'static str> {
        let is_start = matches!(entry.input, Input::Start { .. });
        let last = self.entries.last().map(|last| last.since);
        match last {
            None if !is_start => Err("a log begins with the start of the machine"),
            Some(_) if is_start => Err("a log has one start of the machine"),
            Some(last) if entry.since < last => Err("it is of a time before the line above"),
            None | Some(_) => Ok(()),
        }
    }
}

impl Entry {
    /// The present of this entry, when the log began at `base`.
    #[must_use]
    pub fn now(&self, base: Instant) -> Now {
        Now {
            mono: base + self.since,
            wall: self.wall,
        }
    }
}

impl Input {
    /// The input, before it is given.
    #[must_use]
    pub fn given(&self) -> Given<'_> {
        match self {
            Self::Start { home, stored } => Given::Start { home, stored },
            Self::Event(event) => Given::Event(event),
            Self::Timeout => Given::Timeout,
            Self::Taken { token, answer } => Given::Taken {
                token: *token,
                answer,
            },
            Self::Order { order, by } => Given::Order { order, by },
            Self::Gap { home } => Given::Gap { home },
        }
    }
}

#[cfg(test)]
mod tests;

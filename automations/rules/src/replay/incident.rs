//! An incident: a log and what came of it, in one file that can be sent to somebody.
//!
//! ```text
//! {"ingle-incident":1}
//! {"ingle-log":1,…}            the log, all of its lines
//! [1795795200000000,0,{"start":…}]
//! {"trace":{…}}                the traces that the hub recorded, ascending by run
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::{Replay, replay};
use crate::log::{self, Log, LogError, TooLong};
use crate::trace::{RunId, Trace};

/// The version of the format that is written, and the newest that is read.
pub const VERSION: u32 = 1;

/// A log with the traces that the hub recorded meanwhile.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// What the machine was given.
    pub log: Log,
    /// What it did, ascending by run: the traces of all its rules.
    pub traces: Vec<Arc<Trace>>,
}

/// A run that was not replayed as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    /// The run.
    pub run: RunId,
    /// Its trace as recorded, as JSON; none when it was not.
    pub recorded: Option<String>,
    /// Its trace as replayed, as JSON; none when it was not.
    pub replayed: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct First {
    #[serde(rename = "ingle-incident")]
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct Recorded {
    trace: Arc<Trace>,
}

impl Incident {
    /// The incident as text.
    ///
    /// # Errors
    /// When an entry of the log takes more than one line may have.
    pub fn to_text(&self) -> Result<String, TooLong> {
        let mut text = json(&First { version: VERSION });
        text.push('\n');
        text.push_str(&self.log.to_text()?);
        for trace in &self.traces {
            let trace = Arc::clone(trace);
            text.push_str(&json(&Recorded { trace }));
            text.push('\n');
        }
        Ok(text)
    }

    /// Reads an incident.
    ///
    /// # Errors
    /// When it is none, or a line of it cannot be read.
    pub fn read(text: &str) -> Result<Self, LogError> {
        let mut lines = log::lines(text).peekable();
        let (line, first) = lines.next().unwrap_or((1, ""));
        let first = serde_json::from_str::<First>(first).map_err(|error| LogError::NotALog {
            line,
            why: error.to_string(),
        })?;
        if first.version > VERSION {
            return Err(LogError::Newer(first.version));
        }
        let is_trace = |line: &str| line.starts_with("{\"trace\"");
        let log = log::read_lines(std::iter::from_fn(|| {
            lines.next_if(|(_, line)| !is_trace(line))
        }))?;
        let traces = lines.map(|(line, text)| {
            let recorded = serde_json::from_str::<Recorded>(text);
            recorded
                .map(|recorded| recorded.trace)
                .map_err(|error| LogError::Line {
                    line,
                    why: error.to_string(),
                })
        });
        Ok(Self {
            log,
            traces: traces.collect::<Result<_, _>>()?,
        })
    }

    /// Gives the log to a machine, as if it had begun at `base`.
    #[must_use]
    pub fn replay(&self, base: Instant) -> Replay {
        replay(&self.log, base)
    }

    /// The runs that were not replayed as they were recorded; none when all were. Runs before the
    /// first that was recorded do not count: the hub does not keep traces for ever.
    #[must_use]
    pub fn compare(&self, replay: &Replay) -> Vec<Other> {
        let recorded = by_run(&self.traces);
        let (replayed, held) = (by_run(&replay.traces), by_run(&replay.held));
        let first = recorded.keys().next().copied();
        let more = replayed
            .keys()
            .filter(|id| first.is_none_or(|first| **id >= first));
        let runs: BTreeSet<RunId> = recorded.keys().chain(more).copied().collect();
        let differs = |id: &RunId| {
            let is = recorded.get(id);
            is != replayed.get(id) && (is.is_none() || is != held.get(id))
        };
        let others = runs.into_iter().filter(differs).map(|run| Other {
            run,
            recorded: recorded.get(&run).map(json),
            replayed: replayed.get(&run).map(json),
        });
        others.collect()
    }
}

fn by_run(traces: &[Arc<Trace>]) -> BTreeMap<RunId, &Trace> {
    traces.iter().map(|trace| (trace.id, &**trace)).collect()
}

fn json(what: &impl Serialize) -> String {
    serde_json::to_string(what).expect("own structs of text and numbers become JSON")
}

//! The recording: all that the machine is given, to the nanosecond, so that an incident can be
//! repeated. Rules are tried on the history, which reaches back much further; on the recording only
//! where no history is kept.
//!
//! A recording is a row of segments. Each begins with the home as it was and holds every input after
//! it, as lines of `rules::log`. A segment ends when the hub does, or when it has become long: then
//! the machine is made anew from what is on disk, at a moment when nothing is under way, so that a
//! replay can begin there.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use hub_model::{Now, Timestamp};
use rules::log::{Given, Writer};
use rules::machine::Config;
use tokio::sync::oneshot;
use tracing::warn;

use crate::store::RunStoreError;

/// A segment is renewed when it is this old.
const RENEW_AFTER: Duration = Duration::from_secs(6 * 3600);
/// Or has this many lines: some ten megabytes.
const RENEW_AT: u64 = 100_000;

/// What a recorder is handed.
#[derive(Debug)]
pub enum Piece {
    /// A segment begins with this line.
    Begin {
        /// When.
        at: Timestamp,
        /// The line.
        line: String,
    },
    /// A line of the segment.
    Line(String),
    /// Give a copy of the segment so far.
    Copy(oneshot::Sender<String>),
}

/// Keeps a recording.
#[async_trait]
pub trait Recorder: Send + Sync {
    /// Takes a piece without waiting; false when it had no room, so that the segment is not whole.
    fn take(&self, piece: Piece) -> bool;

    /// The segments that hold what was from `from` on, oldest first, each a whole log.
    ///
    /// # Errors
    /// When they cannot be read.
    async fn segments(&self, from: Timestamp) -> Result<Vec<String>, RunStoreError>;
}

/// The machine's side of a recording.
pub(crate) struct Recording {
    recorder: Arc<dyn Recorder>,
    writer: Option<Writer>,
    lines: u64,
    began: Option<Now>,
}

impl Recording {
    pub(crate) const fn new(recorder: Arc<dyn Recorder>) -> Self {
        Self {
            recorder,
            writer: None,
            lines: 0,
            began: None,
        }
    }

    /// Begins a segment. Its first input is the machine's start.
    pub(crate) fn begin(&mut self, config: &Config, now: Now) {
        let (writer, line) = Writer::begin(config, now);
        self.writer = Some(writer);
        self.lines = 0;
        self.began = Some(now);
        let at = now.wall;
        if !self.recorder.take(Piece::Begin { at, line }) {
            self.broken();
        }
    }

    /// Records what the machine is about to be given.
    pub(crate) fn line(&mut self, given: Given<'_>, now: Now) {
        let Some(writer) = &self.writer else { return };
        match writer.line(given, now) {
            Ok(None) => {}
            Ok(Some(line)) => {
                self.lines += 1;
                if !self.recorder.take(Piece::Line(line)) {
                    self.broken();
                }
            }
            Err(error) => {
                warn!(%error, "an input of the rules is too long to be recorded");
                self.broken();
            }
        }
    }

    /// The segment misses something, so it ends; the next begins when it can.
    fn broken(&mut self) {
        if self.writer.take().is_some() {
            warn!("the recording could not keep up, and goes on at the next quiet moment");
        }
    }

    /// Whether a new segment is wanted.
    pub(crate) fn is_due(&self, now: Now) -> bool {
        let age = self
            .began
            .map(|began| now.mono.saturating_duration_since(began.mono));
        self.writer.is_none() || self.lines >= RENEW_AT || age.is_some_and(|age| age >= RENEW_AFTER)
    }

    /// A copy of the segment so far.
    pub(crate) fn copy(&self, reply: oneshot::Sender<String>) {
        if self.writer.is_some() {
            self.recorder.take(Piece::Copy(reply));
        }
    }
}

/// A recording that is forgotten with the program.
#[derive(Debug, Default)]
pub struct MemoryRecorder {
    segments: Mutex<Vec<String>>,
}

#[async_trait]
impl Recorder for MemoryRecorder {
    fn take(&self, piece: Piece) -> bool {
        let mut segments = self.segments.lock().unwrap_or_else(PoisonError::into_inner);
        match (piece, segments.last_mut()) {
            (Piece::Begin { line, .. }, _) => segments.push(line + "\n"),
            (Piece::Line(line), Some(last)) => {
                last.push_str(&line);
                last.push('\n');
            }
            (Piece::Copy(reply), Some(last)) => drop(reply.send(last.clone())),
            (_, None) => return false,
        }
        true
    }

    async fn segments(&self, _: Timestamp) -> Result<Vec<String>, RunStoreError> {
        Ok(self
            .segments
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone())
    }
}

//! `recording/`: what the rules were given, as files of lines, so that an incident can be repeated.
//!
//! Each segment is a file named after the moment at which it begins. Files are appended to without
//! being synced: a crash costs the last second of the past and nothing else. The oldest are deleted
//! when there are too many; when the disk is full the recording stops until there is room.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use hub_model::Timestamp;
use rule_runner::{Piece, Recorder, RunStoreError};
use tokio::sync::oneshot;
use tracing::warn;

use crate::error::OpenError;
use crate::state_dir::create_private_dir;

/// The folder's name in the state directory.
const FOLDER: &str = "recording";
/// Lines that may wait for the disk: a second of a very busy home.
const WAITING: usize = 16_384;
/// How often lines are handed to the disk.
const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// Octets that all segments may have together.
const BUDGET: u64 = 128 << 20;
/// Octets that are read at once.
const MOST_READ: u64 = 128 << 20;

/// Keeps the recording. Clones share it.
#[derive(Clone, Debug)]
pub struct RecordingDir {
    dir: PathBuf,
    pieces: SyncSender<Piece>,
}

impl RecordingDir {
    /// Opens the recording in a state directory, or makes it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn open(state_dir: &Path) -> Result<Self, OpenError> {
        let dir = state_dir.join(FOLDER);
        create_private_dir(&dir)?;
        let (pieces, inbox) = sync_channel(WAITING);
        let segment = Segment {
            dir: dir.clone(),
            file: None,
        };
        thread::Builder::new()
            .name("recording".to_owned())
            .spawn(move || segment.serve(&inbox))
            .map_err(OpenError::file("start the thread of", &dir))?;
        Ok(Self { dir, pieces })
    }
}

/// The segment that is being written.
struct Segment {
    dir: PathBuf,
    file: Option<(PathBuf, BufWriter<File>)>,
}

impl Segment {
    fn serve(mut self, inbox: &Receiver<Piece>) {
        loop {
            let done = match inbox.recv_timeout(FLUSH_EVERY) {
                Ok(piece) => self.take(piece),
                Err(RecvTimeoutError::Timeout) => self.flush(),
                Err(RecvTimeoutError::Disconnected) => break,
            };
            if let Err(error) = done {
                // The lines that follow are of no use without those before them.
                warn!(%error, "the recording stops until its next segment");
                self.file = None;
            }
        }
        let _ = self.flush();
    }

    fn take(&mut self, piece: Piece) -> io::Result<()> {
        match piece {
            Piece::Begin { at, line } => {
                self.flush()?;
                tidy(&self.dir);
                let path = self.dir.join(format!("{:020}.jsonl", at.0.max(0)));
                let mut options = File::options();
                options.write(true).create(true).truncate(true).mode(0o600);
                let file = options.open(&path)?;
                self.file = Some((path, BufWriter::new(file)));
                self.write(&line)
            }
            Piece::Line(line) => self.write(&line),
            Piece::Copy(reply) => {
                self.flush()?;
                if let Some((path, _)) = &self.file {
                    // Who no longer waits for the copy is none of our business.
                    let _ = reply.send(fs::read_to_string(path)?);
                }
                Ok(())
            }
        }
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        let Some((_, file)) = &mut self.file else {
            return Ok(());
        };
        file.write_all(line.as_bytes())?;
        file.write_all(b"\n")
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.file {
            Some((_, file)) => file.flush(),
            None => Ok(()),
        }
    }
}

/// The segments there are, oldest first: when each begins, how large it is, and its file.
fn segments(dir: &Path) -> Vec<(Timestamp, u64, PathBuf)> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    let found = entries.flatten().filter_map(|entry| {
        let path = entry.path();
        let name = path.file_name()?.to_str()?.strip_suffix(".jsonl")?;
        let at = Timestamp(name.parse().ok()?);
        Some((at, entry.metadata().ok()?.len(), path))
    });
    let mut found: Vec<_> = found.collect();
    found.sort();
    found
}

/// Deletes the oldest segments that are beyond the budget.
fn tidy(dir: &Path) {
    let mut room = BUDGET;
    for (_, size, path) in segments(dir).into_iter().rev() {
        match room.checked_sub(size) {
            Some(left) => room = left,
            None => {
                room = 0;
                if let Err(error) = fs::remove_file(&path) {
                    warn!(%error, path = %path.display(), "an old recording cannot be deleted");
                }
            }
        }
    }
}

/// The texts of the segments from a moment on.
fn read_from(dir: &Path, from: Timestamp) -> Result<Vec<String>, RunStoreError> {
    let all = segments(dir);
    // The one before the moment tells how the home was then.
    let first = all
        .partition_point(|(at, ..)| *at <= from)
        .saturating_sub(1);
    let wanted = all.get(first..).unwrap_or_default();
    let size: u64 = wanted.iter().map(|(_, size, _)| size).sum();
    if size > MOST_READ {
        let what = "that is too much of the past at once; give a later --from";
        return Err(RunStoreError::Database(what.to_owned()));
    }
    let mut texts = Vec::new();
    for (_, _, path) in wanted {
        match fs::read_to_string(path) {
            // A crash may have left half a line at the end.
            Ok(mut text) => {
                text.truncate(text.rfind('\n').map_or(0, |end| end + 1));
                if !text.is_empty() {
                    texts.push(text);
                }
            }
            Err(error) => warn!(%error, path = %path.display(), "a recording cannot be read"),
        }
    }
    Ok(texts)
}

#[async_trait]
impl Recorder for RecordingDir {
    fn take(&self, piece: Piece) -> bool {
        self.pieces.try_send(piece).is_ok()
    }

    async fn segments(&self, from: Timestamp) -> Result<Vec<String>, RunStoreError> {
        let dir = self.dir.clone();
        let (reply, answer) = oneshot::channel();
        let read = move || drop(reply.send(read_from(&dir, from)));
        let spawned = thread::Builder::new()
            .name("recording-read".to_owned())
            .spawn(read);
        spawned.map_err(|error| RunStoreError::Database(error.to_string()))?;
        answer.await.map_err(|_| RunStoreError::Closed)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(at: i64, line: &str) -> Piece {
        Piece::Begin {
            at: Timestamp(at),
            line: line.into(),
        }
    }

    async fn copy(recording: &RecordingDir) -> String {
        let (reply, answer) = oneshot::channel();
        assert!(recording.take(Piece::Copy(reply)));
        answer.await.unwrap()
    }

    #[tokio::test]
    async fn segments_are_read_from_the_one_in_which_the_moment_lies() {
        let dir = tempfile::tempdir().unwrap();
        let recording = RecordingDir::open(dir.path()).unwrap();
        for (at, name) in [(1_000, "a"), (2_000, "b"), (3_000, "c")] {
            assert!(recording.take(begin(at, name)));
            assert!(recording.take(Piece::Line("line".into())));
        }
        assert_eq!(copy(&recording).await, "c\nline\n");
        let from = async |at| recording.segments(Timestamp(at)).await.unwrap();
        assert_eq!(from(2_500).await, ["b\nline\n", "c\nline\n"]);
        assert_eq!(from(2_000).await, ["b\nline\n", "c\nline\n"]);
        assert_eq!(from(0).await.len(), 3);
    }

    #[tokio::test]
    async fn half_a_line_at_the_end_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let recording = RecordingDir::open(dir.path()).unwrap();
        let path = dir.path().join(FOLDER).join("00000000000000001000.jsonl");
        fs::write(path, "whole\nhal").unwrap();
        assert_eq!(
            recording.segments(Timestamp(5_000)).await.unwrap(),
            ["whole\n"]
        );
    }

    #[test]
    fn the_oldest_go_when_there_is_too_much() {
        let dir = tempfile::tempdir().unwrap();
        for at in 1..=3_u64 {
            let file = File::create(dir.path().join(format!("{at:020}.jsonl"))).unwrap();
            // Sparse: it has a size and takes no room.
            file.set_len(BUDGET / 2).unwrap();
        }
        tidy(dir.path());
        let left: Vec<_> = segments(dir.path())
            .into_iter()
            .map(|(at, ..)| at.0)
            .collect();
        assert_eq!(left, [2, 3]);
    }
}

//! A started program: its lines as they come, its log on disk, its end.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::SOON;

/// A running program. It is killed when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    input: Option<ChildStdin>,
    output: Stream,
    errors: Stream,
    log: PathBuf,
}

/// One of its outputs.
#[derive(Debug)]
struct Stream {
    lines: Arc<Lines>,
    /// Lines looked at by earlier waits.
    seen: usize,
}

/// What a program has said so far.
#[derive(Debug, Default)]
struct Lines {
    said: Mutex<Said>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Said {
    lines: Vec<(String, Instant)>,
    is_over: bool,
}

impl Process {
    /// Starts a program. Its outputs are taken line by line, and copied to a log (errors) and
    /// beside it (standard output).
    ///
    /// # Panics
    /// When it cannot be started.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("start {command:?}: {error}"));
        let output = child.stdout.take().expect("piped above");
        let errors = child.stderr.take().expect("piped above");
        Self {
            input: child.stdin.take(),
            child,
            output: Stream::follow(output, &log.with_extension("out")),
            errors: Stream::follow(errors, log),
            log: log.to_owned(),
        }
    }

    /// Waits for a line of output that `pick` takes, among those after the last that was taken.
    ///
    /// # Errors
    /// When none came in time, or the program ended.
    pub(crate) fn wait_for<T>(
        &mut self,
        within: Duration,
        pick: impl FnMut(&str) -> Option<T>,
    ) -> Result<(T, Instant), String> {
        let waited = self.output.wait_for(within, pick);
        waited.map_err(|why| format!("{}: {why}", self.log.display()))
    }

    /// Puts the last line that was taken back.
    pub(crate) fn unread(&mut self) {
        self.output.seen = self.output.seen.saturating_sub(1);
    }

    /// Waits for a line of error output that holds a text.
    ///
    /// # Errors
    /// When none came in time, or the program ended.
    pub(crate) fn wait_for_error(
        &mut self,
        within: Duration,
        text: &str,
    ) -> Result<Instant, String> {
        let waited = self
            .errors
            .wait_for(within, |line| line.contains(text).then_some(()));
        let told = waited.map(|((), at)| at);
        told.map_err(|why| format!("{}: {why}: {text:?}", self.log.display()))
    }

    /// Says a line to the program.
    ///
    /// # Panics
    /// When it has ended.
    pub(crate) fn say(&mut self, line: &str) {
        let input = self.input.as_mut().expect("its input is open");
        writeln!(input, "{line}").expect("it listens");
    }

    /// Kills it, as a power cut would, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to end, as the service manager would, and waits for that.
    ///
    /// # Panics
    /// When it does not end in time.
    pub(crate) fn terminate(&mut self, within: Duration) -> ExitStatus {
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        assert!(
            asked.is_ok_and(|status| status.success()),
            "kill -TERM works"
        );
        let ended = self.wait_for(within, |_| None::<()>);
        let ended = ended.expect_err("no line was picked");
        assert!(
            ended.ends_with(ENDED),
            "{ended} within {within:?} of SIGTERM"
        );
        self.child.wait().expect("it is our child")
    }

    /// Its exit code, once it has ended and all that it said has been taken.
    ///
    /// # Panics
    /// When a signal ended it.
    pub(crate) fn code(&mut self) -> i32 {
        let _ = self.errors.wait_for(SOON, |_| None::<()>);
        let status = self.child.wait().expect("it is our child");
        status
            .code()
            .unwrap_or_else(|| panic!("{}: {status}", self.log.display()))
    }

    /// Its error output so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Stream {
    fn follow(stream: impl Read + Send + 'static, copy: &Path) -> Self {
        let lines = Arc::new(Lines::default());
        let theirs = Arc::clone(&lines);
        let mut copy = File::create(copy).expect("the lab's folder takes files");
        std::thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n') {
                let Ok(line) = line else { break };
                let line = String::from_utf8_lossy(&line).into_owned();
                let _ = writeln!(copy, "{line}");
                theirs.said().lines.push((line, now()));
                theirs.changed.notify_all();
            }
            theirs.said().is_over = true;
            theirs.changed.notify_all();
        });
        Self { lines, seen: 0 }
    }

    fn wait_for<T>(
        &mut self,
        within: Duration,
        mut pick: impl FnMut(&str) -> Option<T>,
    ) -> Result<(T, Instant), &'static str> {
        let deadline = now() + within;
        let mut said = self.lines.said();
        loop {
            while let Some((line, at)) = said.lines.get(self.seen) {
                self.seen += 1;
                if let Some(picked) = pick(line) {
                    return Ok((picked, *at));
                }
            }
            let left = deadline.saturating_duration_since(now());
            if said.is_over {
                return Err(ENDED);
            }
            if left.is_zero() {
                return Err("it did not say so in time");
            }
            let changed = self.lines.changed.wait_timeout(said, left);
            said = changed.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// What a wait says when the program ended before.
pub(crate) const ENDED: &str = "it ended";

impl Lines {
    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The present: tests measure real time against real programs.
#[expect(clippy::disallowed_methods, reason = "real programs live in real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

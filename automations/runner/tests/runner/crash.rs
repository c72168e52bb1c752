//! Two hubs under load that are killed a hundred times each, at moments of chance.
//!
//! The test starts itself as another process ([`child`]), kills that without warning, and starts it
//! anew on the same state directory. All that was on disk at any time is kept in mind and compared
//! with what the devices did ([`verdict`]).
//!
//! `INGLE_CRASH_SEED` (the first of two) and `INGLE_CRASH_LIVES` repeat a run, or make a longer one.

mod child;
mod home;
mod verdict;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use hub_store::RunDb;
use rule_runner::{RunStore as _, TraceQuery};
use rules::trace::Trace;

use child::Life;
use verdict::Seen;

/// What the lines of the child begin with, among those of the test's harness.
const MARK: &str = "ingle-crash: ";
/// Hubs that live beside each other: the one is busy while the other starts.
const HUBS: u64 = 2;
/// How often each is killed.
const LIVES: u64 = 100;
/// How long after it is ready, in milliseconds.
const LIVES_FOR: (u64, u64) = (20, 250);
/// One in so many dies at once, maybe before it is ready.
const EARLY: u64 = 10;
/// After so many deaths all that is on disk is looked at.
const LOOK_EVERY: u64 = 4;
/// How long anything may take on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(120);
/// Lines of the child that may wait.
const LINES: usize = 4_096;

/// Chance that can be repeated: `SplitMix64`.
pub(crate) struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// The hub's process; a test of its own only because that is how it is started.
#[test]
fn a_hub_that_is_killed() {
    let Some(dir) = setting("INGLE_CRASH_DIR") else {
        return;
    };
    let number = |name| setting(name).and_then(|text| text.parse().ok()).unwrap();
    let life = Life {
        dir: dir.into(),
        number: number("INGLE_CRASH_LIFE"),
        seed: number("INGLE_CRASH_SEED"),
        is_last: setting("INGLE_CRASH_LAST").is_some(),
    };
    life.live();
}

#[test]
fn no_acknowledged_run_is_lost_and_none_runs_twice() {
    let number = |name| setting(name).and_then(|text| text.parse().ok());
    let seed = number("INGLE_CRASH_SEED").unwrap_or_else(|| u64::from(std::process::id()) * HUBS);
    let lives = number("INGLE_CRASH_LIVES").unwrap_or(LIVES);
    std::thread::scope(|scope| {
        for seed in seed..seed + HUBS {
            scope.spawn(move || live_and_die(seed, lives));
        }
    });
}

fn live_and_die(seed: u64, lives: u64) {
    println!("INGLE_CRASH_SEED={seed}");
    let temp = tempfile::tempdir().unwrap();
    let (dir, copy) = (temp.path().join("state"), temp.path().join("copy"));
    let mut chance = Chance(seed);
    let mut seen = Seen::default();
    for number in 0..lives {
        seen.begin_life();
        let mut hub = Hub::start(&dir, number, chance.next(), false);
        let is_early = number > 0 && chance.below(EARLY) == 0;
        let (from, till) = LIVES_FOR;
        let span = match is_early {
            true => chance.below(LIVES_FOR.0 * 4),
            false => from + chance.below(till - from),
        };
        if !is_early {
            hub.ready(&mut seen);
        }
        hub.kill_after(Duration::from_millis(span), &mut seen);
        if number % LOOK_EVERY == 0 {
            on_disk(&dir, &copy)
                .into_iter()
                .for_each(|trace| seen.trace(trace));
        }
    }
    seen.begin_life();
    let mut hub = Hub::start(&dir, lives, chance.next(), true);
    hub.ready(&mut seen);
    hub.ends();
    let left = on_disk(&dir, &copy);
    let tally = seen
        .judge(&dir, &left)
        .unwrap_or_else(|why| panic!("seed {seed}:\n{why}"));
    println!("{lives} deaths: {tally:?}");
    assert!(
        tally.runs as u64 > lives && tally.executed as u64 > lives,
        "too little load"
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test speaks with itself through these"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a process that is waited for lives in real time"
)]
fn present() -> Instant {
    Instant::now()
}

/// All traces on disk, and those of runs under way as they would be read at a start. A copy is
/// looked at, so that the next start finds the files as the death left them.
fn on_disk(dir: &Path, copy: &Path) -> Vec<Trace> {
    std::fs::create_dir_all(copy).unwrap();
    for name in ["runs.db", "runs.db-wal"] {
        let _ = std::fs::remove_file(copy.join(name));
        if dir.join(name).exists() {
            std::fs::copy(dir.join(name), copy.join(name)).unwrap();
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = RunDb::open(copy).unwrap();
        let query = TraceQuery {
            rule: None,
            before: None,
            limit: usize::MAX,
        };
        store.traces(query).await.unwrap()
    })
}

/// The hub's process.
struct Hub {
    child: Child,
    lines: Receiver<String>,
}

impl Hub {
    fn start(dir: &Path, number: u64, seed: u64, is_last: bool) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "crash::a_hub_that_is_killed", "--nocapture"])
            .env("INGLE_CRASH_DIR", dir)
            .env("INGLE_CRASH_LIFE", number.to_string())
            .env("INGLE_CRASH_SEED", seed.to_string())
            .stdout(Stdio::piped());
        if is_last {
            command.env("INGLE_CRASH_LAST", "1");
        }
        let mut child = command.spawn().unwrap();
        let out = child.stdout.take().unwrap();
        let (said, lines) = sync_channel(LINES);
        std::thread::spawn(move || {
            let lines = BufReader::new(out).lines().map_while(Result::ok);
            let ours = lines.filter_map(|line| line.strip_prefix(MARK).map(str::to_owned));
            for line in ours {
                if said.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    /// Waits until it says that it is ready.
    fn ready(&mut self, seen: &mut Seen) {
        let until = present() + PATIENCE;
        while let Ok(line) = self
            .lines
            .recv_timeout(until.saturating_duration_since(present()))
        {
            if line == "ready" {
                return;
            }
            take(&line, seen);
        }
        panic!("the hub did not become ready: {:?}", self.child.try_wait());
    }

    /// Kills it after a while, without warning; what it had said counts.
    fn kill_after(mut self, span: Duration, seen: &mut Seen) {
        let until = present() + span;
        loop {
            match self
                .lines
                .recv_timeout(until.saturating_duration_since(present()))
            {
                Ok(line) => take(&line, seen),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the hub ended by itself: {:?}", self.child.wait());
                }
            }
        }
        self.child.kill().unwrap();
        let ended = self.child.wait().unwrap();
        assert_eq!(ended.code(), None, "the hub ended by itself: {ended:?}");
        self.lines.iter().for_each(|line| take(&line, seen));
    }

    /// Waits until it has ended by itself.
    fn ends(mut self) {
        let line = self.lines.recv_timeout(PATIENCE);
        if line.as_deref() != Ok("ended") {
            let _ = self.child.kill();
            panic!("runs did not come to an end: {line:?}");
        }
        assert!(self.child.wait().unwrap().success());
    }
}

fn take(line: &str, seen: &mut Seen) {
    if let Some(trace) = line.strip_prefix("trace ") {
        // The death may have cut the last line.
        if let Ok(trace) = serde_json::from_str(trace) {
            seen.trace(trace);
        }
    }
}

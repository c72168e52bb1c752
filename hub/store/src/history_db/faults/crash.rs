//! SIGKILL at any instant: the test runs itself as a child that appends and tidies, and kills it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use hub_model::Timestamp;
use recorder::HistoryStore;

use super::{all_of, entry, key, open};

/// Tells the child where to append.
const CHILD: &str = "INGLE_TEST_HISTORY_CRASH_DIR";
const TEST: &str = "what_was_appended_survives_a_kill_at_any_instant";
const KILLS: u32 = 100;
const SERIES: u32 = 8;

#[tokio::test]
async fn what_was_appended_survives_a_kill_at_any_instant() {
    if let Some(dir) = std::env::var_os(CHILD) {
        return append_until_killed(Path::new(&dir)).await;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut dice = Dice(0x1234_5678_9ABC_DEF1);
    let mut last = -1;
    for round in 0..KILLS {
        let told = run_and_kill(dir.path(), &mut dice);
        let found = appended(dir.path(), round).await;
        assert!(
            found == told || found == told + 1,
            "round {round}: {told} told, {found} found"
        );
        assert!(found > last, "round {round}: nothing was appended");
        last = found;
    }
}

/// The child: appends one moment of all series after the other, and says each once it is kept.
async fn append_until_killed(dir: &Path) {
    let store = open(dir);
    store.enrol((1..=SERIES).map(key).collect()).await.unwrap();
    let last = store
        .before(recorder::SeriesId(1), Timestamp(i64::MAX))
        .await
        .unwrap();
    let mut at = last.map_or(0, |sample| sample.at.as_millis() / 1_000 + 1);
    loop {
        store
            .append((1..=SERIES).map(|series| entry(series, at)).collect())
            .await
            .unwrap();
        writeln!(std::io::stdout(), "\nappended {at}").unwrap();
        if at % 5 == 0 {
            store
                .ask(super::On::Write, |past| past.seal())
                .await
                .unwrap();
        }
        store.tidy().await.unwrap();
        at += 1;
    }
}

/// The last moment there is, which must be there of all series, with all before it.
async fn appended(dir: &Path, round: u32) -> i64 {
    let store = open(dir);
    let mut count = 0;
    for series in 1..=SERIES {
        let samples = all_of(&store, series).await.unwrap();
        assert!(
            series == 1 || samples.len() == count,
            "round {round}: half a call is there"
        );
        count = samples.len();
        for (at, sample) in (0..).zip(samples) {
            assert_eq!(sample, entry(series, at).sample, "round {round}");
        }
    }
    // Not closed: what the next child finds is as the kill left it, but for what opening does.
    i64::try_from(count).unwrap() - 1
}

/// Lets a child append for a while, kills it, and returns the last moment that it told.
fn run_and_kill(dir: &Path, dice: &mut Dice) -> i64 {
    let mut child = start(dir);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut moments =
        lines.filter_map(|line| line.unwrap().strip_prefix("appended ")?.parse().ok());
    let mut last = 0;
    for _ in 0..=dice.roll(12) {
        last = moments
            .next()
            .expect("the child appends until it is killed");
    }
    for _ in 0..dice.roll(200_000) {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What it said between the last line read and its death.
    moments.last().unwrap_or(last)
}

fn start(dir: &Path) -> Child {
    let (_, module) = module_path!().split_once("::").unwrap();
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("{module}::{TEST}"), "--nocapture"])
        .env(CHILD, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// xorshift64: where the kills fall differs enough, and the sequence is always the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

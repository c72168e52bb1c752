//! SIGKILL at any instant: the test runs itself as a child that commits, and kills it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use bridge::Storage;
use hub_engine::{ObjectChange, ObjectKind, Revision};
use hub_model::Origin;
use hub_runtime::HomeStore;

use super::{NOW, put};
use crate::{HomeDb, HomeDbOptions};

/// Tells the child where to commit.
const CHILD: &str = "INGLE_TEST_CRASH_DIR";
const TEST: &str = "acknowledged_commits_survive_a_kill_at_any_instant";
const KILLS: u32 = 20;

#[tokio::test]
async fn acknowledged_commits_survive_a_kill_at_any_instant() {
    if let Some(dir) = std::env::var_os(CHILD) {
        return commit_until_killed(Path::new(&dir)).await;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut dice = Dice(0x1234_5678_9ABC_DEF1);
    let mut last = 0;
    for round in 0..KILLS {
        let acknowledged = run_and_kill(dir.path(), &mut dice);
        let store = HomeDb::open(&HomeDbOptions::new(dir.path()), NOW).unwrap();
        let found = committed(&store).await;
        assert!(
            found == acknowledged || found == acknowledged + 1,
            "round {round}: {acknowledged} acknowledged, {found} found"
        );
        let revised = revised(&store).await;
        assert!(
            revised == found || revised == found + 1,
            "round {round}: {acknowledged} acknowledged, {revised} revised, {found} found"
        );
        assert!(found > last, "round {round}: nothing was committed");
        last = found;
        store.close().await;
    }
}

/// The child: commits one number after the other to either half of the store, and says each once
/// both are acknowledged.
async fn commit_until_killed(dir: &Path) {
    let store = HomeDb::open(&HomeDbOptions::new(dir), NOW).unwrap();
    let mut number = committed(&store).await;
    let mut revised = revised(&store).await;
    loop {
        number += 1;
        // After a kill between the two, this half is one ahead.
        if revised < number {
            HomeStore::commit(&store, revision(revised, number))
                .await
                .unwrap();
            revised = number;
        }
        let text = number.to_string();
        let changes = vec![put("last", text.as_bytes()), put(&text, &[7; 2_000])];
        Storage::commit(&store, "crash", changes).await.unwrap();
        writeln!(std::io::stdout(), "\nacknowledged {number}").unwrap();
    }
}

/// The number last committed as a record; fails when a commit is there in part.
async fn committed(store: &HomeDb) -> u64 {
    let entries = Storage::load(store, "crash").await.unwrap();
    let mut records: BTreeMap<_, _> = entries.into_iter().map(|e| (e.key, e.value)).collect();
    let last = records.remove("last").map_or(0, |value| {
        String::from_utf8(value.expose().clone())
            .unwrap()
            .parse()
            .unwrap()
    });
    let numbers: Vec<u64> = records.keys().map(|key| key.parse().unwrap()).collect();
    assert_eq!(numbers.len() as u64, last);
    assert_eq!(numbers.into_iter().max().unwrap_or(0), last);
    last
}

/// The number last committed as an object; fails when its revision is there in part.
async fn revised(store: &HomeDb) -> u64 {
    let objects = HomeStore::load(store).await.unwrap().objects;
    let last = objects
        .first()
        .map_or(0, |object| object.body.parse().unwrap());
    let revisions = store.revisions(None, usize::MAX).await.unwrap();
    assert_eq!(revisions.len() as u64, last);
    assert!(
        revisions
            .iter()
            .all(|stored| stored.revision.changes.len() == 1)
    );
    last
}

fn revision(before: u64, after: u64) -> Revision {
    Revision {
        at: NOW,
        author: Origin::Hub,
        reason: "crash".to_owned(),
        changes: vec![ObjectChange {
            kind: ObjectKind::COUNTER,
            id: "crash".to_owned(),
            before: (before > 0).then(|| before.to_string()),
            after: Some(after.to_string()),
        }],
    }
}

/// Lets a child commit for a while, kills it, and returns the last number that it acknowledged.
fn run_and_kill(dir: &Path, dice: &mut Dice) -> u64 {
    let mut child = start(dir);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut numbers = lines.filter_map(|line| {
        line.unwrap()
            .strip_prefix("acknowledged ")?
            .parse::<u64>()
            .ok()
    });
    let mut last = 0;
    for _ in 0..=dice.roll(25) {
        last = numbers
            .next()
            .expect("the child commits until it is killed");
    }
    for _ in 0..dice.roll(200_000) {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What it said between the last line read and its death.
    numbers.last().unwrap_or(last)
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

//! SIGKILL at any instant: the test runs itself as a child that commits, and kills it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use bridge::Storage;
use hub_engine::{ObjectChange, ObjectKind, Revision};
use hub_model::Origin;
use hub_runtime::HomeStore;

use super::{NOW, put};
use crate::killed::{Dice, Victim};
use crate::{HomeDb, HomeDbOptions};

/// Tells the child where to commit.
const CHILD: &str = "INGLE_TEST_CRASH_DIR";
const KILLS: u32 = 20;
const VICTIM: Victim = Victim {
    module: module_path!(),
    test: "acknowledged_commits_survive_a_kill_at_any_instant",
    variable: CHILD,
    word: "acknowledged ",
    most: 25,
};

#[tokio::test]
async fn acknowledged_commits_survive_a_kill_at_any_instant() {
    if let Some(dir) = std::env::var_os(CHILD) {
        return commit_until_killed(Path::new(&dir)).await;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut dice = Dice(0x1234_5678_9ABC_DEF1);
    let mut last = 0;
    for round in 0..KILLS {
        let acknowledged = VICTIM.run_and_kill(dir.path(), &mut dice);
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

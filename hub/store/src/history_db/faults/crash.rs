//! SIGKILL at any instant: the test runs itself as a child that appends and tidies, and kills it.

use std::io::Write;
use std::path::Path;

use hub_model::Timestamp;
use recorder::HistoryStore;

use super::{all_of, entry, key, open};
use crate::killed::{Dice, Victim};

/// Tells the child where to append.
const CHILD: &str = "INGLE_TEST_HISTORY_CRASH_DIR";
const KILLS: u32 = 100;
const VICTIM: Victim = Victim {
    module: module_path!(),
    test: "what_was_appended_survives_a_kill_at_any_instant",
    variable: CHILD,
    word: "appended ",
    most: 12,
};
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
        let told = VICTIM.run_and_kill(dir.path(), &mut dice);
        let told = i64::try_from(told).unwrap();
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

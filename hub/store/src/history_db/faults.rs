//! What happens when the disk, the file or the process fail: the hub goes on, little is lost, and `home.db`
//! is not touched.

mod crash;
mod damage;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use history::rollup::{Period, Rollup};
use history::sample::Sample;
use history::series::SeriesKey;
use hub_model::{Timestamp, Value};
use recorder::{Entry, HistoryStore, SeriesId, StoreError};
use rusqlite::Connection;

use super::{DATABASE, HistoryDb, On};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const SERIES: u32 = 40;
/// Samples of each series of a full history.
const SAMPLES: i64 = 2_000;
const EACH: usize = 2_000;
const ALL: usize = EACH * 40;

fn key(number: u32) -> SeriesKey {
    SeriesKey::Foreign(format!("sensor/{number}").into())
}

fn open(dir: &Path) -> HistoryDb {
    HistoryDb::open(dir, NOW).unwrap()
}

fn entry(series: u32, at: i64) -> Entry {
    // Noisy, so that blocks take several pages.
    let value = (at * 2_654_435_761 + i64::from(series) * 40_503) % (1 << 32);
    Entry {
        series: SeriesId(series),
        sample: Sample::known(Timestamp::from_millis(at * 1_000), Value::Int(value)),
    }
}

fn rollup(at: i64) -> Rollup {
    Rollup {
        from: Timestamp::from_secs(at * 300),
        samples: 1,
        known_ms: 7,
        numbers: None,
        states: vec![(Value::Bool(true), 7)],
        other_ms: 0,
    }
}

/// A history with samples in segments, some in the journal, roll-ups and a note; closed without tidying
/// when `is_killed`.
async fn full(dir: &Path) -> HistoryDb {
    let store = open(dir);
    store.enrol((1..=SERIES).map(key).collect()).await.unwrap();
    for at in 0..SAMPLES {
        store
            .append((1..=SERIES).map(|series| entry(series, at)).collect())
            .await
            .unwrap();
    }
    let rollups = (1..=SERIES).map(|series| (SeriesId(series), (0..50).map(rollup).collect()));
    store
        .put_rollups(Period::FiveMinutes, rollups.collect())
        .await
        .unwrap();
    store.set_note("zone", "Europe/Oslo").await.unwrap();
    store
        .set_rolled_until(Timestamp::from_secs(-1))
        .await
        .unwrap();
    store
}

async fn all_of(store: &HistoryDb, series: u32) -> Result<Vec<Sample>, StoreError> {
    let (from, to) = (Timestamp(i64::MIN), Timestamp(i64::MAX));
    store.read(SeriesId(series), from, to, usize::MAX).await
}

/// How many samples can be read; none must be other than it was.
async fn readable(store: &HistoryDb) -> usize {
    let mut count = 0;
    for series in 1..=SERIES {
        // What is damaged is met once.
        let samples = match all_of(store, series).await {
            Ok(samples) => samples,
            Err(StoreError::Damaged(_)) => all_of(store, series).await.unwrap_or_default(),
            Err(error) => panic!("{error}"),
        };
        for sample in &samples {
            let at = sample.at.as_millis() / 1_000;
            assert_eq!(*sample, entry(series, at).sample);
        }
        count += samples.len();
    }
    count
}

async fn tidied(store: &HistoryDb) {
    loop {
        match store.tidy().await {
            Ok(true) | Err(StoreError::Damaged(_)) => {}
            Ok(false) => return,
            Err(error) => panic!("{error}"),
        }
    }
}

async fn pragma(store: &HistoryDb, name: &'static str, value: i64) {
    store
        .ask(On::Read, move |past| {
            past.connection()?
                .pragma_update_and_check(None, name, value, |_| Ok(()))?;
            Ok(())
        })
        .await
        .unwrap();
}

fn damaged(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    entries
        .filter(|path| {
            name(path).contains(".damaged-")
                && !name(path).ends_with("-wal")
                && !name(path).ends_with("-shm")
        })
        .collect()
}

#[tokio::test]
async fn its_files_are_private() {
    let dir = tempfile::tempdir().unwrap();
    let store = full(dir.path()).await;
    for name in ["history.db", "history.db-wal", "history.db-shm"] {
        let mode = fs::metadata(dir.path().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
    store.close().await;
}

#[tokio::test]
async fn a_full_disk_refuses_loses_nothing_and_works_again_with_room() {
    let dir = tempfile::tempdir().unwrap();
    let store = full(dir.path()).await;
    // SQLite never goes below the present size, so 1 means: not a page more.
    pragma(&store, "max_page_count", 1).await;
    let mut kept = SAMPLES;
    let error = loop {
        let batch = (1..=SERIES).map(|series| entry(series, kept)).collect();
        match store.append(batch).await {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error, StoreError::Full);
    let count = usize::try_from(kept).unwrap() * SERIES as usize;
    assert_eq!(readable(&store).await, count);

    pragma(&store, "max_page_count", 1_000_000).await;
    store
        .append((1..=SERIES).map(|series| entry(series, kept)).collect())
        .await
        .unwrap();
    tidied(&store).await;
    assert_eq!(readable(&store).await, count + SERIES as usize);
    store.close().await;
}

#[tokio::test]
async fn a_merge_without_room_is_given_up_and_done_later() {
    let dir = tempfile::tempdir().unwrap();
    let store = full(dir.path()).await;
    for at in SAMPLES..SAMPLES + 10 {
        store
            .append((1..=SERIES).map(|series| entry(series, at)).collect())
            .await
            .unwrap();
        store.ask(On::Write, |past| past.seal()).await.unwrap();
    }
    pragma(&store, "max_page_count", 1).await;
    let mut refused = 0;
    for _ in 0..50 {
        refused += u32::from(store.tidy().await == Err(StoreError::Full));
    }
    assert!(refused > 0);
    let count = ALL + 10 * SERIES as usize;
    assert_eq!(readable(&store).await, count);
    pragma(&store, "max_page_count", 1_000_000).await;
    tidied(&store).await;
    assert_eq!(readable(&store).await, count);
    let segments = store
        .ask(On::Read, |past| Ok(past.segments.len()))
        .await
        .unwrap();
    assert!(segments < 8, "{segments}");
    store.close().await;
}

#[tokio::test]
async fn a_file_that_another_program_holds_is_busy_and_then_works() {
    let dir = tempfile::tempdir().unwrap();
    let store = full(dir.path()).await;
    let other = Connection::open(dir.path().join(DATABASE)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = store.append(vec![entry(1, SAMPLES)]).await;
    assert!(matches!(refused, Err(StoreError::Busy(_))), "{refused:?}");
    // Reading goes on.
    assert_eq!(all_of(&store, 1).await.unwrap().len(), EACH);
    other.execute_batch("COMMIT").unwrap();
    store.append(vec![entry(1, SAMPLES)]).await.unwrap();
    assert_eq!(all_of(&store, 1).await.unwrap().len(), EACH + 1);
    store.close().await;
}

#[tokio::test]
async fn a_file_that_is_deleted_while_it_is_open_is_made_anew_and_all_brought_over() {
    for all in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let store = full(dir.path()).await;
        fs::remove_file(dir.path().join(DATABASE)).unwrap();
        if all {
            fs::remove_file(dir.path().join("history.db-wal")).unwrap();
            fs::remove_file(dir.path().join("history.db-shm")).unwrap();
        }
        store
            .append((1..=SERIES).map(|series| entry(series, SAMPLES)).collect())
            .await
            .unwrap();
        assert!(dir.path().join(DATABASE).exists());
        tidied(&store).await;
        assert_eq!(readable(&store).await, ALL + SERIES as usize);
        let until = store.rolled_until().await.unwrap();
        assert_eq!(until, Some(Timestamp::from_secs(-1)));
        store.close().await;

        let store = open(dir.path());
        assert_eq!(readable(&store).await, ALL + SERIES as usize);
        assert_eq!(
            store.note("zone").await.unwrap().as_deref(),
            Some("Europe/Oslo")
        );
        store.close().await;
    }
}

#[tokio::test]
async fn a_new_file_that_cannot_be_made_is_made_later() {
    let dir = tempfile::tempdir().unwrap();
    let store = full(dir.path()).await;
    fs::remove_file(dir.path().join(DATABASE)).unwrap();
    // Where the new one should be, there is something that cannot be moved away or opened.
    let moved = dir.path().with_extension("moved");
    fs::rename(dir.path(), &moved).unwrap();
    for _ in 0..5 {
        let refused = store.append(vec![entry(1, SAMPLES)]).await;
        assert!(matches!(refused, Err(StoreError::Failed(_))), "{refused:?}");
        assert!(all_of(&store, 1).await.is_err());
    }
    fs::rename(&moved, dir.path()).unwrap();
    store.append(vec![entry(1, SAMPLES)]).await.unwrap();
    tidied(&store).await;
    assert_eq!(readable(&store).await, ALL + 1);
    store.close().await;
    let store = open(dir.path());
    assert_eq!(readable(&store).await, ALL + 1);
    store.close().await;
}

#[tokio::test]
async fn a_file_that_is_replaced_while_it_is_open_is_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    let store = full(dir.path()).await;
    let path = dir.path().join(DATABASE);
    fs::rename(&path, dir.path().join("moved.db")).unwrap();
    fs::write(&path, "of somebody else").unwrap();
    store.append(vec![entry(1, SAMPLES)]).await.unwrap();
    tidied(&store).await;
    assert_eq!(readable(&store).await, ALL + 1);
    let [aside] = damaged(dir.path()).try_into().unwrap();
    assert!(fs::read(aside).unwrap() == b"of somebody else");
    store.close().await;
}

//! A damaged file: it is set aside, and what can be read of it is brought over. Nothing wrong is read.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use history::rollup::Period;
use hub_model::Timestamp;
use recorder::{HistoryStore, SeriesId, StoreError};
use rusqlite::Connection;

use super::super::{DATABASE, HistoryDb, On};
use super::{
    ALL, EACH, SAMPLES, SERIES, all_of, damaged, entry, full, key, open, readable, tidied,
};

/// Random damages that are tried.
const ROUNDS: u32 = 8;

fn overwrite(path: &Path, at: u64, octets: &[u8]) {
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(octets).unwrap();
}

#[tokio::test]
async fn one_damaged_block_is_told_once_and_the_rest_stays() {
    let dir = tempfile::tempdir().unwrap();
    let store = full(dir.path()).await;
    let spoil = "UPDATE block SET data = CAST(data || x'00' AS BLOB) WHERE series = 3
                 AND first = (SELECT min(first) FROM block WHERE series = 3)";
    store
        .ask(On::Write, move |past| {
            Ok(past.connection()?.execute_batch(spoil)?)
        })
        .await
        .unwrap();
    let met = all_of(&store, 3).await;
    assert!(matches!(met, Err(StoreError::Damaged(_))), "{met:?}");
    let left = all_of(&store, 3).await.unwrap().len();
    assert!(left > EACH / 3 && left < EACH, "{left}");
    assert!(damaged(dir.path()).is_empty());
    assert_eq!(all_of(&store, 4).await.unwrap().len(), EACH);
    store.close().await;
}

/// What must hold after any damage to the file: it is told at most once a call, what is written afterwards
/// is there, the ids are the same, and nothing wrong is read.
async fn goes_on(store: &HistoryDb) -> usize {
    let mut met = 0;
    for series in 1..=SERIES {
        if let Err(error) = all_of(store, series).await {
            assert!(matches!(error, StoreError::Damaged(_)), "{error:?}");
            met += 1;
        }
    }
    assert!(met < 5, "{met}");
    store
        .append((1..=SERIES).map(|series| entry(series, SAMPLES)).collect())
        .await
        .unwrap();
    tidied(store).await;
    let ids = store.enrol((1..=SERIES).map(key).collect()).await.unwrap();
    assert_eq!(ids, (1..=SERIES).map(SeriesId).collect::<Vec<_>>());
    for series in 1..=SERIES {
        let last = store
            .before(SeriesId(series), Timestamp(i64::MAX))
            .await
            .unwrap();
        assert_eq!(last, Some(entry(series, SAMPLES).sample));
    }
    readable(store).await - SERIES as usize
}

#[tokio::test]
async fn damaged_pages_cost_what_was_on_them() {
    for part in 1..=6 {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("home.db"), "of the home").unwrap();
        let store = full(dir.path()).await;
        store.close().await;
        let path = dir.path().join(DATABASE);
        let pages = fs::metadata(&path).unwrap().len() / 4096;
        assert!(pages > 80, "{pages}");
        overwrite(&path, pages * part / 7 * 4096, &[0xA5; 4096]);

        let store = open(dir.path());
        let left = goes_on(&store).await;
        // An inner page may take many others with it.
        assert!(left > ALL / 4, "part {part}: {left} of {ALL} are left");
        store.close().await;
        let home = fs::read(dir.path().join("home.db")).unwrap();
        assert_eq!(home, b"of the home");
    }
}

#[tokio::test]
async fn what_is_damaged_while_it_is_open_is_set_aside_and_salvaged() {
    let dir = tempfile::tempdir().unwrap();
    full(dir.path()).await.close().await;
    let store = open(dir.path());
    let path = dir.path().join(DATABASE);
    let pages = fs::metadata(&path).unwrap().len() / 4096;
    for page in pages / 2..pages / 2 + 8 {
        overwrite(&path, page * 4096, &[0xA5; 4096]);
    }
    let left = goes_on(&store).await;
    assert!(left > ALL / 2, "{left} of {ALL} are left");
    assert_eq!(damaged(dir.path()).len(), 1);
    assert_eq!(
        store.note("zone").await.unwrap().as_deref(),
        Some("Europe/Oslo")
    );
    let rollups = store
        .rollups(
            Period::FiveMinutes,
            SeriesId(7),
            Timestamp(0),
            Timestamp(i64::MAX),
        )
        .await
        .unwrap();
    assert!(!rollups.is_empty());
    store.close().await;
}

#[tokio::test]
async fn any_part_of_the_file_may_be_damaged() {
    let whole = tempfile::tempdir().unwrap();
    full(whole.path()).await.close().await;
    let whole = fs::read(whole.path().join(DATABASE)).unwrap();
    let mut dice = 0x1234_5678_9ABC_DEF1_u64;
    let mut roll = |below: usize| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        usize::try_from(dice % below as u64).unwrap()
    };
    for round in 0..ROUNDS {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(DATABASE);
        let mut octets = whole.clone();
        for _ in 0..=roll(4) {
            // Often where the small tables are.
            let below = if roll(2) == 0 { whole.len() } else { 80_000 };
            let (at, length) = (roll(below - 600), 1 + roll(500));
            for octet in &mut octets[at..at + length] {
                *octet = u8::try_from(roll(256)).unwrap();
            }
        }
        let write = || fs::write(&path, &octets).unwrap();
        let store = if round % 2 == 0 {
            write();
            open(dir.path())
        } else {
            fs::write(&path, &whole).unwrap();
            let store = open(dir.path());
            write();
            store
        };
        store.enrol((1..=SERIES).map(key).collect()).await.unwrap();
        readable(&store).await;
        tidied(&store).await;
        store.append(vec![entry(1, SAMPLES)]).await.unwrap();
        readable(&store).await;
        store.close().await;
    }
}

#[tokio::test]
async fn a_file_that_is_cut_is_salvaged() {
    for (keep, is_open) in [
        (0, false),
        (0, true),
        (100, false),
        (4096, true),
        (100_001, false),
        (100_001, true),
    ] {
        {
            let dir = tempfile::tempdir().unwrap();
            full(dir.path()).await.close().await;
            let cut = || {
                let file = fs::OpenOptions::new()
                    .write(true)
                    .open(dir.path().join(DATABASE))
                    .unwrap();
                file.set_len(keep).unwrap();
            };
            let store = match is_open {
                true => {
                    let store = open(dir.path());
                    cut();
                    store
                }
                false => {
                    cut();
                    let store = open(dir.path());
                    store.enrol((1..=SERIES).map(key).collect()).await.unwrap();
                    store
                }
            };
            goes_on(&store).await;
            store.close().await;
        }
    }
}

#[tokio::test]
async fn what_is_no_database_is_set_aside() {
    let foreign = |path: &Path| {
        let diary = Connection::open(path).unwrap();
        diary.execute_batch("CREATE TABLE diary (day)").unwrap();
    };
    let text = |path: &Path| fs::write(path, "dear diary ".repeat(1_000)).unwrap();
    for make in [&foreign as &dyn Fn(&Path), &text] {
        let dir = tempfile::tempdir().unwrap();
        make(&dir.path().join(DATABASE));
        let before = fs::read(dir.path().join(DATABASE)).unwrap();
        let store = open(dir.path());
        store.enrol(vec![key(1)]).await.unwrap();
        store.append(vec![entry(1, 1)]).await.unwrap();
        tidied(&store).await;
        assert_eq!(all_of(&store, 1).await.unwrap().len(), 1);
        store.close().await;
        let [aside] = damaged(dir.path()).try_into().unwrap();
        assert!(fs::read(aside).unwrap() == before);
    }
}

#[tokio::test]
async fn what_a_newer_program_wrote_is_kept_beside() {
    let dir = tempfile::tempdir().unwrap();
    full(dir.path()).await.close().await;
    let file = Connection::open(dir.path().join(DATABASE)).unwrap();
    file.pragma_update(None, "user_version", 9).unwrap();
    drop(file);
    let store = open(dir.path());
    assert_eq!(store.series().await.unwrap(), []);
    store.close().await;
    assert!(dir.path().join("history.db.v9").exists());
    assert!(damaged(dir.path()).is_empty());
}

#[tokio::test]
async fn two_damaged_files_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..4_i64 {
        fs::write(dir.path().join(DATABASE), "no database at all").unwrap();
        let now = Timestamp::from_secs(1_800_000_000 + round);
        HistoryDb::open(dir.path(), now).unwrap().close().await;
    }
    let mut names: Vec<_> = damaged(dir.path())
        .into_iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "history.db.damaged-1800000002",
            "history.db.damaged-1800000003"
        ]
    );
}

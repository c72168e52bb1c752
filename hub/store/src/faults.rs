//! What happens when the disk, the files or the process fail: nothing acknowledged is lost, and
//! the error says what to do.

mod crash;

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use bridge::{Change, Entry, Storage, StorageError};
use hub_model::{NodeId, Secret, Timestamp, Value};
use hub_runtime::HomeStore;
use rusqlite::Connection;

use crate::database::{Database, SNAPSHOTS};
use crate::schema::MIGRATIONS;
use crate::snapshot;
use crate::state_dir::DATABASE;
use crate::{HomeDb, HomeDbOptions, OpenError, Protection};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn options(dir: &tempfile::TempDir) -> HomeDbOptions {
    HomeDbOptions::new(dir.path())
}

fn open(dir: &tempfile::TempDir) -> HomeDb {
    HomeDb::open(&options(dir), NOW).unwrap()
}

fn refused(dir: &tempfile::TempDir) -> OpenError {
    HomeDb::open(&options(dir), NOW).unwrap_err()
}

fn put(key: &str, value: &[u8]) -> Change {
    Change::Put(Entry {
        key: key.to_owned(),
        value: Secret::new(value.to_vec()),
    })
}

/// A closed home with one record in it.
async fn home() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    keep(&store, vec![put("fabric", b"key")]).await.unwrap();
    store.close().await;
    dir
}

async fn keep(store: &HomeDb, changes: Vec<Change>) -> Result<(), StorageError> {
    Storage::commit(store, "matter", changes).await
}

async fn record(store: &HomeDb) -> Vec<u8> {
    let [entry] = Storage::load(store, "matter")
        .await
        .unwrap()
        .try_into()
        .unwrap();
    entry.value.expose().clone()
}

fn private(path: &Path) -> bool {
    fs::metadata(path)
        .unwrap()
        .permissions()
        .mode()
        .trailing_zeros()
        >= 6
}

#[tokio::test]
async fn every_file_of_a_running_home_is_private() {
    let dir = home().await;
    let store = open(&dir);
    keep(&store, vec![put("more", b"x")]).await.unwrap();
    for name in [
        ".",
        DATABASE,
        "home.db-wal",
        "home.db-shm",
        "hub.lock",
        "keys",
        "keys/kek",
    ] {
        assert!(private(&dir.path().join(name)), "{name}");
    }
}

#[tokio::test]
async fn no_secret_is_in_the_clear_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    keep(&store, vec![put("fabric", b"in the clear")])
        .await
        .unwrap();
    for name in [DATABASE, "home.db-wal"] {
        let bytes = fs::read(dir.path().join(name)).unwrap();
        assert!(!bytes.windows(12).any(|w| w == b"in the clear"), "{name}");
    }
}

#[tokio::test]
async fn a_full_disk_refuses_loses_nothing_and_works_again_with_room() {
    let dir = home().await;
    let store = open(&dir);
    page_limit(&store, 1).await;
    let error = keep(
        &store,
        vec![put("fabric", b"new"), put("big", &[7; 100_000])],
    )
    .await
    .unwrap_err();
    assert!(error.to_string().contains("full"), "{error}");
    assert_eq!(record(&store).await, b"key");

    page_limit(&store, 1_000_000).await;
    keep(&store, vec![put("fabric", b"new")]).await.unwrap();
    assert_eq!(record(&store).await, b"new");
}

/// SQLite never goes below the present size, so 1 means: not a page more.
async fn page_limit(store: &HomeDb, pages: u32) {
    store
        .read(move |db| {
            let connection = &db.connection;
            connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
            Ok(())
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_damaged_file_is_refused_and_left_as_it_is() {
    for (at, what) in [
        (0, "header"),
        (100, "schema page"),
        (4096 * 3, "inner page"),
    ] {
        let dir = home().await;
        let path = dir.path().join(DATABASE);
        let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(&[0xA5; 64]).unwrap();
        let before = fs::read(&path).unwrap();

        let error = refused(&dir);
        assert!(
            matches!(error, OpenError::Corrupt { .. }),
            "{what}: {error:?}"
        );
        assert!(error.to_string().contains("restore a backup"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), before, "{what}");
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_the_newest_readable_snapshot_named() {
    let dir = home().await;
    let newer = [MIGRATIONS, &["CREATE TABLE novelty (x)"]].concat();
    drop(Database::open_with(dir.path(), None, NOW, &newer).unwrap());

    let [taken] = snapshot::list(&dir.path().join(SNAPSHOTS))
        .try_into()
        .unwrap();
    assert!(private(&taken.path));
    let error = refused(&dir);
    assert!(matches!(error, OpenError::NewerSchema { .. }), "{error:?}");
    let text = error.to_string();
    let name = taken.path.file_name().unwrap().to_str().unwrap();
    assert!(text.contains(name), "{text}");
    assert!(
        text.contains(&format!(
            "schema {}, this program knows up to {}",
            newer.len(),
            MIGRATIONS.len()
        )),
        "{text}"
    );
}

#[tokio::test]
async fn the_snapshot_named_opens_with_everything_in_it() {
    let dir = home().await;
    let newer = [MIGRATIONS, &["DELETE FROM bridge_records"]].concat();
    drop(Database::open_with(dir.path(), None, NOW, &newer).unwrap());
    let [taken] = snapshot::list(&dir.path().join(SNAPSHOTS))
        .try_into()
        .unwrap();
    fs::copy(taken.path, dir.path().join(DATABASE)).unwrap();
    assert_eq!(record(&open(&dir)).await, b"key");
}

#[tokio::test]
async fn another_programs_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let diary = Connection::open(dir.path().join(DATABASE)).unwrap();
    diary.execute_batch("CREATE TABLE diary (day)").unwrap();
    drop(diary);
    assert!(matches!(refused(&dir), OpenError::NotAHome { .. }));
}

#[tokio::test]
async fn a_lost_key_is_an_error_and_never_replaced() {
    let dir = home().await;
    let kek = dir.path().join("keys/kek");
    let hidden = dir.path().join("hidden");
    fs::rename(&kek, &hidden).unwrap();
    assert!(matches!(refused(&dir), OpenError::KeyMissing { .. }));
    assert!(!kek.exists());

    fs::rename(&hidden, &kek).unwrap();
    assert_eq!(record(&open(&dir)).await, b"key");
}

#[tokio::test]
async fn another_key_and_half_a_key_are_told_apart() {
    let dir = home().await;
    let kek = dir.path().join("keys/kek");
    fs::write(&kek, [1; 32]).unwrap();
    assert!(matches!(refused(&dir), OpenError::KeyWrong { .. }));
    fs::write(&kek, [1; 16]).unwrap();
    assert!(matches!(
        refused(&dir),
        OpenError::KeyMalformed { have: 16, .. }
    ));
}

#[tokio::test]
async fn a_record_moved_to_another_place_does_not_unseal() {
    let dir = home().await;
    let file = Connection::open(dir.path().join(DATABASE)).unwrap();
    file.execute("UPDATE bridge_records SET key = 'other'", [])
        .unwrap();
    drop(file);
    let error = Storage::load(&open(&dir), "matter").await.unwrap_err();
    assert!(matches!(error, StorageError::Unseal { .. }), "{error:?}");
}

#[tokio::test]
async fn a_last_value_that_cannot_be_read_is_left_out() {
    let dir = home().await;
    let file = Connection::open(dir.path().join(DATABASE)).unwrap();
    file.execute_batch(
        "INSERT INTO last_values VALUES (1, 1, 6, 0, X'FF', 1, 2), (2, 1, 6, 0, X'09', 1, 2)",
    )
    .unwrap();
    drop(file);
    let values = HomeStore::load(&open(&dir)).await.unwrap().values;
    let [readable] = values.try_into().unwrap();
    assert_eq!(
        (readable.path.node, readable.value),
        (NodeId(2), Value::Bool(true))
    );
}

#[tokio::test]
async fn a_credential_seals_without_a_key_file() {
    let dir = tempfile::tempdir().unwrap();
    let credentials = tempfile::tempdir().unwrap();
    let credential: PathBuf = credentials.path().join("kek");
    let options = HomeDbOptions {
        credential: Some(credential.clone()),
        ..options(&dir)
    };
    let error = HomeDb::open(&options, NOW).unwrap_err();
    assert!(matches!(error, OpenError::KeyMissing { .. }), "{error:?}");

    fs::write(&credential, [9; 32]).unwrap();
    let store = HomeDb::open(&options, NOW).unwrap();
    assert_eq!(store.protection(), Protection::Credential);
    assert!(!dir.path().join("keys").exists());
    keep(&store, vec![put("fabric", b"key")]).await.unwrap();
    store.close().await;

    let without = HomeDb::open(&HomeDbOptions::new(dir.path()), NOW).unwrap_err();
    assert!(
        matches!(without, OpenError::KeyMissing { .. }),
        "{without:?}"
    );
    assert_eq!(record(&HomeDb::open(&options, NOW).unwrap()).await, b"key");
}

#[tokio::test]
async fn a_second_hub_is_refused_until_the_first_closes() {
    let dir = home().await;
    let first = open(&dir);
    assert!(matches!(refused(&dir), OpenError::InUse { .. }));
    first.close().await;
    assert_eq!(record(&open(&dir)).await, b"key");
    let error = Storage::load(&first, "matter").await.unwrap_err();
    assert!(matches!(error, StorageError::Closed), "{error:?}");
}

//! How the tables are made, once, and which are refused.

use history::series::SeriesKey;
use recorder::{HistoryStore as _, StoreError};

use crate::server::{Different, Server};

#[tokio::test]
async fn tables_are_made_once_and_kept() {
    let server = Server::shared();
    let person = server.person().await;
    let mut ids = None;
    for _ in 0..3 {
        let store = server.history("made");
        let found = store.enrol(vec![SeriesKey::Hub]).await.unwrap();
        assert_eq!(*ids.get_or_insert(found.clone()), found);
        store.close().await;
        let sql = "SELECT count(*), max(version) FROM made.schema_version";
        let row = person.query_one(sql, &[]).await.unwrap();
        assert_eq!((row.get::<_, i64>(0), row.get::<_, i32>(1)), (1, 1));
    }
}

#[tokio::test]
async fn tables_of_a_newer_hub_are_refused() {
    let server = Server::shared();
    let store = server.history("newer");
    store.connect().await.unwrap();
    store.close().await;
    let person = server.person().await;
    let sql = "INSERT INTO newer.schema_version (version) VALUES (1000)";
    person.batch_execute(sql).await.unwrap();
    let told = server.history("newer").connect().await;
    let Err(StoreError::Failed(words)) = &told else {
        panic!("{told:?}");
    };
    assert!(
        words.contains("newer hub") && words.contains("1000"),
        "{words}"
    );
}

#[tokio::test]
async fn half_made_tables_are_not_left() {
    let server = Server::shared();
    let person = server.person().await;
    // The last thing that is made is in the way, so that all of it fails.
    let sql = "CREATE SCHEMA half; CREATE TABLE half.history_rollup (it int)";
    person.batch_execute(sql).await.unwrap();
    let told = server.history("half").connect().await;
    assert!(matches!(told, Err(StoreError::Failed(_))), "{told:?}");
    let sql = "SELECT string_agg(tablename, ' ') FROM pg_tables WHERE schemaname = 'half'";
    let row = person.query_one(sql, &[]).await.unwrap();
    assert_eq!(row.get::<_, &str>(0), "history_rollup");
    person
        .batch_execute("DROP TABLE half.history_rollup")
        .await
        .unwrap();
    server.history("half").connect().await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_told_as_that() {
    // As the server says it of its disk; a disk of its own cannot be had everywhere.
    let server = Server::start(&Different::default());
    let store = server.history("full");
    let ids = store.enrol(vec![SeriesKey::Hub]).await.unwrap();
    let person = server.person().await;
    let sql = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
               RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$; \
               CREATE TRIGGER full_disk BEFORE INSERT ON \"full\".sample EXECUTE FUNCTION full_disk()";
    person.batch_execute(sql).await.unwrap();
    let entry = crate::restart::entry(ids[0], 1);
    assert_eq!(
        store.append(vec![entry.clone()]).await,
        Err(StoreError::Full)
    );
    let sql = "DROP TRIGGER full_disk ON \"full\".sample";
    person.batch_execute(sql).await.unwrap();
    assert_eq!(store.append(vec![entry]).await, Ok(()));
    assert_eq!(store.size().await.unwrap().samples, 1);
}

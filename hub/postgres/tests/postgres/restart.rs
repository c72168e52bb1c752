//! A server that is killed and comes back: calls are busy, then work, and nothing acknowledged is lost.

use std::process::Command;
use std::sync::{Arc, mpsc};

use history::sample::Sample;
use history::series::SeriesKey;
use hub_model::{Timestamp, Value};
use recorder::{Entry, HistoryStore as _, SeriesId, StoreError};

use crate::server::{Different, Server, until_not_busy};

pub(crate) fn entry(series: SeriesId, at: i64) -> Entry {
    let sample = Sample::known(Timestamp::from_millis(at), Value::Int(at));
    Entry { series, sample }
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_to_a_killed_server() {
    let server = Arc::new(Server::start(&Different::default()));
    let store = server.history("killed");
    let ids = store.enrol(vec![SeriesKey::Hub]).await.unwrap();
    let (from, to) = (Timestamp(i64::MIN), Timestamp(i64::MAX));
    let mut acknowledged = Vec::new();
    let mut at = 0;
    for _ in 0..4 {
        let (go, gone) = mpsc::channel();
        let killed = Arc::clone(&server);
        let killer = tokio::task::spawn_blocking(move || {
            gone.recv().unwrap();
            killed.kill();
        });
        // The server dies somewhere among those after the tenth.
        let told = loop {
            let batch: Vec<_> = (at..at + 50).map(|at| entry(ids[0], at)).collect();
            at += 50;
            match store.append(batch.clone()).await {
                Ok(()) => acknowledged.extend(batch.into_iter().map(|entry| entry.sample)),
                other => break other,
            }
            if acknowledged.len() % 500 == 0 {
                let _ = go.send(());
            }
        };
        assert!(matches!(told, Err(StoreError::Busy(_))), "{told:?}");
        killer.await.unwrap();
        let asked = store.read(ids[0], from, to, usize::MAX).await;
        assert!(matches!(asked, Err(StoreError::Busy(_))), "{asked:?}");
        server.run();
        let read = until_not_busy(|| store.read(ids[0], from, to, usize::MAX)).await;
        let found = read.unwrap();
        // Of a batch that was not acknowledged either all is there or nothing.
        assert_eq!(found.len() % 50, 0);
        let is_lost = |sample: &&Sample| found.binary_search_by_key(&sample.at, |s| s.at).is_err();
        assert_eq!(acknowledged.iter().find(is_lost), None);
        until_not_busy(|| store.enrol(vec![SeriesKey::Hub]))
            .await
            .unwrap();
    }
    let size = store.size().await.unwrap();
    assert!(size.samples >= acknowledged.len() as u64, "{size:?}");
    assert!(
        acknowledged.len() >= 2_000,
        "{} samples",
        acknowledged.len()
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_busy_and_a_closed_store_closed() {
    let server = Server::start(&Different::default());
    let store = server.history("away");
    server.kill();
    for _ in 0..3 {
        let told = store.append(Vec::new()).await;
        assert!(matches!(told, Err(StoreError::Busy(_))), "{told:?}");
    }
    store.close().await;
    assert_eq!(store.append(Vec::new()).await, Err(StoreError::Closed));
    assert_eq!(store.tidy().await, Err(StoreError::Closed));
    assert_eq!(store.size().await, Err(StoreError::Closed));
}

/// A server that takes longer than anybody wants to wait.
#[tokio::test]
async fn a_statement_that_waits_too_long_is_broken_off() {
    let server = Server::start(&Different::default());
    let store = server.history("slow");
    let ids = store.enrol(vec![SeriesKey::Hub]).await.unwrap();
    let person = server.person().await;
    let sql = "BEGIN; LOCK TABLE slow.sample IN ACCESS EXCLUSIVE MODE";
    person.batch_execute(sql).await.unwrap();
    let told = store.append(vec![entry(ids[0], 1)]).await;
    assert!(matches!(told, Err(StoreError::Busy(_))), "{told:?}");
    person.batch_execute("ROLLBACK").await.unwrap();
    let kept = until_not_busy(|| store.append(vec![entry(ids[0], 2)])).await;
    assert_eq!(kept, Ok(()));
}

/// A server that has stopped without ending its connections, as behind a cable that was pulled.
#[tokio::test]
async fn a_server_that_does_not_answer_at_all_ends_no_call_late() {
    let server = Server::start(&Different::default());
    let store = server.history("mute");
    let ids = store.enrol(vec![SeriesKey::Hub]).await.unwrap();
    let person = server.person().await;
    let sql = "SELECT pid::text FROM pg_locks WHERE locktype = 'advisory' \
               AND objid = 'mute'::regnamespace::oid";
    let row = person.query_one(sql, &[]).await.unwrap();
    let signal = |name: &str| {
        let pid: &str = row.get(0);
        let sent = Command::new("kill").args([name, pid]).status().unwrap();
        assert!(sent.success());
    };
    signal("-STOP");
    let told = store.append(vec![entry(ids[0], 1)]).await;
    assert!(matches!(told, Err(StoreError::Busy(_))), "{told:?}");
    // Its session of before still has the lock, and is no other hub.
    let told = store.append(vec![entry(ids[0], 1)]).await;
    assert!(
        matches!(&told, Err(StoreError::Busy(w)) if !w.contains("another")),
        "{told:?}"
    );
    signal("-CONT");
    let kept = until_not_busy(|| store.append(vec![entry(ids[0], 2)])).await;
    assert_eq!(kept, Ok(()));
}

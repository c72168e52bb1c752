//! Who may write a schema: one hub at a time.

use history::sample::Sample;
use history::series::SeriesKey;
use hub_model::{Timestamp, Value};
use recorder::{Entry, HistoryStore as _, StoreError};

use crate::server::{Server, until_not_busy};

#[tokio::test]
async fn a_second_hub_is_told_about_the_first() {
    let server = Server::shared();
    let (first, second) = (server.history("held"), server.history("held"));
    first.connect().await.unwrap();
    let told = second.connect().await;
    let Err(StoreError::Busy(words)) = &told else {
        panic!("{told:?}");
    };
    assert!(
        words.contains("another hub") && words.contains("schema held"),
        "{words}"
    );
    assert!(matches!(second.series().await, Err(StoreError::Busy(_))));
    // Another schema is another history.
    server.history("free").connect().await.unwrap();
    first.close().await;
    until_not_busy(|| second.connect()).await.unwrap();
}

#[tokio::test]
async fn a_session_that_the_server_ended_is_made_anew() {
    let server = Server::shared();
    let store = server.history("ended");
    let ids = store.enrol(vec![SeriesKey::Hub]).await.unwrap();
    let person = server.person().await;
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' \
               AND objid = 'ended'::regnamespace::oid";
    person.query_one(end, &[]).await.unwrap();
    let again = until_not_busy(|| store.enrol(vec![SeriesKey::Hub])).await;
    assert_eq!(again, Ok(ids));
}

#[tokio::test]
async fn two_appends_at_once_are_both_kept() {
    let server = Server::shared();
    let store = server.history("twice");
    let ids = store.enrol(vec![SeriesKey::Hub]).await.unwrap();
    let entry = |at, value| Entry {
        series: ids[0],
        sample: Sample::known(Timestamp::from_millis(at), Value::Int(value)),
    };
    for round in 0..20 {
        let span = round * 100..round * 100 + 100;
        let one = span.clone().map(|at| entry(at, 1)).collect();
        let other = span.map(|at| entry(at + 50, 2)).collect();
        let (one, other) = tokio::join!(store.append(one), store.append(other));
        assert_eq!((one, other), (Ok(()), Ok(())));
    }
    let size = store.size().await.unwrap();
    assert_eq!(size.samples, 2_050);
    let (from, to) = (Timestamp(i64::MIN), Timestamp(i64::MAX));
    let all = store.read(ids[0], from, to, usize::MAX).await.unwrap();
    assert_eq!(all.len(), 2_050);
}

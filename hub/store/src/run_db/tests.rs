//! What both stores of runs keep, and what a restart finds.

use std::sync::Arc;

use hub_model::Timestamp;
use rule_runner::MemoryRunStore;
use rules::trace::{Outcome, Triggered};

use super::*;

fn trace(id: u64, rule: &str, outcome: Outcome) -> Trace {
    Trace {
        id: RunId(id),
        rule: rule.into(),
        revision: "1".into(),
        at: Timestamp::from_secs(1_000),
        ended: None,
        trigger: Triggered {
            place: "when[0]".into(),
            text: "a.on became true".into(),
            name: None,
            values: Vec::new(),
            cause: None,
            late_ms: None,
        },
        conditions: Vec::new(),
        outcome,
        steps: Vec::new(),
        left_out: 0,
        times: 1,
        last: None,
    }
}

fn put(key: &str, body: &str) -> Write {
    Write::Put {
        key: key.into(),
        body: body.into(),
    }
}

fn told(trace: Trace) -> Write {
    Write::Trace(Arc::new(trace))
}

async fn each_store(check: impl AsyncFn(&dyn RunStore)) {
    check(&MemoryRunStore::default()).await;
    let dir = tempfile::tempdir().unwrap();
    check(&RunDb::open(dir.path()).unwrap()).await;
}

#[tokio::test]
async fn what_was_put_last_is_loaded_and_what_was_deleted_is_not() {
    each_store(async |store| {
        let delete = Write::Delete { key: "a".into() };
        store
            .write(vec![put("a", "1"), put("b", "1")])
            .await
            .unwrap();
        store.write(vec![put("b", "2"), delete]).await.unwrap();
        let loaded = store.load().await.unwrap();
        assert_eq!(loaded, [("b".to_owned(), "2".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn only_open_traces_are_loaded() {
    each_store(async |store| {
        let writes = [
            trace(1, "a", Outcome::Running),
            trace(2, "a", Outcome::Running),
            trace(3, "b", Outcome::Queued),
        ];
        store.write(writes.map(told).into()).await.unwrap();
        store
            .write(vec![told(trace(2, "a", Outcome::Done))])
            .await
            .unwrap();
        let loaded = store.load().await.unwrap();
        let keys: Vec<_> = loaded.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["trace/1", "trace/3"]);
    })
    .await;
}

#[tokio::test]
async fn traces_come_newest_first_by_rule_and_page() {
    each_store(async |store| {
        let rule = |id: u64| if id.is_multiple_of(2) { "even" } else { "odd" };
        let traces = (1..=9).map(|id| told(trace(id, rule(id), Outcome::Done)));
        store.write(traces.collect()).await.unwrap();
        let ids = async |rule: Option<&str>, before: Option<u64>, limit| {
            let query = TraceQuery {
                rule: rule.map(Into::into),
                before: before.map(RunId),
                limit,
            };
            let traces = store.traces(query).await.unwrap();
            traces.iter().map(|trace| trace.id.0).collect::<Vec<_>>()
        };
        assert_eq!(ids(None, None, 3).await, [9, 8, 7]);
        assert_eq!(ids(Some("even"), None, 9).await, [8, 6, 4, 2]);
        assert_eq!(ids(Some("odd"), Some(7), 2).await, [5, 3]);
        assert!(store.trace(RunId(4)).await.unwrap().is_some());
        assert!(store.trace(RunId(40)).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn what_is_written_is_there_after_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let store = RunDb::open(dir.path()).unwrap();
    store
        .write(vec![put("a", "1"), told(trace(7, "a", Outcome::Done))])
        .await
        .unwrap();
    drop(store);
    let store = RunDb::open(dir.path()).unwrap();
    assert_eq!(store.load().await.unwrap().len(), 1);
    assert_eq!(store.trace(RunId(7)).await.unwrap().unwrap().id, RunId(7));
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_and_the_rules_begin_anew() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join(DATABASE),
        b"this is no database at all, though it is long enough",
    )
    .unwrap();
    let store = RunDb::open(dir.path()).unwrap();
    assert!(store.load().await.unwrap().is_empty());
    assert!(dir.path().join("runs.db.damaged").exists());
    store.write(vec![put("a", "1")]).await.unwrap();
}

#[tokio::test]
async fn old_traces_of_a_busy_rule_go_and_those_of_a_quiet_one_stay() {
    let dir = tempfile::tempdir().unwrap();
    let store = RunDb::open(dir.path()).unwrap();
    store
        .write(vec![told(trace(1, "quiet", Outcome::Done))])
        .await
        .unwrap();
    let busy = (2..=u64::from(PRUNE_EVERY) + 1).map(|id| told(trace(id, "busy", Outcome::Done)));
    store.write(busy.collect()).await.unwrap();
    let query = TraceQuery {
        rule: None,
        before: None,
        limit: 10_000,
    };
    let left = store.traces(query).await.unwrap();
    assert_eq!(left.len(), KEPT_OF_RULE as usize + 1);
    assert_eq!(left.last().unwrap().id, RunId(1));
}

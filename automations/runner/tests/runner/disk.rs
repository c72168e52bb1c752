//! What waits for the disk, what does not, and a disk that fails.

use std::sync::Arc;
use std::time::Duration;

use hub_runtime::clock;
use hub_store::{HomeDb, HomeDbOptions, RunDb};
use rule_runner::{RunStore as _, TraceQuery};
use rules::trace::Outcome;

use crate::rig::{LAMP, MOTION, Mood, MoodyStore, Parts, Rig};

const OFF: u32 = 0;
const ON: u32 = 1;

/// A run with more to do after its first command.
const TWO_STEPS: &str = r#"
version = 1
id = "two-steps"
name = "Two steps"
mode = "queued"
max = 20
[[when]]
becomes = "motion.occupied"
[[do]]
set = { target = "lamp", on = true }
[[do]]
delay = "50ms"
[[do]]
set = { target = "lamp", on = false }
"#;

/// A run that is over with its only command.
const INSTANT: &str = r#"
version = 1
id = "instant"
name = "Instant"
[[when]]
becomes = "motion.occupied"
[[do]]
set = { target = "lamp", on = true }
"#;

async fn moody(rule: &str) -> (Rig, Arc<MoodyStore>) {
    let store = Arc::<MoodyStore>::default();
    let parts = Parts {
        store: Arc::clone(&store) as _,
        ..Parts::default()
    };
    (Rig::new(parts, &[rule]).await, store)
}

#[tokio::test(start_paused = true)]
async fn a_command_of_a_run_with_more_to_do_waits_for_the_disk() {
    let (mut rig, store) = moody(TWO_STEPS).await;
    store.set(Mood::Hangs);
    rig.motion(MOTION).await;
    assert!(rig.is_quiet(Duration::from_millis(1_500)).await);
    store.set(Mood::Writes);
    assert_eq!(rig.told().await, (LAMP, ON));
    assert_eq!(rig.told().await, (LAMP, OFF));
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn every_command_of_a_longer_run_waits_not_only_the_first() {
    let (mut rig, store) = moody(TWO_STEPS).await;
    rig.motion(MOTION).await;
    assert_eq!(rig.told().await, (LAMP, ON));
    store.set(Mood::Hangs);
    assert!(rig.is_quiet(Duration::from_millis(1_500)).await);
    store.set(Mood::Writes);
    assert_eq!(rig.told().await, (LAMP, OFF));
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_command_with_nothing_after_it_does_not_wait() {
    let (mut rig, store) = moody(INSTANT).await;
    store.set(Mood::Hangs);
    let asked = clock::now().mono;
    rig.motion(MOTION).await;
    assert_eq!(rig.told().await, (LAMP, ON));
    assert!(clock::now().mono - asked < Duration::from_millis(100));
    store.set(Mood::Writes);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn when_the_disk_is_full_there_is_light_after_two_seconds_and_that_is_said() {
    let (mut rig, store) = moody(TWO_STEPS).await;
    assert_eq!(rig.store_failure().await, None);
    store.set(Mood::Fails);
    let asked = clock::now().mono;
    rig.motion(MOTION).await;
    assert_eq!(rig.told().await, (LAMP, ON));
    let waited = clock::now().mono - asked;
    assert!(
        waited >= Duration::from_secs(2) && waited < Duration::from_secs(3),
        "{waited:?}"
    );
    let why = rig.store_failure().await.unwrap();
    assert!(why.contains("disk is full"), "{why}");
    assert_eq!(rig.told().await, (LAMP, OFF));
    store.set(Mood::Writes);
    let done = rig
        .trace("two-steps", |trace| trace.outcome.is_final())
        .await;
    assert_eq!(done.outcome, Outcome::Done);
    while rig.store_failure().await.is_some() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(
        store.kept.trace(done.id).await.unwrap().unwrap().outcome,
        Outcome::Done
    );
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn once_a_disk_has_failed_for_long_nothing_waits_for_it() {
    let (mut rig, store) = moody(TWO_STEPS).await;
    store.set(Mood::Fails);
    rig.motion(MOTION).await;
    assert_eq!(rig.told().await, (LAMP, ON));
    assert_eq!(rig.told().await, (LAMP, OFF));
    for _ in 0..3 {
        let asked = clock::now().mono;
        rig.motion(MOTION).await;
        assert_eq!(rig.told().await, (LAMP, ON));
        assert_eq!(rig.told().await, (LAMP, OFF));
        let waited = clock::now().mono - asked;
        assert!(waited < Duration::from_secs(1), "{waited:?}");
    }
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_does_not_answer_is_one_that_fails() {
    let (mut rig, store) = moody(TWO_STEPS).await;
    store.set(Mood::Hangs);
    rig.motion(MOTION).await;
    assert_eq!(rig.told().await, (LAMP, ON));
    assert!(rig.store_failure().await.is_some());
    store.set(Mood::Writes);
    assert_eq!(rig.told().await, (LAMP, OFF));
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_fails_is_written_when_it_can_be() {
    let (mut rig, store) = moody(INSTANT).await;
    store.set(Mood::Fails);
    rig.motion(MOTION).await;
    assert_eq!(rig.told().await, (LAMP, ON));
    let done = rig.trace("instant", |trace| trace.outcome.is_final()).await;
    assert_eq!(store.kept.trace(done.id).await.unwrap(), None);
    store.set(Mood::Writes);
    while store.kept.trace(done.id).await.unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(rig.store_failure().await, None);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_hub_that_stops_writes_the_last() {
    let (mut rig, store) = moody(TWO_STEPS).await;
    rig.motion(MOTION).await;
    assert_eq!(rig.told().await, (LAMP, ON));
    let trace = rig.trace("two-steps", |trace| trace.steps.len() == 2).await;
    store.set(Mood::Hangs);
    // What the second step changes waits when the hub is told to stop.
    rig.trace("two-steps", |trace| trace.steps.len() == 3).await;
    let stopping = rig.supervisor.shutdown(Duration::from_secs(10));
    let (stopped, ()) = tokio::join!(stopping, async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        store.set(Mood::Writes);
    });
    assert_eq!(stopped, Ok(()));
    // The run is not over: its last command was never answered. It stands whole in the store.
    let kept = store.kept.load().await.unwrap();
    let key = format!("run/{}", trace.id.0);
    let (_, body) = kept.iter().find(|(known, _)| *known == key).unwrap();
    assert_eq!(body.matches("\"place\":\"do[").count(), 3, "{body}");
}

#[tokio::test]
async fn on_a_real_disk_all_ends_and_is_there_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let home = HomeDb::open(&HomeDbOptions::new(dir.path()), clock::now().wall).unwrap();
    let store = Arc::new(RunDb::open(dir.path()).unwrap());
    let parts = Parts {
        store: Arc::clone(&store) as _,
        ..Parts::default()
    };
    let mut rig = Rig::new(parts, &[TWO_STEPS]).await;
    rig.motion(MOTION).await;
    assert_eq!(rig.told().await, (LAMP, ON));
    assert_eq!(rig.told().await, (LAMP, OFF));
    let done = rig
        .trace("two-steps", |trace| trace.outcome.is_final())
        .await;
    rig.stop().await;
    drop((rig, store));
    let again = RunDb::open(dir.path()).unwrap();
    let query = TraceQuery {
        rule: None,
        before: None,
        limit: 10,
    };
    assert_eq!(again.traces(query).await.unwrap(), [done]);
    let kept = again.load().await.unwrap();
    assert!(kept.iter().all(|(key, _)| key == "next_run"), "{kept:?}");
    drop(home);
}

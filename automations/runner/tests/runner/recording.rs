//! The recording: it begins anew when nothing is under way, and each beginning can be replayed.

use std::sync::Arc;
use std::time::Duration;

use hub_engine::Principal;
use hub_model::Timestamp;
use hub_runtime::clock;
use rule_runner::{MemoryRecorder, Recorder as _, TraceQuery};
use rules::replay::incident::Incident;
use rules::trace::RunId;

use crate::rig::{LAMP, MOTION, Parts, Rig};

const INSTANT: &str = r#"
version = 1
id = "instant"
name = "Instant"
[[when]]
becomes = "motion.occupied"
[[do]]
set = { target = "lamp", on = true }
"#;

async fn run(rig: &mut Rig, after: Option<RunId>) -> RunId {
    rig.motion(MOTION).await;
    assert_eq!(rig.told().await, (LAMP, 1));
    let is_new = |id| Some(id) > after;
    let done = rig.trace("instant", |t| is_new(t.id) && t.outcome.is_final());
    done.await.id
}

#[tokio::test(start_paused = true)]
async fn a_new_beginning_forgets_no_trace_and_can_be_replayed() {
    let recorder = Arc::<MemoryRecorder>::default();
    let parts = Parts {
        recorder: Arc::clone(&recorder) as _,
        ..Parts::default()
    };
    let mut rig = Rig::new(parts, &[INSTANT]).await;
    let first = run(&mut rig, None).await;
    tokio::time::sleep(Duration::from_secs(7 * 3600)).await;
    let second = run(&mut rig, Some(first)).await;
    let third = run(&mut rig, Some(second)).await;

    let segments = recorder.segments(Timestamp::default()).await.unwrap();
    assert_eq!(segments.len(), 2);
    let query = TraceQuery {
        rule: None,
        before: None,
        limit: 10,
    };
    let console = Principal::console();
    let traces = rig.rules.traces(&console, query).await.unwrap();
    let ids: Vec<_> = traces.iter().map(|trace| trace.id).collect();
    assert_eq!(ids, [third, second, first]);

    let text = rig.rules.incident(&console).await.unwrap();
    let incident = Incident::read(&text).unwrap();
    let replay = incident.replay(clock::now().mono);
    assert_eq!(incident.compare(&replay), []);
    assert_eq!(replay.traces.last().map(|trace| trace.id), Some(third));
    assert!(replay.traces.iter().all(|trace| trace.id > first));
    rig.stop().await;
}

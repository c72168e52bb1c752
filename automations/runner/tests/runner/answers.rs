//! The answer to a command is heard, however soon it comes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use hub_engine::{EventKind, Filter, Principal};
use hub_model::CommandProgress;
use hub_runtime::{Subscription, Update};
use rule_runner::{MemoryRunStore, RunStore, RunStoreError, TraceQuery};
use rules::machine::Write;
use rules::trace::{RunId, Trace};

use crate::rig::{MOTION, Parts, Rig};

/// A command of which a device tells nothing but that it was done.
const INSTANT: &str = r#"
version = 1
id = "instant"
name = "Instant"
[[when]]
becomes = "motion.occupied"
[[do]]
invoke = { device = "lamp", command = "OnOff.Toggle" }
"#;

/// A store that takes as long to begin a write as a device takes to answer.
#[derive(Default)]
struct Leisurely {
    kept: MemoryRunStore,
    is_leisurely: AtomicBool,
    answered: Mutex<bool>,
    changed: Condvar,
}

impl Leisurely {
    fn answer_came(&self) {
        *self.answered.lock().unwrap() = true;
        self.changed.notify_all();
    }
}

#[async_trait]
impl RunStore for Leisurely {
    async fn load(&self) -> Result<Vec<(String, String)>, RunStoreError> {
        self.kept.load().await
    }

    async fn write(&self, writes: Vec<Write>) -> Result<(), RunStoreError> {
        if self.is_leisurely.load(Ordering::SeqCst) {
            tokio::task::block_in_place(|| {
                let answered = self.answered.lock().unwrap();
                let patience = Duration::from_secs(10);
                let waited = self
                    .changed
                    .wait_timeout_while(answered, patience, |came| !*came);
                assert!(!waited.unwrap().1.timed_out(), "no device answered");
            });
            // It goes on in its own time, so the runner looks at what else there is.
            tokio::task::yield_now().await;
        }
        self.kept.write(writes).await
    }

    async fn traces(&self, query: TraceQuery) -> Result<Vec<Trace>, RunStoreError> {
        self.kept.traces(query).await
    }

    async fn trace(&self, id: RunId) -> Result<Option<Trace>, RunStoreError> {
        self.kept.trace(id).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_answer_that_comes_while_the_runner_turns_to_the_disk_is_heard() {
    let store = Arc::<Leisurely>::default();
    let parts = Parts {
        store: Arc::clone(&store) as _,
        ..Parts::default()
    };
    let rig = Rig::new(parts, &[INSTANT]).await;
    let console = Principal::console();
    let events = rig
        .hub
        .subscribe(&console, Filter::default())
        .await
        .unwrap();
    let ours = Arc::clone(&store);
    rig.supervisor.spawn("listener", async move {
        acknowledged(events).await;
        ours.answer_came();
    });
    store.is_leisurely.store(true, Ordering::SeqCst);
    rig.motion(MOTION).await;
    let trace = rig.trace("instant", |trace| trace.outcome.is_final()).await;
    assert_eq!(
        trace.steps[0].result.as_deref(),
        Some("acknowledged"),
        "{trace:?}"
    );
    rig.stop().await;
}

/// Waits until a device has answered.
async fn acknowledged(mut events: Subscription) {
    let is_answer = |kind: &EventKind| {
        matches!(
            kind,
            EventKind::Command {
                progress: CommandProgress::Acknowledged { .. },
                ..
            }
        )
    };
    while let Some(Update::Events(batch)) = events.next().await {
        if batch.iter().any(|event| is_answer(&event.kind)) {
            return;
        }
    }
}

//! Bridges that fail are started anew; what they cannot take is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bridge::{Bridge, BridgeError, BridgeLink, BridgeSource};
use hub_engine::*;
use hub_model::*;
use hub_runtime::*;
use tokio_util::sync::CancellationToken;

use crate::rig::*;

const NODE: NodeId = NodeId(0x10);

/// How a test bridge behaves.
#[derive(Clone, Copy)]
enum Mood {
    Fails,
    Panics,
    /// Takes no input.
    Deaf,
}

struct Moody {
    mood: Mood,
    starts: Arc<AtomicU32>,
}

#[async_trait]
impl Bridge for Moody {
    fn name(&self) -> &'static str {
        "moody"
    }

    async fn run(
        self: Box<Self>,
        link: BridgeLink,
        stop: CancellationToken,
    ) -> Result<(), BridgeError> {
        self.starts.fetch_add(1, Ordering::Relaxed);
        let joined = BridgeOutput::Joined { node: NODE };
        let _ = link.output.send(joined).await;
        match self.mood {
            Mood::Deaf => stop.cancelled().await,
            Mood::Panics => panic!("on purpose"),
            Mood::Fails => {
                return Err(BridgeError {
                    what: "the radio is gone".to_owned(),
                    source: None,
                });
            }
        }
        Ok(())
    }
}

async fn hub(mood: Mood) -> (HubHandle, Supervisor, Arc<AtomicU32>) {
    let starts = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&starts);
    let source = BridgeSource::new("moody", move || {
        let starts = Arc::clone(&counted);
        Ok(Box::new(Moody { mood, starts }))
    });
    let supervisor = Supervisor::new();
    let store = Arc::new(MemoryStore::default());
    let config = HubConfig::new(store, Arc::new(ConsoleOnly)).with_bridge(source);
    let hub = start(config, &supervisor).await.unwrap();
    (hub, supervisor, starts)
}

#[tokio::test(start_paused = true)]
async fn a_bridge_that_fails_or_panics_is_started_anew_with_back_off() {
    for mood in [Mood::Fails, Mood::Panics] {
        let (hub, supervisor, starts) = hub(mood).await;
        tokio::time::sleep(Duration::from_secs(600)).await;
        let times = starts.load(Ordering::Relaxed);
        assert!((10..40).contains(&times), "{times} starts in ten minutes");
        let of = [("bridge", "moody")];
        let restarts = number(&hub, "ingle_bridge_restarts_total", &of);
        assert_eq!(restarts, f64::from(times - 1));
        assert_eq!(number(&hub, "ingle_bridge_up", &of), 0.0);
        let stopped = supervisor.shutdown(Duration::from_secs(5)).await;
        assert_eq!(stopped, Ok(()));
        assert!(!supervisor.has_failed(), "a bridge's panic is its own");
    }
}

#[tokio::test(start_paused = true)]
async fn a_deaf_bridge_makes_commands_time_out_and_holds_nobody_else() {
    let (hub, supervisor, _) = hub(Mood::Deaf).await;
    let console = Principal::console();
    let mut client = hub.subscribe(&console, Filter::default()).await.unwrap();
    while client.snapshot.nodes.is_empty() {
        let _ = client.next().await;
        client.renew().await.unwrap();
    }
    let mut ticket = hub.submit(console.clone(), toggle(NODE)).await.unwrap();
    assert_eq!(ticket.answer().await, CommandProgress::TimedOut);
    assert_eq!(ticket.progress.recv().await, None);
    let of = [("outcome", "timed_out")];
    assert_eq!(number(&hub, "ingle_commands_total", &of), 1.0);
    assert_eq!(number(&hub, "ingle_bridge_up", &[("bridge", "moody")]), 1.0);
    let late = hub.submit(console, rename("Cottage")).await;
    assert!(late.is_ok());
    assert_eq!(supervisor.shutdown(Duration::from_secs(5)).await, Ok(()));
}

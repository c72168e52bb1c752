//! Keeps a bridge running: starts it, carries its outputs to the engine, and starts it anew with
//! back-off when it fails.

use std::time::Duration;

use bridge::{BridgeError, BridgeLink, BridgeSource, HubLink};
use hub_model::{BridgeInput, BridgeOutput};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::counting::BridgeRuns;
use crate::supervisor::{Backoff, Supervisor};

/// The first wait after a failure; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// A bridge that ran this long has worked: its next failure is a first one again.
const WORKED: Duration = Duration::from_secs(60);

/// What the engine's task hears of a bridge, named by its place.
pub(crate) enum FromBridge {
    Started {
        place: usize,
        input: mpsc::Sender<BridgeInput>,
    },
    Output {
        place: usize,
        output: BridgeOutput,
    },
    Stopped {
        place: usize,
    },
}

/// The ends of a bridge's channels that its keeper holds.
pub(crate) struct Ends {
    theirs: BridgeLink,
    output: mpsc::Receiver<BridgeOutput>,
}

impl Ends {
    /// New channels, and the end that the engine's task holds.
    pub(crate) fn new() -> (Self, mpsc::Sender<BridgeInput>) {
        let (theirs, HubLink { input, output }) = bridge::link();
        (Self { theirs, output }, input)
    }
}

/// Keeps a bridge running until the supervisor stops.
pub(crate) async fn keep_bridge(
    place: usize,
    mut source: BridgeSource,
    first: Ends,
    engine: mpsc::Sender<FromBridge>,
    supervisor: Supervisor,
    runs: BridgeRuns,
) {
    let stop = supervisor.stop_token();
    let name = source.name();
    let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
    let mut ends = first;
    while !stop.is_cancelled() {
        let started = Instant::now();
        info!(bridge = name, "bridge starts");
        runs.up.set(1.0);
        let result = run_once(place, &mut source, ends, &engine, &supervisor).await;
        runs.up.set(0.0);
        if engine.send(FromBridge::Stopped { place }).await.is_err() || stop.is_cancelled() {
            return;
        }
        if started.elapsed() >= WORKED {
            backoff.reset();
        }
        let wait = backoff.wait();
        let error = result.err().map(|error| crate::hub::in_full(&error));
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        warn!(
            bridge = name,
            error, wait_ms, "bridge stopped; it starts anew"
        );
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
        runs.restarts.increment();
        let (new, input) = Ends::new();
        ends = new;
        let started = FromBridge::Started { place, input };
        if engine.send(started).await.is_err() {
            return;
        }
    }
}

async fn run_once(
    place: usize,
    source: &mut BridgeSource,
    ends: Ends,
    engine: &mpsc::Sender<FromBridge>,
    supervisor: &Supervisor,
) -> Result<(), BridgeError> {
    let name = source.name();
    let bridge = source.make()?;
    let Ends { theirs, mut output } = ends;
    let run = supervisor.guard(name, bridge.run(theirs, supervisor.stop_token()));
    let forward = async {
        // Ends when the bridge has dropped its end; until then a full engine makes it wait.
        while let Some(output) = output.recv().await {
            if engine
                .send(FromBridge::Output { place, output })
                .await
                .is_err()
            {
                return;
            }
        }
    };
    let (result, ()) = tokio::join!(run, forward);
    result.unwrap_or_else(|panicked| {
        Err(BridgeError {
            what: "the bridge failed in a way that it does not expect itself".to_owned(),
            source: Some(Box::new(panicked)),
        })
    })
}

//! The engine's task: the one owner of the engine, and the start of a hub.
//!
//! It waits for a client, a bridge, the store or a deadline, hands what comes to the engine, and
//! carries out what the engine wants. It never waits for any of them to *take* something: a
//! command that a bridge has no room for is refused, a client that lags behind is cut off.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bridge::BridgeError;
use hub_engine::{
    Action, BodyError, CommitId, Engine, EngineConfig, Event, EventKind, Principal, RequestError,
    RequestId, Transmit, Undelivered,
};
use hub_model::{AttributePath, BridgeInput, CauseId, CommandProgress};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{broadcast, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};

use crate::bridges::{Ends, FromBridge, keep_bridge};
use crate::clock;
use crate::config::HubConfig;
use crate::counting::{self, BridgeRuns, Counting, Outcome};
use crate::handle::{Ask, Batch, HubError, HubHandle, Reply, Ticket};
use crate::store::{HomeStore, StoreError};
use crate::store_work::{FromStore, StoreWork};
use crate::supervisor::Supervisor;

/// Requests that may wait for the engine: enough for all clients of a home at once.
const ASKS: usize = 256;
/// Bridge outputs that may wait for the engine beside those in each bridge's own channel.
const OUTPUTS: usize = 64;
/// Batches of events that a client may lag behind before it must take a fresh snapshot.
const LAG: usize = 1024;
/// Progress of one command: it has at most sent, acknowledged and confirmed.
const PROGRESS: usize = 4;
/// How long a stopping hub waits for its bridges' last words.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// Why a hub could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The store failed.
    #[error("the home cannot be loaded")]
    Store(#[from] StoreError),
    /// The stored home cannot be read.
    #[error("the stored home cannot be read")]
    Home(#[from] BodyError),
}

/// Starts a hub: loads the home, then starts its bridges in parallel. Ready when it returns.
///
/// # Errors
/// When the home cannot be loaded, or the store cannot be written.
pub async fn start(config: HubConfig, supervisor: &Supervisor) -> Result<HubHandle, StartError> {
    let stored = config.store.load().await?;
    let engine_config = EngineConfig {
        bridges: config.bridges.iter().map(|b| b.name().into()).collect(),
        grace: config.grace,
        ..EngineConfig::default()
    };
    let engine = Engine::start(engine_config, config.authorise, stored, clock::now())?;
    let (asks_tx, asks) = mpsc::channel(ASKS);
    let (outputs_tx, outputs) = mpsc::channel(OUTPUTS);
    let (events, _) = broadcast::channel(LAG);
    let (work, results) = StoreWork::start(&config.store, supervisor);
    let stop = supervisor.stop_token();
    let meters = config.meters;
    let names = config.bridges.iter().map(|bridge| bridge.name());
    let mut hub = Hub {
        engine,
        store: work,
        bridges: Vec::new(),
        events,
        answers: BTreeMap::new(),
        tickets: BTreeMap::new(),
        dirty: BTreeSet::new(),
        saving: BTreeSet::new(),
        flush_every: config.flush_every,
        flush_at: None,
        counting: Counting::new(&meters, names),
    };
    hub.settle(&*config.store).await?;
    for (place, source) in config.bridges.into_iter().enumerate() {
        // Its input is there before it runs, so that what is asked at once waits for it.
        let (link, input) = Ends::new();
        hub.bridges.push(Some(input));
        let runs = BridgeRuns::new(&meters, source.name());
        let (outputs, keeper) = (outputs_tx.clone(), supervisor.clone());
        let kept = keep_bridge(place, source, link, outputs, keeper, runs);
        supervisor.spawn("bridge", kept);
    }
    let inputs = Inputs {
        asks,
        outputs,
        results,
    };
    supervisor.spawn("engine", hub.run(inputs, stop));
    Ok(HubHandle {
        asks: asks_tx,
        store: config.store,
        lagged: counting::lagged(&meters),
        meters,
    })
}

struct Inputs {
    asks: mpsc::Receiver<Ask>,
    outputs: mpsc::Receiver<FromBridge>,
    results: mpsc::Receiver<FromStore>,
}

struct Hub {
    engine: Engine,
    store: StoreWork,
    /// The input of each bridge that runs.
    bridges: Vec<Option<mpsc::Sender<BridgeInput>>>,
    events: broadcast::Sender<Batch>,
    answers: BTreeMap<RequestId, Reply<Ticket>>,
    tickets: BTreeMap<CauseId, Open>,
    /// Values that changed since they were last written down.
    dirty: BTreeSet<AttributePath>,
    /// Values that are being written down.
    saving: BTreeSet<AttributePath>,
    flush_every: Duration,
    flush_at: Option<Instant>,
    counting: Counting,
}

/// A command of which more may follow.
struct Open {
    progress: mpsc::Sender<CommandProgress>,
    /// How it went so far.
    outcome: Outcome,
}

impl Hub {
    /// Stores what the engine wants stored before anything else may happen.
    async fn settle(&mut self, store: &dyn HomeStore) -> Result<(), StoreError> {
        while let Some(transmit) = self.engine.poll_transmit() {
            match transmit {
                Transmit::Commit { commit, revision } => {
                    let id = store.commit(revision).await?;
                    self.engine.handle_committed(commit, Ok(id), clock::now());
                }
                Transmit::Forget { node } => store.forget_values(node).await?,
                other => self.carry_out(other),
            }
        }
        self.tell_events();
        Ok(())
    }

    async fn run(mut self, mut inputs: Inputs, stop: CancellationToken) {
        loop {
            let deadline = self.deadline();
            // All branches are cancel safe: channel receives, a timer and a token.
            tokio::select! {
                () = stop.cancelled() => break,
                Some(ask) = inputs.asks.recv() => self.ask(ask),
                Some(from) = inputs.outputs.recv() => self.heard_bridge(from),
                Some(from) = inputs.results.recv() => self.heard_store(from),
                () = sleep_until(deadline) => self.time_passed(),
            }
            self.drain();
        }
        self.wind_down(inputs).await;
    }

    /// Takes the bridges' last words, then writes down what is not yet.
    async fn wind_down(mut self, mut inputs: Inputs) {
        inputs.asks.close();
        let until = Instant::now() + LAST_WORDS;
        while let Ok(Some(from)) = tokio::time::timeout_at(until, inputs.outputs.recv()).await {
            self.heard_bridge(from);
            self.drain();
        }
        loop {
            self.flush();
            if !self.store.is_busy() {
                break;
            }
            match tokio::time::timeout_at(until, inputs.results.recv()).await {
                Ok(Some(FromStore::Saved(Err(error)))) => {
                    error!(%error, "the last values could not be written");
                    break;
                }
                Ok(Some(from)) => self.heard_store(from),
                _ => break,
            }
            self.drain();
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let engine = self.engine.poll_timeout().map(Instant::from_std);
        engine.into_iter().chain(self.flush_at).min()
    }

    fn time_passed(&mut self) {
        if self.flush_at.is_some_and(|at| at <= Instant::now()) {
            self.flush_at = None;
            self.flush();
        }
        self.engine.handle_timeout(clock::now());
    }

    fn ask(&mut self, ask: Ask) {
        // A client that no longer waits for its answer is none of our business.
        match ask {
            Ask::Snapshot(who, filter, reply) => {
                let snapshot = self.engine.snapshot(&who, &filter);
                let _ = reply.send(snapshot.map_err(denied));
            }
            Ask::Subscribe(who, filter, reply) => {
                let snapshot = self.engine.snapshot(&who, &filter);
                let both = snapshot.map(|snapshot| (snapshot, self.events.subscribe()));
                let _ = reply.send(both.map_err(denied));
            }
            Ask::Submit(who, request, reply) => {
                let id = self.engine.handle_request(&who, *request, clock::now());
                self.answers.insert(id, reply);
            }
            Ask::Why(who, path, reply) => {
                let _ = reply.send(self.engine.why(&who, &path).map_err(denied));
            }
            Ask::Tally(who, reply) => {
                let _ = reply.send(self.engine.tally(&who).map_err(denied));
            }
            Ask::May(who, door, reply) => {
                let may = self.may(&who, &door.action());
                let _ = reply.send(may);
            }
        }
    }

    fn may(&self, who: &Principal, action: &Action<'_>) -> Result<(), HubError> {
        self.engine.authorise(who, action).map_err(denied)
    }

    fn heard_bridge(&mut self, from: FromBridge) {
        let now = clock::now();
        match from {
            FromBridge::Started { place, input } => {
                if let Some(bridge) = self.bridges.get_mut(place) {
                    *bridge = Some(input);
                }
            }
            FromBridge::Output { place, output } => {
                self.counting.output(place, &output);
                self.engine.handle_bridge(place, output, now);
            }
            FromBridge::Stopped { place } => {
                if let Some(bridge) = self.bridges.get_mut(place) {
                    *bridge = None;
                }
                self.engine.handle_bridge_stopped(place, now);
            }
        }
    }

    fn heard_store(&mut self, from: FromStore) {
        let now = clock::now();
        self.store.took(&from);
        match from {
            FromStore::Committed(commit, result) => self.committed(commit, result),
            FromStore::Fetched(request, result) => {
                let result = result.map_err(|error| error.to_string());
                self.engine.handle_fetched(request, result, now);
            }
            FromStore::Forgot => {}
            FromStore::Saved(Ok(())) => self.saving.clear(),
            FromStore::Saved(Err(error)) => {
                warn!(%error, "values could not be written; trying again");
                self.dirty.append(&mut self.saving);
                self.flush_soon();
            }
        }
    }

    fn committed(&mut self, commit: CommitId, result: Result<hub_engine::RevisionId, StoreError>) {
        if let Err(error) = &result {
            error!(%error, "a change could not be stored");
        }
        let result = result.map_err(|error| error.to_string());
        self.engine.handle_committed(commit, result, clock::now());
    }

    /// Carries out all that the engine wants, and tells its events.
    fn drain(&mut self) {
        while let Some(transmit) = self.engine.poll_transmit() {
            self.carry_out(transmit);
        }
        self.tell_events();
    }

    fn carry_out(&mut self, transmit: Transmit) {
        match transmit {
            Transmit::Bridge { bridge, input } => self.hand_over(bridge, input),
            Transmit::Commit { commit, revision } => self.store.commit(commit, revision),
            Transmit::Fetch { request, revision } => {
                if self.store.fetch(request, revision).is_err() {
                    let busy = Err("too much waits for the store".to_owned());
                    self.engine.handle_fetched(request, busy, clock::now());
                }
            }
            Transmit::Forget { node } => self.store.forget(node),
            Transmit::Answer { request, answer } => {
                let Some(reply) = self.answers.remove(&request) else {
                    return;
                };
                let answer = answer.map_err(HubError::from).map(|taken| {
                    let (progress, receiver) = mpsc::channel(PROGRESS);
                    if let (Some(cause), None, None) = (taken.cause, taken.job, taken.revision) {
                        let outcome = Outcome::TimedOut;
                        self.tickets.insert(cause, Open { progress, outcome });
                    }
                    Ticket::new(taken, receiver)
                });
                let _ = reply.send(answer);
            }
            Transmit::Progress { cause, progress } => {
                if let Some(open) = self.tickets.get_mut(&cause) {
                    open.outcome = Outcome::of(&progress);
                    // There is room for all that a command can tell; who dropped it needs none.
                    let _ = open.progress.try_send(progress);
                }
            }
            Transmit::Closed { cause } => {
                if let Some(open) = self.tickets.remove(&cause) {
                    self.counting.command(open.outcome);
                }
            }
        }
    }

    fn hand_over(&mut self, place: usize, input: BridgeInput) {
        let sender = self.bridges.get(place).and_then(Option::as_ref);
        let (input, why) = match sender.map(|sender| sender.try_send(input.clone())) {
            Some(Ok(())) => return,
            Some(Err(TrySendError::Full(input))) => (input, Undelivered::Full),
            Some(Err(TrySendError::Closed(input))) => (input, Undelivered::Stopped),
            None => (input, Undelivered::Stopped),
        };
        self.counting.undelivered(place);
        let bridge = self.counting.name(place);
        debug!(bridge, error = ?why, "a bridge cannot be handed something");
        self.engine
            .handle_undelivered(place, input, why, clock::now());
    }

    fn tell_events(&mut self) {
        let mut batch = Vec::new();
        while let Some(event) = self.engine.poll_event() {
            self.mark_dirty(&event);
            self.counting.event(&event.kind);
            batch.push(event);
        }
        if !batch.is_empty() {
            // An error only says that nobody listens.
            let _ = self.events.send(Arc::from(batch));
        }
    }

    /// Notes what must be written down. That a value was merely confirmed is not worth a write.
    fn mark_dirty(&mut self, event: &Event) {
        match &event.kind {
            EventKind::AttributeChanged { path, .. } => drop(self.dirty.insert(*path)),
            EventKind::NodeAdded(view) => {
                self.dirty
                    .extend(view.values.iter().map(|value| value.path));
            }
            _ => return,
        }
        self.flush_soon();
    }

    fn flush_soon(&mut self) {
        if self.flush_at.is_none() {
            self.flush_at = Some(Instant::now() + self.flush_every);
        }
    }

    /// Has the changed values written down, unless others are just being.
    fn flush(&mut self) {
        if self.dirty.is_empty() {
            return;
        }
        if !self.saving.is_empty() {
            self.flush_soon();
            return;
        }
        let values = self.dirty.iter();
        let values: Vec<_> = values
            .filter_map(|path| self.engine.stored_value(path))
            .collect();
        if values.is_empty() {
            self.dirty.clear();
        } else if self.store.save(values) {
            self.saving = std::mem::take(&mut self.dirty);
        } else {
            self.flush_soon();
        }
    }
}

fn denied(denied: hub_engine::Denied) -> HubError {
    HubError::Refused(RequestError::Denied(denied))
}

/// Waits until then, or for ever.
async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// A bridge error with its cause, in one line.
pub(crate) fn in_full(error: &BridgeError) -> String {
    match &error.source {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

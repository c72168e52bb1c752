//! The recorder's task: it listens to the engine, and has what is worth it written down.
//!
//! It never makes the engine wait. What cannot be written down waits here, up to a bound; beyond that
//! it is lost, which is recorded as well. What it missed of the engine's events, because it was too
//! slow, it makes up for from a fresh snapshot.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use history::clock::Clock;
use history::occurrence::Hub;
use history::policy::Wish;
use history::sample::Sample;
use history::series::SeriesKey;
use hub_engine::{EventKind, Filter, Home, NodeView, Principal, Quality, Reachability, Snapshot};
use hub_model::{NodeId, Now, Timestamp};
use hub_runtime::{HubError, HubHandle, Subscription, Supervisor, Update, clock};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::config::RecorderConfig;
use crate::handle::HistoryHandle;
use crate::health::Pulse;
use crate::intake::{Intake, Place};
use crate::keeper;
use crate::store::{Entry, HistoryStore, SeriesId, StoreError};

/// The note that says until when the hub recorded.
const ALIVE: &str = "alive";
/// How often that is noted at most.
const NOTED_EVERY: Duration = Duration::from_secs(60);
/// Samples that are written down at once.
const BATCH: usize = 8_192;
/// Samples that may wait for the store: some twenty megabytes, a minute of a very busy home.
const MOST_WAITING: usize = 262_144;
/// Nodes that are looked up at once.
const LOOKED_UP: usize = 2_500;
/// How long is waited after the store refused, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long a stopping hub waits for the last samples.
const LAST_WRITES: Duration = Duration::from_secs(3);
/// Requests that may wait.
const ASKS: usize = 64;

/// Why the recorder could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The hub refused.
    #[error("the recorder cannot see the home")]
    Hub(#[from] HubError),
}

/// What a handle asks of the recorder.
pub(crate) enum Ask {
    /// Write down what there is, and say when.
    Flush(oneshot::Sender<()>),
    /// How the clock is: the present that is believed, and whether things may go by their age.
    Clock(oneshot::Sender<(Timestamp, bool)>),
    /// Series that are kept for another time than all.
    Kept(oneshot::Sender<Vec<(SeriesId, Duration)>>),
}

/// Starts to record. A store that does not answer is no reason not to start.
///
/// # Errors
/// When the home cannot be seen.
pub async fn start(
    config: RecorderConfig,
    hub: HubHandle,
    supervisor: &Supervisor,
) -> Result<HistoryHandle, StartError> {
    let mut subscription = hub.subscribe(&Principal::hub(), Filter::default()).await?;
    let home = Arc::clone(&subscription.snapshot.home);
    // What was heard before now; all else is of before the hub's start.
    let early = early(subscription.take_snapshot());
    let (asks_tx, asks) = mpsc::channel(ASKS);
    let (pulse, health) = Pulse::new(hub.meters());
    let mut recorder = Recorder {
        store: Arc::clone(&config.store),
        hub: hub.clone(),
        home,
        intake: Intake::new(config.wishes.clone(), Vec::new()),
        clock: Clock::new(clock::now(), None),
        waiting: Vec::new(),
        writing: None,
        flushes: Vec::new(),
        freshened: BTreeSet::new(),
        is_home_new: false,
        missed: None,
        pause: FIRST_PAUSE,
        not_before: None,
        heard: clock::now().wall,
        lost: None,
        noted: None,
        pulse,
    };
    let stop = supervisor.stop_token();
    let (ready_tx, ready) = watch::channel(false);
    let wishes = config.wishes;
    let every = config.commit_every;
    supervisor.spawn("recorder", async move {
        let learned = learn(Arc::clone(&recorder.store), &recorder.pulse, &stop).await;
        let Some((known, last)) = learned else {
            return;
        };
        recorder.begin(wishes, known, last);
        recorder.take_early(early);
        let _ = ready_tx.send(true);
        recorder.run(subscription, asks, every, stop).await;
    });
    let handle = HistoryHandle::new(config.store, hub, asks_tx, health, config.zone, ready);
    let kept = keeper::run(handle.clone(), config.retention, supervisor.stop_token());
    supervisor.spawn("history keeper", kept);
    Ok(handle)
}

/// Nodes that were heard of since the hub's start, with what they told.
fn early(snapshot: Snapshot) -> Vec<NodeView> {
    let told = snapshot.nodes.into_iter().filter_map(|mut node| {
        node.values.retain(|value| value.quality == Quality::Known);
        let is_told = !node.values.is_empty() || node.reachability != Reachability::Unknown;
        is_told.then_some(node)
    });
    told.collect()
}

/// What the store has: its series, and until when the hub recorded. Waits for the store, however long
/// that takes; none when the hub stops or the store was closed.
async fn learn(
    store: Arc<dyn HistoryStore>,
    pulse: &Pulse,
    stop: &CancellationToken,
) -> Option<(Vec<(SeriesId, SeriesKey)>, Option<Timestamp>)> {
    let mut pause = FIRST_PAUSE;
    loop {
        let known = async {
            let note = store.note(ALIVE).await?;
            let noted = note.and_then(|note| note.parse().ok()).map(Timestamp);
            let newest = store.size().await?.newest;
            let last = noted.map(|noted| last_recorded(noted, newest));
            Ok::<_, StoreError>((store.series().await?, last))
        };
        match known.await {
            Ok(known) => return Some(known),
            Err(StoreError::Closed) => return None,
            Err(error) => {
                error!(%error, "the history cannot be opened; trying again");
                pulse.failed(error.to_string(), 0, clock::now().wall);
                // Cancel safe: a token and a timer.
                tokio::select! {
                    () = stop.cancelled() => return None,
                    () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
                }
            }
        }
    }
}

/// Until when the hub recorded: as it noted last, or until just after the newest sample, if that came
/// after the note and before the next would have been due. One that is newer still is of a wrong clock.
fn last_recorded(noted: Timestamp, newest: Option<Timestamp>) -> Timestamp {
    let within = |newest: &Timestamp| newest.since(noted) <= NOTED_EVERY * 2;
    let after = |newest: Timestamp| Timestamp(newest.0.saturating_add(1_000));
    newest
        .filter(within)
        .map_or(noted, |newest| noted.max(after(newest)))
}

struct Recorder {
    store: Arc<dyn HistoryStore>,
    hub: HubHandle,
    home: Arc<Home>,
    intake: Intake,
    clock: Clock,
    /// What is to be written down, in order.
    waiting: Vec<(Place, Sample)>,
    writing: Option<Writing>,
    flushes: Vec<oneshot::Sender<()>>,
    /// Nodes of which values can be relied upon again.
    freshened: BTreeSet<NodeId>,
    is_home_new: bool,
    /// Everything since then may have been missed.
    missed: Option<Timestamp>,
    pause: Duration,
    /// The store refused: it is left alone until then.
    not_before: Option<Instant>,
    /// When the last event that was taken happened, by the hub's clock.
    heard: Timestamp,
    /// What is lost: since when by the hub's clock, and how many samples.
    lost: Option<(Timestamp, u64)>,
    noted: Option<Instant>,
    pulse: Pulse,
}

/// A write that is under way.
type Writing = Pin<Box<dyn Future<Output = Wrote> + Send>>;

/// What became of a write.
struct Wrote {
    batch: Batch,
    /// The ids of the series that had none.
    ids: Vec<SeriesId>,
    result: Result<(), StoreError>,
}

/// What is written down at once.
struct Batch {
    /// Series that have no id yet.
    nameless: Vec<(Place, SeriesKey)>,
    /// The samples, with the ids of their series, where those have one.
    samples: Vec<(Place, Option<SeriesId>, Sample)>,
    /// Until when the hub recorded, if that is to be noted.
    note: Option<Timestamp>,
}

impl Recorder {
    /// Goes on from what the store has: its series, and until when it was recorded.
    fn begin(
        &mut self,
        wishes: Vec<Wish>,
        known: Vec<(SeriesId, SeriesKey)>,
        last: Option<Timestamp>,
    ) {
        let now = clock::now();
        self.clock = Clock::new(now, last);
        self.intake = Intake::new(wishes, known);
        let at = self.believed(now);
        self.intake.hub(Hub::Started { last }, at);
    }

    /// Takes what was heard before the recorder listened.
    fn take_early(&mut self, early: Vec<NodeView>) {
        let now = clock::now().wall;
        for node in early {
            self.intake
                .reachability(node.node.id, node.reachability, now);
            for value in &node.values {
                self.intake.value(value, now, &self.home);
            }
        }
    }

    async fn run(
        mut self,
        mut events: Subscription,
        mut asks: mpsc::Receiver<Ask>,
        every: Duration,
        stop: CancellationToken,
    ) {
        let mut tick = interval(every);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            // All branches are cancel safe: a token, channels, a timer.
            tokio::select! {
                () = stop.cancelled() => break,
                wrote = wrote(&mut self.writing) => self.wrote(wrote),
                update = events.next() => match update {
                    Some(Update::Events(batch)) => self.take(&batch),
                    Some(Update::Lagged) => {
                        if !self.make_up(&mut events).await {
                            break;
                        }
                    }
                    None => break,
                },
                Some(ask) = asks.recv() => self.answer(ask),
                _ = tick.tick() => {
                    self.look_up().await;
                    self.gather();
                    self.write();
                }
            }
            if self.intake.waiting() >= BATCH || !self.flushes.is_empty() {
                self.gather();
                self.write();
            }
        }
        self.finish().await;
    }

    fn take(&mut self, batch: &[hub_engine::Event]) {
        self.see_clock(clock::now());
        for event in batch {
            self.heard = event.at;
            match &event.kind {
                EventKind::Freshened { path, was, .. } if *was == Quality::Stale => {
                    self.freshened.insert(path.node);
                }
                EventKind::HomeChanged { .. } => {
                    self.is_home_new = true;
                    self.intake.event(event, &self.home);
                }
                _ => self.intake.event(event, &self.home),
            }
        }
    }

    /// Looks at the clock, and gives the moment that is believed.
    fn see_clock(&mut self, now: Now) -> Timestamp {
        let seen = self.clock.see(now);
        self.intake.correct(seen.correction);
        self.pulse.clock(self.clock.is_doubted());
        if let Some(step) = seen.stepped {
            warn!(from = %step.from, to = %step.to, "the clock was set, and history follows it");
            let instead_of = step.from;
            self.intake.hub(Hub::ClockSet { instead_of }, step.to);
        }
        seen.at
    }

    fn answer(&mut self, ask: Ask) {
        // Who no longer waits for the answer is none of our business.
        match ask {
            Ask::Flush(reply) => self.flushes.push(reply),
            Ask::Clock(reply) => {
                let now = clock::now();
                let at = self.see_clock(now);
                let _ = reply.send((at, self.clock.is_settled(now)));
            }
            Ask::Kept(reply) => drop(reply.send(self.intake.kept_otherwise())),
        }
    }

    /// The engine's events were missed: takes the home as it is now.
    async fn make_up(&mut self, events: &mut Subscription) -> bool {
        warn!("the recorder could not keep up with the home, and begins anew");
        let since = self.heard;
        if events.renew().await.is_err() {
            return false;
        }
        let now = clock::now();
        self.tell_loss(since, 0, now);
        self.heard = now.wall;
        let snapshot = events.take_snapshot();
        self.intake.make_up(&snapshot, since, now.wall);
        self.home = snapshot.home;
        true
    }

    fn believed(&mut self, now: Now) -> Timestamp {
        self.see_clock(now)
    }

    /// Looks up what events do not say: values that can be relied upon again, and names.
    async fn look_up(&mut self) {
        if self.freshened.is_empty() && !self.is_home_new && self.missed.is_none() {
            return;
        }
        if self.waiting.len() > MOST_WAITING / 2 {
            // What is looked up would find no room.
            return;
        }
        let some = self.freshened.iter().take(LOOKED_UP).copied().collect();
        let nodes: Option<BTreeSet<NodeId>> = self.missed.is_none().then_some(some);
        let filter = Filter {
            nodes: nodes.clone(),
            ..Filter::default()
        };
        let Ok(snapshot) = self.hub.snapshot(&Principal::hub(), filter).await else {
            return;
        };
        self.is_home_new = false;
        self.home = Arc::clone(&snapshot.home);
        let now = clock::now().wall;
        if let Some(since) = self.missed.take() {
            self.intake.make_up(&snapshot, since, now);
            return;
        }
        self.freshened
            .retain(|node| nodes.as_ref().is_some_and(|nodes| !nodes.contains(node)));
        for value in snapshot.nodes.iter().flat_map(|node| &node.values) {
            self.intake.value(value, now, &snapshot.home);
        }
    }

    /// Adds what was taken to what waits, as far as there is room.
    fn gather(&mut self) {
        let now = clock::now();
        let taken = self.intake.take(now.wall);
        self.queue(taken, now);
    }

    fn queue(&mut self, taken: Vec<(Place, Sample)>, now: Now) {
        let room = MOST_WAITING.saturating_sub(self.waiting.len());
        let over = taken.len().saturating_sub(room);
        self.waiting.extend(taken.into_iter().take(room));
        if over > 0 {
            let over = u64::try_from(over).unwrap_or(u64::MAX);
            self.lost.get_or_insert((now.wall, 0)).1 += over;
            self.pulse.lost(over);
        }
        self.pulse.waiting(self.waiting.len());
    }

    /// Has the next samples written down, unless others just are.
    fn write(&mut self) {
        if self.writing.is_some() || self.not_before.is_some_and(|at| Instant::now() < at) {
            return;
        }
        if self.waiting.is_empty() {
            for flush in self.flushes.drain(..) {
                let _ = flush.send(());
            }
            return;
        }
        let many = self.waiting.len().min(BATCH);
        let samples = self.waiting.drain(..many);
        let samples = samples.map(|(place, sample)| (place, self.intake.id(place), sample));
        let samples = samples.collect();
        let is_due = self.noted.is_none_or(|at| at.elapsed() >= NOTED_EVERY);
        let note = is_due.then(|| self.believed(clock::now()));
        if is_due {
            self.noted = Some(Instant::now());
        }
        let batch = Batch {
            nameless: self.intake.nameless().to_vec(),
            samples,
            note,
        };
        self.writing = Some(Box::pin(batch.put(Arc::clone(&self.store))));
    }

    fn wrote(&mut self, wrote: Wrote) {
        self.writing = None;
        let Wrote { batch, ids, result } = wrote;
        self.intake.name(ids);
        let now = clock::now();
        match result {
            Ok(()) => {
                self.pause = FIRST_PAUSE;
                self.not_before = None;
                let at = self.believed(now);
                self.pulse.wrote(batch.samples.len(), at);
                self.make_up_for_lost(now);
            }
            Err(error) => {
                let waiting = self.waiting.len() + batch.samples.len();
                warn!(%error, waiting, "the history cannot be written; trying again");
                self.pulse.failed(error.to_string(), waiting, now.wall);
                let samples = batch.samples.into_iter();
                let mut all: Vec<_> = samples.map(|(place, _, sample)| (place, sample)).collect();
                all.append(&mut self.waiting);
                self.waiting = all;
                self.not_before = Some(Instant::now() + self.pause);
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            }
        }
        self.pulse.waiting(self.waiting.len());
        if !self.waiting.is_empty() || !self.flushes.is_empty() {
            self.write();
        }
    }

    /// There is room again: what was lost is recorded as that, and what is other now is taken.
    fn make_up_for_lost(&mut self, now: Now) {
        if let Some((since, samples)) = self.lost.take() {
            warn!(samples, "some of the history was lost");
            self.tell_loss(since, samples, now);
            self.missed = Some(self.missed.map_or(since, |missed| missed.min(since)));
        }
    }

    fn tell_loss(&mut self, since: Timestamp, samples: u64, now: Now) {
        let at = self.believed(now);
        let since = self.intake.corrected(since);
        self.intake.hub(Hub::Lost { since, samples }, at);
    }

    /// Writes the last samples down.
    async fn finish(mut self) {
        let at = self.believed(clock::now());
        self.intake.hub(Hub::Stopped, at);
        let taken = self.intake.take_all();
        self.queue(taken, clock::now());
        self.not_before = None;
        let all = async {
            loop {
                self.write();
                let Some(writing) = self.writing.take() else {
                    break;
                };
                let wrote = writing.await;
                if wrote.result.is_err() {
                    error!("the last of the history could not be written");
                    break;
                }
                self.wrote(wrote);
            }
            let _ = self.store.set_note(ALIVE, &at.0.to_string()).await;
        };
        if tokio::time::timeout(LAST_WRITES, all).await.is_err() {
            error!("the last of the history could not be written in time");
        }
        info!("the history is written");
        self.store.close().await;
    }
}

impl Batch {
    /// Writes the samples down, and before that gives ids to series that have none.
    async fn put(self, store: Arc<dyn HistoryStore>) -> Wrote {
        let mut ids = Vec::new();
        let result = self.try_put(&*store, &mut ids).await;
        let batch = self;
        Wrote { batch, ids, result }
    }

    async fn try_put(
        &self,
        store: &dyn HistoryStore,
        ids: &mut Vec<SeriesId>,
    ) -> Result<(), StoreError> {
        if !self.nameless.is_empty() {
            let keys = self.nameless.iter().map(|(_, key)| key.clone());
            *ids = store.enrol(keys.collect()).await?;
        }
        let new = |place: &Place| {
            let at = self
                .nameless
                .binary_search_by_key(place, |(place, _)| *place);
            ids.get(at.ok()?).copied()
        };
        let entries = self.samples.iter().filter_map(|(place, id, sample)| {
            let series = id.or_else(|| new(place))?;
            let sample = sample.clone();
            Some(Entry { series, sample })
        });
        store.append(entries.collect()).await?;
        if let Some(at) = self.note {
            store.set_note(ALIVE, &at.0.to_string()).await?;
        }
        Ok(())
    }
}

/// What became of the write that is under way; for ever when none is. Cancel safe: the write stays
/// where it is.
async fn wrote(writing: &mut Option<Writing>) -> Wrote {
    match writing {
        Some(writing) => writing.await,
        None => std::future::pending().await,
    }
}

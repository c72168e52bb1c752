//! The machine's task.
//!
//! It takes what comes in a fixed order of preference: the engine's word on commands before events,
//! since the word was given before the event that it led to; then people, events, deadlines, the
//! store.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use hub_engine::{Filter, Principal};
use hub_model::{Now, Timestamp};
use hub_runtime::{HubError, HubHandle, Subscription, Supervisor, Update, clock};
use rules::log::{Given, is_read};
use rules::machine::{Config, Machine, Told, Transmit};
use rules::schedule::Place;
use rules::trace::Outcome;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::commands::{Commands, Taken};
use crate::handle::{Ask, RulesHandle};
use crate::notices::Notices;
use crate::recording::{Recorder, Recording};
use crate::store::{RunStore, RunStoreError};
use crate::storing::{Mark, Storing};

/// Requests that may wait for the machine.
const ASKS: usize = 64;
/// What the rules told that a client may lag behind.
const LAG: usize = 1024;
/// How long a stopping hub waits for the last writes.
const LAST_WRITES: Duration = Duration::from_secs(3);

/// How the rules are set up.
pub struct RunnerConfig {
    /// Where runs and traces are kept.
    pub store: Arc<dyn RunStore>,
    /// Who keeps the recording.
    pub recorder: Arc<dyn Recorder>,
    /// Where the home is.
    pub place: Place,
    /// A moment that is past for certain: a clock that shows less is wrong.
    pub past: Timestamp,
}

impl std::fmt::Debug for RunnerConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunnerConfig")
            .field("place", &self.place)
            .field("past", &self.past)
            .finish_non_exhaustive()
    }
}

/// Why the rules could not start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The hub refused.
    #[error("the rules cannot see the home")]
    Hub(#[from] HubError),
    /// The store failed.
    #[error("the runs of rules cannot be loaded")]
    Store(#[from] RunStoreError),
}

/// Starts the rules of a home.
///
/// # Errors
/// When the runs cannot be loaded, or the home not be seen.
pub async fn start(
    config: RunnerConfig,
    hub: HubHandle,
    supervisor: &Supervisor,
) -> Result<RulesHandle, StartError> {
    let stored = config.store.load().await?;
    let mut subscription = hub.subscribe(&Principal::hub(), Filter::default()).await?;
    let machine_config = Config {
        place: config.place,
        past: config.past,
    };
    let now = clock::now();
    let mut recording = Recording::new(Arc::clone(&config.recorder));
    recording.begin(&machine_config, now);
    let home = subscription.take_snapshot();
    let start = Given::Start {
        home: &home,
        stored: &stored,
    };
    recording.line(start, now);
    let machine = Machine::start(machine_config.clone(), home, stored, now);
    let (asks_tx, asks) = mpsc::channel(ASKS);
    let (told, _) = broadcast::channel(LAG);
    let notices = Notices::default();
    let mut runner = Runner {
        machine,
        config: machine_config.clone(),
        recording,
        store: Arc::clone(&config.store),
        commands: Commands::new(hub.clone()),
        storing: Storing::new(Arc::clone(&config.store)),
        stored: Mark::default(),
        told: told.clone(),
        notices: notices.clone(),
        held: VecDeque::new(),
    };
    runner.drain().await;
    let stop = supervisor.stop_token();
    supervisor.spawn("rules", runner.run(subscription, asks, stop));
    Ok(RulesHandle {
        asks: asks_tx,
        told,
        notices,
        store: config.store,
        recorder: config.recorder,
        config: Arc::new(machine_config),
        hub,
    })
}

struct Runner {
    machine: Machine,
    config: Config,
    recording: Recording,
    store: Arc<dyn RunStore>,
    commands: Commands,
    storing: Storing,
    /// All up to this is on disk.
    stored: Mark,
    told: broadcast::Sender<Told>,
    notices: Notices,
    /// Messages that wait for their run to be on disk, oldest first.
    held: VecDeque<(Mark, Told)>,
}

/// What comes in.
enum Input {
    Stop,
    Taken(Taken),
    Ask(Ask),
    Update(Option<Update>),
    Stored(Option<Mark>),
    Deadline,
}

impl Runner {
    async fn run(
        mut self,
        mut subscription: Subscription,
        mut asks: mpsc::Receiver<Ask>,
        stop: CancellationToken,
    ) {
        loop {
            let deadline = self.deadline();
            // All branches are cancel safe. The order matters: see the module's documentation.
            let input = tokio::select! {
                biased;
                () = stop.cancelled() => Input::Stop,
                taken = self.commands.taken() => Input::Taken(taken),
                stored = self.storing.next() => Input::Stored(stored),
                Some(ask) = asks.recv() => Input::Ask(ask),
                update = subscription.next() => Input::Update(update),
                () = sleep_until(deadline) => Input::Deadline,
            };
            match input {
                Input::Stop | Input::Update(None) => break,
                Input::Update(Some(Update::Lagged)) => {
                    if subscription.renew().await.is_err() {
                        break;
                    }
                    warn!("the rules could not keep up, and look at the home anew");
                    let (home, now) = (subscription.take_snapshot(), clock::now());
                    self.recording.line(Given::Gap { home: &home }, now);
                    self.machine.handle_gap(home, now);
                    self.drain().await;
                }
                input => self.take(input).await,
            }
            if self.recording.is_due(clock::now()) {
                self.renew().await;
            }
        }
        self.wind_down().await;
    }

    async fn take(&mut self, input: Input) {
        let now = clock::now();
        match input {
            Input::Taken(taken) => self.taken(taken, now).await,
            Input::Ask(ask) => self.ask(ask, now).await,
            Input::Update(Some(Update::Events(events))) => {
                // The engine gave its word on a command before it told what came of it.
                while let Some(taken) = self.commands.taken_now() {
                    self.taken(taken, now).await;
                }
                for event in events.iter().filter(|event| is_read(&event.kind)) {
                    self.recording.line(Given::Event(event), now);
                    self.machine.handle_event(event, now);
                    self.drain().await;
                }
            }
            Input::Stored(mark) => self.stored(mark).await,
            Input::Deadline => self.time_passed(now).await,
            Input::Stop | Input::Update(_) => {}
        }
    }

    async fn taken(&mut self, (token, answer): Taken, now: Now) {
        let given = Given::Taken {
            token,
            answer: &answer,
        };
        self.recording.line(given, now);
        self.machine.handle_taken(token, answer, now);
        self.drain().await;
    }

    async fn ask(&mut self, ask: Ask, now: Now) {
        match ask {
            Ask::Look(look) => look(&mut self.machine, self.storing.failure()),
            Ask::Copy(reply) => {
                let traces = self.machine.traces(None, usize::MAX);
                let (copied, copy) = oneshot::channel();
                self.recording.copy(copied);
                let _ = reply.send((copy, traces));
            }
            Ask::Order(order, by, reply) => {
                let given = Given::Order {
                    order: &order,
                    by: &by,
                };
                self.recording.line(given, now);
                let done = self.machine.handle_order(&order, &by, now);
                self.drain().await;
                let _ = reply.send(done);
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let machine = self.machine.poll_timeout().map(Instant::from_std);
        // Once it is late, nothing waits for it any more.
        let waits = self.commands.is_holding() || !self.held.is_empty();
        let late = self.storing.late_at().filter(|_| waits);
        let all = machine
            .into_iter()
            .chain(self.storing.retry_at())
            .chain(late);
        all.min()
    }

    async fn time_passed(&mut self, now: Now) {
        let present = Instant::now();
        if self.storing.retry_at().is_some_and(|at| at <= present) {
            self.storing.retry();
        }
        if self.storing.is_late() {
            while let Some(command) = self.commands.release_anyway() {
                self.commands.send(command).await;
            }
            self.tell_held(Mark::LAST);
        }
        if self.machine.poll_timeout().is_some_and(|at| at <= now.mono) {
            self.recording.line(Given::Timeout, now);
            self.machine.handle_timeout(now);
            self.drain().await;
        }
    }

    /// Begins a new segment of the recording with a machine made anew from what is on disk, if
    /// nothing is under way.
    async fn renew(&mut self) {
        if !self.machine.is_quiet() || self.storing.is_busy() || self.commands.is_busy() {
            return;
        }
        let Ok(stored) = self.store.load().await else {
            return;
        };
        let now = clock::now();
        self.recording.begin(&self.config, now);
        let home = self.machine.home().clone();
        let start = Given::Start {
            home: &home,
            stored: &stored,
        };
        self.recording.line(start, now);
        let new = Machine::start(self.config.clone(), home, stored, now);
        let old = std::mem::replace(&mut self.machine, new);
        self.machine.remember(old);
        self.drain().await;
    }

    async fn stored(&mut self, mark: Option<Mark>) {
        let Some(mark) = mark else { return };
        self.stored = mark;
        while let Some(command) = self.commands.release(mark) {
            self.commands.send(command).await;
        }
        self.tell_held(mark);
    }

    /// Carries out all that the machine wants.
    async fn drain(&mut self) {
        let writes = self.machine.take_writes();
        let mark = match writes.is_empty() {
            true => self.stored,
            false => self.storing.push(writes),
        };
        let waits = mark > self.stored && !self.storing.is_late();
        while let Some(transmit) = self.machine.poll_transmit() {
            match transmit {
                Transmit::Command(command)
                    if (command.when_stored && waits)
                        || self.commands.holds(command.command.node) =>
                {
                    self.commands.hold(mark, *command);
                }
                Transmit::Command(command) => self.commands.send(*command).await,
                Transmit::Withdraw { token } => self.commands.withdraw(token),
                _ => {}
            }
        }
        while let Some(told) = self.machine.poll_event() {
            // A message is for people, who must not get it twice: it waits as commands do.
            if matches!(told, Told::Notice { .. }) && waits {
                self.held.push_back((mark, told));
            } else {
                self.tell(told);
            }
        }
    }

    fn tell(&self, told: Told) {
        log(&told);
        self.notices.hear(&told, clock::now().wall);
        // An error only says that nobody listens.
        let _ = self.told.send(told);
    }

    /// Tells what waited for all up to the mark to be on disk.
    fn tell_held(&mut self, stored: Mark) {
        while let Some((mark, _)) = self.held.front()
            && *mark <= stored
            && let Some((_, told)) = self.held.pop_front()
        {
            self.tell(told);
        }
    }

    /// Has the last writes written.
    async fn wind_down(mut self) {
        let until = Instant::now() + LAST_WRITES;
        while self.storing.is_busy() {
            match tokio::time::timeout_at(until, self.storing.next()).await {
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => {
                    warn!("the last runs of rules could not be stored");
                    return;
                }
            }
        }
    }
}

/// Writes down what an owner would note.
fn log(told: &Told) {
    match told {
        Told::Trace(trace) => match &trace.outcome {
            Outcome::Done => info!(rule = %trace.rule, run = %trace.id, "rule ran"),
            Outcome::Failed { why } => {
                warn!(rule = %trace.rule, run = %trace.id, error = %why, "rule failed");
            }
            outcome => debug!(rule = %trace.rule, run = %trace.id, ?outcome, "rule"),
        },
        Told::Paused { rule, why, .. } => warn!(%rule, error = %why, "rule paused"),
        Told::Resumed { rule } => info!(%rule, "rule resumed"),
        Told::Notice { rule, .. } => info!(%rule, "rule told something"),
        Told::Variable { name, value } => info!(variable = %name, %value, "variable set"),
        Told::Clock { trusted: false } => {
            warn!("the clock cannot be trusted: rules that go by it are held");
        }
        Told::Clock { trusted: true } => info!("the clock can be trusted again"),
        _ => {}
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

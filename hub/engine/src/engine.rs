//! The engine itself: its state, its doors and what goes out of them.
//!
//! What comes in is handled in `requests` (clients), `bridging` and `reports` (bridges) and
//! `commits` (the store); what clients look at is made in `look`.

mod bridging;
mod commits;
mod live;
mod look;
mod reports;
mod requests;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hub_model::{BridgeInput, CauseId, CommandProgress, NodeId, Now, Origin};

use crate::access::Authorise;
use crate::causes::Causes;
use crate::change::{Revision, RevisionId, StoredHome, StoredValue};
use crate::commands::Commands;
use crate::event::{Event, EventKind};
use crate::home::{BodyError, Home};
use crate::jobs::Jobs;
use crate::request::{RequestError, RequestId, Taken};
use crate::state::{Key, Slot};
use crate::timers::{Timer, Timers};

use commits::{Commits, Pending};
use live::{Dirt, Live};

pub use commits::CommitId;

/// How the engine is set up.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// The names of the bridges. Elsewhere a bridge is named by its place here; the first adds
    /// devices when a request names none.
    pub bridges: Vec<Arc<str>>,
    /// How long a node may be gone before it is shown as offline.
    pub grace: Duration,
    /// How long after the start a bridge may take to claim its nodes.
    pub start_grace: Duration,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            bridges: Vec::new(),
            grace: Duration::from_secs(60),
            start_grace: Duration::from_secs(30),
        }
    }
}

/// Why a bridge could not be handed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// Too much waits for it.
    Full,
    /// It does not run.
    Stopped,
}

/// What the engine wants carried out by its shell.
#[derive(Clone, Debug)]
pub enum Transmit {
    /// Hand this to a bridge; when it cannot take it, [`Engine::handle_undelivered`].
    Bridge {
        /// The bridge, by its place.
        bridge: usize,
        /// What to hand over.
        input: BridgeInput,
    },
    /// Store this, then [`Engine::handle_committed`]. There is one at a time.
    Commit {
        /// Names it.
        commit: CommitId,
        /// What to store.
        revision: Revision,
    },
    /// Look a revision up, then [`Engine::handle_fetched`].
    Fetch {
        /// The request that needs it.
        request: RequestId,
        /// Which.
        revision: RevisionId,
    },
    /// Forget the stored values of a node.
    Forget {
        /// Which.
        node: NodeId,
    },
    /// Answer a request.
    Answer {
        /// Which.
        request: RequestId,
        /// What became of it.
        answer: Result<Taken, RequestError>,
    },
    /// Tell whoever submitted a command how it goes.
    Progress {
        /// The command.
        cause: CauseId,
        /// How it goes.
        progress: CommandProgress,
    },
    /// Nothing more follows of a command.
    Closed {
        /// The command.
        cause: CauseId,
    },
}

/// The engine. After each `handle_*` call, drain [`Engine::poll_transmit`], then
/// [`Engine::poll_event`], then wait until the next input or [`Engine::poll_timeout`].
pub struct Engine {
    config: EngineConfig,
    authorise: Arc<dyn Authorise>,
    home: Arc<Home>,
    nodes: BTreeMap<NodeId, Live>,
    commands: Commands,
    causes: Causes,
    jobs: Jobs,
    commits: Commits,
    fetching: BTreeMap<RequestId, (Origin, RevisionId)>,
    timers: Timers,
    dirty: BTreeMap<NodeId, Dirt>,
    last_request: u64,
    strays: u64,
    out: Outbox,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("seq", &self.out.seq)
            .field("nodes", &self.nodes.len())
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine for a stored home. Its values are stale, and it has no events to tell. Its first
    /// transmit is a commit; what is asked before that is stored may share a cause's number with
    /// something of a run that crashed just then.
    ///
    /// # Errors
    /// When an object of the home's own kinds cannot be read.
    pub fn start(
        config: EngineConfig,
        authorise: Arc<dyn Authorise>,
        stored: StoredHome,
        now: Now,
    ) -> Result<Self, BodyError> {
        let home = Arc::new(Home::load(stored.objects)?);
        let first = home.next_cause();
        let mut engine = Self {
            authorise,
            nodes: BTreeMap::new(),
            commands: Commands::default(),
            causes: Causes::new(first, first),
            jobs: Jobs::default(),
            commits: Commits::default(),
            fetching: BTreeMap::new(),
            timers: Timers::default(),
            dirty: BTreeMap::new(),
            last_request: 0,
            strays: 0,
            out: Outbox::new(now),
            config,
            home,
        };
        engine.restore_nodes();
        engine.restore_values(stored.values);
        let orphans = now.mono + engine.config.start_grace;
        engine.timers.set(Timer::Orphans, orphans);
        engine.restructure();
        engine.out.forget_events();
        engine.settle();
        Ok(engine)
    }

    /// The next thing to carry out.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.out.transmits.pop_front()
    }

    /// The next event to tell all clients.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.out.events.pop_front()
    }

    /// When [`Engine::handle_timeout`] is to be called, unless something else comes first.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Lets all deadlines pass that have come.
    pub fn handle_timeout(&mut self, now: Now) {
        self.out.present = now;
        while let Some(timer) = self.timers.take_due(now.mono) {
            match timer {
                Timer::Away(node) => self.grace_ended(node),
                Timer::Answer(cause) => self.progress(cause, &CommandProgress::TimedOut),
                Timer::Effects(cause) => self.end_command(cause),
                Timer::Orphans => self.find_orphans(),
                Timer::Retry => self.commits.retry(),
            }
        }
        self.settle();
    }

    /// Whether nothing waits to be stored.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.commits.is_idle()
    }

    /// Reports of nodes that their bridge had not told of, since the start.
    #[must_use]
    pub const fn strays(&self) -> u64 {
        self.strays
    }

    /// What every input ends with: nodes whose structure changed are looked at once, and the
    /// store gets its next commit.
    fn settle(&mut self) {
        self.restructure();
        if self.causes.left() < commits::CAUSE_BLOCK / 2 && !self.commits.has(&Pending::Causes) {
            self.commits.push(Pending::Causes);
        }
        self.pump();
    }

    fn restore_nodes(&mut self) {
        let home = Arc::clone(&self.home);
        for node in home.nodes() {
            let bridge = self.bridge_named(&node.bridge);
            let live = Live::restored(bridge, self.out.present, self.config.grace);
            if let Some(at) = live.reach.deadline() {
                self.timers.set(Timer::Away(node.id), at);
            }
            self.nodes.insert(node.id, live);
            self.dirty.insert(node.id, Dirt::all());
        }
    }

    fn restore_values(&mut self, values: Vec<StoredValue>) {
        let mut unknown = None;
        for stored in values {
            let node = stored.path.node;
            if let Some(live) = self.nodes.get_mut(&node) {
                let slot = Slot::restored(stored.value, stored.reported_at, stored.received_at);
                live.table.restore(Key::of(&stored.path), slot);
            } else if unknown != Some(node) {
                unknown = Some(node);
                self.out.transmit(Transmit::Forget { node });
            }
        }
    }

    fn bridge_named(&self, name: &str) -> Option<usize> {
        let mut bridges = self.config.bridges.iter();
        bridges.position(|bridge| &**bridge == name)
    }
}

/// What goes out, and the present it goes out in.
#[derive(Debug)]
struct Outbox {
    present: Now,
    seq: u64,
    events: VecDeque<Event>,
    transmits: VecDeque<Transmit>,
}

impl Outbox {
    const fn new(present: Now) -> Self {
        Self {
            present,
            seq: 0,
            events: VecDeque::new(),
            transmits: VecDeque::new(),
        }
    }

    /// Puts an event out under the next number.
    fn event(&mut self, kind: EventKind) {
        self.seq += 1;
        self.events.push_back(Event {
            seq: self.seq,
            at: self.present.wall,
            kind,
        });
    }

    fn transmit(&mut self, transmit: Transmit) {
        self.transmits.push_back(transmit);
    }

    fn answer(&mut self, request: RequestId, answer: Result<Taken, RequestError>) {
        self.transmit(Transmit::Answer { request, answer });
    }

    /// What was before the start is no news.
    fn forget_events(&mut self) {
        self.events.clear();
        self.seq = 0;
    }
}

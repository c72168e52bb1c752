//! The whole: the engine with a store and a client, its bridge, the link, the lamps, the clock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hub_engine::{
    ConsoleOnly, Engine, EngineConfig, Event, Filter, Principal, Request, RevisionId, Snapshot,
    StoredHome, Taken, Transmit,
};
use hub_model::{
    BridgeInput, BridgeOutput, CauseId, Command, CommandProgress, NodeId, Now, Timestamp,
};

use crate::chance::Chance;
use crate::lamp::{Ask, Lamp};
use crate::link::{Link, Parcel, Weather};

/// See the module.
#[derive(Debug)]
pub struct World {
    engine: Engine,
    now: Now,
    link: Link,
    lamps: BTreeMap<NodeId, Lamp>,
    away: BTreeSet<NodeId>,
    answered: BTreeSet<CauseId>,
    asked: BTreeMap<CauseId, Asked>,
    revisions: u64,
    events: Vec<Event>,
    mirror: Snapshot,
}

/// What became of a command.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The latest moment for an answer.
    pub deadline: Instant,
    /// How it went, and when.
    pub progress: Vec<(Instant, CommandProgress)>,
    /// How often it was closed.
    pub closed: u32,
}

/// How long a command may take.
const WITHIN: Duration = Duration::from_secs(10);
/// When the bridge asks, after it was told to: a lost parcel is sent again.
const TRIES: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_secs(2),
    Duration::from_secs(4),
];
/// After this nothing is under way any more.
const LONG: Duration = Duration::from_secs(300);
/// The engine's only bridge, by its place.
const BRIDGE: usize = 0;

impl World {
    /// So many lamps, all off and present.
    ///
    /// # Panics
    /// When the engine does not start on an empty home.
    #[must_use]
    pub fn new(lamps: u64, weather: Weather, seed: u64, start: Instant) -> Self {
        let now = Now {
            mono: start,
            wall: Timestamp::from_secs(1_800_000_000),
        };
        let config = EngineConfig {
            bridges: vec!["sim".into()],
            ..EngineConfig::default()
        };
        let stored = StoredHome::default();
        let engine = Engine::start(config, Arc::new(ConsoleOnly), stored, now)
            .expect("an empty home can be read");
        let mut world = Self {
            mirror: look(&engine),
            engine,
            now,
            link: Link::new(weather, Chance::new(seed)),
            lamps: BTreeMap::new(),
            away: BTreeSet::new(),
            answered: BTreeSet::new(),
            asked: BTreeMap::new(),
            revisions: 0,
            events: Vec::new(),
        };
        world.drain();
        for node in (0x10..)
            .map(NodeId)
            .take(usize::try_from(lamps).unwrap_or(0))
        {
            world.lamps.insert(node, Lamp::new(node));
            world.bridge(BridgeOutput::Joined { node });
            world.back(node);
        }
        world
    }

    /// The lamps' nodes.
    #[must_use]
    pub fn nodes(&self) -> Vec<NodeId> {
        self.lamps.keys().copied().collect()
    }

    /// The lamps, as they truly are.
    pub fn lamps(&self) -> impl Iterator<Item = &Lamp> {
        self.lamps.values()
    }

    /// What the engine believes.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        look(&self.engine)
    }

    /// All that the engine told so far.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// What became of every command.
    #[must_use]
    pub const fn asked(&self) -> &BTreeMap<CauseId, Asked> {
        &self.asked
    }

    /// Whether a lamp is away.
    #[must_use]
    pub fn is_away(&self, node: NodeId) -> bool {
        self.away.contains(&node)
    }

    /// Asks a lamp, as a person at the console.
    pub fn ask(&mut self, node: NodeId, ask: Ask) {
        let operation = ask.operation();
        let command = Command {
            node,
            operation,
            within: WITHIN,
        };
        let request = Request::Command {
            command,
            parent: None,
        };
        self.engine
            .handle_request(&Principal::console(), request, self.now);
        self.drain();
    }

    /// A hand at a lamp.
    pub fn touch(&mut self, node: NodeId) {
        if let Some(lamp) = self.lamps.get_mut(&node) {
            lamp.touch();
        }
        self.tell(node);
    }

    /// A lamp loses its link; the bridge notices.
    pub fn leave(&mut self, node: NodeId) {
        self.away.insert(node);
        self.link.cut(node);
        self.bridge(BridgeOutput::Reachable {
            node,
            reachable: false,
        });
    }

    /// A lamp is back, and tells its state as a subscription's first report does: that one comes.
    pub fn back(&mut self, node: NodeId) {
        self.away.remove(&node);
        self.bridge(BridgeOutput::Reachable {
            node,
            reachable: true,
        });
        if let Some(lamp) = self.lamps.get(&node) {
            let report = lamp.report(self.now.wall);
            self.bridge(BridgeOutput::Reports(vec![report]));
        }
    }

    /// Lets time pass, moment by moment.
    pub fn wait(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            let next = [self.engine.poll_timeout(), self.link.next()];
            let next = next.into_iter().flatten().min();
            let Some(at) = next.filter(|at| *at <= end.mono) else {
                break;
            };
            self.now = self.now + at.saturating_duration_since(self.now.mono);
            while let Some(parcel) = self.link.arrived(self.now.mono) {
                self.arrive(parcel);
            }
            self.engine.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    /// Good weather; everything under way ends, and every lamp comes back.
    pub fn settle(&mut self) {
        self.link.heal();
        self.wait(LONG);
        for node in self.nodes() {
            self.back(node);
        }
        self.wait(LONG);
    }

    fn arrive(&mut self, parcel: Parcel) {
        match parcel {
            Parcel::Ask(node, cause, ask) => {
                if self.away.contains(&node) {
                    return;
                }
                let lamp = self.lamps.get_mut(&node);
                if lamp.is_some_and(|lamp| lamp.obey(cause, ask)) {
                    self.tell(node);
                }
                self.send(&Parcel::Answer(node, cause));
            }
            Parcel::Answer(_, cause) => {
                if self.answered.insert(cause) {
                    let progress = CommandProgress::Acknowledged { response: None };
                    self.bridge(BridgeOutput::Progress { cause, progress });
                }
            }
            Parcel::Tell(report) => self.bridge(BridgeOutput::Reports(vec![report])),
        }
    }

    fn tell(&mut self, node: NodeId) {
        let told = self.lamps.get(&node).map(|lamp| lamp.report(self.now.wall));
        if let Some(report) = told {
            self.send(&Parcel::Tell(report));
        }
    }

    fn send(&mut self, parcel: &Parcel) {
        if !self.away.contains(&parcel.node()) {
            self.link.send(parcel, self.now.mono);
        }
    }

    fn bridge(&mut self, output: BridgeOutput) {
        self.engine.handle_bridge(BRIDGE, output, self.now);
        self.drain();
    }

    /// Carries out what the engine wants and keeps the client's copy, which must stay true.
    fn drain(&mut self) {
        while let Some(transmit) = self.engine.poll_transmit() {
            self.carry_out(transmit);
        }
        while let Some(event) = self.engine.poll_event() {
            self.mirror.apply(&event).expect("no event is missed");
            self.events.push(event);
        }
        assert_eq!(self.mirror, self.snapshot(), "events make the snapshot");
    }

    fn carry_out(&mut self, transmit: Transmit) {
        match transmit {
            Transmit::Bridge { input, .. } => self.obey(input),
            Transmit::Commit { commit, .. } => {
                self.revisions += 1;
                let revision = Ok(RevisionId(self.revisions));
                self.engine.handle_committed(commit, revision, self.now);
            }
            Transmit::Answer {
                answer: Ok(Taken {
                    cause: Some(cause), ..
                }),
                ..
            } => drop(self.of(cause)),
            Transmit::Progress { cause, progress } => {
                let at = self.now.mono;
                self.of(cause).progress.push((at, progress));
            }
            Transmit::Closed { cause } => self.of(cause).closed += 1,
            Transmit::Answer { .. } | Transmit::Fetch { .. } | Transmit::Forget { .. } => {}
        }
    }

    /// The bridge's part: it says that it sent, and asks until it is tired.
    fn obey(&mut self, input: BridgeInput) {
        let BridgeInput::Command { cause, command, .. } = input else {
            return;
        };
        let Some(ask) = Ask::of(&command.operation) else {
            return;
        };
        let progress = CommandProgress::Sent;
        let output = BridgeOutput::Progress { cause, progress };
        self.engine.handle_bridge(BRIDGE, output, self.now);
        if !self.away.contains(&command.node) {
            let parcel = Parcel::Ask(command.node, cause, ask);
            for after in TRIES {
                self.link.send(&parcel, self.now.mono + after);
            }
        }
    }

    fn of(&mut self, cause: CauseId) -> &mut Asked {
        let deadline = self.now.mono + WITHIN;
        self.asked.entry(cause).or_insert_with(|| Asked {
            deadline,
            progress: Vec::new(),
            closed: 0,
        })
    }
}

fn look(engine: &Engine) -> Snapshot {
    engine
        .snapshot(&Principal::console(), &Filter::default())
        .expect("the console may see everything")
}

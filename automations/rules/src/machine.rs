//! The machine: it senses what happens, starts rules, and carries out what they do.
//!
//! A pure state machine with the usual doors. One input goes in with the present time; then
//! [`Machine::poll_transmit`] and [`Machine::poll_event`] are drained, and [`Machine::take_writes`]
//! gives what must be stored, together or not at all. Fed the same inputs at the same times, it does
//! the same, byte for byte: live, in a simulation over the past, and in the replay of an incident.
//!
//! What must outlive a crash is in the writes of the very input that made it: runs with their
//! position and variables, pending `for`, the civil day for which a schedule ran, variables, pauses.
//! A command of a run that has more to do waits for them to be on disk ([`Command::when_stored`]);
//! one of a run that has nothing more to do need not wait, since there is nothing to be lost.

mod answers;
mod clock;
mod conflicts;
mod explain;
mod give;
mod hold;
mod keep;
mod late;
mod load;
mod order;
mod renew;
mod run;
mod sense;
mod start;
mod state;
mod tally;
mod timers;
mod traces;
mod wait;
mod watch;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use hub_engine::{Event, Snapshot};
use hub_model::{CauseId, Now, Operation, Timestamp};

use crate::schedule::Place;
use crate::slots::{Present, Slots};
use crate::trace::{RunId, Trace};
use crate::variable::Variables;

pub use explain::{RuleState, RuleView, SceneView, VariableView};
pub use keep::Write;
pub use load::{RULE, SCENE, VARIABLE};
pub use order::{Order, Person, Refused};
pub use state::Pause;
pub use tally::{Starts, Tally};

use answers::Answers;
use load::{Rules, Scenes};
use state::{Run, ThreadId};
use timers::{Timer, Timers};
use traces::Traces;
use watch::Watch;

/// How the machine is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the home is: its time zone, and for the sun its location.
    pub place: Place,
    /// A moment that is past for certain: a clock that shows less is wrong.
    pub past: Timestamp,
}

/// A command that a rule gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// Names it until it is taken.
    pub token: u64,
    /// The rule and its version: `hall-light@1f2e3d4c`.
    pub author: Arc<str>,
    /// Whose rights it has; the console's when none.
    pub owner: Option<Arc<str>>,
    /// What is asked.
    pub command: hub_model::Command,
    /// What led to it.
    pub parent: Option<CauseId>,
    /// Whether it must not be sent before the writes of this input are on disk.
    pub when_stored: bool,
}

/// What the machine wants carried out.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Transmit {
    /// Give this command, then [`Machine::handle_taken`].
    Command(Box<Command>),
    /// Drop a command that was not sent yet: its run has ended.
    Withdraw {
        /// Which.
        token: u64,
    },
}

/// What the machine tells.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Told {
    /// A trace began, went on or ended.
    Trace(Arc<Trace>),
    /// A rule was paused.
    Paused {
        /// Which.
        rule: Arc<str>,
        /// Whom to tell.
        owner: Option<Arc<str>>,
        /// Why.
        why: Arc<str>,
    },
    /// A rule may start again.
    Resumed {
        /// Which.
        rule: Arc<str>,
    },
    /// A rule says something to people.
    Notice {
        /// The rule.
        rule: Arc<str>,
        /// The run.
        run: RunId,
        /// Whom to tell; everybody when none.
        to: Option<Arc<str>>,
        /// What.
        message: Arc<str>,
    },
    /// A variable of the home has another value.
    Variable {
        /// Which.
        name: Arc<str>,
        /// Its value, for people.
        value: Arc<str>,
    },
    /// Rules that wait for the clock are held, or no longer: it cannot be trusted.
    Clock {
        /// Whether it is trusted.
        trusted: bool,
    },
}

/// The machine.
pub struct Machine {
    config: Config,
    home: Snapshot,
    variables: Variables,
    slots: Slots,
    rules: Rules,
    scenes: Scenes,
    watch: Watch,
    runs: BTreeMap<RunId, Run>,
    answers: Answers,
    timers: Timers,
    traces: Traces,
    keep: keep::Keep,
    late: late::Late,
    clock: clock::Clock,
    started: Instant,
    next_run: u64,
    next_token: u64,
    now: Now,
    /// Threads that can go on at once, in the order in which they could.
    ready: VecDeque<(RunId, ThreadId)>,
    /// Operations that this input may still lead to.
    budget: usize,
    /// Rules are loaded, but nothing is looked at before all is restored.
    is_starting: bool,
    transmits: VecDeque<Transmit>,
    told: VecDeque<Told>,
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine")
            .field("rules", &self.rules.len())
            .field("runs", &self.runs.len())
            .finish_non_exhaustive()
    }
}

impl Machine {
    /// A machine for this home, with what was stored. It starts nothing by itself: values that were
    /// restored are not known yet, and what becomes known makes no edge. What was due while the hub
    /// was off is looked at now, and `if_late` decides.
    #[must_use]
    pub fn start(
        config: Config,
        home: Snapshot,
        stored: impl IntoIterator<Item = (String, String)>,
        now: Now,
    ) -> Self {
        let mut machine = Self {
            clock: clock::Clock::new(&config, now),
            started: now.mono,
            config,
            home,
            variables: BTreeMap::new(),
            slots: Slots::default(),
            rules: Rules::default(),
            scenes: Scenes::default(),
            watch: Watch::default(),
            runs: BTreeMap::new(),
            answers: Answers::default(),
            timers: Timers::default(),
            traces: Traces::default(),
            keep: keep::Keep::default(),
            late: late::Late::default(),
            next_run: 1,
            next_token: 1,
            now,
            ready: VecDeque::new(),
            budget: run::MOST_AT_ONCE,
            is_starting: true,
            transmits: VecDeque::new(),
            told: VecDeque::new(),
        };
        if !machine.clock.is_trusted() {
            machine.told.push_back(Told::Clock { trusted: false });
        }
        let stored = keep::Stored::read(stored);
        machine.restore(stored);
        machine.settle();
        machine
    }

    /// Takes an event of the engine. Events come in order and without a gap; after one,
    /// [`Machine::handle_gap`]. One that the snapshot includes changes nothing. The events of a
    /// command come after the [`Machine::handle_taken`] that names it.
    pub fn handle_event(&mut self, event: &Event, now: Now) {
        self.begin(now);
        if event.seq > self.home.seq {
            self.event(event);
        }
        self.settle();
    }

    /// Takes a fresh snapshot after events were missed. What changed meanwhile makes no edge.
    pub fn handle_gap(&mut self, home: Snapshot, now: Now) {
        self.begin(now);
        self.home = home;
        self.refill();
        self.reload();
        self.look_again();
        self.answers.missed();
        self.settle();
    }

    /// Takes the engine's answer to a command: its name in events, or why it was not taken.
    pub fn handle_taken(&mut self, token: u64, answer: Result<CauseId, String>, now: Now) {
        self.begin(now);
        self.taken(token, answer);
        self.settle();
    }

    /// Lets all deadlines pass that have come.
    pub fn handle_timeout(&mut self, now: Now) {
        self.begin(now);
        while self.budget > 0
            && let Some(timer) = self.timers.take_due(now.mono)
        {
            match timer {
                Timer::Hold(rule, trigger) => self.hold_ended(rule, trigger),
                Timer::Clock(rule, trigger) => self.clock_came(rule, trigger),
                Timer::Postponed(rule, trigger) => self.start_postponed(rule, trigger),
                Timer::Thread(run, thread) => self.thread_woke(run, thread),
                Timer::Compile => self.compile_some(),
                Timer::Late => self.end_late(),
            }
            self.work();
        }
        self.settle();
    }

    /// When [`Machine::handle_timeout`] is to be called, unless something else comes first.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// The next thing to carry out.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    /// The next thing to tell.
    pub fn poll_event(&mut self) -> Option<Told> {
        self.told.pop_front()
    }

    /// What must be stored in one transaction, and what was transmitted with `when_stored` must wait
    /// for. Empty when the input changed nothing that outlives a crash.
    pub fn take_writes(&mut self) -> Vec<Write> {
        self.keep.take()
    }

    fn begin(&mut self, now: Now) {
        self.now = now;
        self.budget = run::MOST_AT_ONCE;
        let was_trusted = self.clock.is_trusted();
        let step = self.clock.look(now, &self.config);
        let trusted = self.clock.is_trusted();
        if trusted != was_trusted {
            self.told.push_back(Told::Clock { trusted });
        }
        if let Some(step) = step {
            self.clock_stepped(step);
        }
    }

    /// What every input ends with: what can go on does, then what changed is written down.
    fn settle(&mut self) {
        self.work();
        self.store_changed();
    }

    fn present(&self) -> Present<'_> {
        Present {
            snapshot: &self.home,
            variables: &self.variables,
            now: self.now.wall,
        }
    }

    fn token(&mut self) -> u64 {
        self.next_token += 1;
        self.next_token
    }

    /// A command of a run.
    fn command(
        &mut self,
        run: RunId,
        operation: Operation,
        node: hub_model::NodeId,
        within: std::time::Duration,
    ) -> u64 {
        let token = self.token();
        let command = self.runs.get(&run).map(|run| Command {
            token,
            author: run.author(),
            owner: run.owner.clone(),
            command: hub_model::Command {
                node,
                operation,
                within,
            },
            parent: run.cause,
            when_stored: false,
        });
        if let Some(command) = command {
            self.transmits
                .push_back(Transmit::Command(Box::new(command)));
        }
        token
    }
}

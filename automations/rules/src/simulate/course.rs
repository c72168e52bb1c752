//! The course of one simulation: a machine, a virtual clock, and devices that obey at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hub_engine::{Event, EventKind, Snapshot};
use hub_model::{CauseId, CommandProgress, Now, Timestamp};

use super::outcome::Stopped;
use super::tally::Tally;
use super::{Happened, Outcome, with_rules};
use crate::machine::{Config, Machine, Transmit};
use crate::tree::Rule;

/// Causes of simulated commands begin here: no hub gives so many commands.
pub(super) const FIRST_CAUSE: u64 = 1 << 63;
/// Inputs of one moment after which every further one takes [`BUSY_STEP`]: else what is repeated
/// until a time has passed would be repeated for ever.
const MOST_AT_ONCE: u32 = 1_000;
const BUSY_STEP: Duration = Duration::from_millis(100);
/// The most inputs of one course; some minutes of work.
const MOST_INPUTS: u64 = 20_000_000;

/// One simulation under way.
pub(super) struct Course {
    machine: Machine,
    rules: Vec<Rule>,
    base: Instant,
    began: Timestamp,
    from: Timestamp,
    to: Timestamp,
    /// How long it is since it began, in microseconds.
    passed_us: u64,
    /// Inputs of the present moment.
    at_once: u32,
    inputs: u64,
    next_cause: u64,
    /// The number of the machine's last event.
    seq: u64,
    tally: Tally,
    stopped: Option<Stopped>,
}

impl Course {
    pub(super) fn begin(
        config: &Config,
        home: &Snapshot,
        rules: Vec<Rule>,
        (from, to): (Timestamp, Timestamp),
        (began, base): (Timestamp, Instant),
    ) -> Self {
        let home = with_rules(home, &rules);
        let ids: BTreeSet<_> = rules.iter().map(|rule| Arc::clone(&rule.id)).collect();
        let now = Now {
            mono: base,
            wall: began,
        };
        let seq = home.seq;
        let mut course = Self {
            machine: Machine::start(config.clone(), home, Vec::new(), now),
            rules,
            base,
            began,
            from,
            to,
            passed_us: 0,
            at_once: 0,
            inputs: 0,
            next_cause: FIRST_CAUSE,
            seq,
            tally: Tally::new(from, ids),
            stopped: None,
        };
        course.drain();
        course
    }

    /// The course, which stops when there are more runs than this.
    pub(super) fn at_most(mut self, runs: usize) -> Self {
        self.tally.most_runs = runs;
        self
    }

    pub(super) const fn is_stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// Lets all pass that is due up to a moment.
    pub(super) fn reach(&mut self, at: Timestamp) {
        if at >= self.from && !self.tally.is_open() {
            self.pass(Timestamp(self.from.0.saturating_sub(1)));
            self.tally.open(&self.machine);
        }
        self.pass(at);
    }

    fn pass(&mut self, at: Timestamp) {
        let until_us = micros(at.since(self.began));
        while !self.is_stopped()
            && let Some(due) = self.machine.poll_timeout()
        {
            let due = due.saturating_duration_since(self.base);
            // Rounded up, since what comes before its time does not count.
            let due_us = micros(due + Duration::from_nanos(999));
            if due_us > until_us {
                break;
            }
            self.advance(due_us);
            let now = self.now();
            self.machine.handle_timeout(now);
            self.drain();
        }
        self.advance(until_us);
    }

    fn advance(&mut self, to_us: u64) {
        if to_us > self.passed_us {
            self.passed_us = to_us;
            self.at_once = 0;
        }
    }

    /// Takes what happened.
    pub(super) fn take(&mut self, happened: &Happened<'_>) {
        if self.is_stopped() {
            return;
        }
        let now = self.now();
        match happened {
            Happened::Event(event) => self.event(now.wall, event.kind.clone(), now),
            Happened::Started(home) => {
                let mut home = with_rules(home, &self.rules);
                home.seq = self.seq;
                self.machine.handle_gap(home, now);
            }
        }
        self.drain();
    }

    fn event(&mut self, at: Timestamp, kind: EventKind, now: Now) {
        self.seq += 1;
        let seq = self.seq;
        self.machine.handle_event(&Event { seq, at, kind }, now);
    }

    /// The present of one more input.
    fn now(&mut self) -> Now {
        self.inputs += 1;
        self.at_once = self.at_once.saturating_add(1);
        if self.at_once > MOST_AT_ONCE {
            self.passed_us = self.passed_us.saturating_add(micros(BUSY_STEP));
        }
        if self.inputs > MOST_INPUTS {
            self.stop("there is too much to do for a simulation".to_owned());
        }
        let passed = Duration::from_micros(self.passed_us);
        Now {
            mono: self.base + passed,
            wall: self.began + passed,
        }
    }

    fn stop(&mut self, why: String) {
        let at = self.began + Duration::from_micros(self.passed_us);
        self.stopped.get_or_insert(Stopped { at, why });
    }

    /// Takes all that comes of an input. Commands are taken and done at once.
    fn drain(&mut self) {
        loop {
            while let Some(told) = self.machine.poll_event() {
                let at = self.began + Duration::from_micros(self.passed_us);
                self.tally.told(told, at, &self.machine);
            }
            drop(self.machine.take_writes());
            if let Some(why) = self.tally.full() {
                self.stop(why);
            }
            if self.is_stopped() {
                return;
            }
            match self.machine.poll_transmit() {
                Some(Transmit::Command(command)) => {
                    let cause = CauseId(self.next_cause);
                    self.next_cause += 1;
                    let now = self.now();
                    self.machine.handle_taken(command.token, Ok(cause), now);
                    let done = EventKind::Command {
                        cause,
                        node: command.command.node,
                        progress: CommandProgress::Confirmed,
                    };
                    self.event(now.wall, done, now);
                }
                Some(_) => {}
                None => return,
            }
        }
    }

    pub(super) fn finish(mut self) -> Outcome {
        self.reach(self.to);
        self.tally.finish(&self.machine);
        self.tally.outcome(self.from, self.to, self.stopped)
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

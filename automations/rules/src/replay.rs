//! Replay: a log's inputs given to another machine, at the same times.
//!
//! What comes out has a canonical text that is the same, byte for byte, on every machine and every
//! day, as long as the rules of the language are the same; so an incident can be sent to somebody
//! who was not there, and a change of the hub can be tried on what happened in a real home.
//!
//! The time zones are those of the hub that replays: where a government changed its clocks since,
//! a schedule after that change is another one.

pub mod incident;
mod text;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use crate::log::{Input, Log};
use crate::machine::{Machine, Told, Transmit, Write};
use crate::trace::{RunId, Trace};

/// What a machine did that was given a log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replay {
    /// The traces that were told, each as it was told last, ascending by run.
    pub traces: Vec<Arc<Trace>>,
    /// What was to be carried out.
    pub transmits: Vec<Out<Transmit>>,
    /// What was told.
    pub told: Vec<Out<Told>>,
    /// What was to be stored.
    pub writes: Vec<Out<Write>>,
    /// Traces that the machine holds otherwise than it told them: not every repetition of what came
    /// to nothing is told.
    held: Vec<Arc<Trace>>,
}

/// What came of an input.
#[derive(Clone, Debug, PartialEq)]
pub struct Out<T> {
    /// The entry of the log, from 0.
    pub entry: usize,
    /// What.
    pub what: T,
}

/// Where two texts differ first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The line, from 1.
    pub line: usize,
    /// What was recorded there; none when that has ended.
    pub recorded: Option<String>,
    /// What was replayed there; none when that has ended.
    pub replayed: Option<String>,
}

/// Gives a log's inputs to a machine, as if the log had begun at `base`.
#[must_use]
pub fn replay(log: &Log, base: Instant) -> Replay {
    let mut replay = Replay::default();
    let mut machine = None;
    for (entry, logged) in log.entries.iter().enumerate() {
        let now = logged.now(base);
        match (&mut machine, &logged.input) {
            (none, Input::Start { home, stored }) => {
                let stored = stored.iter().cloned();
                *none = Some(Machine::start(log.config(), (**home).clone(), stored, now));
            }
            (Some(machine), Input::Event(event)) => machine.handle_event(event, now),
            (Some(machine), Input::Timeout) => machine.handle_timeout(now),
            (Some(machine), Input::Taken { token, answer }) => {
                machine.handle_taken(*token, answer.clone(), now);
            }
            (Some(machine), Input::Order { order, by }) => {
                // The person who asked was answered then.
                let _ = machine.handle_order(order, by, now);
            }
            (Some(machine), Input::Gap { home }) => machine.handle_gap((**home).clone(), now),
            // A log that was read begins with the start.
            (None, _) => {}
        }
        if let Some(machine) = &mut machine {
            replay.drain(entry, machine);
        }
    }
    if let Some(machine) = &machine {
        replay.finish(machine);
    }
    replay
}

impl Replay {
    /// Takes all that came of an input.
    fn drain(&mut self, entry: usize, machine: &mut Machine) {
        while let Some(what) = machine.poll_transmit() {
            self.transmits.push(Out { entry, what });
        }
        while let Some(what) = machine.poll_event() {
            self.told.push(Out { entry, what });
        }
        let writes = machine.take_writes().into_iter();
        self.writes.extend(writes.map(|what| Out { entry, what }));
    }

    fn finish(&mut self, machine: &Machine) {
        let mut last: BTreeMap<RunId, &Arc<Trace>> = BTreeMap::new();
        for out in &self.told {
            if let Told::Trace(trace) = &out.what {
                last.insert(trace.id, trace);
            }
        }
        let held = last.values().filter_map(|told| {
            let held = machine.trace(told.id)?;
            (held != **told).then_some(held)
        });
        self.held = held.collect();
        self.traces = last.into_values().cloned().collect();
    }

    /// The canonical text: a line of JSON for all that came out, in order.
    #[must_use]
    pub fn to_text(&self) -> String {
        text::of(self)
    }

    /// Where this differs first from the text of another replay.
    #[must_use]
    pub fn compare(&self, recorded: &str) -> Option<Difference> {
        let replayed = self.to_text();
        let (mut recorded, mut replayed) = (recorded.lines(), replayed.lines());
        let mut line = 0;
        loop {
            line += 1;
            let (recorded, replayed) = (recorded.next(), replayed.next());
            if recorded != replayed {
                return Some(Difference {
                    line,
                    recorded: recorded.map(str::to_owned),
                    replayed: replayed.map(str::to_owned),
                });
            }
            recorded?;
        }
    }
}

#[cfg(test)]
pub(crate) mod living;
#[cfg(test)]
mod tests;

//! Simulation: what rules would have done over the recorded past.
//!
//! A machine with these rules and no others is given what happened, at the times at which it
//! happened, by a virtual clock; nothing is sent anywhere. The past stays as it was: what a simulated
//! rule would have set is not seen by it later, unless somebody or something set it then as well. So
//! a `wait` for the rule's own doing ends by its timeout.
//!
//! What the record does not hold is not known here either: values that people gave to variables, the
//! time in which the hub was off (a schedule that was due meanwhile runs), and the order of what
//! happened before the record began. A start of the hub in the record makes all values stale, as it
//! did then. Other rules of the home do nothing of their own, but a rule can run them.

mod course;
mod outcome;
mod tally;
mod text;

use std::sync::Arc;
use std::time::Instant;

use hub_engine::{Event, EventKind, ObjectChange, ObjectKind, Quality, Reachability, Snapshot};
use hub_model::Timestamp;

use crate::face;
use crate::log::is_read;
use crate::machine::{Config, RULE};
use crate::schedule::Place;
use crate::tree::Rule;
use course::Course;

pub use outcome::{Compared, Differing, HeldBack, Note, Outcome, Run, Start, Step, Stopped};

/// The most runs that are told; then the simulation stops.
pub const MOST_RUNS: usize = 100_000;

/// What is to be simulated.
#[derive(Debug)]
pub struct Simulation<'a, E> {
    /// Where the home is.
    pub place: Place,
    /// A moment that is past for certain; what the record has from before that, a clock that was
    /// wrong has written, and it counts as of the moment before it in the record.
    pub past: Timestamp,
    /// The home at the beginning of the record. Its scenes and variables are used, its rules not.
    pub start: &'a Snapshot,
    /// What happened since, in order.
    pub events: E,
    /// The rules, enabled or not.
    pub rules: Vec<Rule>,
    /// The rules as they were before, to compare with.
    pub old: Option<Vec<Rule>>,
    /// What is earlier warms the rules up and is not told.
    pub from: Timestamp,
    /// When it ends.
    pub to: Timestamp,
}

/// Simulates rules over the past; `base` is any moment, and does not show.
#[must_use]
pub fn simulate<'a, E>(simulation: Simulation<'a, E>, base: Instant) -> Outcome
where
    E: IntoIterator<Item = &'a Event>,
{
    simulate_at_most(MOST_RUNS, simulation, base)
}

fn simulate_at_most<'a, E>(
    most_runs: usize,
    simulation: Simulation<'a, E>,
    base: Instant,
) -> Outcome
where
    E: IntoIterator<Item = &'a Event>,
{
    let Simulation {
        place,
        past,
        start,
        events,
        rules,
        old,
        from,
        to,
    } = simulation;
    let mut events = events.into_iter().peekable();
    let first = events.peek().map(|event| event.at).filter(|at| *at >= past);
    let began = first.map_or(from, |first| first.min(from));
    let config = Config { place, past };
    let begin = |rules| {
        let course = Course::begin(&config, start, rules, (from, to), (began, base));
        course.at_most(most_runs)
    };
    let mut new = begin(rules);
    let mut old = old.map(begin);
    let mut record = Record::new(start.clone(), began);
    for event in events {
        if event.at > to || new.is_stopped() {
            break;
        }
        record.take(event, past, |at, what| {
            for course in std::iter::once(&mut new).chain(&mut old) {
                course.reach(at);
                course.take(what);
            }
        });
    }
    let old = old.map(Course::finish);
    let mut outcome = new.finish();
    outcome.compared = old.map(|old| outcome::compare(&outcome, old));
    outcome
}

/// What a course is given of the record.
enum Happened<'a> {
    /// An event.
    Event(&'a Event),
    /// The hub started: this is the home as it saw it then, its rules aside.
    Started(&'a Snapshot),
}

/// The record as it is passed on: in order, with one clock, and without rules.
struct Record {
    home: Snapshot,
    present: Timestamp,
    last_seq: u64,
}

impl Record {
    const fn new(home: Snapshot, present: Timestamp) -> Self {
        Self {
            home,
            present,
            last_seq: 0,
        }
    }

    fn take(
        &mut self,
        event: &Event,
        past: Timestamp,
        mut pass: impl FnMut(Timestamp, &Happened<'_>),
    ) {
        if event.at >= past {
            self.present = self.present.max(event.at);
        }
        // The engine counts from the start of the hub.
        if event.seq < self.last_seq {
            forget(&mut self.home);
            pass(self.present, &Happened::Started(&self.home));
        }
        self.last_seq = event.seq;
        let Some(kind) = simulated(&event.kind) else {
            return;
        };
        let event = Event {
            seq: self.home.seq + 1,
            at: self.present,
            kind,
        };
        self.home.apply_filtered(&event);
        pass(self.present, &Happened::Event(&event));
    }
}

/// What a simulated rule is told of what happened: not how commands went that it never gave, and no
/// other rules.
fn simulated(kind: &EventKind) -> Option<EventKind> {
    match kind {
        EventKind::Command { .. } => None,
        EventKind::HomeChanged {
            revision,
            author,
            reason,
            changes,
        } => {
            let changes = changes.iter().filter(|change| change.kind.as_str() != RULE);
            let kind = EventKind::HomeChanged {
                revision: *revision,
                author: author.clone(),
                reason: Arc::clone(reason),
                changes: changes.cloned().collect(),
            };
            is_read(&kind).then_some(kind)
        }
        kind => is_read(kind).then(|| kind.clone()),
    }
}

/// The home as a hub sees it that has just started.
fn forget(home: &mut Snapshot) {
    for node in &mut home.nodes {
        node.reachability = Reachability::Unknown;
        for value in &mut node.values {
            value.quality = Quality::Stale;
        }
    }
}

/// The home with these rules, enabled; all others start by nothing.
fn with_rules(home: &Snapshot, rules: &[Rule]) -> Snapshot {
    let kind = ObjectKind::new(RULE);
    let put = |rule: &Rule| ObjectChange {
        kind: kind.clone(),
        id: rule.id.to_string(),
        before: None,
        after: Some(face::rule_to_json(rule).to_string()),
    };
    let mut changes = Vec::new();
    for (_, body) in home.home.objects(&kind) {
        if let Ok(mut rule) = face::rule_from_json(body) {
            rule.when.clear();
            changes.push(put(&rule));
        }
    }
    for rule in rules {
        let rule = Rule {
            enabled: true,
            ..rule.clone()
        };
        changes.push(put(&rule));
    }
    let mut home = home.clone();
    // Rules are not the home's own kind, so it does not read them.
    let applied = Arc::make_mut(&mut home.home).apply(&changes);
    debug_assert_eq!(applied, Ok(()), "objects of foreign kinds can be put");
    home
}

#[cfg(test)]
mod tests;

//! What a simulated machine told, gathered.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hub_model::Timestamp;

use super::MOST_RUNS;
use super::outcome::{HeldBack, Note, Outcome, Run, Stopped};
use crate::machine::{Machine, Told};
use crate::trace::{self, RunId, Trace};

/// The most steps of all runs that are told: some hundred megabytes.
const MOST_STEPS: usize = 1_000_000;
/// The most different reasons of starts that came to nothing; more are one.
const MOST_REASONS: usize = 1_000;
/// The most notes.
const MOST_NOTES: usize = 1_000;

/// All that is told of a course.
pub(super) struct Tally {
    /// The most runs that are told.
    pub(super) most_runs: usize,
    from: Timestamp,
    /// The simulated rules.
    rules: BTreeSet<Arc<str>>,
    /// Whether what comes to nothing counts.
    is_open: bool,
    runs: BTreeMap<RunId, Arc<Trace>>,
    /// The steps of all runs.
    steps: usize,
    held_back: BTreeMap<(Arc<str>, Arc<str>), HeldBack>,
    /// The trace by which the machine counts what comes to nothing, by rule.
    counted: BTreeMap<Arc<str>, Counted>,
    notes: Vec<Note>,
}

/// How much of a trace is counted.
#[derive(Clone, Copy)]
struct Counted {
    id: RunId,
    times: u32,
}

impl Tally {
    pub(super) const fn new(from: Timestamp, rules: BTreeSet<Arc<str>>) -> Self {
        Self {
            most_runs: MOST_RUNS,
            from,
            rules,
            is_open: false,
            runs: BTreeMap::new(),
            steps: 0,
            held_back: BTreeMap::new(),
            counted: BTreeMap::new(),
            notes: Vec::new(),
        }
    }

    pub(super) const fn is_open(&self) -> bool {
        self.is_open
    }

    /// From now on it counts what comes to nothing.
    pub(super) fn open(&mut self, machine: &Machine) {
        self.count_all(machine);
        self.is_open = true;
    }

    /// Why no more can be told, if so.
    pub(super) fn full(&mut self) -> Option<String> {
        let most_runs = self.most_runs;
        if self.runs.len() > most_runs {
            self.runs.pop_last();
            return Some(format!("more than {most_runs} runs are not told"));
        }
        let is_full = self.steps > MOST_STEPS;
        is_full.then(|| format!("more than {MOST_STEPS} steps are not told"))
    }

    pub(super) fn told(&mut self, told: Told, at: Timestamp, machine: &Machine) {
        match told {
            Told::Trace(trace) => self.trace(trace, machine),
            Told::Paused { rule, why, .. } => self.note(at, rule, why),
            _ => {}
        }
    }

    fn note(&mut self, at: Timestamp, rule: Arc<str>, text: Arc<str>) {
        if self.rules.contains(&rule) && self.notes.len() < MOST_NOTES {
            self.notes.push(Note { at, rule, text });
        }
    }

    fn trace(&mut self, trace: Arc<Trace>, machine: &Machine) {
        if trace.outcome.ran() {
            if trace.at >= self.from {
                self.steps += trace.steps.len();
                let before = self.runs.insert(trace.id, trace);
                self.steps -= before.map_or(0, |before| before.steps.len());
            }
            return;
        }
        // One that waited for its turn until that was no use.
        let waited = self.runs.remove(&trace.id);
        self.steps -= waited.map_or(0, |waited| waited.steps.len());
        let before = self.counted.get(&trace.rule).map(|counted| counted.id);
        if let Some(before) = before.filter(|before| *before != trace.id)
            && let Some(before) = machine.trace(before)
        {
            // Not every repetition is told.
            self.count(&before);
        }
        self.count(&trace);
    }

    fn count_all(&mut self, machine: &Machine) {
        let ids: Vec<_> = self.counted.values().map(|counted| counted.id).collect();
        for trace in ids.into_iter().filter_map(|id| machine.trace(id)) {
            self.count(&trace);
        }
    }

    fn count(&mut self, trace: &Trace) {
        let counted = Counted {
            id: trace.id,
            times: trace.times,
        };
        let before = self.counted.insert(Arc::clone(&trace.rule), counted);
        let known = before
            .filter(|before| before.id == trace.id)
            .map_or(0, |before| before.times);
        let times = trace.times.saturating_sub(known);
        let trace::Outcome::NotRun { why } = &trace.outcome else {
            return;
        };
        if !self.is_open || times == 0 {
            return;
        }
        let mut key = (Arc::clone(&trace.rule), reason(why));
        if self.held_back.len() >= MOST_REASONS && !self.held_back.contains_key(&key) {
            key.1 = "other reasons".into();
        }
        let last = trace.last.unwrap_or(trace.at);
        let held = self
            .held_back
            .entry(key.clone())
            .or_insert_with(|| HeldBack {
                rule: key.0,
                why: key.1,
                times: 0,
                first: if known == 0 {
                    trace.at.max(self.from)
                } else {
                    last
                },
                last,
            });
        held.times += u64::from(times);
        held.last = last;
    }

    pub(super) fn finish(&mut self, machine: &Machine) {
        self.count_all(machine);
        // A run that waited, and came to nothing just as one before it, was counted with that one.
        self.runs
            .retain(|id, trace| trace.outcome.is_final() || machine.trace(*id).is_some());
    }

    pub(super) fn outcome(
        self,
        from: Timestamp,
        to: Timestamp,
        stopped: Option<Stopped>,
    ) -> Outcome {
        let mut held_back: Vec<_> = self.held_back.into_values().collect();
        held_back.sort_by_key(|held| Reverse(held.times));
        let mut runs: Vec<_> = self.runs.values().map(|trace| Run::of(trace)).collect();
        runs.sort_by_key(|run| run.at);
        Outcome {
            from,
            to,
            runs,
            held_back,
            notes: self.notes,
            stopped,
            compared: None,
        }
    }
}

/// Why a start came to nothing, in words that are the same for the same reason: a `for` is cut short
/// after another time each time.
fn reason(why: &Arc<str>) -> Arc<str> {
    let wanted = why
        .strip_prefix("it held for ")
        .and_then(|rest| rest.split_once(" of "));
    match wanted {
        Some((_, wanted)) => format!("it held for less than {wanted}").into(),
        None => Arc::clone(why),
    }
}

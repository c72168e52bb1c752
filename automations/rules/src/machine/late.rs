//! Runs of before a restart whose rule cannot run yet: its devices have not reported since. They wait
//! for that, and what was due meanwhile is late.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Machine;
use super::keep::StoredRun;
use super::timers::Timer;
use crate::trace::{Outcome, RunId, Trace};

/// How long after the start a rule may take to be able to run.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// Runs that wait until their rule can run.
#[derive(Debug, Default)]
pub(super) struct Late {
    runs: BTreeMap<RunId, StoredRun>,
    texts: BTreeMap<String, String>,
}

impl Late {
    pub(super) fn keep(&mut self, id: RunId, run: StoredRun) {
        self.runs.insert(id, run);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The trace of one that waits.
    pub(super) fn trace(&self, id: RunId) -> Option<&Trace> {
        self.runs.get(&id).map(|run| &run.trace)
    }

    /// The traces of those that wait, newest first.
    pub(super) fn traces(&self) -> impl Iterator<Item = &Trace> {
        self.runs.values().rev().map(|run| &run.trace)
    }
}

impl Machine {
    /// All that can go on does; the others wait. `texts` are those of the rules as they were.
    pub(super) fn wait_for_late(&mut self, texts: BTreeMap<String, String>) {
        if !self.late.is_empty() {
            self.late.texts = texts;
            self.timers.set(Timer::Late, self.now.mono + PATIENCE);
        }
    }

    /// Rules were compiled anew: some may be able to go on now.
    pub(super) fn try_late(&mut self) {
        if self.late.is_empty() {
            return;
        }
        let texts = std::mem::take(&mut self.late.texts);
        for (id, run) in std::mem::take(&mut self.late.runs) {
            match self.program_of(&run, &texts) {
                Some(program) => {
                    let ix = self.rules.ix(&run.rule);
                    self.restore_run(id, run, program);
                    self.go_on_restored(id);
                    // One that waited for its turn may find that it has come.
                    ix.into_iter().for_each(|ix| self.begin_next(ix));
                }
                None => self.late.keep(id, run),
            }
        }
        self.late.texts = texts;
        if self.late.is_empty() {
            self.timers.clear(Timer::Late);
        }
    }

    /// No longer is waited for any of them.
    pub(super) fn end_late(&mut self) {
        for (id, run) in std::mem::take(&mut self.late.runs) {
            self.end_stored(id, run, "its rule cannot run any more");
        }
    }

    /// Ends those of a rule that was removed.
    pub(super) fn end_late_of(&mut self, rule: &str) {
        let runs = std::mem::take(&mut self.late.runs);
        for (id, run) in runs {
            if *run.rule == *rule {
                self.end_stored(id, run, "its rule was removed");
            } else {
                self.late.keep(id, run);
            }
        }
    }

    /// Ends one that waits; whether it did.
    pub(super) fn stop_late(&mut self, id: RunId, why: &str) -> bool {
        let stopped = self.late.runs.remove(&id);
        stopped.map(|run| self.end_stored(id, run, why)).is_some()
    }

    fn end_stored(&mut self, id: RunId, run: StoredRun, why: &str) {
        let trace = Trace {
            outcome: Outcome::Stopped { why: why.into() },
            ended: Some(self.now.wall),
            ..run.trace
        };
        self.traces.put(trace);
        self.keep.forget_run(id);
    }
}

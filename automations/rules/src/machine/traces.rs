//! The last traces, bounded; older ones are the store's.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use hub_model::CauseId;

use super::tally::Starts;
use crate::trace::{RunId, Trace};

/// Traces kept of each rule.
const KEPT_OF_RULE: usize = 50;
/// Traces kept of all: some megabytes.
const KEPT: usize = 4_096;

/// The last traces.
#[derive(Debug, Default)]
pub(super) struct Traces {
    all: BTreeMap<RunId, Arc<Trace>>,
    by_rule: BTreeMap<Arc<str>, VecDeque<RunId>>,
    /// Those that changed and are to be stored.
    dirty: BTreeSet<RunId>,
    /// Those that are no longer kept, but are to be stored first.
    leaving: Vec<Arc<Trace>>,
    /// Up to this they are an earlier machine's: told, and no longer counted with.
    earlier: Option<RunId>,
    /// All that were ever kept, by what came of them.
    starts: Starts,
}

impl Traces {
    /// Keeps a trace. One that came to nothing just as the one before it is counted with that.
    pub(super) fn put(&mut self, trace: Trace) {
        self.starts.count(&trace.outcome);
        if !trace.outcome.ran()
            && let Some(last) = self.last_of(&trace.rule)
            && let Some(before) = self.all.get_mut(&last)
            && before.is_like(&trace)
        {
            let before = Arc::make_mut(before);
            before.times = before.times.saturating_add(1);
            before.last = Some(trace.at);
            // Counted on disk more and more rarely: it says the same.
            if before.times.is_power_of_two() {
                self.dirty.insert(last);
            }
            return;
        }
        let (id, rule) = (trace.id, Arc::clone(&trace.rule));
        if self.all.insert(id, Arc::new(trace)).is_none() {
            let of_rule = self.by_rule.entry(rule).or_default();
            of_rule.push_back(id);
            if of_rule.len() > KEPT_OF_RULE
                && let Some(oldest) = of_rule.pop_front()
            {
                self.forget(oldest);
            }
        }
        self.dirty.insert(id);
        while self.all.len() > KEPT {
            self.drop_oldest();
        }
    }

    fn last_of(&self, rule: &str) -> Option<RunId> {
        let last = self.by_rule.get(rule)?.back().copied()?;
        (Some(last) > self.earlier).then_some(last)
    }

    fn forget(&mut self, id: RunId) -> Option<Arc<Trace>> {
        let trace = self.all.remove(&id)?;
        if self.dirty.remove(&id) {
            self.leaving.push(Arc::clone(&trace));
        }
        Some(trace)
    }

    fn drop_oldest(&mut self) {
        let Some(id) = self.all.keys().next().copied() else {
            return;
        };
        let Some(trace) = self.forget(id) else { return };
        if let Some(of_rule) = self.by_rule.get_mut(&trace.rule) {
            of_rule.retain(|other| *other != id);
            if of_rule.is_empty() {
                self.by_rule.remove(&trace.rule);
            }
        }
    }

    /// Takes over the traces of an earlier machine, to be told and no more.
    pub(super) fn remember(&mut self, earlier: Self) {
        self.starts.include(earlier.starts);
        self.earlier = earlier.all.keys().next_back().copied();
        for (id, trace) in earlier.all {
            if self.all.contains_key(&id) {
                continue;
            }
            let of_rule = self.by_rule.entry(Arc::clone(&trace.rule)).or_default();
            let place = of_rule.partition_point(|other| *other < id);
            of_rule.insert(place, id);
            self.all.insert(id, trace);
        }
    }

    /// Notes late how a step went.
    pub(super) fn result(&mut self, id: RunId, step: usize, result: &Arc<str>) {
        let Some(trace) = self.all.get_mut(&id) else {
            return;
        };
        if let Some(done) = Arc::make_mut(trace).steps.get_mut(step) {
            done.result = Some(Arc::clone(result));
            self.dirty.insert(id);
        }
    }

    /// Notes late what a step's command is called.
    pub(super) fn cause(&mut self, id: RunId, step: usize, cause: CauseId) {
        let Some(trace) = self.all.get_mut(&id) else {
            return;
        };
        if let Some(done) = Arc::make_mut(trace).steps.get_mut(step) {
            done.cause = Some(cause);
            self.dirty.insert(id);
        }
    }

    pub(super) const fn starts(&self) -> Starts {
        self.starts
    }

    pub(super) fn get(&self, id: RunId) -> Option<&Arc<Trace>> {
        self.all.get(&id)
    }

    /// The last of a rule, newest first.
    pub(super) fn of_rule(&self, rule: &str) -> impl Iterator<Item = &Arc<Trace>> {
        let of_rule = self.by_rule.get(rule).into_iter().flatten().rev();
        of_rule.filter_map(|id| self.all.get(id))
    }

    /// The last of all, newest first.
    pub(super) fn latest(&self) -> impl Iterator<Item = &Arc<Trace>> {
        self.all.values().rev()
    }

    /// Those that changed since this was asked last.
    pub(super) fn take_dirty(&mut self) -> Vec<Arc<Trace>> {
        let dirty = std::mem::take(&mut self.dirty);
        let mut traces = std::mem::take(&mut self.leaving);
        traces.extend(dirty.iter().filter_map(|id| self.all.get(id)).cloned());
        traces
    }
}

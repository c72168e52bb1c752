//! Who looks at what: triggers at values, events and nodes, waiting threads at values.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use hub_model::{EventPath, NodeId};

use super::state::{RuleIx, ThreadId, TriggerIx};
use crate::slots::SlotId;
use crate::trace::RunId;

/// Who looks at what.
#[derive(Debug, Default)]
pub(super) struct Watch {
    slots: Vec<Vec<(RuleIx, TriggerIx)>>,
    /// Found by hash for speed; never walked.
    pub(super) events: HashMap<EventPath, Vec<(RuleIx, TriggerIx)>>,
    pub(super) nodes: BTreeMap<NodeId, Vec<(RuleIx, TriggerIx)>>,
    pub(super) waits: BTreeMap<SlotId, BTreeSet<(RunId, ThreadId)>>,
    /// Since when nodes are gone, by the clock that does not jump.
    pub(super) gone: BTreeMap<NodeId, Instant>,
}

type Watcher = (RuleIx, TriggerIx);

impl Watch {
    pub(super) fn slots(&mut self, slots: &[SlotId], watcher: Watcher) {
        for slot in slots {
            let at = slot.0 as usize;
            if self.slots.len() <= at {
                self.slots.resize_with(at + 1, Vec::new);
            }
            if let Some(watchers) = self.slots.get_mut(at) {
                add(watchers, watcher);
            }
        }
    }

    pub(super) fn events(&mut self, paths: &[EventPath], watcher: Watcher) {
        for path in paths {
            add(self.events.entry(*path).or_default(), watcher);
        }
    }

    pub(super) fn node(&mut self, node: NodeId, watcher: Watcher) {
        add(self.nodes.entry(node).or_default(), watcher);
    }

    pub(super) fn forget_slots(&mut self, slots: &[SlotId], rule: RuleIx) {
        for slot in slots {
            if let Some(watchers) = self.slots.get_mut(slot.0 as usize) {
                watchers.retain(|(of, _)| *of != rule);
            }
        }
    }

    pub(super) fn forget_events(&mut self, paths: &[EventPath], rule: RuleIx) {
        for path in paths {
            if let Some(watchers) = self.events.get_mut(path) {
                watchers.retain(|(of, _)| *of != rule);
            }
        }
    }

    pub(super) fn forget_node(&mut self, node: NodeId, rule: RuleIx) {
        if let Some(watchers) = self.nodes.get_mut(&node) {
            watchers.retain(|(of, _)| *of != rule);
        }
    }

    pub(super) fn wait(&mut self, slots: &[SlotId], of: (RunId, ThreadId)) {
        for slot in slots {
            self.waits.entry(*slot).or_default().insert(of);
        }
    }

    pub(super) fn forget_wait(&mut self, slots: &[SlotId], of: (RunId, ThreadId)) {
        for slot in slots {
            if let Some(waits) = self.waits.get_mut(slot) {
                waits.remove(&of);
            }
        }
    }

    pub(super) fn of_slot(&self, slot: SlotId) -> &[Watcher] {
        self.slots.get(slot.0 as usize).map_or(&[], Vec::as_slice)
    }
}

fn add(watchers: &mut Vec<Watcher>, watcher: Watcher) {
    // Kept in order, so that rules are asked in the same order however they were loaded.
    if let Err(at) = watchers.binary_search(&watcher) {
        watchers.insert(at, watcher);
    }
}

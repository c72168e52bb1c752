//! What is put on disk, and when.
//!
//! What a job depends on is stored at once and waited for. All else (addresses, resumption
//! records, event numbers) is worth little by itself and is stored together a little later.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use hub_model::{NodeId, Now};
use tracing::warn;

use super::{Engine, Timer};
use crate::door::{Output, RecordChange, StoreToken};
use crate::record::NodeRecord;

/// What waits to be stored, and what waits for the store.
#[derive(Debug, Default)]
pub(crate) struct Keeper {
    next: u64,
    waiting: BTreeMap<StoreToken, Reason>,
    changed: BTreeSet<NodeId>,
    due: Option<Instant>,
}

/// Why something was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// A device that is being added goes on when it is on disk.
    Join(NodeId),
    /// A device was added.
    Joined(NodeId),
    /// A node was removed.
    Removed(NodeId),
    /// A device that was not added after all is deleted.
    Dropped(NodeId),
    /// Changes of these.
    Changes(Vec<NodeId>),
}

impl Keeper {
    /// A node is gone: nothing of it is stored any more.
    pub(crate) fn forget(&mut self, node: NodeId) {
        self.changed.remove(&node);
    }
}

impl Engine {
    /// A node's record changed in a way that shortens the next start.
    pub(super) fn changed(&mut self, id: NodeId, now: Now) {
        self.keep_within(id, SOON, now);
    }

    /// A node's record changed in a way that hardly matters.
    pub(super) fn changed_slightly(&mut self, id: NodeId, now: Now) {
        self.keep_within(id, LATER, now);
    }

    fn keep_within(&mut self, id: NodeId, wait: Duration, now: Now) {
        if self.nodes.get(&id).is_none_or(|node| node.joining) {
            return;
        }
        self.keeper.changed.insert(id);
        let at = now.mono + wait;
        let due = self.keeper.due.map_or(at, |due| due.min(at));
        self.keeper.due = Some(due);
        self.timers.set(Timer::Keep, Some(due));
    }

    /// Stores all that changed.
    pub(super) fn keep(&mut self, now: Now) {
        self.keeper.due = None;
        self.timers.set(Timer::Keep, None);
        let ids: Vec<_> = std::mem::take(&mut self.keeper.changed)
            .into_iter()
            .collect();
        let mut changes = Vec::with_capacity(ids.len());
        for id in &ids {
            if let Some(node) = self.nodes.get_mut(id) {
                node.record.seen_at = now.wall;
                changes.push(put(&node.record));
            }
        }
        if !changes.is_empty() {
            self.store(Reason::Changes(ids), changes);
        }
    }

    pub(super) fn put_now(&mut self, reason: Reason, record: &NodeRecord) {
        self.store(reason, vec![put(record)]);
    }

    pub(super) fn delete_now(&mut self, reason: Reason, node: NodeId) {
        let key = NodeRecord::key_of(node);
        self.store(reason, vec![RecordChange::Delete { key }]);
    }

    fn store(&mut self, reason: Reason, changes: Vec<RecordChange>) {
        let token = StoreToken(self.keeper.next);
        self.keeper.next += 1;
        self.keeper.waiting.insert(token, reason);
        self.outputs.push_back(Output::Store { token, changes });
    }

    pub(super) fn stored(&mut self, token: StoreToken, result: Result<(), String>, now: Now) {
        let Some(reason) = self.keeper.waiting.remove(&token) else {
            return;
        };
        if let Err(error) = &result {
            warn!(?reason, %error, "not stored");
        }
        match (reason, result) {
            (Reason::Join(node), result) => self.join_stored(node, result, now),
            (Reason::Joined(node), result) => {
                self.joined(node, now);
                if result.is_err() {
                    self.changed_slightly(node, now);
                }
            }
            (Reason::Removed(node), result) => self.removal_stored(node, result),
            (Reason::Changes(nodes), Err(_)) => {
                for node in nodes {
                    self.changed_slightly(node, now);
                }
            }
            (Reason::Dropped(_) | Reason::Changes(_), _) => {}
        }
    }
}

fn put(record: &NodeRecord) -> RecordChange {
    RecordChange::Put {
        key: record.key(),
        value: record.to_bytes(),
    }
}

/// Together with what other nodes of the home change at the same time.
const SOON: Duration = Duration::from_secs(2);
/// Event numbers of a busy home cost a write this often.
const LATER: Duration = Duration::from_secs(60);

//! What clients look at: snapshots, single values, and why.

use std::sync::Arc;

use hub_model::{AttributePath, NodeId};

use super::Engine;
use crate::access::{Action, Denied, Principal};
use crate::change::StoredValue;
use crate::filter::Filter;
use crate::home::Home;
use crate::state::Key;
use crate::tally::Tally;
use crate::view::{JobState, Link, NodeView, Quality, Reachability, Snapshot};

impl Engine {
    /// The home at this moment. Take it when all events have been polled: it includes them.
    ///
    /// # Errors
    /// When the principal may not see it.
    pub fn snapshot(&self, who: &Principal, filter: &Filter) -> Result<Snapshot, Denied> {
        self.authorise(who, &Action::See)?;
        let nodes = self.home.nodes().map(|node| node.id);
        let wanted = nodes.filter(|id| filter.wants_node(*id));
        Ok(Snapshot {
            seq: self.out.seq,
            home: Arc::clone(&self.home),
            nodes: wanted.filter_map(|id| self.node_view(id, filter)).collect(),
            jobs: self.jobs.views().cloned().collect(),
        })
    }

    /// How much there is in the home: counted in place, without copying any of it.
    ///
    /// # Errors
    /// When the principal may not see it.
    pub fn tally(&self, who: &Principal) -> Result<Tally, Denied> {
        self.authorise(who, &Action::See)?;
        let mut tally = Tally::default();
        for live in self.nodes.values().filter(|live| live.visible) {
            match live.reach.shown() {
                Reachability::Unknown => tally.nodes.unknown += 1,
                Reachability::Online => tally.nodes.online += 1,
                Reachability::Offline { .. } => tally.nodes.offline += 1,
            }
            tally.nodes.orphaned += usize::from(live.orphaned);
            tally.devices += live.devices.len();
            for quality in live.table.qualities() {
                match quality {
                    Quality::Known => tally.attributes.known += 1,
                    Quality::Stale => tally.attributes.stale += 1,
                }
            }
        }
        for job in self.jobs.views() {
            match job.state {
                JobState::Running => tally.jobs.running += 1,
                JobState::Asking { .. } => tally.jobs.asking += 1,
                JobState::Done => tally.jobs.done += 1,
                JobState::Failed { .. } => tally.jobs.failed += 1,
            }
        }
        Ok(tally)
    }

    /// Why an attribute has its value: the chain of causes, nearest first, as far as remembered.
    ///
    /// # Errors
    /// When the principal may not see the home.
    pub fn why(&self, who: &Principal, path: &AttributePath) -> Result<Vec<Link>, Denied> {
        self.authorise(who, &Action::See)?;
        let live = self.nodes.get(&path.node);
        let slot = live.and_then(|live| live.table.get(Key::of(path)));
        Ok(self.causes.chain(slot.and_then(|slot| slot.cause())))
    }

    /// The value of an attribute as it is to be kept over a restart.
    #[must_use]
    pub fn stored_value(&self, path: &AttributePath) -> Option<StoredValue> {
        let slot = self.nodes.get(&path.node)?.table.get(Key::of(path))?;
        Some(StoredValue {
            path: *path,
            value: slot.value.clone(),
            reported_at: slot.reported_at,
            received_at: slot.received_at,
        })
    }

    /// The home.
    #[must_use]
    pub const fn home(&self) -> &Arc<Home> {
        &self.home
    }

    pub(super) fn node_view(&self, id: NodeId, filter: &Filter) -> Option<NodeView> {
        let live = self.nodes.get(&id).filter(|live| live.visible)?;
        Some(NodeView {
            node: Arc::clone(self.home.node(id)?),
            reachability: live.reach.shown(),
            orphaned: live.orphaned,
            info: Arc::clone(&live.info),
            devices: Arc::clone(&live.devices),
            values: live.table.views(id, filter),
            events: live.table.events().cloned().collect(),
        })
    }
}

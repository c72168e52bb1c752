//! A client's stream of events, from a snapshot on, without a gap.

use std::sync::Arc;

use hub_engine::{Event, Filter, Principal, Snapshot};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::handle::{Batch, HubError, HubHandle};

/// A snapshot, and the events that follow it.
#[derive(Debug)]
pub struct Subscription {
    /// The home when the subscription began, or was renewed.
    pub snapshot: Snapshot,
    hub: HubHandle,
    who: Principal,
    filter: Filter,
    events: broadcast::Receiver<Batch>,
}

/// What a subscription tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// Events, in order, at least one.
    Events(Arc<[Event]>),
    /// The client was too slow and missed some: it must [`Subscription::renew`].
    Lagged,
}

impl Subscription {
    pub(crate) const fn new(
        hub: HubHandle,
        who: Principal,
        filter: Filter,
        snapshot: Snapshot,
        events: broadcast::Receiver<Batch>,
    ) -> Self {
        Self {
            snapshot,
            hub,
            who,
            filter,
            events,
        }
    }

    /// The next events that the filter lets through; none when the hub has stopped. Cancel safe.
    pub async fn next(&mut self) -> Option<Update> {
        loop {
            match self.events.recv().await {
                Ok(batch) => {
                    if let Some(events) = self.narrowed(batch) {
                        return Some(Update::Events(events));
                    }
                }
                Err(RecvError::Lagged(_)) => {
                    self.hub.lagged.increment();
                    return Some(Update::Lagged);
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// Hands over the snapshot, so that it is not held for as long as the subscription lasts; of what stays
    /// only the home's names are true.
    pub fn take_snapshot(&mut self) -> Snapshot {
        let snapshot = &mut self.snapshot;
        Snapshot {
            seq: snapshot.seq,
            home: Arc::clone(&snapshot.home),
            nodes: std::mem::take(&mut snapshot.nodes),
            jobs: std::mem::take(&mut snapshot.jobs),
        }
    }

    /// Begins anew with a fresh snapshot; what was not yet read of the old stream is dropped.
    ///
    /// # Errors
    /// When the client may not see the home any more, or the hub has stopped.
    pub async fn renew(&mut self) -> Result<(), HubError> {
        let hub = self.hub.clone();
        *self = hub.subscribe(&self.who, self.filter.clone()).await?;
        Ok(())
    }

    fn narrowed(&self, batch: Batch) -> Option<Batch> {
        if self.filter.wants_all() || batch.iter().all(|event| self.filter.wants(&event.kind)) {
            return Some(batch);
        }
        let wanted = batch.iter().filter(|event| self.filter.wants(&event.kind));
        let wanted: Vec<_> = wanted.cloned().collect();
        (!wanted.is_empty()).then(|| wanted.into())
    }
}

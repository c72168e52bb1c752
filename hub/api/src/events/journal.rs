//! The last events of the hub, so that a client that lost its link for a moment goes on from where
//! it was instead of loading the home again.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hub_engine::{Event, Filter, Principal};
use hub_runtime::{HubHandle, Update};
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// Events that are kept: some minutes of a large home.
const KEPT: usize = 4_096;

/// The last events of the hub.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    events: Mutex<VecDeque<Event>>,
}

impl Journal {
    /// Listens to the hub until it stops.
    pub(crate) async fn listen(&self, hub: HubHandle, stop: CancellationToken) {
        let mut events = match hub.subscribe(&Principal::hub(), Filter::default()).await {
            Ok(events) => events,
            Err(error) => {
                warn!(%error, "clients cannot resume: the journal hears no events");
                return;
            }
        };
        // Only what comes from now on is kept.
        drop(events.take_snapshot());
        while let Some(Some(update)) = stop.run_until_cancelled(events.next()).await {
            match update {
                Update::Events(batch) => self.keep(&batch),
                Update::Lagged => {
                    self.kept().clear();
                    if events.renew().await.is_err() {
                        return;
                    }
                    drop(events.take_snapshot());
                }
            }
        }
    }

    /// The events after `since` up to `seq`, if all of them are kept.
    pub(crate) fn between(&self, since: u64, seq: u64) -> Option<Vec<Event>> {
        if since >= seq {
            return (since == seq).then(Vec::new);
        }
        let kept = self.kept();
        let first = kept.front()?.seq;
        let last = kept.back()?.seq;
        if first > since + 1 || last < seq {
            return None;
        }
        let wanted = kept
            .iter()
            .filter(|event| event.seq > since && event.seq <= seq);
        Some(wanted.cloned().collect())
    }

    fn keep(&self, batch: &[Event]) {
        let mut kept = self.kept();
        kept.extend(batch.iter().cloned());
        let surplus = kept.len().saturating_sub(KEPT);
        kept.drain(..surplus);
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Event>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use hub_engine::EventKind;
    use hub_model::{JobId, Timestamp};

    use super::*;

    fn event(seq: u64) -> Event {
        Event {
            seq,
            at: Timestamp(0),
            kind: EventKind::JobDropped { job: JobId(seq) },
        }
    }

    fn numbers(events: Option<Vec<Event>>) -> Option<Vec<u64>> {
        events.map(|events| events.iter().map(|event| event.seq).collect())
    }

    #[test]
    fn it_tells_all_or_nothing() {
        let journal = Journal::default();
        assert_eq!(numbers(journal.between(3, 3)), Some(vec![]));
        assert_eq!(numbers(journal.between(2, 3)), None);
        let many = u64::try_from(KEPT).unwrap() + 10;
        journal.keep(&(1..=many).map(event).collect::<Vec<_>>());
        assert_eq!(
            numbers(journal.between(many - 2, many)),
            Some(vec![many - 1, many])
        );
        assert_eq!(numbers(journal.between(9, many)), None);
        assert!(journal.between(10, many).is_some());
        assert_eq!(numbers(journal.between(many, many + 1)), None);
        assert_eq!(numbers(journal.between(many + 5, many)), None);
    }
}

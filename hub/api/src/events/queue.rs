//! What one client has not been sent yet: in order, and of each attribute and job only the last.

use std::collections::BTreeMap;
use std::sync::Arc;

use hub_engine::{AttributeView, DeviceEvent, Event, EventKind, JobView, Quality, Reachability};
use hub_model::{AttributePath, CauseId, CommandProgress, JobId, NodeId, Timestamp};

use crate::dto::{Attribute, Change, EventRecord, Job, ReachabilityWord, ms};
use crate::handler::why::progress_words;

/// Entries that may wait; past this a snapshot is cheaper.
const MOST: usize = 4_096;

/// What one client has not been sent yet.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// The last event that was taken in.
    seq: u64,
    /// The entries in order of their place.
    entries: BTreeMap<u64, Entry>,
    /// The place of the entry of each thing of which only the last counts.
    places: BTreeMap<Key, u64>,
    next: u64,
    home_changed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Attribute(AttributePath),
    Job(JobId),
}

#[derive(Clone, Debug)]
enum Entry {
    Value(AttributeView),
    Fresh {
        path: AttributePath,
        reported_at: Timestamp,
        received_at: Timestamp,
    },
    Event(DeviceEvent),
    Reachability {
        node: NodeId,
        reachability: Reachability,
    },
    NodeRemoved(NodeId),
    Command {
        cause: CauseId,
        node: NodeId,
        progress: CommandProgress,
    },
    Job(Arc<JobView>),
    JobDropped(JobId),
}

/// What is to be sent.
#[derive(Debug)]
pub(super) struct Batch {
    /// The last event that it includes.
    pub(super) seq: u64,
    /// What changed.
    pub(super) changes: Vec<Change>,
    /// Whether the home is to be sent too.
    pub(super) home_changed: bool,
}

impl Queue {
    /// An empty queue after this event.
    pub(super) fn after(seq: u64) -> Self {
        Self {
            seq,
            ..Self::default()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty() && !self.home_changed
    }

    /// Whether so much waits that the client should have a snapshot instead.
    pub(super) fn is_over(&self) -> bool {
        self.entries.len() > MOST
    }

    /// Notes that this event was seen, wanted or not.
    pub(super) fn saw(&mut self, seq: u64) {
        self.seq = self.seq.max(seq);
    }

    /// Takes in an event that the client wants.
    pub(super) fn push(&mut self, event: &Event) {
        self.saw(event.seq);
        match &event.kind {
            EventKind::AttributeChanged {
                path,
                value,
                reported_at,
                version,
                cause,
                ..
            } => {
                self.push_value(AttributeView {
                    path: *path,
                    value: value.clone(),
                    quality: Quality::Known,
                    reported_at: *reported_at,
                    received_at: event.at,
                    version: *version,
                    cause: Some(*cause),
                });
            }
            EventKind::Freshened {
                path, reported_at, ..
            } => {
                self.push_fresh(*path, *reported_at, event.at);
            }
            EventKind::DeviceEvent(event) => self.add(Entry::Event(event.clone())),
            EventKind::Reachability { node, reachability } => {
                self.add(Entry::Reachability {
                    node: *node,
                    reachability: *reachability,
                });
            }
            EventKind::NodeAdded(view) => {
                self.home_changed = true;
                for value in &view.values {
                    self.push_value(value.clone());
                }
            }
            EventKind::NodeRemoved { node } => {
                self.home_changed = true;
                self.add(Entry::NodeRemoved(*node));
            }
            EventKind::Command {
                cause,
                node,
                progress,
            } => self.add(Entry::Command {
                cause: *cause,
                node: *node,
                progress: progress.clone(),
            }),
            EventKind::Job(job) => self.replace(Key::Job(job.id), Entry::Job(Arc::clone(job))),
            EventKind::JobDropped { job } => {
                self.replace(Key::Job(*job), Entry::JobDropped(*job));
            }
            // Orphaned, HomeChanged, StructureChanged, NodeInfo, and what is yet to come.
            _ => self.home_changed = true,
        }
    }

    /// All that waits, as it is sent.
    pub(super) fn take(&mut self) -> Batch {
        let taken = std::mem::replace(self, Self::after(self.seq));
        Batch {
            seq: taken.seq,
            changes: taken
                .entries
                .into_values()
                .map(Entry::into_change)
                .collect(),
            home_changed: taken.home_changed,
        }
    }

    fn push_value(&mut self, view: AttributeView) {
        self.replace(Key::Attribute(view.path), Entry::Value(view));
    }

    /// A value that waits is known anew; else only its times are told.
    fn push_fresh(&mut self, path: AttributePath, reported_at: Timestamp, received_at: Timestamp) {
        let key = Key::Attribute(path);
        let waiting = self
            .places
            .get(&key)
            .and_then(|place| self.entries.get(place));
        let entry = match waiting {
            Some(Entry::Value(view)) => Entry::Value(AttributeView {
                quality: Quality::Known,
                reported_at,
                received_at,
                ..view.clone()
            }),
            _ => Entry::Fresh {
                path,
                reported_at,
                received_at,
            },
        };
        self.replace(key, entry);
    }

    /// Puts an entry at the end, in place of an earlier one of the same thing.
    fn replace(&mut self, key: Key, entry: Entry) {
        if let Some(place) = self.places.insert(key, self.next) {
            self.entries.remove(&place);
        }
        self.add(entry);
    }

    fn add(&mut self, entry: Entry) {
        self.entries.insert(self.next, entry);
        self.next += 1;
    }
}

impl Entry {
    fn into_change(self) -> Change {
        match self {
            Self::Value(view) => Change::Value(Attribute::of(&view)),
            Self::Fresh {
                path,
                reported_at,
                received_at,
            } => Change::Fresh {
                path: path.to_string(),
                reported_at_ms: ms(reported_at),
                received_at_ms: ms(received_at),
            },
            Self::Event(event) => Change::Event(EventRecord::of(&event)),
            Self::Reachability { node, reachability } => {
                let (reachability, offline_since_ms) = ReachabilityWord::of(reachability);
                Change::Reachability {
                    node: node.to_string(),
                    reachability,
                    offline_since_ms,
                }
            }
            Self::NodeRemoved(node) => Change::NodeRemoved {
                node: node.to_string(),
            },
            Self::Command {
                cause,
                node,
                progress,
            } => Change::Command {
                cause: cause.0,
                node: node.to_string(),
                progress: progress_words(&progress),
            },
            Self::Job(job) => Change::Job { job: Job::of(&job) },
            Self::JobDropped(job) => Change::JobDropped {
                job: job.to_string(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use hub_model::{AttributeId, ClusterId, EndpointId, Value};

    use super::*;

    const PATH: AttributePath = AttributePath {
        node: NodeId(1),
        endpoint: EndpointId(1),
        cluster: ClusterId(6),
        attribute: AttributeId(0),
    };

    fn event(seq: u64, kind: EventKind) -> Event {
        Event {
            seq,
            at: Timestamp::from_millis(i64::try_from(seq).unwrap()),
            kind,
        }
    }

    fn value(on: bool) -> EventKind {
        EventKind::AttributeChanged {
            path: PATH,
            value: Value::Bool(on),
            previous: None,
            reported_at: Timestamp(0),
            version: None,
            cause: CauseId(1),
        }
    }

    fn fresh() -> EventKind {
        EventKind::Freshened {
            path: PATH,
            was: Quality::Stale,
            reported_at: Timestamp(0),
            version: None,
        }
    }

    fn gone() -> EventKind {
        let reachability = Reachability::Offline {
            since: Timestamp(0),
        };
        EventKind::Reachability {
            node: NodeId(1),
            reachability,
        }
    }

    fn taken(kinds: impl IntoIterator<Item = EventKind>) -> Vec<Change> {
        let mut queue = Queue::after(0);
        for (seq, kind) in (1..).zip(kinds) {
            queue.push(&event(seq, kind));
        }
        queue.take().changes
    }

    #[test]
    fn of_an_attribute_only_the_last_value_is_sent() {
        let changes = taken([value(true), value(false), value(true)]);
        let [Change::Value(attribute)] = changes.as_slice() else {
            panic!("{changes:?}")
        };
        assert_eq!(attribute.value, serde_json::json!(true));
        assert_eq!(attribute.received_at_ms, 3);
    }

    #[test]
    fn a_value_after_the_node_went_is_sent_after_that() {
        let changes = taken([value(true), gone(), value(false)]);
        assert!(matches!(
            changes.as_slice(),
            [Change::Reachability { .. }, Change::Value(_)]
        ));
        let changes = taken([value(true), gone()]);
        assert!(matches!(
            changes.as_slice(),
            [Change::Value(_), Change::Reachability { .. }]
        ));
    }

    #[test]
    fn a_fresh_report_renews_a_value_that_waits() {
        let changes = taken([value(true), gone(), fresh()]);
        let [Change::Reachability { .. }, Change::Value(attribute)] = changes.as_slice() else {
            panic!("{changes:?}")
        };
        assert_eq!(attribute.received_at_ms, 3);
        assert!(matches!(
            taken([fresh()]).as_slice(),
            [Change::Fresh { .. }]
        ));
    }

    #[test]
    fn a_flood_of_one_attribute_stays_small() {
        let mut queue = Queue::after(0);
        for seq in 1..=100_000 {
            queue.push(&event(seq, value(seq % 2 == 0)));
        }
        assert!(!queue.is_over());
        assert_eq!(queue.take().seq, 100_000);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_flood_of_events_asks_for_a_snapshot() {
        let mut queue = Queue::after(0);
        for seq in 1..=5_000 {
            queue.push(&event(seq, gone()));
        }
        assert!(queue.is_over());
    }
}

//! A client's copy of the home, kept true by events: a snapshot and all events after it make a
//! later snapshot.

use std::sync::Arc;

use hub_model::{AttributePath, CauseId, DataVersion, NodeId, Timestamp, Value};

use crate::event::{Event, EventKind};
use crate::state::keep_event;
use crate::view::{AttributeView, DeviceEvent, JobView, NodeView, Quality, Reachability, Snapshot};

/// An event does not follow upon the snapshot: one was missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {got} does not follow upon {have}")]
pub struct Gap {
    /// The last event of the snapshot.
    pub have: u64,
    /// The event that came.
    pub got: u64,
}

impl Snapshot {
    /// Brings the snapshot up to this event. One that it includes already changes nothing.
    ///
    /// # Errors
    /// When an event between them was missed: take a fresh snapshot. A filtered stream has gaps;
    /// use [`Snapshot::apply_filtered`] for one.
    pub fn apply(&mut self, event: &Event) -> Result<(), Gap> {
        if event.seq > self.seq + 1 {
            return Err(Gap {
                have: self.seq,
                got: event.seq,
            });
        }
        self.apply_filtered(event);
        Ok(())
    }

    /// Brings the snapshot up to this event of a stream in which some are left out on purpose.
    pub fn apply_filtered(&mut self, event: &Event) {
        if event.seq <= self.seq {
            return;
        }
        self.seq = event.seq;
        match &event.kind {
            EventKind::HomeChanged { changes, .. } => {
                // The hub applied the same changes, so they are readable.
                let applied = Arc::make_mut(&mut self.home).apply(changes);
                debug_assert_eq!(applied, Ok(()), "changes of the hub can be applied");
                self.follow_home();
            }
            EventKind::NodeAdded(view) => {
                let at = self.nodes.binary_search_by_key(&view.node.id, id_of);
                match at {
                    Ok(at) => self.nodes.splice(at..=at, [(**view).clone()]),
                    Err(at) => self.nodes.splice(at..at, [(**view).clone()]),
                };
            }
            EventKind::NodeRemoved { node } => self.nodes.retain(|view| view.node.id != *node),
            EventKind::Job(job) => self.job(job),
            EventKind::JobDropped { job } => self.jobs.retain(|other| other.id != *job),
            EventKind::Asked { .. } | EventKind::Command { .. } => {}
            of_node => {
                let node = of_node.node().and_then(|node| self.node_mut(node));
                if let Some(view) = node {
                    view.apply(of_node, event.at);
                }
            }
        }
    }

    fn follow_home(&mut self) {
        for view in &mut self.nodes {
            if let Some(node) = self.home.node(view.node.id) {
                view.node = Arc::clone(node);
            }
        }
    }

    fn job(&mut self, job: &Arc<JobView>) {
        match self.jobs.iter_mut().find(|other| other.id == job.id) {
            Some(known) => *known = Arc::clone(job),
            None => self.jobs.push(Arc::clone(job)),
        }
    }

    fn node_mut(&mut self, id: NodeId) -> Option<&mut NodeView> {
        let at = self.nodes.binary_search_by_key(&id, id_of).ok()?;
        self.nodes.get_mut(at)
    }
}

fn id_of(view: &NodeView) -> NodeId {
    view.node.id
}

/// What an event says of an attribute.
struct Heard<'a> {
    path: &'a AttributePath,
    changed: Option<(&'a Value, CauseId)>,
    reported_at: Timestamp,
    received_at: Timestamp,
    version: Option<DataVersion>,
}

impl Heard<'_> {
    fn first(&self, value: &Value, cause: CauseId) -> AttributeView {
        AttributeView {
            path: *self.path,
            value: value.clone(),
            quality: Quality::Known,
            reported_at: self.reported_at,
            received_at: self.received_at,
            version: self.version,
            cause: Some(cause),
        }
    }
}

impl NodeView {
    fn apply(&mut self, event: &EventKind, at: Timestamp) {
        match event {
            EventKind::AttributeChanged {
                path,
                value,
                reported_at,
                version,
                cause,
                ..
            } => self.heard(&Heard {
                path,
                changed: Some((value, *cause)),
                reported_at: *reported_at,
                received_at: at,
                version: *version,
            }),
            EventKind::Freshened {
                path,
                reported_at,
                version,
                ..
            } => self.heard(&Heard {
                path,
                changed: None,
                reported_at: *reported_at,
                received_at: at,
                version: *version,
            }),
            EventKind::DeviceEvent(event) => self.keep(event),
            EventKind::Reachability { reachability, .. } => {
                self.reachability = *reachability;
                if matches!(reachability, Reachability::Offline { .. }) {
                    let values = self.values.iter_mut();
                    values.for_each(|view| view.quality = Quality::Stale);
                }
            }
            EventKind::Orphaned { orphaned, .. } => self.orphaned = *orphaned,
            EventKind::StructureChanged { devices, .. } => self.devices = Arc::clone(devices),
            EventKind::EndpointsRemoved { endpoints, .. } => {
                self.values
                    .retain(|view| !endpoints.contains(&view.path.endpoint));
            }
            EventKind::NodeInfo { info, .. } => self.info = Arc::clone(info),
            _ => {}
        }
    }

    fn heard(&mut self, heard: &Heard<'_>) {
        let path = heard.path;
        let at = match self.values.binary_search_by_key(path, |view| view.path) {
            Ok(at) => at,
            Err(at) => {
                if let Some((value, cause)) = heard.changed {
                    self.values.insert(at, heard.first(value, cause));
                }
                return;
            }
        };
        let Some(known) = self.values.get_mut(at) else {
            return;
        };
        known.quality = Quality::Known;
        known.reported_at = heard.reported_at;
        known.received_at = heard.received_at;
        if let Some((value, cause)) = heard.changed {
            known.value = value.clone();
            known.cause = Some(cause);
            known.version = heard.version;
        } else {
            known.version = heard.version.or(known.version);
        }
    }

    fn keep(&mut self, event: &DeviceEvent) {
        keep_event(&mut self.events, event.clone());
    }
}

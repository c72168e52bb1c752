//! Events in a log.

use std::sync::Arc;
use std::time::Duration;

use hub_engine::{
    DeviceEvent, Event, EventKind, Home, ObjectChange, Quality, Reachability, RevisionId,
};
use hub_model::json::untyped;
use hub_model::{
    AttributeId, AttributePath, CauseId, ClusterId, CommandId, CommandProgress, DataVersion,
    EndpointId, EventId, EventPath, EventPriority, NodeId, Origin, Refusal, Timestamp, Value,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::super::reads::is_kind;
use super::Wrong;
use super::home::{WireDevice, WireNode, read_devices};

/// Number, when the hub saw it, what happened.
#[derive(Serialize, Deserialize)]
pub(super) struct WireEvent(u64, Timestamp, WireKind);

type WirePath = (NodeId, EndpointId, ClusterId, AttributeId);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireKind {
    /// Which, its value, that before with its quality, when it was so, version, cause.
    Changed(
        WirePath,
        Json,
        Option<(Json, Quality)>,
        Timestamp,
        Option<DataVersion>,
        CauseId,
    ),
    /// Which, its quality before, when it was so, version.
    Freshened(WirePath, Quality, Timestamp, Option<DataVersion>),
    Device(WireDeviceEvent),
    Reachability(NodeId, Reachability),
    Home {
        revision: RevisionId,
        author: Origin,
        reason: Arc<str>,
        /// Without the bodies before.
        changes: Vec<ObjectChange>,
    },
    Added(Box<WireNode>),
    Removed(NodeId),
    Structure(NodeId, Vec<WireDevice>),
    EndpointsRemoved(NodeId, Vec<EndpointId>),
    Command(CauseId, NodeId, WireProgress),
}

#[derive(Serialize, Deserialize)]
struct WireDeviceEvent {
    path: (NodeId, EndpointId, ClusterId, EventId),
    number: u64,
    priority: WirePriority,
    happened: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uptime: Option<Duration>,
    fields: Json,
    cause: CauseId,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WirePriority {
    Debug,
    Info,
    Critical,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireProgress {
    Sent,
    Acknowledged(Option<(CommandId, Json)>),
    Confirmed,
    Refused(WireRefusal),
    TimedOut,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireRefusal {
    Status(u8, Option<u8>),
    NoBridge,
    Offline,
    Denied(String),
    Unsupported(String),
    Busy,
}

impl WireEvent {
    /// The event; none when a machine does not read it.
    pub(super) fn of(event: &Event) -> Option<Self> {
        Some(Self(event.seq, event.at, WireKind::of(&event.kind)?))
    }

    pub(super) fn read(self) -> Result<Event, Wrong> {
        let Self(seq, at, kind) = self;
        let kind = kind.read()?;
        Ok(Event { seq, at, kind })
    }
}

impl WireKind {
    fn of(kind: &EventKind) -> Option<Self> {
        Some(match kind {
            EventKind::AttributeChanged {
                path,
                value,
                previous,
                reported_at,
                version,
                cause,
            } => {
                let previous = previous.as_ref();
                let previous = previous.map(|(value, quality)| (untyped::to_json(value), *quality));
                let value = untyped::to_json(value);
                Self::Changed(
                    wire_path(path),
                    value,
                    previous,
                    *reported_at,
                    *version,
                    *cause,
                )
            }
            EventKind::Freshened {
                path,
                was,
                reported_at,
                version,
            } => Self::Freshened(wire_path(path), *was, *reported_at, *version),
            EventKind::DeviceEvent(event) => Self::Device(WireDeviceEvent::of(event)),
            EventKind::Reachability { node, reachability } => {
                Self::Reachability(*node, *reachability)
            }
            EventKind::HomeChanged {
                revision,
                author,
                reason,
                changes,
            } => {
                let changes = wire_changes(changes);
                if changes.is_empty() {
                    return None;
                }
                Self::Home {
                    revision: *revision,
                    author: author.clone(),
                    reason: Arc::clone(reason),
                    changes,
                }
            }
            EventKind::NodeAdded(view) => Self::Added(Box::new(WireNode::of(view))),
            EventKind::NodeRemoved { node } => Self::Removed(*node),
            EventKind::StructureChanged { node, devices } => {
                Self::Structure(*node, devices.iter().map(WireDevice::of).collect())
            }
            EventKind::EndpointsRemoved { node, endpoints } => {
                Self::EndpointsRemoved(*node, endpoints.to_vec())
            }
            EventKind::Command {
                cause,
                node,
                progress,
            } => Self::Command(*cause, *node, WireProgress::of(progress)),
            _ => return None,
        })
    }

    fn read(self) -> Result<EventKind, Wrong> {
        Ok(match self {
            Self::Changed(path, value, previous, reported_at, version, cause) => {
                let previous = match previous {
                    Some((value, quality)) => Some((read_value(&value)?, quality)),
                    None => None,
                };
                EventKind::AttributeChanged {
                    path: read_path(path),
                    value: read_value(&value)?,
                    previous,
                    reported_at,
                    version,
                    cause,
                }
            }
            Self::Freshened(path, was, reported_at, version) => EventKind::Freshened {
                path: read_path(path),
                was,
                reported_at,
                version,
            },
            Self::Device(event) => EventKind::DeviceEvent(event.read()?),
            Self::Reachability(node, reachability) => {
                EventKind::Reachability { node, reachability }
            }
            Self::Home {
                revision,
                author,
                reason,
                changes,
            } => EventKind::HomeChanged {
                revision,
                author,
                reason,
                changes: read_changes(changes)?,
            },
            Self::Added(view) => EventKind::NodeAdded(Box::new(view.read()?)),
            Self::Removed(node) => EventKind::NodeRemoved { node },
            Self::Structure(node, devices) => EventKind::StructureChanged {
                node,
                devices: read_devices(devices)?,
            },
            Self::EndpointsRemoved(node, endpoints) => EventKind::EndpointsRemoved {
                node,
                endpoints: endpoints.into(),
            },
            Self::Command(cause, node, progress) => EventKind::Command {
                cause,
                node,
                progress: progress.read()?,
            },
        })
    }
}

/// What a machine reads of changes: the new bodies of some kinds.
fn wire_changes(changes: &[ObjectChange]) -> Vec<ObjectChange> {
    let read = changes.iter().filter(|change| is_kind(&change.kind));
    let read = read.map(|change| ObjectChange {
        kind: change.kind.clone(),
        id: change.id.clone(),
        before: None,
        after: change.after.clone(),
    });
    read.collect()
}

/// A machine relies on it that the changes of an event can be applied.
fn read_changes(changes: Vec<ObjectChange>) -> Result<Arc<[ObjectChange]>, Wrong> {
    let applied = Home::default().apply(&changes);
    applied.map_err(|error| error.to_string())?;
    Ok(changes.into())
}

fn wire_path(path: &AttributePath) -> WirePath {
    (path.node, path.endpoint, path.cluster, path.attribute)
}

fn read_path(path: WirePath) -> AttributePath {
    let (node, endpoint, cluster, attribute) = path;
    AttributePath {
        node,
        endpoint,
        cluster,
        attribute,
    }
}

fn read_value(json: &Json) -> Result<Value, Wrong> {
    untyped::from_json(json).map_err(|error| error.to_string())
}

impl WireDeviceEvent {
    fn of(event: &DeviceEvent) -> Self {
        let path = event.path;
        Self {
            path: (path.node, path.endpoint, path.cluster, path.event),
            number: event.number,
            priority: match event.priority {
                EventPriority::Debug => WirePriority::Debug,
                EventPriority::Info => WirePriority::Info,
                EventPriority::Critical => WirePriority::Critical,
            },
            happened: event.happened_at,
            uptime: event.uptime,
            fields: untyped::to_json(&event.fields),
            cause: event.cause,
        }
    }

    fn read(self) -> Result<DeviceEvent, Wrong> {
        let (node, endpoint, cluster, event) = self.path;
        Ok(DeviceEvent {
            path: EventPath {
                node,
                endpoint,
                cluster,
                event,
            },
            number: self.number,
            priority: match self.priority {
                WirePriority::Debug => EventPriority::Debug,
                WirePriority::Info => EventPriority::Info,
                WirePriority::Critical => EventPriority::Critical,
            },
            happened_at: self.happened,
            uptime: self.uptime,
            fields: read_value(&self.fields)?,
            cause: self.cause,
        })
    }
}

impl WireProgress {
    fn of(progress: &CommandProgress) -> Self {
        match progress {
            CommandProgress::Sent => Self::Sent,
            CommandProgress::Acknowledged { response } => {
                let response = response.as_ref();
                Self::Acknowledged(response.map(|(id, fields)| (*id, untyped::to_json(fields))))
            }
            CommandProgress::Confirmed => Self::Confirmed,
            CommandProgress::Refused(why) => Self::Refused(WireRefusal::of(why)),
            CommandProgress::TimedOut => Self::TimedOut,
        }
    }

    fn read(self) -> Result<CommandProgress, Wrong> {
        Ok(match self {
            Self::Sent => CommandProgress::Sent,
            Self::Acknowledged(None) => CommandProgress::Acknowledged { response: None },
            Self::Acknowledged(Some((id, fields))) => CommandProgress::Acknowledged {
                response: Some((id, read_value(&fields)?)),
            },
            Self::Confirmed => CommandProgress::Confirmed,
            Self::Refused(why) => CommandProgress::Refused(why.read()),
            Self::TimedOut => CommandProgress::TimedOut,
        })
    }
}

impl WireRefusal {
    fn of(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Status {
                status,
                cluster_status,
            } => Self::Status(*status, *cluster_status),
            Refusal::NoBridge => Self::NoBridge,
            Refusal::Offline => Self::Offline,
            Refusal::Denied(why) => Self::Denied(why.clone()),
            Refusal::Unsupported(why) => Self::Unsupported(why.clone()),
            Refusal::Busy => Self::Busy,
            // One that this version does not know yet: a machine only says it in words.
            other => Self::Unsupported(other.to_string()),
        }
    }

    fn read(self) -> Refusal {
        match self {
            Self::Status(status, cluster_status) => Refusal::Status {
                status,
                cluster_status,
            },
            Self::NoBridge => Refusal::NoBridge,
            Self::Offline => Refusal::Offline,
            Self::Denied(why) => Refusal::Denied(why),
            Self::Unsupported(why) => Refusal::Unsupported(why),
            Self::Busy => Refusal::Busy,
        }
    }
}

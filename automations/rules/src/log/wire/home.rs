//! A home in a log: its objects, its nodes and their values.

use std::sync::Arc;

use hub_engine::{
    AttributeView, Device, DeviceId, Home, Node, NodeView, Object, ObjectKind, Quality,
    Reachability, RoomId, Snapshot,
};
use hub_model::json::untyped;
use hub_model::{
    AttributeId, AttributePath, CauseId, ClusterId, DataVersion, DeviceTypeId, EndpointId, NodeId,
    Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::super::reads::kinds;
use super::Wrong;

#[derive(Serialize, Deserialize)]
pub(super) struct WireHome {
    seq: u64,
    /// Kind, id and body.
    objects: Vec<(String, String, String)>,
    nodes: Vec<WireNode>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct WireNode {
    id: NodeId,
    node: Node,
    reach: Reachability,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    orphaned: bool,
    devices: Vec<WireDevice>,
    values: Vec<WireValue>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct WireDevice {
    id: String,
    name: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    room: Option<RoomId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    icon: Option<Arc<str>>,
    endpoints: Vec<EndpointId>,
    types: Vec<DeviceTypeId>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    grouped: bool,
}

/// Endpoint, cluster, attribute, value, quality, when it was so, when it was heard, version, cause.
#[derive(Serialize, Deserialize)]
struct WireValue(
    EndpointId,
    ClusterId,
    AttributeId,
    Json,
    Quality,
    Timestamp,
    Timestamp,
    Option<DataVersion>,
    Option<CauseId>,
);

impl WireHome {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let mut objects = Vec::new();
        for kind in kinds() {
            for (id, body) in snapshot.home.objects(&kind) {
                objects.push((kind.as_str().to_owned(), id.to_owned(), body.to_string()));
            }
        }
        Self {
            seq: snapshot.seq,
            objects,
            nodes: snapshot.nodes.iter().map(WireNode::of).collect(),
        }
    }

    pub(super) fn read(self) -> Result<Snapshot, Wrong> {
        let objects = self.objects.into_iter().map(|(kind, id, body)| Object {
            kind: ObjectKind::new(kind),
            id,
            body,
        });
        let home = Home::load(objects).map_err(|error| error.to_string())?;
        let nodes = self.nodes.into_iter().map(WireNode::read);
        let nodes = nodes.collect::<Result<Vec<_>, _>>()?;
        if !nodes.is_sorted_by(|a, b| a.node.id < b.node.id) {
            return Err("the nodes are not in ascending order".to_owned());
        }
        Ok(Snapshot {
            seq: self.seq,
            home: Arc::new(home),
            nodes,
            jobs: Vec::new(),
        })
    }
}

impl WireNode {
    pub(super) fn of(view: &NodeView) -> Self {
        Self {
            id: view.node.id,
            node: (*view.node).clone(),
            reach: view.reachability,
            orphaned: view.orphaned,
            devices: view.devices.iter().map(WireDevice::of).collect(),
            values: view.values.iter().map(WireValue::of).collect(),
        }
    }

    pub(super) fn read(self) -> Result<NodeView, Wrong> {
        let id = self.id;
        let values = self.values.into_iter().map(|value| value.read(id));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        if !values.is_sorted_by(|a, b| a.path < b.path) {
            return Err(format!(
                "the values of node {id} are not in ascending order"
            ));
        }
        Ok(NodeView {
            node: Arc::new(Node { id, ..self.node }),
            reachability: self.reach,
            orphaned: self.orphaned,
            info: Arc::default(),
            devices: read_devices(self.devices)?,
            values,
            events: std::collections::VecDeque::new(),
        })
    }
}

impl WireDevice {
    pub(super) fn of(device: &Device) -> Self {
        Self {
            id: device.id.to_string(),
            name: Arc::clone(&device.name),
            room: device.room,
            icon: device.icon.clone(),
            endpoints: device.endpoints.to_vec(),
            types: device.types.to_vec(),
            grouped: device.grouped,
        }
    }

    fn read(self) -> Result<Device, Wrong> {
        let id: DeviceId = self
            .id
            .parse()
            .map_err(|error| format!("{:?}: {error}", self.id))?;
        Ok(Device {
            id,
            name: self.name,
            room: self.room,
            icon: self.icon,
            endpoints: self.endpoints.into(),
            types: self.types.into(),
            grouped: self.grouped,
        })
    }
}

pub(super) fn read_devices(devices: Vec<WireDevice>) -> Result<Arc<[Device]>, Wrong> {
    devices.into_iter().map(WireDevice::read).collect()
}

impl WireValue {
    fn of(view: &AttributeView) -> Self {
        let path = view.path;
        Self(
            path.endpoint,
            path.cluster,
            path.attribute,
            untyped::to_json(&view.value),
            view.quality,
            view.reported_at,
            view.received_at,
            view.version,
            view.cause,
        )
    }

    fn read(self, node: NodeId) -> Result<AttributeView, Wrong> {
        let Self(
            endpoint,
            cluster,
            attribute,
            value,
            quality,
            reported_at,
            received_at,
            version,
            cause,
        ) = self;
        let path = AttributePath {
            node,
            endpoint,
            cluster,
            attribute,
        };
        Ok(AttributeView {
            path,
            value: untyped::from_json(&value).map_err(|error| format!("{path}: {error}"))?,
            quality,
            reported_at,
            received_at,
            version,
            cause,
        })
    }
}

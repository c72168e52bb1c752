//! The home: floors, rooms, devices, nodes.

use hub_engine::{Device as EngineDevice, NodeView, Reachability, Snapshot};
use hub_model::{AttributeId, AttributePath, ClusterId, EndpointId, NodeId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ms;
use crate::words;

/// The home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Home {
    /// Its name.
    pub name: String,
    /// The floors, in the owner's order.
    pub floors: Vec<Floor>,
    /// The rooms, in the owner's order.
    pub rooms: Vec<Room>,
    /// What people take for one thing, by node and endpoint.
    pub devices: Vec<Device>,
    /// The nodes, by id.
    pub nodes: Vec<Node>,
}

/// A floor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Floor {
    /// Its number.
    pub id: u32,
    /// Its name.
    pub name: String,
}

/// A room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Room {
    /// Its number.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Its icon's name.
    pub icon: Option<String>,
    /// Its floor's number.
    pub floor: Option<u32>,
}

/// A device: one or more endpoints of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Device {
    /// Its node and leading endpoint: `0x12/1`.
    pub id: String,
    /// Its node: `0x12`.
    pub node: String,
    /// Its endpoints, ascending.
    pub endpoints: Vec<u16>,
    /// Its name.
    pub name: String,
    /// Its icon's name.
    pub icon: Option<String>,
    /// Its room's number.
    pub room: Option<u32>,
    /// The device types of its endpoints.
    pub types: Vec<DeviceType>,
    /// Whether the owner chose its endpoints.
    pub grouped: bool,
}

/// A device type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceType {
    /// Its id: `0x0100`.
    pub id: String,
    /// Its name for people.
    pub name: String,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Node {
    /// Its id: `0x12`.
    pub id: String,
    /// Its name in paths.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The bridge that serves it.
    pub bridge: String,
    /// Who made it, by its own word.
    pub vendor: Option<String>,
    /// What it is, by its own word.
    pub product: Option<String>,
    /// Its room's number.
    pub room: Option<u32>,
    /// Its icon's name.
    pub icon: Option<String>,
    /// Whether it is there.
    pub reachability: ReachabilityWord,
    /// Since when it is offline.
    pub offline_since_ms: Option<i64>,
    /// Whether no bridge serves it.
    pub orphaned: bool,
    /// When it joined the home.
    pub joined_at_ms: i64,
    /// What keeps it from being live, in words.
    pub trouble: Option<String>,
}

/// Whether a node is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReachabilityWord {
    /// The hub has just started and has not heard of it yet.
    Unknown,
    /// It answers.
    Online,
    /// It does not answer.
    Offline,
}

impl Home {
    /// The home of a snapshot.
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let home = &snapshot.home;
        let devices = snapshot.nodes.iter().flat_map(|view| view.devices.iter());
        Self {
            name: home.name().to_owned(),
            floors: home
                .floors()
                .into_iter()
                .map(|floor| Floor {
                    id: floor.id.0,
                    name: floor.name.to_string(),
                })
                .collect(),
            rooms: home
                .rooms()
                .into_iter()
                .map(|room| Room {
                    id: room.id.0,
                    name: room.name.to_string(),
                    icon: room.icon.as_deref().map(Into::into),
                    floor: room.floor.map(|floor| floor.0),
                })
                .collect(),
            devices: devices.map(Device::of).collect(),
            nodes: snapshot.nodes.iter().map(Node::of).collect(),
        }
    }
}

impl Device {
    /// The device of a node.
    pub(crate) fn of(device: &EngineDevice) -> Self {
        Self {
            id: device.id.to_string(),
            node: device.id.node.to_string(),
            endpoints: device.endpoints.iter().map(|endpoint| endpoint.0).collect(),
            name: device.name.to_string(),
            icon: device.icon.as_deref().map(Into::into),
            room: device.room.map(|room| room.0),
            types: device.types.iter().map(|id| DeviceType::of(*id)).collect(),
            grouped: device.grouped,
        }
    }
}

impl DeviceType {
    pub(crate) fn of(id: hub_model::DeviceTypeId) -> Self {
        Self {
            id: id.to_string(),
            name: words::device_type(id),
        }
    }
}

impl Node {
    /// The node of a view; its maker is known only if the view has [`Self::NAMEPLATE`].
    pub(crate) fn of(view: &NodeView) -> Self {
        let node = &view.node;
        let (reachability, offline_since_ms) = ReachabilityWord::of(view.reachability);
        Self {
            id: node.id.to_string(),
            slug: node.slug.to_string(),
            name: node.name.to_string(),
            bridge: node.bridge.to_string(),
            vendor: nameplate(view, VENDOR_NAME),
            product: nameplate(view, PRODUCT_NAME),
            room: node.room.map(|room| room.0),
            icon: node.icon.as_deref().map(Into::into),
            reachability,
            offline_since_ms,
            orphaned: view.orphaned,
            joined_at_ms: ms(node.since),
            trouble: view.info.trouble.clone(),
        }
    }

    /// The attributes that [`Self::of`] looks at.
    pub(crate) fn nameplate() -> Vec<hub_model::AttributePattern> {
        [VENDOR_NAME, PRODUCT_NAME]
            .map(|attribute| hub_model::AttributePattern {
                endpoint: Some(EndpointId::ROOT),
                cluster: Some(BASIC_INFORMATION),
                attribute: Some(attribute),
            })
            .into()
    }
}

impl ReachabilityWord {
    /// The word, and since when a node is offline.
    pub(crate) const fn of(reachability: Reachability) -> (Self, Option<i64>) {
        match reachability {
            Reachability::Online => (Self::Online, None),
            Reachability::Offline { since } => (Self::Offline, Some(ms(since))),
            _ => (Self::Unknown, None),
        }
    }
}

/// Matter 1.6 Core §11.1 (Basic Information).
const BASIC_INFORMATION: ClusterId = ClusterId(0x0028);
const VENDOR_NAME: AttributeId = AttributeId(1);
const PRODUCT_NAME: AttributeId = AttributeId(3);

fn nameplate(view: &NodeView, attribute: AttributeId) -> Option<String> {
    let path = path(view.node.id, attribute);
    let at = view
        .values
        .binary_search_by_key(&path, |value| value.path)
        .ok()?;
    let text = view.values.get(at)?.value.as_text()?;
    (!text.is_empty()).then(|| text.to_owned())
}

const fn path(node: NodeId, attribute: AttributeId) -> AttributePath {
    AttributePath {
        node,
        endpoint: EndpointId::ROOT,
        cluster: BASIC_INFORMATION,
        attribute,
    }
}

//! The home as its owner arranged it: floors, rooms, nodes by name, devices.
//!
//! The truth is the set of objects as stored; floors, rooms and nodes are read from it, so that a
//! change is applied in one way only, whether it comes from an edit, an undo or a load. Objects of
//! kinds that are not the home's own are kept and passed on unread.
//!
//! Not here: what devices report (`state`).

mod body;
mod device;
mod name;
mod plan;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use hub_model::{DeviceTypeId, EndpointId, NodeId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::change::{Object, ObjectChange, ObjectKind};

pub use body::BodyError;
pub(crate) use body::parse_node;
pub(crate) use device::{Structure, derive_devices};
pub use name::NAME_MAX;
pub(crate) use name::checked as checked_name;
pub(crate) use plan::Arrival;

/// A floor, by its number.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct FloorId(pub u32);

impl fmt::Display for FloorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A room, by its number.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct RoomId(pub u32);

impl fmt::Display for RoomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A device: some endpoints of a node, named by the lowest of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId {
    /// The node.
    pub node: NodeId,
    /// Its leading endpoint.
    pub endpoint: EndpointId,
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.node, self.endpoint)
    }
}

/// The text is no device id: `0x12/1` is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a device id is a node in hex and an endpoint, like 0x12/1")]
pub struct BadDeviceId;

impl FromStr for DeviceId {
    type Err = BadDeviceId;

    fn from_str(text: &str) -> Result<Self, BadDeviceId> {
        let (node, endpoint) = text.split_once('/').ok_or(BadDeviceId)?;
        Ok(Self {
            node: parse_node(node).ok_or(BadDeviceId)?,
            endpoint: EndpointId(endpoint.parse().map_err(|_| BadDeviceId)?),
        })
    }
}

/// A floor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Floor {
    /// Its number.
    #[serde(skip)]
    pub id: FloorId,
    /// Its name.
    pub name: Arc<str>,
    /// Its place among the floors, ascending.
    pub order: u32,
}

/// A room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Its number.
    #[serde(skip)]
    pub id: RoomId,
    /// Its name.
    pub name: Arc<str>,
    /// The floor that it is on.
    pub floor: Option<FloorId>,
    /// The name of its icon.
    pub icon: Option<Arc<str>>,
    /// Its place among all rooms, ascending.
    pub order: u32,
}

/// A node as the home knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Its id.
    #[serde(skip)]
    pub id: NodeId,
    /// Its name.
    pub name: Arc<str>,
    /// Its name in paths: lower case letters, digits and hyphens; unique in the home.
    pub slug: Arc<str>,
    /// The bridge that serves it.
    pub bridge: Arc<str>,
    /// The room it is in, and its devices that have none of their own.
    pub room: Option<RoomId>,
    /// The name of its icon.
    pub icon: Option<Arc<str>>,
    /// When it joined the home.
    pub since: Timestamp,
    /// Whether its name is only a number until the device tells a better one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
}

/// A device: what a person takes for one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its name for programs.
    pub id: DeviceId,
    /// Its name: the owner's, else the device's own, else its node's.
    pub name: Arc<str>,
    /// Its room: its own, else its node's.
    pub room: Option<RoomId>,
    /// The name of its icon: its own, else its node's.
    pub icon: Option<Arc<str>>,
    /// Its endpoints, ascending; the first is the leading one.
    pub endpoints: Arc<[EndpointId]>,
    /// The device types of its endpoints, ascending, each once.
    pub types: Arc<[DeviceTypeId]>,
    /// Whether the owner chose its endpoints.
    pub grouped: bool,
}

/// What the owner decided about a device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceChoice {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
    /// Its room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// The name of its icon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<Arc<str>>,
    /// The endpoints that are this device, ascending; none leaves them to the node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<Vec<EndpointId>>,
}

/// The home.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Home {
    objects: BTreeMap<(ObjectKind, String), Arc<str>>,
    name: Option<Arc<str>>,
    floors: BTreeMap<FloorId, Floor>,
    rooms: BTreeMap<RoomId, Room>,
    nodes: BTreeMap<NodeId, Arc<Node>>,
    slugs: BTreeMap<Arc<str>, NodeId>,
    choices: BTreeMap<DeviceId, DeviceChoice>,
    counters: BTreeMap<String, u64>,
}

impl Home {
    /// The home of these objects.
    ///
    /// # Errors
    /// When the body of an object of the home's own kinds cannot be read.
    pub fn load(objects: impl IntoIterator<Item = Object>) -> Result<Self, BodyError> {
        let mut home = Self::default();
        for object in objects {
            let entry = body::decode(&object.kind, &object.id, Some(&object.body))?;
            home.set_entry(entry);
            home.objects
                .insert((object.kind, object.id), object.body.into());
        }
        Ok(home)
    }

    /// Applies changes that are on disk.
    ///
    /// # Errors
    /// When the body of an object of the home's own kinds cannot be read; nothing is applied then.
    pub fn apply(&mut self, changes: &[ObjectChange]) -> Result<(), BodyError> {
        let entries = changes
            .iter()
            .map(|change| body::decode(&change.kind, &change.id, change.after.as_deref()))
            .collect::<Result<Vec<_>, _>>()?;
        for (change, entry) in changes.iter().zip(entries) {
            self.set_entry(entry);
            let key = (change.kind.clone(), change.id.clone());
            match &change.after {
                Some(body) => self.objects.insert(key, body.as_str().into()),
                None => self.objects.remove(&key),
            };
        }
        Ok(())
    }

    /// The home's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("Home")
    }

    /// The floors, in the owner's order.
    #[must_use]
    pub fn floors(&self) -> Vec<&Floor> {
        let mut floors: Vec<_> = self.floors.values().collect();
        floors.sort_by_key(|floor| floor.order);
        floors
    }

    /// The rooms, in the owner's order.
    #[must_use]
    pub fn rooms(&self) -> Vec<&Room> {
        let mut rooms: Vec<_> = self.rooms.values().collect();
        rooms.sort_by_key(|room| room.order);
        rooms
    }

    /// The floor.
    #[must_use]
    pub fn floor(&self, id: FloorId) -> Option<&Floor> {
        self.floors.get(&id)
    }

    /// The room.
    #[must_use]
    pub fn room(&self, id: RoomId) -> Option<&Room> {
        self.rooms.get(&id)
    }

    /// The nodes, ascending by id.
    pub fn nodes(&self) -> impl Iterator<Item = &Arc<Node>> {
        self.nodes.values()
    }

    /// The node.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Option<&Arc<Node>> {
        self.nodes.get(&id)
    }

    /// The node with this slug.
    #[must_use]
    pub fn node_by_slug(&self, slug: &str) -> Option<&Arc<Node>> {
        self.node(*self.slugs.get(slug)?)
    }

    /// What the owner decided about the devices of a node, by leading endpoint.
    pub fn choices(&self, node: NodeId) -> impl Iterator<Item = (&DeviceId, &DeviceChoice)> {
        let of = |endpoint| DeviceId { node, endpoint };
        self.choices
            .range(of(EndpointId::ROOT)..=of(EndpointId(u16::MAX)))
    }

    /// The body of any object.
    #[must_use]
    pub fn object(&self, kind: &ObjectKind, id: &str) -> Option<&Arc<str>> {
        self.objects.get(&(kind.clone(), id.to_owned()))
    }

    /// The objects of a kind, ascending by id.
    pub fn objects(&self, kind: &ObjectKind) -> impl Iterator<Item = (&str, &Arc<str>)> {
        self.objects
            .range((kind.clone(), String::new())..)
            .take_while(move |((of, _), _)| of == kind)
            .map(|((_, id), body)| (id.as_str(), body))
    }

    fn set_entry(&mut self, entry: body::Entry) {
        use body::Entry;
        match entry {
            Entry::Home(name) => self.name = name,
            Entry::Floor(id, Some(floor)) => drop(self.floors.insert(id, floor)),
            Entry::Floor(id, None) => drop(self.floors.remove(&id)),
            Entry::Room(id, Some(room)) => drop(self.rooms.insert(id, room)),
            Entry::Room(id, None) => drop(self.rooms.remove(&id)),
            Entry::Node(id, node) => self.set_node(id, node),
            Entry::Device(id, Some(choice)) => drop(self.choices.insert(id, choice)),
            Entry::Device(id, None) => drop(self.choices.remove(&id)),
            Entry::Counter(name, Some(next)) => drop(self.counters.insert(name, next)),
            Entry::Counter(name, None) => drop(self.counters.remove(&name)),
            Entry::Foreign => {}
        }
    }

    fn set_node(&mut self, id: NodeId, node: Option<Node>) {
        if let Some(old) = self.nodes.remove(&id)
            && self.slugs.get(&old.slug) == Some(&id)
        {
            self.slugs.remove(&old.slug);
        }
        if let Some(node) = node {
            self.slugs.insert(Arc::clone(&node.slug), id);
            self.nodes.insert(id, Arc::new(node));
        }
    }
}

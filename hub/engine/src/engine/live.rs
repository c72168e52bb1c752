//! A node as it is now: its bridge, its reachability, its values, the devices it is divided into.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use hub_model::{DeviceTypeId, EndpointId, NodeId, NodeInfo, Now, Value};

use crate::event::EventKind;
use crate::home::{Device, Structure, derive_devices};
use crate::reach::Reach;
use crate::state::{Key, Table};
use crate::view::Quality;

use super::Engine;
use super::commits::Pending;

const DESCRIPTOR: u32 = 0x001D;
const DEVICE_TYPE_LIST: u32 = 0x0000;
const PARTS_LIST: u32 = 0x0003;
const BASIC_INFORMATION: u32 = 0x0028;
const BRIDGED_INFORMATION: u32 = 0x0039;
const PRODUCT_NAME: u32 = 0x0003;
const NODE_LABEL: u32 = 0x0005;

/// A node as it is now.
#[derive(Debug)]
pub(super) struct Live {
    /// The bridge that serves it, by its place; none when that is not of this hub.
    pub(super) bridge: Option<usize>,
    /// Its bridge has claimed it since the start.
    pub(super) joined: bool,
    /// It is in the home, so clients know of it.
    pub(super) visible: bool,
    pub(super) orphaned: bool,
    pub(super) reach: Reach,
    pub(super) info: Arc<NodeInfo>,
    pub(super) table: Table,
    pub(super) structure: Structure,
    pub(super) devices: Arc<[Device]>,
}

/// What of a node is to be looked at anew.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Dirt {
    structure: bool,
    /// The node told which endpoints it has: others are gone.
    parts: bool,
    name: bool,
}

impl Live {
    /// A node of before the hub's start.
    pub(super) fn restored(bridge: Option<usize>, now: Now, grace: Duration) -> Self {
        Self {
            bridge,
            joined: false,
            visible: true,
            orphaned: false,
            reach: Reach::unheard(now, grace),
            info: Arc::default(),
            table: Table::default(),
            structure: Structure::default(),
            devices: Arc::default(),
        }
    }

    /// A node that a bridge brings, not yet in the home.
    pub(super) fn arriving(bridge: usize, now: Now, grace: Duration) -> Self {
        Self {
            joined: true,
            visible: false,
            ..Self::restored(Some(bridge), now, grace)
        }
    }

    /// What a changed attribute makes worth looking at.
    pub(super) fn dirt_of(&self, key: Key) -> Dirt {
        let new_endpoint = key.endpoint != EndpointId::ROOT
            && !self.structure.endpoints.contains_key(&key.endpoint);
        let parts = key.endpoint == EndpointId::ROOT
            && key.cluster.0 == DESCRIPTOR
            && key.attribute.0 == PARTS_LIST;
        let described = match key.cluster.0 {
            DESCRIPTOR => matches!(key.attribute.0, DEVICE_TYPE_LIST | PARTS_LIST),
            BRIDGED_INFORMATION => matches!(key.attribute.0, PRODUCT_NAME | NODE_LABEL),
            _ => false,
        };
        let named = key.cluster.0 == BASIC_INFORMATION
            && matches!(key.attribute.0, PRODUCT_NAME | NODE_LABEL);
        Dirt {
            structure: new_endpoint || described,
            parts,
            name: named,
        }
    }

    /// How the node describes itself, by what it told.
    fn describe(&self) -> Structure {
        let mut structure = Structure::default();
        for endpoint in self.table.endpoints() {
            if endpoint != EndpointId::ROOT {
                let described = structure.endpoints.entry(endpoint).or_default();
                described.types = self.device_types(endpoint);
                described.parts = self.parts(endpoint).unwrap_or_default();
                described.label = self.label(endpoint, BRIDGED_INFORMATION).map(Into::into);
            }
        }
        structure
    }

    fn device_types(&self, endpoint: EndpointId) -> Vec<DeviceTypeId> {
        let list = self.value(endpoint, DESCRIPTOR, DEVICE_TYPE_LIST);
        let entries = list.and_then(Value::as_list).unwrap_or_default();
        let types = entries.iter().filter_map(|entry| entry.field(0)?.as_u64());
        types
            .filter_map(|id| u32::try_from(id).ok().map(DeviceTypeId))
            .collect()
    }

    fn parts(&self, endpoint: EndpointId) -> Option<BTreeSet<EndpointId>> {
        let list = self.value(endpoint, DESCRIPTOR, PARTS_LIST)?.as_list()?;
        let parts = list.iter().filter_map(Value::as_u64);
        let parts = parts.filter_map(|id| u16::try_from(id).ok().map(EndpointId));
        Some(parts.collect())
    }

    /// What the device calls an endpoint: its label, else its product's name.
    fn label(&self, endpoint: EndpointId, cluster: u32) -> Option<&str> {
        let texts = [NODE_LABEL, PRODUCT_NAME].into_iter();
        let mut texts = texts.filter_map(|id| self.value(endpoint, cluster, id)?.as_text());
        texts.find(|text| !text.trim().is_empty())
    }

    fn value(&self, endpoint: EndpointId, cluster: u32, attribute: u32) -> Option<&Value> {
        let slot = self.table.get(Key::new(endpoint.0, cluster, attribute))?;
        Some(&slot.value)
    }

    /// The value, if it can be relied upon.
    pub(super) fn known(&self, key: Key) -> Option<&Value> {
        let slot = self.table.get(key)?;
        (slot.quality() == Quality::Known).then_some(&slot.value)
    }
}

impl Dirt {
    /// Everything.
    pub(super) const fn all() -> Self {
        Self {
            structure: true,
            parts: true,
            name: true,
        }
    }

    pub(super) const fn is_any(self) -> bool {
        self.structure || self.parts || self.name
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self {
            structure: self.structure || other.structure,
            parts: self.parts || other.parts,
            name: self.name || other.name,
        }
    }
}

impl Engine {
    /// Looks at the nodes whose description changed.
    pub(super) fn restructure(&mut self) {
        while let Some((id, dirt)) = self.dirty.pop_first() {
            if dirt.parts {
                self.drop_endpoints(id);
            }
            if dirt.structure || dirt.parts {
                if let Some(live) = self.nodes.get_mut(&id) {
                    live.structure = live.describe();
                }
                self.derive(id);
            }
            if dirt.name {
                self.name_by_device(id);
            }
        }
    }

    /// Divides a node into devices anew, and tells if they are others than before.
    pub(super) fn derive(&mut self, id: NodeId) {
        let (Some(node), Some(live)) = (self.home.node(id), self.nodes.get_mut(&id)) else {
            return;
        };
        let devices = derive_devices(node, &live.structure, self.home.choices(id));
        if devices == live.devices {
            return;
        }
        live.devices = Arc::clone(&devices);
        if live.visible {
            let kind = EventKind::StructureChanged { node: id, devices };
            self.out.event(kind);
        }
    }

    /// Forgets the endpoints that the node's own list does not have.
    fn drop_endpoints(&mut self, id: NodeId) {
        let Some(live) = self.nodes.get_mut(&id) else {
            return;
        };
        let Some(parts) = live.parts(EndpointId::ROOT) else {
            return;
        };
        let keep = |endpoint| endpoint == EndpointId::ROOT || parts.contains(&endpoint);
        let gone: Arc<[_]> = live.table.endpoints().filter(|id| !keep(*id)).collect();
        if gone.is_empty() {
            return;
        }
        live.table.retain_endpoints(keep);
        if live.visible {
            let kind = EventKind::EndpointsRemoved {
                node: id,
                endpoints: gone,
            };
            self.out.event(kind);
        }
    }

    /// Takes the name that a device tells for a node that has none.
    pub(super) fn name_by_device(&mut self, id: NodeId) {
        let unnamed = self.home.node(id).is_some_and(|node| node.provisional);
        let told = self.nodes.get(&id);
        let told = told.and_then(|live| live.label(EndpointId::ROOT, BASIC_INFORMATION));
        if let (true, Some(name)) = (unnamed, told) {
            let name = name.into();
            let pending = Pending::OwnName { node: id, name };
            if !self.commits.has(&pending) {
                self.commits.push(pending);
            }
        }
    }
}

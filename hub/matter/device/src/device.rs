//! What a node is, as data: the endpoints a device has and what is on them.
//!
//! The root endpoint's system clusters (BasicInformation, commissioning, credentials, diagnostics)
//! come with every node and are not described here; Descriptor is derived from the rest.
//!
//! Spec: Matter 1.6 Core §7 (data model).

use std::collections::BTreeMap;
use std::fmt;

use hub_model::{
    AttributeId, ClusterId, CommandId, DeviceTypeId, EndpointId, EventId, Secret, Value,
};

use crate::behaviour::Behaviour;
use crate::model::Change;

/// A node: who made it, how it is commissioned, and what is on it.
pub struct Device {
    /// Vendor name, up to 32 characters.
    pub vendor_name: String,
    /// Product name, up to 32 characters.
    pub product_name: String,
    /// The name a commissioner shows while it adds the device, up to 32 characters.
    pub device_name: String,
    /// Serial number, up to 32 characters.
    pub serial_number: String,
    /// An id that never changes and tells nothing, up to 32 characters.
    pub unique_id: String,
    /// Where it is: a room, up to 32 characters; told in BasicInformation's DeviceLocation.
    pub location: Option<String>,
    /// Hardware version.
    pub hardware_version: u16,
    /// Software version.
    pub software_version: u32,
    /// Software version for people, up to 64 characters.
    pub software_version_text: String,
    /// The setup passcode, 1 to 99999998, none of the trivial ones.
    pub passcode: Secret<u32>,
    /// The 12-bit discriminator.
    pub discriminator: u16,
    /// The UDP port; 0 takes a free one.
    pub port: u16,
    /// The endpoints beside the root endpoint, ids strictly ascending.
    pub endpoints: Vec<Endpoint>,
    /// Told of every change; must not block.
    pub observer: Option<Observer>,
}

/// Told of each change, on the node's thread.
pub type Observer = Box<dyn FnMut(&Change) + Send>;

/// One endpoint.
#[derive(Debug)]
pub struct Endpoint {
    /// Its id, 1 or more; never reused within a node's life.
    pub id: EndpointId,
    /// The endpoint it is a part of; the root endpoint lists all.
    pub parent: EndpointId,
    /// What it is.
    pub device_types: Vec<DeviceType>,
    /// What tells it from its siblings of the same device type: namespace and tag.
    pub tags: Vec<(u8, u8)>,
    /// The clusters it serves, beside Descriptor.
    pub clusters: BTreeMap<ClusterId, Cluster>,
}

/// A device type with the revision it was built to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeviceType {
    /// Which.
    pub id: DeviceTypeId,
    /// Its revision.
    pub revision: u16,
}

/// One server cluster of an endpoint.
pub struct Cluster {
    /// Which.
    pub id: ClusterId,
    /// The revision it was built to.
    pub revision: u16,
    /// Its features.
    pub features: u32,
    /// Its attributes, without the global ones.
    pub attributes: BTreeMap<AttributeId, Attribute>,
    /// The commands it accepts.
    pub commands: BTreeMap<CommandId, Command>,
    /// The events it may emit.
    pub events: Vec<EventId>,
    /// What commands and writes do; the standard behaviour of the cluster when none.
    pub behaviour: Option<Box<dyn Behaviour>>,
    /// What its description got wrong.
    pub faults: Vec<String>,
}

/// One attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// Its value.
    pub value: Value,
    /// Who may write it; nobody when none.
    pub write: Option<Privilege>,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether it keeps its value over a restart (quality `N`).
    pub persistent: bool,
}

/// One accepted command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command {
    /// The response command, when it has one.
    pub response: Option<CommandId>,
    /// Who may invoke it.
    pub privilege: Privilege,
    /// Whether it needs a timed interaction (Matter 1.6 Core §8.8).
    pub timed: bool,
}

/// A privilege of the access control list. Matter 1.6 Core §9.10.5.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Privilege {
    /// Ordinary use.
    Operate,
    /// Persistent settings.
    Manage,
    /// All.
    Administer,
}

impl Device {
    /// A device with this name and serial number, without endpoints.
    #[must_use]
    pub fn new(product_name: &str, serial_number: &str, passcode: u32, discriminator: u16) -> Self {
        Self {
            vendor_name: "Ingle".into(),
            product_name: product_name.into(),
            device_name: product_name.into(),
            serial_number: serial_number.into(),
            unique_id: serial_number.into(),
            location: None,
            hardware_version: 1,
            software_version: 1,
            software_version_text: "1.0".into(),
            passcode: Secret::new(passcode),
            discriminator,
            port: 0,
            endpoints: Vec::new(),
            observer: None,
        }
    }

    /// The type that a commissioner is told before it adds the device.
    pub(crate) fn main_type(&self) -> Option<u16> {
        let first = self.endpoints.first()?.device_types.first()?;
        u16::try_from(first.id.0).ok()
    }

    /// This device with one more endpoint.
    #[must_use]
    pub fn with(mut self, endpoint: Endpoint) -> Self {
        self.endpoints.push(endpoint);
        self
    }
}

impl Endpoint {
    /// An endpoint right below the root, of the device type of this name.
    #[must_use]
    pub fn new(id: u16, device_type: &str) -> Self {
        Self {
            id: EndpointId(id),
            parent: EndpointId::ROOT,
            device_types: Vec::new(),
            tags: Vec::new(),
            clusters: BTreeMap::new(),
        }
        .also(device_type)
    }

    /// This endpoint as a part of another.
    #[must_use]
    pub fn part_of(mut self, parent: EndpointId) -> Self {
        self.parent = parent;
        self
    }

    /// This endpoint with one more device type, by name; none where there is no such type.
    #[must_use]
    pub fn also(mut self, device_type: &str) -> Self {
        let found = hub_model::spec::device_type_by_name(device_type);
        self.device_types.extend(found.map(|found| DeviceType {
            id: found.id,
            revision: found.revision,
        }));
        self
    }

    /// This endpoint with a semantic tag.
    #[must_use]
    pub fn tagged(mut self, namespace: u8, tag: u8) -> Self {
        self.tags.push((namespace, tag));
        self
    }

    /// This endpoint with one more cluster.
    #[must_use]
    pub fn with(mut self, cluster: Cluster) -> Self {
        self.clusters.insert(cluster.id, cluster);
        self
    }
}

impl Cluster {
    /// A cluster without attributes, commands and events.
    #[must_use]
    pub const fn new(id: u32, revision: u16, features: u32) -> Self {
        Self {
            id: ClusterId(id),
            revision,
            features,
            attributes: BTreeMap::new(),
            commands: BTreeMap::new(),
            events: Vec::new(),
            behaviour: None,
            faults: Vec::new(),
        }
    }

    /// With an attribute of any kind: for clusters that no specification has.
    #[must_use]
    pub fn attribute(mut self, id: u32, attribute: Attribute) -> Self {
        self.attributes.insert(AttributeId(id), attribute);
        self
    }

    /// With a command.
    #[must_use]
    pub fn command(mut self, id: u32, command: Command) -> Self {
        self.commands.insert(CommandId(id), command);
        self
    }

    /// With a behaviour of its own.
    #[must_use]
    pub fn behaving(mut self, behaviour: impl Behaviour + 'static) -> Self {
        self.behaviour = Some(Box::new(behaviour));
        self
    }
}

impl Attribute {
    /// A value that only the device changes.
    #[must_use]
    pub const fn fixed(value: Value) -> Self {
        Self {
            value,
            write: None,
            nullable: false,
            persistent: false,
        }
    }
}

impl Command {
    /// A command that operators invoke, answered with a status.
    #[must_use]
    pub const fn operate() -> Self {
        Self {
            response: None,
            privilege: Privilege::Operate,
            timed: false,
        }
    }

    /// This command, answered with a response command.
    #[must_use]
    pub const fn answers(mut self, response: u32) -> Self {
        self.response = Some(CommandId(response));
        self
    }

    /// This command, only in a timed interaction.
    #[must_use]
    pub const fn timed(mut self) -> Self {
        self.timed = true;
        self
    }

    /// This command, for this privilege and up.
    #[must_use]
    pub const fn for_privilege(mut self, privilege: Privilege) -> Self {
        self.privilege = privilege;
        self
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device")
            .field("product_name", &self.product_name)
            .field("serial_number", &self.serial_number)
            .field("discriminator", &self.discriminator)
            .field("port", &self.port)
            .field("endpoints", &self.endpoints)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("id", &self.id)
            .field("revision", &self.revision)
            .field("features", &self.features)
            .field("attributes", &self.attributes)
            .field("commands", &self.commands)
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}

//! The metadata of a node as rs-matter wants it: borrowed slices of what each endpoint has.
//!
//! An endpoint's shape never changes while it lives, and homes have few different shapes. So each
//! distinct shape is kept once for the life of the process, which gives rs-matter the plain
//! `'static` slices it reads for every attribute it serves.

use std::sync::{Mutex, PoisonError};

use hub_model::{AttributeId, ClusterId, CommandId, EndpointId, EventId, Value};
use rs_matter::dm::{
    ACCEPTED_COMMAND_LIST, ATTRIBUTE_LIST, Access, Attribute, CLUSTER_REVISION, Cluster, Command,
    DeviceType, Endpoint, Event, FEATURE_MAP, GENERATED_COMMAND_LIST, Quality,
};

use crate::device::{self, Privilege};

/// All that a node's metadata says of one endpoint beside its id.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shape {
    device_types: Vec<(u16, u16)>,
    clusters: Vec<ClusterShape>,
}

#[derive(Clone, Debug, PartialEq)]
struct ClusterShape {
    id: ClusterId,
    revision: u16,
    features: u32,
    attributes: Vec<(AttributeId, Option<Privilege>, bool)>,
    commands: Vec<(CommandId, device::Command)>,
    events: Vec<EventId>,
}

/// A shape in rs-matter's words.
#[derive(Debug)]
struct Kept {
    shape: Shape,
    device_types: &'static [DeviceType],
    clusters: &'static [Cluster<'static>],
}

/// The shapes seen so far.
static SHAPES: Mutex<Vec<Kept>> = Mutex::new(Vec::new());

impl Shape {
    /// The shape of an endpoint.
    pub(crate) fn of<'a>(
        device_types: impl IntoIterator<Item = &'a device::DeviceType>,
        clusters: impl Iterator<Item = &'a device::Cluster>,
    ) -> Self {
        // Matter 1.6 Core §7.17.4: the types that exist have ids of 16 bits.
        let device_types = device_types
            .into_iter()
            .filter_map(|t| Some((u16::try_from(t.id.0).ok()?, t.revision)));
        Self {
            device_types: device_types.collect(),
            clusters: clusters.map(ClusterShape::of).collect(),
        }
    }

    /// The endpoint with this id in rs-matter's words.
    pub(crate) fn endpoint(self, id: EndpointId) -> Endpoint<'static> {
        let mut shapes = SHAPES.lock().unwrap_or_else(PoisonError::into_inner);
        let found = shapes.iter().find(|kept| kept.shape == self);
        let (device_types, clusters) = if let Some(kept) = found {
            (kept.device_types, kept.clusters)
        } else {
            let kept = self.keep();
            let slices = (kept.device_types, kept.clusters);
            shapes.push(kept);
            slices
        };
        Endpoint::new(id.0, device_types, clusters)
    }

    fn keep(self) -> Kept {
        let device_types = self
            .device_types
            .iter()
            .map(|&(dtype, drev)| DeviceType { dtype, drev });
        let clusters = self.clusters.iter().map(ClusterShape::keep);
        Kept {
            device_types: Vec::leak(device_types.collect()),
            clusters: Vec::leak(clusters.collect()),
            shape: self,
        }
    }
}

impl ClusterShape {
    fn of(cluster: &device::Cluster) -> Self {
        let attributes = cluster.attributes.iter();
        Self {
            id: cluster.id,
            revision: cluster.revision,
            features: cluster.features,
            attributes: attributes
                .map(|(id, a)| (*id, a.write, matches!(a.value, Value::List(_))))
                .collect(),
            commands: cluster.commands.iter().map(|(id, c)| (*id, *c)).collect(),
            events: cluster.events.clone(),
        }
    }

    fn keep(&self) -> Cluster<'static> {
        let own = self.attributes.iter().map(|&(id, write, is_list)| {
            let quality = if is_list { Quality::A } else { Quality::NONE };
            Attribute::new(id.0, attribute_access(write), quality)
        });
        let global = [
            GENERATED_COMMAND_LIST,
            ACCEPTED_COMMAND_LIST,
            ATTRIBUTE_LIST,
            FEATURE_MAP,
            CLUSTER_REVISION,
        ];
        let commands = self
            .commands
            .iter()
            .map(|(id, c)| Command::new(id.0, c.response.map(|id| id.0), command_access(c)));
        let events = self.events.iter().map(|id| Event::new(id.0, Access::RV));
        Cluster::new(
            self.id.0,
            self.revision,
            self.features,
            Vec::leak(own.chain(global).collect()),
            Vec::leak(commands.collect()),
            Vec::leak(events.collect()),
            |_, _, _| true,
            |_, _, _| true,
            |_, _, _| true,
        )
    }
}

fn attribute_access(write: Option<Privilege>) -> Access {
    match write {
        None => Access::RV,
        Some(Privilege::Operate) => Access::RV | Access::WO,
        Some(Privilege::Manage) => Access::RWVM,
        Some(Privilege::Administer) => Access::RWVA,
    }
}

fn command_access(command: &device::Command) -> Access {
    let privilege = match command.privilege {
        Privilege::Operate => Access::WO,
        Privilege::Manage => Access::WM,
        Privilege::Administer => Access::WA,
    };
    if command.timed {
        privilege | Access::TIMED_ONLY
    } else {
        privilege
    }
}

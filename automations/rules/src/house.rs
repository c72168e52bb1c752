//! The home as rules name it: which attribute `hall-lamp.on` is.

use hub_engine::{Device, NodeView, Snapshot};
use hub_model::nearest::nearest;
use hub_model::spec;
use hub_model::{
    AttributeId, AttributePath, ClusterId, EndpointId, EventId, EventPath, NodeId, slug,
};

use crate::expr::{DeviceRef, Place, Property, Reference};
use crate::property::{self, Named, PropertyDef, View};
use crate::slots::Source;

/// The room name that means the whole home.
pub(crate) const EVERYWHERE: &str = "home";

/// Why a name cannot be resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dead {
    pub(crate) what: String,
    pub(crate) advice: Option<String>,
}

impl Dead {
    fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            advice: None,
        }
    }

    fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}

/// An endpoint of a node.
pub(crate) type Spot = (NodeId, EndpointId);

/// A home in which names are looked up.
#[derive(Clone, Copy)]
pub(crate) struct House<'a>(pub(crate) &'a Snapshot);

impl<'a> House<'a> {
    /// The node of this name, or that of the device of this name.
    pub(crate) fn node(self, slug: &str) -> Result<&'a NodeView, Dead> {
        Ok(self.find(slug)?.0)
    }

    /// The node of this name whole, or one device of a node that is divided into several, as behind
    /// a bridge.
    fn find(self, name: &str) -> Result<(&'a NodeView, Option<&'a Device>), Dead> {
        let id = self.0.home.node_by_slug(name).map(|node| node.id);
        if let Some(node) = id.and_then(|id| self.0.node(id)) {
            return Ok((node, None));
        }
        let mut found = self.divided().filter(|(_, device)| is_named(device, name));
        match (found.next(), found.next()) {
            (Some((node, device)), None) => Ok((node, Some(device))),
            (Some((one, first)), Some((other, second))) => {
                let dead = Dead::new(format!("two devices are named {name}"));
                let spots = [(one, first), (other, second)];
                let spots = spots.map(|(n, d)| format!("{}/{}", n.node.slug, d.id.endpoint));
                Err(dead.advise(format!("write {} or {}", spots[0], spots[1])))
            }
            _ => {
                let nodes = self.0.home.nodes().map(|node| node.slug.to_string());
                let devices = self.divided().map(|(_, device)| slug(&device.name));
                let names: Vec<_> = nodes.chain(devices).collect();
                let dead = Dead::new(format!("there is no device {name}"));
                Err(match nearest(name, names.iter().map(String::as_str)) {
                    Some(near) => dead.advise(format!("did you mean {near}?")),
                    None => dead.advise("`ingle nodes` lists the devices"),
                })
            }
        }
    }

    /// The devices of nodes that are divided into several.
    fn divided(self) -> impl Iterator<Item = (&'a NodeView, &'a Device)> {
        let nodes = self.0.nodes.iter().filter(|node| node.devices.len() > 1);
        nodes.flat_map(|node| node.devices.iter().map(move |device| (node, device)))
    }

    /// The sources of a reference: one of a device, all of a room.
    pub(crate) fn sources(self, reference: &Reference) -> Result<Vec<Source>, Dead> {
        let wanted = Wanted::of(&reference.property)?;
        match &reference.of {
            Place::Device(device) => Ok(vec![self.source(device, &wanted)?]),
            Place::Room(room) => {
                let spots = self.room(room)?;
                let found = spots.iter().filter_map(|(node, endpoint)| match wanted {
                    Wanted::Reachable => Some(Source::Reachable(node.node.id)),
                    Wanted::Attribute(cluster, attribute, view) => {
                        let path = path(node, *endpoint, cluster, attribute);
                        has(node, &path).then_some(Source::Attribute(path, view))
                    }
                });
                let mut found: Vec<_> = found.collect();
                found.dedup();
                if found.is_empty() {
                    return Err(Dead::new(format!(
                        "no device of @{room} has {}",
                        reference.property
                    )));
                }
                Ok(found)
            }
        }
    }

    fn source(self, device: &DeviceRef, wanted: &Wanted) -> Result<Source, Dead> {
        let node = self.node(&device.slug)?;
        match *wanted {
            Wanted::Reachable => Ok(Source::Reachable(node.node.id)),
            Wanted::Attribute(cluster, attribute, view) => {
                let endpoint = self.endpoint(device, cluster, attribute)?.1;
                Ok(Source::Attribute(
                    path(node, endpoint, cluster, attribute),
                    view,
                ))
            }
        }
    }

    /// The endpoint of a device that has an attribute: the named one, or the only one.
    pub(crate) fn endpoint(
        self,
        device: &DeviceRef,
        cluster: ClusterId,
        attribute: AttributeId,
    ) -> Result<Spot, Dead> {
        let (node, part) = self.find(&device.slug)?;
        let having = |view: &&hub_engine::AttributeView| {
            view.path.cluster == cluster
                && view.path.attribute == attribute
                && part.is_none_or(|part| part.endpoints.contains(&view.path.endpoint))
        };
        let found = node
            .values
            .iter()
            .filter(having)
            .map(|view| view.path.endpoint);
        let found: Vec<_> = found.collect();
        let name = attribute_text(cluster, attribute);
        match (device.endpoint, found.as_slice()) {
            (Some(endpoint), found) if found.contains(&endpoint) => Ok((node.node.id, endpoint)),
            (None, [one]) => Ok((node.node.id, *one)),
            (None, [_, _, ..]) => {
                let which = found
                    .iter()
                    .map(|endpoint| format!("{}/{endpoint}", device.slug));
                let which: Vec<_> = which.collect();
                let dead = Dead::new(format!("{device} has {name} on several endpoints"));
                Err(dead.advise(format!("write one of {}", which.join(", "))))
            }
            _ => {
                let known = known_properties(node, device.endpoint);
                let dead = Dead::new(format!("{device} has no {name}"));
                Err(match known.is_empty() {
                    true => dead,
                    false => dead.advise(format!("it has {}", known.join(", "))),
                })
            }
        }
    }

    /// The endpoints of a device that have a cluster.
    pub(crate) fn with_cluster(
        self,
        device: &DeviceRef,
        cluster: ClusterId,
    ) -> Result<Vec<Spot>, Dead> {
        let (node, part) = self.find(&device.slug)?;
        let mut endpoints: Vec<_> = node
            .values
            .iter()
            .filter(|view| view.path.cluster == cluster)
            .map(|view| view.path.endpoint)
            .filter(|endpoint| part.is_none_or(|part| part.endpoints.contains(endpoint)))
            .filter(|endpoint| device.endpoint.is_none_or(|wanted| wanted == *endpoint))
            .collect();
        endpoints.dedup();
        if endpoints.is_empty() {
            let name = property::cluster_text(cluster);
            return Err(Dead::new(format!("{device} has no {name}")));
        }
        Ok(endpoints
            .into_iter()
            .map(|endpoint| (node.node.id, endpoint))
            .collect())
    }

    /// The paths of an event.
    pub(crate) fn events(
        self,
        of: &Place,
        cluster: ClusterId,
        event: EventId,
    ) -> Result<Vec<EventPath>, Dead> {
        let spots = match of {
            Place::Device(device) => self.with_cluster(device, cluster)?,
            Place::Room(room) => self.room_with(room, cluster)?,
        };
        let path = |(node, endpoint)| EventPath {
            node,
            endpoint,
            cluster,
            event,
        };
        Ok(spots.into_iter().map(path).collect())
    }

    /// The endpoints of a device.
    pub(crate) fn device(
        self,
        device: &DeviceRef,
    ) -> Result<Vec<(&'a NodeView, EndpointId)>, Dead> {
        let (node, part) = self.find(&device.slug)?;
        let all = node
            .devices
            .iter()
            .flat_map(|device| device.endpoints.iter().copied());
        let wanted = all.filter(|own| {
            device.endpoint.is_none_or(|wanted| wanted == *own)
                && part.is_none_or(|part| part.endpoints.contains(own))
        });
        Ok(wanted.map(|endpoint| (node, endpoint)).collect())
    }

    /// The endpoints of a room that have a cluster.
    fn room_with(self, room: &str, cluster: ClusterId) -> Result<Vec<Spot>, Dead> {
        let spots = self.room(room)?.into_iter().filter(|(node, endpoint)| {
            let mut values = node.values.iter();
            values.any(|v| v.path.cluster == cluster && v.path.endpoint == *endpoint)
        });
        Ok(spots
            .map(|(node, endpoint)| (node.node.id, endpoint))
            .collect())
    }

    /// The endpoints of the devices of a room.
    pub(crate) fn room(self, name: &str) -> Result<Vec<(&'a NodeView, EndpointId)>, Dead> {
        let rooms = self.0.home.rooms();
        let room = rooms
            .iter()
            .find(|room| slug(&room.name) == name)
            .map(|room| room.id);
        if room.is_none() && name != EVERYWHERE {
            let slugs: Vec<_> = rooms.iter().map(|room| slug(&room.name)).collect();
            let dead = Dead::new(format!("there is no room {name}"));
            return Err(match nearest(name, slugs.iter().map(String::as_str)) {
                Some(near) => dead.advise(format!("did you mean @{near}?")),
                None => dead.advise(format!("rooms are {}", slugs.join(", "))),
            });
        }
        let mut spots = Vec::new();
        for node in &self.0.nodes {
            for device in node.devices.iter() {
                if room.is_none() || device.room == room {
                    spots.extend(device.endpoints.iter().map(|endpoint| (node, *endpoint)));
                }
            }
        }
        Ok(spots)
    }

    /// The number that an attribute of an endpoint has.
    pub(crate) fn number(self, spot: Spot, cluster: ClusterId, attribute: u32) -> Option<f64> {
        let path = AttributePath {
            node: spot.0,
            endpoint: spot.1,
            cluster,
            attribute: AttributeId(attribute),
        };
        self.0.value(&path)?.value.as_f64()
    }

    /// The name of an endpoint of a node in rules: its node's, or its device's when the node is
    /// divided into several.
    pub(crate) fn spot_text(self, spot: Spot) -> String {
        let Some(node) = self.0.node(spot.0) else {
            return format!("{}/{}", spot.0, spot.1);
        };
        let of_spot = |device: &&Device| device.endpoints.contains(&spot.1);
        match node.devices.iter().find(of_spot) {
            Some(_) if node.devices.len() == 1 => node.node.slug.to_string(),
            Some(device) if self.0.home.node_by_slug(&slug(&device.name)).is_none() => {
                slug(&device.name)
            }
            _ => format!("{}/{}", node.node.slug, spot.1),
        }
    }
}

/// Whether a device has this name in rules.
fn is_named(device: &Device, name: &str) -> bool {
    // Most differ in their first letter, so few are spelt out.
    let first = |text: &str| text.chars().next().map(|c| c.to_ascii_lowercase());
    let may_be = first(&device.name) == first(name) || !device.name.is_ascii();
    may_be && slug(&device.name) == name
}

/// What a property means.
enum Wanted {
    Reachable,
    Attribute(ClusterId, AttributeId, View),
}

impl Wanted {
    fn of(property: &Property) -> Result<Self, Dead> {
        match property {
            Property::Named(name) => match property::named(name) {
                Some(Named::Reachable) => Ok(Self::Reachable),
                Some(Named::Of(def)) => Ok(Self::Attribute(def.cluster, def.attribute, def.view())),
                None => Err(Dead::new(format!("devices have no {name}"))),
            },
            Property::Attribute {
                cluster,
                attribute,
                bit,
            } => {
                let known = spec::attribute(*cluster, *attribute);
                let known = known.ok_or_else(|| {
                    Dead::new(format!(
                        "{property} is not in the specification, so its type is not known"
                    ))
                })?;
                let view = property::view_of(&known.schema, bit.as_deref());
                let view =
                    view.ok_or_else(|| Dead::new(format!("{property} is no single value")))?;
                Ok(Self::Attribute(*cluster, *attribute, view))
            }
            Property::Event { .. } => {
                let dead = Dead::new(format!("{property} is an event, not a value"));
                Err(dead.advise("start the rule by it: [[when]] event = ..."))
            }
        }
    }
}

fn path(
    node: &NodeView,
    endpoint: EndpointId,
    cluster: ClusterId,
    attribute: AttributeId,
) -> AttributePath {
    AttributePath {
        node: node.node.id,
        endpoint,
        cluster,
        attribute,
    }
}

fn has(node: &NodeView, path: &AttributePath) -> bool {
    let found = node.values.binary_search_by_key(path, |view| view.path);
    found.is_ok()
}

/// The names of what a device shows.
pub(crate) fn known_properties(node: &NodeView, endpoint: Option<EndpointId>) -> Vec<&'static str> {
    let has = |def: &PropertyDef| {
        node.values.iter().any(|view| {
            view.path.cluster == def.cluster
                && view.path.attribute == def.attribute
                && endpoint.is_none_or(|endpoint| endpoint == view.path.endpoint)
        })
    };
    property::all()
        .filter(|def| has(def))
        .map(|def| def.name)
        .collect()
}

/// An attribute as rules name it.
pub(crate) fn attribute_text(cluster: ClusterId, attribute: AttributeId) -> String {
    let known = property::all().find(|def| def.cluster == cluster && def.attribute == attribute);
    match known {
        Some(def) => def.name.to_owned(),
        None => Property::Attribute {
            cluster,
            attribute,
            bit: None,
        }
        .to_string(),
    }
}

//! The home as the table names it: which attribute of which node is meant.

use hub_engine::{Device, NodeView, Snapshot};
use hub_model::text_path::{Member, NodeRef, Part};
use hub_model::{
    AttributeId, AttributePath, ClusterId, DeviceTypeId, EndpointId, NodeId, TextPath, slug,
};
use rules::expr::DeviceRef;
use rules_import::DeviceHint;

/// The home in which places are looked for.
#[derive(Clone, Copy)]
pub(crate) struct Places<'a>(pub(crate) &'a Snapshot);

/// A node, or one device of a node that is divided into several.
type Found<'a> = (&'a NodeView, Option<&'a Device>);

impl<'a> Places<'a> {
    /// The devices, to guess which of them an entity is.
    pub(crate) fn hints(self) -> Vec<DeviceHint> {
        let of_node = |node: &'a NodeView| {
            let is_divided = node.devices.len() > 1;
            node.devices.iter().map(move |device| DeviceHint {
                slug: match is_divided {
                    true => slug(&device.name),
                    false => node.node.slug.to_string(),
                },
                name: device.name.to_string(),
                endpoint: None,
                properties: properties(node, |endpoint| device.endpoints.contains(&endpoint)),
            })
        };
        self.0.nodes.iter().flat_map(of_node).collect()
    }

    /// The node of a device.
    pub(crate) fn node(self, device: &DeviceRef) -> Result<NodeId, String> {
        Ok(self.find(&device.slug)?.0.node.id)
    }

    /// The properties that a device has.
    pub(crate) fn properties(self, device: &DeviceRef) -> Result<Vec<String>, String> {
        let (node, part) = self.find(&device.slug)?;
        Ok(properties(node, |endpoint| {
            device.endpoint.is_none_or(|wanted| wanted == endpoint)
                && part.is_none_or(|part| part.endpoints.contains(&endpoint))
        }))
    }

    /// The attribute of a device: on the endpoint named, or on the only one that has it.
    pub(crate) fn attribute(
        self,
        device: &DeviceRef,
        cluster: ClusterId,
        attribute: AttributeId,
    ) -> Result<AttributePath, String> {
        let (node, part) = self.find(&device.slug)?;
        let paths = node.values.iter().map(|view| view.path).filter(|path| {
            (path.cluster, path.attribute) == (cluster, attribute)
                && device.endpoint.is_none_or(|wanted| wanted == path.endpoint)
                && part.is_none_or(|part| part.endpoints.contains(&path.endpoint))
        });
        let paths: Vec<_> = paths.collect();
        match paths.as_slice() {
            [one] => Ok(*one),
            [] => Err(format!("{device} has no {}", named(cluster, attribute))),
            [first, second, ..] => Err(format!(
                "{device} has {} on several endpoints; write {slug}/{} or {slug}/{}",
                named(cluster, attribute),
                first.endpoint,
                second.endpoint,
                slug = device.slug,
            )),
        }
    }

    /// The number that another attribute of the same cluster has, by its name.
    pub(crate) fn beside(self, path: &AttributePath, name: &str) -> Option<i64> {
        let cluster = hub_model::spec::cluster(path.cluster)?;
        let attribute = cluster.attribute_by_name(name)?.id;
        let path = AttributePath { attribute, ..*path };
        self.0.value(&path)?.value.as_i64()
    }

    /// Whether the device that has the endpoint is of this type.
    pub(crate) fn is_of_type(self, path: &AttributePath, wanted: DeviceTypeId) -> bool {
        let devices = self.0.node(path.node).map(|node| &node.devices);
        devices
            .into_iter()
            .flat_map(|all| all.iter())
            .any(|own| own.endpoints.contains(&path.endpoint) && own.types.contains(&wanted))
    }

    /// An attribute as people write it: `hall-lamp/1/OnOff.OnOff`.
    pub(crate) fn text(self, path: &AttributePath) -> String {
        let node = match self.0.home.node(path.node) {
            Some(node) => NodeRef::Slug(node.slug.clone()),
            None => NodeRef::Id(path.node),
        };
        let member = Member::Named {
            attribute: Some(path.attribute),
            command: None,
            event: None,
        };
        let text = TextPath {
            node,
            ..text_path(path, member)
        };
        text.to_string()
    }

    fn find(self, name: &str) -> Result<Found<'a>, String> {
        let id = self.0.home.node_by_slug(name).map(|node| node.id);
        if let Some(node) = id.and_then(|id| self.0.node(id)) {
            return Ok((node, None));
        }
        let divided = self.0.nodes.iter().filter(|node| node.devices.len() > 1);
        let mut found = divided.flat_map(|node| {
            let devices = node.devices.iter().filter(|own| slug(&own.name) == name);
            devices.map(move |device| (node, Some(device)))
        });
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            (Some(_), Some(_)) => Err(format!("several devices are named {name}")),
            (None, _) => Err(format!("the home has no device {name}")),
        }
    }
}

fn properties(node: &NodeView, is_meant: impl Fn(EndpointId) -> bool) -> Vec<String> {
    let paths = node.values.iter().map(|view| &view.path);
    let meant = paths.filter(|path| is_meant(path.endpoint));
    rules::properties_of(meant.map(|path| text_path(path, Member::Number(path.attribute.0))))
}

fn text_path(path: &AttributePath, member: Member) -> TextPath {
    TextPath {
        node: NodeRef::Id(path.node),
        endpoint: Some(Part::This(path.endpoint)),
        cluster: Some(Part::This(path.cluster)),
        member: Some(Part::This(member)),
    }
}

fn named(cluster: ClusterId, attribute: AttributeId) -> String {
    hub_model::present::attribute_name(cluster, attribute).into_owned()
}

//! The Descriptor cluster, derived from what an endpoint has.
//! Spec: Matter 1.6 Core §9.5.

use std::collections::{BTreeMap, BTreeSet};

use hub_model::{AttributeId, ClusterId, DeviceTypeId, EndpointId, Value};

use crate::device::{Attribute, Cluster, Endpoint};

/// The Descriptor cluster.
pub(crate) const DESCRIPTOR: ClusterId = ClusterId(0x001D);
/// Its list of the endpoints below.
pub(crate) const PARTS_LIST: AttributeId = AttributeId(3);

const REVISION: u16 = 3;
const FEATURE_TAG_LIST: u32 = 1;
const AGGREGATOR: DeviceTypeId = DeviceTypeId(0x000E);

/// The Descriptor of an endpoint, with an empty PartsList.
pub(crate) fn describe(endpoint: &Endpoint) -> Cluster {
    let types = endpoint.device_types.iter().map(|device_type| {
        Value::structure([
            (0, Value::Uint(device_type.id.0.into())),
            (1, Value::Uint(device_type.revision.into())),
        ])
    });
    let mut servers: BTreeSet<u32> = endpoint.clusters.keys().map(|id| id.0).collect();
    servers.insert(DESCRIPTOR.0);
    let features = if endpoint.tags.is_empty() {
        0
    } else {
        FEATURE_TAG_LIST
    };
    let servers = servers.into_iter().map(|id| Value::Uint(id.into()));
    let list = |id, entries| (id, Attribute::fixed(entries));
    let mut cluster = Cluster::new(DESCRIPTOR.0, REVISION, features);
    cluster.attributes.extend([
        list(AttributeId(0), Value::list(types)),
        list(AttributeId(1), Value::list(servers)),
        list(AttributeId(2), Value::list([])),
        list(PARTS_LIST, Value::list([])),
    ]);
    if !endpoint.tags.is_empty() {
        let tags = Value::list(endpoint.tags.iter().map(semantic_tag));
        cluster.attributes.extend([list(AttributeId(4), tags)]);
    }
    cluster
}

fn semantic_tag(&(namespace, tag): &(u8, u8)) -> Value {
    Value::structure([
        (0, Value::Null),
        (1, Value::Uint(namespace.into())),
        (2, Value::Uint(tag.into())),
    ])
}

/// The PartsList of `of`, given each endpoint's parent: an aggregator lists its whole family
/// (Matter 1.6 Core §9.2.4), any other endpoint its children.
pub(crate) fn parts(of: EndpointId, parents: &BTreeMap<EndpointId, (EndpointId, bool)>) -> Value {
    let whole_family = parents.get(&of).is_some_and(|(_, family)| *family);
    let is_part = |id: EndpointId| {
        let mut at = id;
        // An endpoint's parent has a lower id, so this ends.
        while let Some((parent, _)) = parents.get(&at) {
            if *parent == of {
                return true;
            }
            if !whole_family || *parent >= at {
                return false;
            }
            at = *parent;
        }
        false
    };
    let below = parents
        .keys()
        .copied()
        .filter(|id| *id != of && is_part(*id));
    Value::list(below.map(|id| Value::Uint(id.0.into())))
}

/// Whether an endpoint lists its whole family rather than its children.
pub(crate) fn lists_family(endpoint: &Endpoint) -> bool {
    endpoint.device_types.iter().any(|t| t.id == AGGREGATOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_types_servers_and_tags() {
        let endpoint = Endpoint::new(3, "OnOffLight")
            .tagged(7, 1)
            .with(Cluster::new(6, 6, 0))
            .with(Cluster::new(3, 5, 0));
        let cluster = describe(&endpoint);
        assert_eq!(cluster.features, FEATURE_TAG_LIST);
        let ids: Vec<_> = cluster.attributes.keys().map(|id| id.0).collect();
        assert_eq!(ids, [0, 1, 2, 3, 4]);
        assert_eq!(
            cluster.attributes[&AttributeId(1)].value,
            Value::list([3u32, 6, 0x1D].map(|id| Value::Uint(id.into())))
        );
    }

    #[test]
    fn an_aggregator_lists_its_family_and_others_their_children() {
        let parents = BTreeMap::from([
            (EndpointId(1), (EndpointId(0), true)),
            (EndpointId(2), (EndpointId(1), false)),
            (EndpointId(3), (EndpointId(2), false)),
        ]);
        let ids = |ids: &[u64]| Value::list(ids.iter().map(|id| Value::Uint(*id)));
        assert_eq!(parts(EndpointId(1), &parents), ids(&[2, 3]));
        assert_eq!(parts(EndpointId(2), &parents), ids(&[3]));
        assert_eq!(parts(EndpointId(3), &parents), ids(&[]));
    }
}

//! A home and rows of another hub, for tests.

use std::sync::Arc;

use hub_engine::{
    AttributeView, Device, DeviceId, Home, Node, NodeView, Object, ObjectKind, Quality,
    Reachability, Snapshot,
};
use hub_model::{
    AttributeId, AttributePath, ClusterId, DeviceTypeId, EndpointId, NodeId, Timestamp, Value,
};

use crate::row::{Entity, EntityRef, StateRow, Statistic, StatisticRef};

/// A device of a node: its name, its type, its attributes by endpoint.
type Part<'a> = (&'a str, u32, &'a [(u16, u32, u32)]);

/// The home of the tests.
pub(crate) fn home() -> Snapshot {
    let lamp = [(1, 0x0006, 0), (1, 0x0008, 0), (1, 0x0300, 7)];
    let sensor = [
        (0, 0x002F, 0x0C),
        (1, 0x0402, 0),
        (2, 0x0405, 0),
        (3, 0x0406, 0),
    ];
    let valve = [(1, 0x0201, 0), (1, 0x0201, 0x12), (1, 0x0201, 0x1C)];
    let plug = [(1, 0x0006, 0), (2, 0x0090, 8), (2, 0x0091, 1)];
    let parts = [
        ("Hall lamp", 0x010D, &lamp[..]),
        ("Hall sensor", 0x0302, &sensor[..]),
        ("Front door", 0x000A, &[(1, 0x0101, 0)][..]),
        (
            "Bedroom blind",
            0x0202,
            &[(1, 0x0102, 0x0E), (1, 0x0102, 0x0F)][..],
        ),
        ("Bath valve", 0x0301, &valve[..]),
        ("Washer plug", 0x010A, &plug[..]),
        ("Kitchen window", 0x0015, &[(1, 0x0045, 0)][..]),
    ];
    let mut nodes: Vec<_> = parts
        .iter()
        .zip(0x10..)
        .map(|(part, id)| node(id, part.0, &[*part]))
        .collect();
    nodes.push(node(
        0x20,
        "Bridge",
        &[
            ("Cellar leak", 0x0043, &[(3, 0x0045, 0)]),
            ("Cellar air", 0x002C, &[(4, 0x040D, 0)]),
        ],
    ));
    let objects = nodes.iter().map(|view| Object {
        kind: ObjectKind::NODE,
        id: view.node.id.to_string(),
        body: format!(
            r#"{{"v":1,"name":"{}","slug":"{}","bridge":"b","room":null,"icon":null,"since":7}}"#,
            view.node.name, view.node.slug
        ),
    });
    Snapshot {
        seq: 0,
        home: Arc::new(Home::load(objects).unwrap()),
        nodes,
        jobs: Vec::new(),
    }
}

fn node(id: u64, name: &str, parts: &[Part<'_>]) -> NodeView {
    let id = NodeId(id);
    let mut values = Vec::new();
    let mut devices = Vec::new();
    for (name, device_type, attributes) in parts {
        let mut endpoints: Vec<_> = attributes.iter().map(|at| EndpointId(at.0)).collect();
        endpoints.dedup();
        devices.push(Device {
            id: DeviceId {
                node: id,
                endpoint: endpoints[0],
            },
            name: (*name).into(),
            room: None,
            icon: None,
            endpoints: endpoints.into(),
            types: Arc::new([DeviceTypeId(*device_type)]),
            grouped: false,
        });
        values.extend(attributes.iter().map(|at| view(path(id.0, *at))));
    }
    NodeView {
        node: Arc::new(Node {
            id,
            name: name.into(),
            slug: hub_model::slug(name).into(),
            bridge: "b".into(),
            room: None,
            icon: None,
            since: Timestamp(7),
            provisional: false,
        }),
        reachability: Reachability::Online,
        orphaned: false,
        info: Arc::default(),
        devices: devices.into(),
        values,
        events: Default::default(),
    }
}

fn view(path: AttributePath) -> AttributeView {
    AttributeView {
        path,
        value: Value::Null,
        quality: Quality::Known,
        reported_at: Timestamp(7),
        received_at: Timestamp(7),
        version: None,
        cause: None,
    }
}

/// An attribute: its node, then its endpoint, cluster and number.
pub(crate) fn path(node: u64, (endpoint, cluster, attribute): (u16, u32, u32)) -> AttributePath {
    AttributePath {
        node: NodeId(node),
        endpoint: EndpointId(endpoint),
        cluster: ClusterId(cluster),
        attribute: AttributeId(attribute),
    }
}

/// Entities numbered from 1: their ids, with class and unit if they have such.
pub(crate) fn entities(all: &[(&str, &str, &str)]) -> Vec<Entity> {
    let some = |text: &str| (!text.is_empty()).then(|| text.into());
    let of = |(number, (id, class, unit)): (i64, &(&str, &str, &str))| Entity {
        number: EntityRef(number),
        id: (*id).into(),
        name: None,
        device_class: some(class),
        unit: some(unit),
        rows: 0,
        undated: 0,
        first: None,
        last: None,
    };
    (1..).zip(all).map(of).collect()
}

/// A statistic of an entity.
pub(crate) fn statistic(number: i64, id: &str, unit: &str) -> Statistic {
    Statistic {
        number: StatisticRef(number),
        id: id.into(),
        name: None,
        unit: Some(unit.into()),
        has_sum: false,
        rows: 0,
    }
}

/// A row: whose, in which second, its state and its attributes.
pub(crate) fn row(entity: i64, second: u32, state: &str, attributes: &str) -> StateRow {
    StateRow {
        entity: EntityRef(entity),
        row: second.into(),
        at: f64::from(second),
        state: Some(state.into()),
        attributes: Some(attributes.into()),
    }
}

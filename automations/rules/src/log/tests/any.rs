//! Strategies for logs: anything that a machine could be given.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hub_engine::{
    AttributeView, Device, DeviceEvent, DeviceId, Event, EventKind, Home, Node, NodeView, Object,
    ObjectChange, ObjectKind, Quality, Reachability, RevisionId, RoomId, Snapshot,
};
use hub_model::{
    AttributeId, AttributePath, CauseId, ClusterId, CommandId, CommandProgress, DataVersion,
    DeviceTypeId, EndpointId, EventId, EventPath, EventPriority, FieldId, NodeId, Origin, Refusal,
    Timestamp, Value,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::{Entry, Input, Log};
use crate::face;
use crate::machine::{Order, Person};
use crate::schedule::{Location, Place, Zone};
use crate::trace::RunId;

/// Any log as a reader gives it.
pub(super) fn log() -> impl Strategy<Value = Log> {
    let rest = vec((time(), 0_u64..1 << 50, later()), 0..6);
    (place(), time(), (time(), 0_u64..1 << 50, start()), rest).prop_map(
        |(place, past, first, rest)| {
            let mut since = 0;
            let entries = std::iter::once(first)
                .chain(rest)
                .map(|(wall, after, input)| {
                    since += after;
                    Entry {
                        wall,
                        since: Duration::from_nanos(since),
                        input,
                    }
                });
            Log {
                place,
                past,
                entries: entries.collect(),
            }
        },
    )
}

fn place() -> impl Strategy<Value = Place> {
    let zone = select(vec![
        "Europe/Berlin",
        "UTC",
        "Australia/Lord_Howe",
        "Etc/GMT+12",
    ]);
    let location = option::of((-90.0..=90.0, -180.0..=180.0));
    (zone, location).prop_map(|(zone, location)| Place {
        zone: Zone::named(zone).unwrap(),
        location: location.map(|(north, east)| Location::new(north, east).unwrap()),
    })
}

fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        (1_700_000_000_000_000_i64..1_900_000_000_000_000).prop_map(Timestamp),
        any::<i64>().prop_map(Timestamp),
    ]
}

fn start() -> BoxedStrategy<Input> {
    let key = select(vec![
        "next_run",
        "run/1",
        "variable/mode",
        "sense/a/b",
        "pause/a",
        "trace/1",
        "",
    ]);
    let stored = vec((key.prop_map(str::to_owned), ".{0,20}"), 0..4);
    (home(), stored)
        .prop_map(|(home, stored)| Input::Start {
            home: Box::new(home),
            stored,
        })
        .boxed()
}

fn later() -> BoxedStrategy<Input> {
    let answer = prop_oneof![
        any::<u64>().prop_map(|cause| Ok(CauseId(cause))),
        ".{0,12}".prop_map(Err),
    ];
    prop_oneof![
        6 => event().prop_map(|event| Input::Event(Box::new(event))),
        2 => Just(Input::Timeout),
        1 => (any::<u64>(), answer).prop_map(|(token, answer)| Input::Taken { token, answer }),
        1 => (order(), option::of(text()))
            .prop_map(|(order, by)| Input::Order { order, by: Person(by) }),
        1 => home().prop_map(|home| Input::Gap { home: Box::new(home) }),
    ]
    .boxed()
}

fn order() -> BoxedStrategy<Order> {
    let value = prop_oneof![
        any::<f64>().prop_map(|n| serde_json::json!(n)),
        any::<i64>().prop_map(|n| serde_json::json!(n)),
        ".{0,8}".prop_map(|text| serde_json::json!(text)),
        any::<bool>().prop_map(|b| serde_json::json!({"a": [b, null]})),
    ];
    prop_oneof![
        text().prop_map(|rule| Order::Run { rule }),
        (text(), option::of(any::<u64>())).prop_map(|(scene, transition_ms)| Order::Apply {
            scene,
            transition_ms
        }),
        text().prop_map(|rule| Order::Resume { rule }),
        (text(), value).prop_map(|(variable, value)| Order::Assign { variable, value }),
        any::<u64>().prop_map(|run| Order::Stop { run: RunId(run) }),
    ]
    .boxed()
}

fn text() -> impl Strategy<Value = Arc<str>> {
    prop_oneof![
        ".{0,10}".prop_map(Arc::from),
        select(vec!["mode", "lamp", "a\n\"b\u{2028}"]).prop_map(Arc::from),
    ]
}

fn event() -> BoxedStrategy<Event> {
    (any::<u64>(), time(), kind())
        .prop_map(|(seq, at, kind)| Event { seq, at, kind })
        .boxed()
}

fn kind() -> BoxedStrategy<EventKind> {
    let node = node_id;
    let endpoints = || vec((0_u16..4).prop_map(EndpointId), 0..3);
    prop_oneof![
        (
            path(),
            value(),
            option::of((value(), quality())),
            time(),
            version(),
            any::<u64>()
        )
            .prop_map(|(path, value, previous, reported_at, version, cause)| {
                EventKind::AttributeChanged {
                    path,
                    value,
                    previous,
                    reported_at,
                    version,
                    cause: CauseId(cause),
                }
            }),
        (path(), quality(), time(), version()).prop_map(|(path, was, reported_at, version)| {
            EventKind::Freshened {
                path,
                was,
                reported_at,
                version,
            }
        }),
        device_event().prop_map(EventKind::DeviceEvent),
        (node(), reachability())
            .prop_map(|(node, reachability)| EventKind::Reachability { node, reachability }),
        (any::<u64>(), origin(), text(), vec(change(), 1..3)).prop_map(
            |(revision, author, reason, changes)| EventKind::HomeChanged {
                revision: RevisionId(revision),
                author,
                reason,
                changes: changes.into(),
            }
        ),
        node_view().prop_map(|view| EventKind::NodeAdded(Box::new(view))),
        node().prop_map(|node| EventKind::NodeRemoved { node }),
        (node(), vec(device(), 0..3)).prop_map(|(node, devices)| EventKind::StructureChanged {
            node,
            devices: devices.into(),
        }),
        (node(), endpoints()).prop_map(|(node, endpoints)| EventKind::EndpointsRemoved {
            node,
            endpoints: endpoints.into(),
        }),
        (any::<u64>(), node(), progress()).prop_map(|(cause, node, progress)| EventKind::Command {
            cause: CauseId(cause),
            node,
            progress,
        }),
    ]
    .boxed()
}

fn origin() -> impl Strategy<Value = Origin> {
    prop_oneof![
        Just(Origin::Console),
        text().prop_map(Origin::Person),
        text().prop_map(Origin::Rule),
        node_id().prop_map(Origin::Device),
        Just(Origin::Hub),
    ]
}

fn progress() -> BoxedStrategy<CommandProgress> {
    let response = option::of((any::<u32>().prop_map(CommandId), value()));
    let status = (any::<u8>(), any::<Option<u8>>());
    prop_oneof![
        Just(CommandProgress::Sent),
        response.prop_map(|response| CommandProgress::Acknowledged { response }),
        Just(CommandProgress::Confirmed),
        Just(CommandProgress::TimedOut),
        Just(CommandProgress::Refused(Refusal::Offline)),
        Just(CommandProgress::Refused(Refusal::NoBridge)),
        Just(CommandProgress::Refused(Refusal::Busy)),
        ".{0,9}".prop_map(|why| CommandProgress::Refused(Refusal::Denied(why))),
        ".{0,9}".prop_map(|why| CommandProgress::Refused(Refusal::Unsupported(why))),
        status.prop_map(|(status, cluster_status)| {
            CommandProgress::Refused(Refusal::Status {
                status,
                cluster_status,
            })
        }),
    ]
    .boxed()
}

fn device_event() -> BoxedStrategy<DeviceEvent> {
    let path = (node_id(), 0_u16..4, any::<u32>(), any::<u32>());
    let priority = select(vec![
        EventPriority::Debug,
        EventPriority::Info,
        EventPriority::Critical,
    ]);
    let uptime = option::of((any::<u64>(), 0_u32..1_000_000_000));
    let rest = (
        any::<u64>(),
        priority,
        time(),
        uptime,
        value(),
        any::<u64>(),
    );
    (path, rest)
        .prop_map(|((node, endpoint, cluster, event), rest)| {
            let (number, priority, happened_at, uptime, fields, cause) = rest;
            DeviceEvent {
                path: EventPath {
                    node,
                    endpoint: EndpointId(endpoint),
                    cluster: ClusterId(cluster),
                    event: EventId(event),
                },
                number,
                priority,
                happened_at,
                uptime: uptime.map(|(seconds, nanos)| Duration::new(seconds, nanos)),
                fields,
                cause: CauseId(cause),
            }
        })
        .boxed()
}

/// A change of an object that a machine reads, as a reader gives it.
fn change() -> impl Strategy<Value = ObjectChange> {
    (object(), any::<bool>()).prop_map(|(object, is_there)| ObjectChange {
        kind: object.kind,
        id: object.id,
        before: None,
        after: is_there.then_some(object.body),
    })
}

fn object() -> BoxedStrategy<Object> {
    let node = r#"{"v":1,"name":"Lamp","slug":"lamp","bridge":"b","room":1,"icon":null,"since":7}"#;
    let room = r#"{"v":1,"name":"Hall","floor":null,"icon":null,"order":0}"#;
    let fixed = |kind: &str, id: &str, body: &str| {
        Just(Object {
            kind: ObjectKind::new(kind),
            id: id.to_owned(),
            body: body.to_owned(),
        })
    };
    prop_oneof![
        fixed("node", "0x1", node),
        fixed("node", "0x2", &node.replace("amp", "ux")),
        fixed("room", "1", room),
        fixed("device", "0x1/1", r#"{"v":1,"endpoints":[1,2]}"#),
        fixed("variable", "mode", r#"{"type":"bool","initial":true}"#),
        fixed("rule", "broken", "{"),
        fixed("rule", "busy", &rule_body(BUSY)),
        fixed("rule", "still", &rule_body(STILL)),
        fixed("scene", "bright", "[]"),
    ]
    .boxed()
}

const BUSY: &str = r#"
id = "busy"
name = "Busy"
mode = "restart"
[[when]]
becomes = "lamp/1.on"
[[when]]
every = "1s"
[[do]]
set = { target = "lamp/1", on = false }
[[do]]
delay = "3s"
[[do]]
assign = { mode = true }
"#;

const STILL: &str = r#"
id = "still"
name = "Still"
[[when]]
changes = "home.mode"
for = "1m"
[[when]]
lost = "lamp"
[[when]]
at = "sunset"
[[do]]
wait = { until = "lamp/1.on", timeout = "1h" }
"#;

fn rule_body(text: &str) -> String {
    let rule = face::rule_from_text(text).unwrap().what;
    face::rule_to_json(&rule).to_string()
}

/// Any home as a reader gives it: what a machine does not read is not there.
fn home() -> BoxedStrategy<Snapshot> {
    let nodes = vec(node_view(), 0..3);
    (any::<u64>(), vec(object(), 0..4), nodes)
        .prop_map(|(seq, objects, nodes)| {
            let nodes: BTreeMap<_, _> =
                nodes.into_iter().map(|view| (view.node.id, view)).collect();
            Snapshot {
                seq,
                home: Arc::new(Home::load(objects).unwrap()),
                nodes: nodes.into_values().collect(),
                jobs: Vec::new(),
            }
        })
        .boxed()
}

fn node_view() -> BoxedStrategy<NodeView> {
    let node = (
        node_id(),
        text(),
        option::of((0_u32..3).prop_map(RoomId)),
        any::<bool>(),
    );
    let values = btree_map((0_u16..3, 0_u32..9, 0_u32..3), attribute_view(), 0..4);
    (
        node,
        reachability(),
        any::<bool>(),
        vec(device(), 0..2),
        values,
    )
        .prop_map(
            |((id, name, room, provisional), reachability, orphaned, devices, values)| {
                let values = values
                    .into_iter()
                    .map(|((endpoint, cluster, attribute), view)| {
                        let path = AttributePath {
                            node: id,
                            endpoint: EndpointId(endpoint),
                            cluster: ClusterId(cluster),
                            attribute: AttributeId(attribute),
                        };
                        AttributeView { path, ..view }
                    });
                NodeView {
                    node: Arc::new(Node {
                        id,
                        name,
                        slug: "lamp".into(),
                        bridge: "b".into(),
                        room,
                        icon: None,
                        since: Timestamp(7),
                        provisional,
                    }),
                    reachability,
                    orphaned,
                    info: Arc::default(),
                    devices: devices.into(),
                    values: values.collect(),
                    events: std::collections::VecDeque::new(),
                }
            },
        )
        .boxed()
}

fn attribute_view() -> BoxedStrategy<AttributeView> {
    let cause = option::of(any::<u64>().prop_map(CauseId));
    (path(), value(), quality(), time(), time(), version(), cause)
        .prop_map(
            |(path, value, quality, reported_at, received_at, version, cause)| AttributeView {
                path,
                value,
                quality,
                reported_at,
                received_at,
                version,
                cause,
            },
        )
        .boxed()
}

fn device() -> BoxedStrategy<Device> {
    let endpoints = vec((0_u16..4).prop_map(EndpointId), 0..3);
    let types = vec(any::<u32>().prop_map(DeviceTypeId), 0..2);
    let room = option::of((0_u32..3).prop_map(RoomId));
    (
        node_id(),
        text(),
        room,
        option::of(text()),
        endpoints,
        types,
        any::<bool>(),
    )
        .prop_map(
            |(node, name, room, icon, endpoints, types, grouped)| Device {
                id: DeviceId {
                    node,
                    endpoint: EndpointId(1),
                },
                name,
                room,
                icon,
                endpoints: endpoints.into(),
                types: types.into(),
                grouped,
            },
        )
        .boxed()
}

fn node_id() -> impl Strategy<Value = NodeId> {
    prop_oneof![(1_u64..4).prop_map(NodeId), any::<u64>().prop_map(NodeId)]
}

fn path() -> impl Strategy<Value = AttributePath> {
    (
        node_id(),
        0_u16..3,
        prop_oneof![0_u32..9, any::<u32>()],
        0_u32..3,
    )
        .prop_map(|(node, endpoint, cluster, attribute)| AttributePath {
            node,
            endpoint: EndpointId(endpoint),
            cluster: ClusterId(cluster),
            attribute: AttributeId(attribute),
        })
}

fn quality() -> impl Strategy<Value = Quality> {
    select(vec![Quality::Known, Quality::Stale])
}

fn version() -> impl Strategy<Value = Option<DataVersion>> {
    option::of(any::<u32>().prop_map(DataVersion))
}

fn reachability() -> impl Strategy<Value = Reachability> {
    prop_oneof![
        Just(Reachability::Unknown),
        Just(Reachability::Online),
        time().prop_map(|since| Reachability::Offline { since }),
    ]
}

/// Any value that the wire can hold and that equals itself (no NaN).
fn value() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (-9_i64..9).prop_map(Value::Int),
        any::<u64>().prop_map(Value::Uint),
        (0_u64..9).prop_map(Value::Uint),
        any::<f32>()
            .prop_filter("equals itself", |n| !n.is_nan())
            .prop_map(Value::Single),
        any::<f64>()
            .prop_filter("equals itself", |n| !n.is_nan())
            .prop_map(Value::Double),
        Just(Value::Single(-0.0)),
        Just(Value::Double(f64::NEG_INFINITY)),
        ".{0,9}".prop_map(Value::text),
        vec(any::<u8>(), 0..9).prop_map(|octets| Value::Bytes(octets.into())),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        let member = (any::<u8>(), inner.clone()).prop_map(|(id, of)| (FieldId(id.into()), of));
        prop_oneof![
            vec(inner, 0..4).prop_map(|entries| Value::List(entries.into())),
            vec(member, 0..4).prop_map(|members| Value::Struct(members.into())),
        ]
    })
    .boxed()
}

//! Nodes that come, blink, go and are divided into devices; values with quality; events.

use std::time::Duration;

use hub_engine::*;
use hub_model::*;

use crate::rig::*;

const ON: Value = Value::Bool(true);

#[test]
fn an_equal_report_freshens_and_another_changes() {
    let mut rig = Rig::with_lamp();
    rig.report(LAMP, 1, 6, 0, Value::Bool(false));
    assert!(matches!(
        rig.told()[..],
        [EventKind::Freshened {
            was: Quality::Known,
            ..
        }]
    ));
    rig.report(LAMP, 1, 6, 0, ON);
    let told = rig.told();
    let [EventKind::AttributeChanged { previous, .. }] = &told[..] else {
        panic!("one change, got {told:?}");
    };
    assert_eq!(*previous, Some((Value::Bool(false), Quality::Known)));
}

#[test]
fn a_blink_within_the_grace_time_is_no_event() {
    let mut rig = Rig::with_lamp();
    rig.reachable(LAMP, false);
    rig.wait(Duration::from_secs(59));
    rig.reachable(LAMP, true);
    rig.wait(Duration::from_secs(600));
    assert_eq!(rig.told(), []);
}

#[test]
fn after_the_grace_time_values_are_stale_until_reported_again() {
    let mut rig = Rig::with_lamp();
    let went = rig.now.wall;
    rig.reachable(LAMP, false);
    rig.wait(Duration::from_secs(61));
    let offline = Reachability::Offline { since: went };
    let node = LAMP;
    let gone = EventKind::Reachability {
        node,
        reachability: offline,
    };
    assert_eq!(rig.told(), [gone]);
    let on_off = path(LAMP, 1, 6, 0);
    let quality = |rig: &Rig| rig.snapshot().value(&on_off).map(|value| value.quality);
    assert_eq!(quality(&rig), Some(Quality::Stale));
    rig.reachable(LAMP, true);
    assert_eq!(quality(&rig), Some(Quality::Stale));
    rig.told();
    rig.report(LAMP, 1, 6, 0, Value::Bool(false));
    assert_eq!(quality(&rig), Some(Quality::Known));
    let told = rig.told();
    assert!(matches!(
        told[..],
        [EventKind::Freshened {
            was: Quality::Stale,
            ..
        }]
    ));
}

#[test]
fn restored_values_are_stale_with_their_times_and_no_event() {
    let mut rig = Rig::with_lamp().restarted();
    assert_eq!(rig.told(), []);
    let snapshot = rig.snapshot();
    let value = snapshot.value(&path(LAMP, 1, 6, 0)).expect("restored");
    assert_eq!(value.quality, Quality::Stale);
    assert_eq!(value.cause, None);
    assert_eq!(rig.now.wall.since(value.reported_at).as_secs(), 60);
    assert_eq!(snapshot.nodes[0].reachability, Reachability::Unknown);
    rig.bridge(BridgeOutput::Joined { node: LAMP });
    assert_eq!(rig.told(), [], "joined anew at each start");
    rig.wait(Duration::from_secs(60));
    assert!(matches!(
        rig.told()[..],
        [EventKind::Reachability {
            reachability: Reachability::Offline { .. },
            ..
        }]
    ));
}

#[test]
fn nodes_that_no_bridge_claims_are_orphans_until_one_does() {
    let mut rig = Rig::with_lamp().restarted();
    rig.wait(Duration::from_secs(31));
    let node = LAMP;
    let orphaned = |orphaned| EventKind::Orphaned { node, orphaned };
    assert_eq!(rig.told(), [orphaned(true)]);
    rig.bridge(BridgeOutput::Joined { node });
    assert_eq!(rig.told(), [orphaned(false)]);
}

#[test]
fn reports_before_the_node_is_stored_come_with_it() {
    let mut rig = Rig::new();
    rig.hold_commits = true;
    rig.bridge(BridgeOutput::Joined { node: LAMP });
    rig.report(LAMP, 1, 6, 0, ON);
    assert_eq!(rig.told(), []);
    assert_eq!(rig.snapshot().nodes, []);
    rig.store_next();
    let told = rig.told();
    let [EventKind::HomeChanged { .. }, EventKind::NodeAdded(view)] = &told[..] else {
        panic!("the node is added, got {told:?}");
    };
    assert_eq!(view.values[0].value, ON);
    assert_eq!(view.devices.len(), 1);
}

#[test]
fn a_node_that_leaves_while_it_is_being_stored_leaves_nothing() {
    let mut rig = Rig::new();
    rig.hold_commits = true;
    rig.bridge(BridgeOutput::Joined { node: LAMP });
    rig.bridge(BridgeOutput::Left { node: LAMP });
    rig.store_next();
    rig.store_next();
    assert_eq!(rig.snapshot().nodes, []);
    assert_eq!(rig.forgotten, [LAMP]);
    assert!(rig.engine.is_settled());
}

#[test]
fn what_cannot_be_stored_is_tried_again() {
    let mut rig = Rig::new();
    rig.full_disk = true;
    rig.bridge(BridgeOutput::Joined { node: LAMP });
    assert_eq!(rig.snapshot().nodes, []);
    rig.full_disk = false;
    rig.wait(Duration::from_secs(6));
    assert_eq!(rig.snapshot().nodes.len(), 1);
}

#[test]
fn a_node_takes_the_name_that_its_device_tells_once() {
    let mut rig = Rig::with_lamp();
    assert_eq!(&*rig.snapshot().nodes[0].node.name, "Node 0x10");
    rig.report(LAMP, 0, 0x28, 3, Value::from("Glow 3"));
    let node = rig.snapshot().nodes[0].node.clone();
    assert_eq!((&*node.name, &*node.slug), ("Glow 3", "glow-3"));
    rig.report(LAMP, 0, 0x28, 5, Value::from("Other"));
    assert_eq!(&*rig.snapshot().nodes[0].node.name, "Glow 3");
    let device = rig.snapshot().nodes[0].devices[0].clone();
    assert_eq!(&*device.name, "Glow 3");
}

fn numbers(numbers: &[u64]) -> Value {
    Value::list(numbers.iter().copied().map(Value::Uint))
}

fn aggregator(rig: &mut Rig) {
    let types = |id| {
        Value::list([Value::structure([
            (0, Value::Uint(id)),
            (1, Value::Uint(1)),
        ])])
    };
    rig.report(LAMP, 0, 0x1D, 3, numbers(&[1, 2, 3]));
    rig.report(LAMP, 1, 0x1D, 0, types(0x0E));
    rig.report(LAMP, 1, 0x1D, 3, numbers(&[2, 3]));
    for (endpoint, name) in [(2, "Hall"), (3, "Attic")] {
        rig.report(LAMP, endpoint, 0x1D, 0, types(0x13));
        rig.report(LAMP, endpoint, 0x39, 5, Value::from(name));
    }
}

fn devices(rig: &Rig) -> Vec<(String, Vec<u16>)> {
    let shape = |device: &Device| {
        let endpoints = device.endpoints.iter().map(|id| id.0);
        (device.name.to_string(), endpoints.collect())
    };
    rig.snapshot().nodes[0].devices.iter().map(shape).collect()
}

#[test]
fn what_is_behind_an_aggregator_is_a_device_each_and_goes_with_its_endpoint() {
    let mut rig = Rig::with_lamp();
    aggregator(&mut rig);
    let hall = ("Hall".to_owned(), vec![2]);
    assert_eq!(devices(&rig), [hall.clone(), ("Attic".to_owned(), vec![3])]);
    rig.report(LAMP, 0, 0x1D, 3, numbers(&[1, 2]));
    assert_eq!(devices(&rig), [hall]);
    let values = rig.snapshot().nodes[0].values.clone();
    assert!(values.iter().all(|value| value.path.endpoint.0 != 3));
}

#[test]
fn an_owner_groups_and_ungroups_endpoints() {
    let mut rig = Rig::with_lamp();
    aggregator(&mut rig);
    let node = LAMP;
    let group = |ids: &[u16]| Edit::Group {
        node,
        endpoints: ids.iter().copied().map(EndpointId).collect(),
    };
    let endpoint = EndpointId(9);
    let bad = EditError::BadEndpoint { node, endpoint };
    assert_eq!(rig.edit(group(&[2, 9])), Err(RequestError::Edit(bad)));
    rig.edit(group(&[3, 2])).unwrap();
    assert_eq!(devices(&rig), [("Hall".to_owned(), vec![2, 3])]);
    let device = rig.snapshot().nodes[0].devices[0].id;
    rig.edit(Edit::Ungroup { device }).unwrap();
    assert_eq!(devices(&rig).len(), 2);
}

fn event(number: u64, at: Timestamp) -> Report {
    Report {
        node: LAMP,
        endpoint: EndpointId(1),
        cluster: ClusterId(0x3B),
        body: ReportBody::Event {
            event: EventId(1),
            number,
            priority: EventPriority::Info,
            uptime: None,
            fields: nothing(),
        },
        at,
        cause: None,
    }
}

#[test]
fn a_repeated_event_is_told_once() {
    let mut rig = Rig::with_lamp();
    let at = rig.now.wall;
    let reports = vec![event(1, at), event(2, at), event(1, at)];
    rig.bridge(BridgeOutput::Reports(reports));
    assert_eq!(rig.told().len(), 2);
    assert_eq!(rig.snapshot().nodes[0].events.len(), 2);
}

#[test]
fn reports_of_another_bridges_node_are_strays() {
    let mut rig = Rig::with_lamp();
    let report = attribute(LAMP, 1, 6, 0, ON, rig.now.wall);
    let reports = BridgeOutput::Reports(vec![report]);
    rig.engine.handle_bridge(1, reports, rig.now);
    rig.drain();
    assert_eq!(rig.told(), []);
    assert_eq!(rig.engine.strays(), 1);
}

#[test]
fn a_stopped_bridge_takes_its_nodes_along_after_the_grace_time() {
    let mut rig = Rig::with_lamp();
    rig.engine.handle_bridge_stopped(BRIDGE, rig.now);
    rig.drain();
    rig.wait(Duration::from_secs(59));
    assert_eq!(rig.told(), []);
    rig.wait(Duration::from_secs(2));
    assert_eq!(rig.told().len(), 1);
}

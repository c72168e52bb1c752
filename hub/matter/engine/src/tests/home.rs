//! A home lives for long: devices vanish, return, move and report.

use hub_model::{NodeId, ReportBody};
use matter_codec::Value;

use super::commands::toggle;
use crate::sim::device::clusters::ON_OFF;
use crate::sim::world::{Weather, World, ms, secs};

fn events(world: &World) -> Vec<u64> {
    let reports = world.told.reports.iter();
    reports
        .filter_map(|report| match report.body {
            ReportBody::Event { number, .. } => Some(number),
            _ => None,
        })
        .collect()
}

#[test]
fn a_restarted_device_is_back_within_a_second_of_its_announcement() {
    let mut world = World::new(40);
    let addr = world.commissioned(7, 1);
    world.run(secs(20));
    world.restart(addr);
    // Sent before the hub knows of the restart: the device cannot read it.
    let began = world.now.mono;
    let cause = world.command(1, toggle(), secs(5));
    world.until("carried out", secs(1), |world| {
        world.answer(cause).is_some()
    });
    world.until("live", secs(1), |world| {
        !world.devices[&addr].served.subscriptions.is_empty() && world.is_live(1)
    });
    assert!(world.now.mono - began < secs(1));
    assert_eq!(
        world.device(addr).state.attributes[&ON_OFF],
        Value::Bool(true)
    );
    assert_eq!(
        world.device(addr).handshakes.1,
        1,
        "by a shortened handshake"
    );
    assert!(
        !world.told.blinks.contains_key(&NodeId(1)),
        "it did not blink"
    );
    // Its second announcement finds the session alive.
    world.run(secs(5));
    assert_eq!(world.device(addr).handshakes.1, 1);
}

#[test]
fn an_announcement_without_a_restart_changes_nothing() {
    let mut world = World::new(41);
    let addr = world.commissioned(7, 1);
    for _ in 0..20 {
        world.announce(addr);
        world.run(secs(3));
    }
    assert_eq!(world.device(addr).handshakes, (1, 0));
    assert!(world.is_live(1));
}

#[test]
fn a_device_that_restarts_unheard_is_found_out() {
    let mut world = World::new(42);
    let addr = world.commissioned(7, 1);
    world.mdns_off = true;
    world.run(secs(20));
    world.restart(addr);
    world.until("back", secs(120), |world| {
        world.devices[&addr].handshakes.1 == 1
    });
    world.until("live", secs(5), |world| world.is_live(1));
}

#[test]
fn a_device_that_forgets_its_subscription_is_subscribed_again() {
    let mut world = World::new(43);
    let addr = world.commissioned(7, 1);
    world.device(addr).served.subscriptions.clear();
    world.until("subscribed", secs(100), |world| {
        !world.devices[&addr].served.subscriptions.is_empty()
    });
    assert_eq!(world.device(addr).handshakes, (1, 0), "on the same session");
}

#[test]
fn a_device_is_dialled_for_ever_and_found_when_it_returns() {
    let mut world = World::new(44);
    let addr = world.commissioned(7, 1);
    world.device(addr).off = true;
    world.until("unreachable", secs(100), |world| !world.is_live(1));
    let before = world.delivered;
    world.run(secs(3600));
    let datagrams = world.delivered - before;
    assert!((100..1000).contains(&datagrams), "{datagrams} in an hour");
    world.mdns_off = true;
    world.device(addr).restart();
    world.until("back unheard", secs(200), |world| world.is_live(1));
}

#[test]
fn a_device_that_moved_is_found_by_its_announcement() {
    let mut world = World::new(45);
    let addr = world.commissioned(7, 1);
    world.device(addr).off = true;
    world.until("unreachable", secs(100), |world| !world.is_live(1));
    let mut device = world.devices.remove(&addr).unwrap();
    let moved = "[fd00::2:7]:5541".parse().unwrap();
    device.addr = moved;
    device.restart();
    world.devices.insert(moved, device);
    world.announce(moved);
    world.until("back", secs(1), |world| world.is_live(1));
    let info = &world.told.info[&NodeId(1)];
    assert_eq!(info.address, Some(moved.to_string()));
}

#[test]
fn a_first_report_of_any_size_comes_whole() {
    let mut world = World::new(46);
    world.weather.loss = 5;
    let addr = world.add_device(7);
    let long: Vec<_> = (0..500)
        .map(|n| Value::Utf8(format!("entry {n}")))
        .collect();
    let attributes = &mut world.device(addr).state.attributes;
    for endpoint in 2..82 {
        for attribute in 0..40 {
            let value = Value::Utf8(format!("value {attribute} of {endpoint}"));
            attributes.insert((endpoint, 0x300, attribute), value);
        }
    }
    attributes.insert((3, 0x1d, 3), Value::Array(long));
    let all = attributes.len();
    let code = world.code(addr);
    world.commission(1, 1, &code);
    world.until("live", secs(120), |world| world.is_live(1));
    assert!(all > 3000);
    assert_eq!(world.told.reports.len(), all);
    let lists = world
        .told
        .reports
        .iter()
        .filter_map(|report| match &report.body {
            ReportBody::Attribute { value, .. } => value.as_list().map(<[_]>::len),
            ReportBody::Event { .. } => None,
        });
    assert!(lists.into_iter().any(|len| len == 500));
}

#[test]
fn events_are_told_once_also_after_restarts() {
    let mut world = World::new(47);
    let addr = world.add_device(7);
    for _ in 0..3 {
        world.at(addr, |device, now| device.happen((1, 0x3b, 1), now));
    }
    let code = world.code(addr);
    world.commission(1, 1, &code);
    world.until("live", secs(10), |world| world.is_live(1));
    assert_eq!(events(&world), [100, 101, 102]);
    world.at(addr, |device, now| device.happen((1, 0x3b, 1), now));
    world.run(secs(70));
    world.restart(addr);
    world.run(secs(5));
    world.kill_hub();
    world.at(addr, |device, now| device.happen((1, 0x3b, 1), now));
    world.start_hub();
    world.until("live", secs(10), |world| events(world).len() > 4);
    world.run(secs(5));
    assert_eq!(events(&world), [100, 101, 102, 103, 104]);
}

#[test]
fn a_restarted_hub_reaches_its_nodes_where_they_were() {
    let mut world = World::new(48);
    let addrs: Vec<_> = (1..=20)
        .map(|number| world.commissioned(number, number.into()))
        .collect();
    world.run(secs(10));
    world.kill_hub();
    world.mdns_off = true;
    world.told.info.clear();
    world.told.joined.clear();
    world.run(secs(2));
    let began = world.now.mono;
    world.start_hub();
    assert_eq!(world.told.joined.len(), 20);
    world.until("all live", secs(3), |world| {
        (1..=20).all(|node| world.is_live(node))
    });
    assert!(
        world.now.mono - began < ms(500),
        "{:?}",
        world.now.mono - began
    );
    for addr in addrs {
        assert_eq!(world.device(addr).handshakes, (1, 1), "shortened");
    }
}

#[test]
fn silent_nodes_delay_no_others() {
    let mut world = World::new(49);
    for number in 1..=300 {
        let addr = world.provisioned(number, number.into());
        if number.is_multiple_of(10) {
            world.device(addr).off = true;
        }
    }
    world.kill_hub();
    let began = world.now.mono;
    world.start_hub();
    let alive = |node: &u64| !node.is_multiple_of(10);
    world.until("the living live", secs(30), |world| {
        (1..=300).filter(alive).all(|node| world.is_live(node))
    });
    let took = world.now.mono - began;
    assert!(took < secs(3), "{took:?}");
    world.run(secs(30));
    assert!((1..=300).filter(alive).all(|node| world.is_live(node)));
    assert!(
        (1..=300)
            .filter(|node| !alive(node))
            .all(|node| !world.is_live(node))
    );
}

#[test]
fn a_home_stays_live_over_a_bad_network() {
    let mut world = World::new(50);
    for number in 1..=5 {
        world.commissioned(number, number.into());
    }
    world.weather = Weather {
        loss: 20,
        repeats: 10,
        late: 20,
    };
    let addrs: Vec<_> = world.devices.keys().copied().collect();
    for round in 0..100u64 {
        let addr = addrs[usize::try_from(round).unwrap() % addrs.len()];
        world.at(addr, |device, now| {
            device.set(ON_OFF, Value::Bool(round.is_multiple_of(2)), now)
        });
        world.run(secs(7));
    }
    world.weather = Weather::default();
    world.run(secs(90));
    assert!((1..=5).all(|node| world.is_live(node)));
    for (node, addr) in (1..).zip(addrs) {
        let last = world
            .told
            .reports
            .iter()
            .rev()
            .find_map(|report| match &report.body {
                ReportBody::Attribute { value, .. }
                    if report.node == NodeId(node) && report.cluster.0 == 6 =>
                {
                    value.as_bool()
                }
                _ => None,
            });
        let real = world.device(addr).state.attributes[&ON_OFF] == Value::Bool(true);
        assert_eq!(last, Some(real), "node {node}");
    }
}

#[test]
fn a_device_that_refuses_reports_is_told_of_and_asked_again() {
    let mut world = World::new(51);
    let addr = world.add_device(7);
    world.device(addr).state.refuse_subscriptions = Some(0x89);
    let code = world.code(addr);
    world.commission(1, 1, &code);
    world.until("trouble", secs(10), |world| {
        world
            .told
            .info
            .get(&NodeId(1))
            .is_some_and(|info| info.trouble.is_some())
    });
    assert!(world.told.reachable[&NodeId(1)]);
    world.device(addr).state.refuse_subscriptions = None;
    world.until("live", secs(10), |world| world.is_live(1));
    assert_eq!(world.told.info[&NodeId(1)].trouble, None);
}

#[test]
fn noise_is_ignored() {
    use proptest::prelude::*;
    let mut world = World::new(52);
    let addr = world.commissioned(7, 1);
    let now = world.now;
    let engine = std::cell::RefCell::new(world.engine.as_mut().unwrap());
    proptest!(|(bytes: Vec<u8>, zero: bool)| {
        let mut bytes = bytes;
        if zero && bytes.len() > 3 {
            // An unsecured message.
            (bytes[0], bytes[1], bytes[2], bytes[3]) = (4, 0, 0, 0);
        }
        engine.borrow_mut().handle_datagram(addr, &bytes, now);
    });
    world.run(secs(100));
    assert!(world.is_live(1));
}

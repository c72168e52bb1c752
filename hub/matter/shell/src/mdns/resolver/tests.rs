//! What the resolver asks, remembers and tells.

use super::*;
use crate::mdns::message::encode;

const LAN: Link = Link {
    index: 7,
    is_loopback: false,
};
const LO: Link = Link {
    index: 1,
    is_loopback: true,
};
const SERVICE: &str = "_l3840._sub._matterc._udp.local";
const DEVICE: &str = "3dad8257083edf9a._matterc._udp.local";
const NODE: &str = "0123456789abcdef-0000000000000012._matter._tcp.local";
const HOST: &str = "a1b2.local";

fn record(name: &str, is_answer: bool, data: Data) -> Record {
    Record {
        name: Name::new(name),
        ttl_s: 120,
        flush: false,
        is_answer,
        data,
    }
}

fn ptr() -> Record {
    record(SERVICE, true, Data::Ptr(Name::new(DEVICE)))
}

fn srv(name: &str, is_answer: bool) -> Record {
    record(
        name,
        is_answer,
        Data::Srv {
            host: Name::new(HOST),
            port: 5540,
        },
    )
}

fn address(ip: &str) -> Record {
    record(HOST, false, Data::Address(ip.parse().unwrap()))
}

fn question(name: &str, kind: Kind) -> Question {
    Question {
        name: Name::new(name),
        kind,
    }
}

fn hear(resolver: &mut Resolver, records: &[Record], link: Link, now: Instant) {
    resolver
        .handle_message(&encode::response(records), link, now)
        .unwrap();
}

fn heard(resolver: &mut Resolver) -> Heard {
    match resolver.poll_event() {
        Some(Event::Heard(heard)) => heard,
        other => panic!("{other:?}"),
    }
}

fn asks(resolver: &mut Resolver, question: &Question) -> bool {
    let encoded = encode::question(question);
    resolver
        .poll_transmit()
        .iter()
        .any(|m| m.windows(encoded.len()).any(|w| w == encoded))
}

#[expect(clippy::disallowed_methods, reason = "a beginning for virtual time")]
fn start() -> Instant {
    Instant::now()
}

#[test]
fn finds_what_one_message_tells() {
    let (mut resolver, now) = (Resolver::default(), start());
    resolver.ask(question(SERVICE, Kind::Ptr), now);
    assert!(asks(&mut resolver, &question(SERVICE, Kind::Ptr)));
    let txt = record(DEVICE, false, Data::Txt(vec![("CM".into(), "1".into())]));
    hear(
        &mut resolver,
        &[
            ptr(),
            srv(DEVICE, false),
            txt,
            address("fe80::1"),
            address("10.0.0.9"),
        ],
        LAN,
        now,
    );

    let heard = heard(&mut resolver);
    assert_eq!(heard.services, [Name::new(SERVICE)]);
    let expected: [SocketAddr; 2] = [
        "[fe80::1%7]:5540".parse().unwrap(),
        "10.0.0.9:5540".parse().unwrap(),
    ];
    assert_eq!(heard.addresses, expected);
    assert_eq!(heard.attributes, [("CM".into(), "1".into())]);
    assert!(!heard.announced);
    assert_eq!(resolver.poll_event(), None);
}

#[test]
fn asks_for_what_the_first_message_left_out() {
    let (mut resolver, now) = (Resolver::default(), start());
    resolver.ask(question(SERVICE, Kind::Ptr), now);
    resolver.poll_transmit();
    hear(&mut resolver, &[ptr()], LAN, now);
    assert!(asks(&mut resolver, &question(DEVICE, Kind::Srv)));
    hear(&mut resolver, &[srv(DEVICE, true)], LAN, now);
    assert!(asks(&mut resolver, &question(HOST, Kind::Aaaa)));
    hear(&mut resolver, &[address("fd00::5")], LAN, now);
    assert_eq!(
        heard(&mut resolver).addresses,
        ["[fd00::5]:5540".parse().unwrap()]
    );
}

#[test]
fn asks_again_at_doubled_waits_until_stopped() {
    let (mut resolver, now) = (Resolver::default(), start());
    let asked = question(NODE, Kind::Srv);
    resolver.ask(asked.clone(), now);
    let mut waits = Vec::new();
    let mut at = now;
    for _ in 0..8 {
        assert!(asks(&mut resolver, &asked));
        let next = resolver.poll_timeout().unwrap();
        waits.push((next - at).as_secs());
        at = next;
        resolver.handle_timeout(at);
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
    resolver.stop(&asked);
    assert_eq!(resolver.poll_timeout(), None);
}

#[test]
fn a_device_that_tells_the_same_again_is_an_announcement() {
    let (mut resolver, now) = (Resolver::default(), start());
    resolver.watch(Name::new(NODE));
    let records = [srv(NODE, true), address("::1")];
    hear(&mut resolver, &records, LO, now);
    assert!(heard(&mut resolver).announced);
    hear(&mut resolver, &records, LO, now + Duration::from_millis(3));
    assert_eq!(resolver.poll_event(), None, "the same over another link");
    hear(&mut resolver, &records, LO, now + Duration::from_secs(2));
    assert!(heard(&mut resolver).announced);
}

#[test]
fn an_answer_to_another_controller_is_no_announcement() {
    let (mut resolver, now) = (Resolver::default(), start());
    resolver.watch(Name::new(NODE));
    hear(
        &mut resolver,
        &[srv(NODE, false), address("fd00::5")],
        LAN,
        now,
    );
    let foreign = "ffffffffffffffff-0000000000000012._matter._tcp.local";
    hear(
        &mut resolver,
        &[srv(foreign, true), address("fd00::5")],
        LAN,
        now,
    );
    assert_eq!(resolver.poll_event(), None);
}

#[test]
fn what_is_asked_for_comes_as_an_answer() {
    let (mut resolver, now) = (Resolver::default(), start());
    resolver.watch(Name::new(NODE));
    resolver.ask(question(NODE, Kind::Srv), now);
    hear(
        &mut resolver,
        &[srv(NODE, true), address("fd00::5")],
        LAN,
        now,
    );
    assert!(!heard(&mut resolver).announced);
}

#[test]
fn another_machines_loopback_address_is_not_dialled() {
    let (mut resolver, now) = (Resolver::default(), start());
    resolver.ask(question(NODE, Kind::Srv), now);
    hear(
        &mut resolver,
        &[srv(NODE, true), address("::1"), address("127.0.0.1")],
        LAN,
        now,
    );
    assert_eq!(resolver.poll_event(), None);
    hear(
        &mut resolver,
        &[srv(NODE, true), address("::1"), address("127.0.0.1")],
        LO,
        now,
    );
    let expected: [SocketAddr; 2] = [
        "[::1]:5540".parse().unwrap(),
        "127.0.0.1:5540".parse().unwrap(),
    ];
    assert_eq!(heard(&mut resolver).addresses, expected);
}

#[test]
fn a_flush_replaces_older_addresses_of_the_link() {
    let (mut resolver, now) = (Resolver::default(), start());
    resolver.ask(question(NODE, Kind::Srv), now);
    hear(
        &mut resolver,
        &[srv(NODE, true), address("fd00::5")],
        LAN,
        now,
    );
    let mut moved = address("fd00::6");
    moved.flush = true;
    hear(
        &mut resolver,
        &[srv(NODE, true), moved],
        LAN,
        now + Duration::from_secs(5),
    );
    resolver.poll_event();
    assert_eq!(
        heard(&mut resolver).addresses,
        ["[fd00::6]:5540".parse().unwrap()]
    );
}

#[test]
fn a_network_change_asks_at_once_and_trusts_no_old_address() {
    let (mut resolver, now) = (Resolver::default(), start());
    let asked = question(NODE, Kind::Srv);
    resolver.ask(asked.clone(), now);
    hear(
        &mut resolver,
        &[srv(NODE, true), address("fd00::5")],
        LAN,
        now,
    );
    resolver.poll_event();
    resolver.poll_transmit();
    resolver.handle_network_change(now);
    assert!(asks(&mut resolver, &asked));
    hear(&mut resolver, &[srv(NODE, true)], LAN, now);
    assert_eq!(resolver.poll_event(), None);
    assert!(asks(&mut resolver, &question(HOST, Kind::A)));
}

#[test]
fn a_flood_is_not_remembered() {
    let (mut resolver, now) = (Resolver::default(), start());
    resolver.watch(Name::new(NODE));
    resolver.ask(question(SERVICE, Kind::Ptr), now);
    for n in 0..MAX_INSTANCES + 100 {
        let name = format!("{n:016x}._matterc._udp.local");
        let listing = record(SERVICE, true, Data::Ptr(Name::new(&name)));
        let records = [
            listing,
            srv(&name, false),
            srv(&format!("{n}.{NODE}"), true),
        ];
        hear(&mut resolver, &records, LAN, now);
    }
    assert_eq!(resolver.instances.len(), MAX_INSTANCES);
}

#[test]
fn a_goodbye_is_told_once_and_only_of_what_is_watched() {
    let (mut resolver, now) = (Resolver::default(), start());
    resolver.watch(Name::new(NODE));
    hear(
        &mut resolver,
        &[srv(NODE, true), address("fd00::5")],
        LAN,
        now,
    );
    resolver.poll_event();
    let goodbye = |name| Record {
        ttl_s: 0,
        ..srv(name, true)
    };
    hear(
        &mut resolver,
        &[goodbye(NODE), goodbye(DEVICE), goodbye(NODE)],
        LAN,
        now,
    );
    assert_eq!(resolver.poll_event(), Some(Event::Gone(Name::new(NODE))));
    assert_eq!(resolver.poll_event(), None);
}

#[test]
fn what_is_unwatched_is_forgotten() {
    let (mut resolver, now) = (Resolver::default(), start());
    resolver.watch(Name::new(NODE));
    let records = [srv(NODE, true), address("fd00::5")];
    hear(&mut resolver, &records, LAN, now);
    resolver.poll_event();
    resolver.unwatch(&Name::new(NODE));
    hear(&mut resolver, &records, LAN, now + Duration::from_secs(9));
    assert_eq!(resolver.poll_event(), None);
    assert!(resolver.instances.is_empty() && resolver.hosts.is_empty());
}

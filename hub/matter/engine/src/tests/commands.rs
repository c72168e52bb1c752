//! Commands reach their device once, in order, and are answered.

use hub_model::{
    AttributeId, AttributePattern, CauseId, ClusterId, CommandId, CommandProgress, EndpointId,
    Operation, Refusal, ReportBody, Value,
};
use matter_codec::Value as Tlv;

use crate::sim::device::clusters::{ACL, NODE_LABEL, ON_OFF};
use crate::sim::world::{Weather, World, ms, secs};

pub(super) fn invoke(endpoint: u16, cluster: u32, command: u32, timed: bool) -> Operation {
    Operation::Invoke {
        endpoint: EndpointId(endpoint),
        cluster: ClusterId(cluster),
        command: CommandId(command),
        fields: Value::structure([]),
        timed,
    }
}

pub(super) fn toggle() -> Operation {
    invoke(1, 6, 2, false)
}

fn write((endpoint, cluster, attribute): (u16, u32, u32), value: Value) -> Operation {
    Operation::Write {
        endpoint: EndpointId(endpoint),
        cluster: ClusterId(cluster),
        attribute: AttributeId(attribute),
        value,
        timed: false,
    }
}

fn read(endpoint: u16, cluster: u32, attribute: u32) -> Operation {
    Operation::Read {
        attributes: vec![AttributePattern {
            endpoint: Some(EndpointId(endpoint)),
            cluster: Some(ClusterId(cluster)),
            attribute: Some(AttributeId(attribute)),
        }],
    }
}

fn answered(world: &mut World, cause: CauseId) -> CommandProgress {
    world.until("answered", secs(60), |world| world.answer(cause).is_some());
    world.answer(cause).unwrap().clone()
}

fn status(status: u8) -> CommandProgress {
    CommandProgress::Refused(Refusal::Status {
        status,
        cluster_status: None,
    })
}

const DONE: CommandProgress = CommandProgress::Acknowledged { response: None };

#[test]
fn a_command_is_acknowledged_and_its_effect_reported() {
    let mut world = World::new(20);
    world.commissioned(7, 1);
    let told = world.told.reports.len();
    let cause = world.command(1, toggle(), secs(5));
    assert_eq!(answered(&mut world, cause), DONE);
    assert_eq!(world.told.progress[&cause][0], CommandProgress::Sent);
    world.run(ms(50));
    let news = &world.told.reports[told..];
    assert!(matches!(
        &news[0].body,
        ReportBody::Attribute {
            value: Value::Bool(true),
            ..
        }
    ));
    assert_eq!(news.len(), 1);
}

#[test]
fn timed_commands_writes_lists_and_reads_are_carried_out() {
    let mut world = World::new(21);
    let addr = world.commissioned(7, 1);
    let cause = world.command(1, invoke(1, 0x101, 0, true), secs(5));
    assert_eq!(answered(&mut world, cause), DONE);
    let cause = world.command(1, invoke(1, 0x101, 0, false), secs(5));
    assert_eq!(answered(&mut world, cause), status(0xc6));

    let cause = world.command(1, write(NODE_LABEL, Value::text("hall")), secs(5));
    assert_eq!(answered(&mut world, cause), DONE);
    let label = world.device(addr).state.attributes[&NODE_LABEL].clone();
    assert_eq!(label, Tlv::Utf8("hall".to_owned()));

    // Several messages' worth.
    let entries = (0..200).map(|n| Value::text(format!("entry number {n}")));
    let cause = world.command(1, write(ACL, Value::list(entries)), secs(5));
    assert_eq!(answered(&mut world, cause), DONE);
    let Tlv::Array(entries) = &world.device(addr).state.attributes[&ACL] else {
        panic!("no list");
    };
    assert_eq!(entries.len(), 200);

    let told = world.told.reports.len();
    let cause = world.command(1, read(1, 6, 0), secs(5));
    assert_eq!(answered(&mut world, cause), DONE);
    let read_back = world.told.reports[told..]
        .iter()
        .filter(|report| report.cause == Some(cause));
    assert_eq!(read_back.count(), 1);
    let cause = world.command(1, read(1, 6, 0x7777), secs(5));
    assert_eq!(answered(&mut world, cause), status(0x86));
    let cause = world.command(1, write((1, 6, 0x7777), Value::Null), secs(5));
    assert_eq!(answered(&mut world, cause), status(0x86));
}

#[test]
fn what_cannot_be_said_is_refused_without_a_word_to_the_device() {
    let mut world = World::new(22);
    world.commissioned(7, 1);
    let huge = Value::text("x".repeat(3000));
    let cause = world.command(1, write(NODE_LABEL, huge), secs(5));
    assert!(matches!(
        answered(&mut world, cause),
        CommandProgress::Refused(Refusal::Unsupported(_))
    ));
    let cause = world.command(9, toggle(), secs(5));
    assert_eq!(
        answered(&mut world, cause),
        CommandProgress::Refused(Refusal::NoBridge)
    );
}

#[test]
fn a_command_that_is_never_answered_times_out_and_blocks_its_endpoint_alone() {
    let mut world = World::new(23);
    let addr = world.commissioned(7, 1);
    world.device(addr).state.mute.insert((6, 1));
    let stuck = world.command(1, invoke(1, 6, 1, false), secs(8));
    let behind = world.command(1, toggle(), secs(20));
    let beside = world.command(1, invoke(2, 0x101, 0, true), secs(5));
    assert_eq!(answered(&mut world, beside), DONE);
    assert_eq!(world.answer(behind), None);
    assert_eq!(answered(&mut world, stuck), CommandProgress::TimedOut);
    assert_eq!(answered(&mut world, behind), DONE);
}

#[test]
fn commands_wait_for_a_node_that_is_away_until_their_deadline() {
    let mut world = World::new(24);
    let addr = world.commissioned(7, 1);
    world.device(addr).off = true;
    let cause = world.command(1, toggle(), secs(3));
    assert_eq!(answered(&mut world, cause), CommandProgress::TimedOut);
    world.until("unreachable", secs(10), |world| !world.is_live(1));
    let early = world.command(1, toggle(), secs(2));
    let late = world.command(1, toggle(), secs(300));
    assert_eq!(
        answered(&mut world, early),
        CommandProgress::Refused(Refusal::Offline)
    );
    world.run(secs(10));
    world.device(addr).off = false;
    world.restart(addr);
    assert_eq!(answered(&mut world, late), DONE);
    assert_eq!(
        world.device(addr).state.done.len(),
        done_by_commissioning() + 1
    );
}

/// Commands that commissioning sends to the lamp.
fn done_by_commissioning() -> usize {
    let mut world = World::new(24);
    let addr = world.commissioned(7, 1);
    world.device(addr).state.done.len()
}

#[test]
fn commands_are_carried_out_once_and_in_order_over_a_bad_network() {
    for seed in 0..5 {
        let mut world = World::new(200 + seed);
        let addr = world.commissioned(7, 1);
        let before = world.device(addr).state.done.len();
        world.weather = Weather {
            loss: 20,
            repeats: 10,
            late: 20,
        };
        let orders: Vec<_> = (0..40u32)
            .map(|n| {
                if n.is_multiple_of(3) {
                    toggle()
                } else {
                    invoke(1, 0x999, n, false)
                }
            })
            .collect();
        let causes: Vec<_> = orders
            .iter()
            .map(|order| world.command(1, order.clone(), secs(300)))
            .collect();
        for cause in &causes {
            let answer = answered(&mut world, *cause);
            assert!(answer == DONE || answer == status(0x81), "{answer:?}");
        }
        let done: Vec<_> = world.device(addr).state.done[before..].to_vec();
        let asked: Vec<_> = (0..40u32)
            .map(|n| {
                if n.is_multiple_of(3) {
                    (1, 6, 2)
                } else {
                    (1, 0x999, n)
                }
            })
            .collect();
        assert_eq!(done, asked, "seed {}", 200 + seed);
        assert_eq!(
            world.device(addr).state.attributes[&ON_OFF],
            Tlv::Bool(false)
        );
    }
}

#[test]
fn too_many_commands_are_refused_at_once() {
    let mut world = World::new(26);
    let addr = world.commissioned(7, 1);
    world.device(addr).off = true;
    let causes: Vec<_> = (0..70)
        .map(|_| world.command(1, toggle(), secs(5)))
        .collect();
    let busy = causes
        .iter()
        .filter(|cause| world.answer(**cause) == Some(&CommandProgress::Refused(Refusal::Busy)))
        .count();
    assert_eq!(busy, 70 - world.limits.commands_waiting);
}

//! Devices are added, whatever goes wrong on the way.

use std::net::SocketAddr;

use hub_model::{BridgeInput, JobId, JobUpdate, NodeId, Stage, Timestamp};

use crate::sim::world::{Weather, World, ms, qr, secs};

fn passed(world: &World, job: u64) -> Vec<Stage> {
    let updates = world.told.jobs.get(&JobId(job)).into_iter().flatten();
    updates
        .filter_map(|update| match update {
            JobUpdate::Passed { stage, .. } => Some(*stage),
            _ => None,
        })
        .collect()
}

fn code_of_failure(world: &World, job: u64) -> String {
    world.outcome(job).unwrap().unwrap_err().code
}

fn cancel(world: &mut World, job: u64) {
    world.input(BridgeInput::Cancel { job: JobId(job) });
}

fn add(world: &mut World, addr: SocketAddr, node: u64) {
    let code = world.code(addr);
    world.commission(node, node, &code);
}

#[test]
fn a_device_is_found_added_subscribed_and_told_of() {
    let mut world = World::new(1);
    let addr = world.commissioned(7, 0x10);

    assert_eq!(world.told.joined, [NodeId(0x10)]);
    let passed = passed(&world, 0x10);
    use Stage::{Attestation, Case, Complete, Csr, Found, Noc, Pase, Regulatory};
    assert_eq!(passed[..2], [Found, Pase]);
    for stage in [Attestation, Regulatory, Csr, Noc, Case, Complete] {
        assert!(passed.contains(&stage), "{stage:?} in {passed:?}");
    }
    let values = world.device(addr).state.attributes.len();
    assert_eq!(world.told.reports.len(), values);
    assert!(world.elapsed() < secs(2), "{:?}", world.elapsed());
    let info = &world.told.info[&NodeId(0x10)];
    assert_eq!(info.address, Some(addr.to_string()));
    assert_eq!(info.certificates.len(), 7);
}

#[test]
fn devices_are_added_over_a_bad_network() {
    for seed in 0..6 {
        let mut world = World::new(100 + seed);
        world.weather = Weather {
            loss: 20,
            repeats: 10,
            late: 20,
        };
        for number in 1..4 {
            world.commissioned(number, number.into());
        }
    }
}

#[test]
fn a_wrong_passcode_is_told_and_the_right_one_works_at_once() {
    let mut world = World::new(2);
    let addr = world.add_device(7);
    world.commission(1, 1, &qr(7, 20_202_021));
    world.until("failed", secs(10), |world| world.outcome(1).is_some());
    assert_eq!(code_of_failure(&world, 1), "wrong-passcode");

    add(&mut world, addr, 2);
    world.until("added", secs(5), |world| world.outcome(2).is_some());
    assert_eq!(world.outcome(2), Some(Ok(())));
    assert_eq!(world.told.joined, [NodeId(2)]);
}

#[test]
fn what_is_no_code_and_who_is_not_there_is_told() {
    let mut world = World::new(3);
    world.commission(1, 1, "1234");
    assert_eq!(code_of_failure(&world, 1), "bad-code");
    world.commission(2, 2, &qr(9, 20_202_021));
    world.until("failed", secs(31), |world| world.outcome(2).is_some());
    assert_eq!(code_of_failure(&world, 2), "not-found");
}

#[test]
fn a_device_that_never_answers_delays_others_by_nothing() {
    let mut world = World::new(4);
    world.limits.commissionings = 2;
    world.kill_hub();
    world.start_hub();
    let silent = world.add_device(7);
    add(&mut world, silent, 1);
    world.run(ms(1));
    world.device(silent).off = true;
    for number in 8..14 {
        world.commissioned(number, number.into());
    }
    assert!(world.outcome(1).is_none(), "{:?}", world.outcome(1));
    world.until("failed", secs(60), |world| world.outcome(1).is_some());
    assert_eq!(code_of_failure(&world, 1), "timeout");
}

#[test]
fn several_wait_for_their_turn_and_all_are_added() {
    let mut world = World::new(5);
    let all: Vec<_> = (1..=12).map(|number| world.add_device(number)).collect();
    for (node, addr) in (1..).zip(&all) {
        add(&mut world, *addr, node);
    }
    world.until("all added", secs(30), |world| {
        (1..=12).all(|job| world.outcome(job) == Some(Ok(())))
    });
}

#[test]
fn a_device_is_added_after_a_cancelled_attempt_at_any_stage() {
    let mut stages = 0;
    for updates in 0.. {
        let mut world = World::new(6);
        let addr = world.add_device(7);
        add(&mut world, addr, 1);
        let reached = |world: &World| {
            let told = world.told.jobs.get(&JobId(1)).map_or(0, Vec::len);
            told > updates || world.outcome(1).is_some()
        };
        world.until("reached", secs(60), reached);
        if world.outcome(1).is_some() {
            break;
        }
        cancel(&mut world, 1);
        world.until("ended", secs(15), |world| world.outcome(1).is_some());
        if world.outcome(1) == Some(Ok(())) {
            continue;
        }
        stages += 1;
        assert_eq!(code_of_failure(&world, 1), "cancelled");
        assert!(world.told.joined.is_empty(), "a ghost joined");
        world.run(ms(100));
        assert!(world.disk.is_empty(), "a ghost on disk");

        let began = world.now.mono;
        add(&mut world, addr, 2);
        world.until("added", secs(30), |world| world.outcome(2).is_some());
        assert_eq!(world.outcome(2), Some(Ok(())), "after {updates} updates");
        assert!(world.now.mono - began < secs(3), "after {updates} updates");
    }
    assert!(stages >= 12, "only {stages} were tried");
}

#[test]
fn a_device_is_added_whenever_the_hub_is_killed() {
    let mut resumed = 0;
    for step in 0..60 {
        let mut world = World::new(7);
        let addr = world.add_device(7);
        add(&mut world, addr, 1);
        world.run(ms(2 * step));
        if world.outcome(1).is_some() {
            break;
        }
        world.kill_hub();
        world.run(ms(500));
        world.start_hub();
        // What was completing is gone on with; all else is rolled back by the device itself.
        let completing = !world.disk.is_empty();
        if completing {
            resumed += 1;
        } else {
            world.run(secs(70));
            add(&mut world, addr, 1);
        }
        world.until("joined", secs(130), |world| !world.told.joined.is_empty());
        world.until("live", secs(10), |world| world.is_live(1));
        assert_eq!(world.told.joined, [NodeId(1)]);
        assert_eq!(world.disk.len(), 1);
    }
    assert!(resumed >= 1, "it was never completing");
}

#[test]
fn a_device_that_rolled_back_leaves_no_ghost() {
    let mut world = World::new(8);
    let addr = world.add_device(7);
    add(&mut world, addr, 1);
    world.until("on disk", secs(10), |world| !world.disk.is_empty());
    world.kill_hub();
    world.device(addr).restart();
    assert!(world.device(addr).fabric.is_none(), "it rolled back");
    world.start_hub();
    world.until("dropped", secs(200), |world| world.disk.is_empty());
    assert!(world.told.joined.is_empty());

    add(&mut world, addr, 2);
    world.until("added", secs(5), |world| world.outcome(2).is_some());
    assert_eq!(world.outcome(2), Some(Ok(())));
}

#[test]
fn a_full_disk_fails_the_job_and_leaves_the_device_free() {
    let mut world = World::new(9);
    let addr = world.add_device(7);
    world.disk_fails = true;
    add(&mut world, addr, 1);
    world.until("failed", secs(10), |world| world.outcome(1).is_some());
    assert_eq!(code_of_failure(&world, 1), "store");
    world.disk_fails = false;
    add(&mut world, addr, 2);
    world.until("added", secs(10), |world| world.outcome(2).is_some());
    assert_eq!(world.outcome(2), Some(Ok(())));
}

#[test]
fn a_hub_that_wakes_up_in_1970_still_adds_devices() {
    let mut world = World::new(10);
    world.now.wall = Timestamp(0);
    world.kill_hub();
    world.start_hub();
    let addr = world.add_device(7);
    add(&mut world, addr, 1);
    world.until("added", secs(10), |world| world.outcome(1).is_some());
    assert_eq!(world.outcome(1), Some(Ok(())));
}

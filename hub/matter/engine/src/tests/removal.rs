//! Nodes are removed, told or not.

use hub_model::{BridgeInput, JobId, JobUpdate, NodeId};

use super::commands::toggle;
use crate::sim::world::{World, secs};

fn remove(world: &mut World, job: u64, node: u64, forget: bool) {
    world.input(BridgeInput::Remove {
        job: JobId(job),
        node: NodeId(node),
        forget,
    });
    world.until("ended", secs(60), |world| world.outcome(job).is_some());
}

#[test]
fn a_removed_device_is_told_and_can_be_added_again() {
    let mut world = World::new(30);
    let addr = world.commissioned(7, 1);
    remove(&mut world, 50, 1, false);
    assert_eq!(world.told.jobs[&JobId(50)], [JobUpdate::Done]);
    assert_eq!(world.told.left, [NodeId(1)]);
    assert!(world.disk.is_empty());
    assert!(world.device(addr).fabric.is_none());
    let code = world.code(addr);
    world.commission(2, 2, &code);
    world.until("added again", secs(5), |world| {
        world.outcome(2) == Some(Ok(()))
    });
}

#[test]
fn a_device_that_cannot_be_told_stays_unless_it_is_to_be_forgotten() {
    let mut world = World::new(31);
    let addr = world.commissioned(7, 1);
    world.device(addr).off = true;
    world.until("unreachable", secs(120), |world| !world.is_live(1));
    remove(&mut world, 50, 1, false);
    assert_eq!(
        world.outcome(50).unwrap().unwrap_err().code,
        "device-refused"
    );
    assert!(world.told.left.is_empty());
    let waiting = world.command(1, toggle(), secs(100));
    remove(&mut world, 51, 1, true);
    assert_eq!(world.outcome(51), Some(Ok(())));
    assert_eq!(world.told.left, [NodeId(1)]);
    assert!(world.answer(waiting).is_some(), "its commands are answered");
    world.run(secs(300));
    assert!(world.disk.is_empty(), "nothing writes it back");
}

#[test]
fn who_is_not_there_cannot_be_removed() {
    let mut world = World::new(32);
    remove(&mut world, 50, 9, true);
    assert_eq!(world.outcome(50).unwrap().unwrap_err().code, "not-found");
}

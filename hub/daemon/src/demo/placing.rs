//! Puts the devices behind the demo's bridge into the rooms that their names begin with.

use std::collections::BTreeSet;

use anyhow::Context;
use hub_engine::{DeviceId, Edit, Principal, Request};
use hub_runtime::{HubHandle, Subscription};

/// Places each bridged device once, when it has its name; ends only with the hub.
pub(super) async fn place_by_name(
    hub: &HubHandle,
    me: &Principal,
    mut events: Subscription,
) -> anyhow::Result<()> {
    let mut placed = BTreeSet::new();
    loop {
        events.renew().await?;
        for edit in moves(&events, &mut placed) {
            let request = Request::Edit {
                edit,
                reason: "the demo's rooms".into(),
            };
            hub.submit(me.clone(), request)
                .await
                .context("put a device into its room")?;
        }
        events.next().await.context("the hub stopped")?;
    }
}

/// The moves that are still to be made.
fn moves(events: &Subscription, placed: &mut BTreeSet<DeviceId>) -> Vec<Edit> {
    let rooms = events.snapshot.home.rooms();
    let bridged = events
        .snapshot
        .nodes
        .iter()
        .filter(|view| view.devices.len() > 1);
    bridged
        .flat_map(|view| view.devices.iter())
        .filter_map(|device| {
            let room = rooms
                .iter()
                .find(|room| device.name.starts_with(&*room.name))?;
            let is_new = placed.insert(device.id) && device.room != Some(room.id);
            is_new.then_some(Edit::MoveDevice {
                device: device.id,
                room: Some(room.id),
            })
        })
        .collect()
}

//! Adds the demo's devices to the hub, all at once, and tells how it goes.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context;
use hub_engine::{
    Commission, Edit, Event, EventKind, Filter, JobState, JobView, Principal, Request, RoomId,
};
use hub_model::{AttestationPolicy, JobId, Secret};
use hub_runtime::{HubHandle, Subscription, Update};
use rule_runner::RulesHandle;

use super::placing;
use crate::devices::Listening;

/// Adds every device that belongs to no fabric yet, and when all are added or failed puts what is
/// behind the bridge into its rooms; ends only with the hub.
pub(super) async fn add_all(
    hub: &HubHandle,
    rules: &RulesHandle,
    devices: &[Listening],
) -> anyhow::Result<()> {
    let new: Vec<_> = devices
        .iter()
        .filter(|device| !device.commissioned)
        .collect();
    if new.is_empty() {
        eprintln!("its {} devices are known", devices.len());
        return std::future::pending().await;
    }
    let me = Principal::console();
    let none = Filter {
        attributes: Some(Vec::new()),
        freshness: false,
        ..Filter::default()
    };
    let mut events = hub.subscribe(&me, none).await.context("watch the hub")?;
    let mut jobs = BTreeMap::new();
    for device in new {
        let room = room(hub, &me, &device.room).await?;
        let request = Request::Commission(Commission {
            code: Secret::new(device.qr.clone()),
            name: Some(device.name.clone()),
            room: Some(room),
            policy: Some(AttestationPolicy::AllowTest),
            bridge: None,
        });
        let ticket = hub
            .submit(me.clone(), request)
            .await
            .context("add a device")?;
        jobs.insert(ticket.job.context("a job")?, device.name.as_str());
    }
    follow(&mut events, jobs).await?;
    super::energy::add(hub).await?;
    let placing = placing::place_by_name(hub, &me, events);
    let adding = super::rules::add_all(hub, rules);
    // Placing ends only with the hub.
    tokio::try_join!(placing, adding).map(drop)
}

/// The room of this name, made when there is none.
async fn room(hub: &HubHandle, me: &Principal, name: &str) -> anyhow::Result<RoomId> {
    let find = async || -> anyhow::Result<Option<RoomId>> {
        let nothing = Filter {
            nodes: Some([].into()),
            ..Filter::default()
        };
        let snapshot = hub.snapshot(me, nothing).await?;
        let rooms = snapshot.home.rooms();
        Ok(rooms
            .iter()
            .find(|room| &*room.name == name)
            .map(|room| room.id))
    };
    if let Some(room) = find().await? {
        return Ok(room);
    }
    let edit = Edit::CreateRoom {
        name: name.into(),
        floor: None,
        icon: None,
    };
    let request = Request::Edit {
        edit,
        reason: "the demo's rooms".into(),
    };
    hub.submit(me.clone(), request)
        .await
        .context("make a room")?;
    find().await?.context("the room that was made")
}

/// Tells how each job ends; ends with the last.
async fn follow(events: &mut Subscription, mut jobs: BTreeMap<JobId, &str>) -> anyhow::Result<()> {
    while !jobs.is_empty() {
        let views = match events.next().await.context("the hub stopped")? {
            Update::Events(batch) => batch.iter().filter_map(job_of).collect(),
            Update::Lagged => {
                events.renew().await?;
                events.snapshot.jobs.clone()
            }
        };
        for view in views.iter().filter(|view| view.state.is_ended()) {
            if let Some(name) = jobs.remove(&view.id) {
                tell(name, view);
            }
        }
    }
    Ok(())
}

fn job_of(event: &Event) -> Option<Arc<JobView>> {
    match &event.kind {
        EventKind::Job(view) => Some(Arc::clone(view)),
        _ => None,
    }
}

fn tell(name: &str, job: &JobView) {
    match &job.state {
        JobState::Failed { failure } => eprintln!("  {name}: {failure}\n    {}", failure.advice),
        _ => {
            let took: std::time::Duration = job.stages.iter().filter_map(|stage| stage.took).sum();
            eprintln!("  {name}: added in {} ms", took.as_millis());
        }
    }
}

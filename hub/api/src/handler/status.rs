//! How the hub is.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use hub_engine::{Reachability, Snapshot};
use hub_runtime::clock;

use super::history::status_of;
use crate::dto::{Bridge, Counts, Health, Status, ms};
use crate::guard::Who;
use crate::problem::Problem;
use crate::state::Api;

/// Whether the hub answers; for supervisors, open to everyone.
#[utoipa::path(get, path = "/api/v1/health", responses((status = 200, body = Health)))]
pub(crate) async fn health() -> Json<Health> {
    Json(Health {
        status: "ok".into(),
    })
}

/// How the hub is.
#[utoipa::path(get, path = "/api/v1/status", responses((status = 200, body = Status)))]
pub(crate) async fn status(State(api): State<Api>, Who(who): Who) -> Result<Json<Status>, Problem> {
    let snapshot = api.snapshot(&who, Vec::new()).await?;
    let history = match api.history() {
        Ok(kept) => Some(status_of(kept, &who).await?),
        Err(_) => None,
    };
    let now = clock::now();
    let uptime = now.mono.saturating_duration_since(api.started().mono);
    Ok(Json(Status {
        version: api.about().version.clone(),
        run: api.run().to_owned(),
        at_ms: ms(now.wall),
        started_at_ms: ms(api.started().wall),
        uptime_ms: u64::try_from(uptime.as_millis()).unwrap_or(u64::MAX),
        seq: snapshot.seq,
        ui: api.assets().hash().into_owned(),
        protection: api.about().protection.clone(),
        counts: counts(&snapshot),
        bridges: bridges(&api.about().bridges, &snapshot),
        history,
    }))
}

fn counts(snapshot: &Snapshot) -> Counts {
    let reached = |wanted: fn(Reachability) -> bool| {
        snapshot
            .nodes
            .iter()
            .filter(|view| wanted(view.reachability))
            .count()
    };
    Counts {
        floors: snapshot.home.floors().len(),
        rooms: snapshot.home.rooms().len(),
        devices: snapshot.nodes.iter().map(|view| view.devices.len()).sum(),
        nodes: snapshot.nodes.len(),
        online: reached(|reachability| reachability == Reachability::Online),
        offline: reached(|reachability| matches!(reachability, Reachability::Offline { .. })),
        jobs: snapshot
            .jobs
            .iter()
            .filter(|job| !job.state.is_ended())
            .count(),
    }
}

/// The bridges that are configured, and those that nodes of the home are of.
fn bridges(configured: &[String], snapshot: &Snapshot) -> Vec<Bridge> {
    let mut bridges: BTreeMap<&str, Bridge> = BTreeMap::new();
    for name in configured {
        bridges.insert(
            name,
            Bridge {
                name: name.clone(),
                nodes: 0,
                orphaned: 0,
            },
        );
    }
    for view in &snapshot.nodes {
        let name = view.node.bridge.as_ref();
        let bridge = bridges.entry(name).or_insert_with(|| Bridge {
            name: name.to_owned(),
            nodes: 0,
            orphaned: 0,
        });
        bridge.nodes += 1;
        bridge.orphaned += usize::from(view.orphaned);
    }
    bridges.into_values().collect()
}

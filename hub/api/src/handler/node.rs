//! Nodes: all of them, one of them, and its removal.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hub_engine::Request;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::body::{Asked, At};
use crate::dto::{JobStarted, Node, NodeDetail, Nodes};
use crate::guard::Who;
use crate::path;
use crate::problem::{Kind, Problem};
use crate::state::Api;

/// The nodes of the home.
#[utoipa::path(get, path = "/api/v1/nodes", responses((status = 200, body = Nodes)))]
pub(crate) async fn list(State(api): State<Api>, Who(who): Who) -> Result<Json<Nodes>, Problem> {
    let snapshot = api.snapshot(&who, Node::nameplate()).await?;
    Ok(Json(Nodes {
        nodes: snapshot.nodes.iter().map(Node::of).collect(),
    }))
}

/// A node with all that is known of it. `node` is its id, slug or name.
#[utoipa::path(
    get,
    path = "/api/v1/nodes/{node}",
    params(("node" = String, Path)),
    responses((status = 200, body = NodeDetail))
)]
pub(crate) async fn detail(
    State(api): State<Api>,
    Who(who): Who,
    At(node): At<String>,
) -> Result<Json<NodeDetail>, Problem> {
    let home = api.home(&who).await?;
    let node = path::node(&home, &node)?;
    let snapshot = api.snapshot_of(&who, node).await?;
    let view = snapshot.node(node);
    let view = view.ok_or_else(|| Problem::new(Kind::UnknownNode, "it has just gone"))?;
    Ok(Json(NodeDetail::of(view)))
}

/// How a node is removed.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Removal {
    /// Forget it even if the device cannot be told.
    #[serde(default)]
    forget: bool,
}

/// Removes a node: it leaves the hub's fabric, then the hub forgets it.
#[utoipa::path(
    delete,
    path = "/api/v1/nodes/{node}",
    params(("node" = String, Path), Removal),
    responses((status = 202, body = JobStarted))
)]
pub(crate) async fn remove(
    State(api): State<Api>,
    Who(who): Who,
    At(node): At<String>,
    Asked(removal): Asked<Removal>,
) -> Result<(StatusCode, Json<JobStarted>), Problem> {
    let home = api.home(&who).await?;
    let node = path::node(&home, &node)?;
    let request = Request::Remove {
        node,
        forget: removal.forget,
    };
    let ticket = api.hub().submit(who, request).await?;
    super::job::started(&ticket)
}

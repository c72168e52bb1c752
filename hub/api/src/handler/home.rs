//! The home as a whole.

use axum::Json;
use axum::extract::State;

use crate::dto::{Home, Node};
use crate::guard::Who;
use crate::problem::Problem;
use crate::state::Api;

/// Floors, rooms, devices and nodes.
#[utoipa::path(get, path = "/api/v1/home", responses((status = 200, body = Home)))]
pub(crate) async fn home(State(api): State<Api>, Who(who): Who) -> Result<Json<Home>, Problem> {
    let snapshot = api.snapshot(&who, Node::nameplate()).await?;
    Ok(Json(Home::of(&snapshot)))
}

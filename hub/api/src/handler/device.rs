//! Adding a device.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hub_engine::{Commission, Request};
use hub_model::Secret;

use super::edit::room_by_name;
use crate::body::Body;
use crate::dto::{AddDevice, JobStarted};
use crate::guard::Who;
use crate::problem::Problem;
use crate::state::Api;

/// Adds a device by its setup code. How it goes is told by the job.
#[utoipa::path(
    post,
    path = "/api/v1/devices",
    request_body = AddDevice,
    responses((status = 202, body = JobStarted))
)]
pub(crate) async fn add(
    State(api): State<Api>,
    Who(who): Who,
    Body(device): Body<AddDevice>,
) -> Result<(StatusCode, Json<JobStarted>), Problem> {
    let room = match device.room {
        Some(room) => Some(room_by_name(&api, &who, &room).await?),
        None => None,
    };
    let commission = Commission {
        code: Secret::new(device.code),
        name: device.name,
        room,
        policy: device.policy,
        bridge: None,
    };
    let ticket = api
        .hub()
        .submit(who, Request::Commission(commission))
        .await?;
    super::job::started(&ticket)
}

//! Adding a device.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hub_engine::{Commission, Request};
use hub_model::{Secret, setup_text};

use super::edit::room_by_name;
use crate::body::Body;
use crate::dto::{AddDevice, JobStarted};
use crate::guard::Who;
use crate::problem::Problem;
use crate::state::Api;

/// Adds a device by its setup code, or several by one that is of several. How it goes is told by
/// the jobs.
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
    let codes = setup_text::separate(&device.code);
    let mut jobs = Vec::with_capacity(codes.len());
    for (place, code) in codes.into_iter().take(MOST).enumerate() {
        let commission = Commission {
            code: Secret::new(code),
            name: device.name.as_deref().map(|name| numbered(name, place)),
            room,
            policy: device.policy,
            bridge: None,
        };
        let ticket = api
            .hub()
            .submit(who.clone(), Request::Commission(commission))
            .await?;
        jobs.extend(ticket.job.map(|job| job.to_string()));
    }
    super::job::all_started(jobs)
}

/// The name, told apart when one code is of several devices.
fn numbered(name: &str, place: usize) -> String {
    match place {
        0 => name.to_owned(),
        _ => format!("{name} {}", place + 1),
    }
}

/// Devices that one code may be of.
const MOST: usize = 16;

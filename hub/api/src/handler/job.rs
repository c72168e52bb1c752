//! Long work: the journal, one job, its answer and its end.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hub_engine::Request;
use hub_model::JobId;
use hub_runtime::Ticket;

use crate::body::{At, Body};
use crate::dto::{Answer, Job, JobStarted, Jobs};
use crate::guard::Who;
use crate::problem::{Kind, Problem};
use crate::state::Api;

/// The journal of jobs.
#[utoipa::path(get, path = "/api/v1/jobs", responses((status = 200, body = Jobs)))]
pub(crate) async fn list(State(api): State<Api>, Who(who): Who) -> Result<Json<Jobs>, Problem> {
    let snapshot = api.snapshot(&who, Vec::new()).await?;
    Ok(Json(Jobs {
        jobs: snapshot.jobs.iter().map(|job| Job::of(job)).collect(),
    }))
}

/// A job.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/{job}",
    params(("job" = String, Path)),
    responses((status = 200, body = Job))
)]
pub(crate) async fn detail(
    State(api): State<Api>,
    Who(who): Who,
    At(job): At<String>,
) -> Result<Json<Job>, Problem> {
    let job = job_id(&job)?;
    let snapshot = api.snapshot(&who, Vec::new()).await?;
    let found = snapshot.jobs.iter().find(|view| view.id == job);
    found
        .map(|view| Json(Job::of(view)))
        .ok_or_else(|| unknown(&job.to_string()))
}

/// Answers the question of a job.
#[utoipa::path(
    post,
    path = "/api/v1/jobs/{job}/answer",
    params(("job" = String, Path)),
    request_body = Answer,
    responses((status = 204))
)]
pub(crate) async fn answer(
    State(api): State<Api>,
    Who(who): Who,
    At(job): At<String>,
    Body(answer): Body<Answer>,
) -> Result<StatusCode, Problem> {
    let request = Request::Answer {
        job: job_id(&job)?,
        proceed: answer.proceed,
    };
    api.hub().submit(who, request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a job up; the device is cleaned up.
#[utoipa::path(
    post,
    path = "/api/v1/jobs/{job}/cancel",
    params(("job" = String, Path)),
    responses((status = 204))
)]
pub(crate) async fn cancel(
    State(api): State<Api>,
    Who(who): Who,
    At(job): At<String>,
) -> Result<StatusCode, Problem> {
    let request = Request::Cancel { job: job_id(&job)? };
    api.hub().submit(who, request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The answer to what began a job.
pub(super) fn started(ticket: &Ticket) -> Result<(StatusCode, Json<JobStarted>), Problem> {
    all_started(ticket.job.map(|job| job.to_string()).into_iter().collect())
}

/// The answer to what began these jobs.
pub(super) fn all_started(jobs: Vec<String>) -> Result<(StatusCode, Json<JobStarted>), Problem> {
    let mut jobs = jobs.into_iter();
    let job = jobs
        .next()
        .ok_or_else(|| Problem::new(Kind::Stopped, "no job was begun"))?;
    let more = jobs.collect();
    Ok((StatusCode::ACCEPTED, Json(JobStarted { job, more })))
}

/// `j3` or `3`.
fn job_id(text: &str) -> Result<JobId, Problem> {
    let number = text.strip_prefix('j').unwrap_or(text);
    number.parse().map(JobId).map_err(|_| unknown(text))
}

fn unknown(job: &str) -> Problem {
    Problem::new(Kind::UnknownThing, format!("there is no job {job}"))
        .advise("`ingle jobs` lists them; old ones are dropped.")
}

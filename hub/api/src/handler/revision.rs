//! Changes of the home: which there were, and taking one back.

use axum::Json;
use axum::extract::State;
use hub_engine::{Request, RevisionId};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::body::{Asked, At};
use crate::dto::{Revision, Revisions, Stored};
use crate::guard::Who;
use crate::problem::Problem;
use crate::state::Api;

/// Revisions told at once, unless fewer are asked for.
const MOST: usize = 200;

/// Which revisions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// Only older ones than this.
    #[serde(default)]
    before: Option<u64>,
    /// At most this many.
    #[serde(default)]
    limit: Option<usize>,
}

/// Changes of the home, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/revisions",
    params(Page),
    responses((status = 200, body = Revisions))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Who(who): Who,
    Asked(page): Asked<Page>,
) -> Result<Json<Revisions>, Problem> {
    let limit = page.limit.unwrap_or(MOST).min(MOST);
    let stored = api
        .hub()
        .revisions(&who, page.before.map(RevisionId), limit)
        .await?;
    Ok(Json(Revisions {
        revisions: stored.iter().map(Revision::of).collect(),
    }))
}

/// Takes a revision back, if nothing of it changed since.
#[utoipa::path(
    post,
    path = "/api/v1/revisions/{revision}/undo",
    params(("revision" = u64, Path)),
    responses((status = 200, body = Stored))
)]
pub(crate) async fn undo(
    State(api): State<Api>,
    Who(who): Who,
    At(revision): At<u64>,
) -> Result<Json<Stored>, Problem> {
    let request = Request::Undo {
        revision: RevisionId(revision),
    };
    let ticket = api.hub().submit(who, request).await?;
    let revisions = ticket
        .revision
        .map(|revision| revision.0)
        .into_iter()
        .collect();
    Ok(Json(Stored {
        revisions,
        id: None,
    }))
}

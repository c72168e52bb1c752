//! The event stream: a snapshot, then what changes, over a WebSocket.
//!
//! A client that is slow gets less often and, per attribute, only the last value; one that is too
//! slow for that gets a fresh snapshot; one that does not read at all is dropped. None of them is
//! waited for by the hub.

mod filter;
mod journal;
mod queue;
mod session;

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::response::Response;

use crate::guard::Who;
use crate::problem::{Kind, Problem};
use crate::state::Api;

pub(crate) use journal::Journal;

/// The largest message that a client may send, in octets.
const MESSAGE_LIMIT: usize = 64 * 1024;

/// The event stream. The client begins with `{"subscribe": {"filter": {"paths": [..]}}}`; what
/// follows are the messages of `ServerMessage`.
#[utoipa::path(get, path = "/api/v1/events", responses((status = 101)))]
pub(crate) async fn open(
    State(api): State<Api>,
    Who(who): Who,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|rejection| {
        Problem::new(Kind::BadQuery, rejection.body_text())
            .advise("This address speaks WebSocket only.")
    })?;
    let permit = Arc::clone(api.streams()).try_acquire_owned().map_err(|_| {
        Problem::new(Kind::Busy, "as many event streams as may be are open")
            .advise("Close pages that nobody looks at.")
    })?;
    let upgrade = upgrade
        .max_message_size(MESSAGE_LIMIT)
        .max_frame_size(MESSAGE_LIMIT);
    Ok(upgrade.on_upgrade(move |socket| async move {
        let supervisor = api.supervisor().clone();
        supervisor.spawn("api-events", async move {
            session::run(api, who, socket).await;
            drop(permit);
        });
    }))
}

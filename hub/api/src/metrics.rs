//! The hub's numbers for Prometheus and whoever reads its formats: `GET /metrics`.
//!
//! Most are the hub's meters, which their owners keep (`hub_runtime::meters`); a scrape adds what
//! is counted when someone asks: the home, the rules, the process. Labels are from small fixed
//! sets, so that a home of a thousand devices has as many numbers as one of ten.

mod counted;
mod http;
mod process;
mod text;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::guard::Who;
use crate::problem::Problem;
use crate::state::{Api, STREAMS};

pub(crate) use counted::Streams;
pub(crate) use http::measure;
use text::Format;

/// The hub's numbers, in the text format of Prometheus (0.0.4), or OpenMetrics 1.0 if that is
/// accepted.
#[utoipa::path(
    get,
    path = "/metrics",
    responses((status = 200, body = String, content_type = "text/plain"))
)]
pub(crate) async fn metrics(
    State(api): State<Api>,
    Who(who): Who,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let home = api.hub().tally(&who).await?;
    let rules = api.rules().tally(&who).await?;
    let mut readings = api.hub().meters().read();
    readings.info(
        "ingle_build_info",
        "The program.",
        &[("version", &api.about().version)],
    );
    process::add(&mut readings);
    counted::home(&home, &mut readings);
    counted::rules(&rules, &mut readings);
    let clients = STREAMS.saturating_sub(api.streams().available_permits());
    counted::clients(clients, &mut readings);

    let format = Format::accepted(&headers);
    let mut response = text::write(&readings, format).into_response();
    let content_type = HeaderValue::from_static(format.content_type());
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    Ok(response)
}

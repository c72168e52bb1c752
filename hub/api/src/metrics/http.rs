//! What is counted of HTTP: requests by route, method and class of status, and how long each route
//! took until its answer began.
//!
//! The route is the template, never the path: what no route matches is `unknown`, the page and its
//! files are `page`.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use hub_runtime::{Meters, clock};

/// In seconds: from an answer of the hub's memory to a device that takes its time.
const BOUNDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Counts a request and its answer.
pub(crate) async fn measure(
    State(meters): State<Meters>,
    request: Request,
    next: Next,
) -> Response {
    let route = route(&request);
    let method = method(request.method());
    let began = clock::now().mono;
    let response = next.run(request).await;
    let took = clock::now().mono.saturating_duration_since(began);
    let labels = [
        ("route", route.as_str()),
        ("method", method),
        ("status", class(response.status())),
    ];
    let help = "Requests that were answered, by route, method and class of status.";
    let counter = meters.counter("ingle_http_requests_total", help, &labels);
    counter.increment();
    let name = "ingle_http_request_duration_seconds";
    let help = "How long requests took until their answer began.";
    let [route, ..] = labels;
    let histogram = meters.histogram(name, help, &[route], BOUNDS);
    histogram.observe(took);
    response
}

/// The route's template as the description has it.
fn route(request: &Request) -> String {
    match request.extensions().get::<MatchedPath>() {
        Some(matched) => matched.as_str().replace("{*", "{"),
        None if request.uri().path().starts_with("/api/") => "unknown".into(),
        None => "page".into(),
    }
}

const fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

/// Anybody can make up a method, so those that are not the API's are one.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

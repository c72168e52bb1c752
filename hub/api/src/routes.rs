//! The routes: one table, from which the router is made and against which the API's description
//! is checked.

use axum::Router;
use axum::extract::State;
use axum::middleware;
use axum::routing::{MethodRouter, delete, get, patch, post, put};

use crate::handler::{
    command, device, edit, energy, history, home, job, node, revision, rule, scene, status, value,
    why,
};
use crate::problem::{Kind, Problem};
use crate::state::Api;
use crate::{assets, events, guard, metrics, openapi, secure};

/// A row: the methods and path as the description has them, and the handler.
pub(crate) type Route = (&'static str, &'static str, MethodRouter<Api>);

/// All routes of the API. A path's variable part that may hold slashes is marked with a star in
/// the router only.
pub(crate) fn table() -> Vec<Route> {
    vec![
        ("get", "/health", get(status::health)),
        ("get", "/status", get(status::status)),
        ("get", "/openapi.json", get(openapi::serve)),
        ("get", "/events", get(events::open)),
        ("get", "/home", get(home::home)),
        ("patch", "/home", patch(edit::patch_home)),
        ("post", "/floors", post(edit::add_floor)),
        ("patch", "/floors/{floor}", patch(edit::patch_floor)),
        ("delete", "/floors/{floor}", delete(edit::delete_floor)),
        ("post", "/rooms", post(edit::add_room)),
        ("patch", "/rooms/{room}", patch(edit::patch_room)),
        ("delete", "/rooms/{room}", delete(edit::delete_room)),
        ("post", "/devices", post(device::add)),
        (
            "patch",
            "/devices/{node}/{endpoint}",
            patch(edit::patch_device),
        ),
        ("get", "/nodes", get(node::list)),
        ("get", "/nodes/{node}", get(node::detail)),
        ("patch", "/nodes/{node}", patch(edit::patch_node)),
        ("delete", "/nodes/{node}", delete(node::remove)),
        ("post", "/nodes/{node}/groups", post(edit::group)),
        (
            "delete",
            "/nodes/{node}/groups/{endpoint}",
            delete(edit::ungroup),
        ),
        ("get", "/read", get(value::read)),
        ("put", "/attributes/{path}", put(value::write)),
        ("post", "/commands/{path}", post(command::invoke)),
        ("get", "/jobs", get(job::list)),
        ("get", "/jobs/{job}", get(job::detail)),
        ("post", "/jobs/{job}/answer", post(job::answer)),
        ("post", "/jobs/{job}/cancel", post(job::cancel)),
        ("get", "/revisions", get(revision::list)),
        ("post", "/revisions/{revision}/undo", post(revision::undo)),
        ("get", "/why", get(why::why)),
        ("get", "/history", get(history::history)),
        ("get", "/history/series", get(history::series)),
        ("get", "/history/samples", get(history::samples)),
        ("get", "/history/status", get(history::status)),
        ("get", "/history/import", get(history::importing)),
        ("post", "/history/import", post(history::import)),
        ("post", "/history/recompute", post(history::recompute)),
        ("get", "/energy", get(energy::energy)),
        ("get", "/energy/meters", get(energy::meters)),
        ("get", "/energy/prices", get(energy::prices)),
        ("get", "/energy/compare", get(energy::compare)),
        ("get", "/energy/settings", get(energy::settings::show)),
        ("put", "/energy/settings", put(energy::settings::replace)),
        (
            "post",
            "/energy/settings/check",
            post(energy::settings::check),
        ),
        ("get", "/rules", get(rule::list)),
        ("post", "/rules", post(rule::add)),
        ("post", "/rules/check", post(rule::check)),
        ("post", "/rules/try", post(rule::tried)),
        ("get", "/incident", get(rule::incident)),
        ("get", "/rules/{rule}", get(rule::detail)),
        ("patch", "/rules/{rule}", patch(rule::patch)),
        ("delete", "/rules/{rule}", delete(rule::delete)),
        ("post", "/rules/{rule}/run", post(rule::run)),
        ("post", "/rules/{rule}/resume", post(rule::resume)),
        ("get", "/traces", get(rule::traces)),
        ("get", "/traces/{trace}", get(rule::trace)),
        ("post", "/traces/{trace}/stop", post(rule::stop)),
        ("get", "/notices", get(rule::notices)),
        ("get", "/scenes", get(scene::list)),
        ("post", "/scenes", post(scene::add)),
        ("post", "/scenes/capture", post(scene::capture)),
        ("post", "/scenes/{scene}/apply", post(scene::apply)),
        ("delete", "/scenes/{scene}", delete(scene::delete)),
        ("get", "/variables", get(scene::variables)),
        ("put", "/variables/{name}", put(scene::declare)),
        ("delete", "/variables/{name}", delete(scene::undeclare)),
        ("put", "/variables/{name}/value", put(scene::assign)),
    ]
}

/// Routes beside the API, where others look for them.
pub(crate) fn beside() -> Vec<Route> {
    vec![("get", "/metrics", get(metrics::metrics))]
}

/// The router of the API and the page, behind its guard.
pub(crate) fn router(api: Api) -> Router {
    let routes = table()
        .into_iter()
        .fold(Router::new(), |router, (_, path, methods)| {
            router.route(
                &format!("/api/v1{}", path.replace("{path}", "{*path}")),
                methods,
            )
        });
    let meters = api.hub().meters().clone();
    let routes = beside()
        .into_iter()
        .fold(routes, |router, (_, path, methods)| {
            router.route(path, methods)
        });
    routes
        .method_not_allowed_fallback(wrong_method)
        .fallback(assets::serve)
        .with_state(api)
        .layer(middleware::from_fn(guard::guard))
        .layer(middleware::from_fn(secure::secure))
        .layer(middleware::from_fn_with_state(meters, metrics::measure))
}

async fn wrong_method(State(_): State<Api>, request: axum::extract::Request) -> Problem {
    Problem::new(
        Kind::MethodNotAllowed,
        format!("{} {}", request.method(), request.uri().path()),
    )
    .advise("The API is described at /api/v1/openapi.json.")
}

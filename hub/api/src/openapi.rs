//! The API's description, collected from the handlers. OpenAPI 3.1.

use axum::Json;
use utoipa::OpenApi;

use crate::dto::{Change, ClientMessage, EnergySettingsBody, ServerMessage};
use crate::handler::{
    command, device, edit, energy, history, home, job, node, revision, rule, scene, status, value,
    why,
};
use crate::problem::Problem;
use crate::{events, metrics};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Ingle",
        description = "The hub's own interface: the page, the command line and every other client \
                       use it. Whatever changes something must carry the header X-Ingle. Every \
                       error is a problem (RFC 9457) with the next action.",
    ),
    paths(
        status::health,
        status::status,
        serve,
        metrics::metrics,
        events::open,
        home::home,
        edit::patch_home,
        edit::add_floor,
        edit::patch_floor,
        edit::delete_floor,
        edit::add_room,
        edit::patch_room,
        edit::delete_room,
        device::add,
        edit::patch_device,
        node::list,
        node::detail,
        edit::patch_node,
        node::remove,
        edit::group,
        edit::ungroup,
        value::read,
        value::write,
        command::invoke,
        job::list,
        job::detail,
        job::answer,
        job::cancel,
        revision::list,
        revision::undo,
        why::why,
        history::history,
        history::series,
        history::samples,
        history::status,
        history::importing,
        history::import,
        history::recompute,
        energy::energy,
        energy::meters,
        energy::prices,
        energy::compare,
        energy::settings::show,
        energy::settings::replace,
        energy::settings::check,
        rule::list,
        rule::add,
        rule::check,
        rule::tried,
        rule::incident,
        rule::detail,
        rule::patch,
        rule::delete,
        rule::run,
        rule::resume,
        rule::traces,
        rule::trace,
        rule::stop,
        rule::notices,
        scene::list,
        scene::add,
        scene::capture,
        scene::apply,
        scene::delete,
        scene::variables,
        scene::declare,
        scene::undeclare,
        scene::assign,
    ),
    components(schemas(ClientMessage, ServerMessage, Change, Problem, EnergySettingsBody))
)]
struct Description;

/// The API's description.
#[must_use]
pub fn description() -> utoipa::openapi::OpenApi {
    let mut description = Description::openapi();
    description.info.version = env!("CARGO_PKG_VERSION").into();
    description
}

/// This description.
#[utoipa::path(get, path = "/api/v1/openapi.json", responses((status = 200)))]
pub(crate) async fn serve() -> Json<utoipa::openapi::OpenApi> {
    Json(description())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::routes;

    fn described() -> BTreeSet<(String, String)> {
        let document = serde_json::to_value(description()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let operations = paths.iter().flat_map(|(path, methods)| {
            methods
                .as_object()
                .unwrap()
                .keys()
                .map(|method| (method.clone(), path.clone()))
        });
        operations.collect()
    }

    #[test]
    fn every_route_is_described_and_every_description_has_a_route() {
        let beside = routes::beside().into_iter();
        let beside = beside.map(|(method, path, _)| (method.to_owned(), path.to_owned()));
        let routes: BTreeSet<_> = routes::table()
            .into_iter()
            .map(|(method, path, _)| (method.to_owned(), format!("/api/v1{path}")))
            .chain(beside)
            .collect();
        assert_eq!(described(), routes);
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let text = serde_json::to_string(&description()).unwrap();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        for rest in text.split("#/components/schemas/").skip(1) {
            let name = rest.split('"').next().unwrap_or_default();
            assert!(schemas.contains_key(name), "{name}");
        }
    }

    #[test]
    fn every_operation_says_what_it_does() {
        let document = serde_json::to_value(description()).unwrap();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                assert!(operation["summary"].is_string(), "{method} {path}");
            }
        }
    }
}

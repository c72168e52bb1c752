//! State: reading it, from memory or afresh, and writing it.

use axum::Json;
use axum::extract::State;
use hub_engine::Filter;
use hub_model::Operation;
use serde::Deserialize;
use utoipa::IntoParams;

use super::command::{Order, carry_out};
use crate::body::{Asked, At, Body};
use crate::dto::{Attribute, CommandOutcome, Values, Wait, Write};
use crate::guard::Who;
use crate::path;
use crate::problem::{Kind, Problem};
use crate::state::Api;
use crate::words;

/// What is read.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Read {
    /// `node/endpoint/Cluster.attribute`, by name or number; `*` for any, a missing end for all
    /// below.
    path: String,
    /// Ask the device instead of answering from the hub's memory.
    #[serde(default)]
    fresh: bool,
}

/// Reads attributes.
#[utoipa::path(
    get,
    path = "/api/v1/read",
    params(Read),
    responses((status = 200, body = Values))
)]
pub(crate) async fn read(
    State(api): State<Api>,
    Who(who): Who,
    Asked(read): Asked<Read>,
) -> Result<Json<Values>, Problem> {
    let home = api.home(&who).await?;
    let pattern = path::pattern(&home, &read.path)?;
    if read.fresh {
        let node = pattern.node.ok_or_else(|| {
            Problem::new(Kind::BadPath, "all nodes at once cannot be asked")
                .advise("Name the node, or leave out fresh.")
        })?;
        let operation = Operation::Read {
            attributes: vec![pattern.attributes],
        };
        let order = Order {
            node,
            operation,
            wait: Wait::Acknowledged,
            within_ms: None,
        };
        carry_out(&api, &who, order).await?;
    }
    let filter = Filter {
        nodes: pattern.node.map(|node| [node].into()),
        attributes: Some(vec![pattern.attributes]),
        ..Filter::default()
    };
    let snapshot = api.hub().snapshot(&who, filter).await?;
    let views = snapshot.nodes.iter().flat_map(|view| &view.values);
    let values: Vec<Attribute> = views.map(Attribute::of).collect();
    if values.is_empty() {
        return Err(Problem::new(Kind::NotReported, read.path)
            .advise("`ingle node NODE` shows what the device has."));
    }
    Ok(Json(Values { values }))
}

/// Writes an attribute.
#[utoipa::path(
    put,
    path = "/api/v1/attributes/{path}",
    params(("path" = String, Path)),
    request_body = Write,
    responses((status = 200, body = CommandOutcome))
)]
pub(crate) async fn write(
    State(api): State<Api>,
    Who(who): Who,
    At(path): At<String>,
    Body(write): Body<Write>,
) -> Result<Json<CommandOutcome>, Problem> {
    let home = api.home(&who).await?;
    let path = path::attribute(&home, &path)?;
    let operation = Operation::Write {
        endpoint: path.endpoint,
        cluster: path.cluster,
        attribute: path.attribute,
        value: words::value_of(&path, &write.value)?,
        timed: words::is_write_timed(&path),
    };
    let order = Order {
        node: path.node,
        operation,
        wait: write.wait,
        within_ms: write.within_ms,
    };
    carry_out(&api, &who, order).await.map(Json)
}

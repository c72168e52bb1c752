//! Asking a device to do something, and waiting for what becomes of it.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use hub_engine::{Principal, Request};
use hub_model::{ClusterId, Command, CommandId, CommandProgress, NodeId, Operation, Value};
use hub_runtime::Ticket;

use crate::body::{At, Body};
use crate::dto::{CommandOutcome, CommandResponse, Invoke, Outcome, Wait};
use crate::guard::Who;
use crate::path;
use crate::problem::{Kind, Problem};
use crate::state::Api;
use crate::words;

/// How long a command may take unless the caller says otherwise.
const WITHIN: Duration = Duration::from_secs(10);
/// The longest that a caller may ask for.
const LONGEST: Duration = Duration::from_secs(120);

/// Invokes a command: `node/endpoint/Cluster.command`, by name or number.
#[utoipa::path(
    post,
    path = "/api/v1/commands/{path}",
    params(("path" = String, Path)),
    request_body = Invoke,
    responses((status = 200, body = CommandOutcome))
)]
pub(crate) async fn invoke(
    State(api): State<Api>,
    Who(who): Who,
    At(path): At<String>,
    Body(invoke): Body<Invoke>,
) -> Result<Json<CommandOutcome>, Problem> {
    let home = api.home(&who).await?;
    let path = path::command(&home, &path)?;
    let operation = Operation::Invoke {
        endpoint: path.endpoint,
        cluster: path.cluster,
        command: path.command,
        fields: words::fields_of(&path, invoke.fields.as_ref())?,
        timed: words::is_command_timed(&path),
    };
    let order = Order {
        node: path.node,
        operation,
        wait: invoke.wait,
        within_ms: invoke.within_ms,
    };
    carry_out(&api, &who, order).await.map(Json)
}

/// What a caller asks of a device.
pub(super) struct Order {
    pub(super) node: NodeId,
    pub(super) operation: Operation,
    pub(super) wait: Wait,
    pub(super) within_ms: Option<u64>,
}

/// Submits the order and waits as long as the caller wants.
pub(super) async fn carry_out(
    api: &Api,
    who: &Principal,
    order: Order,
) -> Result<CommandOutcome, Problem> {
    let within = order
        .within_ms
        .map_or(WITHIN, Duration::from_millis)
        .min(LONGEST);
    let cluster = cluster_of(&order.operation);
    let command = Command {
        node: order.node,
        operation: order.operation,
        within,
    };
    let request = Request::Command {
        command,
        parent: None,
    };
    let mut ticket = api.hub().submit(who.clone(), request).await?;
    let cause = ticket.cause.map(|cause| cause.0);
    let response = match ticket.answer().await {
        CommandProgress::Acknowledged { response } => response,
        CommandProgress::Refused(refusal) => return Err(Problem::from(refusal).under(cause)),
        _ => {
            let detail = format!("it was given {} ms", within.as_millis());
            let advice = "Check that it has power and is in reach, then try again.";
            return Err(Problem::new(Kind::TimedOut, detail)
                .advise(advice)
                .under(cause));
        }
    };
    let outcome = match order.wait {
        Wait::Acknowledged => Outcome::Acknowledged,
        Wait::Confirmed => confirmation(&mut ticket).await,
    };
    Ok(CommandOutcome {
        cause: cause.unwrap_or_default(),
        outcome,
        response: cluster
            .zip(response)
            .map(|(cluster, response)| told(cluster, &response)),
    })
}

/// Waits for the confirming report; the engine ends the stream at the command's deadline.
async fn confirmation(ticket: &mut Ticket) -> Outcome {
    while let Some(progress) = ticket.progress.recv().await {
        if progress == CommandProgress::Confirmed {
            return Outcome::Confirmed;
        }
    }
    Outcome::Acknowledged
}

const fn cluster_of(operation: &Operation) -> Option<ClusterId> {
    match operation {
        Operation::Invoke { cluster, .. } => Some(*cluster),
        Operation::Write { .. } | Operation::Read { .. } => None,
    }
}

fn told(cluster: ClusterId, (command, fields): &(CommandId, Value)) -> CommandResponse {
    CommandResponse {
        name: words::response(cluster, *command),
        fields: words::response_json(cluster, *command, fields),
    }
}

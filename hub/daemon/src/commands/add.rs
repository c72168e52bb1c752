//! `ingle add`: a device by its setup code, with its stages as they pass.

use std::io::Read;
use std::process::ExitCode;

use hub_api::dto::{AddDevice, JobStarted, Node};
use hyper::Method;
use serde_json::json;

use super::jobs;
use crate::cli::AddArgs;
use crate::client::{Client, ClientError, encode};
use crate::output::Output;

pub(crate) async fn add(
    args: AddArgs,
    client: &Client,
    output: Output,
) -> Result<ExitCode, ClientError> {
    let request = AddDevice {
        code: code(args.code)?,
        name: args.name,
        room: args.room,
        policy: args.attestation.map(Into::into),
    };
    let started: JobStarted = client.send(Method::POST, "/devices", &request).await?;
    let mut ended = ExitCode::SUCCESS;
    for job in std::iter::once(started.job).chain(started.more) {
        ended = follow(&job, client, output).await?.unwrap_or(ended);
    }
    Ok(ended)
}

/// Tells how the device is added; an exit code when it was not.
async fn follow(
    id: &str,
    client: &Client,
    output: Output,
) -> Result<Option<ExitCode>, ClientError> {
    output.progress(&format!("adding the device (job {id})"));
    // What has passed by now is in the snapshot that the stream begins with.
    let nothing = json!({ "subscribe": { "filter": { "paths": [] } } });
    let mut events = client.events(&nothing).await?;
    let job = jobs::follow(id, &mut events, client, output).await?;
    if job.failure.is_some() {
        output.answer(&json!({ "job": job }), |_| String::new());
        return Ok(Some(jobs::exit_code(&job)));
    }
    let node = encode(job.node.as_deref().unwrap_or_default());
    let node: Node = client.get(&format!("/nodes/{node}")).await?;
    output.answer(&json!({ "job": job, "node": node }), |_| {
        format!("added {} as {} ({})", node.name, node.slug, node.id)
    });
    Ok(None)
}

/// The code as typed, or from standard input, so that it need not be in the shell's history.
fn code(typed: String) -> Result<String, ClientError> {
    if typed != "-" {
        return Ok(typed);
    }
    let mut line = String::new();
    let read = std::io::stdin().lock().take(4096).read_to_string(&mut line);
    read.map_err(|error| ClientError::Answer(format!("standard input: {error}")))?;
    Ok(line.trim().to_owned())
}

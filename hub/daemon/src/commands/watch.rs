//! `ingle watch`: changes as they come.

use hub_api::dto::{Change, Node, ServerMessage};
use serde_json::json;

use super::values::{is_global, named, text};
use crate::client::{Client, ClientError};
use crate::clock_text;
use crate::output::{Output, print};

/// Present values that people are shown before the changes.
const SHOWN_AT_FIRST: usize = 40;

pub(crate) async fn watch(
    paths: &[String],
    client: &Client,
    output: Output,
) -> Result<(), ClientError> {
    let filter = if paths.is_empty() {
        json!({})
    } else {
        json!({ "paths": paths })
    };
    let mut events = client
        .events(&json!({ "subscribe": { "filter": filter } }))
        .await?;
    let mut nodes = Vec::new();
    loop {
        match serde_json::from_value(events.next().await?)? {
            ServerMessage::Snapshot {
                home,
                values,
                at_ms,
                ..
            } => {
                nodes = home.nodes;
                let shown = values
                    .into_iter()
                    .filter(|v| output.is_json() || !is_global(v));
                let changes: Vec<_> = shown.map(Change::Value).collect();
                if !output.is_json() && changes.len() > SHOWN_AT_FIRST {
                    output.progress(&format!("watching {} attributes", changes.len()));
                    continue;
                }
                changes
                    .iter()
                    .for_each(|change| tell(change, at_ms, &nodes, output));
            }
            ServerMessage::Delta { at_ms, changes, .. } => {
                changes
                    .iter()
                    .for_each(|change| tell(change, at_ms, &nodes, output));
            }
            ServerMessage::Error { problem } => {
                return Err(ClientError::Problem(Box::new(problem)));
            }
            ServerMessage::Resumed { .. } | ServerMessage::Alive { .. } => {}
        }
    }
}

fn tell(change: &Change, at_ms: i64, nodes: &[Node], output: Output) {
    if output.is_json() {
        return output.answer(change, |_| String::new());
    }
    if let Some(line) = describe(change, nodes) {
        print(&format!("{}  {line}", clock_text::time(at_ms)));
    }
}

fn describe(change: &Change, nodes: &[Node]) -> Option<String> {
    Some(match change {
        Change::Value(value) => format!("{}  {}", named(value, nodes), text(value)),
        Change::Event(event) => format!("{}  {} {}", event.path, event.name, event.fields),
        Change::Reachability {
            node, reachability, ..
        } => {
            format!("{node}  {}", format!("{reachability:?}").to_lowercase())
        }
        Change::NodeRemoved { node } => format!("{node}  removed"),
        Change::Command {
            cause,
            node,
            progress,
        } => format!("{node}  command c{cause} {progress}"),
        Change::Job { job } => {
            let node = job.node.as_deref().unwrap_or("-");
            format!(
                "{node}  job {} {}",
                job.id,
                format!("{:?}", job.state).to_lowercase()
            )
        }
        Change::Fresh { .. } | Change::Home { .. } | Change::JobDropped { .. } => return None,
    })
}

//! `ingle watch`: changes as they come.

use hub_api::dto::{Change, ServerMessage};
use serde_json::json;

use super::values::text;
use crate::client::{Client, ClientError};
use crate::clock_text;
use crate::output::{Output, print};

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
    loop {
        match serde_json::from_value(events.next().await?)? {
            ServerMessage::Snapshot { values, at_ms, .. } => {
                for value in values {
                    tell(&Change::Value(value), at_ms, output);
                }
            }
            ServerMessage::Delta { at_ms, changes, .. } => {
                for change in &changes {
                    tell(change, at_ms, output);
                }
            }
            ServerMessage::Error { problem } => {
                return Err(ClientError::Problem(Box::new(problem)));
            }
            ServerMessage::Resumed { .. } | ServerMessage::Alive { .. } => {}
        }
    }
}

fn tell(change: &Change, at_ms: i64, output: Output) {
    if output.is_json() {
        return output.answer(change, |_| String::new());
    }
    if let Some(line) = describe(change) {
        print(&format!("{}  {line}", clock_text::time(at_ms)));
    }
}

fn describe(change: &Change) -> Option<String> {
    Some(match change {
        Change::Value(value) => format!("{}  {}", value.path, text(value)),
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

//! `ingle status`.

use hub_api::dto::Status;

use super::history;
use crate::client::{Client, ClientError};
use crate::clock_text;
use crate::output::{Output, table};

pub(crate) async fn show(client: &Client, output: Output) -> Result<(), ClientError> {
    let status: Status = client.get("/status").await?;
    output.answer(&status, describe);
    Ok(())
}

fn describe(status: &Status) -> String {
    let counts = &status.counts;
    let mut rows = vec![
        vec!["version".into(), status.version.clone()],
        vec!["up".into(), clock_text::span(status.uptime_ms)],
        vec![
            "home".into(),
            format!(
                "{} nodes ({} online, {} offline), {} devices, {} rooms",
                counts.nodes, counts.online, counts.offline, counts.devices, counts.rooms
            ),
        ],
        vec!["secrets".into(), status.protection.clone()],
        vec![
            "history".into(),
            status
                .history
                .as_ref()
                .map_or_else(|| "none is kept".into(), history::brief),
        ],
    ];
    if counts.jobs > 0 {
        rows.push(vec![
            "jobs".into(),
            format!("{} under way; see `ingle jobs`", counts.jobs),
        ]);
    }
    rows.extend(status.bridges.iter().map(|bridge| {
        let health = match bridge.orphaned {
            0 => String::new(),
            orphaned => format!(", {orphaned} of them not served"),
        };
        vec![
            format!("bridge {}", bridge.name),
            format!("{} nodes{health}", bridge.nodes),
        ]
    }));
    table(&rows)
}

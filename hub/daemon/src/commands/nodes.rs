//! `ingle nodes`, `node`, `rename`, `remove`.

use std::process::ExitCode;

use hub_api::dto::{
    Attribute, Certificate, Home, JobStarted, Node, NodeDetail, NodePatch, Nodes, ReachabilityWord,
    Stored,
};
use hyper::Method;
use serde_json::{Value, json};

use super::jobs;
use super::values::{is_global, text as value_text};
use crate::client::{Client, ClientError, encode};
use crate::output::{Output, table};

pub(crate) async fn list(client: &Client, output: Output) -> Result<(), ClientError> {
    let nodes: Nodes = client.get("/nodes").await?;
    if output.is_json() {
        output.answer(&nodes, |_| String::new());
        return Ok(());
    }
    let home: Home = client.get("/home").await?;
    output.answer(&nodes, |nodes| {
        let rows = nodes.nodes.iter().map(|node| {
            let room = home.rooms.iter().find(|room| Some(room.id) == node.room);
            let types = home.devices.iter().filter(|device| device.node == node.id);
            let types: Vec<_> = types
                .flat_map(|device| device.types.iter().map(|t| t.name.clone()))
                .collect();
            vec![
                node.id.clone(),
                node.slug.clone(),
                room.map_or("-".into(), |room| room.name.clone()),
                state(node),
                summary(&types),
            ]
        });
        let mut rows: Vec<_> = rows.collect();
        if rows.is_empty() {
            return "no devices yet; add one with `ingle add CODE`".into();
        }
        rows.insert(
            0,
            ["ID", "NAME", "ROOM", "STATE", "DEVICES"]
                .map(Into::into)
                .into(),
        );
        table(&rows)
    });
    Ok(())
}

/// The device types, at most three of them.
fn summary(types: &[String]) -> String {
    match types {
        [first, second, third, rest @ ..] if !rest.is_empty() => {
            format!("{first}, {second}, {third} and {} more", rest.len())
        }
        few => few.join(", "),
    }
}

fn state(node: &Node) -> String {
    let word = match node.reachability {
        ReachabilityWord::Online => "online",
        ReachabilityWord::Offline => "offline",
        ReachabilityWord::Unknown => "not heard of yet",
    };
    if node.orphaned {
        format!("{word}, no bridge knows it")
    } else {
        word.into()
    }
}

pub(crate) async fn show(node: &str, client: &Client, output: Output) -> Result<(), ClientError> {
    let detail: NodeDetail = client.get(&format!("/nodes/{}", encode(node))).await?;
    output.answer(&detail, describe);
    Ok(())
}

fn describe(detail: &NodeDetail) -> String {
    let node = &detail.node;
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
    let mut rows = vec![
        vec!["name".into(), node.name.clone()],
        vec!["id".into(), node.id.clone()],
        vec!["slug".into(), node.slug.clone()],
        vec!["state".into(), state(node)],
        vec!["maker".into(), or_dash(&node.vendor)],
        vec!["product".into(), or_dash(&node.product)],
        vec!["address".into(), or_dash(&detail.address)],
        vec!["attestation".into(), or_dash(&detail.attestation)],
    ];
    if let Some(trouble) = &node.trouble {
        rows.push(vec!["trouble".into(), trouble.clone()]);
    }
    let mut text = table(&rows);
    for endpoint in &detail.endpoints {
        let types: Vec<_> = endpoint.types.iter().map(|t| t.name.as_str()).collect();
        text += &format!("\nendpoint {}  {}\n", endpoint.id, types.join(", "));
        for cluster in &endpoint.clusters {
            text += &format!("  {}\n", cluster.name);
            let shown = cluster
                .attributes
                .iter()
                .filter(|attribute| !is_global(attribute));
            let rows = shown.map(|attribute| vec![short(attribute), value_text(attribute)]);
            for line in table(&rows.collect::<Vec<_>>()).lines() {
                text += &format!("    {line}\n");
            }
        }
    }
    if !detail.certificates.is_empty() {
        text += "\ncertificates\n";
        text += &table(
            &detail
                .certificates
                .iter()
                .map(certificate)
                .collect::<Vec<_>>(),
        );
    }
    text
}

/// The attribute's name without its cluster's.
fn short(attribute: &Attribute) -> String {
    let name = attribute
        .name
        .rsplit_once('.')
        .map_or(&*attribute.name, |(_, name)| name);
    name.to_owned()
}

fn certificate(of: &Certificate) -> Vec<String> {
    let day = |ms| crate::clock_text::date(ms);
    let end = of.not_after_ms.map_or("no expiry".into(), day);
    vec![
        format!("  {}", of.role.to_uppercase()),
        of.subject.clone(),
        format!("{} to {end}", day(of.not_before_ms)),
        format!("SHA-256 {}", of.sha256.get(..16).unwrap_or(&of.sha256)),
    ]
}

pub(crate) async fn rename(
    node: &str,
    name: &str,
    client: &Client,
    output: Output,
) -> Result<(), ClientError> {
    let patch = NodePatch {
        name: Some(name.into()),
        ..NodePatch::default()
    };
    let stored: Stored = client
        .send(Method::PATCH, &format!("/nodes/{}", encode(node)), &patch)
        .await?;
    output.answer(&stored, |_| format!("renamed to {name}"));
    Ok(())
}

pub(crate) async fn remove(
    node: &str,
    forget: bool,
    client: &Client,
    output: Output,
) -> Result<ExitCode, ClientError> {
    let mut events = client
        .events(&json!({ "subscribe": { "filter": { "paths": [] } } }))
        .await?;
    let path = format!("/nodes/{}?forget={forget}", encode(node));
    let started: JobStarted = client.send(Method::DELETE, &path, &Value::Null).await?;
    let job = jobs::follow(&started.job, &mut events, client, output).await?;
    output.answer(&json!({ "job": job }), |_| {
        if job.failure.is_none() {
            format!("removed {node}")
        } else {
            String::new()
        }
    });
    Ok(jobs::exit_code(&job))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_device_types_are_summed_up() {
        let types = ["a", "b", "c", "d", "e"].map(String::from);
        assert_eq!(summary(&types[..3]), "a, b, c");
        assert_eq!(summary(&types), "a, b, c and 2 more");
    }
}

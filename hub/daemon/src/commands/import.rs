//! `ingle rules import`: automations of Home Assistant, with a report of what could not be carried.

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use hub_api::dto::{Given, Kept, NodeDetail, Nodes};
use hyper::Method;
use rules::face;
use rules_import::{DeviceHint, EntityTable, Import, import};
use serde_json::json;

use super::rules::{read, told};
use crate::cli::ImportArgs;
use crate::client::{Client, ClientError, encode};
use crate::output::Output;

pub(crate) async fn run(
    args: &ImportArgs,
    client: &Client,
    output: Output,
) -> Result<ExitCode, ClientError> {
    let yaml = read(&args.file)?;
    let table = match &args.table {
        Some(file) if file.exists() => {
            let text = read(file)?;
            let table = EntityTable::from_toml(&text);
            table.map_err(|error| ClientError::Usage(format!("{}: {error}", file.display())))?
        }
        _ => EntityTable::empty(),
    };
    let devices = devices(client).await?;
    let done = import(&yaml, &table, &devices);
    let done =
        done.map_err(|error| ClientError::Usage(format!("{}: {error}", args.file.display())))?;
    if let Some(file) = &args.table {
        write(file, &done.table.to_toml())?;
    }
    if let Some(dir) = &args.out {
        write_all(dir, &done)?;
    }
    output.answer(&json!({ "report": &done.report }), |_| told_of(&done, args));
    if args.add {
        add(&done, client, output).await?;
    }
    Ok(ExitCode::SUCCESS)
}

fn told_of(done: &Import, args: &ImportArgs) -> String {
    let mut text = done.report.to_string();
    match &args.table {
        Some(file) => {
            text += &format!(
                "\n{} says which device each entity is; edit it and import again.",
                file.display()
            );
        }
        None => text += "\nName a file with --table to say which device each entity is.",
    }
    if args.out.is_none() && !args.add {
        text += "\nNothing was kept: --out DIR writes the rules, --add adds them to the hub.";
    }
    text
}

/// The hub's devices, as rules name them.
async fn devices(client: &Client) -> Result<Vec<DeviceHint>, ClientError> {
    let nodes: Nodes = client.get("/nodes").await?;
    let mut hints = Vec::new();
    for node in &nodes.nodes {
        let detail: NodeDetail = client.get(&format!("/nodes/{}", encode(&node.id))).await?;
        hints.extend(hints_of(&detail));
    }
    Ok(hints)
}

fn hints_of(detail: &NodeDetail) -> Vec<DeviceHint> {
    let attributes: Vec<_> = detail
        .endpoints
        .iter()
        .flat_map(|endpoint| {
            endpoint
                .clusters
                .iter()
                .map(move |cluster| (endpoint.id, cluster))
        })
        .flat_map(|(endpoint, cluster)| {
            let values = cluster.attributes.iter();
            values.map(move |attribute| (endpoint, attribute.path.clone()))
        })
        .collect();
    let is_divided = detail.devices.len() > 1;
    let mut hints: Vec<DeviceHint> = Vec::new();
    for device in &detail.devices {
        let mine = attributes
            .iter()
            .filter(|(endpoint, _)| device.endpoints.contains(endpoint));
        let paths = mine.filter_map(|(_, path)| path.parse().ok());
        hints.push(DeviceHint {
            slug: match is_divided {
                true => hub_model::slug(&device.name),
                false => detail.node.slug.clone(),
            },
            name: device.name.clone(),
            endpoint: None,
            properties: rules::properties_of(paths),
        });
    }
    hints
}

fn write(file: &Path, text: &str) -> Result<(), ClientError> {
    fs::write(file, text).map_err(|source| failed(file, source))
}

fn failed(file: &Path, source: io::Error) -> ClientError {
    ClientError::File {
        path: file.to_owned(),
        source,
    }
}

fn write_all(dir: &Path, done: &Import) -> Result<(), ClientError> {
    fs::create_dir_all(dir).map_err(|source| failed(dir, source))?;
    for rule in &done.rules {
        write(
            &dir.join(format!("{}.toml", rule.id)),
            &face::rule_to_text(rule),
        )?;
    }
    for scene in &done.scenes {
        write(
            &dir.join(format!("scene-{}.toml", scene.id)),
            &face::scene_to_text(scene),
        )?;
    }
    Ok(())
}

/// Adds what was imported; what the hub refuses is told, and stops no other.
async fn add(done: &Import, client: &Client, output: Output) -> Result<(), ClientError> {
    let scenes = done
        .scenes
        .iter()
        .map(|scene| ("/scenes", "scene", face::scene_to_text(scene)));
    let rules = done
        .rules
        .iter()
        .map(|rule| ("/rules", "rule", face::rule_to_text(rule)));
    for (path, kind, text) in scenes.chain(rules) {
        let given = Given {
            text: Some(text),
            ..Given::default()
        };
        let kept: Result<Kept, ClientError> = client.send(Method::POST, path, &given).await;
        match kept {
            Ok(kept) => output.progress(&told(&kept, kind)),
            Err(error @ ClientError::Problem(_)) => output.progress(&format!("not added: {error}")),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

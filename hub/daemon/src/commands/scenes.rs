//! `ingle scenes`, `ingle variables` and `ingle notices`.

use std::process::ExitCode;

use hub_api::dto::{
    Assign, Capture, Given, Kept, Notices, Scene, Scenes, Started, Stored, Variables,
};
use hyper::Method;
use serde_json::{Value, json};

use super::rules::{read, start_with, told};
use crate::cli::{ScenesCommand, VariablesCommand};
use crate::client::{Client, ClientError, encode};
use crate::output::{Output, table};

pub(crate) async fn run(
    command: ScenesCommand,
    client: &Client,
    output: Output,
) -> Result<ExitCode, ClientError> {
    match command {
        ScenesCommand::List => {
            let scenes: Scenes = client.get("/scenes").await?;
            output.answer(&scenes, list);
        }
        ScenesCommand::Show { scene } => {
            let found = scene_of(&scene, client).await?;
            output.answer(&found, |scene| {
                let findings = scene
                    .findings
                    .iter()
                    .map(|finding| format!("# {finding}\n"));
                findings.collect::<String>() + &scene.text
            });
        }
        ScenesCommand::Capture {
            scene,
            targets,
            name,
            replace,
        } => {
            let capture = Capture {
                id: scene,
                name,
                targets,
                replace,
            };
            let kept: Kept = client
                .send(Method::POST, "/scenes/capture", &capture)
                .await?;
            output.answer(&kept, |kept| told(kept, "scene"));
        }
        ScenesCommand::Add { files, replace } => {
            for file in &files {
                let given = Given {
                    text: Some(read(file)?),
                    replace,
                    ..Given::default()
                };
                let kept: Kept = client.send(Method::POST, "/scenes", &given).await?;
                output.answer(&kept, |kept| told(kept, "scene"));
            }
        }
        ScenesCommand::Apply { scene, transition } => {
            let span = transition.and_then(|s| std::time::Duration::try_from_secs_f64(s).ok());
            let ms = span.and_then(|span| u64::try_from(span.as_millis()).ok());
            let path = format!("/scenes/{}/apply", encode(&scene));
            return start_with(&path, &json!({ "transition_ms": ms }), client, output).await;
        }
        ScenesCommand::Rm { scene } => {
            let path = format!("/scenes/{}", encode(&scene));
            let stored: Stored = client.send(Method::DELETE, &path, &json!({})).await?;
            output.answer(&stored, |_| format!("deleted scene {scene}"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(scenes: &Scenes) -> String {
    if scenes.scenes.is_empty() {
        return "no scenes yet; `ingle scenes capture ID @room` makes one of how things are"
            .to_owned();
    }
    let rows = scenes.scenes.iter().map(|scene| {
        let findings = scene.findings.first().map(ToString::to_string);
        vec![
            scene.id.clone(),
            scene.name.clone(),
            format!("{} devices", scene.devices),
            findings.unwrap_or_default(),
        ]
    });
    table(&rows.collect::<Vec<_>>())
}

async fn scene_of(id: &str, client: &Client) -> Result<Scene, ClientError> {
    let scenes: Scenes = client.get("/scenes").await?;
    let found = scenes.scenes.into_iter().find(|scene| scene.id == id);
    found.ok_or_else(|| ClientError::Missing(format!("there is no scene {id}")))
}

/// What rules had to say.
pub(crate) async fn notices(client: &Client, output: Output) -> Result<(), ClientError> {
    let notices: Notices = client.get("/notices").await?;
    output.answer(&notices, |notices| {
        let rows = notices.notices.iter().map(|notice| {
            vec![
                crate::clock_text::moment(notice.at_ms),
                notice.rule.clone(),
                notice.message.clone(),
            ]
        });
        match notices.notices.is_empty() {
            true => "nothing since the hub started".to_owned(),
            false => table(&rows.collect::<Vec<_>>()),
        }
    });
    Ok(())
}

pub(crate) async fn variables(
    command: VariablesCommand,
    client: &Client,
    output: Output,
) -> Result<(), ClientError> {
    match command {
        VariablesCommand::List => {
            let variables: Variables = client.get("/variables").await?;
            output.answer(&variables, |variables| {
                let rows = variables.variables.iter().map(|variable| {
                    vec![
                        format!("home.{}", variable.name),
                        variable.value.clone(),
                        variable.may_be.clone(),
                    ]
                });
                match variables.variables.is_empty() {
                    true => {
                        "no variables yet; `ingle variables add NAME VALUE` makes one".to_owned()
                    }
                    false => table(&rows.collect::<Vec<_>>()),
                }
            });
        }
        VariablesCommand::Add {
            name,
            initial,
            options,
            unit,
        } => {
            let declaration = declaration(&initial, &options, unit.as_deref());
            let path = format!("/variables/{}", encode(&name));
            let kept: Kept = client.send(Method::PUT, &path, &declaration).await?;
            output.answer(&kept, |kept| told(kept, "variable"));
        }
        VariablesCommand::Set { name, value } => {
            let path = format!("/variables/{}/value", encode(&name));
            let assign = Assign {
                value: typed(&value),
            };
            let started: Started = client.send(Method::PUT, &path, &assign).await?;
            output.answer(&started, |_| format!("home.{name} is {value}"));
        }
        VariablesCommand::Rm { name } => {
            let path = format!("/variables/{}", encode(&name));
            let stored: Stored = client.send(Method::DELETE, &path, &json!({})).await?;
            output.answer(&stored, |_| format!("deleted home.{name}"));
        }
    }
    Ok(())
}

/// A declaration whose type is told by its first value.
fn declaration(initial: &str, options: &[String], unit: Option<&str>) -> Value {
    let value = typed(initial);
    let datatype = match &value {
        _ if !options.is_empty() => "choice",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        _ => "text",
    };
    let mut declared = json!({ "type": datatype, "initial": value });
    if let Some(declared) = declared.as_object_mut() {
        if !options.is_empty() {
            declared.insert("options".to_owned(), json!(options));
            declared.insert("initial".to_owned(), json!(initial));
        }
        if let Some(unit) = unit {
            declared.insert("unit".to_owned(), json!(unit));
        }
    }
    declared
}

/// A bare word as JSON: a truth value or number if it is one, else text.
fn typed(word: &str) -> Value {
    match serde_json::from_str(word) {
        Ok(value @ (Value::Bool(_) | Value::Number(_))) => value,
        _ => Value::from(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_tells_the_type() {
        assert_eq!(declaration("true", &[], None)["type"], "bool");
        assert_eq!(declaration("21.5", &[], Some("°C"))["unit"], "°C");
        assert_eq!(declaration("hello", &[], None)["type"], "text");
        let choice = declaration("day", &["day".to_owned(), "night".to_owned()], None);
        assert_eq!(choice["type"], "choice");
    }
}

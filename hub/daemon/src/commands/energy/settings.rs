//! `ingle energy settings`, `set` and `roles`: what the owner says about energy.

use std::path::Path;
use std::process::ExitCode;

use hub_api::dto::{
    Checked, EnergyMeterNow, EnergyMeterRole, EnergySettings, EnergySettingsBody, Finding, Kept,
    MeterKey,
};
use hyper::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::lines::line_of;
use super::meters::{self, find, role_word};
use crate::cli::EnergyRoleWord;
use crate::client::{Client, ClientError};
use crate::commands::rules::read;
use crate::output::Output;

pub(super) async fn show(client: &Client, output: Output) -> Result<(), ClientError> {
    let kept: EnergySettings = client.get("/energy/settings").await?;
    for finding in &kept.findings {
        output.progress(&format!("not gone by: {finding}"));
    }
    output.answer(&kept.settings, |settings| {
        // In the order in which people write them.
        let body: Option<EnergySettingsBody> = serde_json::from_value(settings.clone()).ok();
        let text = body.map_or_else(
            || serde_json::to_string_pretty(settings),
            |body| serde_json::to_string_pretty(&body),
        );
        text.unwrap_or_default()
    });
    Ok(())
}

pub(super) async fn set(
    file: &Path,
    is_check: bool,
    client: &Client,
    output: Output,
) -> Result<ExitCode, ClientError> {
    let text = read(file)?;
    let settings: Value = serde_json::from_str(&text).map_err(|error| {
        ClientError::Usage(format!("{}: this is no JSON: {error}", file.display()))
    })?;
    if is_check {
        let checked: Checked = client
            .send(Method::POST, "/energy/settings/check", &settings)
            .await?;
        output.answer(&checked, |checked| match checked.findings.is_empty() {
            true => "nothing is wrong with them".to_owned(),
            false => placed(file, &text, &checked.findings),
        });
        return Ok(match checked.ok {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        });
    }
    let kept: Kept = match client
        .send(Method::PUT, "/energy/settings", &settings)
        .await
    {
        Ok(kept) => kept,
        Err(ClientError::Problem(mut problem)) => {
            if let Some(findings) = &problem.findings {
                problem.detail = format!("\n{}", placed(file, &text, &findings.0));
            }
            return Err(ClientError::Problem(problem));
        }
        Err(other) => return Err(other),
    };
    output.answer(&kept, |kept| {
        let warnings = match kept.warnings.is_empty() {
            true => String::new(),
            false => format!("\n{}", placed(file, &text, &kept.warnings)),
        };
        format!("{}{warnings}", stored("the energy settings are", kept))
    });
    Ok(ExitCode::SUCCESS)
}

/// What is said of a meter.
pub(super) struct Told {
    pub(super) role: EnergyRoleWord,
    pub(super) behind: Option<String>,
    pub(super) reversed: bool,
}

pub(super) async fn tell(
    meter: &str,
    told: Told,
    client: &Client,
    output: Output,
) -> Result<(), ClientError> {
    let meters = meters::all(client).await?;
    let meter = find(&meters, meter)?;
    let parent = told
        .behind
        .as_deref()
        .map(|parent| find(&meters, parent))
        .transpose()?;
    let kept: EnergySettings = client.get("/energy/settings").await?;
    if let Some(finding) = kept.findings.first() {
        return Err(ClientError::Missing(format!(
            "the settings that are kept cannot be read: {finding}\nreplace them with `ingle energy set FILE`"
        )));
    }
    let mut settings: EnergySettingsBody = understood(kept.settings)?;
    let key = key(meter)?;
    let role = EnergyMeterRole {
        node: key.node,
        endpoint: key.endpoint,
        role: understood(json!(told.role.word()))?,
        parent: parent.map(self::key).transpose()?,
        reversed: told.reversed,
    };
    let is_it =
        |known: &&mut EnergyMeterRole| (known.node, known.endpoint) == (key.node, key.endpoint);
    match settings.meters.iter_mut().find(is_it) {
        Some(known) => *known = role,
        None => settings.meters.push(role),
    }
    let kept: Kept = client
        .send(Method::PUT, "/energy/settings", &settings)
        .await?;
    output.answer(&kept, |kept| {
        let name = &meter.meter.name;
        let was = role_word(meter.meter.role);
        let behind = parent.map_or_else(String::new, |parent| {
            format!(" behind {}", parent.meter.name)
        });
        let turned = if told.reversed {
            ", counting the other way round"
        } else {
            ""
        };
        let what = format!(
            "{name} ({}), {was} before, is {}{behind}{turned}:",
            meter.path,
            told.role.word()
        );
        stored(&what, kept)
    });
    Ok(())
}

/// The numbers of a meter, out of its id.
fn key(meter: &EnergyMeterNow) -> Result<MeterKey, ClientError> {
    let id = &meter.meter.meter;
    let key = || {
        let (node, endpoint) = id.strip_prefix("0x")?.split_once('/')?;
        Some(MeterKey {
            node: u64::from_str_radix(node, 16).ok()?,
            endpoint: endpoint.parse().ok()?,
        })
    };
    key().ok_or_else(|| ClientError::Answer(format!("{id:?} is no meter")))
}

fn understood<T: DeserializeOwned>(json: Value) -> Result<T, ClientError> {
    Ok(serde_json::from_value(json)?)
}

fn stored(what: &str, kept: &Kept) -> String {
    match kept.revision {
        Some(revision) => {
            format!("{what} stored as revision {revision}; `ingle undo {revision}` takes it back")
        }
        None => format!("{what} as they were"),
    }
}

/// What was found, a line each, with its line in the file.
fn placed(file: &Path, text: &str, findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let line = line_of(text, &finding.place);
        let line = line.map_or_else(String::new, |line| format!(":{line}"));
        let place = match finding.place.as_str() {
            "" => String::new(),
            place => format!("{place}: "),
        };
        let kind = if finding.error { "" } else { "warning: " };
        format!("{}{line}: {kind}{place}{}", file.display(), finding.what)
    };
    let lines: Vec<String> = findings.iter().map(line).collect();
    lines.join("\n")
}

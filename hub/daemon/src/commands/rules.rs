//! `ingle rules`: what the home does by itself.

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use hub_api::dto::{
    Checked, Given, Kept, Rule, RuleDetail, RulePatch, RuleStateWord, Rules, Started, Stored,
    Trace, Traces,
};
use hyper::Method;
use serde_json::json;

use super::trace_text;
use crate::cli::{RulesCommand, TraceArgs};
use crate::client::{Client, ClientError, encode};
use crate::clock_text;
use crate::output::{Output, table};

pub(crate) async fn run(
    command: RulesCommand,
    client: &Client,
    output: Output,
) -> Result<ExitCode, ClientError> {
    match command {
        RulesCommand::List => list(client, output).await?,
        RulesCommand::Show { rule } => show(&rule, client, output).await?,
        RulesCommand::Check { files } => return check(&files, client, output).await,
        RulesCommand::Add { files, replace } => {
            for file in &files {
                let given = Given {
                    text: Some(read(file)?),
                    replace,
                    ..Given::default()
                };
                let kept: Kept = client.send(Method::POST, "/rules", &given).await?;
                output.answer(&kept, |kept| told(kept, "rule"));
            }
        }
        RulesCommand::Enable { rule } => enable(&rule, true, client, output).await?,
        RulesCommand::Disable { rule } => enable(&rule, false, client, output).await?,
        RulesCommand::Run { rule } => {
            let path = format!("/rules/{}/run", encode(&rule));
            return start(&path, client, output).await;
        }
        RulesCommand::Resume { rule } => {
            let path = format!("/rules/{}/resume", encode(&rule));
            let started: Started = client.send(Method::POST, &path, &json!({})).await?;
            output.answer(&started, |_| format!("{rule} may start again"));
        }
        RulesCommand::Trace(args) => traces(&args, client, output).await?,
        RulesCommand::Simulate(args) => super::simulate::run(&args, client, output).await?,
        RulesCommand::Incident => super::simulate::incident(client, output).await?,
        RulesCommand::Import(args) => return super::import::run(&args, client, output).await,
        RulesCommand::Rm { rule } => {
            let path = format!("/rules/{}", encode(&rule));
            let stored: Stored = client.send(Method::DELETE, &path, &json!({})).await?;
            output.answer(&stored, |stored| {
                format!(
                    "deleted rule {rule}{}",
                    undo(stored.revisions.first().copied())
                )
            });
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A file's text, or standard input's.
pub(super) fn read(file: &Path) -> Result<String, ClientError> {
    let read = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    read.map_err(|source| ClientError::File {
        path: file.to_owned(),
        source,
    })
}

/// That something was kept.
pub(super) fn told(kept: &Kept, kind: &str) -> String {
    let mut text = match kept.revision {
        Some(revision) => format!("kept {kind} {}{}", kept.id, undo(Some(revision))),
        None => format!("{kind} {} was so already", kept.id),
    };
    for warning in &kept.warnings {
        text += &format!("\n  {warning}");
    }
    text
}

fn undo(revision: Option<u64>) -> String {
    revision.map_or_else(String::new, |revision| format!(" (ingle undo {revision})"))
}

async fn list(client: &Client, output: Output) -> Result<(), ClientError> {
    let rules: Rules = client.get("/rules").await?;
    output.answer(&rules, |rules| {
        let rows = rules.rules.iter().map(|rule| {
            let last = rule.last.as_ref().map(|trace| trace_text::brief(&trace.0));
            vec![
                rule.id.clone(),
                state(rule),
                rule.next_ms
                    .map_or_else(String::new, |at| format!("next {}", clock_text::moment(at))),
                last.unwrap_or_else(|| "has not started yet".to_owned()),
            ]
        });
        let mut text = table(&rows.collect::<Vec<_>>());
        if rules.rules.is_empty() {
            text = "no rules yet; `ingle rules add FILE` adds one\n".to_owned();
        }
        if !rules.clock_trusted {
            text += "The clock cannot be trusted: rules that go by it are held.\n";
        }
        if let Some(why) = &rules.store_failure {
            text += &format!("Runs cannot be stored at present: {why}\n");
        }
        for file in &rules.files {
            for finding in &file.findings {
                text += &format!("{}: {finding}\n", file.file);
            }
        }
        text
    });
    Ok(())
}

fn state(rule: &Rule) -> String {
    let word = match rule.state {
        RuleStateWord::Ready if rule.running > 0 => "running",
        RuleStateWord::Ready => "ready",
        RuleStateWord::Disabled => "disabled",
        RuleStateWord::Paused => "paused",
        RuleStateWord::Broken => "broken",
    };
    match &rule.why {
        Some(why) => format!("{word}: {why}"),
        None => word.to_owned(),
    }
}

async fn show(id: &str, client: &Client, output: Output) -> Result<(), ClientError> {
    let detail: RuleDetail = client.get(&format!("/rules/{}", encode(id))).await?;
    output.answer(&detail, |detail| {
        let rule = &detail.rule;
        let mut text = format!(
            "# {} ({}), version {}\n",
            rule.name,
            state(rule),
            rule.revision
        );
        for finding in &rule.findings {
            text += &format!("# {finding}\n");
        }
        if let Some(last) = &rule.last {
            text += &format!("# last: {}\n", trace_text::brief(&last.0));
        }
        text + &detail.text
    });
    Ok(())
}

async fn check(
    files: &[std::path::PathBuf],
    client: &Client,
    output: Output,
) -> Result<ExitCode, ClientError> {
    let mut all_good = true;
    for file in files {
        let given = Given {
            text: Some(read(file)?),
            ..Given::default()
        };
        let checked: Checked = client.send(Method::POST, "/rules/check", &given).await?;
        all_good &= checked.ok;
        output.answer(&checked, |checked| {
            let name = file.display();
            if checked.findings.is_empty() {
                return format!("{name}: good");
            }
            let findings = checked
                .findings
                .iter()
                .map(|finding| format!("{name}: {finding}"));
            findings.collect::<Vec<_>>().join("\n")
        });
    }
    Ok(if all_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn enable(
    id: &str,
    enabled: bool,
    client: &Client,
    output: Output,
) -> Result<(), ClientError> {
    let path = format!("/rules/{}", encode(id));
    let kept: Kept = client
        .send(Method::PATCH, &path, &RulePatch { enabled })
        .await?;
    let word = if enabled { "enabled" } else { "disabled" };
    output.answer(&kept, |kept| match kept.revision {
        Some(revision) => format!("{word} rule {id}{}", undo(Some(revision))),
        None => format!("rule {id} was {word} already"),
    });
    Ok(())
}

/// Starts something, and tells how it went once it has ended.
pub(super) async fn start(
    path: &str,
    client: &Client,
    output: Output,
) -> Result<ExitCode, ClientError> {
    start_with(path, &json!({}), client, output).await
}

/// The same with a body.
pub(super) async fn start_with(
    path: &str,
    body: &serde_json::Value,
    client: &Client,
    output: Output,
) -> Result<ExitCode, ClientError> {
    let started: Started = client.send(Method::POST, path, body).await?;
    let Some(run) = started.run else {
        output.answer(&started, |_| "done".to_owned());
        return Ok(ExitCode::SUCCESS);
    };
    let trace = ended(run, client).await?;
    let is_good = trace.0.outcome.ran() && !trace_text::has_failed(&trace.0);
    output.answer(&trace, |trace| trace_text::whole(&trace.0));
    Ok(if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The trace of a run when it has ended, or after a while, while it runs.
async fn ended(run: u64, client: &Client) -> Result<Trace, ClientError> {
    let path = format!("/traces/{run}");
    let mut pause = std::time::Duration::from_millis(20);
    let until = tokio::time::Instant::now() + std::time::Duration::from_secs(15);
    loop {
        let trace: Trace = client.get(&path).await?;
        if trace.0.outcome.is_final() || tokio::time::Instant::now() >= until {
            return Ok(trace);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(std::time::Duration::from_millis(500));
    }
}

async fn traces(args: &TraceArgs, client: &Client, output: Output) -> Result<(), ClientError> {
    let number = args.what.as_deref().and_then(|what| what.strip_prefix('t'));
    if let Some(id) = number.and_then(|number| number.parse::<u64>().ok()) {
        let trace: Trace = client.get(&format!("/traces/{id}")).await?;
        output.answer(&trace, |trace| trace_text::whole(&trace.0));
        return Ok(());
    }
    let rule = match &args.what {
        Some(rule) => format!("&rule={}", encode(rule)),
        None => String::new(),
    };
    let traces: Traces = client
        .get(&format!("/traces?limit={}{rule}", args.limit))
        .await?;
    output.answer(&traces, |traces| {
        let lines = traces.traces.iter().map(|trace| trace_text::line(&trace.0));
        let lines: Vec<_> = lines.collect();
        match lines.is_empty() {
            true => "no rule has started yet".to_owned(),
            false => table(&lines),
        }
    });
    Ok(())
}

//! Why is this as it is?

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hub_engine::{Home, Link as EngineLink};
use hub_model::{AttributePath, Command, CommandProgress, Operation, Origin};
use rules::machine::RuleView;
use rules::trace::RunId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::body::Asked;
use crate::dto::{Could, Link, Rule, Trace, Why, ms, origin_words};
use crate::guard::Who;
use crate::path;
use crate::problem::Problem;
use crate::state::Api;
use crate::words;

/// What is asked about.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct About {
    /// `node/endpoint/Cluster.attribute`, by name or number.
    path: String,
}

/// Why an attribute has the value that it has, and what the rules that could have set it did.
#[utoipa::path(get, path = "/api/v1/why", params(About), responses((status = 200, body = Why)))]
pub(crate) async fn why(
    State(api): State<Api>,
    Who(who): Who,
    Asked(about): Asked<About>,
) -> Result<Json<Why>, Problem> {
    let home = api.home(&who).await?;
    let path = path::attribute(&home, &about.path)?;
    let chain = api.hub().why(&who, path).await?;
    let mut links = Vec::new();
    let mut runs: Vec<Trace> = Vec::new();
    for link in &chain {
        let run = api.rules().run_of(&who, link.cause.id).await?;
        if let Some(run) = run
            && runs.iter().all(|known| known.0.id != run)
        {
            runs.extend(api.rules().trace(&who, run).await?.map(Trace));
        }
        links.push(told(link, run, &home));
    }
    let could = api.rules().could_set(&who, path).await?;
    Ok(Json(Why {
        path: path.to_string(),
        sentence: sentence(&path, &chain, &runs, &home),
        links,
        runs,
        could: could.iter().map(could_set).collect(),
    }))
}

fn could_set((view, traces): &(RuleView, Vec<Arc<rules::trace::Trace>>)) -> Could {
    let rule = Rule::of(view);
    Could {
        rule: rule.id,
        name: rule.name,
        state: rule.state,
        why: rule.why,
        traces: traces
            .iter()
            .map(|trace| Trace(rules::trace::Trace::clone(trace)))
            .collect(),
    }
}

fn told(link: &EngineLink, run: Option<RunId>, home: &Home) -> Link {
    Link {
        cause: link.cause.id.0,
        parent: link.cause.parent.map(|parent| parent.0),
        at_ms: ms(link.cause.at),
        origin: origin_in(home, &link.cause.origin),
        command: link.command.as_deref().map(command_words),
        progress: link.progress.as_ref().map(progress_words),
        run: run.map(|run| run.0),
    }
}

/// Who began something, devices by name.
fn origin_in(home: &Home, origin: &Origin) -> String {
    match origin {
        Origin::Device(id) => match home.node(*id) {
            Some(node) => node.name.to_string(),
            None => origin_words(origin),
        },
        // The version of the rule stands in the trace.
        Origin::Rule(name) => format!("rule {}", name.split('@').next().unwrap_or(name)),
        _ => origin_words(origin),
    }
}

/// The nearest cause in words, then what was behind it.
fn sentence(path: &AttributePath, chain: &[EngineLink], runs: &[Trace], home: &Home) -> String {
    let Some((nearest, behind)) = chain.split_first() else {
        return format!(
            "{} is as the hub knew it when it started.",
            words::attribute(path)
        );
    };
    let mut sentence = match (&nearest.command, &nearest.cause.origin) {
        (Some(command), origin) => {
            let who = origin_in(home, origin);
            format!("{who} asked for {}", command_words(command))
        }
        (None, Origin::Device(_)) => {
            "the device changed by itself: a hand on it, its own program, \
                                      or another controller"
                .into()
        }
        (None, origin) => format!("{} changed it", origin_in(home, origin)),
    };
    if let Some(Trace(run)) = runs.first() {
        sentence.push_str(&format!(", because {}", run.trigger.text));
    }
    for link in behind {
        let (who, did) = (origin_in(home, &link.cause.origin), link.command.as_deref());
        match (did, &link.cause.origin) {
            (None, Origin::Device(_)) => sentence.push_str(&format!(", which {who} reported")),
            _ => sentence.push_str(&format!(", because of {who}")),
        }
    }
    sentence.push('.');
    capitalised(&sentence)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|first| first.to_uppercase().to_string())
        .unwrap_or_default();
    first + letters.as_str()
}

fn command_words(command: &Command) -> String {
    match &command.operation {
        Operation::Invoke {
            cluster, command, ..
        } => words::command(*cluster, *command),
        Operation::Write {
            endpoint,
            cluster,
            attribute,
            ..
        } => {
            let path = AttributePath {
                node: command.node,
                endpoint: *endpoint,
                cluster: *cluster,
                attribute: *attribute,
            };
            format!("a write of {}", words::attribute(&path))
        }
        Operation::Read { .. } => "a read".into(),
    }
}

/// How a command goes, in one word.
pub(crate) fn progress_words(progress: &CommandProgress) -> String {
    match progress {
        CommandProgress::Sent => "sent".into(),
        CommandProgress::Acknowledged { .. } => "acknowledged".into(),
        CommandProgress::Confirmed => "confirmed".into(),
        CommandProgress::Refused(refusal) => format!("refused: {refusal}"),
        CommandProgress::TimedOut => "timed out".into(),
    }
}

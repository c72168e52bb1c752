//! Why is this as it is?

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hub_engine::{Home, Link as EngineLink, Principal};
use hub_model::{AttributePath, CauseId, Command, CommandProgress, Operation, Origin, Timestamp};
use hub_runtime::clock;
use rules::machine::RuleView;
use rules::trace::RunId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::body::Asked;
use crate::dto::{Could, Link, Rule, Trace, Why, ms};
use crate::guard::Who;
use crate::history::moment::moment;
use crate::history::then::past;
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
    /// Of a past moment: `-2h`, `2026-11-27 18:00` on the home's clock, or RFC 3339.
    at: Option<String>,
}

/// Why an attribute has the value that it has or had, and what the rules that could have set it did.
#[utoipa::path(get, path = "/api/v1/why", params(About), responses((status = 200, body = Why)))]
pub(crate) async fn why(
    State(api): State<Api>,
    Who(who): Who,
    Asked(about): Asked<About>,
) -> Result<Json<Why>, Problem> {
    let home = api.home(&who).await?;
    let path = path::attribute(&home, &about.path)?;
    if let Some(at) = &about.at {
        let at = moment(at, clock::now().wall, api.rules().place())?;
        return then(&api, &who, &home, path, at).await.map(Json);
    }
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
        then: None,
    }))
}

/// Why an attribute was as it was at a past moment.
async fn then(
    api: &Api,
    who: &Principal,
    home: &Home,
    path: AttributePath,
    at: Timestamp,
) -> Result<Why, Problem> {
    let kept = api.history()?;
    let past = past(kept, who, home, api.rules().place(), path, at).await?;
    let mut runs: Vec<Trace> = Vec::new();
    let mut links = past.links;
    for link in &mut links {
        let run = api.rules().run_of(who, CauseId(link.cause)).await?;
        link.run = run.map(|run| run.0);
        if let Some(run) = run
            && runs.iter().all(|known| known.0.id != run)
        {
            runs.extend(api.rules().trace(who, run).await?.map(Trace));
        }
    }
    let mut could = api.rules().could_set(who, path).await?;
    for (_, traces) in &mut could {
        traces.retain(|trace| trace.at <= at);
    }
    could.retain(|(_, traces)| !traces.is_empty());
    let mut sentence = past.sentence;
    if past.then.was.is_some() {
        sentence.push(' ');
        sentence += &behind(&links, &runs);
    }
    Ok(Why {
        path: path.to_string(),
        sentence,
        links,
        runs,
        could: could.iter().map(could_set).collect(),
        then: Some(past.then),
    })
}

/// What was behind a past value, in words.
fn behind(links: &[Link], runs: &[Trace]) -> String {
    let Some((nearest, older)) = links.split_first() else {
        return "No command of this hub led to it: a hand on it, its own program, or another \
                controller."
            .to_owned();
    };
    let what = nearest.command.as_deref().unwrap_or("something");
    let mut sentence = format!("{} asked for {what}", nearest.origin);
    if let Some(Trace(run)) = runs.first() {
        sentence += &format!(", because {}", run.trigger.text);
    }
    for link in older {
        sentence += &format!(", because of {}", link.origin);
    }
    sentence.push('.');
    capitalised(&sentence)
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
        origin: words::origin(home, &link.cause.origin),
        command: link.command.as_deref().map(command_words),
        progress: link.progress.as_ref().map(progress_words),
        run: run.map(|run| run.0),
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
            let who = words::origin(home, origin);
            format!("{who} asked for {}", command_words(command))
        }
        (None, Origin::Device(_)) => {
            "the device changed by itself: a hand on it, its own program, \
                                      or another controller"
                .into()
        }
        (None, origin) => format!("{} changed it", words::origin(home, origin)),
    };
    if let Some(Trace(run)) = runs.first() {
        sentence.push_str(&format!(", because {}", run.trigger.text));
    }
    for link in behind {
        let (who, did) = (
            words::origin(home, &link.cause.origin),
            link.command.as_deref(),
        );
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

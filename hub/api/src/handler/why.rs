//! Why is this as it is?

use axum::Json;
use axum::extract::State;
use hub_engine::Link as EngineLink;
use hub_model::{AttributePath, Command, CommandProgress, Operation, Origin};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::body::Asked;
use crate::dto::{Link, Why, ms, origin_words};
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

/// Why an attribute has the value that it has.
#[utoipa::path(get, path = "/api/v1/why", params(About), responses((status = 200, body = Why)))]
pub(crate) async fn why(
    State(api): State<Api>,
    Who(who): Who,
    Asked(about): Asked<About>,
) -> Result<Json<Why>, Problem> {
    let home = api.home(&who).await?;
    let path = path::attribute(&home, &about.path)?;
    let chain = api.hub().why(&who, path).await?;
    Ok(Json(Why {
        path: path.to_string(),
        sentence: sentence(&path, &chain),
        links: chain.iter().map(link).collect(),
    }))
}

fn link(link: &EngineLink) -> Link {
    Link {
        cause: link.cause.id.0,
        parent: link.cause.parent.map(|parent| parent.0),
        at_ms: ms(link.cause.at),
        origin: origin_words(&link.cause.origin),
        command: link.command.as_deref().map(command_words),
        progress: link.progress.as_ref().map(progress_words),
    }
}

/// The nearest cause in words, then what was behind it.
fn sentence(path: &AttributePath, chain: &[EngineLink]) -> String {
    let Some((nearest, behind)) = chain.split_first() else {
        return format!(
            "{} is as the hub knew it when it started.",
            words::attribute(path)
        );
    };
    let mut sentence = match (&nearest.command, &nearest.cause.origin) {
        (Some(command), origin) => {
            format!(
                "{} asked for {}",
                origin_words(origin),
                command_words(command)
            )
        }
        (None, Origin::Device(_)) => {
            "the device changed by itself: a hand on it, its own program, \
                                      or another controller"
                .into()
        }
        (None, origin) => format!("{} changed it", origin_words(origin)),
    };
    for link in behind {
        sentence.push_str(", because of ");
        sentence.push_str(&origin_words(&link.cause.origin));
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

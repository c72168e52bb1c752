//! Long work: following it to its end, listing, answering and cancelling it.

use std::collections::BTreeSet;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use hub_api::dto::{self, Change, Job, JobStateWord, ServerMessage};
use hyper::Method;
use serde_json::{Value, json};

use crate::cli::Answer;
use crate::client::{Client, ClientError, Events, encode};
use crate::output::{Output, is_interactive, table};

/// Follows a job to its end, telling each stage on stderr; asks the person when it asks.
pub(crate) async fn follow(
    id: &str,
    events: &mut Events,
    client: &Client,
    output: Output,
) -> Result<Job, ClientError> {
    let mut told = Told::default();
    loop {
        let message: ServerMessage = serde_json::from_value(events.next().await?)?;
        for job in jobs_in(message).into_iter().filter(|job| job.id == id) {
            told.stages(&job, output);
            match job.state {
                JobStateWord::Done | JobStateWord::Failed => return Ok(job),
                JobStateWord::Asking if told.asks(&job) => ask(&job, client, output).await?,
                JobStateWord::Asking | JobStateWord::Running => {}
            }
        }
    }
}

/// The jobs that a message of the event stream tells of.
fn jobs_in(message: ServerMessage) -> Vec<Job> {
    match message {
        ServerMessage::Snapshot { jobs, .. } => jobs,
        ServerMessage::Delta { changes, .. } => changes
            .into_iter()
            .filter_map(|change| match change {
                Change::Job { job } => Some(job),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// What was already told of a job.
#[derive(Default)]
struct Told {
    passed: BTreeSet<String>,
    question: Option<String>,
}

impl Told {
    fn stages(&mut self, job: &Job, output: Output) {
        for stage in &job.stages {
            let Some(took) = stage.took_ms else { continue };
            if self.passed.insert(stage.stage.clone()) {
                output.progress(&format!("  {took:>5} ms  {}  {}", stage.title, stage.note));
            }
        }
    }

    fn asks(&mut self, job: &Job) -> bool {
        let is_new = self.question != job.question;
        self.question.clone_from(&job.question);
        is_new
    }
}

/// Asks the person, or says how to answer when nobody can be asked.
async fn ask(job: &Job, client: &Client, output: Output) -> Result<(), ClientError> {
    let question = job.question.clone().unwrap_or_default();
    if !is_interactive() {
        eprintln!("{question}");
        eprintln!(
            "answer with `ingle answer {} yes` or `ingle answer {} no`",
            job.id, job.id
        );
        return Ok(());
    }
    output.progress(&question);
    eprint!("go on? [y/N] ");
    let _ = io::stderr().flush();
    let mut line = String::new();
    let _ = io::stdin().lock().read_line(&mut line);
    let proceed = matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes");
    send_answer(&job.id, proceed, client).await
}

async fn send_answer(job: &str, proceed: bool, client: &Client) -> Result<(), ClientError> {
    let path = format!("/jobs/{}/answer", encode(job));
    client
        .send::<Value>(Method::POST, &path, &dto::Answer { proceed })
        .await
        .map(drop)
}

/// How the program ends when a job has ended.
pub(crate) fn exit_code(job: &Job) -> ExitCode {
    let Some(failure) = &job.failure else {
        return ExitCode::SUCCESS;
    };
    eprintln!("ingle: {}", failure.message);
    if !failure.advice.is_empty() {
        eprintln!("{}", failure.advice);
    }
    if !failure.detail.is_empty() {
        eprintln!("detail: {}", failure.detail);
    }
    ExitCode::FAILURE
}

pub(crate) async fn list(client: &Client, output: Output) -> Result<(), ClientError> {
    let jobs: dto::Jobs = client.get("/jobs").await?;
    output.answer(&jobs, |jobs| {
        let rows = jobs.jobs.iter().map(|job| {
            let state = match (&job.failure, &job.question) {
                (Some(failure), _) => format!("failed: {}", failure.message),
                (None, Some(question)) => format!("asks: {question}"),
                (None, None) => format!("{:?}", job.state).to_lowercase(),
            };
            vec![
                job.id.clone(),
                job.kind.clone(),
                job.node.clone().unwrap_or_else(|| "-".into()),
                state,
            ]
        });
        table(&rows.collect::<Vec<_>>())
    });
    Ok(())
}

pub(crate) async fn answer(job: &str, answer: Answer, client: &Client) -> Result<(), ClientError> {
    send_answer(job, matches!(answer, Answer::Yes), client).await
}

pub(crate) async fn cancel(job: &str, client: &Client) -> Result<(), ClientError> {
    let path = format!("/jobs/{}/cancel", encode(job));
    client
        .send::<Value>(Method::POST, &path, &json!({}))
        .await
        .map(drop)
}

//! Long work that people watch.

use hub_engine::{JobKind, JobState, JobView, StageView};
use hub_model::{JobFailure, Stage};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ms, origin_words};

/// The journal of jobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Jobs {
    /// The jobs, oldest first.
    pub jobs: Vec<Job>,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Job {
    /// Its name: `j3`.
    pub id: String,
    /// `commission` or `remove`.
    pub kind: String,
    /// The node that it is about, once there is one.
    pub node: Option<String>,
    /// Who asked for it, in words.
    pub author: String,
    /// The number of its cause.
    pub cause: u64,
    /// How it stands.
    pub state: JobStateWord,
    /// What it asks, when it waits for a person.
    pub question: Option<String>,
    /// Why it failed, when it did.
    #[schema(value_type = Option<Object>)]
    pub failure: Option<JobFailure>,
    /// When it began.
    pub started_at_ms: i64,
    /// When it ended.
    pub ended_at_ms: Option<i64>,
    /// Its stages so far, in order.
    pub stages: Vec<JobStage>,
}

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobStateWord {
    /// Under way.
    Running,
    /// Waits for a person.
    Asking,
    /// Ended well.
    Done,
    /// Ended without its aim.
    Failed,
}

/// A stage of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JobStage {
    /// Which: `found`, `pase`, `attestation`, `regulatory`, `csr`, `noc`, `case`, `complete`.
    pub stage: String,
    /// The same in words.
    pub title: String,
    /// When it began.
    pub started_at_ms: i64,
    /// How long it took, in milliseconds; none while it is under way or when it failed.
    pub took_ms: Option<u64>,
    /// What was found.
    pub note: String,
}

impl Job {
    /// The job of a view.
    pub(crate) fn of(view: &JobView) -> Self {
        let kind = match view.kind {
            JobKind::Commission => "commission",
            JobKind::Remove => "remove",
            _ => "other",
        };
        let (state, question, failure) = match &view.state {
            JobState::Asking { question } => (JobStateWord::Asking, Some(question.clone()), None),
            JobState::Done => (JobStateWord::Done, None, None),
            JobState::Failed { failure } => (JobStateWord::Failed, None, Some(failure.clone())),
            _ => (JobStateWord::Running, None, None),
        };
        Self {
            id: view.id.to_string(),
            kind: kind.into(),
            node: view.node.map(|node| node.to_string()),
            author: origin_words(&view.author),
            cause: view.cause.0,
            state,
            question,
            failure,
            started_at_ms: ms(view.started_at),
            ended_at_ms: view.ended_at.map(ms),
            stages: view.stages.iter().map(JobStage::of).collect(),
        }
    }
}

impl JobStage {
    fn of(view: &StageView) -> Self {
        let (stage, title) = stage_words(view.stage);
        Self {
            stage: stage.into(),
            title: title.into(),
            started_at_ms: ms(view.started_at),
            took_ms: view
                .took
                .map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            note: view.note.clone(),
        }
    }
}

/// A stage's word for programs, and its title.
pub(crate) const fn stage_words(stage: Stage) -> (&'static str, &'static str) {
    match stage {
        Stage::Found => ("found", "found on the network"),
        Stage::Pase => ("pase", "secure session by passcode (PASE)"),
        Stage::Attestation => ("attestation", "attestation checked"),
        Stage::Regulatory => ("regulatory", "fail-safe and regulatory settings"),
        Stage::Csr => ("csr", "key and signing request (CSR)"),
        Stage::Noc => ("noc", "certificate issued (NOC)"),
        Stage::Case => ("case", "session by certificates (CASE)"),
        Stage::Complete => ("complete", "complete"),
        _ => ("other", "a stage newer than this interface"),
    }
}

//! The journal of long work: adding and removing devices, stage by stage, as every client sees it.

use std::collections::BTreeMap;
use std::sync::Arc;

use hub_model::{
    CauseId, CommissionRequest, JobFailure, JobId, JobUpdate, NodeId, Origin, Timestamp,
};

use crate::home::RoomId;
use crate::view::{JobKind, JobState, JobView, StageView};

/// Jobs that may be under way at once.
const RUNNING: usize = 16;
/// Ended jobs kept for clients that come later.
const ENDED_KEPT: usize = 32;

/// All jobs of this run of the hub.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    last: u64,
    jobs: BTreeMap<JobId, Job>,
}

/// A job and what the engine needs to go on with it.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) view: Arc<JobView>,
    /// The bridge that does it, by its place.
    pub(crate) bridge: Option<usize>,
    /// What the bridge is asked once the node's id is stored.
    pub(crate) request: Option<CommissionRequest>,
    /// What is intended for the node that it adds.
    pub(crate) intended: Option<Intended>,
    /// Its bridge is done; it ends when the home holds what it did.
    pub(crate) finishing: bool,
}

/// What is intended for a node that a job is adding.
#[derive(Clone, Debug)]
pub(crate) struct Intended {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) room: Option<RoomId>,
    pub(crate) author: Origin,
}

/// What begins a job.
pub(crate) struct Begin {
    pub(crate) kind: JobKind,
    pub(crate) node: Option<NodeId>,
    pub(crate) author: Origin,
    pub(crate) cause: CauseId,
    pub(crate) bridge: Option<usize>,
}

impl Jobs {
    /// Whether another may begin.
    pub(crate) fn has_room(&self) -> bool {
        let running = self.jobs.values().filter(|job| job.is_running());
        running.count() < RUNNING
    }

    /// Begins a job.
    pub(crate) fn begin(&mut self, begin: Begin, now: Timestamp) -> JobId {
        self.last += 1;
        let id = JobId(self.last);
        let view = JobView {
            id,
            kind: begin.kind,
            node: begin.node,
            author: begin.author,
            cause: begin.cause,
            started_at: now,
            ended_at: None,
            stages: Vec::new(),
            state: JobState::Running,
        };
        let job = Job {
            view: Arc::new(view),
            bridge: begin.bridge,
            request: None,
            intended: None,
            finishing: false,
        };
        self.jobs.insert(id, job);
        id
    }

    pub(crate) fn get_mut(&mut self, id: JobId) -> Option<&mut Job> {
        self.jobs.get_mut(&id)
    }

    /// The job, if it is under way.
    pub(crate) fn running(&mut self, id: JobId) -> Option<&mut Job> {
        self.jobs.get_mut(&id).filter(|job| job.is_running())
    }

    /// What is intended for a node that a job is adding.
    pub(crate) fn intended(&self, node: NodeId) -> Option<&Intended> {
        let mut adding = self.jobs.values().filter(|job| job.is_running());
        let job = adding.find(|job| job.view.node == Some(node) && job.intended.is_some());
        job?.intended.as_ref()
    }

    /// The jobs under way that a predicate picks.
    pub(crate) fn running_where(&self, pick: impl Fn(&Job) -> bool) -> Vec<JobId> {
        let running = self.jobs.values().filter(|job| job.is_running());
        running
            .filter(|job| pick(job))
            .map(|job| job.view.id)
            .collect()
    }

    /// An ended job that there is no room for any more.
    pub(crate) fn drop_oldest(&mut self) -> Option<JobId> {
        let ended = || self.jobs.values().filter(|job| !job.is_running());
        if ended().count() <= ENDED_KEPT {
            return None;
        }
        let oldest = ended().next()?.view.id;
        self.jobs.remove(&oldest);
        Some(oldest)
    }

    /// The journal, oldest first.
    pub(crate) fn views(&self) -> impl Iterator<Item = &Arc<JobView>> {
        self.jobs.values().map(|job| &job.view)
    }
}

impl Job {
    pub(crate) fn is_running(&self) -> bool {
        !self.view.state.is_ended()
    }

    /// Takes a bridge's word that is not the end.
    pub(crate) fn advance(&mut self, update: JobUpdate, now: Timestamp) {
        let view = Arc::make_mut(&mut self.view);
        match update {
            JobUpdate::Started(stage) => {
                view.state = JobState::Running;
                view.stages.push(StageView {
                    stage,
                    started_at: now,
                    took: None,
                    note: String::new(),
                });
            }
            JobUpdate::Passed { stage, took, note } => {
                view.state = JobState::Running;
                let mut open = view.stages.iter_mut().rev();
                match open.find(|entry| entry.stage == stage && entry.took.is_none()) {
                    Some(entry) => {
                        entry.took = Some(took);
                        entry.note = note;
                    }
                    None => view.stages.push(StageView {
                        stage,
                        started_at: now,
                        took: Some(took),
                        note,
                    }),
                }
            }
            JobUpdate::Asks { question } => view.state = JobState::Asking { question },
            JobUpdate::Done => self.end(JobState::Done, now),
            JobUpdate::Failed(failure) => self.end(JobState::Failed { failure }, now),
        }
    }

    /// A person answered.
    pub(crate) fn answered(&mut self) {
        Arc::make_mut(&mut self.view).state = JobState::Running;
    }

    /// The id of the node that is to join is known.
    pub(crate) fn set_node(&mut self, node: NodeId) {
        Arc::make_mut(&mut self.view).node = Some(node);
    }

    /// Ends it.
    pub(crate) fn end(&mut self, state: JobState, now: Timestamp) {
        let view = Arc::make_mut(&mut self.view);
        view.state = state;
        view.ended_at = Some(now);
        self.request = None;
    }
}

/// A failure that the hub itself found.
pub(crate) fn failure(code: &str, message: &str, advice: &str, detail: &str) -> JobFailure {
    JobFailure {
        stage: None,
        code: code.to_owned(),
        message: message.to_owned(),
        advice: advice.to_owned(),
        detail: detail.to_owned(),
    }
}

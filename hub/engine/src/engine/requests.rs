//! What clients ask, each authorised first.

use std::sync::Arc;

use hub_model::{
    BridgeInput, CauseId, Command, CommandProgress, CommissionRequest, JobId, NodeId, Now, Refusal,
};

use super::commits::Pending;
use super::{Engine, Transmit};
use crate::access::{Action, Denied, Principal};
use crate::change::StoredRevision;
use crate::commands::LONGEST;
use crate::edit::Edit;
use crate::event::EventKind;
use crate::expect::expectation;
use crate::home::checked_name;
use crate::jobs::{Begin, Intended, Job, failure};
use crate::request::{Commission, Request, RequestError, RequestId, Taken};
use crate::timers::Timer;
use crate::view::{JobKind, JobState, Reachability};

/// Causal chains longer than this are refused: something triggers itself.
const DEEPEST: u16 = 32;

impl Engine {
    /// Takes a request; [`Transmit::Answer`] under the returned id answers it, often at once.
    pub fn handle_request(&mut self, who: &Principal, request: Request, now: Now) -> RequestId {
        self.out.present = now;
        self.last_request += 1;
        let id = RequestId(self.last_request);
        if let Err(error) = self.request(id, who, request) {
            self.out.answer(id, Err(error));
        }
        self.settle();
        id
    }

    /// Takes a revision that was looked up for a request.
    pub fn handle_fetched(
        &mut self,
        request: RequestId,
        revision: Result<Option<StoredRevision>, String>,
        now: Now,
    ) {
        self.out.present = now;
        let Some((author, id)) = self.fetching.remove(&request) else {
            return;
        };
        match revision {
            Ok(Some(stored)) => self.commits.push(Pending::Undo {
                request,
                author,
                revision: Box::new(stored.revision),
                id,
            }),
            Ok(None) => self
                .out
                .answer(request, Err(RequestError::UnknownRevision(id))),
            Err(error) => self.out.answer(request, Err(RequestError::Store(error))),
        }
        self.settle();
    }

    /// Whether a principal may do something, for doors that the engine does not see.
    ///
    /// # Errors
    /// When not.
    pub fn authorise(&self, who: &Principal, action: &Action<'_>) -> Result<(), Denied> {
        self.authorise.authorise(who, action, &self.home)
    }

    fn request(
        &mut self,
        id: RequestId,
        who: &Principal,
        request: Request,
    ) -> Result<(), RequestError> {
        match request {
            Request::Command { command, parent } => self.command(id, who, command, parent),
            Request::Edit { edit, reason } => self.edit(id, who, edit, reason),
            Request::Undo { revision } => {
                self.authorise(who, &Action::Undo)?;
                self.fetching.insert(id, (who.origin(), revision));
                let request = id;
                self.out.transmit(Transmit::Fetch { request, revision });
                Ok(())
            }
            Request::Commission(commission) => self.commission(id, who, commission),
            Request::Answer { job, proceed } => self.answer_job(id, who, job, proceed),
            Request::Cancel { job } => self.cancel(id, who, job),
            Request::Remove { node, forget } => self.remove(id, who, node, forget),
        }
    }

    fn command(
        &mut self,
        id: RequestId,
        who: &Principal,
        command: Command,
        parent: Option<CauseId>,
    ) -> Result<(), RequestError> {
        self.authorise(who, &Action::Command(&command))?;
        let node = command.node;
        let live = self.nodes.get(&node).filter(|live| live.visible);
        let live = live.ok_or(RequestError::UnknownNode(node))?;
        let depth = self.causes.depth_under(parent);
        if depth > DEEPEST {
            return Err(RequestError::TooDeep { depth });
        }
        let within = command.within.min(LONGEST);
        let refusal = self.refusal(node);
        let expected = expectation(&command.operation, |key| {
            live.table.get(key).map(|slot| &slot.value)
        });
        let bridge = live.bridge;
        let command = Arc::new(command);
        let asked = Some(Arc::clone(&command));
        let present = self.out.present;
        let cause = self.causes.ask(who.origin(), parent, asked, present);
        let taken = Taken {
            cause: Some(cause),
            ..Taken::default()
        };
        self.out.answer(id, Ok(taken));
        if let Some(link) = self.causes.find(cause) {
            self.out.event(EventKind::Asked {
                cause: Arc::new(link.cause.clone()),
                command: Arc::clone(&command),
            });
        }
        let (None, Some(bridge)) = (&refusal, bridge) else {
            let refusal = refusal.unwrap_or(Refusal::NoBridge);
            self.tell_progress(cause, node, &CommandProgress::Refused(refusal));
            self.out.transmit(Transmit::Closed { cause });
            return Ok(());
        };
        let deadline = present.mono + within;
        let input = BridgeInput::Command {
            cause,
            command: Command::clone(&command),
            deadline,
        };
        self.commands.begin(cause, command, expected, deadline);
        self.timers.set(Timer::Answer(cause), deadline);
        self.out.transmit(Transmit::Bridge { bridge, input });
        Ok(())
    }

    /// Why a command to this node is refused at once, if it is.
    fn refusal(&self, node: NodeId) -> Option<Refusal> {
        let live = self.nodes.get(&node)?;
        if live.bridge.is_none() || live.orphaned {
            Some(Refusal::NoBridge)
        } else if matches!(live.reach.shown(), Reachability::Offline { .. }) {
            Some(Refusal::Offline)
        } else if !self.commands.has_room(node) {
            Some(Refusal::Busy)
        } else {
            None
        }
    }

    fn edit(
        &mut self,
        request: RequestId,
        who: &Principal,
        edit: Edit,
        reason: String,
    ) -> Result<(), RequestError> {
        self.authorise(who, &Action::Edit(&edit))?;
        if !self.commits.has_room() {
            return Err(RequestError::Busy);
        }
        self.commits.push(Pending::Edit {
            request,
            author: who.origin(),
            edit: Box::new(edit),
            reason,
        });
        Ok(())
    }

    fn commission(
        &mut self,
        id: RequestId,
        who: &Principal,
        commission: Commission,
    ) -> Result<(), RequestError> {
        self.authorise(who, &Action::Commission)?;
        if !self.jobs.has_room() || !self.commits.has_room() {
            return Err(RequestError::Busy);
        }
        let name = commission.name.as_deref().map(checked_name).transpose()?;
        if let Some(room) = commission.room
            && self.home.room(room).is_none()
        {
            return Err(RequestError::UnknownRoom(room));
        }
        let bridge = match &commission.bridge {
            Some(name) => self.bridge_named(name),
            None => (!self.config.bridges.is_empty()).then_some(0),
        };
        let bridge = bridge.ok_or(RequestError::NoBridge)?;
        let job = self.begin_job(who, JobKind::Commission, None, Some(bridge));
        let intended = Intended {
            name,
            room: commission.room,
            author: who.origin(),
        };
        if let Some(begun) = self.jobs.get_mut(job) {
            begun.intended = Some(intended);
            begun.request = Some(CommissionRequest {
                job,
                node: NodeId(0),
                code: commission.code,
                policy: commission.policy,
            });
        }
        self.commits.push(Pending::Reserve { job });
        self.job_taken(id, job);
        Ok(())
    }

    fn begin_job(
        &mut self,
        who: &Principal,
        kind: JobKind,
        node: Option<NodeId>,
        bridge: Option<usize>,
    ) -> JobId {
        let author = who.origin();
        let present = self.out.present;
        let cause = self.causes.ask(author.clone(), None, None, present);
        let begin = Begin {
            kind,
            node,
            author,
            cause,
            bridge,
        };
        self.jobs.begin(begin, present.wall)
    }

    /// Answers a request with its job, and tells that it began.
    fn job_taken(&mut self, request: RequestId, job: JobId) {
        let cause = self.jobs.get_mut(job).map(|job| job.view.cause);
        let taken = Taken {
            cause,
            job: Some(job),
            revision: None,
        };
        self.out.answer(request, Ok(taken));
        self.tell_job(job);
    }

    fn answer_job(
        &mut self,
        id: RequestId,
        who: &Principal,
        job: JobId,
        proceed: bool,
    ) -> Result<(), RequestError> {
        self.authorise(who, &Action::Commission)?;
        let running = self.jobs.running(job);
        let asking = running.ok_or(RequestError::UnknownJob(job))?;
        if !matches!(asking.view.state, JobState::Asking { .. }) {
            return Err(RequestError::NotAsking(job));
        }
        asking.answered();
        if let Some(bridge) = asking.bridge {
            let input = BridgeInput::Answer { job, proceed };
            self.out.transmit(Transmit::Bridge { bridge, input });
        }
        self.job_taken(id, job);
        Ok(())
    }

    fn cancel(&mut self, id: RequestId, who: &Principal, job: JobId) -> Result<(), RequestError> {
        self.authorise(who, &Action::Commission)?;
        let running = self.jobs.running(job);
        let cancelled = running.ok_or(RequestError::UnknownJob(job))?;
        let unsent = cancelled.request.is_some();
        if let (false, Some(bridge)) = (unsent, cancelled.bridge) {
            let input = BridgeInput::Cancel { job };
            self.out.transmit(Transmit::Bridge { bridge, input });
        }
        self.job_taken(id, job);
        if unsent {
            let failure = failure("cancelled", "It was cancelled.", "", "");
            self.fail_job(job, failure);
        }
        Ok(())
    }

    fn remove(
        &mut self,
        id: RequestId,
        who: &Principal,
        node: NodeId,
        forget: bool,
    ) -> Result<(), RequestError> {
        self.authorise(who, &Action::Remove(node))?;
        let live = self.nodes.get(&node).filter(|live| live.visible);
        let live = live.ok_or(RequestError::UnknownNode(node))?;
        let (bridge, orphaned) = (live.bridge, live.orphaned);
        let is_same = |job: &Job| job.view.kind == JobKind::Remove && job.view.node == Some(node);
        if !self.jobs.has_room() || !self.jobs.running_where(is_same).is_empty() {
            return Err(RequestError::Busy);
        }
        match bridge.filter(|_| !orphaned) {
            Some(bridge) => {
                let job = self.begin_job(who, JobKind::Remove, Some(node), Some(bridge));
                self.job_taken(id, job);
                let input = BridgeInput::Remove { job, node, forget };
                self.out.transmit(Transmit::Bridge { bridge, input });
            }
            None if forget => {
                let job = self.begin_job(who, JobKind::Remove, Some(node), None);
                self.job_taken(id, job);
                if let Some(job) = self.jobs.get_mut(job) {
                    job.finishing = true;
                }
                self.left(node);
            }
            None => return Err(RequestError::NoBridge),
        }
        Ok(())
    }
}

//! What is on its way to the store. Nothing of the home changes before it is on disk, and there
//! is one commit at a time; what cannot be stored is tried again, or its asker told.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use hub_model::{BridgeInput, JobId, NodeId, Now, Origin};

use super::{Engine, Transmit};
use crate::change::{ObjectChange, ObjectKind, Revision, RevisionId};
use crate::edit::{Edit, EditError};
use crate::event::EventKind;
use crate::filter::Filter;
use crate::home::{Arrival, DeviceId};
use crate::jobs::failure;
use crate::request::{RequestError, RequestId, Taken};
use crate::timers::Timer;

/// Cause ids reserved at once: more than a run of the hub is likely to need.
pub(super) const CAUSE_BLOCK: u64 = 1 << 32;
/// How long until what the hub itself could not store is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(5);
/// Changes that may wait for the store.
pub(super) const WAITING: usize = 256;

/// Names a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommitId(u64);

/// A change that is to be stored.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Pending {
    /// Cause ids for this run.
    Causes,
    /// A client's edit.
    Edit {
        request: RequestId,
        author: Origin,
        edit: Box<Edit>,
        reason: String,
    },
    /// A client takes a revision back.
    Undo {
        request: RequestId,
        author: Origin,
        revision: Box<Revision>,
        id: RevisionId,
    },
    /// The id of a node that a job is to add.
    Reserve { job: JobId },
    /// A bridge brought a node.
    Arrive { node: NodeId },
    /// A node left.
    Depart { node: NodeId },
    /// A device told its name.
    OwnName { node: NodeId, name: Arc<str> },
}

#[derive(Debug)]
struct InFlight {
    id: CommitId,
    pending: Pending,
    revision: Revision,
}

/// What is to be stored, oldest first.
#[derive(Debug, Default)]
pub(super) struct Commits {
    last: u64,
    queue: VecDeque<Pending>,
    in_flight: Option<InFlight>,
    failed: Vec<Pending>,
}

impl Commits {
    pub(super) fn push(&mut self, pending: Pending) {
        self.queue.push_back(pending);
    }

    /// Whether this very change waits already.
    pub(super) fn has(&self, pending: &Pending) -> bool {
        let in_flight = self.in_flight.as_ref().map(|in_flight| &in_flight.pending);
        let mut all = self.queue.iter().chain(&self.failed).chain(in_flight);
        all.any(|other| other == pending)
    }

    pub(super) fn has_room(&self) -> bool {
        self.queue.len() < WAITING
    }

    pub(super) fn is_idle(&self) -> bool {
        self.in_flight.is_none() && self.queue.is_empty() && self.failed.is_empty()
    }

    /// What failed waits again.
    pub(super) fn retry(&mut self) {
        self.queue.extend(self.failed.drain(..));
    }
}

impl Engine {
    /// Takes the store's answer to a commit.
    pub fn handle_committed(
        &mut self,
        commit: CommitId,
        result: Result<RevisionId, String>,
        now: Now,
    ) {
        self.out.present = now;
        let is_it = |in_flight: &mut InFlight| in_flight.id == commit;
        let Some(in_flight) = self.commits.in_flight.take_if(is_it) else {
            return;
        };
        match result {
            Ok(revision) => self.committed(in_flight, revision),
            Err(error) => self.commit_failed(in_flight.pending, error),
        }
        self.settle();
    }

    /// Gives the store its next commit, if it has none.
    pub(super) fn pump(&mut self) {
        while self.commits.in_flight.is_none() {
            let Some(pending) = self.commits.queue.pop_front() else {
                return;
            };
            let changes = match self.plan(&pending) {
                Ok(changes) => changes,
                Err(error) => {
                    self.plan_failed(&pending, error);
                    continue;
                }
            };
            if changes.is_empty() {
                self.nothing_to_commit(&pending);
                continue;
            }
            let (author, reason) = self.authored(&pending);
            let revision = Revision {
                at: self.out.present.wall,
                author,
                reason,
                changes,
            };
            self.commits.last += 1;
            let id = CommitId(self.commits.last);
            self.out.transmit(Transmit::Commit {
                commit: id,
                revision: revision.clone(),
            });
            self.commits.in_flight = Some(InFlight {
                id,
                pending,
                revision,
            });
        }
    }

    fn plan(&mut self, pending: &Pending) -> Result<Vec<ObjectChange>, EditError> {
        let joined = |node| self.nodes.get(node).is_some_and(|live| live.joined);
        match pending {
            Pending::Causes => Ok(self.home.plan_causes(CAUSE_BLOCK)),
            Pending::Edit { edit, .. } => {
                self.check_group(edit)?;
                self.home.plan(edit)
            }
            Pending::Undo { revision, .. } => self.home.plan_undo(revision),
            Pending::Reserve { job } => {
                let (node, changes) = self.home.plan_reservation();
                let Some(job) = self.jobs.running(*job) else {
                    return Ok(Vec::new()); // Cancelled meanwhile.
                };
                if let Some(request) = &mut job.request {
                    request.node = node;
                }
                Ok(changes)
            }
            Pending::Arrive { node } if joined(node) => {
                let arrival = self.arrival(*node);
                Ok(self.home.plan_arrival(&arrival, self.out.present.wall))
            }
            Pending::Depart { node } if !joined(node) => Ok(self.home.plan_departure(*node)),
            Pending::Arrive { .. } | Pending::Depart { .. } => Ok(Vec::new()),
            Pending::OwnName { node, name } => Ok(self.home.plan_own_name(*node, name)),
        }
    }

    fn arrival(&self, node: NodeId) -> Arrival {
        let bridge = self.nodes.get(&node).and_then(|live| live.bridge);
        let bridge = bridge.and_then(|at| self.config.bridges.get(at));
        let intended = self.jobs.intended(node);
        Arrival {
            node,
            bridge: bridge.cloned().unwrap_or_else(|| "".into()),
            name: intended.and_then(|intended| intended.name.clone()),
            room: intended.and_then(|intended| intended.room),
        }
    }

    fn check_group(&self, edit: &Edit) -> Result<(), EditError> {
        let Edit::Group { node, endpoints } = edit else {
            return Ok(());
        };
        let node = *node;
        let Some(live) = self.nodes.get(&node) else {
            return Ok(()); // Planning says that there is no such node.
        };
        let known = &live.structure.endpoints;
        match endpoints.iter().find(|id| !known.contains_key(id)) {
            Some(endpoint) => Err(EditError::BadEndpoint {
                node,
                endpoint: *endpoint,
            }),
            None => Ok(()),
        }
    }

    fn authored(&self, pending: &Pending) -> (Origin, String) {
        let hub = |reason: &str| (Origin::Hub, reason.to_owned());
        match pending {
            Pending::Causes => hub("the hub started"),
            Pending::Edit { author, reason, .. } => (author.clone(), reason.clone()),
            Pending::Undo { author, id, .. } => (author.clone(), format!("undo of {id}")),
            Pending::Reserve { .. } => hub("an id for a device to add"),
            Pending::Arrive { node } => {
                let intended = self.jobs.intended(*node);
                let author = intended.map_or(Origin::Hub, |intended| intended.author.clone());
                (author, "the device was added".to_owned())
            }
            Pending::Depart { .. } => hub("the device was removed"),
            Pending::OwnName { .. } => hub("the device told its name"),
        }
    }

    fn plan_failed(&mut self, pending: &Pending, error: EditError) {
        if let Pending::Edit { request, .. } | Pending::Undo { request, .. } = pending {
            self.out.answer(*request, Err(error.into()));
        }
    }

    fn nothing_to_commit(&mut self, pending: &Pending) {
        match pending {
            Pending::Arrive { node } | Pending::Depart { node } => {
                self.drop_ghost(*node);
                self.finish_jobs();
            }
            _ => {}
        }
    }

    /// Forgets a node that left before it was in the home.
    fn drop_ghost(&mut self, node: NodeId) {
        let live = self.nodes.get(&node);
        if live.is_some_and(|live| !live.joined && !live.visible) {
            self.forget(node);
        }
    }

    fn committed(&mut self, in_flight: InFlight, revision: RevisionId) {
        let Revision {
            author,
            reason,
            changes,
            ..
        } = in_flight.revision;
        // Planned changes are readable: they were written by this version, or read once already.
        let applied = Arc::make_mut(&mut self.home).apply(&changes);
        debug_assert_eq!(applied, Ok(()), "planned changes can be applied");
        self.out.event(EventKind::HomeChanged {
            revision,
            author,
            reason: reason.into(),
            changes: changes.as_slice().into(),
        });
        self.follow_home(&changes);
        match in_flight.pending {
            Pending::Causes => self.causes.reserve(self.home.next_cause()),
            Pending::Edit { request, .. } | Pending::Undo { request, .. } => {
                let taken = Taken {
                    revision: Some(revision),
                    ..Taken::default()
                };
                self.out.answer(request, Ok(taken));
            }
            Pending::Reserve { job } => self.reserved(job),
            Pending::Arrive { node } => {
                self.drop_left(node);
                self.finish_jobs();
            }
            Pending::Depart { .. } => self.finish_jobs(),
            Pending::OwnName { .. } => {}
        }
    }

    /// A node that left while its arrival was being stored is in the home now: out again.
    fn drop_left(&mut self, node: NodeId) {
        let gone = self.nodes.get(&node).is_some_and(|live| !live.joined);
        let depart = Pending::Depart { node };
        if gone && !self.commits.has(&depart) {
            self.commits.push(depart);
        }
    }

    /// The node's id is ours: the bridge may begin.
    fn reserved(&mut self, id: JobId) {
        let Some(job) = self.jobs.running(id) else {
            return;
        };
        if let (Some(bridge), Some(request)) = (job.bridge, job.request.take()) {
            job.set_node(request.node);
            let input = BridgeInput::Commission(request);
            self.out.transmit(Transmit::Bridge { bridge, input });
            self.tell_job(id);
        }
    }

    fn commit_failed(&mut self, pending: Pending, error: String) {
        match pending {
            Pending::Edit { request, .. } | Pending::Undo { request, .. } => {
                self.out.answer(request, Err(RequestError::Store(error)));
            }
            Pending::Reserve { job } => {
                let message = "The home's database could not be written.";
                let advice = "Look at the disk's free space, then try again.";
                self.fail_job(job, failure("store", message, advice, &error));
            }
            own => {
                self.commits.failed.push(own);
                let at = self.out.present.mono + RETRY_AFTER;
                self.timers.set(Timer::Retry, at);
            }
        }
    }

    /// Lets the nodes follow what changed in the home.
    fn follow_home(&mut self, changes: &[ObjectChange]) {
        let affected: BTreeSet<NodeId> = changes.iter().filter_map(node_of).collect();
        for id in affected {
            let in_home = self.home.node(id).is_some();
            let Some(live) = self.nodes.get_mut(&id) else {
                continue;
            };
            match (in_home, live.visible) {
                (true, false) => {
                    self.derive(id);
                    self.show(id);
                }
                (true, true) => self.derive(id),
                (false, true) => self.hide(id),
                (false, false) => {}
            }
        }
    }

    fn show(&mut self, id: NodeId) {
        if let Some(live) = self.nodes.get_mut(&id) {
            live.visible = true;
        }
        if let Some(view) = self.node_view(id, &Filter::default()) {
            self.out.event(EventKind::NodeAdded(Box::new(view)));
        }
        self.name_by_device(id);
    }

    fn hide(&mut self, id: NodeId) {
        self.out.event(EventKind::NodeRemoved { node: id });
        self.out.transmit(Transmit::Forget { node: id });
        for cause in self.commands.of_node(id) {
            self.end_command(cause);
        }
        let Some(live) = self.nodes.get_mut(&id) else {
            return;
        };
        if live.joined {
            // It came again while its departure was being stored.
            live.visible = false;
            self.commits.push(Pending::Arrive { node: id });
        } else {
            self.forget(id);
        }
    }

    fn forget(&mut self, id: NodeId) {
        self.nodes.remove(&id);
        self.dirty.remove(&id);
        self.timers.clear(Timer::Away(id));
    }
}

fn node_of(change: &ObjectChange) -> Option<NodeId> {
    if change.kind == ObjectKind::NODE {
        crate::home::parse_node(&change.id)
    } else if change.kind == ObjectKind::DEVICE {
        change.id.parse().ok().map(|id: DeviceId| id.node)
    } else {
        None
    }
}

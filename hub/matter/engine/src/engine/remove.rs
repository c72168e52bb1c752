//! Removal of a node: it is told to forget our fabric, then we forget it.
//!
//! A device that cannot be told keeps our certificate until it is reset; that is why forgetting
//! it has to be asked for.
//!
//! Spec: Matter 1.6 Core §11.18.6.12 (`RemoveFabric`).

use std::collections::BTreeMap;
use std::time::Duration;

use hub_model::{BridgeOutput, JobFailure, JobId, JobUpdate, NodeId, Now};
use matter_codec::{Tag, TlvWriter, Value};
use matter_interaction::{CommandPath, ReadPath};
use tracing::{debug, info};

use super::keep::Reason;
use super::node::Node;
use super::{Engine, Timer};
use crate::commissioning::ExchangeError;
use crate::net::interaction::{Outcome, Request};
use crate::net::invoke_response::InvokeReply;
use crate::net::sessions::Session;
use crate::net::{Purpose, Within};
use crate::value;

/// The removals under way.
#[derive(Debug, Default)]
pub(crate) struct Removals {
    by_node: BTreeMap<NodeId, Removal>,
}

#[derive(Debug)]
struct Removal {
    job: JobId,
    /// Forget it even if it cannot be told.
    forget: bool,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// There is no session.
    Reaching,
    /// It is asked for the index of our fabric.
    Asking,
    /// It is told to forget us.
    Telling,
    /// It is being deleted here.
    Deleting,
}

impl Engine {
    pub(super) fn begin_removal(&mut self, job: JobId, id: NodeId, forget: bool, now: Now) {
        let Some(node) = self.nodes.get(&id).filter(|node| !node.joining) else {
            self.fail_job(job, unknown(id));
            return;
        };
        if let Some(removal) = self.removals.by_node.get_mut(&id) {
            if removal.stage == Stage::Reaching && forget {
                // Asked again, now to give the waiting up.
                let before = std::mem::replace(&mut removal.job, job);
                removal.forget = true;
                self.fail_job(before, superseded());
                self.forget_node(id, now);
            } else {
                self.fail_job(job, busy());
            }
            return;
        }
        let session = node.session();
        let removal = Removal {
            job,
            forget,
            stage: Stage::Reaching,
        };
        self.removals.by_node.insert(id, removal);
        match session {
            Some(session) => self.tell_removal(id, session, now),
            None if forget => self.forget_node(id, now),
            None => {
                let until = now.mono + REACH_WITHIN;
                self.timers.set(Timer::Remove(id), Some(until));
                self.dial_soon(id, true);
            }
        }
    }

    /// A node has a session; it may have to be removed.
    pub(super) fn session_for_removal(&mut self, id: NodeId, now: Now) {
        let session = self.nodes.get(&id).and_then(Node::session);
        let reaching = self
            .removals
            .by_node
            .get(&id)
            .is_some_and(|removal| removal.stage == Stage::Reaching);
        if let Some(session) = session.filter(|_| reaching) {
            self.tell_removal(id, session, now);
        }
    }

    fn tell_removal(&mut self, id: NodeId, session: Session, now: Now) {
        let index = self
            .nodes
            .get(&id)
            .and_then(|node| node.record.fabric_index);
        let (stage, request) = match index {
            Some(index) => (Stage::Telling, remove_fabric(index)),
            None => {
                let index = ReadPath::concrete(0, OPERATIONAL_CREDENTIALS, CURRENT_FABRIC_INDEX);
                (Stage::Asking, Request::Read { paths: vec![index] })
            }
        };
        if let Some(removal) = self.removals.by_node.get_mut(&id) {
            removal.stage = stage;
        }
        let deadline = now.mono + TELL_WITHIN;
        self.timers
            .set(Timer::Remove(id), Some(deadline + TELL_WITHIN));
        let within = Within::Deadline(deadline);
        self.net
            .request(session, Purpose::Remove(id), request, within, now.mono);
    }

    /// The node answered, or did not.
    pub(super) fn removing(&mut self, id: NodeId, outcome: &Outcome, now: Now) {
        let Some(removal) = self.removals.by_node.get(&id) else {
            return;
        };
        match (removal.stage, outcome) {
            (Stage::Asking, Outcome::Chunk(chunk)) => {
                let index = chunk
                    .values
                    .iter()
                    .find_map(|reported| match reported.value {
                        Value::Uint(index) => u8::try_from(index).ok(),
                        _ => None,
                    });
                if let Some(node) = self.nodes.get_mut(&id) {
                    node.record.fabric_index = index;
                }
            }
            (Stage::Asking, Outcome::Read) => {
                let node = self.nodes.get(&id);
                let known = node.is_some_and(|node| node.record.fabric_index.is_some());
                match node.and_then(Node::session).filter(|_| known) {
                    Some(session) => self.tell_removal(id, session, now),
                    None => self.not_removed(id, "it did not tell our fabric's index", now),
                }
            }
            (Stage::Telling, Outcome::Invoked(reply)) => match removal_status(reply) {
                Ok(()) => self.forget_node(id, now),
                Err(why) => self.not_removed(id, &why, now),
            },
            // It received the request and closed the session, as a device does that forgets us.
            (
                Stage::Telling,
                Outcome::Failed {
                    error: ExchangeError::SessionLost,
                    received: true,
                },
            ) => self.forget_node(id, now),
            (
                _,
                Outcome::Failed {
                    error: ExchangeError::SessionLost,
                    ..
                },
            ) => {
                if let Some(removal) = self.removals.by_node.get_mut(&id) {
                    removal.stage = Stage::Reaching;
                }
                debug!(node = %id, "to be told again on the next session");
            }
            (_, Outcome::Failed { error, .. }) => self.not_removed(id, &error.to_string(), now),
            _ => {}
        }
    }

    pub(super) fn removal_timeout(&mut self, id: NodeId, now: Now) {
        self.not_removed(id, "it does not answer", now);
    }

    fn not_removed(&mut self, id: NodeId, why: &str, now: Now) {
        let Some(removal) = self.removals.by_node.get(&id) else {
            return;
        };
        if removal.forget {
            self.forget_node(id, now);
            return;
        }
        let job = removal.job;
        self.end_removal(id);
        self.fail_job(job, refused(why));
    }

    /// Forgets a node; it is gone when that is on disk.
    fn forget_node(&mut self, id: NodeId, now: Now) {
        info!(node = %id, "forgotten");
        self.timers.set(Timer::Remove(id), None);
        if let Some(removal) = self.removals.by_node.get_mut(&id) {
            removal.stage = Stage::Deleting;
        }
        self.abandon_node(id, now);
        self.delete_now(Reason::Removed(id), id);
    }

    pub(super) fn removal_stored(&mut self, id: NodeId, result: Result<(), String>) {
        let Some(removal) = self.removals.by_node.get(&id) else {
            return;
        };
        let job = removal.job;
        self.end_removal(id);
        self.tell(BridgeOutput::Left { node: id });
        match result {
            Ok(()) => self.tell_job(job, JobUpdate::Done),
            Err(error) => self.fail_job(job, not_stored(error)),
        }
    }

    fn end_removal(&mut self, id: NodeId) {
        self.removals.by_node.remove(&id);
        self.timers.set(Timer::Remove(id), None);
    }
}

fn remove_fabric(index: u8) -> Request {
    let mut fields = Vec::new();
    let mut writer = TlvWriter::new(&mut fields);
    let written = writer
        .start_structure(Tag::Anonymous)
        .and_then(|()| writer.put_uint(Tag::Context(0), index.into()))
        .and_then(|()| writer.end_container());
    debug_assert!(written.is_ok(), "a flat struct into memory");
    Request::Invoke {
        path: CommandPath {
            endpoint: 0,
            cluster: OPERATIONAL_CREDENTIALS,
            command: REMOVE_FABRIC,
        },
        fields,
        timed: false,
    }
}

/// Reads `NOCResponse`.
fn removal_status(reply: &InvokeReply) -> Result<(), String> {
    let status = match reply {
        InvokeReply::Status { status, .. } => u64::from(*status),
        InvokeReply::Command { fields, .. } => value::decode(fields)
            .ok()
            .and_then(|fields| fields.field(0)?.as_u64())
            .ok_or_else(|| "its answer cannot be read".to_owned())?,
    };
    if status == 0 {
        Ok(())
    } else {
        Err(format!("it answered with status {status}"))
    }
}

fn failure(code: &str, message: String, advice: &str, detail: String) -> JobFailure {
    JobFailure {
        stage: None,
        code: code.to_owned(),
        message,
        advice: advice.to_owned(),
        detail,
    }
}

fn unknown(id: NodeId) -> JobFailure {
    failure(
        "not-found",
        format!("There is no Matter device {id}."),
        "Look up the device's id in the list of devices.",
        String::new(),
    )
}

fn busy() -> JobFailure {
    failure(
        "busy",
        "The device is being removed already.".to_owned(),
        "Wait for the removal under way to end.",
        String::new(),
    )
}

fn superseded() -> JobFailure {
    failure(
        "cancelled",
        "The device is to be forgotten instead.".to_owned(),
        "Nothing is left to do.",
        String::new(),
    )
}

fn refused(why: &str) -> JobFailure {
    failure(
        "device-refused",
        "The device could not be told to leave this home.".to_owned(),
        "Switch it on and try again, or forget it and reset it by hand.",
        why.to_owned(),
    )
}

fn not_stored(error: String) -> JobFailure {
    failure(
        "store",
        "The device has left, but that could not be saved.".to_owned(),
        "Make room on the hub's disk, then remove the device once more.",
        error,
    )
}

const OPERATIONAL_CREDENTIALS: u32 = 0x003e;
const REMOVE_FABRIC: u32 = 0x0a;
const CURRENT_FABRIC_INDEX: u32 = 0x0005;
/// How long a device without a session may take to answer a call.
const REACH_WITHIN: Duration = Duration::from_secs(20);
/// How long it may take to answer the request.
const TELL_WITHIN: Duration = Duration::from_secs(10);

//! What can be asked of the engine, and what it answers.

use std::sync::Arc;

use hub_model::{AttestationPolicy, CauseId, Command, JobId, NodeId, Secret};

use crate::access::Denied;
use crate::change::RevisionId;
use crate::edit::{Edit, EditError};
use crate::home::RoomId;

/// One thing asked of the engine.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Request {
    /// Ask a device to do something.
    Command {
        /// What.
        command: Command,
        /// What led to it, if something did.
        parent: Option<CauseId>,
    },
    /// Change the home.
    Edit {
        /// How.
        edit: Edit,
        /// Why, in a few words; may be empty.
        reason: String,
    },
    /// Take a revision back, if nothing of it changed since.
    Undo {
        /// Which.
        revision: RevisionId,
    },
    /// Add a device.
    Commission(Commission),
    /// Answer the question of a job.
    Answer {
        /// The job that asked.
        job: JobId,
        /// Go on, or give up.
        proceed: bool,
    },
    /// Give a job up.
    Cancel {
        /// Which.
        job: JobId,
    },
    /// Remove a node from its network and from the home.
    Remove {
        /// Which.
        node: NodeId,
        /// Forget it even if the device cannot be told.
        forget: bool,
    },
}

/// A device to add.
#[derive(Clone, Debug)]
pub struct Commission {
    /// The setup code: QR payload or manual pairing code.
    pub code: Secret<String>,
    /// Its name; none lets the device name itself.
    pub name: Option<String>,
    /// Its room.
    pub room: Option<RoomId>,
    /// What to do with untrusted attestation; the bridge's configured policy when none.
    pub policy: Option<AttestationPolicy>,
    /// The bridge that adds it; the first configured when none.
    pub bridge: Option<Arc<str>>,
}

/// Names a request until it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// That a request was taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Its link of the causal chain; of a command, its name in events.
    pub cause: Option<CauseId>,
    /// The job that does it.
    pub job: Option<JobId>,
    /// The revision that holds it, on disk.
    pub revision: Option<RevisionId>,
}

/// Why a request was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Not allowed.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The edit cannot be made.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// There is no such node.
    #[error("there is no node {0}")]
    UnknownNode(NodeId),
    /// There is no such room.
    #[error("there is no room {0}")]
    UnknownRoom(RoomId),
    /// There is no such job, or it has ended.
    #[error("there is no running job {0}")]
    UnknownJob(JobId),
    /// There is no such revision.
    #[error("there is no revision {0}")]
    UnknownRevision(RevisionId),
    /// There is no such bridge, or it does not run.
    #[error("no bridge can do that")]
    NoBridge,
    /// The job asked nothing, or was answered already.
    #[error("job {0} has asked nothing")]
    NotAsking(JobId),
    /// Too much is under way.
    #[error("too much is under way; try again when some of it has ended")]
    Busy,
    /// The causal chain is too long: something triggers itself.
    #[error("the chain of causes is {depth} links long, as if something triggered itself")]
    TooDeep {
        /// Its length.
        depth: u16,
    },
    /// The store refused, so nothing was changed.
    #[error("the change could not be stored: {0}")]
    Store(String),
}

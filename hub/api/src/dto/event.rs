//! What goes over the WebSocket.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Attribute, EventRecord, Home, Job, ReachabilityWord};
use crate::problem::Problem;

/// What a client says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientMessage {
    /// Begin, or begin anew with another filter.
    Subscribe(Subscribe),
}

/// What a client wants to hear.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscribe {
    /// Which part of the home.
    #[serde(default)]
    pub filter: Filter,
    /// The hub's run that `since` is of.
    #[serde(default)]
    pub run: Option<String>,
    /// The last event that the client knows. With `run` it asks to go on from there; when that is
    /// not possible, a snapshot comes instead.
    #[serde(default)]
    pub since: Option<u64>,
}

/// Which part of the home a client wants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// These attributes and the events beside them: `node/endpoint/Cluster.attribute`, by name or
    /// number, `*` for any, a missing end for all below. All when none.
    #[serde(default)]
    pub paths: Option<Vec<String>>,
    /// Whether to hear of reports that changed nothing.
    #[serde(default)]
    pub fresh: bool,
}

/// What the hub says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum ServerMessage {
    /// The home as it is: replaces all that the client knows.
    Snapshot {
        /// Names the hub's run.
        run: String,
        /// The last event that it includes.
        seq: u64,
        /// The hub's present.
        at_ms: i64,
        /// The home.
        home: Home,
        /// The attributes wanted.
        values: Vec<Attribute>,
        /// The journal of jobs.
        jobs: Vec<Job>,
    },
    /// The client goes on from where it was; deltas follow.
    Resumed {
        /// Names the hub's run.
        run: String,
        /// The last event that the client knows.
        seq: u64,
        /// The hub's present.
        at_ms: i64,
    },
    /// What has changed since the message before, in order.
    Delta {
        /// The last event that it includes.
        seq: u64,
        /// The hub's present.
        at_ms: i64,
        /// What changed. A value that changed several times comes once, with its last.
        changes: Vec<Change>,
    },
    /// A sign of life.
    Alive {
        /// The hub's present.
        at_ms: i64,
    },
    /// What the client said cannot be done.
    Error {
        /// Why.
        problem: Problem,
    },
}

/// One thing that changed. Clients ignore kinds that they do not know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Change {
    /// An attribute has another value, or its first.
    Value(Attribute),
    /// An attribute was reported with the value that it had.
    Fresh {
        /// Which.
        path: String,
        /// When it was so, by the device's word.
        reported_at_ms: i64,
        /// When the hub heard of it.
        received_at_ms: i64,
    },
    /// An event of a device.
    Event(EventRecord),
    /// A node went or came back. When it went, all its values became stale.
    Reachability {
        /// Which.
        node: String,
        /// How it is now.
        reachability: ReachabilityWord,
        /// Since when it is offline.
        offline_since_ms: Option<i64>,
    },
    /// The home was changed: all of it.
    Home {
        /// The home.
        home: Home,
    },
    /// A node left the home, and its values with it.
    NodeRemoved {
        /// Which.
        node: String,
    },
    /// How a command goes.
    Command {
        /// The number of its cause.
        cause: u64,
        /// The node asked.
        node: String,
        /// In words: `sent`, `acknowledged`, `confirmed`, `timed out`, or `refused: ` and why.
        progress: String,
    },
    /// How a job goes: all of it.
    Job {
        /// The job.
        job: Job,
    },
    /// An ended job fell out of the journal.
    JobDropped {
        /// Which.
        job: String,
    },
}

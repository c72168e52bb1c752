//! What the engine holds of one node while it runs.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Instant;

use hub_model::{NodeId, NodeInfo};

use super::backoff::Backoff;
use super::commands::Commands;
use crate::net::HandshakeId;
use crate::net::sessions::Session;
use crate::record::NodeRecord;

/// A node and how it is reached.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) record: NodeRecord,
    pub(crate) link: Link,
    /// Its commissioning is not complete: [`super::join`] decides what is done on its session.
    pub(crate) joining: bool,
    /// Where DNS-SD last heard it, the likeliest first.
    pub(crate) resolved: Vec<SocketAddr>,
    /// Whether DNS-SD is asking for it.
    pub(crate) resolving: bool,
    /// Where it was not tried yet, in this round of dialling.
    pub(crate) untried: VecDeque<SocketAddr>,
    /// The next handshake is to be a whole one: the shortened one failed.
    pub(crate) distrust_resumption: bool,
    pub(crate) backoff: Backoff,
    /// What the hub was told last.
    pub(crate) told_reachable: Option<bool>,
    pub(crate) told_info: Option<NodeInfo>,
    /// What keeps it from being live, in words.
    pub(crate) trouble: Option<String>,
    /// The longest time between its reports, as it promised.
    pub(crate) max_interval_s: Option<u16>,
    /// Only events from this number on were asked for.
    pub(crate) event_floor: Option<u64>,
    pub(crate) commands: Commands,
}

/// How a node is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// Not now; a timer or an announcement will change that.
    Waiting,
    /// It waits for its turn to be dialled.
    Queued,
    /// A handshake is under way.
    Dialing {
        handshake: HandshakeId,
        peer: SocketAddr,
        since: Instant,
    },
    /// There is a session.
    Up {
        session: Session,
        subscription: Subscription,
        /// A sign of life was asked for, as it announced itself though we hold a session.
        probing: bool,
    },
}

/// How far the subscription of a node with a session has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subscription {
    /// None, and none asked for.
    None,
    /// Asked for; its first report may be coming.
    Asked,
    /// It stands.
    Live {
        /// When the node reported last.
        reported: Instant,
    },
}

impl Node {
    pub(crate) fn new(record: NodeRecord, joining: bool) -> Self {
        Self {
            record,
            link: Link::Waiting,
            joining,
            resolved: Vec::new(),
            resolving: false,
            untried: VecDeque::new(),
            distrust_resumption: false,
            backoff: Backoff::default(),
            told_reachable: None,
            told_info: None,
            trouble: None,
            max_interval_s: None,
            event_floor: None,
            commands: Commands::default(),
        }
    }

    pub(crate) fn id(&self) -> NodeId {
        self.record.node
    }

    pub(crate) fn session(&self) -> Option<Session> {
        match self.link {
            Link::Up { session, .. } => Some(session),
            _ => None,
        }
    }

    pub(crate) fn is_live(&self) -> bool {
        matches!(
            self.link,
            Link::Up {
                subscription: Subscription::Live { .. },
                ..
            }
        )
    }

    /// Where to try it, in order: where DNS-SD heard it, then where it answered before.
    pub(crate) fn whereabouts(&self) -> VecDeque<SocketAddr> {
        let mut all = VecDeque::new();
        for address in self.resolved.iter().chain(&self.record.addresses) {
            if !all.contains(address) {
                all.push_back(*address);
            }
        }
        all
    }

    /// What the bridge knows of it, for people.
    pub(crate) fn info(&self) -> NodeInfo {
        NodeInfo {
            address: self.record.addresses.first().map(ToString::to_string),
            max_interval_s: self
                .max_interval_s
                .filter(|_| self.is_live())
                .map(u32::from),
            trouble: self.trouble.clone(),
            attestation: self.record.attestation.clone(),
            certificates: self.record.certificates.clone(),
        }
    }
}

//! Supervision of each node: dial, hold a session, notice its loss, dial again; for ever.
//!
//! A node is dialled where DNS-SD heard it and where it answered before, one address after the
//! other. Where none answers, DNS-SD is asked, and the round begins anew after a growing wait or
//! as soon as the node is heard.

use std::net::SocketAddr;
use std::time::Duration;

use hub_model::{BridgeOutput, NodeId, Now};
use tracing::{debug, info};

use super::clock::matter_time;
use super::node::{Link, Node, Subscription};
use super::{Engine, Timer};
use crate::commissioning::ExchangeError;
use crate::discovery::{Discover, Location};
use crate::net::handshake::HandshakeError;
use crate::net::sessions::Session;
use crate::net::{Case, Dial, Established, Lost, Purpose};
use crate::record::NodeRecord;

impl Engine {
    /// Takes a commissioned node under supervision.
    pub(super) fn begin_node(&mut self, record: NodeRecord) {
        let id = record.node;
        self.tell(BridgeOutput::Joined { node: id });
        self.supervise(Node::new(record, false));
        self.tell_info(id);
        self.dial_soon(id, false);
    }

    /// Watches and holds a node; does not dial it yet.
    pub(super) fn supervise(&mut self, node: Node) {
        let id = node.id();
        self.nodes.insert(id, node);
        self.discover(Discover::Watch {
            node: id,
            instance: self.fabric.instance_name(id),
        });
    }

    /// Lets go of a node and everything that was under way for it.
    pub(super) fn abandon_node(&mut self, id: NodeId, now: Now) {
        self.dials.forget(id);
        for timer in [
            Timer::Dial(id),
            Timer::Place(id),
            Timer::Subscribe(id),
            Timer::Alive(id),
            Timer::Probe(id),
            Timer::Command(id),
        ] {
            self.timers.set(timer, None);
        }
        let Some(mut node) = self.nodes.remove(&id) else {
            return;
        };
        match node.link {
            Link::Dialing { handshake, .. } => self.net.abandon(handshake),
            Link::Up { session, .. } => self.net.close(session, now.mono),
            Link::Waiting | Link::Queued => {}
        }
        self.net.drop_subscription(id);
        self.refuse_all(&mut node);
        self.keeper.forget(id);
        self.discover(Discover::Unwatch { node: id });
    }

    /// Puts a node in the queue to be dialled, unless it has a session or is being dialled.
    pub(super) fn dial_soon(&mut self, id: NodeId, urgent: bool) {
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        if !matches!(node.link, Link::Waiting | Link::Queued) {
            return;
        }
        node.link = Link::Queued;
        self.timers.set(Timer::Dial(id), None);
        self.dials.enter(id, urgent);
    }

    /// Dials the next node in the queue, if there is one and a place for it.
    pub(super) fn dial_next(&mut self, now: Now) -> bool {
        let Some(id) = self.dials.next() else {
            return false;
        };
        if let Some(node) = self.nodes.get_mut(&id)
            && node.untried.is_empty()
        {
            node.untried = node.whereabouts();
        }
        self.dial(id, now);
        true
    }

    /// Tries the next address of a node; when none is left, asks DNS-SD and waits.
    fn dial(&mut self, id: NodeId, now: Now) {
        let Some(node) = self.nodes.get_mut(&id) else {
            self.dials.release(id);
            return;
        };
        let Some(peer) = node.untried.pop_front() else {
            self.round_failed(id, now);
            return;
        };
        debug!(node = %id, %peer, "dialling");
        let case = Case {
            fabric: &self.fabric,
            node: id,
            resumption: node
                .record
                .resumption
                .as_ref()
                .filter(|_| !node.distrust_resumption),
            at: matter_time(now.wall),
        };
        let dial = Dial {
            purpose: Purpose::Dial(id),
            peer,
            pace: node.record.pace,
        };
        match self.net.start_case(dial, &case, now.mono) {
            Some(handshake) => {
                node.link = Link::Dialing {
                    handshake,
                    peer,
                    since: now.mono,
                };
                self.timers.set(Timer::Place(id), Some(now.mono + SILENCE));
            }
            // Its failure comes as an event.
            None => node.link = Link::Queued,
        }
    }

    /// A node that is dialled has not answered for a while: it no longer keeps others waiting,
    /// and may have moved.
    pub(super) fn silent(&mut self, id: NodeId) {
        self.dials.release(id);
        self.resolve(id);
    }

    pub(super) fn resolve(&mut self, id: NodeId) {
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        if !std::mem::replace(&mut node.resolving, true) {
            self.discover(Discover::Resolve { node: id });
        }
    }

    pub(super) fn stop_resolving(&mut self, id: NodeId) {
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        if std::mem::replace(&mut node.resolving, false) {
            self.discover(Discover::StopResolving { node: id });
        }
    }

    /// A handshake with a node ended.
    pub(super) fn dialled(
        &mut self,
        id: NodeId,
        result: Result<Established, HandshakeError>,
        now: Now,
    ) {
        self.timers.set(Timer::Place(id), None);
        match result {
            Ok(established) => self.session_up(id, established, now),
            Err(error) => self.dial_failed(id, error, now),
        }
    }

    fn session_up(&mut self, id: NodeId, established: Established, now: Now) {
        let Some(node) = self.nodes.get_mut(&id) else {
            self.net.close(established.session, now.mono);
            return;
        };
        debug!(node = %id, peer = %established.peer, resumed = established.resumed, "session established");
        node.link = Link::Up {
            session: established.session,
            subscription: Subscription::None,
            probing: false,
        };
        node.untried.clear();
        node.distrust_resumption = false;
        node.record.answered_at(established.peer);
        node.record.pace = established.pace;
        node.record.resumption = established.resumption;
        node.record.seen_at = now.wall;
        let joining = node.joining;
        self.stop_resolving(id);
        self.changed(id, now);
        if joining {
            self.dials.release(id);
            self.case_ended(id, Ok(()), now);
            return;
        }
        self.tell_reachable(id, true);
        self.tell_info(id);
        self.session_for_removal(id, now);
        self.send_commands(id, now);
        self.subscribe(id, now);
    }

    fn dial_failed(&mut self, id: NodeId, error: HandshakeError, now: Now) {
        let Some(node) = self.nodes.get_mut(&id) else {
            self.dials.release(id);
            return;
        };
        let peer = match node.link {
            Link::Dialing { peer, .. } => Some(peer),
            _ => None,
        };
        node.link = Link::Queued;
        info!(node = %id, peer = ?peer, %error, "not reached");
        let may_be_resumption = matches!(error, HandshakeError::Failed(_))
            && node.record.resumption.is_some()
            && !node.distrust_resumption;
        if may_be_resumption {
            node.distrust_resumption = true;
            node.untried.extend(peer);
            node.untried.rotate_right(usize::from(peer.is_some()));
            self.dial(id, now);
            return;
        }
        node.trouble = Some(error.to_string());
        if let HandshakeError::Busy { wait } = error {
            node.untried.extend(peer);
            self.wait(id, wait.unwrap_or(BUSY).clamp(BUSY, MAX_BUSY), now);
            return;
        }
        self.dial(id, now);
    }

    /// No address is left to try.
    fn round_failed(&mut self, id: NodeId, now: Now) {
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        if node.whereabouts().is_empty() {
            node.trouble = Some("it was not found on the network".to_owned());
        }
        let wait = node
            .backoff
            .next(self.limits.max_backoff, self.net.random());
        let hopeless = node.joining && node.backoff.failures() >= ROUNDS_TO_JOIN;
        let trouble = node.trouble.clone().unwrap_or_default();
        self.resolve(id);
        self.wait(id, wait, now);
        if hopeless {
            self.case_ended(id, Err(ExchangeError::Refused(trouble)), now);
        }
    }

    fn wait(&mut self, id: NodeId, wait: Duration, now: Now) {
        self.dials.release(id);
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        node.link = Link::Waiting;
        self.timers.set(Timer::Dial(id), Some(now.mono + wait));
        self.tell_reachable(id, false);
        self.tell_info(id);
    }

    /// A node's session has ended.
    pub(super) fn session_lost(&mut self, id: NodeId, session: Session, how: Lost) {
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        if node.session() != Some(session) {
            return;
        }
        info!(node = %id, ?how, "session lost");
        if how == Lost::Silent {
            self.tell_reachable(id, false);
        }
        self.session_over(id);
    }

    /// Ends a node's session on our side and dials it.
    pub(super) fn replace_session(&mut self, id: NodeId) {
        let Some(session) = self.nodes.get(&id).and_then(Node::session) else {
            return;
        };
        self.net.drop_session(session);
        self.session_over(id);
    }

    fn session_over(&mut self, id: NodeId) {
        for timer in [Timer::Subscribe(id), Timer::Alive(id), Timer::Probe(id)] {
            self.timers.set(timer, None);
        }
        self.net.drop_subscription(id);
        self.dials.release(id);
        if let Some(node) = self.nodes.get_mut(&id) {
            node.link = Link::Waiting;
            node.untried.clear();
        }
        self.dial_soon(id, true);
    }

    /// DNS-SD heard a node.
    pub(super) fn heard_at(&mut self, id: NodeId, at: &Location, fresh: bool, now: Now) {
        let addresses = at.socket_addrs();
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        if addresses.is_empty() {
            return;
        }
        node.record.pace = at.pace.or(node.record.pace);
        node.resolved.clone_from(&addresses);
        let link = node.link;
        self.stop_resolving(id);
        match link {
            // It may have restarted and lost the session, or just answered someone else.
            Link::Up { .. } if fresh => self.probe(id, now),
            Link::Up { .. } => {}
            Link::Dialing {
                handshake,
                peer,
                since,
            } => {
                let elsewhere = !addresses.contains(&peer);
                // A first message that is still being worked on is not sent again: a device
                // takes part in one handshake at a time.
                let again = fresh && now.mono.saturating_duration_since(since) >= YOUNG;
                if (again || elsewhere) && !self.net.is_heard(handshake) {
                    self.net.abandon(handshake);
                    self.dial_where_heard(id);
                }
            }
            Link::Waiting | Link::Queued => self.dial_where_heard(id),
        }
    }

    fn dial_where_heard(&mut self, id: NodeId) {
        self.timers.set(Timer::Place(id), None);
        self.dials.release(id);
        if let Some(node) = self.nodes.get_mut(&id) {
            node.link = Link::Waiting;
            node.untried = node.whereabouts();
        }
        self.dial_soon(id, true);
    }

    /// Dials every node that is not reached, at once; those that are may have to be reached
    /// another way, which their sessions find out.
    pub(super) fn redial_all(&mut self, now: Now) {
        let ids: Vec<_> = self.nodes.keys().copied().collect();
        for id in ids {
            let Some(node) = self.nodes.get_mut(&id) else {
                continue;
            };
            node.backoff.reset();
            match node.link {
                Link::Up { .. } => self.probe(id, now),
                Link::Waiting => self.dial_soon(id, false),
                Link::Queued | Link::Dialing { .. } => {}
            }
        }
    }

    /// A node answered from another address.
    pub(super) fn moved(&mut self, id: NodeId, to: SocketAddr, now: Now) {
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        if node.record.answered_at(to) {
            self.changed(id, now);
            self.tell_info(id);
        }
    }

    pub(super) fn tell_reachable(&mut self, id: NodeId, reachable: bool) {
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        if !node.joining && node.told_reachable.replace(reachable) != Some(reachable) {
            self.tell(BridgeOutput::Reachable {
                node: id,
                reachable,
            });
        }
    }

    pub(super) fn tell_info(&mut self, id: NodeId) {
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        let info = node.info();
        if !node.joining && node.told_info.as_ref() != Some(&info) {
            node.told_info = Some(info.clone());
            self.tell(BridgeOutput::Info { node: id, info });
        }
    }
}

/// Rounds of dialling after which a device being added is given up.
const ROUNDS_TO_JOIN: u32 = 3;
/// A device that is awake answers a first message sooner.
const YOUNG: Duration = Duration::from_millis(500);
/// After so long without an answer, a dialled node no longer keeps others waiting.
const SILENCE: Duration = Duration::from_secs(1);
/// How long a busy node is left alone, at least and at most.
const BUSY: Duration = Duration::from_millis(500);
const MAX_BUSY: Duration = Duration::from_secs(60);

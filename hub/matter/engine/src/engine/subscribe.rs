//! The one subscription of a node: all attributes, all events.
//!
//! Its liveness is judged by reports alone: a device that answers commands but has forgotten the
//! subscription is asked again. A device that announces itself though we hold a session may have
//! restarted, or may just have answered somebody else's question: it is asked for a sign of life,
//! and only one that gives none is dialled anew.
//!
//! Spec: Matter 1.6 Core §8.5 (subscribe interaction).

use std::time::Duration;

use hub_model::{BridgeOutput, NodeId, Now};
use matter_interaction::ReadPath;
use tracing::{debug, info};

use super::node::{Link, Node, Subscription};
use super::{Engine, Timer};
use crate::commissioning::ExchangeError;
use crate::net::chunk::Chunk;
use crate::net::interaction::{Outcome, Request};
use crate::net::{Purpose, Within};
use crate::report::{is_event_before, reports};

impl Engine {
    /// Asks a node with a session for its subscription.
    pub(super) fn subscribe(&mut self, id: NodeId, now: Now) {
        let max_interval_s = u16::try_from(self.limits.max_interval.as_secs()).unwrap_or(u16::MAX);
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        let Link::Up {
            session,
            subscription,
            ..
        } = &mut node.link
        else {
            return;
        };
        if *subscription == Subscription::Asked {
            return;
        }
        *subscription = Subscription::Asked;
        let session = *session;
        node.event_floor = node.record.last_event.map(|last| last.saturating_add(1));
        let request = Request::Subscribe {
            max_interval_s,
            event_min: node.event_floor,
        };
        self.timers.set(Timer::Subscribe(id), None);
        self.timers.set(Timer::Alive(id), None);
        let within = Within::EachMessage(EACH_CHUNK);
        self.net
            .request(session, Purpose::Subscribe(id), request, within, now.mono);
    }

    /// Something came of asking for a subscription.
    pub(super) fn subscribing(&mut self, id: NodeId, outcome: Outcome, now: Now) {
        match outcome {
            Outcome::Chunk(chunk) => self.take_chunk(id, chunk, now),
            Outcome::Subscribed { max_interval_s, .. } => self.live(id, max_interval_s, now),
            Outcome::Failed { error, .. } => self.subscribe_failed(id, &error, now),
            _ => {}
        }
    }

    fn live(&mut self, id: NodeId, max_interval_s: u16, now: Now) {
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        let Link::Up { subscription, .. } = &mut node.link else {
            return;
        };
        info!(node = %id, max_interval_s, "subscription established");
        *subscription = Subscription::Live { reported: now.mono };
        node.max_interval_s = Some(max_interval_s);
        node.trouble = None;
        node.backoff.reset();
        self.dials.release(id);
        self.expect_report(id, now);
        self.tell_info(id);
    }

    fn subscribe_failed(&mut self, id: NodeId, error: &ExchangeError, now: Now) {
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        let Link::Up { subscription, .. } = &mut node.link else {
            return;
        };
        *subscription = Subscription::None;
        self.dials.release(id);
        match error {
            // The loss of the session is told by itself.
            ExchangeError::SessionLost => {}
            ExchangeError::TimedOut => self.replace_session(id),
            error => {
                info!(node = %id, %error, "subscription refused");
                node.trouble = Some(format!("it refuses to report: {error}"));
                let wait = node
                    .backoff
                    .next(self.limits.max_backoff, self.net.random());
                self.timers.set(Timer::Subscribe(id), Some(now.mono + wait));
                self.tell_info(id);
            }
        }
    }

    /// A node reported.
    pub(super) fn reported(&mut self, id: NodeId, chunk: Chunk, now: Now) {
        if let Some(Node {
            link:
                Link::Up {
                    subscription: Subscription::Live { reported },
                    ..
                },
            ..
        }) = self.nodes.get_mut(&id)
        {
            *reported = now.mono;
            self.expect_report(id, now);
        }
        self.take_chunk(id, chunk, now);
    }

    fn take_chunk(&mut self, id: NodeId, chunk: Chunk, now: Now) {
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        let (mut reports, last_event) = reports(id, chunk, now.wall, None);
        if let Some(floor) = node.event_floor {
            // A device that knows no filter tells old events again.
            reports.retain(|report| !is_event_before(report, floor));
        }
        if last_event > node.record.last_event {
            node.record.last_event = last_event;
            self.changed_slightly(id, now);
        }
        if !reports.is_empty() {
            self.tell(BridgeOutput::Reports(reports));
        }
    }

    /// A node reports under a subscription that we do not hold. It is told so; if that was all
    /// it had, ours is gone and its silence will show.
    pub(super) fn stray_report(&mut self, id: NodeId, now: Now) {
        debug!(node = %id, "report of an unknown subscription");
        let idle = self.nodes.get(&id).is_some_and(|node| {
            matches!(
                node.link,
                Link::Up {
                    subscription: Subscription::None,
                    ..
                }
            )
        });
        if idle {
            self.subscribe(id, now);
        }
    }

    fn expect_report(&mut self, id: NodeId, now: Now) {
        let Some(node) = self.nodes.get(&id) else {
            return;
        };
        let (Some(session), Some(max_interval_s)) = (node.session(), node.max_interval_s) else {
            return;
        };
        let slack = self.net.sessions().patience(session).unwrap_or_default();
        let interval = Duration::from_secs(max_interval_s.into());
        self.timers
            .set(Timer::Alive(id), Some(now.mono + interval + slack));
    }

    /// A node has not reported when it should have.
    pub(super) fn overdue(&mut self, id: NodeId, now: Now) {
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        let Link::Up { subscription, .. } = &mut node.link else {
            return;
        };
        info!(node = %id, "no report in time");
        *subscription = Subscription::None;
        self.net.drop_subscription(id);
        self.subscribe(id, now);
    }

    /// Asks a node for a sign of life on the session that we hold.
    pub(super) fn probe(&mut self, id: NodeId, now: Now) {
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        let Link::Up {
            session, probing, ..
        } = &mut node.link
        else {
            return;
        };
        if std::mem::replace(probing, true) {
            return;
        }
        let session = *session;
        let patience = node.record.pace.active.unwrap_or_default().max(PROBE);
        let request = Request::Read {
            paths: vec![ReadPath::concrete(
                0,
                BASIC_INFORMATION,
                DATA_MODEL_REVISION,
            )],
        };
        let deadline = now.mono + patience;
        self.timers.set(Timer::Probe(id), Some(deadline));
        // Not bounded by its own deadline: the timer decides.
        let within = Within::Deadline(deadline + PROBE);
        self.net
            .request(session, Purpose::Probe(id), request, within, now.mono);
    }

    /// Something came of a probe: any answer is a sign of life.
    pub(super) fn probed(&mut self, id: NodeId, outcome: &Outcome) {
        if matches!(
            outcome,
            Outcome::Failed {
                error: ExchangeError::SessionLost | ExchangeError::TimedOut,
                ..
            }
        ) {
            return;
        }
        self.timers.set(Timer::Probe(id), None);
        if let Some(Node {
            link: Link::Up { probing, .. },
            ..
        }) = self.nodes.get_mut(&id)
        {
            *probing = false;
        }
    }

    /// A node announced itself and does not know the session: it has restarted.
    pub(super) fn probe_failed(&mut self, id: NodeId) {
        info!(node = %id, "it has restarted");
        self.net.give_up(Purpose::Probe(id));
        self.replace_session(id);
    }
}

/// How long a device may take for each message of a report.
const EACH_CHUNK: Duration = Duration::from_secs(30);
/// How long a device that just announced itself may take for a sign of life.
const PROBE: Duration = Duration::from_millis(250);
/// The attribute asked for as a sign of life: every node has it.
const BASIC_INFORMATION: u32 = 0x0028;
const DATA_MODEL_REVISION: u32 = 0x0000;

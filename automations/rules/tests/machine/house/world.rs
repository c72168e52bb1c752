//! What the world does: devices come, go and tell; time passes.

use std::time::Duration;

use hub_model::{
    BridgeOutput, ClusterId, EventId, EventPriority, NodeId, Now, Report, ReportBody, Timestamp,
    Value,
};

use super::{DOOR, House, LAMP, MOTION, OUTDOOR, STUDY, at};
use crate::device::{Device, ENDPOINT, Manner};

impl House {
    /// All devices that are there say so, and tell everything.
    pub(crate) fn connect(&mut self) {
        let there: Vec<_> = self.devices.iter().map(|d| (d.node, d.present)).collect();
        for (node, _) in &there {
            self.bridge(BridgeOutput::Joined { node: *node });
        }
        for (node, present) in there {
            if present {
                self.back(node);
            }
        }
    }

    /// A device is back, and tells everything.
    pub(crate) fn back(&mut self, node: NodeId) {
        self.device(node).present = true;
        self.bridge(BridgeOutput::Reachable {
            node,
            reachable: true,
        });
        let at = self.now.wall;
        let reports = self.device(node).reports(at);
        self.bridge(BridgeOutput::Reports(reports));
    }

    /// The bridge has forgotten a device.
    pub(crate) fn left(&mut self, node: NodeId) {
        self.bridge(BridgeOutput::Left { node });
    }

    /// A device is gone.
    pub(crate) fn leave(&mut self, node: NodeId) {
        self.device(node).present = false;
        self.bridge(BridgeOutput::Reachable {
            node,
            reachable: false,
        });
    }

    /// Something sets a value of a device, which tells it unless it is gone.
    pub(crate) fn set(&mut self, node: NodeId, cluster: u32, attribute: u32, value: Value) {
        self.device(node).put(cluster, attribute, value);
        if self.device(node).present {
            self.tell(node, cluster, attribute, self.now.wall);
        }
    }

    /// A device reports an attribute, as it was at a moment.
    pub(crate) fn tell(&mut self, node: NodeId, cluster: u32, attribute: u32, at: Timestamp) {
        let report = self.device(node).report(cluster, attribute, at);
        self.bridge(BridgeOutput::Reports(report.into_iter().collect()));
    }

    /// Several values change at once.
    pub(crate) fn set_at_once(&mut self, values: &[(NodeId, u32, u32, Value)]) {
        let at = self.now.wall;
        let mut reports = Vec::new();
        for (node, cluster, attribute, value) in values {
            self.device(*node).put(*cluster, *attribute, value.clone());
            reports.extend(self.device(*node).report(*cluster, *attribute, at));
        }
        self.bridge(BridgeOutput::Reports(reports));
    }

    /// A device tells of an event.
    pub(crate) fn happen(&mut self, node: NodeId, cluster: u32, event: u32, fields: Value) {
        self.events += 1;
        let report = Report {
            node,
            endpoint: ENDPOINT,
            cluster: ClusterId(cluster),
            body: ReportBody::Event {
                event: EventId(event),
                number: self.events,
                priority: EventPriority::Info,
                uptime: None,
                fields,
            },
            at: self.now.wall,
            cause: None,
        };
        self.bridge(BridgeOutput::Reports(vec![report]));
    }

    /// The last event comes once more.
    pub(crate) fn repeat_event(&mut self) {
        let event = self
            .snapshot()
            .nodes
            .iter()
            .flat_map(|node| node.events.clone())
            .last();
        let event = event.unwrap();
        self.events -= 1;
        self.happen(
            event.path.node,
            event.path.cluster.0,
            event.path.event.0,
            event.fields,
        );
    }

    pub(crate) fn motion(&mut self, is: bool) {
        self.set(MOTION, 0x0406, 0, Value::Uint(is.into()));
    }

    /// Motion begins or ends while the hub is off.
    pub(crate) fn motion_unheard(&mut self, is: bool) {
        self.device(MOTION).put(0x0406, 0, Value::Uint(is.into()));
    }

    pub(crate) fn study_motion(&mut self, is: bool) {
        self.set(STUDY, 0x0406, 0, Value::Uint(is.into()));
    }

    pub(crate) fn lamp(&mut self, is: bool) {
        self.set(LAMP, 0x0006, 0, Value::Bool(is));
    }

    pub(crate) fn outdoor(&mut self, centi: i64) {
        self.set(OUTDOOR, 0x0402, 0, Value::Int(centi));
    }

    /// The door is opened or closed.
    pub(crate) fn door(&mut self, open: bool) {
        self.set(DOOR, 0x0045, 0, Value::Bool(!open));
    }

    /// How a device answers from now on.
    pub(crate) fn manner(&mut self, node: NodeId, manner: Manner) {
        self.device(node).manner = manner;
    }

    pub(crate) fn device(&mut self, node: NodeId) -> &mut Device {
        self.devices
            .iter_mut()
            .find(|device| device.node == node)
            .unwrap()
    }

    /// What a device truly shows.
    pub(crate) fn truth(&self, node: NodeId, cluster: u32, attribute: u32) -> Value {
        let device = self
            .devices
            .iter()
            .find(|device| device.node == node)
            .unwrap();
        device
            .value(cluster, attribute)
            .cloned()
            .unwrap_or(Value::Null)
    }

    pub(crate) fn is_on(&self, node: NodeId) -> bool {
        self.truth(node, 0x0006, 0) == Value::Bool(true)
    }

    /// Lets time pass, moment by moment.
    pub(crate) fn wait(&mut self, span: Duration) {
        self.wait_until(self.now + span);
    }

    pub(super) fn wait_until(&mut self, end: Now) {
        loop {
            if self.is_down {
                break;
            }
            let link = self.link.keys().next().map(|(at, _)| *at);
            let next = [
                self.engine.poll_timeout(),
                self.machine.poll_timeout(),
                link,
            ];
            let next = next.into_iter().flatten().min();
            let Some(at) = next.filter(|at| *at <= end.mono) else {
                break;
            };
            self.now = self.now + at.saturating_duration_since(self.now.mono);
            while let Some(first) = self.link.first_entry()
                && first.key().0 <= self.now.mono
            {
                let output = first.remove();
                self.bridge(output);
            }
            self.engine.handle_timeout(self.now);
            self.pump();
            if self
                .machine
                .poll_timeout()
                .is_some_and(|at| at <= self.now.mono)
                && !self.is_down
            {
                self.machine.handle_timeout(self.now);
                self.after_machine();
                self.pump();
            }
        }
        self.now = end;
    }

    pub(crate) fn wait_s(&mut self, seconds: u64) {
        self.wait(Duration::from_secs(seconds));
    }

    /// Lets time pass until a moment of the wall clock.
    pub(crate) fn wait_till(&mut self, text: &str) {
        let span = at(text).since(self.now.wall);
        assert!(!span.is_zero(), "{text} is past");
        self.wait(span);
    }

    /// The wall clock jumps; nothing else happens.
    pub(crate) fn set_clock(&mut self, wall: Timestamp) {
        self.now.wall = wall;
        // The next input shows it; a timer that nobody waits for will do.
        self.machine.handle_timeout(self.now);
        self.after_machine();
        self.pump();
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now.wall
    }
}

//! What devices tell: attributes and events, each with its cause.

use hub_model::{CauseId, EventPath, NodeId, Origin, Report, ReportBody, Value};

use super::Engine;
use crate::commands::Observed;
use crate::event::EventKind;
use crate::state::{Key, Told, Verdict};
use crate::view::{DeviceEvent, Quality};

/// The cause of what a device told by itself, the same for all that it told at once.
#[derive(Default)]
pub(super) struct OwnCause(Option<(NodeId, CauseId)>);

/// An attribute's report.
struct Reported {
    node: NodeId,
    key: Key,
    value: Value,
    told: Told,
    by: Option<CauseId>,
}

impl Engine {
    /// Takes reports of a bridge, in order, as one batch.
    pub(super) fn reports(&mut self, bridge: usize, reports: Vec<Report>) {
        let mut own = OwnCause::default();
        for report in reports {
            let live = self.nodes.get(&report.node);
            if live.is_some_and(|live| live.bridge == Some(bridge)) {
                self.report(report, &mut own);
            } else {
                self.strays += 1;
            }
        }
    }

    fn report(&mut self, report: Report, own: &mut OwnCause) {
        match report.body {
            ReportBody::Attribute {
                attribute,
                value,
                version,
            } => {
                let reported = Reported {
                    node: report.node,
                    key: Key {
                        endpoint: report.endpoint,
                        cluster: report.cluster,
                        attribute,
                    },
                    value,
                    told: Told {
                        reported_at: report.at,
                        received_at: self.out.present.wall,
                        version,
                    },
                    by: report.cause,
                };
                self.attribute(reported, own);
            }
            ReportBody::Event {
                event,
                number,
                priority,
                uptime,
                fields,
            } => {
                let path = EventPath {
                    node: report.node,
                    endpoint: report.endpoint,
                    cluster: report.cluster,
                    event,
                };
                let Some(live) = self.nodes.get_mut(&report.node) else {
                    return;
                };
                if !live.table.is_new_event(number) {
                    return;
                }
                let known = report.cause.filter(|by| self.causes.find(*by).is_some());
                let cause = known.unwrap_or_else(|| self.own_cause(report.node, own));
                let event = DeviceEvent {
                    path,
                    number,
                    priority,
                    happened_at: report.at,
                    uptime,
                    fields,
                    cause,
                };
                self.keep_event(event);
            }
        }
    }

    fn keep_event(&mut self, event: DeviceEvent) {
        let Some(live) = self.nodes.get_mut(&event.path.node) else {
            return;
        };
        live.table.keep_event(event.clone());
        if live.visible {
            self.out.event(EventKind::DeviceEvent(event));
        }
    }

    fn attribute(&mut self, reported: Reported, own: &mut OwnCause) {
        let (node, key, told) = (reported.node, reported.key, reported.told);
        let Some(live) = self.nodes.get_mut(&node) else {
            return;
        };
        let verdict = live.table.compare(key, &reported.value, told);
        if verdict == Verdict::Late {
            return;
        }
        let followed = reported.by.is_some() || self.commands.follows(node);
        let observed = if followed {
            let by = reported.by.filter(|by| self.causes.find(*by).is_some());
            self.commands.observe(node, key, &reported.value, by)
        } else {
            Observed::default()
        };
        match verdict {
            Verdict::Same(was) => self.freshened(node, key, told, was),
            _ => self.changed(reported, observed.cause, own),
        }
        if let (true, Some(cause)) = (observed.confirmed, observed.cause) {
            self.confirmed(cause);
        }
    }

    fn freshened(&mut self, node: NodeId, key: Key, told: Told, was: Quality) {
        let live = self.nodes.get(&node);
        if live.is_some_and(|live| live.visible) {
            self.out.event(EventKind::Freshened {
                path: key.at(node),
                was,
                reported_at: told.reported_at,
                version: told.version,
            });
        }
    }

    fn changed(&mut self, reported: Reported, cause: Option<CauseId>, own: &mut OwnCause) {
        let Reported {
            node,
            key,
            value,
            told,
            ..
        } = reported;
        let cause = cause.unwrap_or_else(|| self.own_cause(node, own));
        let Some(live) = self.nodes.get_mut(&node) else {
            return;
        };
        let previous = live.table.put(key, value.clone(), told, cause);
        if live.visible {
            self.out.event(EventKind::AttributeChanged {
                path: key.at(node),
                value,
                previous,
                reported_at: told.reported_at,
                version: told.version,
                cause,
            });
        }
        let dirt = live.dirt_of(key);
        if dirt.is_any() {
            let all = self.dirty.entry(node).or_default();
            *all = all.and(dirt);
        }
    }

    fn own_cause(&mut self, node: NodeId, own: &mut OwnCause) -> CauseId {
        if let Some((of, cause)) = own.0
            && of == node
        {
            return cause;
        }
        let cause = self.causes.tell(Origin::Device(node), self.out.present);
        own.0 = Some((node, cause));
        cause
    }
}

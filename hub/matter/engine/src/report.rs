//! What a node reported, in the words of the home's model.
//!
//! Spec: Matter 1.6 Core §10.6.4 (attribute data), §10.6.9 (event data).

use std::time::Duration;

use hub_model::{
    AttributeId, CauseId, ClusterId, DataVersion, EndpointId, EventId, EventPriority, NodeId,
    Report, ReportBody, Timestamp,
};
use matter_interaction::{self as im, EventReport, EventReportItem, EventTimestamp};

use crate::net::chunk::{Chunk, Reported};
use crate::value::from_tlv;

/// The reports in a message, in order, and the number of its last event.
pub(crate) fn reports(
    node: NodeId,
    chunk: Chunk,
    at: Timestamp,
    cause: Option<CauseId>,
) -> (Vec<Report>, Option<u64>) {
    let mut reports = Vec::with_capacity(chunk.values.len() + chunk.events.len());
    reports.extend(
        chunk
            .values
            .into_iter()
            .map(|reported| attribute(node, reported, at, cause)),
    );
    let mut last = None;
    let mut clock = EventClock::default();
    for event in chunk.events {
        if let EventReport::Data(item) = event {
            last = last.max(Some(item.event_number));
            reports.extend(clock.event(node, item, at));
        }
    }
    (reports, last)
}

/// Whether it is an event that was told before.
pub(crate) fn is_event_before(report: &Report, floor: u64) -> bool {
    matches!(report.body, ReportBody::Event { number, .. } if number < floor)
}

fn attribute(node: NodeId, reported: Reported, at: Timestamp, cause: Option<CauseId>) -> Report {
    Report {
        node,
        endpoint: EndpointId(reported.path.endpoint),
        cluster: ClusterId(reported.path.cluster),
        body: ReportBody::Attribute {
            attribute: AttributeId(reported.path.attribute),
            value: from_tlv(reported.value),
            version: reported.version.map(DataVersion),
        },
        at,
        cause,
    }
}

/// The times of the events of a message, of which a later may be told relative to an earlier.
#[derive(Default)]
struct EventClock {
    epoch_ms: Option<u64>,
    system_ms: Option<u64>,
}

impl EventClock {
    fn event(&mut self, node: NodeId, item: EventReportItem, arrived: Timestamp) -> Option<Report> {
        match item.timestamp {
            EventTimestamp::Epoch(ms) => (self.epoch_ms, self.system_ms) = (Some(ms), None),
            EventTimestamp::System(ms) => (self.epoch_ms, self.system_ms) = (None, Some(ms)),
            EventTimestamp::DeltaEpoch(ms) => {
                self.epoch_ms = self.epoch_ms.map(|before| before.saturating_add(ms));
            }
            EventTimestamp::DeltaSystem(ms) => {
                self.system_ms = self.system_ms.map(|before| before.saturating_add(ms));
            }
            _ => (self.epoch_ms, self.system_ms) = (None, None),
        }
        let told = self.epoch_ms.and_then(|ms| plausible(ms, arrived));
        Some(Report {
            node,
            endpoint: EndpointId(item.path.endpoint?),
            cluster: ClusterId(item.path.cluster?),
            body: ReportBody::Event {
                event: EventId(item.path.event?),
                number: item.event_number,
                priority: priority(item.priority),
                uptime: self.system_ms.map(Duration::from_millis),
                fields: from_tlv(item.value),
            },
            at: told.unwrap_or(arrived),
            cause: None,
        })
    }
}

/// A device's own time, if it can be one: since Matter is, and not after its report arrived.
fn plausible(epoch_ms: u64, arrived: Timestamp) -> Option<Timestamp> {
    let told = Timestamp::from_millis(i64::try_from(epoch_ms).ok()?);
    let too_late = arrived + AHEAD;
    (told >= EARLIEST && told <= too_late).then_some(told.min(arrived))
}

const fn priority(priority: im::EventPriority) -> EventPriority {
    match priority {
        im::EventPriority::Debug => EventPriority::Debug,
        im::EventPriority::Critical => EventPriority::Critical,
        _ => EventPriority::Info,
    }
}

/// 2022-01-01: before it no device had Matter.
const EARLIEST: Timestamp = Timestamp::from_secs(1_640_995_200);
/// How far a device's clock may be ahead of ours.
const AHEAD: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_devices_time_is_believed_only_when_it_can_be() {
        let arrived = Timestamp::from_secs(1_800_000_000);
        let ms = |seconds: u64| seconds * 1000;
        assert_eq!(
            plausible(ms(1_799_999_990), arrived),
            Some(Timestamp::from_secs(1_799_999_990))
        );
        assert_eq!(plausible(ms(1_800_000_010), arrived), Some(arrived));
        assert_eq!(plausible(ms(1_800_001_000), arrived), None);
        assert_eq!(plausible(ms(5), arrived), None);
        assert_eq!(plausible(u64::MAX, arrived), None);
    }
}

//! What becomes of events: which are kept, when they were, why.

use std::sync::Arc;

use hub_model::{
    AttributeId, Cause, ClusterId, CommandId, CommandProgress, EndpointId, EventId, EventPath,
    EventPriority, FieldId, Origin,
};

use super::*;

const SECOND: i64 = 1_000_000;
const START: i64 = 1_795_000_000 * SECOND;

fn at(seconds: i64) -> Timestamp {
    Timestamp(START + seconds * SECOND)
}

fn path(cluster: u32) -> AttributePath {
    AttributePath {
        node: NodeId(7),
        endpoint: EndpointId(1),
        cluster: ClusterId(cluster),
        attribute: AttributeId(0),
    }
}

fn changed(cluster: u32, value: i64, reported_at: Timestamp, heard_at: Timestamp) -> Event {
    Event {
        seq: 1,
        at: heard_at,
        kind: EventKind::AttributeChanged {
            path: path(cluster),
            value: Value::Int(value),
            previous: None,
            reported_at,
            version: None,
            cause: CauseId(1),
        },
    }
}

struct Rig {
    intake: Intake,
    home: Home,
}

impl Rig {
    fn new(wishes: Vec<Wish>) -> Self {
        Self {
            intake: Intake::new(wishes, Vec::new()),
            home: Home::default(),
        }
    }

    fn take(&mut self, event: &Event) -> Vec<Sample> {
        self.intake.event(event, &self.home);
        let taken = self.intake.take(event.at);
        taken.into_iter().map(|(_, sample)| sample).collect()
    }

    fn reports(&mut self, seconds: i64, value: i64) -> Vec<Value> {
        let event = changed(0x0402, value, at(seconds), at(seconds));
        let samples = self.take(&event);
        samples.into_iter().map(|sample| sample.value).collect()
    }
}

fn wish(deadband: f64, min_interval: u64) -> Wish {
    Wish {
        path: "*".parse().unwrap(),
        record: None,
        deadband: Some(deadband),
        min_interval: Some(Duration::from_secs(min_interval)),
        keep: None,
    }
}

#[test]
fn a_moment_is_the_devices_when_that_can_be() {
    let mut rig = Rig::new(Vec::new());
    let mut moment = |reported: Timestamp| {
        let samples = rig.take(&changed(0x0402, 1, reported, at(100)));
        samples.first().map(|sample| sample.at)
    };
    assert_eq!(moment(at(60)), Some(at(60)));
    assert_eq!(
        moment(Timestamp(at(60).0 + 1_234)),
        Some(Timestamp(at(60).0 + 1_000))
    );
    // A device whose clock is ahead, or of another decade.
    assert_eq!(moment(at(101)), Some(at(100)));
    assert_eq!(moment(Timestamp(0)), Some(at(100)));
}

#[test]
fn while_the_clock_is_doubted_moments_are_corrected() {
    let mut rig = Rig::new(Vec::new());
    rig.intake.correct(-3_600 * SECOND);
    let samples = rig.take(&changed(0x0402, 1, at(3_700), at(3_700)));
    assert_eq!(samples.first().map(|sample| sample.at), Some(at(100)));
}

#[test]
fn small_changes_are_dropped_until_they_add_up() {
    let mut rig = Rig::new(vec![wish(0.5, 0)]);
    let kept: Vec<_> = (0..100)
        .flat_map(|step| rig.reports(step, 2_000 + step * 10))
        .collect();
    let wanted: Vec<_> = (0..20).map(|step| Value::Int(2_000 + step * 50)).collect();
    assert_eq!(kept, wanted);
}

#[test]
fn of_a_flurry_the_first_and_the_last_are_kept() {
    let mut rig = Rig::new(vec![wish(0.0, 60)]);
    assert_eq!(rig.reports(0, 1), [Value::Int(1)]);
    for (seconds, value) in [(10, 2), (20, 3), (50, 4)] {
        assert_eq!(rig.reports(seconds, value), []);
    }
    assert_eq!(rig.intake.take(at(59)), []);
    let late: Vec<_> = rig
        .intake
        .take(at(60))
        .into_iter()
        .map(|(_, sample)| sample)
        .collect();
    assert_eq!(late, [Sample::known(at(50), Value::Int(4))]);
    // The next interval begins with what was kept last.
    assert_eq!(rig.reports(100, 5), []);
    assert_eq!(rig.reports(115, 6), [Value::Int(6)]);
    assert_eq!(rig.intake.take_all(), []);
}

#[test]
fn at_the_end_what_is_held_back_is_kept() {
    let mut rig = Rig::new(vec![wish(0.0, 60)]);
    rig.reports(0, 1);
    rig.reports(10, 2);
    let rest = rig.intake.take_all();
    assert_eq!(rest.len(), 1);
}

#[test]
fn what_ends_a_gap_is_kept_whatever_the_policy() {
    let mut rig = Rig::new(vec![wish(5.0, 60)]);
    rig.reports(0, 2_000);
    let view = AttributeView {
        path: path(0x0402),
        value: Value::Int(2_000),
        quality: Quality::Known,
        reported_at: at(10),
        received_at: at(10),
        version: None,
        cause: None,
    };
    rig.intake.value(&view, at(10), &rig.home);
    assert_eq!(rig.intake.take(at(10)).len(), 1);
    let stale = AttributeView {
        quality: Quality::Stale,
        ..view
    };
    rig.intake.value(&stale, at(11), &rig.home);
    assert_eq!(rig.intake.take(at(11)), []);
}

#[test]
fn events_of_one_millisecond_are_kept_apart() {
    let mut rig = Rig::new(Vec::new());
    let press = Event {
        seq: 1,
        at: at(5),
        kind: EventKind::DeviceEvent(DeviceEvent {
            path: EventPath {
                node: NodeId(7),
                endpoint: EndpointId(1),
                cluster: ClusterId(0x3b),
                event: EventId(1),
            },
            number: 1,
            priority: EventPriority::Info,
            happened_at: at(5),
            uptime: None,
            fields: Value::Struct([(FieldId(0), Value::Uint(1))].into()),
            cause: CauseId(9),
        }),
    };
    let moments: Vec<_> = (0..3)
        .flat_map(|_| rig.take(&press))
        .map(|sample| sample.at.as_millis() - at(5).as_millis())
        .collect();
    assert_eq!(moments, [0, 1, 2]);
}

#[test]
fn only_commands_are_causes() {
    let mut rig = Rig::new(Vec::new());
    let cause = |samples: Vec<Sample>| samples.first().and_then(|sample| sample.cause);
    assert_eq!(cause(rig.take(&changed(0x0402, 1, at(0), at(0)))), None);
    let command = Command {
        node: NodeId(7),
        operation: Operation::Invoke {
            endpoint: EndpointId(1),
            cluster: ClusterId(6),
            command: CommandId(1),
            fields: Value::structure([]),
            timed: false,
        },
        within: Duration::from_secs(1),
    };
    let asked = Cause {
        id: CauseId(1),
        parent: Some(CauseId(0)),
        depth: 1,
        origin: Origin::Rule("hall-light@3".into()),
        at: at(1),
    };
    let kind = EventKind::Asked {
        cause: Arc::new(asked),
        command: Arc::new(command),
    };
    let samples = rig.take(&Event {
        seq: 2,
        at: at(1),
        kind,
    });
    let told = samples
        .first()
        .and_then(|sample| Asked::from_value(&sample.value));
    let told = told.unwrap();
    assert_eq!(
        (told.parent, &*told.what),
        (Some(CauseId(0)), "1/On/off On")
    );
    assert_eq!(told.origin, Some(Origin::Rule("hall-light@3".into())));
    assert_eq!(
        cause(rig.take(&changed(0x0402, 2, at(2), at(2)))),
        Some(CauseId(1))
    );
    let kind = EventKind::Command {
        cause: CauseId(1),
        node: NodeId(7),
        progress: CommandProgress::TimedOut,
    };
    let samples = rig.take(&Event {
        seq: 3,
        at: at(3),
        kind,
    });
    let told = samples
        .first()
        .and_then(|sample| Asked::from_value(&sample.value));
    assert_eq!(&*told.unwrap().what, "timed out");
}

#[test]
fn what_a_node_is_made_of_takes_no_room() {
    let mut rig = Rig::new(Vec::new());
    assert_eq!(rig.take(&changed(0x001d, 1, at(0), at(0))), []);
    assert!(rig.intake.nameless().is_empty());
}

#[test]
fn ids_are_given_in_the_order_in_which_series_were_met() {
    let mut rig = Rig::new(Vec::new());
    rig.intake
        .event(&changed(0x0402, 1, at(0), at(0)), &rig.home);
    rig.intake
        .event(&changed(0x0405, 1, at(0), at(0)), &rig.home);
    rig.intake.name(vec![SeriesId(5)]);
    assert_eq!(rig.intake.nameless().len(), 1);
    rig.intake
        .event(&changed(0x0406, 1, at(0), at(0)), &rig.home);
    rig.intake.name(vec![SeriesId(6), SeriesId(7)]);
    let ids: Vec<_> = rig
        .intake
        .take(at(0))
        .into_iter()
        .map(|(place, _)| rig.intake.id(place))
        .collect();
    assert_eq!(ids, [5, 6, 7].map(|id| Some(SeriesId(id))));
}

//! Commands: who may, what is told of them, and what is their doing.

use std::time::Duration;

use hub_engine::*;
use hub_model::*;

use crate::rig::*;

const ON_OFF: u32 = 6;
const ON: u32 = 1;

fn causes(told: &[EventKind]) -> Vec<CauseId> {
    let changes = told.iter().filter_map(|kind| match kind {
        EventKind::AttributeChanged { cause, .. } => Some(*cause),
        _ => None,
    });
    changes.collect()
}

#[test]
fn a_command_is_confirmed_by_the_report_that_shows_it() {
    let mut rig = Rig::with_lamp();
    let cause = rig.invoke(ON_OFF, ON, nothing());
    rig.tell(cause, CommandProgress::Sent);
    rig.tell(cause, ACKNOWLEDGED);
    assert!(rig.closed.is_empty());
    rig.report(LAMP, 1, ON_OFF, 0, Value::Bool(true));
    let all = [
        CommandProgress::Sent,
        ACKNOWLEDGED,
        CommandProgress::Confirmed,
    ];
    assert_eq!(rig.progress_of(cause), all);
    assert_eq!(rig.closed, [cause]);
    assert_eq!(causes(&rig.told()), [cause]);
}

#[test]
fn a_report_before_the_acknowledgement_confirms_after_it() {
    let mut rig = Rig::with_lamp();
    let cause = rig.invoke(ON_OFF, ON, nothing());
    rig.report(LAMP, 1, ON_OFF, 0, Value::Bool(true));
    assert_eq!(rig.progress_of(cause), []);
    rig.tell(cause, ACKNOWLEDGED);
    let both = [ACKNOWLEDGED, CommandProgress::Confirmed];
    assert_eq!(rig.progress_of(cause), both);
}

#[test]
fn what_is_so_already_is_confirmed_at_once() {
    let mut rig = Rig::with_lamp();
    let cause = rig.invoke(ON_OFF, 0, nothing());
    rig.tell(cause, ACKNOWLEDGED);
    assert_eq!(rig.progress_of(cause)[1], CommandProgress::Confirmed);
}

#[test]
fn nothing_is_confirmed_by_a_stale_value() {
    let mut rig = Rig::with_lamp().restarted();
    rig.bridge(BridgeOutput::Joined { node: LAMP });
    let cause = rig.invoke(ON_OFF, 0, nothing());
    rig.tell(cause, ACKNOWLEDGED);
    assert_eq!(rig.progress_of(cause), [ACKNOWLEDGED]);
}

#[test]
fn a_command_without_an_answer_times_out_once() {
    let mut rig = Rig::with_lamp();
    let cause = rig.invoke(ON_OFF, ON, nothing());
    rig.wait(Duration::from_secs(11));
    rig.tell(cause, ACKNOWLEDGED);
    assert_eq!(rig.progress_of(cause), [CommandProgress::TimedOut]);
    assert_eq!(rig.closed, [cause]);
}

#[test]
fn an_acknowledged_command_that_shows_nothing_is_closed_without_a_word() {
    let mut rig = Rig::with_lamp();
    let cause = rig.invoke(ON_OFF, ON, nothing());
    rig.tell(cause, ACKNOWLEDGED);
    rig.wait(Duration::from_secs(60));
    assert_eq!(rig.progress_of(cause), [ACKNOWLEDGED]);
    assert_eq!(rig.closed, [cause]);
    rig.report(LAMP, 1, ON_OFF, 0, Value::Bool(true));
    assert_ne!(causes(&rig.told()), [cause], "too late to be its doing");
}

#[test]
fn a_bridge_confirms_nothing() {
    let mut rig = Rig::with_lamp();
    let cause = rig.invoke(ON_OFF, ON, nothing());
    rig.tell(cause, CommandProgress::Confirmed);
    assert_eq!(rig.progress_of(cause), []);
}

#[test]
fn a_level_on_its_way_and_the_switch_with_it_are_the_commands_doing() {
    let mut rig = Rig::with_lamp();
    rig.report(LAMP, 1, 8, 0, Value::Uint(10));
    rig.told();
    let fields = Value::structure([(0, Value::Uint(100))]);
    let cause = rig.invoke(8, 4, fields);
    rig.tell(cause, ACKNOWLEDGED);
    rig.report(LAMP, 1, ON_OFF, 0, Value::Bool(true));
    rig.report(LAMP, 1, 8, 0, Value::Uint(50));
    rig.report(LAMP, 1, 8, 0, Value::Uint(100));
    let told = rig.told();
    assert_eq!(causes(&told), [cause; 3]);
    let confirmed = CommandProgress::Confirmed;
    assert_eq!(rig.progress_of(cause).last(), Some(&confirmed));
}

#[test]
fn a_hand_that_does_the_opposite_is_not_the_commands_doing() {
    let mut rig = Rig::with_lamp();
    let cause = rig.invoke(ON_OFF, ON, nothing());
    rig.report(LAMP, 1, ON_OFF, 0, Value::Bool(true));
    rig.told();
    rig.report(LAMP, 1, ON_OFF, 0, Value::Bool(false));
    let by_hand = causes(&rig.told())[0];
    assert_ne!(by_hand, cause);
    let why = rig
        .engine
        .why(&Principal::console(), &path(LAMP, 1, ON_OFF, 0));
    let why = why.unwrap();
    assert_eq!(why[0].cause.origin, Origin::Device(LAMP));
}

#[test]
fn of_two_commands_each_gets_its_own_report() {
    let mut rig = Rig::with_lamp();
    let on = rig.invoke(ON_OFF, ON, nothing());
    let off = rig.invoke(ON_OFF, 0, nothing());
    rig.report(LAMP, 1, ON_OFF, 0, Value::Bool(true));
    rig.report(LAMP, 1, ON_OFF, 0, Value::Bool(false));
    assert_eq!(causes(&rig.told()), [on, off]);
}

#[test]
fn why_tells_the_chain_up_to_who_began_it() {
    let mut rig = Rig::with_lamp();
    let first = rig.invoke(ON_OFF, ON, nothing());
    rig.report(LAMP, 1, ON_OFF, 0, Value::Bool(true));
    let command = invoke(LAMP, 8, 0, Value::structure([(0, Value::Uint(9))]));
    let parent = Some(first);
    let taken = rig.submit_as(&Principal::hub(), Request::Command { command, parent });
    let second = taken.unwrap().cause.unwrap();
    rig.report(LAMP, 1, 8, 0, Value::Uint(9));
    let why = rig.engine.why(&Principal::console(), &path(LAMP, 1, 8, 0));
    let why = why.unwrap();
    let ids: Vec<_> = why.iter().map(|link| link.cause.id).collect();
    assert_eq!(ids, [second, first]);
    assert_eq!(why[1].cause.origin, Origin::Console);
    assert_eq!((why[0].cause.depth, why[1].cause.depth), (1, 0));
    assert!(why[0].command.is_some());
}

#[test]
fn an_endless_chain_is_refused() {
    let mut rig = Rig::with_lamp();
    let mut parent = None;
    for _ in 0..100 {
        let command = invoke(LAMP, 0xFFF1_0001, 0, nothing());
        match rig.submit(Request::Command { command, parent }) {
            Ok(taken) => parent = taken.cause,
            Err(error) => {
                assert_eq!(error, RequestError::TooDeep { depth: 33 });
                return;
            }
        }
        let cause = parent.unwrap();
        rig.tell(cause, ACKNOWLEDGED);
    }
    panic!("a chain of 100 was taken");
}

#[test]
fn too_many_commands_for_a_node_are_refused() {
    let mut rig = Rig::with_lamp();
    let all: Vec<_> = (0..33).map(|_| rig.invoke(ON_OFF, ON, nothing())).collect();
    let busy = [CommandProgress::Refused(Refusal::Busy)];
    assert_eq!(rig.progress_of(all[32]), busy);
    assert_eq!(rig.progress_of(all[31]), []);
    assert_eq!(rig.inputs.len(), 32);
}

#[test]
fn an_offline_node_refuses_at_once_and_a_blinking_one_does_not() {
    let mut rig = Rig::with_lamp();
    rig.reachable(LAMP, false);
    let blinking = rig.invoke(ON_OFF, ON, nothing());
    assert_eq!(rig.progress_of(blinking), []);
    rig.wait(Duration::from_secs(61));
    let offline = rig.invoke(ON_OFF, ON, nothing());
    let refused = [CommandProgress::Refused(Refusal::Offline)];
    assert_eq!(rig.progress_of(offline), refused);
}

#[test]
fn who_is_not_allowed_does_nothing_and_sees_nothing() {
    let mut rig = Rig::with_lamp();
    let who = Principal::new(PrincipalKind::Person, "eve");
    let command = invoke(LAMP, ON_OFF, ON, nothing());
    let parent = None;
    let denied = rig.submit_as(&who, Request::Command { command, parent });
    assert!(matches!(denied, Err(RequestError::Denied(_))));
    assert_eq!(rig.inputs.len(), 0);
    assert!(rig.engine.snapshot(&who, &Filter::default()).is_err());
    assert!(rig.engine.why(&who, &path(LAMP, 1, 6, 0)).is_err());
}

#[test]
fn a_write_is_confirmed_by_its_attribute() {
    let mut rig = Rig::with_lamp();
    let command = Command {
        node: LAMP,
        operation: Operation::Write {
            endpoint: EndpointId(1),
            cluster: ClusterId(0x201),
            attribute: AttributeId(0x12),
            value: Value::Int(2150),
            timed: false,
        },
        within: Duration::from_secs(5),
    };
    let parent = None;
    let taken = rig.submit(Request::Command { command, parent });
    let cause = taken.unwrap().cause.unwrap();
    rig.tell(cause, ACKNOWLEDGED);
    rig.report(LAMP, 1, 0x201, 0x12, Value::Int(2150));
    assert_eq!(rig.progress_of(cause)[1], CommandProgress::Confirmed);
}

#[test]
fn commands_of_a_node_that_leaves_are_ended() {
    let mut rig = Rig::with_lamp();
    let cause = rig.invoke(ON_OFF, ON, nothing());
    rig.bridge(BridgeOutput::Left { node: LAMP });
    let refused = [CommandProgress::Refused(Refusal::NoBridge)];
    assert_eq!(rig.progress_of(cause), refused);
    assert_eq!(rig.closed, [cause]);
}

#[test]
fn what_a_bridge_cannot_take_is_refused_as_busy() {
    let mut rig = Rig::with_lamp();
    let cause = rig.invoke(ON_OFF, ON, nothing());
    let input = rig.inputs.pop().unwrap();
    let (full, now) = (Undelivered::Full, rig.now);
    rig.engine.handle_undelivered(BRIDGE, input, full, now);
    rig.drain();
    let busy = [CommandProgress::Refused(Refusal::Busy)];
    assert_eq!(rig.progress_of(cause), busy);
}

#[test]
fn cause_ids_ascend_over_a_restart() {
    let mut rig = Rig::with_lamp();
    let before = rig.invoke(ON_OFF, ON, nothing());
    let mut rig = rig.restarted();
    rig.bridge(BridgeOutput::Joined { node: LAMP });
    assert!(rig.invoke(ON_OFF, ON, nothing()) > before);
}

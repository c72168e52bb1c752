//! Class 3: a start of the hub fires nothing, however much it restores and learns.

use std::time::Duration;

use hub_model::Value;

use crate::house::{DOOR, HEATER, House, LAMP, LOCK, MOTION, OUTDOOR};

const RULES: &[&str] = &[
    r#"
id = "becomes"
[[when]]
becomes = "hall-motion.occupied"
[[do]]
notify = "1"
"#,
    r#"
id = "not"
[[when]]
becomes = "not hall-motion.occupied"
[[do]]
notify = "2"
"#,
    r#"
id = "changes"
[[when]]
changes = "outdoor.temperature"
[[do]]
notify = "3"
"#,
    r#"
id = "any"
[[when]]
becomes = "any(@home.open) or any(@home.on) or outdoor.temperature > 10 °C"
[[do]]
notify = "4"
"#,
    r#"
id = "reachable"
[[when]]
becomes = "hall-motion.reachable"
[[when]]
becomes = "not hall-motion.reachable"
[[when]]
changes = "hall-motion.reachable"
[[do]]
notify = "5"
"#,
    r#"
id = "recovered"
[[when]]
recovered = "hall-motion"
[[do]]
notify = "6"
"#,
    r#"
id = "variable"
[[when]]
becomes = "home.mode == night"
[[when]]
changes = "home.mode"
[[do]]
notify = "7"
"#,
    r#"
id = "schedule"
if_late = "run"
[[when]]
at = "20:00"
[[when]]
at = "sunset"
[[do]]
notify = "8"
"#,
];

fn house() -> House {
    let mut house = House::new();
    house.variables();
    for rule in RULES {
        house.rule(rule);
    }
    house.wait_s(1);
    house
}

fn nothing_ran(house: &House) {
    assert_eq!(house.notices(), [""; 0]);
    for rule in house.machine.rules() {
        assert_eq!(house.traces(&rule.rule.id).len(), 0, "{}", rule.rule.id);
    }
}

#[test]
fn a_new_rule_fires_nothing() {
    let mut house = House::new();
    house.variables();
    house.motion(true);
    house.outdoor(2_000);
    house.door(true);
    house.assign("mode", "night".into());
    for rule in RULES {
        house.rule(rule);
    }
    house.wait_s(600);
    nothing_ran(&house);
}

#[test]
fn restored_state_fires_nothing() {
    let mut house = house();
    for _ in 0..3 {
        house.restart(Duration::from_secs(20));
        house.wait_s(120);
    }
    nothing_ran(&house);
}

#[test]
fn what_changed_while_the_hub_was_off_fires_nothing() {
    let mut house = house();
    house.crash();
    house.motion_unheard(true);
    house.device(OUTDOOR).put(0x0402, 0, Value::Int(-500));
    house.device(DOOR).put(0x0045, 0, Value::Bool(false));
    house.device(LAMP).put(0x0006, 0, Value::Bool(true));
    house.device(LOCK).put(0x0101, 0, Value::Uint(2));
    house.boot_after(Duration::from_secs(20));
    house.wait_s(10);
    house.connect();
    house.wait_s(120);
    nothing_ran(&house);
}

#[test]
fn devices_that_come_one_by_one_and_late_fire_nothing() {
    let mut house = house();
    for node in [MOTION, OUTDOOR, DOOR, LAMP] {
        house.device(node).present = false;
    }
    house.restart(Duration::from_secs(20));
    house.wait_s(100);
    for node in [MOTION, OUTDOOR, DOOR, LAMP] {
        house.back(node);
        house.wait_s(5);
    }
    house.wait_s(60);
    // It was gone, and that was seen: from not known to gone is no edge, from gone to there is one.
    let mut reached = house.notices();
    reached.retain(|notice| notice != "5" && notice != "6");
    assert_eq!(reached, [""; 0]);
    assert_eq!(
        house.runs("reachable"),
        1,
        "the other starts found it running"
    );
    assert_eq!(house.runs("recovered"), 1);
}

#[test]
fn a_first_edge_after_a_start_counts() {
    let mut house = house();
    house.restart(Duration::from_secs(20));
    house.motion(true);
    house.outdoor(900);
    house.assign("mode", "night".into());
    house.wait_s(1);
    assert_eq!(house.runs("becomes"), 1);
    assert_eq!(house.runs("changes"), 1);
    assert_eq!(house.runs("any"), 0, "it fell below");
    assert_eq!(
        house.runs("variable"),
        1,
        "the other start found it running"
    );
}

#[test]
fn a_new_attribute_of_a_device_fires_nothing() {
    let mut house = house();
    house.rule_unchecked(
        r#"
id = "humid"
[[when]]
becomes = "heater.humidity > 50 %"
[[do]]
notify = "humid"
"#,
    );
    house.wait_s(1);
    house.set(HEATER, 0x0405, 0, Value::Uint(7_000));
    house.wait_s(1);
    house.set(HEATER, 0x0405, 0, Value::Uint(7_100));
    house.wait_s(1);
    nothing_ran(&house);
    house.set(HEATER, 0x0405, 0, Value::Uint(3_000));
    house.set(HEATER, 0x0405, 0, Value::Uint(7_000));
    assert_eq!(house.notices(), ["humid"]);
}

#[test]
fn a_start_that_is_late_waits_until_its_conditions_are_known() {
    let rule = r#"
id = "evening"
[[when]]
at = "20:00"
[[only_if]]
expr = "not hall-lamp.on"
[[do]]
notify = "evening"
"#;
    for (is_on, connects_after, notices) in [(false, 30, 1), (true, 30, 0), (false, 300, 0)] {
        let mut house = House::new();
        house.rule(rule);
        house.lamp(is_on);
        house.wait_till("2026-03-10 19:59:30");
        house.crash();
        house.boot_after(Duration::from_secs(60));
        house.wait_s(connects_after);
        assert_eq!(house.notices().len(), 0);
        house.connect();
        house.wait_s(10);
        assert_eq!(house.notices().len(), notices, "{is_on} {connects_after}");
        let trace = house.last("evening");
        let late = trace.trigger.late_ms.unwrap();
        assert_eq!(
            late,
            [62_000, 150_000][usize::from(connects_after > 30)],
            "{trace:?}"
        );
        house.restart(Duration::from_secs(10));
        house.wait_s(100);
        assert_eq!(house.notices().len(), notices, "once a day");
    }
}

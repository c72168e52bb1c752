//! Class 2: a device that is gone for a moment, or for longer, starts nothing and ends nothing.

use std::time::Duration;

use hub_model::Value;
use rules::trace::{Certainty, Outcome};

use crate::house::{House, LAMP, LUX, MOTION, OUTDOOR};

const ON: &str = r#"
id = "on"
[[when]]
becomes = "hall-motion.occupied"
[[do]]
set = { target = "hall-lamp", on = true }
"#;
const OFF: &str = r#"
id = "off"
[[when]]
becomes = "not hall-motion.occupied"
[[do]]
set = { target = "hall-lamp", on = false }
"#;
const CHANGES: &str = r#"
id = "changes"
[[when]]
changes = "hall-motion.occupied"
[[do]]
notify = "it changed"
"#;
const DARK: &str = r#"
id = "dark"
[[when]]
becomes = "hall-lux.illuminance < 20 lx"
for = "5m"
[[do]]
set = { target = "hall-lamp", on = true }
"#;
const COLD: &str = r#"
id = "cold"
[[when]]
becomes = "outdoor.temperature < 0 °C"
[[do]]
notify = "it freezes"
"#;

#[test]
fn three_blinks_within_the_grace_time_run_nothing() {
    let mut house = House::new();
    for rule in [ON, OFF, CHANGES] {
        house.rule(rule);
    }
    for seconds in [1, 30, 59] {
        house.leave(MOTION);
        house.wait_s(seconds);
        house.back(MOTION);
        house.wait_s(60);
    }
    for rule in ["on", "off", "changes"] {
        assert_eq!(house.traces(rule).len(), 0, "{rule}");
    }
}

#[test]
fn three_absences_beyond_the_grace_time_run_nothing() {
    let mut house = House::new();
    for rule in [ON, OFF, CHANGES, COLD] {
        house.rule(rule);
    }
    for node in [MOTION, OUTDOOR] {
        for seconds in [61, 600, 86_400] {
            house.leave(node);
            house.wait_s(seconds);
            house.back(node);
            house.wait_s(60);
        }
    }
    for rule in ["on", "off", "changes", "cold"] {
        assert_eq!(house.traces(rule).len(), 0, "{rule}");
    }
}

#[test]
fn a_value_that_is_another_after_an_absence_is_no_edge() {
    let mut house = House::new();
    for rule in [ON, OFF, CHANGES, COLD] {
        house.rule(rule);
    }
    house.leave(MOTION);
    house.leave(OUTDOOR);
    house.wait_s(61);
    house.motion(true);
    house.outdoor(-500);
    house.back(MOTION);
    house.back(OUTDOOR);
    house.wait_s(60);
    for rule in ["on", "off", "changes", "cold"] {
        assert_eq!(house.traces(rule).len(), 0, "{rule}");
    }
    // From there on all is as usual.
    house.motion(false);
    house.wait_s(1);
    assert_eq!(
        (house.runs("off"), house.runs("changes"), house.runs("on")),
        (1, 1, 0)
    );
}

#[test]
fn a_value_that_is_another_after_a_blink_is_an_edge() {
    let mut house = House::new();
    house.rule(ON);
    house.leave(MOTION);
    house.wait_s(30);
    house.motion(true);
    house.back(MOTION);
    house.wait_s(1);
    assert_eq!(house.runs("on"), 1);
}

#[test]
fn after_gap_lets_a_change_over_an_absence_count() {
    let mut house = House::new();
    house.rule(&ON.replace("occupied\"", "occupied\"\nafter_gap = true"));
    house.leave(MOTION);
    house.wait_s(61);
    house.back(MOTION);
    house.wait_s(1);
    assert_eq!(house.runs("on"), 0, "it is as it was");
    house.leave(MOTION);
    house.wait_s(61);
    house.motion(true);
    house.back(MOTION);
    house.wait_s(1);
    assert_eq!(house.runs("on"), 1);
    house.leave(MOTION);
    house.wait_s(61);
    house.back(MOTION);
    house.wait_s(1);
    assert_eq!(house.runs("on"), 1, "it was so before, and is");
    house.crash();
    house.boot_after(Duration::from_secs(1));
    house.connect();
    house.wait_s(1);
    assert_eq!(house.runs("on"), 1);
    house.motion(false);
    house.wait_s(1);
    house.crash();
    house.motion_unheard(true);
    house.boot_after(Duration::from_secs(1));
    house.connect();
    house.wait_s(1);
    assert_eq!(house.runs("on"), 2, "also over a stop of the hub");
}

#[test]
fn a_for_outlives_absences_short_and_long() {
    for away in [10, 30, 100] {
        let mut house = House::new();
        house.rule(DARK);
        house.set(LUX, 0x0400, 0, crate::device::lux(5.0));
        house.wait_s(120);
        house.leave(LUX);
        house.wait_s(away);
        house.back(LUX);
        house.wait_s(179 - away);
        assert_eq!(house.runs("dark"), 0, "away for {away} s");
        house.wait_s(2);
        assert_eq!(house.runs("dark"), 1, "away for {away} s");
        assert_eq!(
            house.last("dark").trigger.late_ms,
            None,
            "away for {away} s"
        );
    }
}

#[test]
fn a_for_that_ends_during_an_absence_waits_until_the_device_is_back() {
    let mut house = House::new();
    house.rule(DARK);
    house.set(LUX, 0x0400, 0, crate::device::lux(5.0));
    house.wait_s(200);
    house.leave(LUX);
    house.wait_s(200);
    assert_eq!(house.traces("dark").len(), 0);
    house.back(LUX);
    house.wait_s(1);
    assert_eq!(house.runs("dark"), 1);
    assert_eq!(house.last("dark").trigger.late_ms, Some(100_000));

    // Or it was too long, or it is no longer so.
    house.set(LUX, 0x0400, 0, crate::device::lux(500.0));
    house.set(LUX, 0x0400, 0, crate::device::lux(5.0));
    house.wait_s(200);
    house.leave(LUX);
    house.wait_s(3_600);
    house.back(LUX);
    house.wait_s(1);
    assert_eq!(house.not_run("dark").len(), 1);
    house.set(LUX, 0x0400, 0, crate::device::lux(500.0));
    house.set(LUX, 0x0400, 0, crate::device::lux(5.0));
    house.wait_s(200);
    house.leave(LUX);
    house.wait_s(200);
    house.set(LUX, 0x0400, 0, crate::device::lux(500.0));
    house.back(LUX);
    house.wait_s(1);
    let why = "it held no more when it was known again, 6m40s after it began";
    assert_eq!(house.not_run("dark")[0], why);
}

#[test]
fn an_absence_leaves_a_wait_waiting() {
    let mut house = House::new();
    house.rule(
        r#"
id = "wait"
[[when]]
becomes = "hall-motion.occupied"
[[do]]
wait = { until = "not hall-motion.occupied", timeout = "1h" }
[[do]]
set = { target = "hall-lamp", on = true }
"#,
    );
    house.motion(true);
    house.leave(MOTION);
    house.wait_s(600);
    house.back(MOTION);
    house.wait_s(1);
    assert_eq!(house.last("wait").outcome, Outcome::Running);
    house.leave(MOTION);
    house.wait_s(600);
    house.motion(false);
    house.back(MOTION);
    house.wait_s(1);
    assert!(house.is_on(LAMP));
}

#[test]
fn a_condition_on_a_device_that_is_gone_is_not_known_and_that_is_told() {
    let mut house = House::new();
    house.rule(
        r#"
id = "cold"
[[when]]
becomes = "hall-motion.occupied"
[[only_if]]
expr = "outdoor.temperature < 20 °C"
[[do]]
notify = "cold"
"#,
    );
    house.leave(OUTDOOR);
    house.wait_s(100);
    house.motion(true);
    house.wait_s(1);
    assert_eq!(house.runs("cold"), 0);
    let trace = house.last("cold");
    assert_eq!(
        house.not_run("cold"),
        ["it is not known whether outdoor.temperature < 20 °C"]
    );
    let condition = &trace.conditions[0];
    assert_eq!(condition.held, None);
    assert_eq!(
        condition.unknown.as_deref(),
        Some("outdoor.temperature is not known")
    );
    let value = &condition.values[0];
    assert_eq!(value.value.as_deref(), Some("15 °C"));
    assert_eq!(value.certainty, Certainty::Stale);
    assert_eq!(value.age_ms, 101_000);
}

#[test]
fn a_value_that_says_nothing_is_a_gap_too() {
    let mut house = House::new();
    house.rule(COLD);
    house.rule(
        r#"
id = "last"
[[when]]
changes = "last(outdoor.temperature)"
[[do]]
notify = "{last(outdoor.temperature)}"
"#,
    );
    house.set(OUTDOOR, 0x0402, 0, Value::Null);
    house.wait_s(1);
    house.outdoor(-100);
    house.wait_s(1);
    assert_eq!(house.runs("cold"), 0);
    house.outdoor(100);
    house.outdoor(-100);
    house.wait_s(1);
    assert_eq!(house.runs("cold"), 1);
}

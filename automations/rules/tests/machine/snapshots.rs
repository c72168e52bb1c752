//! Class 7: trigger and conditions see the home as it was at the event; a later step sees its own.

use hub_model::Value;

use crate::house::{House, LAMP, LUX, MOTION};

#[test]
fn what_one_rule_does_is_not_seen_by_the_condition_of_another_of_the_same_event() {
    let mut house = House::new();
    house.variables();
    // By name the first comes first.
    house.rule(
        r#"
id = "a-first"
[[when]]
becomes = "hall-motion.occupied"
[[do]]
assign = { mode = "night" }
"#,
    );
    house.rule(
        r#"
id = "b-second"
[[when]]
becomes = "hall-motion.occupied"
[[only_if]]
expr = "home.mode == day"
[[do]]
notify = "it was day, it is {home.mode}"
"#,
    );
    house.motion(true);
    assert_eq!(house.notices(), ["it was day, it is night"]);
    let trace = house.last("b-second");
    assert_eq!(trace.conditions[0].values[0].value.as_deref(), Some("day"));
    assert_eq!(trace.conditions[0].held, Some(true));
}

#[test]
fn a_later_step_sees_the_home_as_it_is_then_and_the_trace_shows_both() {
    let mut house = House::new();
    house.rule(
        r#"
id = "later"
[[when]]
becomes = "hall-motion.occupied"
[[only_if]]
expr = "hall-lux.illuminance > 100 lx"
[[do]]
delay = "1m"
[[do]]
if = "hall-lux.illuminance > 100 lx"
then = [ { notify = "still bright" } ]
else = [ { notify = "dark now" } ]
"#,
    );
    house.motion(true);
    house.wait_s(30);
    house.set(LUX, 0x0400, 0, crate::device::lux(5.0));
    house.motion(false);
    house.wait_s(31);
    assert_eq!(house.notices(), ["dark now"]);
    let trace = house.last("later");
    assert_eq!(trace.trigger.values[0].value.as_deref(), Some("true"));
    assert_eq!(
        trace.conditions[0].values[0].value.as_deref(),
        Some("199.99 lx")
    );
    let step = &trace.steps[1];
    assert_eq!(step.values[0].value.as_deref(), Some("5 lx"));
    assert_eq!(step.result.as_deref(), Some("no"));
    assert_eq!(step.values[0].age_ms, 30_000);
}

#[test]
fn of_values_that_come_at_once_each_event_sees_those_before_it() {
    let mut house = House::new();
    house.rule(
        r#"
id = "both"
[[when]]
becomes = "hall-motion.occupied"
[[only_if]]
expr = "hall-lamp.on"
[[do]]
notify = "both"
"#,
    );
    house.set_at_once(&[
        (LAMP, 0x0006, 0, Value::Bool(true)),
        (MOTION, 0x0406, 0, Value::Uint(1)),
    ]);
    assert_eq!(house.notices(), ["both"]);
    house.motion(false);
    house.set_at_once(&[
        (LAMP, 0x0006, 0, Value::Bool(false)),
        (MOTION, 0x0406, 0, Value::Uint(1)),
    ]);
    assert_eq!(house.notices(), ["both"]);
}

#[test]
fn the_condition_of_a_for_is_asked_when_it_ends() {
    let mut house = House::new();
    house.rule(
        r#"
id = "held"
[[when]]
becomes = "hall-motion.occupied"
for = "1m"
[[only_if]]
expr = "hall-lamp.on"
[[do]]
notify = "held"
"#,
    );
    house.motion(true);
    house.wait_s(30);
    house.lamp(true);
    house.wait_s(31);
    assert_eq!(house.notices(), ["held"]);
}

//! What traces tell.

use rules::trace::{Certainty, Outcome};

use crate::house::{House, LAMP, LUX, MOTION};

const LIGHT: &str = r#"
id = "light"
[[when]]
becomes = "hall-motion.occupied"
name = "motion"
[[only_if]]
expr = "hall-lux.illuminance < 20 lx and not front-door.open"
[[only_if]]
expr = "not hall-lamp.on"
[[do]]
set = { target = "hall-lamp", on = true }
"#;

#[test]
fn the_first_condition_that_is_false_is_named_with_what_it_saw() {
    let mut house = House::new();
    house.rule(LIGHT);
    house.wait_s(9);
    house.motion(true);
    let trace = house.last("light");
    let why = "hall-lux.illuminance < 20 lx is false".into();
    assert_eq!(trace.outcome, Outcome::NotRun { why });
    assert_eq!(
        trace.conditions.len(),
        1,
        "the parts of an `and` are asked one by one"
    );
    let seen = &trace.conditions[0].values[0];
    assert_eq!(&*seen.name, "hall-lux.illuminance");
    assert_eq!(seen.value.as_deref(), Some("199.99 lx"));
    assert_eq!((seen.certainty, seen.age_ms), (Certainty::Known, 10_000));
    assert_eq!(&*trace.trigger.text, "hall-motion.occupied became true");
    assert_eq!(trace.trigger.name.as_deref(), Some("motion"));
    assert_eq!(trace.trigger.cause, house.cause(MOTION, 0x0406, 0));
}

#[test]
fn a_run_tells_all_it_asked_and_did() {
    let mut house = House::new();
    house.rule(LIGHT);
    house.set(LUX, 0x0400, 0, crate::device::lux(3.0));
    house.motion(true);
    house.wait_s(1);
    let trace = house.last("light");
    let texts: Vec<_> = trace
        .conditions
        .iter()
        .map(|c| (&*c.text, c.held))
        .collect();
    assert_eq!(
        texts,
        [
            ("hall-lux.illuminance < 20 lx", Some(true)),
            ("not front-door.open", Some(true)),
            ("not hall-lamp.on", Some(true)),
        ]
    );
    assert_eq!(&*trace.steps[0].place, "do[0]");
    assert_eq!(
        trace.steps[0].cause,
        house.cause(LAMP, 0x0006, 0),
        "what it did is its doing"
    );
    assert_eq!(trace.outcome, Outcome::Done);
    assert!(trace.ended.is_some());
    assert_eq!(
        house.stored_traces().get(&trace.id),
        Some(&trace),
        "the disk has it whole"
    );
}

#[test]
fn starts_that_come_to_nothing_in_the_same_way_are_counted() {
    let mut house = House::new();
    house.rule(LIGHT);
    for _ in 0..10 {
        house.wait_s(10);
        house.motion(false);
        house.motion(true);
    }
    let traces = house.traces("light");
    assert_eq!(traces.len(), 1);
    assert_eq!(traces[0].times, 10);
    assert_eq!(traces[0].last, Some(house.now()));
    assert_eq!(house.stored_traces().len(), 1);
    // One that ran, or came to nothing otherwise, is another.
    house.set(LUX, 0x0400, 0, crate::device::lux(3.0));
    house.door(true);
    house.motion(false);
    house.motion(true);
    assert_eq!(house.traces("light").len(), 2);
    assert_eq!(house.not_run("light")[0], "not front-door.open is false");
}

#[test]
fn a_for_that_was_cut_short_is_told() {
    let mut house = House::new();
    house.rule(&LIGHT.replace("name = \"motion\"", "for = \"1m\""));
    house.motion(true);
    house.wait_s(20);
    house.motion(false);
    assert_eq!(house.not_run("light"), ["it held for 20s of 1m"]);
}

#[test]
fn many_instant_runs_of_one_input_are_all_on_disk() {
    let mut house = House::new();
    house.variables();
    house.rule(
        r#"
id = "many"
mode = "queued"
max = 100
[[when]]
changes = "outdoor.temperature"
[[do]]
wait = { until = "home.flag", timeout = "10h" }
"#,
    );
    for n in 0..80 {
        house.outdoor(n);
        house.wait_s(1);
    }
    house.assign("flag", true.into());
    house.wait_s(1);
    let done = house
        .stored_traces()
        .values()
        .filter(|trace| trace.outcome == Outcome::Done);
    assert_eq!(done.count(), 80, "though fewer are remembered");
    assert!(house.machine.traces(Some("many"), 1_000).len() <= 50);
}

#[test]
fn traces_are_told_as_they_come_about() {
    use rules::machine::Told;
    let mut house = House::new();
    house.rule(LIGHT);
    house.set(LUX, 0x0400, 0, crate::device::lux(3.0));
    house.motion(true);
    house.wait_s(1);
    let outcomes: Vec<_> = house
        .told
        .iter()
        .filter_map(|told| match told {
            Told::Trace(trace) => Some((trace.outcome.clone(), trace.steps[0].result.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(outcomes.first(), Some(&(Outcome::Running, None)));
    assert_eq!(
        outcomes.last(),
        Some(&(Outcome::Done, Some("confirmed".into())))
    );
}

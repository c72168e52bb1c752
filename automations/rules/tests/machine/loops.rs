//! Class 4: rules that start themselves or one another are paused with a reason, and the others go on.

use rules::machine::{Order, RuleState, Told};
use rules::trace::Outcome;

use crate::house::{House, LAMP};

const FLIP: &str = r#"
id = "flip"
owner = "anna"
mode = "restart"
[[when]]
changes = "home.flag"
[[do]]
assign = { flag = "not home.flag" }
"#;

const FOLLOWS: &str = r#"
id = "follows"
[[when]]
changes = "hall-lamp.on"
[[do]]
set = { target = "desk-lamp", on = "hall-lamp.on" }
"#;
const LEADS: &str = r#"
id = "leads"
[[when]]
changes = "desk-lamp.on"
[[do]]
set = { target = "hall-lamp", on = "not desk-lamp.on" }
"#;
const OTHER: &str = r#"
id = "other"
[[when]]
becomes = "hall-motion.occupied"
[[do]]
notify = "hello"
"#;

fn pause(house: &House, rule: &str) -> String {
    match house.state(rule) {
        RuleState::Paused(pause) => pause.why.to_string(),
        other => panic!("{rule} is {other:?}"),
    }
}

#[test]
fn a_rule_that_starts_itself_through_a_variable_is_paused() {
    let mut house = House::new();
    house.variables();
    house.rule_unchecked(FLIP);
    house.rule(OTHER);
    house.assign("flag", true.into());
    house.wait_s(1);
    let why = pause(&house, "flip");
    assert_eq!(why, "17 rules started one another in a row, as in a loop");
    assert!(house.told.iter().any(|told| matches!(
        told,
        Told::Paused { rule, owner, .. } if &**rule == "flip" && owner.as_deref() == Some("anna")
    )));
    assert_eq!(house.not_run("flip")[0], why);
    house.motion(true);
    assert_eq!(house.notices(), ["hello"]);
    // It stays so, also over a restart, until a person lets it go on.
    house.restart(std::time::Duration::from_secs(60));
    assert_eq!(pause(&house, "flip"), why);
    house.assign("flag", true.into());
    house.assign("flag", false.into());
    let runs = house.runs("flip");
    house.assign("flag", true.into());
    assert_eq!(house.runs("flip"), runs);
    assert_eq!(
        house.not_run("flip")[0],
        format!("the rule is paused: {why}")
    );
    house
        .order(&Order::Resume {
            rule: "flip".into(),
        })
        .unwrap();
    assert_eq!(house.state("flip"), RuleState::Ready);
    assert!(!house.kept().contains_key("pause/flip"));
}

#[test]
fn two_rules_that_start_each_other_through_devices_are_paused() {
    let mut house = House::new();
    house.rule(FOLLOWS);
    assert!(
        house
            .warnings(LEADS)
            .contains("leads, follows start one another in a circle")
    );
    house.rule_unchecked(LEADS);
    house.rule(OTHER);
    house.lamp(true);
    house.wait_s(60);
    let states = [house.state("follows"), house.state("leads")];
    let paused: Vec<_> = states
        .iter()
        .filter(|s| matches!(s, RuleState::Paused(_)))
        .collect();
    assert_eq!(paused.len(), 1, "the circle is cut: {states:?}");
    assert!(house.given.len() <= 18, "{}", house.given.len());
    house.motion(true);
    assert_eq!(house.notices(), ["hello"]);
    let given = house.given.len();
    house.wait_s(600);
    assert_eq!(house.given.len(), given, "it is at rest");
}

#[test]
fn rules_that_run_each_other_are_paused() {
    let mut house = House::new();
    let ping = r#"
id = "ping"
mode = "parallel"
max = 50
[[when]]
becomes = "hall-motion.occupied"
[[do]]
run = "pong"
"#;
    let pong = ping
        .replace("ping", "x")
        .replace("pong", "ping")
        .replace("\"x\"", "\"pong\"");
    house.rule_unchecked(ping);
    house.rule_unchecked(&pong.replace("hall-motion.occupied", "study-motion.occupied"));
    house.wait_s(1);
    assert!(
        house
            .warnings(ping)
            .contains("start one another in a circle")
    );
    house.motion(true);
    house.wait_s(1);
    assert!(
        pause(&house, "pong").contains("in a row") || pause(&house, "ping").contains("in a row")
    );
}

#[test]
fn more_than_thirty_runs_in_ten_seconds_are_a_loop_too() {
    let mut house = House::new();
    house.rule(OTHER);
    for _ in 0..30 {
        house.motion(true);
        house.motion(false);
    }
    assert_eq!(house.runs("other"), 30);
    house.motion(true);
    assert_eq!(
        pause(&house, "other"),
        "it started more than 30 times within 10 s"
    );
    house
        .order(&Order::Resume {
            rule: "other".into(),
        })
        .unwrap();
    for _ in 0..90 {
        house.wait_s(1);
        house.motion(false);
        house.motion(true);
    }
    assert_eq!(house.state("other"), RuleState::Ready);
    assert!(house.runs("other") > 80, "once a second is no loop");
}

#[test]
fn starts_that_come_to_nothing_are_no_loop() {
    let mut house = House::new();
    house.rule(
        r#"
id = "slow"
[[when]]
changes = "outdoor.temperature"
[[do]]
delay = "1h"
"#,
    );
    for n in 0..200 {
        house.outdoor(n);
    }
    assert_eq!(house.state("slow"), RuleState::Ready);
    assert_eq!(house.traces("slow").len(), 2);
    assert_eq!(house.last("slow").times, 199);
}

#[test]
fn an_edit_lets_a_paused_rule_start_again() {
    let mut house = House::new();
    house.variables();
    house.rule_unchecked(FLIP);
    house.assign("flag", true.into());
    pause(&house, "flip");
    house.rule_unchecked(&FLIP.replace("restart", "single"));
    assert_eq!(house.state("flip"), RuleState::Ready);
    house.assign("flag", true.into());
    house.assign("flag", false.into());
    house.wait_s(10);
    assert_eq!(
        house.state("flip"),
        RuleState::Ready,
        "it ran already when it would start itself"
    );
    assert!(
        house
            .not_run("flip")
            .contains(&"it was running already".to_owned())
    );
}

#[test]
fn a_rule_that_undoes_its_own_work_is_warned_of_and_paused() {
    let mut house = House::new();
    let stubborn = r#"
id = "stubborn"
[[when]]
changes = "hall-lamp.on"
[[do]]
set = { target = "hall-lamp", on = "not hall-lamp.on" }
"#;
    assert!(
        house
            .warnings(stubborn)
            .contains("what stubborn does may start it again")
    );
    house.rule_unchecked(stubborn);
    house.lamp(true);
    house.wait_s(30);
    pause(&house, "stubborn");
    assert!(house.operations(LAMP).len() <= 18);
    assert!(
        house
            .traces("stubborn")
            .iter()
            .all(|trace| trace.outcome != Outcome::Running)
    );
}

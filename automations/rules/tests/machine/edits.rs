//! A rule that is edited, disabled or removed while it runs or waits.

use std::time::Duration;

use rules::machine::RuleState;
use rules::trace::Outcome;

use crate::house::{DESK, House, LAMP, at};

const OLD: &str = r#"
id = "x"
[[when]]
becomes = "hall-motion.occupied"
[[do]]
delay = "10m"
[[do]]
set = { target = "hall-lamp", on = true }
[[do]]
notify = "old"
"#;

fn new() -> String {
    OLD.replace("hall-lamp", "desk-lamp").replace("old", "new")
}

#[test]
fn a_run_under_way_ends_with_the_text_with_which_it_began() {
    let mut house = House::new();
    house.rule(OLD);
    house.motion(true);
    house.wait_s(60);
    house.rule(&new());
    house.wait_s(600);
    assert_eq!(house.notices(), ["old"]);
    assert!(house.is_on(LAMP) && !house.is_on(DESK));
    house.motion(false);
    house.motion(true);
    house.wait_s(700);
    assert_eq!(house.notices(), ["old", "new"]);
}

#[test]
fn also_over_a_restart() {
    let mut house = House::new();
    house.rule(OLD);
    house.motion(true);
    house.wait_s(60);
    house.rule(&new());
    for _ in 0..2 {
        house.restart(Duration::from_secs(10));
        house.wait_s(60);
    }
    house.rule(&new().replace("new", "newest"));
    house.wait_s(600);
    assert_eq!(house.notices(), ["old"]);
    assert!(house.is_on(LAMP) && !house.is_on(DESK));
    assert!(
        !house
            .kept()
            .keys()
            .any(|key| key.starts_with("text/") || key.starts_with("run/"))
    );
    let revisions: Vec<_> = house
        .traces("x")
        .iter()
        .map(|trace| trace.revision.clone())
        .collect();
    assert_ne!(revisions[0], house.view("x").revision);
}

#[test]
fn a_pending_for_outlives_an_edit_that_leaves_its_trigger_alone() {
    let held = OLD
        .replace("occupied\"", "occupied\"\nfor = \"5m\"")
        .replace("delay = \"10m\"", "delay = \"1s\"");
    let mut house = House::new();
    house.rule(&held);
    house.motion(true);
    house.wait_s(120);
    house.rule(&held.replace("old", "new"));
    house.wait_s(30);
    let second = "[[when]]\nbecomes = \"front-door.open\"\n[[when]]\nbecomes";
    house.rule(
        &held
            .replace("old", "newer")
            .replace("[[when]]\nbecomes", second),
    );
    house.wait_s(149);
    assert_eq!(house.notices().len(), 0);
    house.wait_s(5);
    assert_eq!(house.notices(), ["newer"]);
    // One that changes the trigger begins anew.
    house.motion(false);
    house.motion(true);
    house.wait_s(120);
    house.rule(&held.replace("\"5m\"", "\"4m\""));
    house.wait_s(600);
    assert_eq!(
        house.notices().len(),
        1,
        "it held already when the trigger was new"
    );
    assert!(!house.kept().keys().any(|key| key.starts_with("sense/")));
}

#[test]
fn a_schedule_that_is_edited_after_it_ran_does_not_run_again_that_day() {
    let mut house = House::new();
    let evening = "id = \"x\"\n[[when]]\nat = \"13:00\"\n[[do]]\nnotify = \"a\"\n";
    house.rule(evening);
    house.wait_till("2026-03-10 13:01");
    house.rule(&evening.replace("\"a\"", "\"b\""));
    house.wait_s(3_600);
    assert_eq!(house.notices(), ["a"]);
    // Another time of the same day that is still to come is another schedule.
    house.rule(&evening.replace("13:00", "15:00"));
    assert_eq!(house.view("x").next, Some(at("2026-03-10 15:00")));
    // One that is past is not caught up with.
    house.rule(&evening.replace("13:00", "14:00"));
    assert_eq!(house.view("x").next, Some(at("2026-03-11 14:00")));
    assert_eq!(house.notices(), ["a"]);
}

#[test]
fn a_disabled_rule_neither_starts_nor_tells_but_ends_what_it_began() {
    let mut house = House::new();
    house.rule(OLD);
    house.motion(true);
    house.wait_s(60);
    let disabled = format!("enabled = false{OLD}");
    house.rule(&disabled);
    assert_eq!(house.state("x"), RuleState::Disabled);
    house.motion(false);
    house.motion(true);
    house.wait_s(600);
    assert_eq!(house.notices(), ["old"]);
    assert_eq!(house.traces("x").len(), 1);
    assert_eq!(house.view("x").next, None);
    house.rule(OLD);
    assert_eq!(house.state("x"), RuleState::Ready);
    assert_eq!(house.traces("x").len(), 1, "that it may start is no start");
    house.motion(false);
    house.motion(true);
    assert_eq!(house.view("x").running, 1);
}

#[test]
fn a_schedule_that_came_while_its_rule_was_disabled_is_not_caught_up_with() {
    let mut house = House::new();
    let noon = "id = \"x\"\nif_late = \"run\"\n[[when]]\nat = \"13:00\"\n[[when]]\nevery = \"11m\"\n[[do]]\nnotify = \"a\"\n";
    house.rule(&format!("enabled = false\n{noon}"));
    house.wait_till("2026-03-10 13:05");
    house.restart(Duration::from_secs(86_400));
    house.rule(noon);
    assert_eq!(house.traces("x").len(), 0);
    house.wait_s(10);
    assert_eq!(house.traces("x").len(), 0);
}

#[test]
fn those_that_wait_for_their_turn_do_not_begin_when_the_rule_is_disabled() {
    let mut house = House::new();
    let queued = format!("mode = \"queued\"{OLD}");
    house.rule(&queued);
    house.motion(true);
    house.motion(false);
    house.motion(true);
    assert_eq!(house.view("x").waiting, 1);
    house.rule(&format!("enabled = false\n{queued}"));
    assert_eq!((house.view("x").running, house.view("x").waiting), (1, 0));
    assert_eq!(house.not_run("x"), ["the rule was disabled"]);
}

#[test]
fn a_rule_that_is_removed_while_it_runs_stops_and_leaves_nothing() {
    let mut house = House::new();
    house.rule(
        &format!("mode = \"queued\"{OLD}")
            .replace("[[when]]", "[[when]]\nevery = \"1h\"\n[[when]]"),
    );
    house.motion(true);
    house.motion(false);
    house.motion(true);
    house.wait_s(60);
    house.remove_rule("x");
    house.wait_s(1);
    assert!(house.machine.rule("x").is_none());
    let outcomes: Vec<_> = house
        .traces("x")
        .iter()
        .map(|trace| trace.outcome.clone())
        .collect();
    let why = "its rule was removed";
    assert_eq!(
        outcomes,
        [
            Outcome::NotRun { why: why.into() },
            Outcome::Stopped { why: why.into() }
        ]
    );
    house.wait_s(7_200);
    assert_eq!(house.notices().len(), 0);
    let left: Vec<_> = house
        .kept()
        .keys()
        .filter(|key| *key != "next_run")
        .collect();
    assert_eq!(left, [""; 0]);
    // Another of that name knows nothing of it.
    house.rule(OLD);
    assert_eq!(house.view("x").running, 0);
    house.motion(false);
    house.motion(true);
    house.wait_s(601);
    assert_eq!(house.notices(), ["old"]);
}

#[test]
fn a_rule_that_is_removed_before_a_restart_takes_its_runs_along() {
    let mut house = House::new();
    house.rule(OLD);
    house.motion(true);
    house.wait_s(60);
    house.remove_rule("x");
    house.restart(Duration::from_secs(10));
    house.wait_s(700);
    assert_eq!(house.notices().len(), 0);
}

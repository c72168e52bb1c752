//! What happens when a rule starts while it runs.

use rules::machine::Order;
use rules::trace::Outcome;

use crate::house::{House, LAMP};

fn rule(mode: &str) -> String {
    format!(
        r#"
id = "x"
{mode}
[[when]]
becomes = "hall-motion.occupied"
[[when]]
becomes = "study-motion.occupied"
[[do]]
notify = "{{trigger.device}} begins"
[[do]]
delay = "1m"
[[do]]
notify = "{{trigger.device}} ends"
"#
    )
}

fn again(house: &mut House) {
    house.motion(false);
    house.motion(true);
}

#[test]
fn single_drops_the_new_start() {
    let mut house = House::new();
    house.rule(&rule("mode = \"single\""));
    house.motion(true);
    house.wait_s(30);
    again(&mut house);
    house.wait_s(100);
    assert_eq!(house.notices(), ["hall-motion begins", "hall-motion ends"]);
}

#[test]
fn restart_ends_the_old_run_and_begins_anew() {
    let mut house = House::new();
    house.rule(&rule("mode = \"restart\""));
    house.motion(true);
    house.wait_s(30);
    again(&mut house);
    house.wait_s(59);
    assert_eq!(house.notices(), ["hall-motion begins"; 2]);
    let stopped = Outcome::Stopped {
        why: "the rule started again".into(),
    };
    assert_eq!(house.traces("x")[1].outcome, stopped);
    house.wait_s(2);
    assert_eq!(house.notices().len(), 3);
    assert_eq!(house.view("x").running, 0);
}

#[test]
fn queued_lets_each_have_its_turn() {
    let mut house = House::new();
    house.rule(&rule("mode = \"queued\"\nmax = 5"));
    house.motion(true);
    house.study_motion(true);
    again(&mut house);
    house.wait_s(200);
    assert_eq!(
        house.notices(),
        [
            "hall-motion begins",
            "hall-motion ends",
            "study-motion begins",
            "study-motion ends",
            "hall-motion begins",
            "hall-motion ends",
        ]
    );
}

#[test]
fn parallel_lets_them_run_side_by_side() {
    let mut house = House::new();
    house.rule(&rule("mode = \"parallel\"\nmax = 2"));
    house.motion(true);
    house.study_motion(true);
    again(&mut house);
    house.wait_s(100);
    assert_eq!(
        house.notices(),
        [
            "hall-motion begins",
            "study-motion begins",
            "hall-motion ends",
            "study-motion ends"
        ]
    );
}

#[test]
fn each_mode_may_count_each_device_for_itself() {
    for (mode, begun) in [
        ("single", 2),
        ("restart", 3),
        ("queued", 2),
        ("parallel\"\nmax = \"1", 2),
    ] {
        let mut house = House::new();
        house.rule(&rule(&format!("per = \"device\"\nmode = \"{mode}\"")).replace("\"1\"", "1"));
        house.motion(true);
        house.study_motion(true);
        house.wait_s(30);
        again(&mut house);
        let begins = house
            .notices()
            .iter()
            .filter(|n| n.ends_with("begins"))
            .count();
        assert_eq!(begins, begun, "{mode}");
        house.wait_s(31);
        // That of the study was not touched.
        assert!(
            house.notices().contains(&"study-motion ends".to_owned()),
            "{mode}"
        );
        house.wait_s(200);
        assert_eq!((house.view("x").running, house.view("x").waiting), (0, 0));
        if mode == "queued" {
            assert_eq!(house.notices().len(), 6);
        }
    }
}

#[test]
fn a_run_by_hand_counts_too() {
    let mut house = House::new();
    house.rule(&rule("mode = \"single\""));
    house.motion(true);
    let refused = house.order(&Order::Run { rule: "x".into() });
    assert_eq!(refused.unwrap_err().to_string(), "it was running already");
}

#[test]
fn the_commands_of_a_run_that_was_ended_are_withdrawn_and_nothing_waits_for_them() {
    let mut house = House::new();
    house.rule(
        r#"
id = "x"
mode = "restart"
[[when]]
changes = "outdoor.temperature"
[[do]]
set = { target = "hall-lamp", on = "outdoor.temperature > 10 °C" }
[[do]]
notify = "{outdoor.temperature}"
"#,
    );
    house.manner(LAMP, crate::device::Manner::Silent);
    house.outdoor(500);
    house.outdoor(2_000);
    assert_eq!(house.withdrawn.len(), 1);
    house.wait_s(30);
    assert_eq!(house.notices(), ["20 °C"]);
    assert_eq!(house.view("x").running, 0);
}

#[test]
fn a_mode_that_is_edited_while_runs_wait_lets_them_have_their_turn() {
    let mut house = House::new();
    house.rule(&rule("mode = \"queued\"\nmax = 5"));
    for _ in 0..3 {
        again(&mut house);
    }
    house.rule(&rule("mode = \"restart\""));
    house.wait_s(61);
    assert_eq!((house.view("x").running, house.view("x").waiting), (1, 1));
    again(&mut house);
    assert_eq!((house.view("x").running, house.view("x").waiting), (1, 0));
    house.wait_s(100);
    assert_eq!(house.view("x").running, 0);
}

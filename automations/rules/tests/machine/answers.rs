//! Class 13: a command that was sent is not done: the trace says how it went, and `ensure` sees to it.

use std::time::Duration;

use rules::trace::Outcome;

use crate::device::Manner;
use crate::house::{House, LAMP, steps};

const ON: &str = r#"
id = "on"
[[when]]
becomes = "hall-motion.occupied"
[[do]]
set = { target = "hall-lamp", on = true }
[[do]]
notify = "done"
"#;

fn ensured(more: &str) -> String {
    ON.replace(
        "on = true }\n",
        &format!("on = true }}\nensure = {{ {more} }}\n"),
    )
}

#[test]
fn the_trace_says_how_each_command_went() {
    for (manner, result) in [
        (Manner::Obeys, "confirmed"),
        (Manner::Pretends, "acknowledged"),
        (
            Manner::Refuses,
            "refused: the device answered with status 0x87",
        ),
        (Manner::Silent, "no answer"),
    ] {
        let mut house = House::new();
        house.rule(ON);
        house.manner(LAMP, manner);
        house.motion(true);
        house.wait_s(20);
        let steps = house.steps("on");
        assert_eq!(
            steps,
            [
                format!("hall-lamp.on = true: {result}"),
                "notify: done".to_owned()
            ]
        );
        let step = &house.last("on").steps[0];
        assert!(step.cause.is_some());
        assert_eq!(house.given.len(), 1, "without ensure it is asked once");
        assert_eq!(house.last("on").outcome, Outcome::Done);
    }
}

#[test]
fn a_device_that_is_gone_refuses_at_once() {
    let mut house = House::new();
    house.rule(ON);
    house.leave(LAMP);
    house.wait_s(61);
    house.motion(true);
    assert_eq!(
        house.steps("on")[0],
        "hall-lamp.on = true: refused: the node is offline"
    );
    assert_eq!(house.notices(), ["done"]);
}

#[test]
fn the_next_step_waits_for_the_answer_but_not_for_the_report() {
    let mut house = House::new();
    house.rule(ON);
    house.device(LAMP).slow = Duration::from_secs(3);
    house.motion(true);
    house.wait_s(2);
    assert_eq!(house.notices().len(), 0);
    assert_eq!(house.steps("on"), ["hall-lamp.on = true"]);
    house.wait(Duration::from_millis(1_005));
    assert_eq!(house.steps("on")[0], "hall-lamp.on = true: acknowledged");
    assert_eq!(house.notices().len(), 1);
    house.wait_s(1);
    assert_eq!(
        house.steps("on")[0],
        "hall-lamp.on = true: confirmed",
        "told late"
    );
}

#[test]
fn ensure_tries_again_until_a_report_shows_it() {
    let mut house = House::new();
    house.rule(&ensured("within = \"5s\", retry = 2"));
    house.manner(LAMP, Manner::Pretends);
    house.motion(true);
    house.wait_s(7);
    assert_eq!(house.given.len(), 2);
    house.manner(LAMP, Manner::Obeys);
    house.wait_s(4);
    assert_eq!(house.given.len(), 3);
    assert_eq!(
        house.steps("on")[0],
        "hall-lamp.on = true: confirmed in attempt 3"
    );
    assert_eq!(house.notices(), ["done"]);
    assert_eq!(house.last("on").outcome, Outcome::Done);
}

#[test]
fn ensure_that_gives_up_notifies_stops_or_goes_on() {
    for (otherwise, notices, outcome) in [
        (
            "notify",
            vec![
                "anna: hall-lamp.on could not be reached in 3 attempts",
                "anna: done",
            ],
            Outcome::Done,
        ),
        ("continue", vec!["anna: done"], Outcome::Done),
        (
            "stop",
            vec![],
            Outcome::Failed {
                why: "hall-lamp.on could not be reached in 3 attempts".into(),
            },
        ),
    ] {
        for manner in [Manner::Pretends, Manner::Refuses, Manner::Silent] {
            let mut house = House::new();
            let rule = ensured(&format!(
                "within = \"5s\", retry = 2, else = \"{otherwise}\""
            ));
            house.rule(&format!("owner = \"anna\"\n{rule}"));
            house.manner(LAMP, manner);
            house.motion(true);
            house.wait_s(14);
            assert_eq!(house.notices().len(), 0, "{otherwise} {manner:?}");
            house.wait_s(2);
            assert_eq!(house.notices(), notices, "{otherwise} {manner:?}");
            assert_eq!(house.last("on").outcome, outcome, "{otherwise} {manner:?}");
            assert_eq!(house.given.len(), 3);
            house.wait_s(60);
            let step = &house.steps("on")[0];
            assert_eq!(
                step, "hall-lamp.on = true: not reached in 3 attempts",
                "{manner:?}"
            );
        }
    }
}

#[test]
fn a_report_that_comes_after_all_is_told_though_it_was_given_up() {
    let mut house = House::new();
    house.rule(&ensured("within = \"2s\", retry = 0, else = \"continue\""));
    house.device(LAMP).slow = Duration::from_millis(1_995);
    house.motion(true);
    house.wait_s(60);
    assert_eq!(house.steps("on")[0], "hall-lamp.on = true: confirmed");
}

#[test]
fn ensure_gives_a_slow_change_its_time() {
    let mut house = House::new();
    let rule = ensured("within = \"2s\", retry = 1")
        .replace("on = true }", "level = \"20 %\", transition = \"10s\" }");
    house.rule(&rule);
    house.device(LAMP).slow = Duration::from_secs(11);
    house.motion(true);
    house.wait_s(13);
    assert_eq!(house.given.len(), 1);
    assert_eq!(house.notices(), ["done"]);
}

#[test]
fn ensure_asks_again_for_a_value_that_was_not_known() {
    let mut house = House::new();
    let rule =
        ensured("within = \"5s\", retry = 3").replace("on = true }", "on = \"front-door.open\" }");
    house.rule(&rule);
    house.leave(crate::house::DOOR);
    house.wait_s(61);
    house.motion(true);
    house.wait_s(7);
    assert_eq!(house.given.len(), 0);
    house.back(crate::house::DOOR);
    house.wait_s(4);
    assert_eq!(house.given.len(), 1);
    assert_eq!(house.notices(), ["done"]);
}

#[test]
fn an_answer_that_the_hub_did_not_live_to_see_is_not_known() {
    let mut house = House::new();
    house.rule(ON);
    house.device(LAMP).slow = Duration::from_secs(5);
    house.motion(true);
    house.wait_s(1);
    house.restart(Duration::from_secs(1));
    house.wait_s(1);
    let steps = house.steps("on");
    assert_eq!(
        steps,
        [
            "hall-lamp.on = true: not known: the hub stopped",
            "notify: done"
        ]
    );
    assert_eq!(house.given.len(), 1);
}

#[test]
fn a_last_step_needs_no_disk_and_is_told_as_cut_off() {
    let mut house = House::new();
    house.rule(ON.split("[[do]]\nnotify").next().unwrap());
    house.device(LAMP).slow = Duration::from_secs(5);
    house.motion(true);
    assert!(
        !house.given[0].when_stored,
        "light does not wait for the disk"
    );
    assert!(!house.kept().keys().any(|key| key.starts_with("run/")));
    house.wait_s(1);
    house.restart(Duration::from_secs(1));
    house.wait_s(1);
    let trace = house.last("on");
    let why = "the hub stopped before the answer came".into();
    assert_eq!(trace.outcome, Outcome::Stopped { why });
    assert_eq!(
        steps(&trace),
        ["hall-lamp.on = true: not known: the hub stopped"]
    );
    assert_eq!(house.given.len(), 1);
}

#[test]
fn ensure_goes_on_after_a_stop_of_the_hub() {
    let mut house = House::new();
    house.rule(&ensured("within = \"5s\", retry = 2"));
    house.manner(LAMP, Manner::Silent);
    house.motion(true);
    house.wait_s(6);
    assert_eq!(house.given.len(), 2);
    house.manner(LAMP, Manner::Obeys);
    house.restart(Duration::from_secs(1));
    house.wait_s(5);
    assert_eq!(house.given.len(), 3);
    let steps = house.steps("on");
    assert_eq!(steps.last().unwrap(), "notify: done");
    assert!(
        steps[0].ends_with("not known: the hub stopped"),
        "{steps:?}"
    );
    assert_eq!(steps[1], "hall-lamp.on = true: confirmed in attempt 2");
}

#[test]
fn a_command_of_a_run_with_more_to_do_waits_for_the_disk() {
    let mut house = House::new();
    house.rule(ON);
    house.motion(true);
    assert!(house.given[0].when_stored);
}

#[test]
fn an_answer_that_was_missed_is_not_called_silence() {
    let mut house = House::new();
    house.rule(ON);
    house.device(LAMP).slow = Duration::from_secs(5);
    house.motion(true);
    house.wait_s(2);
    house.gap(|house| house.wait_blind(Duration::from_secs(5)));
    house.wait_s(20);
    let steps = house.steps("on");
    assert_eq!(
        steps,
        [
            "hall-lamp.on = true: not known: events were missed",
            "notify: done"
        ]
    );
}

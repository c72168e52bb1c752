//! Class 1: a restart, reload or edit of the hub loses no `for`, no delay and no wait.

use std::time::Duration;

use rules::trace::Outcome;

use crate::house::{DESK, House, LAMP, at};

const HALL: &str = r#"
id = "hall"
[[when]]
becomes = "hall-motion.occupied"
for = "2m"
[[do]]
set = { target = "hall-lamp", on = true }
"#;

const AFTERWARDS: &str = r#"
id = "afterwards"
[[when]]
becomes = "hall-motion.occupied"
[[do]]
set = { target = "hall-lamp", on = true }
[[do]]
delay = "10m"
[[do]]
set = { target = "hall-lamp", on = false }
"#;

#[test]
fn a_for_goes_on_where_it_was() {
    let mut house = House::new();
    house.rule(HALL);
    house.motion(true);
    house.wait_s(60);
    house.restart(Duration::from_secs(30));
    house.wait_s(29);
    assert_eq!(house.runs("hall"), 0);
    house.wait_s(2);
    assert_eq!(house.runs("hall"), 1);
    assert_eq!(house.last("hall").trigger.late_ms, None);
    assert!(house.is_on(LAMP));
    assert_eq!(house.last("hall").outcome, Outcome::Done);
    house.restart(Duration::from_secs(1));
    house.wait_s(600);
    assert_eq!(house.given.len(), 1, "it was done once");
}

#[test]
fn a_for_that_ended_while_the_hub_was_off_is_as_late_as_the_rule_allows() {
    for (if_late, off, runs) in [
        ("10m", 300, 1),
        ("10m", 3_600, 0),
        ("skip", 300, 0),
        ("run", 86_400, 1),
    ] {
        let mut house = House::new();
        house.rule(&format!("if_late = \"{if_late}\"\n{HALL}"));
        house.motion(true);
        house.wait_s(60);
        house.restart(Duration::from_secs(off));
        house.wait_s(1);
        assert_eq!(house.runs("hall"), runs, "{if_late} after {off} s");
        let late = house.last("hall").trigger.late_ms;
        assert_eq!(late, Some((off - 60) * 1_000), "{if_late} after {off} s");
        if runs == 0 {
            let why = "it was due while the hub or the device was away, and is too late now";
            assert_eq!(house.not_run("hall"), [why]);
        }
    }
}

#[test]
fn a_for_ends_when_the_value_was_another_after_the_start() {
    let mut house = House::new();
    house.rule(HALL);
    house.motion(true);
    house.wait_s(60);
    house.crash();
    house.motion_unheard(false);
    house.boot_after(Duration::from_secs(30));
    house.connect();
    house.wait_s(600);
    assert_eq!(house.runs("hall"), 0);
    assert_eq!(house.not_run("hall"), ["it held for 1m30s of 2m"]);
    assert!(!house.kept().keys().any(|key| key.starts_with("sense/")));
}

#[test]
fn a_for_waits_until_the_device_has_spoken() {
    let mut house = House::new();
    house.rule(HALL);
    house.motion(true);
    house.wait_s(110);
    house.crash();
    house.boot_after(Duration::from_secs(5));
    house.wait_s(20);
    assert_eq!(house.runs("hall"), 0, "nobody knows whether it holds");
    house.connect();
    house.wait_s(1);
    assert_eq!(house.runs("hall"), 1);
    assert_eq!(house.last("hall").trigger.late_ms, Some(15_000));
}

#[test]
fn a_delay_goes_on_where_it_was() {
    let mut house = House::new();
    house.rule(AFTERWARDS);
    house.motion(true);
    house.wait_s(60);
    assert!(house.is_on(LAMP));
    for _ in 0..3 {
        house.restart(Duration::from_secs(60));
        house.wait_s(60);
    }
    assert!(house.is_on(LAMP));
    house.wait_till("2026-03-10 12:10:02");
    assert!(!house.is_on(LAMP), "{:?}", house.steps("afterwards"));
    assert_eq!(house.given.len(), 2, "each was done once");
    assert_eq!(house.last("afterwards").outcome, Outcome::Done);
    assert_eq!(house.runs("afterwards"), 1);
    assert!(
        !house
            .kept()
            .keys()
            .any(|key| key.starts_with("run/") || key.starts_with("text/"))
    );
}

#[test]
fn a_delay_that_ended_while_the_hub_was_off_is_as_late_as_the_rule_allows() {
    for (if_late, off, done) in [
        ("10m", 900, true),
        ("10m", 7_200, false),
        ("run", 7_200, true),
    ] {
        let mut house = House::new();
        house.rule(&format!("if_late = \"{if_late}\"\n{AFTERWARDS}"));
        house.motion(true);
        house.wait_s(60);
        house.restart(Duration::from_secs(off));
        house.wait_s(1);
        assert_eq!(!house.is_on(LAMP), done, "{if_late} after {off} s");
        let trace = house.last("afterwards");
        match trace.outcome.clone() {
            Outcome::Done => assert!(done),
            Outcome::Stopped { why } => {
                assert!(!done);
                assert!(why.contains("should have gone on 1h50m59s"), "{why}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_wait_goes_on_and_its_for_and_timeout_count_from_where_they_were() {
    let mut house = House::new();
    house.rule(
        r#"
id = "wait"
[[when]]
becomes = "hall-motion.occupied"
[[do]]
wait = { until = "not hall-motion.occupied", for = "90s", timeout = "30m", else = "stop" }
[[do]]
set = { target = "hall-lamp", on = true }
"#,
    );
    house.motion(true);
    house.wait_s(60);
    house.restart(Duration::from_secs(30));
    house.wait_s(60);
    house.motion(false);
    house.wait_s(60);
    house.restart(Duration::from_secs(10));
    house.wait_s(15);
    assert!(!house.is_on(LAMP), "85 s of 90");
    house.wait_s(6);
    assert!(house.is_on(LAMP));
    assert_eq!(house.runs("wait"), 1);

    house.motion(true);
    house.wait_s(600);
    house.restart(Duration::from_secs(600));
    house.wait_s(590);
    assert_eq!(house.last("wait").outcome, Outcome::Running);
    house.wait_s(20);
    let why = "not hall-motion.occupied did not come so in time".into();
    assert_eq!(house.last("wait").outcome, Outcome::Failed { why });
}

#[test]
fn a_wait_that_held_before_the_stop_ends_when_that_is_known_again() {
    let mut house = House::new();
    house.rule(
        r#"
id = "wait"
[[when]]
becomes = "hall-motion.occupied"
[[do]]
wait = { until = "not hall-motion.occupied", for = "90s", timeout = "30m" }
[[do]]
set = { target = "hall-lamp", on = true }
"#,
    );
    house.motion(true);
    house.wait_s(1);
    house.motion(false);
    house.wait_s(60);
    house.crash();
    house.boot_after(Duration::from_secs(1));
    house.wait_s(50);
    assert!(!house.is_on(LAMP), "it is not known");
    house.connect();
    house.wait_s(1);
    assert!(house.is_on(LAMP), "{:?}", house.steps("wait"));
}

#[test]
fn parallel_branches_go_on_each_where_it_was() {
    let mut house = House::new();
    house.rule(
        r#"
id = "both"
[[when]]
becomes = "hall-motion.occupied"
[[do]]
parallel = [
    [ { delay = "5m" }, { set = { target = "hall-lamp", on = true } } ],
    [ { delay = "8m" }, { set = { target = "desk-lamp", on = true } } ],
]
[[do]]
notify = "both are on"
"#,
    );
    house.motion(true);
    house.wait_s(60);
    house.restart(Duration::from_secs(60));
    house.wait_till("2026-03-10 12:05:10");
    assert!(house.is_on(LAMP) && !house.is_on(DESK));
    house.restart(Duration::from_secs(60));
    assert_eq!(house.notices().len(), 0);
    house.wait_till("2026-03-10 12:08:10");
    assert!(house.is_on(DESK));
    assert_eq!(house.notices(), ["both are on"]);
    assert_eq!(house.given.len(), 2);
}

#[test]
fn a_loop_goes_on_with_the_turn_at_which_it_was() {
    let mut house = House::new();
    house.variables();
    house.rule(
        r#"
id = "loop"
[[when]]
becomes = "hall-motion.occupied"
[[do]]
repeat = 4
do = [
    { assign = { count = "home.count + 1" } },
    { delay = "1m" },
]
[[do]]
assign = { flag = true }
"#,
    );
    house.motion(true);
    house.wait_s(90);
    assert_eq!(house.home("count"), "2");
    house.restart(Duration::from_secs(10));
    assert_eq!(house.home("count"), "2");
    house.wait_s(30);
    assert_eq!(house.home("count"), "3");
    house.restart(Duration::from_secs(10));
    house.wait_s(120);
    assert_eq!(
        (house.home("count"), house.home("flag")),
        ("4".into(), "true".into())
    );
    house.restart(Duration::from_secs(10));
    assert_eq!(
        (house.home("count"), house.home("flag")),
        ("4".into(), "true".into())
    );
}

#[test]
fn a_repeat_until_keeps_its_timeout() {
    let mut house = House::new();
    house.rule(
        r#"
id = "loop"
[[when]]
becomes = "hall-motion.occupied"
[[do]]
repeat = { until = "not hall-motion.occupied", timeout = "5m" }
do = [ { delay = "1m" } ]
[[do]]
set = { target = "hall-lamp", on = true }
"#,
    );
    house.motion(true);
    house.wait_s(150);
    house.restart(Duration::from_secs(30));
    house.wait_till("2026-03-10 12:04:59");
    assert!(!house.is_on(LAMP));
    house.wait_till("2026-03-10 12:05:05");
    assert!(house.is_on(LAMP), "{:?}", house.steps("loop"));
    assert!(
        house
            .steps("loop")
            .contains(&"repeat: it did not come so in time".to_owned())
    );
}

#[test]
fn variables_of_the_run_and_what_started_it_outlive_a_restart() {
    let mut house = House::new();
    house.rule(
        r#"
id = "says"
[[when]]
becomes = "hall-motion.occupied"
name = "motion"
[[do]]
let = { was = "outdoor.temperature + 1 K" }
[[do]]
delay = "1m"
[[do]]
notify = "{trigger.id} by {trigger.device}: it was {$was}"
"#,
    );
    house.outdoor(-333);
    house.motion(true);
    house.wait_s(30);
    house.outdoor(2_000);
    house.restart(Duration::from_secs(5));
    house.wait_s(30);
    assert_eq!(house.notices(), ["motion by hall-motion: it was -2.33 °C"]);
}

#[test]
fn a_reload_after_missed_events_loses_nothing() {
    let mut house = House::new();
    house.rule(HALL);
    house.rule(&AFTERWARDS.replace("hall-lamp", "desk-lamp"));
    house.motion(true);
    house.wait_s(60);
    house.gap(|_| {});
    house.wait_s(59);
    assert!(!house.is_on(LAMP) && house.is_on(DESK));
    house.wait_s(2);
    assert!(house.is_on(LAMP));
    house.gap(|_| {});
    house.wait_till("2026-03-10 12:10:03");
    assert!(!house.is_on(DESK));
    assert_eq!(house.given.len(), 3);
}

#[test]
fn what_changed_in_a_gap_is_no_edge_but_ends_a_for_and_a_wait() {
    let mut house = House::new();
    house.rule(HALL);
    house.rule(&AFTERWARDS.replace("hall-lamp", "desk-lamp"));
    house.gap(|house| house.motion(true));
    house.wait_s(600);
    assert!(!house.is_on(LAMP) && !house.is_on(DESK));
    house.motion(false);
    house.motion(true);
    house.wait_s(60);
    house.gap(|house| house.motion(false));
    house.wait_s(600);
    assert!(!house.is_on(LAMP));
    assert_eq!(house.not_run("hall"), ["it held for 1m of 2m"]);
}

#[test]
fn a_crash_before_the_write_does_nothing_twice() {
    let mut house = House::new();
    house.rule(AFTERWARDS);
    house.crash_before_writes();
    house.motion(true);
    assert!(house.is_down());
    assert_eq!(house.given, [], "what must be stored first was not given");
    house.boot_after(Duration::from_secs(1));
    house.connect();
    house.wait_s(60);
    assert_eq!(
        house.traces("afterwards").len(),
        0,
        "as if it had never been"
    );

    // At the end of the delay.
    house.motion(false);
    house.motion(true);
    house.wait_s(60);
    house.crash_before_writes();
    house.wait_s(600);
    assert!(house.is_down());
    assert_eq!(house.given.len(), 1);
    house.boot_after(Duration::from_secs(1));
    house.connect();
    house.wait_s(1);
    assert_eq!(house.given.len(), 2);
    assert!(!house.is_on(LAMP));
}

#[test]
fn a_schedule_of_before_the_stop_is_known_after_it() {
    let mut house = House::new();
    house.rule(
        r#"
id = "evening"
if_late = "run"
[[when]]
at = "20:00"
[[do]]
set = { target = "hall-lamp", on = true }
"#,
    );
    house.wait_till("2026-03-10 19:59");
    house.restart(Duration::from_secs(120));
    house.wait_s(1);
    assert!(house.is_on(LAMP));
    house.restart(Duration::from_secs(120));
    house.restart(Duration::from_secs(120));
    house.wait_s(3_600);
    assert_eq!(house.runs("evening"), 1);
    assert_eq!(house.view("evening").next, Some(at("2026-03-11 20:00")));
}

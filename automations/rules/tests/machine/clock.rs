//! Class 12: the wall clock is wrong at the start, or jumps.

use std::time::Duration;

use hub_model::Timestamp;
use rules::machine::Told;
use rules::trace::Outcome;

use crate::house::{House, LAMP, MOTION, at};

fn evening(if_late: &str) -> String {
    format!(
        r#"
id = "evening"
if_late = "{if_late}"
[[when]]
at = "20:00"
[[do]]
notify = "evening"
"#
    )
}

const EVERY: &str = r#"
id = "every"
[[when]]
every = "15m"
[[do]]
notify = "tick"
"#;

const LATER: &str = r#"
id = "later"
[[when]]
becomes = "hall-motion.occupied"
[[do]]
delay = "10m"
[[do]]
notify = "later"
"#;

const HELD: &str = r#"
id = "held"
[[when]]
becomes = "hall-motion.occupied"
for = "10m"
[[do]]
notify = "held"
"#;

const WAITS: &str = r#"
id = "waits"
[[when]]
becomes = "hall-motion.occupied"
[[do]]
wait = { until = "not hall-motion.occupied", for = "5m", timeout = "30m", else = "stop" }
[[do]]
notify = "quiet"
"#;

const EPOCH: Timestamp = Timestamp(5_000_000);

fn clock_told(house: &House) -> Vec<bool> {
    let told = house.told.iter().filter_map(|told| match told {
        Told::Clock { trusted } => Some(*trusted),
        _ => None,
    });
    told.collect()
}

#[test]
fn a_clock_of_1970_holds_schedules_and_says_so_until_it_is_set() {
    let mut house = House::new();
    house.rule(&evening("10m"));
    house.rule(EVERY);
    house.wait_s(60);
    house.crash();
    house.boot_at(Duration::from_secs(30), EPOCH);
    assert_eq!(clock_told(&house), [false]);
    house.connect();
    house.wait_s(86_400);
    assert_eq!(house.notices().len(), 0, "nobody knows what time it is");
    assert_eq!(house.view("evening").next, None);
    house.set_clock(at("2026-03-11 19:00"));
    assert_eq!(clock_told(&house), [false, true]);
    assert_eq!(house.view("evening").next, Some(at("2026-03-11 20:00")));
    house.wait_s(3_700);
    let evenings = house
        .notices()
        .iter()
        .filter(|notice| *notice == "evening")
        .count();
    assert_eq!(evenings, 1);
    assert_eq!(
        house.not_run("evening").len(),
        1,
        "that of the day before was told as missed"
    );
    assert_eq!(
        house
            .notices()
            .iter()
            .filter(|notice| *notice == "tick")
            .count(),
        5
    );
}

#[test]
fn a_clock_that_is_set_soon_after_the_start_is_late_as_the_rule_allows() {
    for (if_late, runs) in [("skip", 0), ("10m", 1), ("1m", 0), ("run", 1)] {
        let mut house = House::new();
        house.rule(&evening(if_late));
        house.wait_till("2026-03-10 19:59");
        house.crash();
        house.boot_at(Duration::from_secs(30), EPOCH);
        house.connect();
        house.wait_s(60);
        house.set_clock(at("2026-03-10 20:05"));
        house.wait_s(60);
        assert_eq!(house.runs("evening"), runs, "{if_late}");
        let late = house.last("evening").trigger.late_ms;
        assert_eq!(late, Some(300_000), "{if_late}");
    }
}

#[test]
fn what_began_under_a_wrong_clock_goes_by_elapsed_time() {
    let mut house = House::new();
    for rule in [LATER, HELD, WAITS] {
        house.rule(rule);
    }
    house.crash();
    house.boot_at(Duration::from_secs(30), EPOCH);
    house.connect();
    house.motion(true);
    house.wait_s(300);
    house.set_clock(at("2026-03-10 13:00"));
    house.wait_s(299);
    assert_eq!(house.notices().len(), 0);
    house.wait_s(2);
    assert_eq!(house.notices().len(), 2);
    house.motion(false);
    house.wait_s(301);
    assert_eq!(house.notices().len(), 3, "{:?}", house.steps("waits"));
    for rule in ["later", "held", "waits"] {
        assert_eq!(house.last(rule).outcome, Outcome::Done, "{rule}");
    }
    // And what was kept of it was brought into line.
    house.motion(true);
    house.wait_s(60);
    house.restart(Duration::from_secs(60));
    house.wait_s(481);
    assert_eq!((house.runs("later"), house.runs("held")), (2, 2));
}

#[test]
fn what_was_restored_under_a_wrong_clock_waits_for_the_right_one() {
    let mut house = House::new();
    for rule in [LATER, HELD, WAITS] {
        house.rule(rule);
    }
    house.motion(true);
    house.wait_s(300);
    house.crash();
    house.boot_at(Duration::from_secs(30), EPOCH);
    house.connect();
    house.wait_s(3_600);
    assert_eq!(house.notices().len(), 0);
    // It was off for no longer than a minute, says the clock now.
    house.set_clock(at("2026-03-10 12:06"));
    house.wait_s(241);
    let mut notices = house.notices();
    notices.sort();
    assert_eq!(notices, ["held", "later"]);
    house.motion(false);
    house.wait_s(301);
    assert_eq!(house.notices().len(), 3);
}

#[test]
fn a_clock_that_was_set_late_knows_better_how_long_the_hub_was_off() {
    let mut house = House::new();
    for rule in [LATER, HELD] {
        house.rule(rule);
    }
    house.motion(true);
    house.wait_s(60);
    house.crash();
    // A machine without a clock goes on with the time at which it stopped.
    let stopped = house.now();
    house.boot_at(Duration::from_secs(8 * 60), stopped);
    house.connect();
    house.wait_s(10);
    let right = stopped + Duration::from_secs(8 * 60 + 10);
    house.set_clock(right);
    house.wait_s(51);
    assert_eq!(
        house.notices().len(),
        2,
        "they were to come a minute after that"
    );
    assert_eq!(house.last("held").trigger.late_ms, None);
}

#[test]
fn a_step_back_by_a_day_runs_nothing_twice() {
    let mut house = House::new();
    house.rule(&evening("run"));
    house.rule(EVERY);
    house.rule(LATER);
    house.wait_till("2026-03-11 21:00");
    assert_eq!(house.runs("evening"), 2);
    house.motion(true);
    house.set_clock(at("2026-03-10 21:00"));
    house.wait_s(3_600);
    house.restart(Duration::from_secs(10));
    house.wait_till("2026-03-11 23:00");
    assert_eq!(house.runs("evening"), 2, "the 11th has had its evening");
    assert_eq!(house.runs("later"), 1);
    assert_eq!(house.last("later").outcome, Outcome::Done);
    house.wait_till("2026-03-12 20:01");
    assert_eq!(house.runs("evening"), 3);
    let ticks = house
        .notices()
        .iter()
        .filter(|notice| *notice == "tick")
        .count();
    let hours = 33 + 47;
    assert!(ticks.abs_diff(hours * 4) <= 2, "{ticks}");
}

#[test]
fn a_step_back_by_a_day_delays_nothing_that_waits() {
    let mut house = House::new();
    for rule in [LATER, HELD, WAITS, EVERY] {
        house.rule(rule);
    }
    house.motion(true);
    house.wait_s(60);
    house.set_clock(at("2026-03-09 12:00"));
    house.wait_s(542);
    let mut notices = house.notices();
    notices.sort();
    assert_eq!(notices, ["held", "later"]);
    house.motion(false);
    house.wait_s(310);
    assert!(house.notices().contains(&"quiet".to_owned()));
    assert!(house.notices().contains(&"tick".to_owned()));
    assert_eq!(house.last("held").trigger.late_ms, None);
}

#[test]
fn a_step_forward_over_a_due_time_is_late_as_the_rule_allows() {
    for (if_late, runs) in [("skip", 0), ("10m", 1), ("2m", 0), ("run", 1)] {
        let mut house = House::new();
        house.rule(&evening(if_late));
        house.rule(LATER);
        house.wait_till("2026-03-10 19:58");
        house.motion(true);
        house.set_clock(at("2026-03-10 20:05"));
        house.wait_s(1);
        assert_eq!(house.runs("evening"), runs, "{if_late}");
        if runs == 0 {
            let why = "it was due 5m before, while the hub or its clock was away";
            assert_eq!(house.not_run("evening"), [why], "{if_late}");
        }
        house.wait_s(590);
        assert_eq!(
            house.last("later").outcome,
            Outcome::Running,
            "elapsed time is no matter of it"
        );
        house.wait_s(10);
        assert_eq!(house.last("later").outcome, Outcome::Done);
        house.wait_till("2026-03-11 20:01");
        assert_eq!(house.runs("evening"), runs + 1, "{if_late}");
    }
}

#[test]
fn clocks_that_run_apart_a_little_end_every_wait() {
    let mut house = House::new();
    for rule in [LATER, HELD, WAITS] {
        house.rule(rule);
    }
    house.motion(true);
    house.wait_s(60);
    house.motion(false);
    house.motion(true);
    house.motion(false);
    // The wall clock goes slower: a second in 100.
    for _ in 0..70 {
        house.wait_s(9);
        let slower = Timestamp(house.now().0 - 90_000);
        house.set_clock(slower);
    }
    let notices = house.notices();
    assert!(
        notices.contains(&"quiet".to_owned()),
        "{notices:?} {:?}",
        house.steps("waits")
    );
    assert!(notices.contains(&"later".to_owned()));
}

#[test]
fn a_year_ahead_by_mistake_and_back_does_not_silence_a_schedule() {
    let mut house = House::new();
    house.rule(&evening("skip"));
    house.wait_till("2026-03-10 13:00");
    house.set_clock(at("2027-03-10 13:00"));
    house.wait_s(60);
    house.set_clock(at("2026-03-10 13:02"));
    house.wait_till("2026-03-10 20:01");
    assert_eq!(house.runs("evening"), 1);
}

#[test]
fn absences_are_not_measured_with_a_clock_that_jumped() {
    let mut house = House::new();
    house.rule(
        r#"
id = "back"
[[when]]
recovered = "hall-motion"
after = "1h"
[[do]]
set = { target = "hall-lamp", on = true }
"#,
    );
    house.leave(MOTION);
    house.wait_s(120);
    house.set_clock(at("2026-03-11 12:00"));
    house.wait_s(60);
    house.back(MOTION);
    house.wait_s(1);
    assert!(!house.is_on(LAMP));
    house.leave(MOTION);
    house.wait_s(3_601);
    house.back(MOTION);
    house.wait_s(1);
    assert!(house.is_on(LAMP));
}

//! Class 5: where summer time begins and ends, a schedule runs exactly once a civil day.

use std::time::Duration;

use rules::schedule::local_text;

use crate::house::{House, at, berlin};

const AT_HALF_PAST_TWO: &str = r#"
id = "night"
if_late = "2h"
[[when]]
at = "02:30"
[[do]]
notify = "half past two"
"#;

/// When a rule ran, by Berlin's clock.
fn ran(house: &House, rule: &str) -> Vec<String> {
    let mut ran: Vec<_> = house
        .traces(rule)
        .iter()
        .filter(|trace| trace.outcome.ran())
        .map(|trace| local_text(trace.at, &berlin()))
        .collect();
    ran.reverse();
    ran
}

#[test]
fn what_spring_skips_runs_as_much_later() {
    let mut house = House::at("2026-03-28 12:00");
    house.rule(AT_HALF_PAST_TWO);
    house.wait_s(3 * 86_400);
    let expected = ["2026-03-29 03:30", "2026-03-30 02:30", "2026-03-31 02:30"];
    assert_eq!(
        ran(&house, "night"),
        expected.map(|text| local_text(at(text), &berlin()))
    );
    // 03:30 in summer is half past one in UTC.
    assert_eq!(house.traces("night")[2].at, at("2026-03-29T01:30:00Z"));
}

#[test]
fn what_autumn_has_twice_runs_the_first_time() {
    let mut house = House::at("2026-10-24 12:00");
    house.rule(AT_HALF_PAST_TWO);
    house.wait_s(3 * 86_400);
    let traces = house.traces("night");
    let moments: Vec<_> = traces.iter().rev().map(|trace| trace.at).collect();
    let expected = [
        "2026-10-25T00:30:00Z",
        "2026-10-26T01:30:00Z",
        "2026-10-27T01:30:00Z",
    ];
    assert_eq!(moments, expected.map(at));
}

#[test]
fn restarts_in_between_change_nothing() {
    for (start, first) in [
        ("2026-03-28 12:00", "2026-03-29T01:30:00Z"),
        ("2026-10-24 12:00", "2026-10-25T00:30:00Z"),
    ] {
        let mut house = House::at(start);
        house.rule(AT_HALF_PAST_TWO);
        house.wait_s(12 * 3_600);
        // Every 10 minutes through the night, off for 1.
        for _ in 0..40 {
            house.wait_s(540);
            house.restart(Duration::from_secs(60));
        }
        house.wait_s(600);
        let traces = house.traces("night");
        assert_eq!(traces.len(), 1, "{start}");
        assert!(
            traces[0].at.since(at(first)) < Duration::from_secs(60),
            "{start}"
        );
    }
}

#[test]
fn a_hub_that_was_off_over_the_hour_catches_up_once() {
    for (start, off, back) in [
        ("2026-03-29 01:50", 2, "2026-03-29T02:50:00Z"),
        ("2026-10-25 01:50", 2, "2026-10-25T01:50:00Z"),
    ] {
        let mut house = House::at(start);
        house.rule(AT_HALF_PAST_TWO);
        house.restart(Duration::from_secs(off * 3_600));
        assert_eq!(house.now().as_secs(), at(back).as_secs() + 1, "{start}");
        house.wait_s(6 * 3_600);
        let traces = house.traces("night");
        assert_eq!(traces.len(), 1, "{start}");
        assert!(traces[0].trigger.late_ms.is_some(), "{start}");
    }
}

#[test]
fn intervals_count_elapsed_time_through_the_night() {
    for start in ["2026-03-29 00:00", "2026-10-25 00:00"] {
        let mut house = House::at(start);
        house.rule(
            r#"
id = "often"
[[when]]
every = "1h"
[[do]]
notify = "tick"
"#,
        );
        house.wait_s(5 * 3_600);
        assert_eq!(house.runs("often"), 5, "{start}");
    }
}

#[test]
fn the_whole_year_has_one_run_each_day() {
    let mut house = House::at("2026-02-28 12:00");
    house.rule(AT_HALF_PAST_TWO);
    house.rule(
        r#"
id = "sunset"
[[when]]
at = "sunset - 15m"
[[do]]
notify = "evening"
"#,
    );
    house.wait_s(365 * 86_400);
    assert_eq!(
        house
            .notices()
            .iter()
            .filter(|notice| *notice == "evening")
            .count(),
        365
    );
    assert_eq!(
        house
            .notices()
            .iter()
            .filter(|notice| *notice == "half past two")
            .count(),
        365
    );
}

#[test]
fn conditions_on_the_time_see_the_local_clock() {
    let mut house = House::at("2026-03-29 00:30");
    house.rule(
        r#"
id = "hourly"
[[when]]
every = "1h"
[[only_if]]
expr = "time in 02:00..03:59"
[[do]]
notify = "{time}"
"#,
    );
    house.wait_s(4 * 3_600);
    assert_eq!(house.notices(), ["03:30:01"], "there is no 02:30");
}

//! What lived is replayed, byte for byte.

use std::time::Duration;

use super::incident::Incident;
use super::living::{LAMP, Living, MOTION, any_instant};
use super::*;
use crate::log;
use crate::machine::Order;

const LIGHT: &str = r#"
id = "hall-light"
name = "Hall light"
mode = "restart"

[[when]]
becomes = "hall-motion.occupied"

[[only_if]]
expr = "home.mode != night"

[[do]]
set = { target = "hall-lamp", on = true }

[[do]]
wait = { until = "not hall-motion.occupied", for = "30s", timeout = "10m" }

[[do]]
set = { target = "@hall", on = false }
"#;

const NIGHT: &str = r#"
id = "night"
name = "Night"

[[when]]
pressed = "hall-button"

[[when]]
at = "22:30"

[[when]]
becomes = "not hall-motion.occupied"
for = "5m"

[[do]]
assign = { mode = "night" }

[[do]]
notify = "Good night"

[[do]]
delay = "1h"

[[do]]
assign = { mode = "awake" }
"#;

const MODE: &str = r#"{"type":"choice","options":["awake","night"],"initial":"awake"}"#;

/// An afternoon in which all kinds of inputs occur.
fn afternoon() -> Living {
    let mut living = Living::hall();
    living.variable("mode", MODE);
    living.rule(LIGHT);
    living.begin();
    living.rule(NIGHT);
    living.guests();
    for press in 0..3 {
        living.motion(true);
        living.wait(Duration::from_secs(100));
        living.motion(false);
        living.wait(Duration::from_secs(45));
        living.press(press);
        living.wait(Duration::from_secs(25 * 60));
    }
    living.is_deaf = true;
    living.wait(Duration::from_secs(3600));
    living.motion(true);
    living.wait(Duration::from_secs(60));
    living.is_deaf = false;
    living.reachable(LAMP, false);
    living.reachable(MOTION, false);
    living.wait(Duration::from_secs(120));
    living.gap(|living| living.motion(false));
    living.reachable(LAMP, true);
    living.wait(Duration::from_secs(600));
    living.order(&Order::Run {
        rule: "hall-light".into(),
    });
    living.order(&Order::Resume {
        rule: "no-such-rule".into(),
    });
    living.wait(Duration::from_secs(12 * 3600));
    living
}

#[test]
fn what_lived_is_replayed_and_nothing_else() {
    let mut living = afternoon();
    let log = log::read(&living.log).unwrap();
    let base = any_instant() + Duration::from_secs(12_345);
    let replay = replay(&log, base);
    // What it holds at the end is the machine's own.
    living.lived.traces.clone_from(&replay.traces);
    living.lived.held.clone_from(&replay.held);
    assert!(replay.traces.len() > 5, "{}", replay.traces.len());
    assert!(replay.transmits.len() > 5, "{}", replay.transmits.len());
    assert_eq!(replay.compare(&living.lived.to_text()), None);
    assert_eq!(replay, living.lived);
}

#[test]
fn a_replay_is_the_same_every_time() {
    let living = afternoon();
    let log = log::read(&living.log).unwrap();
    let first = replay(&log, any_instant()).to_text();
    let again = log::read(&log.to_text().unwrap()).unwrap();
    for shift in [0, 1, 1_000_000_007] {
        let base = any_instant() + Duration::from_nanos(shift);
        assert_eq!(replay(&again, base).to_text(), first);
    }
}

#[test]
fn a_run_goes_on_in_the_log_of_the_next_start() {
    let mut living = Living::hall();
    living.variable("mode", MODE);
    living.rule(LIGHT);
    living.begin();
    living.motion(true);
    living.wait(Duration::from_secs(30));
    living.begin();
    living.motion(false);
    living.wait(Duration::from_secs(60));
    let log = log::read(&living.log).unwrap();
    let replay = replay(&log, any_instant());
    assert_eq!(replay.compare(&living.lived.to_text()), None);
    let trace = replay.traces.first().unwrap();
    assert_eq!(trace.outcome, crate::trace::Outcome::Done, "{trace:?}");
}

#[test]
fn the_first_difference_is_found() {
    let living = afternoon();
    let log = log::read(&living.log).unwrap();
    let replay = replay(&log, any_instant());
    let text = replay.to_text();
    let lines: Vec<_> = text.lines().collect();
    let short = lines[..3].join("\n");
    let difference = replay.compare(&short).unwrap();
    assert_eq!((difference.line, difference.recorded), (4, None));
    assert_eq!(difference.replayed.as_deref(), Some(lines[3]));
    let long = format!("{text}one more");
    let difference = replay.compare(&long).unwrap();
    assert_eq!(difference.line, lines.len() + 1);
    assert_eq!(difference.recorded.as_deref(), Some("one more"));
}

#[test]
fn an_incident_is_read_as_it_was_written_and_tells_what_differs() {
    let living = afternoon();
    let log = log::read(&living.log).unwrap();
    let traces = replay(&log, any_instant()).traces;
    let mut incident = Incident { log, traces };
    let text = incident.to_text().unwrap();
    assert_eq!(Incident::read(&text).unwrap(), incident);
    let replay = incident.replay(any_instant());
    assert_eq!(incident.compare(&replay), []);

    // The hub keeps no traces of long ago.
    let oldest = incident.traces.remove(0);
    assert_eq!(incident.compare(&replay), []);
    let missing = incident.traces.pop().unwrap();
    Arc::make_mut(&mut incident.traces[1]).times = 7;
    let runs = incident.compare(&replay);
    assert_eq!(runs.len(), 2, "{oldest:?}");
    assert_eq!(runs[0].run, incident.traces[1].id);
    assert!(runs[0].recorded.as_ref().unwrap().contains("\"times\":7"));
    assert_eq!((runs[1].run, &runs[1].recorded), (missing.id, &None));
}

#[test]
fn an_incident_that_is_none_is_refused_with_its_line() {
    let read = |text: &str| Incident::read(text).unwrap_err().to_string();
    assert!(read("").starts_with("line 1 is not the first line of a log"));
    assert!(read("{\"ingle-incident\":1}\n").starts_with("line 1 is not"));
    assert!(read("{\"ingle-incident\":1}\n\n{}\n").starts_with("line 3 is not"));
    assert_eq!(
        read("{\"ingle-incident\":2}\n"),
        "it is of format 2, which only a newer hub can read"
    );
    let torn = concat!(
        "{\"ingle-incident\":1}\n",
        "{\"ingle-log\":1,\"place\":{\"zone\":\"UTC\"},\"past\":0}\n",
        "{\"trace\":{\"id\":1"
    );
    assert!(read(torn).starts_with("line 3: EOF"), "{}", read(torn));
}

/// Version 1 stays readable for ever.
#[test]
fn the_incident_of_version_1_is_read() {
    let incident = Incident::read(GOLDEN).unwrap();
    assert_eq!(incident.to_text().unwrap(), GOLDEN);
}

/// When the language or what a trace says was changed on purpose, the file gets the traces that this
/// prints, and keeps its log.
#[test]
fn the_golden_incident_is_replayed_identically() {
    let incident = Incident::read(GOLDEN).unwrap();
    assert!(incident.traces.len() > 5);
    let replay = incident.replay(any_instant());
    let others = incident.compare(&replay);
    let now = Incident {
        log: incident.log,
        traces: replay.traces,
    };
    let now = now.to_text().unwrap();
    assert!(others.is_empty(), "{others:#?}\nas replayed now:\n{now}");
}

const GOLDEN: &str = include_str!("../../tests/data/incident-1.jsonl");

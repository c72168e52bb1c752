//! Logs are read as they were written, and whatever is no log is refused.

mod any;

use hub_engine::{EventKind, ObjectChange, ObjectKind, RevisionId};
use hub_model::{JobId, NodeId, Origin};
use proptest::prelude::*;

use super::*;
use crate::replay::living::{Living, any_instant, berlin};
use crate::replay::replay;
use crate::testing::repeatable;

const HEADER: &str = r#"{"ingle-log":1,"place":{"zone":"Europe/Berlin"},"past":5}"#;
const START: &str = r#"[7,0,{"start":{"home":{"seq":0,"objects":[],"nodes":[]},"stored":[]}}]"#;

proptest! {
    #![proptest_config(repeatable(300))]

    #[test]
    fn a_log_is_read_as_it_was_written(log in any::log()) {
        let text = log.to_text().unwrap();
        prop_assert_eq!(read(&text), Ok(log));
    }

    #[test]
    fn a_writer_writes_what_is_read(log in any::log()) {
        let base = any_instant();
        let first = log.entries.first().map(|entry| entry.since).unwrap_or_default();
        let begun = Now { mono: base + first, wall: Timestamp(0) };
        let (writer, header) = Writer::begin(&log.config(), begun);
        let mut text = header + "\n";
        for entry in &log.entries {
            let line = writer.line(entry.input.given(), entry.now(base)).unwrap();
            text += &(line.unwrap() + "\n");
        }
        let mut log = log;
        for entry in &mut log.entries {
            entry.since -= first;
        }
        prop_assert_eq!(read(&text), Ok(log));
    }

    #[test]
    fn no_text_panics(text in ".{0,200}", line in r#"[\[\]{}",:a-z0-9 -]{0,80}"#) {
        let _ = read(&text);
        let _ = read(&format!("{HEADER}\n{line}"));
        let _ = read(&format!("{HEADER}\n{START}\n[8,1,{line}]"));
    }

    /// What can be read of a spoilt log can be replayed.
    #[test]
    fn no_spoilt_log_panics(
        log in any::log(),
        at in any::<prop::sample::Index>(),
        with in r#"[\[\]{}",:0-9-]|null|true|9999999999|"#,
    ) {
        let mut text = log.to_text().unwrap();
        let ends: Vec<_> = text.char_indices().map(|(at, c)| at..at + c.len_utf8()).collect();
        text.replace_range(at.get(&ends).clone(), &with);
        if let Ok(log) = read(&text) {
            let _ = replay(&log, any_instant()).to_text();
        }
    }
}

#[test]
fn the_log_of_a_real_home_is_read_as_it_was_written() {
    let mut living = Living::hall();
    living.begin();
    living.guests();
    let log = read(&living.log).unwrap();
    assert!(log.entries.len() > 15, "{}", log.entries.len());
    assert_eq!(log.to_text().unwrap(), living.log);
    assert_eq!(log.config().place, berlin());
    let Some(Input::Start { home, .. }) = log.entries.first().map(|entry| &entry.input) else {
        panic!("a log begins with the start");
    };
    assert_eq!(home.nodes.len(), 3);
}

#[test]
fn what_a_machine_does_not_read_is_not_written() {
    let job = JobId(1);
    assert_eq!(line_of(EventKind::JobDropped { job }), None);
    let (node, orphaned) = (NodeId(1), true);
    assert_eq!(line_of(EventKind::Orphaned { node, orphaned }), None);
    assert_eq!(line_of(changed(&["home", "user", "counter"])), None);
    let line = line_of(changed(&["user", "rule"])).unwrap();
    assert!(
        !line.contains("user") && !line.contains("before it"),
        "{line}"
    );
    assert!(line.contains("after it"), "{line}");
}

#[test]
fn the_users_of_a_home_are_not_in_its_log() {
    let mut living = Living::hall();
    living.object("user", "anna", "secret hash");
    living.begin();
    living.object("user", "ben", "secret hash");
    assert!(!living.log.contains("secret"));
    assert_eq!(read(&living.log).unwrap().entries.len(), 1);
}

#[test]
fn the_fewest_lines_are_a_log() {
    let log = read(&format!("{HEADER}\r\n\n{START}\n")).unwrap();
    assert_eq!(log.past, Timestamp(5));
    assert_eq!(log.entries.len(), 1);
    assert_eq!(read(HEADER).unwrap().entries, []);
}

#[test]
fn what_is_no_log_is_refused_with_its_line() {
    let second = |line: &str| format!("{HEADER}\n{START}\n{line}");
    for (text, error) in [
        (String::new(), "line 1 is not the first line of a log"),
        ("\n[]".to_owned(), "line 2 is not the first line of a log"),
        (
            "{\"ingle-log\":1}".to_owned(),
            "line 1 is not the first line of a log",
        ),
        (
            "{\"ingle-log\":2}".to_owned(),
            "it is of format 2, which only a newer hub can read",
        ),
        (HEADER.replace("Berlin", "Berln"), "the home's time zone"),
        (
            format!("{HEADER}\n[7,0,\"timeout\"]"),
            "line 2: a log begins with the start",
        ),
        (second(START), "line 3: a log has one start"),
        (second("[8,1"), "line 3: EOF"),
        (second("[8,1,\"wait\"]"), "line 3: unknown variant `wait`"),
        (second("[8,-1,\"timeout\"]"), "line 3: invalid value"),
        (
            second("[8,9999999999999999999,\"timeout\"]"),
            "line 3: its time is more than a century",
        ),
        (
            second("[8,5,\"timeout\"]\n\n[9,4,\"timeout\"]"),
            "line 5: it is of a time before",
        ),
        (
            second(
                r#"[8,5,{"event":[1,1,{"home":{"revision":1,"author":{"kind":"hub"},"reason":"","changes":[{"kind":"node","id":"x","before":null,"after":null}]}}]}]"#,
            ),
            "line 3: node has a bad id",
        ),
        (
            second(r#"[8,5,{"event":[1,1,{"changed":[[1,1,6,0],{"$x":1},null,1,null,1]}]}]"#),
            "line 3: ",
        ),
    ] {
        let found = read(&text).unwrap_err().to_string();
        assert!(found.starts_with(error), "{found}\nnot {error}");
    }
}

#[test]
fn homes_out_of_order_are_refused() {
    let node = |id: u64, values: &str| {
        let node = r#"{"name":"a","slug":"a","bridge":"b","room":null,"icon":null,"since":0}"#;
        let reach = r#"{"state":"online"}"#;
        format!(r#"{{"id":{id},"node":{node},"reach":{reach},"devices":[],"values":[{values}]}}"#)
    };
    let value = |attribute: u32| format!(r#"[1,6,{attribute},true,"known",0,0,null,null]"#);
    let read_nodes = |nodes: &str| {
        let start = START.replace("\"nodes\":[]", &format!("\"nodes\":[{nodes}]"));
        read(&format!("{HEADER}\n{start}"))
    };
    let both = format!("{},{}", value(1), value(2));
    assert!(read_nodes(&format!("{},{}", node(1, &both), node(2, ""))).is_ok());
    let error = read_nodes(&format!("{},{}", node(2, ""), node(1, ""))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2: the nodes are not in ascending order"
    );
    let turned = format!("{},{}", value(2), value(1));
    let error = read_nodes(&node(1, &turned)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2: the values of node 0x1 are not in ascending order"
    );
}

#[test]
fn a_line_has_an_end() {
    let text = format!("{HEADER}\n{}", "[".repeat(LONGEST + 1));
    let bytes = LONGEST + 1;
    assert_eq!(read(&text), Err(LogError::TooLong { line: 2, bytes }));
    let line = || Some("[".repeat(bytes));
    assert_eq!(writer::bounded(line()), Err(TooLong { bytes }));
}

#[test]
fn nesting_has_an_end() {
    let deep = "[".repeat(100_000);
    assert!(read(&format!("{HEADER}\n{deep}")).is_err());
}

fn now() -> Now {
    Now {
        mono: any_instant(),
        wall: Timestamp(0),
    }
}

fn line_of(kind: EventKind) -> Option<String> {
    let (writer, _) = Writer::begin(&read(HEADER).unwrap().config(), now());
    let is_read = is_read(&kind);
    let event = Event {
        seq: 1,
        at: Timestamp(0),
        kind,
    };
    let line = writer.line(Given::Event(&event), now()).unwrap();
    assert_eq!(line.is_some(), is_read);
    line
}

fn changed(kinds: &[&str]) -> EventKind {
    let changes = kinds.iter().map(|kind| ObjectChange {
        kind: ObjectKind::new(*kind),
        id: "x".to_owned(),
        before: Some("before it".to_owned()),
        after: Some("after it".to_owned()),
    });
    EventKind::HomeChanged {
        revision: RevisionId(1),
        author: Origin::Hub,
        reason: "".into(),
        changes: changes.collect(),
    }
}

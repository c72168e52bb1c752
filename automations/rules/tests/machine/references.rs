//! Class 10: what a rule names may go away; then it is shown as broken, and works again when it is
//! back.

use hub_engine::Edit;
use hub_model::Value;
use rules::machine::{RuleState, Told};
use rules::trace::Outcome;

use crate::house::{HEATER, House, LAMP, MOTION};

const HALL: &str = r#"
id = "hall"
owner = "anna"
[[when]]
becomes = "hall-motion.occupied"
[[do]]
set = { target = "hall-lamp", on = true }
"#;

fn rename(house: &mut House, name: &str) {
    house.edit(Edit::RenameNode {
        node: MOTION,
        name: name.to_owned(),
    });
    house.wait_s(1);
}

fn broken(house: &House, rule: &str) -> String {
    match house.state(rule) {
        RuleState::Broken(problems) => problems
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n"),
        other => panic!("{rule} is {other:?}"),
    }
}

#[test]
fn a_rule_whose_device_was_renamed_is_broken_and_its_owner_told() {
    let mut house = House::new();
    house.rule(HALL);
    rename(&mut house, "Hallway Sensor");
    let why = "when[0].becomes: there is no device hall-motion";
    assert!(
        broken(&house, "hall").contains(why),
        "{}",
        broken(&house, "hall")
    );
    let told = house.told.iter().filter(|told| {
        matches!(told, Told::Paused { rule, owner, why }
            if &**rule == "hall" && owner.as_deref() == Some("anna") && why.contains("it cannot run"))
    });
    assert_eq!(told.count(), 1);
    house.motion(true);
    assert_eq!(house.given.len(), 0);
    house.motion(false);
    // Other changes of the home tell nobody once more.
    house.edit(Edit::RenameNode {
        node: HEATER,
        name: "Stove".to_owned(),
    });
    house.wait_s(1);
    assert_eq!(
        house
            .told
            .iter()
            .filter(|t| matches!(t, Told::Paused { .. }))
            .count(),
        1
    );
    rename(&mut house, "Hall Motion");
    assert_eq!(house.state("hall"), RuleState::Ready);
    assert!(matches!(house.told.last(), Some(Told::Resumed { .. })));
    house.motion(true);
    assert!(house.given.len() == 1);
}

#[test]
fn a_rule_whose_device_was_removed_works_again_when_it_is_back() {
    let mut house = House::new();
    house.rule(HALL);
    house.motion(false);
    house.left(MOTION);
    house.wait_s(1);
    assert!(broken(&house, "hall").contains("there is no device hall-motion"));
    house.restart(std::time::Duration::from_secs(5));
    // It joined anew, under a name of its own.
    house.wait_s(1);
    rename(&mut house, "Hall Motion");
    assert_eq!(house.state("hall"), RuleState::Ready);
    assert_eq!(house.given.len(), 0);
    house.motion(true);
    assert_eq!(house.given.len(), 1);
    house.wait_s(1);
    house.motion(false);
    house.motion(true);
    house.wait_s(1);
    assert_eq!(house.runs("hall"), 2);
}

#[test]
fn a_pending_for_outlives_a_rule_that_is_broken_for_a_while() {
    let mut house = House::new();
    house.rule(&HALL.replace("occupied\"", "occupied\"\nfor = \"10m\""));
    house.motion(true);
    house.wait_s(60);
    rename(&mut house, "Hallway Sensor");
    house.wait_s(60);
    house.restart(std::time::Duration::from_secs(30));
    house.wait_s(60);
    rename(&mut house, "Hall Motion");
    house.wait_till("2026-03-10 12:10:00");
    assert_eq!(house.runs("hall"), 0);
    house.wait_s(2);
    assert_eq!(house.runs("hall"), 1);
}

#[test]
fn a_broken_rule_is_broken_after_a_restart_too() {
    let mut house = House::new();
    house.rule(HALL);
    rename(&mut house, "Hallway Sensor");
    house.restart(std::time::Duration::from_secs(30));
    broken(&house, "hall");
}

#[test]
fn a_rule_that_nobody_can_read_is_broken_and_stays_so() {
    let mut house = House::new();
    house.put(
        rules::machine::RULE,
        "odd",
        Some(r#"{"version":99,"id":"odd"}"#),
    );
    house.wait_s(1);
    broken(&house, "odd");
    rename(&mut house, "Hallway Sensor");
    assert!(broken(&house, "odd").contains("version 99"));
    house.restart(std::time::Duration::from_secs(30));
    house.wait_s(1);
    broken(&house, "odd");
    house.put(rules::machine::RULE, "odd", None);
    assert!(house.machine.rule("odd").is_none());
}

#[test]
fn a_run_under_way_goes_on_though_its_rule_is_broken_meanwhile() {
    let mut house = House::new();
    house.rule(&format!(
        "{HALL}\n[[do]]\ndelay = \"5m\"\n[[do]]\nset = {{ target = \"hall-lamp\", on = false }}\n"
    ));
    house.motion(true);
    house.wait_s(1);
    rename(&mut house, "Hallway Sensor");
    broken(&house, "hall");
    house.wait_s(300);
    assert!(!house.is_on(LAMP));
}

#[test]
fn scenes_and_rules_that_are_gone_break_those_that_name_them() {
    let mut house = House::new();
    house.scene("id = \"calm\"\ndevices = [ { device = \"hall-lamp\", level = \"10 %\" } ]\n");
    house.rule("id = \"one\"\n[[when]]\nmanual = true\n[[do]]\nscene = \"calm\"\n");
    house.rule("id = \"two\"\n[[when]]\nmanual = true\n[[do]]\nrun = \"one\"\n");
    house.put(rules::machine::SCENE, "calm", None);
    house.wait_s(1);
    assert!(broken(&house, "one").contains("there is no scene calm"));
    house.remove_rule("one");
    house.wait_s(1);
    assert!(broken(&house, "two").contains("there is no rule one"));
    house.rule("id = \"one\"\n[[when]]\nmanual = true\n[[do]]\nnotify = \"one\"\n");
    house.wait_s(1);
    assert_eq!(house.state("two"), RuleState::Ready);
}

#[test]
fn a_device_that_joins_a_room_is_looked_at_by_rules_of_the_room() {
    let mut house = House::new();
    house.rule(
        r#"
id = "any"
[[when]]
becomes = "any(@hall.occupied)"
[[do]]
notify = "someone"
"#,
    );
    house.study_motion(true);
    assert_eq!(house.notices(), [""; 0]);
    house.study_motion(false);
    let hall = house
        .snapshot()
        .home
        .rooms()
        .iter()
        .find(|room| &*room.name == "Hall")
        .unwrap()
        .id;
    house.edit(Edit::MoveNode {
        node: crate::house::STUDY,
        room: Some(hall),
    });
    house.wait_s(1);
    house.study_motion(true);
    assert_eq!(house.notices(), ["someone"]);
    house.study_motion(false);
    // An attribute that a device of the room has not told before.
    house.set(HEATER, 0x0406, 0, Value::Uint(0));
    house.edit(Edit::MoveNode {
        node: HEATER,
        room: Some(hall),
    });
    house.wait_s(1);
    house.set(HEATER, 0x0406, 0, Value::Uint(1));
    assert_eq!(house.notices().len(), 2);
}

#[test]
fn a_run_waits_after_a_restart_until_its_rule_can_run_again() {
    let mut house = House::new();
    house.rule(&format!(
        "{HALL}\n[[do]]\ndelay = \"5m\"\n[[do]]\nset = {{ target = \"hall-lamp\", on = false }}\n"
    ));
    house.motion(true);
    house.wait_s(1);
    rename(&mut house, "Hallway Sensor");
    house.restart(std::time::Duration::from_secs(10));
    house.wait_s(10);
    let run = house.last("hall");
    assert_eq!(run.outcome, Outcome::Running);
    assert!(
        house.machine.trace(run.id).is_some(),
        "it is seen while it waits"
    );
    rename(&mut house, "Hall Motion");
    house.wait_s(300);
    assert!(!house.is_on(LAMP));
    assert_eq!(house.last("hall").outcome, Outcome::Done);

    // Or it is stopped, by a person or after a while.
    for order in [true, false] {
        house.motion(false);
        house.motion(true);
        house.wait_s(1);
        rename(&mut house, "Hallway Sensor");
        house.restart(std::time::Duration::from_secs(10));
        let run = house.last("hall").id;
        if order {
            house.order(&rules::machine::Order::Stop { run }).unwrap();
        } else {
            house.wait_s(16 * 60);
        }
        assert!(matches!(
            house.last("hall").outcome,
            Outcome::Stopped { .. }
        ));
        assert!(!house.kept().keys().any(|key| key.starts_with("run/")));
        rename(&mut house, "Hall Motion");
    }
}

#[test]
fn those_that_wait_for_their_turn_have_it_though_the_one_before_them_is_gone() {
    let mut house = House::new();
    house.rule(&format!(
        "mode = \"queued\"\n{HALL}\n[[do]]\ndelay = \"5m\"\n[[do]]\nnotify = \"{{trigger.device}}\"\n"
    ));
    for _ in 0..3 {
        house.motion(false);
        house.motion(true);
    }
    rename(&mut house, "Hallway Sensor");
    house.restart(std::time::Duration::from_secs(10));
    let first = house.traces("hall").last().unwrap().id;
    house
        .order(&rules::machine::Order::Stop { run: first })
        .unwrap();
    rename(&mut house, "Hall Motion");
    house.wait_s(700);
    assert_eq!(house.notices().len(), 2);
}

//! Every way in which a rule starts.

use std::time::Duration;

use hub_model::Value;
use rules::machine::Order;

use crate::house::{BUTTON, DOOR, House, LOCK, MOTION, OUTDOOR};

fn when(trigger: &str, message: &str) -> String {
    format!(
        "id = \"x\"\nmode = \"parallel\"\n[[when]]\n{trigger}\n[[do]]\nnotify = \"{message}\"\n"
    )
}

#[test]
fn becomes_fires_on_the_edge_and_not_again_while_it_holds() {
    let mut house = House::new();
    house.rule(&when(
        "becomes = \"outdoor.temperature > 20 °C\"",
        "{outdoor.temperature}",
    ));
    for centi in [1_900, 2_000, 2_100, 2_200, 2_100, 1_900, 2_300] {
        house.outdoor(centi);
    }
    assert_eq!(house.notices(), ["21 °C", "23 °C"]);
}

#[test]
fn becomes_of_several_values_fires_when_the_whole_becomes_true() {
    let mut house = House::new();
    house.rule(&when(
        "becomes = \"hall-motion.occupied and front-door.open\"",
        "both",
    ));
    house.motion(true);
    house.door(true);
    house.motion(false);
    house.motion(true);
    assert_eq!(house.notices().len(), 2);
}

#[test]
fn changes_fires_on_every_other_value() {
    let mut house = House::new();
    house.rule(&when(
        "changes = \"outdoor.temperature\"",
        "{outdoor.temperature}",
    ));
    for centi in [1_500, 1_600, 1_600, 1_500] {
        house.outdoor(centi);
    }
    assert_eq!(house.notices(), ["16 °C", "15 °C"]);
}

#[test]
fn changes_with_a_for_fires_when_it_has_stayed_so() {
    let mut house = House::new();
    house.variables();
    house.rule(&when(
        "changes = \"outdoor.temperature\"\nfor = \"1m\"",
        "{outdoor.temperature}",
    ));
    house.rule(
        &when("changes = \"home.mode\"\nfor = \"1m\"", "{home.mode}").replace("\"x\"", "\"y\""),
    );
    house.outdoor(1_600);
    house.wait_s(50);
    house.outdoor(1_700);
    house.wait_s(50);
    assert_eq!(house.notices().len(), 0);
    house.wait_s(11);
    assert_eq!(house.notices(), ["17 °C"]);
    // Over a restart, of a device and of a variable, which is known at once.
    house.outdoor(1_800);
    house.assign("mode", "night".into());
    house.wait_s(30);
    house.restart(Duration::from_secs(10));
    house.wait_s(21);
    let mut notices = house.notices();
    notices.sort();
    assert_eq!(notices, ["17 °C", "18 °C", "night"]);
    // And over a stop during which it changed, which no longer is the change that was seen.
    house.outdoor(1_900);
    house.wait_s(30);
    house.crash();
    house.device(OUTDOOR).put(0x0402, 0, Value::Int(2_000));
    house.boot_after(Duration::from_secs(10));
    house.connect();
    house.wait_s(100);
    assert_eq!(house.notices().len(), 3);
}

#[test]
fn changes_while_a_device_is_gone_wait_for_it() {
    let mut house = House::new();
    house.rule(&when(
        "changes = \"outdoor.temperature\"\nfor = \"5m\"",
        "{outdoor.temperature}",
    ));
    house.outdoor(1_600);
    house.wait_s(100);
    house.leave(OUTDOOR);
    house.wait_s(400);
    assert_eq!(
        house.notices().len(),
        0,
        "nobody knows whether it stayed so"
    );
    house.back(OUTDOOR);
    house.wait_s(1);
    assert_eq!(house.notices(), ["16 °C"]);
}

#[test]
fn events_fire_with_the_fields_that_they_must_have() {
    let mut house = House::new();
    let trigger =
        "event = \"front-lock.DoorLock.LockOperation\"\nwhere = { LockOperationType = \"unlock\" }";
    house.rule(&when(trigger, "unlocked by {trigger.device}"));
    let fields = |operation| Value::structure([(0, Value::Uint(operation)), (1, Value::Uint(2))]);
    house.happen(LOCK, 0x0101, 2, fields(0));
    house.happen(LOCK, 0x0101, 2, fields(1));
    house.happen(LOCK, 0x0101, 0, fields(1));
    assert_eq!(house.notices(), ["unlocked by front-lock"]);
}

#[test]
fn buttons_tell_their_presses_apart() {
    let mut house = House::new();
    for (id, press) in [
        ("a", "single"),
        ("b", "double"),
        ("c", "triple"),
        ("d", "long"),
        ("e", "long-released"),
        ("f", "down"),
    ] {
        let trigger = format!("pressed = \"button\"\npress = \"{press}\"");
        house.rule(&when(&trigger, press).replace("\"x\"", &format!("\"{id}\"")));
    }
    let multi = |count| Value::structure([(0, Value::Uint(1)), (1, Value::Uint(count))]);
    let position = || Value::structure([(0, Value::Uint(1))]);
    house.happen(BUTTON, 0x003B, 6, multi(1));
    house.happen(BUTTON, 0x003B, 6, multi(2));
    house.happen(BUTTON, 0x003B, 6, multi(3));
    house.happen(BUTTON, 0x003B, 2, position());
    house.happen(BUTTON, 0x003B, 4, position());
    house.happen(BUTTON, 0x003B, 1, position());
    house.happen(BUTTON, 0x003B, 3, position());
    assert_eq!(
        house.notices(),
        [
            "single",
            "double",
            "triple",
            "long",
            "long-released",
            "down"
        ]
    );
    let errors = house.errors(&when("pressed = \"hall-lamp\"", "x"));
    assert!(errors.contains("hall-lamp has no Switch"), "{errors}");
}

#[test]
fn an_event_that_comes_twice_fires_once() {
    let mut house = House::new();
    house.rule(&when("pressed = \"button\"", "pressed"));
    let multi = || Value::structure([(0, Value::Uint(1)), (1, Value::Uint(1))]);
    house.happen(BUTTON, 0x003B, 6, multi());
    house.repeat_event();
    assert_eq!(house.notices().len(), 1);
    house.happen(BUTTON, 0x003B, 6, multi());
    assert_eq!(house.notices().len(), 2);
}

#[test]
fn schedules_run_on_their_days() {
    let mut house = House::new();
    house.rule(&when("at = \"06:30\"\ndays = \"mon..fri\"", "{day} {time}"));
    house.wait_s(7 * 86_400);
    assert_eq!(
        house.notices(),
        ["wed", "thu", "fri", "mon", "tue"].map(|day| format!("{day} 06:30"))
    );
}

#[test]
fn the_sun_starts_rules_by_event_offset_and_height() {
    let mut house = House::new();
    for (id, at) in [
        ("a", "sunrise + 30m"),
        ("b", "sunset - 15m"),
        ("c", "sun falls below -6°"),
        ("d", "noon"),
    ] {
        house.rule(&when(&format!("at = \"{at}\""), id).replace("\"x\"", &format!("\"{id}\"")));
    }
    house.wait_s(86_400);
    assert_eq!(house.notices(), ["d", "b", "c", "a"]);
}

#[test]
fn intervals_tick_by_elapsed_time_and_outlive_a_restart() {
    let mut house = House::new();
    house.rule(&when("every = \"10m\"", "tick"));
    house.wait_s(601);
    assert_eq!(house.notices().len(), 1);
    house.wait_s(300);
    house.restart(Duration::from_secs(60));
    house.wait_s(230);
    assert_eq!(house.notices().len(), 1);
    house.wait_s(20);
    assert_eq!(house.notices().len(), 2);
    // One that was missed is late, those that were missed besides are not made up for.
    house.restart(Duration::from_secs(1_300));
    assert_eq!(
        house.notices().len(),
        2,
        "it would have been more than 10 m late"
    );
    assert_eq!(house.not_run("x").len(), 1);
    house.restart(Duration::from_secs(600));
    assert_eq!(house.notices().len(), 3);
    assert!(house.last("x").trigger.late_ms.is_some());
}

#[test]
fn a_device_that_is_lost_is_told_once_each_time() {
    let mut house = House::new();
    house.rule(&when(
        "lost = \"hall-motion\"\nfor = \"10m\"",
        "{trigger.device} is lost",
    ));
    house.leave(MOTION);
    house.wait_s(599);
    assert_eq!(house.notices().len(), 0);
    house.wait_s(2);
    assert_eq!(
        house.notices(),
        ["hall-motion is lost"],
        "ten minutes after it went"
    );
    house.restart(Duration::from_secs(100));
    house.wait_s(2_000);
    assert_eq!(house.notices().len(), 1, "it is lost still");
    house.back(MOTION);
    house.leave(MOTION);
    house.wait_s(300);
    house.back(MOTION);
    house.wait_s(1_000);
    assert_eq!(house.notices().len(), 1);
    assert_eq!(house.not_run("x"), ["it held for 5m of 10m"]);
    house.leave(MOTION);
    house.wait_s(700);
    assert_eq!(house.notices().len(), 2);
}

#[test]
fn a_pending_loss_outlives_a_restart_and_waits_until_it_is_known() {
    let mut house = House::new();
    house.rule(&when("lost = \"hall-motion\"\nfor = \"10m\"", "lost"));
    house.leave(MOTION);
    house.wait_s(590);
    house.restart(Duration::from_secs(5));
    house.wait_s(20);
    assert_eq!(
        house.notices().len(),
        0,
        "it has not had the time to answer"
    );
    house.wait_s(45);
    assert_eq!(house.notices(), ["lost"]);
    // Or it is there.
    house.back(MOTION);
    house.leave(MOTION);
    house.wait_s(590);
    house.crash();
    house.device(MOTION).present = true;
    house.boot_after(Duration::from_secs(5));
    house.wait_s(20);
    house.connect();
    house.wait_s(600);
    assert_eq!(house.notices().len(), 1);
}

#[test]
fn lost_without_a_for_fires_after_the_grace_time() {
    let mut house = House::new();
    house.rule(&when("lost = \"hall-motion\"", "lost"));
    house.leave(MOTION);
    house.wait_s(59);
    assert_eq!(house.notices().len(), 0);
    house.wait_s(2);
    assert_eq!(house.notices(), ["lost"]);
}

#[test]
fn a_device_that_recovers_is_told_if_it_was_gone_long_enough() {
    let mut house = House::new();
    house.rule(&when(
        "recovered = \"hall-motion\"\nafter = \"1h\"",
        "{trigger.device} is back",
    ));
    for (seconds, told) in [(30, 0), (600, 0), (3_700, 1)] {
        house.leave(MOTION);
        house.wait_s(seconds);
        house.back(MOTION);
        house.wait_s(1);
        assert_eq!(house.notices().len(), told, "gone for {seconds} s");
    }
}

#[test]
fn reachability_is_a_value_like_others() {
    let mut house = House::new();
    house.rule(&when(
        "becomes = \"not hall-motion.reachable\"\nfor = \"1m\"",
        "gone",
    ));
    house.leave(MOTION);
    house.wait_s(119);
    assert_eq!(house.notices().len(), 0);
    house.wait_s(2);
    assert_eq!(house.notices(), ["gone"]);
}

#[test]
fn a_rule_to_be_started_by_hand_starts_by_nothing_else() {
    let mut house = House::new();
    house.rule(&when("manual = true", "by hand"));
    house.motion(true);
    house.wait_s(86_400);
    assert_eq!(house.notices().len(), 0);
    house.order(&Order::Run { rule: "x".into() }).unwrap();
    assert_eq!(house.notices(), ["by hand"]);
    assert_eq!(&*house.last("x").trigger.text, "anna ran it");
}

#[test]
fn several_triggers_are_told_apart_by_name() {
    let mut house = House::new();
    house.rule(
        r#"
id = "x"
[[when]]
becomes = "hall-motion.occupied"
name = "motion"
[[when]]
becomes = "front-door.open"
name = "door"
[[do]]
notify = "{trigger.id} {trigger.device}"
"#,
    );
    house.set(DOOR, 0x0045, 0, Value::Bool(false));
    house.motion(true);
    assert_eq!(house.notices(), ["door front-door", "motion hall-motion"]);
    assert_eq!(&*house.last("x").trigger.place, "when[0]");
}

#[test]
fn the_same_trigger_twice_waits_twice() {
    let mut house = House::new();
    house.rule(
        r#"
id = "x"
mode = "parallel"
[[when]]
becomes = "hall-motion.occupied"
for = "1m"
name = "one"
[[when]]
becomes = "hall-motion.occupied"
for = "1m"
name = "two"
[[do]]
notify = "{trigger.id}"
"#,
    );
    house.motion(true);
    house.wait_s(30);
    house.restart(Duration::from_secs(5));
    house.wait_s(30);
    assert_eq!(house.notices(), ["one", "two"]);
}

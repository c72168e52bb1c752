//! Class 6: rules that would fight are warned of when they are saved, with an example.

use crate::house::House;

const ON_AT_TEN: &str = r#"
id = "on"
[[when]]
at = "22:00"
days = "mon..fri"
[[do]]
set = { target = "hall-lamp", on = true }
"#;

#[test]
fn two_schedules_that_meet_are_warned_of_with_the_day() {
    let mut house = House::new();
    house.rule(ON_AT_TEN);
    let off = ON_AT_TEN
        .replace("\"on\"", "\"off\"")
        .replace("true", "false");
    assert_eq!(
        house.warnings(&off),
        "do: on sets hall-lamp.on to true when this rule sets it to false: 2026-03-10 22:00:00 \
         (give one of them a condition that excludes the other)"
    );
    let on_friday = off.replace("mon..fri", "fri");
    assert!(house.warnings(&on_friday).contains("2026-03-13 22:00"));
    let on_sunday = off.replace("mon..fri", "sun");
    assert_eq!(house.warnings(&on_sunday), "");
    let at_eleven = off.replace("22:00", "23:00");
    assert_eq!(house.warnings(&at_eleven), "");
    let same = off.replace("false", "true");
    assert_eq!(house.warnings(&same), "");
}

#[test]
fn the_same_trigger_is_told_in_words() {
    let mut house = House::new();
    let on = r#"
id = "on"
[[when]]
becomes = "hall-motion.occupied"
[[do]]
set = { target = "hall-lamp", level = "40 %" }
"#;
    house.rule(on);
    let off = on
        .replace("\"on\"", "\"off\"")
        .replace("level = \"40 %\"", "on = false");
    let warned = house.warnings(&off);
    assert!(
        warned.contains("on sets hall-lamp.on to true when this rule sets it to false"),
        "{warned}"
    );
    assert!(
        warned.contains("when hall-motion.occupied became true"),
        "{warned}"
    );
    let dimmer = on.replace("\"on\"", "\"dim\"").replace("40 %", "10 %");
    let warned = house.warnings(&dimmer);
    assert!(
        warned.contains("hall-lamp.level to 40.16 %") || warned.contains("level to 40 %"),
        "{warned}"
    );
}

#[test]
fn conditions_that_exclude_each_other_are_no_fight() {
    let mut house = House::new();
    house.variables();
    house.rule(&format!(
        "{ON_AT_TEN}\n[[only_if]]\nexpr = \"home.mode == day\""
    ));
    let off = ON_AT_TEN
        .replace("\"on\"", "\"off\"")
        .replace("true", "false");
    assert_ne!(house.warnings(&off), "");
    assert_eq!(
        house.warnings(&format!(
            "{off}\n[[only_if]]\nexpr = \"home.mode == night\""
        )),
        ""
    );
    assert_ne!(
        house.warnings(&format!("{off}\n[[only_if]]\nexpr = \"home.flag\"")),
        ""
    );
}

#[test]
fn a_scene_fights_too() {
    let mut house = House::new();
    house.scene(
        r#"
id = "bright"
devices = [ { device = "hall-lamp", on = true } ]
"#,
    );
    house.rule(
        ON_AT_TEN
            .replace(
                "set = { target = \"hall-lamp\", on = true }",
                "scene = \"bright\"",
            )
            .as_str(),
    );
    let off = ON_AT_TEN
        .replace("\"on\"", "\"off\"")
        .replace("true", "false");
    assert!(
        house
            .warnings(&off)
            .contains("on sets hall-lamp.on to true")
    );
}

#[test]
fn a_rule_that_is_disabled_does_not_fight() {
    let mut house = House::new();
    house.rule(&format!("enabled = false\n{ON_AT_TEN}"));
    let off = ON_AT_TEN
        .replace("\"on\"", "\"off\"")
        .replace("true", "false");
    assert_eq!(house.warnings(&off), "");
}

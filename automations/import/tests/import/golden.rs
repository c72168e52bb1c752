//! A realistic file against the texts and the report that it must give.
//!
//! To take over a change on purpose, put what the failing test prints into the file it names.

use rules::face::{rule_from_text, rule_to_text, scene_from_text, scene_to_text};
use rules_import::{EntityTable, Import, Kind, import};

use crate::settled;

const AUTOMATIONS: &str = include_str!("../data/automations.yaml");
const SCENES: &str = include_str!("../data/scenes.yaml");
const TABLE: &str = include_str!("../data/table.toml");

#[test]
fn automations_become_the_rules_they_are() {
    let import = carried(AUTOMATIONS);
    let texts: Vec<_> = import.rules.iter().map(rule_to_text).collect();
    same(
        "rules.golden.toml",
        &texts.join("\n####\n\n"),
        include_str!("../data/rules.golden.toml"),
    );
}

#[test]
fn the_report_tells_all_that_is_not_as_it_was() {
    let import = carried(AUTOMATIONS);
    let report = import.report.to_string();
    same(
        "report.golden.txt",
        &report,
        include_str!("../data/report.golden.txt"),
    );
}

#[test]
fn scenes_become_the_scenes_they_are() {
    let import = carried(SCENES);
    let mut text: String = import.scenes.iter().map(scene_to_text).collect();
    text.push_str(&format!("\n{}", import.report));
    same(
        "scenes.golden.txt",
        &text,
        include_str!("../data/scenes.golden.txt"),
    );
    for scene in &import.scenes {
        let read = scene_from_text(&scene_to_text(scene)).unwrap();
        assert_eq!(&read.what, scene);
    }
}

#[test]
fn every_automation_has_one_entry_and_every_rule_reads_again() {
    let import = carried(AUTOMATIONS);
    let aliases = AUTOMATIONS
        .lines()
        .filter(|line| line.starts_with("- "))
        .count();
    assert_eq!(import.report.entries.len(), aliases);
    assert!(
        import
            .report
            .entries
            .iter()
            .all(|entry| entry.kind == Kind::Automation)
    );
    for rule in &import.rules {
        let read = rule_from_text(&rule_to_text(rule)).unwrap();
        assert_eq!(&read.what, rule);
        let entries = import.report.entries.iter();
        let made = entries.filter(|entry| entry.made.as_deref() == Some(&rule.id));
        assert_eq!(made.count(), 1, "{}", rule.id);
    }
}

#[test]
fn a_rule_of_which_something_is_lost_is_off_and_says_why() {
    let import = carried(AUTOMATIONS);
    for entry in &import.report.entries {
        let Some(made) = &entry.made else {
            continue;
        };
        let rule = import.rules.iter().find(|rule| *rule.id == **made).unwrap();
        assert_eq!(entry.enabled, rule.enabled);
        if entry.is_held_back() {
            assert!(!rule.enabled, "{made}");
            assert!(
                rule.note
                    .as_deref()
                    .unwrap()
                    .contains("Off since its import"),
                "{made}"
            );
        }
    }
}

#[test]
fn the_table_that_comes_back_has_every_entity() {
    let import = import(AUTOMATIONS, &EntityTable::empty(), &[]).unwrap();
    for entity in [
        "light.hall",
        "person.anna",
        "lock.front_door",
        "input_select.mode",
    ] {
        assert!(
            import.table.entities().any(|(met, _)| met == entity),
            "{entity}"
        );
    }
    let text = import.table.to_toml();
    let read = EntityTable::from_toml(&text).unwrap();
    // What was only taken from a name is confirmed by being read.
    assert_eq!(read.to_toml(), text.replace("  # by its name", ""));
    assert!(import.rules.iter().all(|rule| !rule.enabled));
}

#[test]
fn the_report_is_data_too() {
    let json = serde_json::to_value(carried(AUTOMATIONS).report).unwrap();
    assert_eq!(json["entries"][1]["outcome"], "whole");
    let button = json["entries"].as_array().unwrap().iter();
    let mut button = button.filter(|entry| entry["name"] == "Button in the hall");
    let finding = &button.next().unwrap()["findings"][0];
    assert_eq!(finding["severity"], "dropped");
    assert_eq!(finding["place"], "triggers[0]");
}

fn carried(yaml: &str) -> Import {
    let table = EntityTable::from_toml(TABLE).expect("the table of these tests");
    import(yaml, &table, &[]).expect("the file of these tests")
}

fn same(file: &str, is: &str, should: &str) {
    assert!(
        settled(is) == settled(should),
        "tests/data/{file} says otherwise than this:\n{is}"
    );
}

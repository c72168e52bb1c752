//! Files as a whole: names, ids, the table, and what is no automation.

use rules_import::{EntityTable, import};

use crate::cases::{WHEN, devices, table};

#[test]
fn what_the_file_refers_to_within_itself_needs_no_table() {
    let yaml = "automation:\n  - alias: One\n    triggers: {trigger: time, at: '07:00'}\n    \
                actions:\n      - {action: automation.trigger, target: {entity_id: automation.two}}\n      \
                - {scene: scene.night}\n  - alias: Two\n    triggers: {trigger: time, at: '08:00'}\n    \
                actions: {stop: done}\nscene:\n  - name: Night\n    entities: {light.a: 'off'}\nhomeassistant:\n";
    let import = import(yaml, &table(), &devices()).unwrap();
    let summary = "2 automations: 2 carried whole, 0 with changes, 0 not; \
                   1 scene: 1 carried whole, 0 with changes, 0 not";
    assert_eq!(import.report.summary(), summary, "{}", import.report);
    let steps: Vec<_> = import.rules.iter().map(|rule| rule.steps.len()).collect();
    assert_eq!(steps, [2, 1]);
    assert!(
        import.report.notes[0].contains("homeassistant"),
        "{:?}",
        import.report.notes
    );
}

#[test]
fn anything_in_the_place_of_an_automation_has_its_entry() {
    let import = import("- 1\n- [x]\n- ~\n- {}\n- {alias: A}\n", &table(), &[]).unwrap();
    let summary = import.report.summary();
    assert_eq!(
        summary,
        "5 automations: 0 carried whole, 0 with changes, 5 not"
    );
    for text in [
        "",
        "# nothing\n",
        "---\n",
        "automation:\n",
        "automation: !include a.yaml\n",
    ] {
        let import = self::import(text, &table(), &[]).unwrap();
        assert_eq!(import.report.summary(), "no automations", "{text}");
    }
}

#[test]
fn names_that_are_alike_become_ids_that_are_not() {
    let one = "- {alias: 'Küche!', triggers: {trigger: time, at: '07:00'}, actions: {stop: x}}\n";
    let import = import(&one.repeat(3), &table(), &[]).unwrap();
    let ids: Vec<_> = import
        .rules
        .iter()
        .map(|rule| rule.id.to_string())
        .collect();
    assert_eq!(ids, ["kueche", "kueche-2", "kueche-3"]);
}

#[test]
fn a_confirmed_guess_switches_the_rule_on() {
    let yaml = format!(
        "- {{alias: K, {WHEN}, actions: {{action: light.turn_on, entity_id: light.kitchen}}}}"
    );
    let first = import(&yaml, &table(), &devices()).unwrap();
    assert!(!first.rules[0].enabled, "{}", first.report);
    let confirmed = EntityTable::from_toml(&first.table.to_toml()).unwrap();
    let second = import(&yaml, &confirmed, &devices()).unwrap();
    assert!(second.rules[0].enabled, "{}", second.report);
    assert_eq!(
        second.report.summary(),
        "1 automation: 1 carried whole, 0 with changes, 0 not"
    );
}

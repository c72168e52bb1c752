//! No input panics, each automation is told of once, and each rule reads again.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use rules::face::{rule_from_text, rule_to_text, scene_from_text, scene_to_text};
use rules_import::{DeviceHint, EntityTable, import};

proptest! {
    #![proptest_config(repeatable(120))]

    #[test]
    fn no_text_panics(text in any_text()) {
        holds(&text, None)?;
    }

    #[test]
    fn no_table_panics(text in any_text(), value in ".{0,12}") {
        let _ = EntityTable::from_toml(&text);
        let row = format!("[entities]\n\"light.a\" = {value:?}\n");
        if let Ok(table) = EntityTable::from_toml(&row) {
            prop_assert_eq!(EntityTable::from_toml(&table.to_toml()), Ok(table));
        }
    }

    #[test]
    fn any_tree_of_its_words_is_told_of(trees in prop::collection::vec(any_automation(), 1..4)) {
        let yaml: String = trees.iter().map(|tree| format!("- {tree}\n")).collect();
        holds(&yaml, Some(trees.len()))?;
    }
}

#[test]
fn large_files_end_soon() {
    let one = "- {alias: A, triggers: [{trigger: state, entity_id: light.x, to: 'on'}], \
               actions: [{action: light.turn_on, entity_id: light.y}]}\n";
    let many = one.repeat(100);
    holds(&many, Some(100)).unwrap();
    let conditions = "{condition: state, entity_id: light.x, state: 'on'}, ".repeat(600);
    let long =
        format!("- {{alias: A, conditions: [{{or: [{conditions}]}}], actions: {{stop: x}}}}");
    holds(&long, Some(1)).unwrap();
    let actions = "{delay: 1}, ".repeat(600);
    let long =
        format!("- {{alias: A, triggers: {{trigger: time, at: '7:00'}}, actions: [{actions}]}}");
    holds(&long, Some(1)).unwrap();
    let entities: String = (0..600).map(|n| format!("light.x{n}: on, ")).collect();
    holds(&format!("- {{name: S, entities: {{{entities}}}}}"), Some(1)).unwrap();
}

#[test]
fn deep_files_fit_on_the_stack() {
    let levels = 28;
    let nested = |open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
    };
    let light = "{condition: state, entity_id: light.a, state: on}";
    let cases = [
        format!("conditions: [{}]", nested("{not: [", light, "]}")),
        format!("conditions: {}", nested("{or: [", light, "]}")),
        format!("actions: [{}]", nested("{sequence: [", "{delay: 1}", "]}")),
        format!(
            "actions: [{}]",
            nested("{if: [], then: [", "{delay: 1}", "]}")
        ),
        format!("actions: [{}]", nested("{parallel: [", "{delay: 1}", "]}")),
    ];
    for case in cases {
        holds(&format!("- {{actions: {{stop: x}}, {case}}}"), Some(1)).unwrap();
    }
}

/// Checks what must hold for every file.
fn holds(yaml: &str, entries: Option<usize>) -> Result<(), TestCaseError> {
    let devices = [DeviceHint {
        slug: "hall-lamp".to_owned(),
        name: "Hall lamp".to_owned(),
        endpoint: Some(1),
        properties: vec!["on".to_owned(), "level".to_owned()],
    }];
    let table = EntityTable::from_toml("[entities]\n\"light.a\" = \"a\"\n");
    let table = table.expect("the table of these tests");
    let import = match import(yaml, &table, &devices) {
        Ok(import) => import,
        Err(error) => {
            prop_assert!(entries.is_none(), "{yaml}: {error}");
            return Ok(());
        }
    };
    if let Some(entries) = entries {
        prop_assert_eq!(import.report.entries.len(), entries);
    }
    let made = import
        .report
        .entries
        .iter()
        .filter(|entry| entry.made.is_some())
        .count();
    prop_assert_eq!(made, import.rules.len() + import.scenes.len());
    for entry in &import.report.entries {
        // Whatever is not there must be told.
        prop_assert!(entry.made.is_some() || !entry.findings.is_empty());
    }
    for rule in &import.rules {
        let read = rule_from_text(&rule_to_text(rule)).map(|read| read.what);
        prop_assert_eq!(read.as_ref(), Ok(rule));
    }
    for scene in &import.scenes {
        let read = scene_from_text(&scene_to_text(scene)).map(|read| read.what);
        prop_assert_eq!(read.as_ref(), Ok(scene));
    }
    let read = EntityTable::from_toml(&import.table.to_toml());
    prop_assert!(read.is_ok(), "{:?}", read);
    let _ = import.report.to_string();
    Ok(())
}

fn any_text() -> impl Strategy<Value = String> {
    let near = "(- |  |alias: |trigger|s: |action|: |\\[|\\]|\\{|\\}|'|\"|\n|&a |\\*a|!x |a|1|#|\\||>|<<|%|\t){0,40}";
    prop_oneof![".{0,60}", near]
}

/// A tree whose keys and values are those of automations, in any order, as flow YAML.
fn any_tree() -> impl Strategy<Value = String> {
    let word = prop::sample::select(WORDS);
    let leaf = word.prop_map(|word| format!("{word:?}"));
    let leaf = prop_oneof![8 => leaf, 1 => "[0-9:./-]{1,6}".prop_map(|text| format!("{text:?}"))];
    leaf.prop_recursive(5, 48, 5, |inner| {
        let key = prop::sample::select(KEYS);
        let map = prop::collection::btree_map(key, inner.clone(), 0..6).prop_map(|map| {
            let entries: Vec<_> = map
                .iter()
                .map(|(key, value)| format!("{key}: {value}"))
                .collect();
            format!("{{{}}}", entries.join(", "))
        });
        let list =
            prop::collection::vec(inner, 0..4).prop_map(|list| format!("[{}]", list.join(", ")));
        prop_oneof![3 => map, 1 => list]
    })
}

/// An automation or scene whose parts are such trees, some of them of a kind that is known.
fn any_automation() -> impl Strategy<Value = String> {
    let part = |kinds: &'static [&'static str], key: &'static str| {
        let kind = prop::sample::select(kinds);
        let one = (
            kind,
            prop::collection::btree_map(prop::sample::select(KEYS), any_tree(), 0..6),
        );
        let one = one.prop_map(move |(kind, mut map)| {
            map.insert(key, format!("{kind:?}"));
            let entries: Vec<_> = map
                .iter()
                .map(|(key, value)| format!("{key}: {value}"))
                .collect();
            format!("{{{}}}", entries.join(", "))
        });
        prop::collection::vec(one, 0..3).prop_map(|parts| format!("[{}]", parts.join(", ")))
    };
    let whole = (
        part(TRIGGERS, "trigger"),
        part(CONDITIONS, "condition"),
        part(ACTIONS, "action"),
    );
    let whole = whole.prop_map(|(triggers, conditions, actions)| {
        format!("{{alias: A, triggers: {triggers}, conditions: {conditions}, actions: {actions}}}")
    });
    let scene = any_tree().prop_map(|tree| format!("{{name: S, entities: {tree}}}"));
    prop_oneof![6 => whole, 1 => scene, 1 => any_tree()]
}

const TRIGGERS: &[&str] = &[
    "state",
    "numeric_state",
    "time",
    "time_pattern",
    "sun",
    "template",
    "x",
];
const CONDITIONS: &[&str] = &[
    "state",
    "numeric_state",
    "time",
    "sun",
    "trigger",
    "template",
    "or",
    "not",
];
const ACTIONS: &[&str] = &[
    "light.turn_on",
    "light.toggle",
    "cover.set_cover_position",
    "lock.lock",
    "climate.set_temperature",
    "scene.turn_on",
    "scene.apply",
    "notify.me",
    "input_select.select_option",
    "script.x",
    "fan.turn_on",
    "homeassistant.turn_off",
    "x.y",
    "x",
];
const KEYS: &[&str] = &[
    "entity_id",
    "to",
    "from",
    "not_to",
    "for",
    "above",
    "below",
    "at",
    "minutes",
    "hours",
    "event",
    "offset",
    "value_template",
    "state",
    "after",
    "before",
    "weekday",
    "id",
    "conditions",
    "target",
    "data",
    "brightness",
    "position",
    "temperature",
    "option",
    "message",
    "entities",
    "delay",
    "choose",
    "sequence",
    "default",
    "if",
    "then",
    "else",
    "repeat",
    "count",
    "until",
    "while",
    "parallel",
    "variables",
    "stop",
    "wait_template",
    "wait_for_trigger",
    "timeout",
    "enabled",
    "attribute",
    "light.a",
    "or",
    "and",
    "not",
    "alias",
    "mode",
    "use_blueprint",
    "hs_color",
];
const WORDS: &[&str] = &[
    "on",
    "off",
    "light.a",
    "light.hall",
    "sensor.temperature",
    "cover.c",
    "climate.c",
    "sun.sun",
    "input_boolean.b",
    "input_select.s",
    "person.p",
    "event.e",
    "unavailable",
    "unknown",
    "heat",
    "5",
    "-3.5",
    "00:05:00",
    "07:30",
    "/5",
    "*",
    "sunset",
    "sunrise",
    "mon",
    "true",
    "false",
    "",
    "{{ is_state('light.a', 'on') }}",
    "{{ states('sensor.temperature') | float(0) > 20 }}",
    "{{ x",
    "open",
    "all",
    "1e308",
    "nan",
    "99999999999999999999",
    "brightness",
    "ä\\\"\n☃",
    "and",
    "a.b.c",
];

fn repeatable(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(0x1236),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

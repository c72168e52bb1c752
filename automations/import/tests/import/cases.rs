//! Cases: a piece of YAML, and the lines of the rule's text that come of it.
//!
//! A line that begins with `!` is a finding: its severity and the beginning of what it says.

use rules::face::rule_to_text;
use rules_import::{DeviceHint, EntityTable, import};

use crate::settled;

/// A trigger for cases about something else.
pub(crate) const WHEN: &str = "triggers: {trigger: time, at: '07:00'}";
/// An action for cases about something else.
pub(crate) const DO: &str = "actions: {stop: done}";

/// A part of a rule.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Part {
    When,
    OnlyIf,
    Do,
}

/// Checks what a part of an automation becomes, and what is found at it.
pub(crate) fn is(yaml: &str, part: Part, expected: &[&str]) {
    let import =
        import(yaml, &table(), &devices()).unwrap_or_else(|error| panic!("{yaml}: {error}"));
    let [entry] = import.report.entries.as_slice() else {
        panic!("{yaml}: not one entry");
    };
    let text = import.rules.first().map(rule_to_text).unwrap_or_default();
    let mut lines: Vec<String> = Vec::new();
    let mut within = None;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line {
            "[[when]]" => within = Some(Part::When),
            "[[only_if]]" => within = Some(Part::OnlyIf),
            "[[do]]" => within = Some(Part::Do),
            _ if within == Some(part) => lines.push(line.to_owned()),
            _ => {}
        }
    }
    // The name that conditions ask for is the same in every case.
    lines.retain(|line| line != "name = \"x\"");
    let findings = entry.findings.iter();
    lines.extend(findings.map(|f| format!("!{}: {}", f.severity.word(), f.what)));
    let fits = |(line, expected): (&String, &&str)| match expected.starts_with('!') {
        true => line.starts_with(expected),
        false => *expected == "note = " || settled(line) == settled(expected),
    };
    let same = lines.len() == expected.len() && lines.iter().zip(expected).all(fits);
    assert!(same, "{yaml}\nis {lines:#?}\nnot {expected:#?}");
}

/// Names of one letter for devices of each kind.
pub(crate) fn table() -> EntityTable {
    let text = r#"
        [entities]
        "light.a" = "a"
        "light.b" = "b"
        "light.up" = "@upstairs"
        "light.plain" = "plain"
        "climate.c" = "c"
        "cover.v" = "v"
        "lock.d" = "d"
        "fan.f" = "f"
        "binary_sensor.contact" = "k.contact"
        "binary_sensor.smoke" = "s.smoke-alarm"
        "sensor.t" = "t.temperature"
        "sensor.u" = "u.temperature"
        "sensor.energy" = "meter.energy"
        "event.button" = "button"
        "person.p" = "home.p-is-in"
        [notify]
        "notify.anna" = "anna"
    "#;
    EntityTable::from_toml(text).expect("the table of these tests")
}

/// Devices about which something is known.
pub(crate) fn devices() -> Vec<DeviceHint> {
    let device = |slug: &str, properties: &[&str]| DeviceHint {
        slug: slug.to_owned(),
        name: slug.replace('-', " "),
        endpoint: None,
        properties: properties.iter().map(|name| (*name).to_owned()).collect(),
    };
    vec![
        device("plain", &["on"]),
        device("kitchen-lamp", &["on", "level"]),
        device("f", &["fan-speed", "fan-mode"]),
    ]
}

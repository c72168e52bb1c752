//! What each kind of condition becomes, one by one.

use crate::cases::{DO, Part, is};

#[test]
fn conditions() {
    for (condition, expected) in [
        (
            "condition: state, entity_id: light.a, state: 'on'",
            &["expr = \"a.on\""][..],
        ),
        (
            "condition: state, entity_id: [light.a, light.b], state: 'on'",
            &["expr = \"a.on and b.on\""],
        ),
        (
            "condition: state, entity_id: [light.a, light.b], state: 'on', match: any",
            &["expr = \"a.on or b.on\""],
        ),
        (
            "condition: state, entity_id: climate.c, state: [heat, auto], for: {minutes: 5}",
            &[
                "expr = \"(c.system-mode == heat or c.system-mode == auto) and \
                 since(c.system-mode) >= 5 m\"",
            ],
        ),
        (
            "condition: state, entity_id: light.a, state: unavailable",
            &["expr = \"not a.reachable\""],
        ),
        (
            "condition: state, entity_id: light.a, state: unknown",
            &["expr = \"not known(a.on)\""],
        ),
        (
            "condition: state, entity_id: sun.sun, state: above_horizon",
            &["expr = \"sun.up\""],
        ),
        (
            "condition: state, entity_id: light.up, state: 'on'",
            &["expr = \"any(@upstairs.on)\""],
        ),
        (
            "condition: state, entity_id: light.up, state: 'off'",
            &["expr = \"not any(@upstairs.on)\""],
        ),
        (
            "condition: numeric_state, entity_id: sensor.t, above: 18",
            &["expr = \"t.temperature > 18 °C\""],
        ),
        (
            "condition: numeric_state, entity_id: sensor.t, above: input_number.least",
            &[
                "expr = \"t.temperature > home.least\"",
                "!changed: `input_number.least` is the",
            ],
        ),
        (
            "condition: time, after: '22:00'",
            &["expr = \"time >= 22:00\""],
        ),
        (
            "condition: time, after: 08:00, before: '12:30:30', weekday: [wed, mon]",
            &["expr = \"time >= 08:00 and time < 12:30:30 and day in [mon, wed]\""],
        ),
        (
            "condition: time, weekday: [sun, sat, fri]",
            &["expr = \"day in fri..sun\""],
        ),
        (
            "condition: sun, after: sunset",
            &["expr = \"not sun.up and time >= 12:00\""],
        ),
        (
            "condition: sun, after: sunrise, before: sunset",
            &["expr = \"sun.up\""],
        ),
        (
            "condition: sun, after: sunset, after_offset: '-01:00:00'",
            &[
                "expr = \"false\"",
                "note = ",
                "!dropped: an expression does not know",
            ],
        ),
        (
            "condition: trigger, id: [x, y]",
            &[
                "expr = 'trigger.id == \"x\" or trigger.id == \"y\"'",
                "!dropped: a condition asks for the trigger `y`",
            ],
        ),
        (
            "or: [{condition: state, entity_id: light.a, state: 'on'}, {condition: zone, zone: x}]",
            &["expr = \"a.on\"", "!dropped: the condition `zone`"],
        ),
        (
            "and: [{condition: state, entity_id: light.a, state: 'on'}, {condition: zone, zone: x}]",
            &[
                "expr = \"a.on and false\"",
                "!dropped: the condition `zone`",
            ],
        ),
        (
            "not: [{condition: state, entity_id: light.a, state: 'on'}, {condition: zone, zone: x}]",
            &[
                "expr = \"false\"",
                "note = ",
                "!dropped: the condition `zone`",
            ],
        ),
        (
            "condition: not, conditions: [{condition: state, entity_id: light.a, state: 'on'}]",
            &["expr = \"not a.on\""],
        ),
        (
            "condition: template, value_template: \"{{ states('sensor.t') | float > 20 }}\"",
            &["expr = \"t.temperature > 20 °C\""],
        ),
        (
            "condition: template, value_template: \"{{ 20 <= states('sensor.t') | int(5) }}\"",
            &["expr = \"t.temperature ?? 5 °C >= 20 °C\""],
        ),
        (
            "condition: template, value_template: \"{{ now().hour > 5 }}\"",
            &[
                "expr = \"false\"",
                "note = ",
                "!dropped: the template is computed there",
            ],
        ),
        (
            "condition: state, entity_id: light.a, state: 'on', enabled: false",
            &["!changed: it was switched off there"],
        ),
        (
            "condition: device, device_id: x, domain: light, type: is_on",
            &[
                "expr = \"false\"",
                "note = ",
                "!dropped: the condition `device`",
            ],
        ),
    ] {
        let trigger = "triggers: {trigger: state, entity_id: light.b, to: 'on', id: x}";
        is(
            &format!("{trigger}\nconditions: [{{{condition}}}]\n{DO}"),
            Part::OnlyIf,
            expected,
        );
    }
}

//! What each kind of trigger becomes, one by one.

use crate::cases::{DO, Part, is};

#[test]
fn state_triggers() {
    for (trigger, expected) in [
        ("entity_id: light.a, to: 'on'", &["becomes = \"a.on\""][..]),
        ("entity_id: light.a, to: on", &["becomes = \"a.on\""]),
        (
            "entity_id: 'light.a, light.b', to: 'on'",
            &["becomes = \"a.on\"", "becomes = \"b.on\""],
        ),
        (
            "entity_id: light.a, from: 'on'",
            &["becomes = \"not a.on\""],
        ),
        (
            "entity_id: light.a, from: 'off', to: 'on'",
            &["becomes = \"a.on\""],
        ),
        (
            "entity_id: light.a, to: ['on', 'off']",
            &["changes = \"a.on\""],
        ),
        ("entity_id: light.a, to: null", &["changes = \"a.on\""]),
        (
            "entity_id: light.a",
            &["changes = \"a.on\"", "!changed: there any change"],
        ),
        (
            "entity_id: light.a, not_to: [unavailable, unknown]",
            &["changes = \"a.on\""],
        ),
        (
            "entity_id: light.a, not_from: [unavailable], to: 'on'",
            &["becomes = \"a.on\""],
        ),
        ("entity_id: light.a, not_to: 'off'", &["becomes = \"a.on\""]),
        (
            "entity_id: light.a, not_from: 'on'",
            &["becomes = \"a.on\""],
        ),
        (
            "entity_id: light.a, to: 'on', for: 5",
            &["becomes = \"a.on\"", "for = \"5s\""],
        ),
        (
            "entity_id: light.a, to: 'on', for: {minutes: 2}",
            &["becomes = \"a.on\"", "for = \"2m\""],
        ),
        (
            "entity_id: light.a, to: 'on', for: \"{{ x }}\"",
            &[
                "becomes = \"a.on\"",
                "!dropped: the length of time is computed",
            ],
        ),
        (
            "entity_id: light.a, to: unavailable, for: '01:00:00'",
            &["lost = \"a\"", "for = \"1h\""],
        ),
        (
            "entity_id: light.a, from: unavailable",
            &["recovered = \"a\""],
        ),
        (
            "entity_id: light.a, from: unavailable, to: 'on'",
            &[
                "recovered = \"a\"",
                "!dropped: it starts when the device answers again",
            ],
        ),
        (
            "entity_id: light.a, to: ['on', unavailable]",
            &["lost = \"a\"", "becomes = \"a.on\""],
        ),
        (
            "entity_id: climate.c, to: heat",
            &["becomes = \"c.system-mode == heat\""],
        ),
        (
            "entity_id: climate.c, from: 'off', to: heat",
            &[
                "becomes = \"c.system-mode == heat\"",
                "!dropped: it starts from any state",
            ],
        ),
        (
            "entity_id: climate.c, to: dancing",
            &[
                "manual = true",
                "!dropped: `dancing` is no state",
                "!dropped: none of its triggers",
            ],
        ),
        (
            "entity_id: cover.v, to: closed",
            &["becomes = \"v.lift == 100 %\""],
        ),
        (
            "entity_id: lock.d, to: unlocked",
            &["becomes = \"not d.locked\""],
        ),
        (
            "entity_id: binary_sensor.contact, to: 'on'",
            &["becomes = \"not k.contact\""],
        ),
        (
            "entity_id: binary_sensor.smoke, to: 'on'",
            &["becomes = \"s.smoke-alarm != normal\""],
        ),
        (
            "entity_id: sensor.t, to: '21.5'",
            &["becomes = \"t.temperature == 21.5 °C\""],
        ),
        (
            "entity_id: light.a, attribute: brightness, to: 255",
            &["becomes = \"a.level == 100 %\""],
        ),
        (
            "entity_id: event.button, attribute: event_type, to: multi_press_2",
            &["pressed = \"button\"", "press = \"double\""],
        ),
        (
            "entity_id: event.button",
            &[
                "manual = true",
                "!dropped: `event.button` starts it",
                "!dropped: none of its",
            ],
        ),
        (
            "entity_id: sun.sun, to: below_horizon",
            &["at = \"sunset\""],
        ),
        (
            "entity_id: person.p, to: home",
            &["becomes = \"home.p-is-in\""],
        ),
        (
            "entity_id: media_player.tv, to: playing",
            &[
                "manual = true",
                "!dropped: `media_player.tv` is nothing that this hub has",
                "!dropped: none of its triggers",
            ],
        ),
        (
            "entity_id: light.a, to: 'on', enabled: false",
            &[
                "manual = true",
                "!changed: it was switched off there",
                "!dropped: none of its triggers",
            ],
        ),
        (
            "entity_id: light.a, to: 'on', colour: red",
            &[
                "becomes = \"a.on\"",
                "!dropped: `colour` is not understood: `red`",
            ],
        ),
    ] {
        is(
            &format!("triggers: {{trigger: state, {trigger}}}\n{DO}"),
            Part::When,
            expected,
        );
    }
}

#[test]
fn other_triggers() {
    for (trigger, expected) in [
        (
            "trigger: numeric_state, entity_id: sensor.t, above: 25, below: 30.5",
            &["becomes = \"t.temperature > 25 °C and t.temperature < 30.5 °C\""][..],
        ),
        (
            "trigger: numeric_state, entity_id: sensor.energy, above: '5'",
            &["becomes = \"meter.energy > 5 kWh\""],
        ),
        (
            "trigger: numeric_state, entity_id: cover.v, attribute: current_position, below: 30",
            &["becomes = \"v.lift > 70 %\""],
        ),
        (
            "trigger: numeric_state, entity_id: light.a, attribute: brightness, above: 127.5",
            &["becomes = \"a.level > 50 %\""],
        ),
        (
            "trigger: numeric_state, entity_id: sensor.t, above: sensor.u",
            &["becomes = \"t.temperature > u.temperature\""],
        ),
        (
            "trigger: numeric_state, entity_id: sun.sun, attribute: elevation, below: -4",
            &["at = \"sun falls below -4°\""],
        ),
        (
            "trigger: numeric_state, entity_id: sensor.t, below: -5",
            &["becomes = \"t.temperature < -5 °C\""],
        ),
        (
            "trigger: numeric_state, entity_id: sensor.t, above: 1, value_template: x",
            &[
                "manual = true",
                "!dropped: what number is compared",
                "!dropped: none of its",
            ],
        ),
        ("platform: time, at: 7:30", &["at = \"07:30\""]),
        (
            "platform: time, at: '07:30:15', weekday: sat",
            &["at = \"07:30:15\"", "days = \"sat\""],
        ),
        (
            "platform: time, at: [input_datetime.x, '08:00']",
            &[
                "at = \"08:00\"",
                "!dropped: the time is what `input_datetime.x` holds",
            ],
        ),
        (
            "trigger: sun, event: sunrise, offset: '01:00:00'",
            &["at = \"sunrise + 1h\""],
        ),
        (
            "trigger: sun, event: sunset, offset: {minutes: -30}",
            &["at = \"sunset - 30m\""],
        ),
        (
            "trigger: time_pattern, minutes: /5",
            &["every = \"5m\"", "!changed: it comes round"],
        ),
        (
            "trigger: time_pattern, hours: /2",
            &["every = \"2h\"", "!changed: it comes round"],
        ),
        (
            "trigger: time_pattern, seconds: '*'",
            &["every = \"1s\"", "!changed: it comes round"],
        ),
        (
            "trigger: time_pattern, minutes: 0",
            &["every = \"1h\"", "!changed: it comes round"],
        ),
        (
            "trigger: time_pattern, hours: /12",
            &["at = \"00:00\"", "at = \"12:00\""],
        ),
        (
            "trigger: time_pattern, hours: 6, minutes: /10",
            &[
                "manual = true",
                "!dropped: the pattern fits too often",
                "!dropped: none of its",
            ],
        ),
        (
            "trigger: template, value_template: \"{{ is_state('lock.d', 'locked') }}\"",
            &["becomes = \"d.locked\""],
        ),
        (
            "trigger: webhook, webhook_id: x",
            &[
                "manual = true",
                "!dropped: the trigger `webhook`",
                "!dropped: none of its",
            ],
        ),
        (
            "trigger: [x]",
            &[
                "manual = true",
                "!dropped: the trigger does not say",
                "!dropped: none of its",
            ],
        ),
    ] {
        is(
            &format!("triggers: [{{{trigger}}}]\n{DO}"),
            Part::When,
            expected,
        );
    }
}

#[test]
fn a_trigger_without_a_name_is_called_by_its_number_where_asked() {
    let text = "triggers: [{trigger: state, entity_id: light.a, to: 'on'}, \
                {trigger: state, entity_id: light.b, to: 'on'}]\n\
                conditions: {condition: trigger, id: '1'}";
    is(
        &format!("{text}\n{DO}"),
        Part::When,
        &["becomes = \"a.on\"", "becomes = \"b.on\"", "name = \"1\""],
    );
}

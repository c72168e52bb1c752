//! What each kind of trigger, condition and action becomes, one by one.
//!
//! Each case is a piece of YAML and the lines of the rule's text that come of it. A line that begins
//! with `!` is a finding: its severity and the beginning of what it says.

use rules::face::rule_to_text;
use rules_import::{DeviceHint, EntityTable, import};

#[test]
fn state_triggers() {
    for (trigger, expected) in [
        ("entity_id: light.a, to: 'on'", &["becomes = \"a.on\""][..]),
        ("entity_id: light.a, to: on", &["becomes = \"a.on\""]),
        ("entity_id: 'light.a, light.b', to: 'on'", &["becomes = \"a.on\"", "becomes = \"b.on\""]),
        ("entity_id: light.a, from: 'on'", &["becomes = \"not a.on\""]),
        ("entity_id: light.a, from: 'off', to: 'on'", &["becomes = \"a.on\""]),
        ("entity_id: light.a, to: ['on', 'off']", &["changes = \"a.on\""]),
        ("entity_id: light.a, to: null", &["changes = \"a.on\""]),
        ("entity_id: light.a", &["changes = \"a.on\"", "!changed: there any change"]),
        ("entity_id: light.a, not_to: [unavailable, unknown]", &["changes = \"a.on\""]),
        ("entity_id: light.a, not_from: [unavailable], to: 'on'", &["becomes = \"a.on\""]),
        ("entity_id: light.a, not_to: 'off'", &["becomes = \"a.on\""]),
        ("entity_id: light.a, not_from: 'on'", &["becomes = \"a.on\""]),
        ("entity_id: light.a, to: 'on', for: 5", &["becomes = \"a.on\"", "for = \"5s\""]),
        ("entity_id: light.a, to: 'on', for: {minutes: 2}", &["becomes = \"a.on\"", "for = \"2m\""]),
        (
            "entity_id: light.a, to: 'on', for: \"{{ x }}\"",
            &["becomes = \"a.on\"", "!dropped: the length of time is computed"],
        ),
        ("entity_id: light.a, to: unavailable, for: '01:00:00'", &["lost = \"a\"", "for = \"1h\""]),
        ("entity_id: light.a, from: unavailable", &["recovered = \"a\""]),
        (
            "entity_id: light.a, from: unavailable, to: 'on'",
            &["recovered = \"a\"", "!dropped: it starts when the device answers again"],
        ),
        (
            "entity_id: light.a, to: ['on', unavailable]",
            &["lost = \"a\"", "becomes = \"a.on\""],
        ),
        ("entity_id: climate.c, to: heat", &["becomes = \"c.system-mode == heat\""]),
        (
            "entity_id: climate.c, from: 'off', to: heat",
            &["becomes = \"c.system-mode == heat\"", "!dropped: it starts from any state"],
        ),
        (
            "entity_id: climate.c, to: dancing",
            &["manual = true", "!dropped: `dancing` is no state", "!dropped: none of its triggers"],
        ),
        ("entity_id: cover.v, to: closed", &["becomes = \"v.lift == 100 %\""]),
        ("entity_id: lock.d, to: unlocked", &["becomes = \"not d.locked\""]),
        ("entity_id: binary_sensor.contact, to: 'on'", &["becomes = \"not k.contact\""]),
        ("entity_id: binary_sensor.smoke, to: 'on'", &["becomes = \"s.smoke-alarm != normal\""]),
        ("entity_id: sensor.t, to: '21.5'", &["becomes = \"t.temperature == 21.5 °C\""]),
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
            &["manual = true", "!dropped: `event.button` starts it", "!dropped: none of its"],
        ),
        ("entity_id: sun.sun, to: below_horizon", &["at = \"sunset\""]),
        ("entity_id: person.p, to: home", &["becomes = \"home.p-is-in\""]),
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
            &["becomes = \"a.on\"", "!dropped: `colour` is not understood: `red`"],
        ),
    ] {
        is(&format!("triggers: {{trigger: state, {trigger}}}\n{DO}"), Part::When, expected);
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
            &["manual = true", "!dropped: what number is compared", "!dropped: none of its"],
        ),
        ("platform: time, at: 7:30", &["at = \"07:30\""]),
        ("platform: time, at: '07:30:15', weekday: sat", &["at = \"07:30:15\"", "days = \"sat\""]),
        (
            "platform: time, at: [input_datetime.x, '08:00']",
            &["at = \"08:00\"", "!dropped: the time is what `input_datetime.x` holds"],
        ),
        ("trigger: sun, event: sunrise, offset: '01:00:00'", &["at = \"sunrise + 1h\""]),
        ("trigger: sun, event: sunset, offset: {minutes: -30}", &["at = \"sunset - 30m\""]),
        ("trigger: time_pattern, minutes: /5", &["every = \"5m\"", "!changed: it comes round"]),
        ("trigger: time_pattern, hours: /2", &["every = \"2h\"", "!changed: it comes round"]),
        ("trigger: time_pattern, seconds: '*'", &["every = \"1s\"", "!changed: it comes round"]),
        ("trigger: time_pattern, minutes: 0", &["every = \"1h\"", "!changed: it comes round"]),
        ("trigger: time_pattern, hours: /12", &["at = \"00:00\"", "at = \"12:00\""]),
        (
            "trigger: time_pattern, hours: 6, minutes: /10",
            &["manual = true", "!dropped: the pattern fits too often", "!dropped: none of its"],
        ),
        (
            "trigger: template, value_template: \"{{ is_state('lock.d', 'locked') }}\"",
            &["becomes = \"d.locked\""],
        ),
        (
            "trigger: webhook, webhook_id: x",
            &["manual = true", "!dropped: the trigger `webhook`", "!dropped: none of its"],
        ),
        (
            "trigger: [x]",
            &["manual = true", "!dropped: the trigger does not say", "!dropped: none of its"],
        ),
    ] {
        is(&format!("triggers: [{{{trigger}}}]\n{DO}"), Part::When, expected);
    }
}

#[test]
fn conditions() {
    for (condition, expected) in [
        ("condition: state, entity_id: light.a, state: 'on'", &["expr = \"a.on\""][..]),
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
                 since(c.system-mode) >= 300 s\"",
            ],
        ),
        (
            "condition: state, entity_id: light.a, state: unavailable",
            &["expr = \"not a.reachable\""],
        ),
        ("condition: state, entity_id: light.a, state: unknown", &["expr = \"not known(a.on)\""]),
        ("condition: state, entity_id: sun.sun, state: above_horizon", &["expr = \"sun.up\""]),
        ("condition: state, entity_id: light.up, state: 'on'", &["expr = \"any(@upstairs.on)\""]),
        ("condition: state, entity_id: light.up, state: 'off'", &["expr = \"not any(@upstairs.on)\""]),
        (
            "condition: numeric_state, entity_id: sensor.t, above: 18",
            &["expr = \"t.temperature > 18 °C\""],
        ),
        (
            "condition: numeric_state, entity_id: sensor.t, above: input_number.least",
            &["expr = \"t.temperature > home.least\"", "!changed: `input_number.least` is the"],
        ),
        ("condition: time, after: '22:00'", &["expr = \"time >= 22:00\""]),
        (
            "condition: time, after: 08:00, before: '12:30:30', weekday: [wed, mon]",
            &["expr = \"time >= 08:00 and time < 12:30:30 and day in [mon, wed]\""],
        ),
        (
            "condition: time, weekday: [sun, sat, fri]",
            &["expr = \"day in fri..sun\""],
        ),
        ("condition: sun, after: sunset", &["expr = \"not sun.up and time >= 12:00\""]),
        ("condition: sun, after: sunrise, before: sunset", &["expr = \"sun.up\""]),
        (
            "condition: sun, after: sunset, after_offset: '-01:00:00'",
            &["expr = \"false\"", "note = ", "!dropped: an expression does not know"],
        ),
        (
            "condition: trigger, id: [x, y]",
            &["expr = 'trigger.id == \"x\" or trigger.id == \"y\"'", "!dropped: a condition asks for the trigger `y`"],
        ),
        (
            "or: [{condition: state, entity_id: light.a, state: 'on'}, {condition: zone, zone: x}]",
            &["expr = \"a.on\"", "!dropped: the condition `zone`"],
        ),
        (
            "and: [{condition: state, entity_id: light.a, state: 'on'}, {condition: zone, zone: x}]",
            &["expr = \"a.on and false\"", "!dropped: the condition `zone`"],
        ),
        (
            "not: [{condition: state, entity_id: light.a, state: 'on'}, {condition: zone, zone: x}]",
            &["expr = \"false\"", "note = ", "!dropped: the condition `zone`"],
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
            &["expr = \"false\"", "note = ", "!dropped: the template is computed there"],
        ),
        (
            "condition: state, entity_id: light.a, state: 'on', enabled: false",
            &["!changed: it was switched off there"],
        ),
        (
            "condition: device, device_id: x, domain: light, type: is_on",
            &["expr = \"false\"", "note = ", "!dropped: the condition `device`"],
        ),
    ] {
        let trigger = "triggers: {trigger: state, entity_id: light.b, to: 'on', id: x}";
        is(&format!("{trigger}\nconditions: [{{{condition}}}]\n{DO}"), Part::OnlyIf, expected);
    }
}

#[test]
fn actions_of_devices() {
    for (action, expected) in [
        (
            "action: light.turn_on, target: {entity_id: light.a}",
            &["set = { target = \"a\", on = true }"][..],
        ),
        (
            "service: light.turn_on, entity_id: light.a, data: {brightness: 1, hs_color: [359.7, 50]}",
            &["set = { target = \"a\", hue = \"0 °\", level = \"1 %\", on = true, saturation = \"50 %\" }"],
        ),
        (
            "action: light.turn_on, data: {entity_id: light.a, color_temp: 370, transition: 2.5}",
            &["set = { target = \"a\", color-temperature = \"2703 K\", on = true, transition = \"2s500ms\" }"],
        ),
        (
            "action: light.turn_on, target: {entity_id: light.a}, data: {brightness_pct: 0}",
            &["set = { target = \"a\", on = false }"],
        ),
        (
            "action: light.turn_on, target: {entity_id: light.a}, data: {effect: rainbow}",
            &["set = { target = \"a\", on = true }", "!dropped: `effect` is not understood"],
        ),
        (
            "action: light.turn_on, target: {entity_id: light.a}, data: {brightness: \"{{ x }}\"}",
            &["set = { target = \"a\", on = true }", "!dropped: `{{ x }}` is no fixed number"],
        ),
        (
            "action: light.turn_off, target: {area_id: Living Room}",
            &["set = { target = \"@living-room\", on = false }", "!changed: there only"],
        ),
        (
            "action: light.turn_off, entity_id: all",
            &["set = { target = \"@home\", on = false }", "!changed: there only"],
        ),
        (
            "action: light.turn_off, target: {device_id: abc}",
            &[
                "!dropped: `device_id` is an id that only",
                "!dropped: it names no device",
                "!dropped: nothing of what it does",
            ],
        ),
        (
            "action: homeassistant.turn_on, target: {entity_id: [light.a, scene.x, script.y]}",
            &[
                "scene = \"x\"",
                "run = \"y\"",
                "set = { target = \"a\", on = true }",
                "!needs mapping: `scene.x` is not in this import",
                "!needs mapping: `script.y` is not in this import",
            ],
        ),
        (
            "action: light.toggle, target: {entity_id: light.a}",
            &["invoke = { device = \"a\", command = \"OnOff.Toggle\" }"],
        ),
        (
            "action: cover.open_cover, target: {entity_id: cover.v}",
            &["set = { target = \"v\", lift = \"0 %\" }"],
        ),
        (
            "action: cover.set_cover_position, target: {entity_id: cover.v}, data: {position: 30}",
            &["set = { target = \"v\", lift = \"70 %\" }"],
        ),
        (
            "action: cover.stop_cover, target: {entity_id: cover.v}",
            &["invoke = { device = \"v\", command = \"WindowCovering.StopMotion\" }"],
        ),
        (
            "action: lock.unlock, target: {entity_id: lock.d}, data: {code: 1234}",
            &["set = { target = \"d\", locked = false }", "!dropped: the code is not carried"],
        ),
        (
            "action: climate.set_temperature, target: {entity_id: climate.c}, \
             data: {target_temp_low: 19, target_temp_high: 24}",
            &["set = { target = \"c\", cooling-setpoint = \"24 °C\", heating-setpoint = \"19 °C\" }"],
        ),
        (
            "action: climate.set_hvac_mode, target: {entity_id: climate.c}, data: {hvac_mode: heat_cool}",
            &["set = { target = \"c\", system-mode = \"auto\" }"],
        ),
        (
            "action: fan.turn_on, target: {entity_id: fan.f}",
            &["set = { target = \"f\", fan-speed = \"100 %\" }", "!changed: the fan starts"],
        ),
        (
            "action: fan.set_percentage, target: {entity_id: fan.f}, data: {percentage: 35}",
            &["set = { target = \"f\", fan-speed = \"35 %\" }"],
        ),
        (
            "action: light.turn_on, target: {entity_id: light.plain}, data: {brightness_pct: 20}",
            &["set = { target = \"plain\", on = true }", "!dropped: plain has no level"],
        ),
        (
            "action: light.turn_on, target: {entity_id: light.new}",
            &["set = { target = \"light-new\", on = true }", "!needs mapping: it is not known"],
        ),
        (
            "action: light.turn_on, target: {entity_id: light.kitchen}",
            &["set = { target = \"kitchen-lamp\", on = true }", "!needs mapping: `light.kitchen` is taken for"],
        ),
        (
            "action: scene.apply, data: {entities: {light.a: 'on', cover.v: closed}}",
            &["set = { target = \"a\", on = true }", "set = { target = \"v\", lift = \"100 %\" }"],
        ),
        (
            "action: input_boolean.turn_on, target: {entity_id: input_boolean.b}",
            &["assign = { b = true }", "!changed: `input_boolean.b` is the variable home.b"],
        ),
        (
            "action: input_number.set_value, target: {entity_id: input_number.n}, data: {value: 2.5}",
            &["assign = { n = 2.5 }", "!changed: `input_number.n` is the variable home.n"],
        ),
        (
            "action: mqtt.publish, data: {topic: x, payload: y}",
            &["!dropped: `mqtt.publish`", "!dropped: nothing of what it does"],
        ),
        (
            "action: \"{{ x }}\", data: {y: 1}",
            &["!dropped: `{{ x }}` names no action", "!dropped: nothing of what it does"],
        ),
        (
            "action: automation.turn_off, target: {entity_id: automation.x}",
            &["!dropped: `automation.turn_off`", "!dropped: nothing of what it does"],
        ),
    ] {
        is(&format!("{WHEN}\nactions: [{{{action}}}]"), Part::Do, expected);
    }
}

#[test]
fn other_actions() {
    for (action, expected) in [
        ("delay: 90", &["delay = \"1m30s\""][..]),
        ("delay: '01:30'", &["delay = \"1h30m\""]),
        ("delay: {minutes: \"{{ x }}\"}", &["!dropped: the length of time", "!dropped: nothing of"]),
        ("scene: scene.x", &["scene = \"x\"", "!needs mapping: `scene.x`"]),
        ("action: notify.notify, data: {message: Hi}", &["notify = \"Hi\""]),
        (
            "action: notify.phone, data: {title: T, message: 'At {x} {{ now() }}', data: {a: 1}}",
            &[
                "notify = \"T: At (x) …\"",
                "!dropped: a part of the message is computed there: `{{ now() }}`",
                "!changed: `data` of a message",
                "!changed: `notify.phone` becomes a message to the owner",
            ],
        ),
        (
            "action: notify.anna, data: {message: \"{{ states('sensor.t') }}\"}",
            &["notify = \"{t.temperature}\"", "to = \"anna\""],
        ),
        (
            "action: script.bedtime",
            &["run = \"bedtime\"", "!changed: there the script ends", "!needs mapping: `script.bedtime`"],
        ),
        (
            "wait_template: \"{{ is_state('light.a', 'on') }}\"",
            &["wait = { until = \"a.on\", timeout = \"1d\" }", "!changed: the wait has no end"],
        ),
        (
            "wait_for_trigger: {trigger: time, at: '07:00'}, timeout: 5",
            &["!dropped: a wait can only wait for a state", "!dropped: nothing of"],
        ),
        (
            "wait_for_trigger: [{trigger: state, entity_id: light.a, to: 'on', for: 5}], timeout: 60, \
             continue_on_timeout: false",
            &[
                "wait = { until = \"a.on\", for = \"5s\", timeout = \"1m\", else = \"stop\" }",
                "!changed: a wait for a trigger ends at once",
            ],
        ),
        ("stop: Enough", &["stop = \"Enough\""]),
        ("variables: {x: 1, y: \"{{ states('sensor.t') }}\", z: \"{{ 1 + 1 }}\"}", &[
            "let = { x = 1 }",
            "let = { y = \"t.temperature\" }",
            "!dropped: the variable `z` is computed",
        ]),
        (
            "repeat: {count: 2000, sequence: [{delay: 1}]}",
            &["!dropped: `2000` is no count", "!dropped: nothing of"],
        ),
        (
            "repeat: {for_each: [a, b], sequence: [{delay: 1}]}",
            &["!dropped: a repetition for each", "!dropped: nothing of"],
        ),
        (
            "repeat: {until: \"{{ is_state('light.a', 'on') }}\", sequence: [{delay: 1}]}",
            &[
                "repeat = { until = \"a.on\", timeout = \"1h\" }",
                "do = [",
                "{ delay = \"1 s\" },",
                "]",
                "!changed: the repetition ends after an hour",
            ],
        ),
        (
            "choose: {conditions: [], sequence: [{delay: 1}]}, default: []",
            &["choose = [", "{ if = \"true\", do = [", "{ delay = \"1 s\" },", "] },", "]"],
        ),
        (
            "event: my_event, event_data: {a: 1}",
            &["!dropped: an event of the other hub's bus", "!dropped: nothing of"],
        ),
        (
            "device_id: abc, domain: light, type: turn_on, entity_id: def",
            &["!dropped: a device action names its device", "!dropped: nothing of"],
        ),
        ("delay: 1, enabled: false", &["!changed: it was switched off", "!dropped: nothing of"]),
        ("delay: 1, alias: Wait a moment", &["delay = \"1 s\"", "note = \"Wait a moment\""]),
    ] {
        is(&format!("{WHEN}\nactions: [{{{action}}}]"), Part::Do, expected);
    }
}

#[test]
fn a_condition_among_actions_ends_the_list_it_stands_in() {
    let condition = "{condition: state, entity_id: light.a, state: 'on'}";
    is(
        &format!("{WHEN}\nactions: [{condition}, {{delay: 1}}]"),
        Part::Do,
        &["if = \"a.on\"", "else = [", "{ stop = true },", "]", "delay = \"1 s\""],
    );
    is(
        &format!("{WHEN}\nactions: [{{sequence: [{condition}, {{delay: 1}}]}}, {{delay: 2}}]"),
        Part::Do,
        &["if = \"a.on\"", "then = [", "{ delay = \"1 s\" },", "]", "delay = \"2 s\""],
    );
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
    assert!(import.report.notes[0].contains("homeassistant"), "{:?}", import.report.notes);
}

#[test]
fn anything_in_the_place_of_an_automation_has_its_entry() {
    let import = import("- 1\n- [x]\n- ~\n- {}\n- {alias: A}\n", &table(), &[]).unwrap();
    let summary = import.report.summary();
    assert_eq!(summary, "5 automations: 0 carried whole, 0 with changes, 5 not");
    for text in ["", "# nothing\n", "---\n", "automation:\n", "automation: !include a.yaml\n"] {
        let import = self::import(text, &table(), &[]).unwrap();
        assert_eq!(import.report.summary(), "no automations", "{text}");
    }
}

#[test]
fn names_that_are_alike_become_ids_that_are_not() {
    let one = "- {alias: 'Küche!', triggers: {trigger: time, at: '07:00'}, actions: {stop: x}}\n";
    let import = import(&one.repeat(3), &table(), &[]).unwrap();
    let ids: Vec<_> = import.rules.iter().map(|rule| rule.id.to_string()).collect();
    assert_eq!(ids, ["kueche", "kueche-2", "kueche-3"]);
}

#[test]
fn a_confirmed_guess_switches_the_rule_on() {
    let yaml = format!("- {{alias: K, {WHEN}, actions: {{action: light.turn_on, entity_id: light.kitchen}}}}");
    let first = import(&yaml, &table(), &devices()).unwrap();
    assert!(!first.rules[0].enabled, "{}", first.report);
    let confirmed = EntityTable::from_toml(&first.table.to_toml()).unwrap();
    let second = import(&yaml, &confirmed, &devices()).unwrap();
    assert!(second.rules[0].enabled, "{}", second.report);
    assert_eq!(second.report.summary(), "1 automation: 1 carried whole, 0 with changes, 0 not");
}

const WHEN: &str = "triggers: {trigger: time, at: '07:00'}";
const DO: &str = "actions: {stop: done}";

#[derive(Clone, Copy, PartialEq)]
enum Part {
    When,
    OnlyIf,
    Do,
}

/// Checks what a part of an automation becomes, and what is found at it.
fn is(yaml: &str, part: Part, expected: &[&str]) {
    let import = import(yaml, &table(), &devices()).unwrap_or_else(|error| panic!("{yaml}: {error}"));
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
    let same = lines.len() == expected.len()
        && lines.iter().zip(expected).all(|(line, expected)| match expected.ends_with(' ') {
            false if line.starts_with('!') => line.starts_with(expected),
            false => line == expected,
            true => line.starts_with(expected),
        });
    assert!(same, "{yaml}\nis {lines:#?}\nnot {expected:#?}");
}

fn table() -> EntityTable {
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
    EntityTable::from_toml(text).unwrap()
}

fn devices() -> Vec<DeviceHint> {
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

//! What each kind of action becomes, one by one.

use crate::cases::{Part, WHEN, is};

#[test]
fn actions_of_devices() {
    for (action, expected) in [
        (
            "action: light.turn_on, target: {entity_id: light.a}",
            &["set = { target = \"a\", on = true }"][..],
        ),
        (
            "service: light.turn_on, entity_id: light.a, data: {brightness: 1, hs_color: [359.7, 50]}",
            &[
                "set = { target = \"a\", hue = \"0 °\", level = \"1 %\", on = true, saturation = \"50 %\" }",
            ],
        ),
        (
            "action: light.turn_on, data: {entity_id: light.a, color_temp: 370, transition: 2.5}",
            &[
                "set = { target = \"a\", color-temperature = \"2703 K\", on = true, transition = \"2s500ms\" }",
            ],
        ),
        (
            "action: light.turn_on, target: {entity_id: light.a}, data: {brightness_pct: 0}",
            &["set = { target = \"a\", on = false }"],
        ),
        (
            "action: light.turn_on, target: {entity_id: light.a}, data: {effect: rainbow}",
            &[
                "set = { target = \"a\", on = true }",
                "!dropped: `effect` is not understood",
            ],
        ),
        (
            "action: light.turn_on, target: {entity_id: light.a}, data: {brightness: \"{{ x }}\"}",
            &[
                "set = { target = \"a\", on = true }",
                "!dropped: `{{ x }}` is no fixed number",
            ],
        ),
        (
            "action: light.turn_off, target: {area_id: Living Room}",
            &[
                "set = { target = \"@living-room\", on = false }",
                "!changed: there only",
            ],
        ),
        (
            "action: light.turn_off, entity_id: all",
            &[
                "set = { target = \"@home\", on = false }",
                "!changed: there only",
            ],
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
            &[
                "set = { target = \"d\", locked = false }",
                "!dropped: the code is not carried",
            ],
        ),
        (
            "action: climate.set_temperature, target: {entity_id: climate.c}, \
             data: {target_temp_low: 19, target_temp_high: 24}",
            &[
                "set = { target = \"c\", cooling-setpoint = \"24 °C\", heating-setpoint = \"19 °C\" }",
            ],
        ),
        (
            "action: climate.set_hvac_mode, target: {entity_id: climate.c}, data: {hvac_mode: heat_cool}",
            &["set = { target = \"c\", system-mode = \"auto\" }"],
        ),
        (
            "action: fan.turn_on, target: {entity_id: fan.f}",
            &[
                "set = { target = \"f\", fan-speed = \"100 %\" }",
                "!changed: the fan starts",
            ],
        ),
        (
            "action: fan.set_percentage, target: {entity_id: fan.f}, data: {percentage: 35}",
            &["set = { target = \"f\", fan-speed = \"35 %\" }"],
        ),
        (
            "action: light.turn_on, target: {entity_id: light.plain}, data: {brightness_pct: 20}",
            &[
                "set = { target = \"plain\", on = true }",
                "!changed: plain has no level",
            ],
        ),
        (
            "action: light.turn_on, target: {entity_id: light.new}",
            &[
                "set = { target = \"light-new\", on = true }",
                "!needs mapping: it is not known",
            ],
        ),
        (
            "action: light.turn_on, target: {entity_id: light.kitchen}",
            &[
                "set = { target = \"kitchen-lamp\", on = true }",
                "!needs mapping: `light.kitchen` is taken for",
            ],
        ),
        (
            "action: scene.apply, data: {entities: {light.a: 'on', cover.v: closed}}",
            &[
                "set = { target = \"a\", on = true }",
                "set = { target = \"v\", lift = \"100 %\" }",
            ],
        ),
        (
            "action: input_boolean.turn_on, target: {entity_id: input_boolean.b}",
            &[
                "assign = { b = true }",
                "!changed: `input_boolean.b` is the variable home.b",
            ],
        ),
        (
            "action: input_number.set_value, target: {entity_id: input_number.n}, data: {value: 2.5}",
            &[
                "assign = { n = 2.5 }",
                "!changed: `input_number.n` is the variable home.n",
            ],
        ),
        (
            "action: mqtt.publish, data: {topic: x, payload: y}",
            &[
                "!dropped: `mqtt.publish`",
                "!dropped: nothing of what it does",
            ],
        ),
        (
            "action: \"{{ x }}\", data: {y: 1}",
            &[
                "!dropped: `{{ x }}` names no action",
                "!dropped: nothing of what it does",
            ],
        ),
        (
            "action: automation.turn_off, target: {entity_id: automation.x}",
            &[
                "!dropped: `automation.turn_off`",
                "!dropped: nothing of what it does",
            ],
        ),
    ] {
        is(
            &format!("{WHEN}\nactions: [{{{action}}}]"),
            Part::Do,
            expected,
        );
    }
}

#[test]
fn other_actions() {
    for (action, expected) in [
        ("delay: 90", &["delay = \"1m30s\""][..]),
        ("delay: '01:30'", &["delay = \"1h30m\""]),
        (
            "delay: {minutes: \"{{ x }}\"}",
            &["!dropped: the length of time", "!dropped: nothing of"],
        ),
        (
            "scene: scene.x",
            &["scene = \"x\"", "!needs mapping: `scene.x`"],
        ),
        (
            "action: notify.notify, data: {message: Hi}",
            &["notify = \"Hi\""],
        ),
        (
            "action: notify.phone, data: {title: T, message: 'At {x} {{ now() }}', data: {a: 1}}",
            &[
                "notify = \"T: At {{x}} …\"",
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
            &[
                "run = \"bedtime\"",
                "!changed: there the script ends",
                "!needs mapping: `script.bedtime`",
            ],
        ),
        (
            "wait_template: \"{{ is_state('light.a', 'on') }}\"",
            &[
                "wait = { until = \"a.on\", timeout = \"1d\" }",
                "!changed: the wait has no end",
            ],
        ),
        (
            "wait_for_trigger: {trigger: time, at: '07:00'}, timeout: 5",
            &[
                "!dropped: a wait can only wait for a state",
                "!dropped: nothing of",
            ],
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
        (
            "wait_template: \"{{ is_state('sun.sun', 'below_horizon') }}\"",
            &[
                "!dropped: not sun.up cannot be waited for",
                "!dropped: nothing of",
            ],
        ),
        (
            "variables: {x: 1, y: \"{{ states('sensor.t') }}\", z: \"{{ 1 + 1 }}\"}",
            &[
                "let = { x = 1 }",
                "let = { y = \"t.temperature\" }",
                "!dropped: the variable `z` is computed",
            ],
        ),
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
            &[
                "choose = [",
                "{ if = \"true\", do = [",
                "{ delay = \"1 s\" },",
                "] },",
                "]",
            ],
        ),
        (
            "event: my_event, event_data: {a: 1}",
            &[
                "!dropped: an event of the other hub's bus",
                "!dropped: nothing of",
            ],
        ),
        (
            "device_id: abc, domain: light, type: turn_on, entity_id: def",
            &[
                "!dropped: a device action names its device",
                "!dropped: nothing of",
            ],
        ),
        (
            "delay: 1, enabled: false",
            &["!changed: it was switched off", "!dropped: nothing of"],
        ),
        (
            "delay: 1, alias: Wait a moment",
            &["delay = \"1 s\"", "note = \"Wait a moment\""],
        ),
    ] {
        is(
            &format!("{WHEN}\nactions: [{{{action}}}]"),
            Part::Do,
            expected,
        );
    }
}

#[test]
fn a_condition_among_actions_ends_the_list_it_stands_in() {
    let condition = "{condition: state, entity_id: light.a, state: 'on'}";
    is(
        &format!("{WHEN}\nactions: [{condition}, {{delay: 1}}]"),
        Part::Do,
        &[
            "if = \"a.on\"",
            "else = [",
            "{ stop = true },",
            "]",
            "delay = \"1 s\"",
        ],
    );
    is(
        &format!("{WHEN}\nactions: [{{sequence: [{condition}, {{delay: 1}}]}}, {{delay: 2}}]"),
        Part::Do,
        &[
            "if = \"a.on\"",
            "then = [",
            "{ delay = \"1 s\" },",
            "]",
            "delay = \"2 s\"",
        ],
    );
}

//! Scenes made of how things are.

use hub_model::Value;
use rules::face;

use crate::house::{HEATER, House, LAMP};

#[test]
fn a_scene_of_a_room_has_what_can_be_set_as_it_is() {
    let mut house = House::new();
    house.lamp(true);
    house.set(LAMP, 0x0008, 0, Value::Uint(127));
    let targets = [
        "@hall".to_owned(),
        "hall-lamp".to_owned(),
        "heater".to_owned(),
    ];
    let scene = house.machine.capture("now", "Now", &targets).unwrap();
    let text = face::scene_to_text(&scene);
    assert_eq!(scene.devices.len(), 2, "{text}");
    for part in [
        "hall-lamp",
        "level = \"50 %\"",
        "on = true",
        "color-temperature = \"2702.7 K\"",
        "heating-setpoint = \"20 °C\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("lock"), "{text}");
    assert_eq!(house.machine.check_scene(&scene), []);
    // Applied, it changes nothing.
    house.put(
        rules::machine::SCENE,
        "now",
        Some(&face::scene_to_json(&scene).to_string()),
    );
    let apply = rules::machine::Order::Apply {
        scene: "now".into(),
        transition_ms: None,
    };
    house.lamp(false);
    house.set(HEATER, 0x0201, 0x12, Value::Int(1_500));
    house.order(&apply).unwrap();
    house.wait_s(1);
    assert!(house.is_on(LAMP));
    assert_eq!(house.truth(LAMP, 0x0008, 0), Value::Uint(127));
    assert_eq!(house.truth(LAMP, 0x0300, 7), Value::Uint(370));
    assert_eq!(house.truth(HEATER, 0x0201, 0x12), Value::Int(2_000));
}

#[test]
fn of_a_lamp_that_is_off_a_scene_has_only_that() {
    let house = House::new();
    let scene = house
        .machine
        .capture("now", "Now", &["hall-lamp".to_owned()])
        .unwrap();
    let values: Vec<_> = scene.devices[0].values.keys().map(|name| &**name).collect();
    assert_eq!(values, ["on"]);
    assert_eq!(scene.devices[0].device.endpoint, None);
}

#[test]
fn the_mode_of_a_lamp_decides_between_hue_and_white() {
    for (mode, has, lacks) in [
        (0, "hue", "color-temperature"),
        (2, "color-temperature", "hue"),
    ] {
        let mut house = House::new();
        house.lamp(true);
        house.set(LAMP, 0x0300, 0, Value::Uint(100));
        house.set(LAMP, 0x0300, 1, Value::Uint(200));
        house.set(LAMP, 0x0300, 8, Value::Uint(mode));
        let scene = house
            .machine
            .capture("now", "Now", &["hall-lamp".to_owned()])
            .unwrap();
        let values = &scene.devices[0].values;
        assert!(
            values.contains_key(has) && !values.contains_key(lacks),
            "{values:?}"
        );
    }
}

#[test]
fn what_has_nothing_to_set_makes_no_scene() {
    let house = House::new();
    for (target, why) in [
        (
            "outdoor",
            "none of these has anything that a scene could set",
        ),
        ("nobody", "there is no device nobody"),
        ("@nowhere", "there is no room nowhere"),
    ] {
        let problem = house
            .machine
            .capture("x", "X", &[target.to_owned()])
            .unwrap_err();
        assert!(problem.what.contains(why), "{problem}");
    }
}

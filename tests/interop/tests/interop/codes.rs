//! Devices are added by every form of setup code, and by no wrong one.

use interop::{Kind, scenarios};
use serde_json::json;

scenarios! {
    /// One after the other, each by another form of code.
    fn a_device_of_every_kind_is_added_and_tells_its_state(lab) {
        let mut hub = lab.hub();
        let kinds = [
            (Kind::Lamp, "lamp", "lamp/1/LevelControl.CurrentLevel", json!(100)),
            (Kind::Colour, "colour", "colour/1/ColorControl.ColorTemperatureMireds", json!(250)),
            (Kind::Plug, "plug", "plug/1/OnOff.OnOff", json!(false)),
            (Kind::Temperature, "temperature", "temperature/1/TemperatureMeasurement.MeasuredValue", json!(2100)),
            (Kind::Occupancy, "occupancy", "occupancy/1/OccupancySensing.Occupancy", json!({"occupied": false})),
            (Kind::Switch, "switch", "switch/1/Switch.NumberOfPositions", json!(2)),
            (Kind::Lock, "lock", "lock/1/DoorLock.LockState", json!("Locked")),
            (Kind::Thermostat, "thermostat", "thermostat/1/Thermostat.OccupiedHeatingSetpoint", json!(2000)),
        ];
        for (index, (kind, name, path, value)) in kinds.into_iter().enumerate() {
            let device = lab.device(kind);
            let forms = [device.qr(), device.manual(), device.long_manual()];
            hub.add(forms[index % forms.len()], name);
            assert_eq!(hub.remembered(path), (value, "known".to_owned()), "{name}");
            assert_eq!(hub.node(name)["reachability"], "online");
        }
        assert_eq!(hub.nodes().len(), 8);
    }

    /// Spaces and dashes are as people type them.
    fn a_manual_code_may_be_typed_in_groups(lab) {
        let lamp = lab.device(Kind::Lamp);
        let mut hub = lab.hub();
        let (area, rest) = lamp.manual().split_at(4);
        let (middle, end) = rest.split_at(3);
        hub.add(&format!("{area}-{middle} {end}"), "lamp");
        assert_eq!(hub.node("lamp")["reachability"], "online");
    }

    /// A box with several devices has one QR code for all.
    fn a_concatenated_qr_code_adds_each_of_its_devices(lab) {
        let (first, second) = (lab.device(Kind::Lamp), lab.device(Kind::Temperature));
        let mut hub = lab.hub();
        let both = format!("{}*{}", first.qr(), second.qr().trim_start_matches("MT:"));
        hub.call(&["add", &both]).done();
        assert_eq!(hub.nodes().len(), 2);
    }

    /// Two people add a device each.
    fn two_devices_are_added_at_once(lab) {
        let (lamp, sensor) = (lab.device(Kind::Lamp), lab.device(Kind::Temperature));
        let mut hub = lab.hub();
        let first = hub.begin(&["add", lamp.qr(), "--name", "lamp"]);
        let second = hub.begin(&["add", sensor.manual(), "--name", "sensor"]);
        first.end().done();
        second.end().done();
        assert_eq!(hub.node("lamp")["reachability"], "online");
        assert_eq!(hub.node("sensor")["reachability"], "online");
    }

    /// The passcode is another device's: refused with the cause, no ghost, and the right one works
    /// at once.
    fn a_wrong_passcode_is_told_and_leaves_nothing_behind(lab) {
        let lamp = lab.device(Kind::Lamp);
        let mut hub = lab.hub();
        let answer = hub.call(&["add", &lamp.manual_with_wrong_passcode(), "--json"]);
        let failure = answer.ended_with(1).json()["job"]["failure"].clone();
        assert_eq!((&failure["code"], &failure["stage"]), (&json!("wrong-passcode"), &json!("pase")));
        assert!(hub.nodes().is_empty());
        hub.add(lamp.qr(), "lamp");
        assert_eq!(hub.nodes().len(), 1);
    }

    /// A mistyped code is refused before anything is sent, and the mistake is named.
    fn a_malformed_code_is_told_without_repeating_it(lab) {
        let lamp = lab.device(Kind::Lamp);
        let mut hub = lab.hub();
        let swapped = format!("{}{}", &lamp.manual()[..10], (lamp.manual().as_bytes()[10] - b'0' + 1) % 10);
        for (code, hint) in [
            (swapped.as_str(), "check digit"),
            ("12345", "11 or 21 digits"),
            ("MT:Y.K90", "cut off"),
            ("hello", "MT:"),
        ] {
            let answer = hub.call(&["add", code]).ended_with(1);
            assert!(answer.err.contains(hint), "{code}: {}", answer.err);
        }
        assert!(hub.nodes().is_empty());
    }

    /// Looking for a device that is not there can be given up.
    fn a_search_is_cancelled(lab) {
        let mut hub = lab.hub();
        let mut adding = hub.begin(&["add", "34970112332"]);
        adding.wait_until_said("job j");
        let jobs = hub.json(&["jobs"]);
        let id = jobs["jobs"][0]["id"].as_str().expect("a job has an id").to_owned();
        hub.call(&["cancel", &id]).done();
        adding.end().ended_with(1);
        assert_eq!(hub.json(&["jobs"])["jobs"][0]["failure"]["code"], "cancelled");
        assert!(hub.nodes().is_empty());
    }

    /// The same device twice is no second node.
    fn a_device_that_is_ours_is_not_added_again(lab) {
        let lamp = lab.device(Kind::Lamp);
        let mut hub = lab.hub();
        hub.add(lamp.qr(), "lamp");
        let mut again = hub.begin(&["add", lamp.qr()]);
        again.wait_until_said("job j");
        let id = hub.json(&["jobs"])["jobs"][1]["id"].as_str().expect("a job has an id").to_owned();
        hub.call(&["cancel", &id]).done();
        again.end().ended_with(1);
        assert_eq!(hub.nodes().len(), 1);
        assert_eq!(hub.node("lamp")["reachability"], "online");
    }
}

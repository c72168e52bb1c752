//! Reading, writing, invoking, watching.

use interop::{Kind, Measure, SOON, scenarios};
use serde_json::json;

scenarios! {
    /// A command acts at the device, and the report confirms it.
    fn a_lamp_is_switched_and_its_state_follows(lab) {
        let mut lamp = lab.device(Kind::Lamp);
        let mut hub = lab.hub();
        hub.add(lamp.qr(), "lamp");
        let mut watch = hub.watch(&["lamp/1/OnOff.OnOff"]);
        let outcome = hub.json(&["invoke", "lamp/1/OnOff.On", "--confirm"]);
        assert_eq!(outcome["outcome"], "confirmed");
        lamp.wait_until(1, "onOff", "onOff", &json!(true));
        watch.value("OnOff.OnOff", &json!(true));
        hub.call(&["invoke", "lamp/1/OnOff.Toggle"]).done();
        watch.value("OnOff.OnOff", &json!(false));
    }

    /// Fields go by name; numbers stand for names too.
    fn a_command_takes_its_fields(lab) {
        let mut lamp = lab.device(Kind::Lamp);
        let mut hub = lab.hub();
        hub.add(lamp.qr(), "lamp");
        let fields = r#"{"level": 200, "transitionTime": 0, "optionsMask": {"executeIfOff": true}, "optionsOverride": {"executeIfOff": true}}"#;
        hub.call(&["invoke", "lamp/1/LevelControl.MoveToLevel", fields]).done();
        lamp.wait_until(1, "levelControl", "currentLevel", &json!(200));
        assert_eq!(hub.read("lamp/1/0x0008.0x0000"), json!(200));
    }

    /// What happens at the device itself is told.
    fn a_hand_at_the_device_is_seen(lab) {
        let mut lamp = lab.device(Kind::Lamp);
        let mut sensor = lab.device(Kind::Temperature);
        let mut occupancy = lab.device(Kind::Occupancy);
        let mut hub = lab.hub();
        hub.add(lamp.qr(), "lamp");
        hub.add(sensor.qr(), "sensor");
        hub.add(occupancy.qr(), "occupancy");
        let mut watch = hub.watch(&["lamp", "sensor", "occupancy"]);
        lamp.set(1, &json!({"onOff": {"onOff": true}}));
        watch.value("OnOff.OnOff", &json!(true));
        sensor.set(1, &json!({"temperatureMeasurement": {"measuredValue": 2250}}));
        watch.value("TemperatureMeasurement.MeasuredValue", &json!(2250));
        occupancy.set(1, &json!({"occupancySensing": {"occupancy": {"occupied": true}}}));
        watch.value("OccupancySensing.Occupancy", &json!({"occupied": true}));
    }

    /// Written values arrive, of the node itself and of a cluster.
    fn attributes_are_written(lab) {
        let mut thermostat = lab.device(Kind::Thermostat);
        let mut hub = lab.hub();
        hub.add(thermostat.qr(), "thermostat");
        hub.call(&["write", "thermostat/1/Thermostat.OccupiedHeatingSetpoint", "2150"]).done();
        thermostat.wait_until(1, "thermostat", "occupiedHeatingSetpoint", &json!(2150));
        hub.call(&["write", "thermostat/0/BasicInformation.NodeLabel", "Living room"]).done();
        assert_eq!(hub.read("thermostat/0/BasicInformation.NodeLabel"), json!("Living room"));
    }

    /// What a device does not allow is refused with its status, and changes nothing.
    fn a_refused_write_tells_the_devices_status(lab) {
        let thermostat = lab.device(Kind::Thermostat);
        let mut hub = lab.hub();
        hub.add(thermostat.qr(), "thermostat");
        let answer = hub.call(&["write", "thermostat/1/Thermostat.OccupiedHeatingSetpoint", "9000"]);
        let answer = answer.ended_with(1);
        assert!(answer.err.contains("0x87"), "constraint error is told: {}", answer.err);
        assert_eq!(hub.read("thermostat/1/Thermostat.OccupiedHeatingSetpoint"), json!(2000));
    }

    /// Locking is a timed interaction; the schema says so.
    fn a_lock_is_locked_by_a_timed_command(lab) {
        let mut lock = lab.device(Kind::Lock);
        let mut hub = lab.hub();
        hub.add(lock.qr(), "lock");
        let mut watch = hub.watch(&["lock/1/DoorLock"]);
        hub.call(&["invoke", "lock/1/DoorLock.UnlockDoor", "{}"]).done();
        lock.wait_until(1, "doorLock", "lockState", &json!(2));
        watch.value("DoorLock.LockState", &json!("Unlocked"));
        watch.event("DoorLock.LockOperation");
    }

    /// A switch has no state to speak of; it tells events.
    fn presses_of_a_switch_come_as_events(lab) {
        let mut switch = lab.device(Kind::Switch);
        let mut hub = lab.hub();
        hub.add(switch.qr(), "switch");
        let mut watch = hub.watch(&["switch/1/Switch"]);
        switch.press(50);
        watch.event("Switch.InitialPress");
        watch.event("Switch.ShortRelease");
        watch.event("Switch.MultiPressComplete");
        switch.press(2500);
        watch.event("Switch.LongPress");
        watch.event("Switch.LongRelease");
    }

    /// A device that does not answer is not waited for.
    fn a_command_to_a_dead_device_fails_in_time(lab) {
        let mut lamp = lab.device(Kind::Lamp);
        let mut hub = lab.hub();
        hub.add(lamp.qr(), "lamp");
        lamp.kill();
        let measure = Measure::begin("command to a dead device");
        hub.call(&["invoke", "lamp/1/OnOff.On"]).ended_with(1);
        measure.end(SOON);
    }

    /// Names and numbers that are wrong are told apart from a device's refusal.
    fn a_wrong_path_is_told_with_what_was_meant(lab) {
        let lamp = lab.device(Kind::Lamp);
        let mut hub = lab.hub();
        hub.add(lamp.qr(), "lamp");
        for path in ["lam/1/OnOff.OnOff", "lamp/7/OnOff.OnOff", "lamp/1/OnOf.OnOff", "lamp/1/OnOff.OnOf"] {
            let answer = hub.call(&["read", path]);
            assert!(answer.code == 1 || answer.code == 2, "{path}: {answer:?}");
            assert!(!answer.err.is_empty(), "{path}");
        }
    }
}

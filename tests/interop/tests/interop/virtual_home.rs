//! The virtual home of the demo: the same promises hold for rs-matter's devices.

use std::time::Duration;

use interop::{Hub, Lab, Measure, VirtualHome, scenarios};
use serde_json::json;

const LAMP: &str = "reading-lamp/1/OnOff.OnOff";

/// What an owner may wait for a device after it has announced that it is back.
const DEVICE_BACK: Duration = Duration::from_secs(5);
/// What an owner may wait for all devices after the hub has started.
const HUB_BACK: Duration = Duration::from_secs(3);

fn lamp_and_hub(lab: &mut Lab) -> (VirtualHome, Hub) {
    let home = lab.virtual_home();
    let mut hub = lab.hub();
    hub.add(&home.qr("Reading lamp"), "Reading lamp");
    (home, hub)
}

scenarios! {
    /// Every kind of device is added, read and, where it obeys, controlled.
    fn all_devices_are_added_and_controlled(lab) {
        let home = lab.virtual_home();
        let mut hub = lab.hub();
        for (name, qr) in home.devices() {
            hub.add(&qr, &name);
        }
        assert_eq!(hub.nodes().len(), 13);
        for (asked, path, value) in [
            ("reading-lamp/1/OnOff.On", LAMP, json!(true)),
            ("coffee-machine/1/OnOff.On", "coffee-machine/1/OnOff.OnOff", json!(true)),
            ("door-lock/1/DoorLock.UnlockDoor", "door-lock/1/DoorLock.LockState", json!("Unlocked")),
        ] {
            hub.call(&["invoke", asked, "{}"]).done();
            let name = path.rsplit('/').next().expect("a path has parts");
            hub.watch(&[path]).value(name, &value);
        }
        hub.call(&["write", "thermostat/1/Thermostat.OccupiedHeatingSetpoint", "22.5 °C"]).done();
        assert_eq!(hub.read("thermostat/1/Thermostat.OccupiedHeatingSetpoint"), json!(2250));
        let warm = hub.read("climate-sensor/1/TemperatureMeasurement.MeasuredValue");
        assert!(warm.as_i64().is_some_and(|warm| (-1000..5000).contains(&warm)), "{warm}");
    }

    /// The whole home loses power, and obeys again once it is back.
    fn a_home_that_lost_power_obeys_again(lab) {
        let (mut home, mut hub) = lamp_and_hub(lab);
        let announced = home.restart();
        let measure = Measure::since("virtual home restarted, command acknowledged", announced);
        hub.call(&["invoke", "reading-lamp/1/OnOff.On"]).done();
        hub.watch(&[LAMP]).value("OnOff.OnOff", &json!(true));
        measure.end(DEVICE_BACK);
        assert_eq!(hub.node("reading-lamp")["reachability"], "online");
    }

    /// Values flow by themselves again, without anybody asking for them.
    fn a_home_that_lost_power_reports_again(lab) {
        let (mut home, mut hub) = lamp_and_hub(lab);
        hub.call(&["invoke", "reading-lamp/1/OnOff.On", "--confirm"]).done();
        let mut watch = hub.watch(&[LAMP]);
        home.kill();
        let announced = home.restart();
        let measure = Measure::since("virtual home restarted, lamp switched and seen", announced);
        hub.call(&["invoke", "reading-lamp/1/OnOff.Off"]).done();
        watch.value("OnOff.OnOff", &json!(false));
        measure.end(DEVICE_BACK);
    }

    /// Nodes and their last values are known from the first moment.
    fn a_hub_that_lost_power_controls_the_home_again(lab) {
        let (_home, mut hub) = lamp_and_hub(lab);
        hub.kill();
        hub.restart();
        let measure = Measure::begin("hub restarted beside the virtual home, lamp confirmed");
        assert_eq!(hub.nodes().len(), 1);
        // What a toggle leads to can only be confirmed by who knows what was before.
        hub.remembered(LAMP);
        hub.call(&["invoke", "reading-lamp/1/OnOff.Toggle", "--confirm"]).done();
        measure.end(HUB_BACK);
    }

    /// A wrong passcode is told, leaves no ghost, and the right one works.
    fn a_wrong_passcode_is_refused_by_the_home(lab) {
        let home = lab.virtual_home();
        let mut hub = lab.hub();
        let answer = hub.call(&["add", &home.manual_with_wrong_passcode(), "--json"]);
        let failure = answer.ended_with(1).json()["job"]["failure"].clone();
        assert_eq!((&failure["code"], &failure["stage"]), (&json!("wrong-passcode"), &json!("pase")));
        assert!(hub.nodes().is_empty());
        hub.add(&home.qr("Front door"), "door");
        assert_eq!(hub.nodes().len(), 1);
    }

    /// Removed, a device belongs to nobody and can be added again.
    fn a_removed_device_of_the_home_can_be_added_again(lab) {
        let (home, mut hub) = lamp_and_hub(lab);
        hub.call(&["remove", "reading-lamp"]).done();
        assert!(hub.nodes().is_empty());
        hub.add(&home.qr("Reading lamp"), "lamp again");
        assert_eq!(hub.nodes().len(), 1);
    }
}

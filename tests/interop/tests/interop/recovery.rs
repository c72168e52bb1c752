//! Devices and the hub lose power, and come back.

use std::time::Duration;

use interop::{Hub, Kind, Lab, Measure, scenarios};
use serde_json::json;

const VALUE: &str = "sensor/1/TemperatureMeasurement.MeasuredValue";
const NAME: &str = "TemperatureMeasurement.MeasuredValue";

/// What an owner may wait for a device after it has announced that it is back.
const DEVICE_BACK: Duration = Duration::from_secs(5);
/// What an owner may wait for all devices after the hub has started.
const HUB_BACK: Duration = Duration::from_secs(3);

fn sensor_and_hub(lab: &mut Lab) -> (interop::Device, Hub) {
    let sensor = lab.device(Kind::Temperature);
    let mut hub = lab.hub();
    hub.add(sensor.qr(), "sensor");
    assert_eq!(hub.remembered(VALUE).0, json!(2100));
    (sensor, hub)
}

scenarios! {
    /// It announces itself with the same records as before, which is all that tells.
    fn a_device_that_lost_power_reports_again(lab) {
        let (mut sensor, mut hub) = sensor_and_hub(lab);
        let mut watch = hub.watch(&[VALUE]);
        sensor.kill();
        let announced = sensor.restart();
        let measure = Measure::since("device restarted, values after its announcement", announced);
        sensor.set(1, &json!({"temperatureMeasurement": {"measuredValue": 2345}}));
        watch.value(NAME, &json!(2345));
        measure.end(DEVICE_BACK);
        assert_eq!(hub.node("sensor")["reachability"], "online");
    }

    /// A command right after the restart does not wait for the old session to die.
    fn a_device_that_lost_power_obeys_again(lab) {
        let mut lamp = lab.device(Kind::Lamp);
        let mut hub = lab.hub();
        hub.add(lamp.qr(), "lamp");
        let announced = lamp.restart();
        let measure = Measure::since("device restarted, command acknowledged", announced);
        hub.call(&["invoke", "lamp/1/OnOff.On"]).done();
        lamp.wait_until(1, "onOff", "onOff", &json!(true));
        measure.end(DEVICE_BACK);
    }

    /// Nodes and their last values are known from the first moment.
    fn a_hub_that_lost_power_is_live_again(lab) {
        let (mut sensor, mut hub) = sensor_and_hub(lab);
        hub.kill();
        sensor.set(1, &json!({"temperatureMeasurement": {"measuredValue": 2345}}));
        hub.restart();
        let measure = Measure::begin("hub restarted, live after ready");
        assert_eq!(hub.nodes().len(), 1);
        let mut watch = hub.watch(&[VALUE]);
        watch.value(NAME, &json!(2345));
        measure.end(HUB_BACK);
        assert_eq!(hub.remembered(VALUE), (json!(2345), "known".to_owned()));
    }

    /// What cannot be known is not pretended.
    fn values_of_an_absent_device_are_stale_after_a_restart(lab) {
        let (mut sensor, mut hub) = sensor_and_hub(lab);
        // Values go to disk every few seconds, and at a polite end.
        hub.stop();
        sensor.kill();
        hub.restart();
        hub.kill();
        hub.restart();
        assert_eq!(hub.remembered(VALUE), (json!(2100), "stale".to_owned()));
        assert_ne!(hub.node("sensor")["reachability"], "online");
        let mut watch = hub.watch(&[VALUE]);
        let announced = sensor.restart();
        let measure = Measure::since("device back after the hub, values", announced);
        sensor.set(1, &json!({"temperatureMeasurement": {"measuredValue": 2222}}));
        watch.value(NAME, &json!(2222));
        measure.end(DEVICE_BACK);
        assert_eq!(hub.remembered(VALUE), (json!(2222), "known".to_owned()));
    }

    /// The service manager's way.
    fn a_hub_that_is_stopped_ends_well_and_starts_again(lab) {
        let (mut sensor, mut hub) = sensor_and_hub(lab);
        hub.stop();
        hub.restart();
        let mut watch = hub.watch(&[VALUE]);
        sensor.set(1, &json!({"temperatureMeasurement": {"measuredValue": 1999}}));
        watch.value(NAME, &json!(1999));
    }

    /// Another device's death is nobody's trouble.
    fn a_dead_device_delays_no_other(lab) {
        let (mut dead, mut hub) = sensor_and_hub(lab);
        let mut lamp = lab.device(Kind::Lamp);
        hub.add(lamp.qr(), "lamp");
        dead.kill();
        hub.kill();
        hub.restart();
        let measure = Measure::begin("command to a device beside a dead one");
        hub.call(&["invoke", "lamp/1/OnOff.On"]).done();
        lamp.wait_until(1, "onOff", "onOff", &json!(true));
        measure.end(HUB_BACK);
    }
}

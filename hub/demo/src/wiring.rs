//! Which attribute shows what of the house, and which change of a device the house feels.

use hub_model::{AttributeId, ClusterId, EndpointId, Value};
use matter_device::{Change, Origin, attribute};

use crate::house::{Load, Reading, Room, Wish};

/// The devices by their place in [`crate::devices::all`].
const READING_LAMP: usize = 0;
const PLUG: usize = 2;
const CLIMATE: usize = 3;
const CONTACT: usize = 4;
const MOTION: usize = 5;
const BUTTON: usize = 6;
const THERMOSTAT: usize = 7;
const LOCK: usize = 9;
const FAN: usize = 10;
const BRIDGE: usize = 12;

/// A new value for an attribute of a device.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Setting {
    pub(crate) device: usize,
    pub(crate) endpoint: EndpointId,
    pub(crate) cluster: ClusterId,
    pub(crate) attribute: AttributeId,
    pub(crate) value: Value,
}

/// The attributes that show a reading; `uptime_ms` is for metering.
pub(crate) fn show(reading: Reading, uptime_ms: u64) -> Vec<Setting> {
    match reading {
        Reading::Outdoor(t) => one(
            THERMOSTAT,
            1,
            "Thermostat",
            "OutdoorTemperature",
            celsius(t),
        ),
        Reading::Temperature(room, t) => temperature(room, celsius(t)),
        Reading::Humidity(room, h) => {
            let value = Value::Uint(whole(h * 100.0));
            let name = ("RelativeHumidityMeasurement", "MeasuredValue");
            match room {
                Room::Study => one(CLIMATE, 2, name.0, name.1, value),
                Room::Bath => one(BRIDGE, 7, name.0, name.1, value),
                _ => Vec::new(),
            }
        }
        Reading::Occupied(room, somebody) => {
            let value = Value::Uint(somebody.into());
            match room {
                Room::Kitchen => one(MOTION, 1, "OccupancySensing", "Occupancy", value),
                Room::Living => one(BRIDGE, 10, "OccupancySensing", "Occupancy", value),
                Room::Hall => one(BRIDGE, 12, "OccupancySensing", "Occupancy", value),
                _ => Vec::new(),
            }
        }
        Reading::DoorOpen(open) => {
            let state = Value::Uint(if open { 0 } else { 1 });
            let mut both = one(CONTACT, 1, "BooleanState", "StateValue", (!open).into());
            both.extend(one(LOCK, 1, "DoorLock", "DoorState", state));
            both
        }
        Reading::Locked(locked) => {
            let state = Value::Uint(if locked { 1 } else { 2 });
            one(LOCK, 1, "DoorLock", "LockState", state)
        }
        Reading::Button(down) => one(
            BUTTON,
            1,
            "Switch",
            "CurrentPosition",
            Value::Uint(down.into()),
        ),
        Reading::Power(load, watts) => power(load, watts),
        Reading::Energy(load, watt_hours) => {
            let (device, endpoint) = place(load);
            let measured = Value::structure([
                (0, Value::Uint(whole(watt_hours * 1000.0))),
                (3, Value::Uint(0)),
                (4, Value::Uint(uptime_ms)),
            ]);
            let cluster = "ElectricalEnergyMeasurement";
            one(
                device,
                endpoint,
                cluster,
                "CumulativeEnergyImported",
                measured,
            )
        }
        Reading::Switched(on) => one(READING_LAMP, 1, "OnOff", "OnOff", on.into()),
        Reading::Daylight(lux) => {
            let value = Value::Uint(whole(10_000.0 * lux.max(1.0).log10() + 1.0));
            one(BRIDGE, 11, "IlluminanceMeasurement", "MeasuredValue", value)
        }
    }
}

/// What the house feels of a change that a controller made.
pub(crate) fn feel(device: usize, change: &Change) -> Option<Wish> {
    let is = |cluster, name| attribute(cluster, name) == Some((change.cluster, change.attribute));
    if device == THERMOSTAT && is("Thermostat", "ThermostatRunningState") {
        return Some(Wish::Heat(change.value.as_u64()? & 1 != 0));
    }
    if device == FAN && is("FanControl", "PercentCurrent") {
        return Some(Wish::Fan(change.value.as_f64()?));
    }
    if change.origin == Origin::Controller && is("OnOff", "OnOff") {
        let on = change.value.as_bool()?;
        let load = [Load::CoffeeMachine, Load::Router, Load::Fridge]
            .into_iter()
            .find(|load| place(*load) == (device, change.endpoint.0))?;
        return Some(Wish::Powered(load, on));
    }
    None
}

const fn place(load: Load) -> (usize, u16) {
    match load {
        Load::CoffeeMachine => (PLUG, 1),
        Load::Router => (BRIDGE, 4),
        Load::Fridge => (BRIDGE, 5),
    }
}

fn temperature(room: Room, value: Value) -> Vec<Setting> {
    let sensor = |device, endpoint| {
        one(
            device,
            endpoint,
            "TemperatureMeasurement",
            "MeasuredValue",
            value.clone(),
        )
    };
    match room {
        Room::Study => sensor(CLIMATE, 1),
        Room::Bath => sensor(BRIDGE, 6),
        Room::Bedroom => sensor(BRIDGE, 8),
        Room::Living => one(THERMOSTAT, 1, "Thermostat", "LocalTemperature", value),
        Room::Kitchen | Room::Hall => Vec::new(),
    }
}

fn power(load: Load, watts: f64) -> Vec<Setting> {
    let (device, endpoint) = place(load);
    let cluster = "ElectricalPowerMeasurement";
    let milli = |number: f64| Value::Int(i64::try_from(whole(number * 1000.0)).unwrap_or(i64::MAX));
    let mut both = one(device, endpoint, cluster, "ActivePower", milli(watts));
    both.extend(one(
        device,
        endpoint,
        cluster,
        "RmsCurrent",
        milli(watts / 230.0),
    ));
    both
}

fn one(device: usize, endpoint: u16, cluster: &str, name: &str, value: Value) -> Vec<Setting> {
    // A name that is not in the tables is caught by the test below.
    let found = attribute(cluster, name).map(|(cluster, attribute)| Setting {
        device,
        endpoint: EndpointId(endpoint),
        cluster,
        attribute,
        value,
    });
    found.into_iter().collect()
}

/// Hundredths of a degree.
fn celsius(degrees: f64) -> Value {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "clamped to what the attribute can say"
    )]
    let hundredths = (degrees * 100.0).round().clamp(-27_315.0, 32_767.0) as i64;
    Value::Int(hundredths)
}

fn whole(number: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to what a double counts exactly"
    )]
    let whole = number.round().clamp(0.0, 9e15) as u64;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices;

    #[test]
    fn every_reading_shows_on_an_attribute_that_is_there() {
        let home = devices::all();
        let mut readings = vec![
            Reading::Outdoor(1.0),
            Reading::DoorOpen(true),
            Reading::Locked(true),
            Reading::Button(true),
            Reading::Switched(true),
            Reading::Daylight(100.0),
        ];
        for load in [Load::CoffeeMachine, Load::Router, Load::Fridge] {
            readings.extend([Reading::Power(load, 10.0), Reading::Energy(load, 10.0)]);
        }
        for reading in readings {
            let settings = show(reading, 0);
            assert!(!settings.is_empty(), "{reading:?} shows nowhere");
        }
        for room in Room::ALL {
            let shown = [
                Reading::Temperature(room, 20.0),
                Reading::Humidity(room, 40.0),
                Reading::Occupied(room, true),
            ];
            for setting in shown.into_iter().flat_map(|reading| show(reading, 0)) {
                let endpoints = &home[setting.device].device.endpoints;
                let endpoint = endpoints.iter().find(|e| e.id == setting.endpoint).unwrap();
                let cluster = &endpoint.clusters[&setting.cluster];
                assert!(
                    cluster.attributes.contains_key(&setting.attribute),
                    "{setting:?}"
                );
            }
        }
    }
}

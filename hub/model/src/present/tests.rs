//! What people read.

use proptest::prelude::*;

use super::*;
use crate::spec::{cluster_by_name, clusters, device_types};
use crate::testing::{any_attribute, any_typed, any_value};

fn shown(cluster: &str, attribute: &str, value: Value) -> String {
    let cluster = cluster_by_name(cluster).unwrap();
    let attribute = cluster.attribute_by_name(attribute).unwrap();
    super::value(cluster.id, attribute.id, &value)
}

#[test]
fn values_read_as_people_say_them() {
    let cases = [
        (
            "TemperatureMeasurement",
            "MeasuredValue",
            Value::Int(2150),
            "21.5 °C",
        ),
        (
            "TemperatureMeasurement",
            "MeasuredValue",
            Value::Int(-1),
            "0 °C",
        ),
        (
            "TemperatureMeasurement",
            "MeasuredValue",
            Value::Null,
            "unknown",
        ),
        (
            "RelativeHumidityMeasurement",
            "MeasuredValue",
            Value::Uint(4500),
            "45 %",
        ),
        (
            "IlluminanceMeasurement",
            "MeasuredValue",
            Value::Uint(0),
            "below 1 lx",
        ),
        (
            "IlluminanceMeasurement",
            "MeasuredValue",
            Value::Uint(25_000),
            "316 lx",
        ),
        (
            "PressureMeasurement",
            "MeasuredValue",
            Value::Int(1013),
            "1013 hPa",
        ),
        (
            "FlowMeasurement",
            "MeasuredValue",
            Value::Uint(15),
            "1.5 m³/h",
        ),
        ("OnOff", "OnOff", Value::Bool(true), "on"),
        ("OnOff", "OnTime", Value::Uint(300), "30 s"),
        ("OnOff", "StartUpOnOff", Value::Null, "not set"),
        ("LevelControl", "CurrentLevel", Value::Uint(254), "100 %"),
        ("LevelControl", "CurrentLevel", Value::Uint(1), "1 %"),
        (
            "ColorControl",
            "ColorTemperatureMireds",
            Value::Uint(370),
            "2703 K",
        ),
        ("ColorControl", "CurrentHue", Value::Uint(127), "180°"),
        ("DoorLock", "LockState", Value::Uint(1), "locked"),
        ("DoorLock", "LockState", Value::Uint(0), "not fully locked"),
        ("DoorLock", "LockState", Value::Uint(99), "99"),
        (
            "OccupancySensing",
            "Occupancy",
            Value::Uint(0),
            "unoccupied",
        ),
        ("OccupancySensing", "Occupancy", Value::Uint(1), "occupied"),
        ("BooleanState", "StateValue", Value::Bool(true), "active"),
        ("AirQuality", "AirQuality", Value::Uint(2), "fair"),
        (
            "PowerSource",
            "BatPercentRemaining",
            Value::Uint(155),
            "78 %",
        ),
        ("PowerSource", "BatVoltage", Value::Uint(2985), "3 V"),
        (
            "ElectricalPowerMeasurement",
            "ActivePower",
            Value::Int(1_234_567),
            "1.2 kW",
        ),
        (
            "ElectricalPowerMeasurement",
            "Voltage",
            Value::Int(230_100),
            "230.1 V",
        ),
        (
            "ElectricalPowerMeasurement",
            "ActiveCurrent",
            Value::Int(345),
            "0.34 A",
        ),
        (
            "ElectricalEnergyMeasurement",
            "CumulativeEnergyImported",
            Value::structure([(0, Value::Int(12_345_678))]),
            "12.35 kWh",
        ),
        (
            "WindowCovering",
            "CurrentPositionLiftPercent100ths",
            Value::Uint(0),
            "open",
        ),
        (
            "WindowCovering",
            "CurrentPositionLiftPercent100ths",
            Value::Uint(4550),
            "45.5 % closed",
        ),
        (
            "WindowCovering",
            "CurrentPositionLiftPercent100ths",
            Value::Uint(10_000),
            "closed",
        ),
        ("Thermostat", "SystemMode", Value::Uint(4), "heat"),
        (
            "Thermostat",
            "LocalTemperatureCalibration",
            Value::Int(-5),
            "-0.5 K",
        ),
        (
            "Descriptor",
            "ServerList",
            Value::list([Value::Uint(6), Value::Uint(0xFFF1_FC00)]),
            "On/off, Cluster 0xfff1fc00",
        ),
        ("BasicInformation", "NodeLabel", Value::from(""), "none"),
        (
            "BasicInformation",
            "NodeLabel",
            Value::from("Lampe\u{1f}1234"),
            "Lampe",
        ),
        ("OnOff", "FeatureMap", Value::Uint(0x81), "lighting, 0x80"),
        (
            "GeneralDiagnostics",
            "UpTime",
            Value::Uint(100_000),
            "1 d 3 h",
        ),
    ];
    for (cluster, attribute, value, expected) in cases {
        assert_eq!(
            shown(cluster, attribute, value),
            expected,
            "{cluster}.{attribute}"
        );
    }
}

#[test]
fn surroundings_say_more() {
    let contact = Surroundings {
        device_type: Some(DeviceTypeId(0x15)),
        ..Surroundings::default()
    };
    let state = |of, is| value_in(of, ClusterId(0x45), AttributeId(0), &Value::Bool(is));
    assert_eq!(state(contact, true), "closed");
    assert_eq!(state(contact, false), "open");
    let scaled = |by, cluster, attribute, value| {
        let surroundings = Surroundings {
            scaled_by: Some(by),
            ..Surroundings::default()
        };
        value_in(
            surroundings,
            ClusterId(cluster),
            AttributeId(attribute),
            &value,
        )
    };
    assert_eq!(scaled(0, 0x40D, 0, Value::Single(412.4)), "412 ppm");
    assert_eq!(scaled(4, 0x42A, 0, Value::Single(3.25)), "3.25 µg/m³");
    assert_eq!(scaled(-1, 0x403, 0x10, Value::Int(10_132)), "1013.2 hPa");
}

#[test]
fn names_are_those_people_use() {
    let of = |cluster: &str, attribute: &str| {
        let cluster = cluster_by_name(cluster).unwrap();
        let attribute = cluster.attribute_by_name(attribute).unwrap();
        attribute_name(cluster.id, attribute.id).into_owned()
    };
    assert_eq!(cluster_name(ClusterId(0x402)), "Temperature");
    assert_eq!(cluster_name(ClusterId(0x42A)), "PM2.5");
    assert_eq!(cluster_name(ClusterId(0x36)), "Wi-Fi network diagnostics");
    assert_eq!(cluster_name(ClusterId(0xFFF1_FC00)), "Cluster 0xfff1fc00");
    assert_eq!(of("TemperatureMeasurement", "MeasuredValue"), "Temperature");
    assert_eq!(
        of("Thermostat", "OccupiedHeatingSetpoint"),
        "Heating setpoint"
    );
    assert_eq!(of("PowerSource", "BatPercentRemaining"), "Battery");
    assert_eq!(
        of("ElectricalPowerMeasurement", "ApparentPower"),
        "Apparent power"
    );
    assert_eq!(command_name(ClusterId(8), CommandId(0)), "Move to level");
    assert_eq!(event_name(ClusterId(0x3B), EventId(1)), "Initial press");
    assert_eq!(device_type_name(DeviceTypeId(0x101)), "Dimmable light");
    assert_eq!(device_type_name(DeviceTypeId(0x0A)), "Door lock");
    assert_eq!(
        attribute_name(ClusterId(6), AttributeId(0xFFF1_0000)),
        "Attribute 0xfff10000"
    );
}

#[test]
fn events_and_commands_read_with_their_fields() {
    let press = Value::structure([(0, Value::Uint(1))]);
    assert_eq!(
        event(ClusterId(0x3B), EventId(1), &press),
        "Initial press (new position 1)"
    );
    let level = Value::structure([(0, Value::Uint(127)), (1, Value::Uint(10))]);
    assert_eq!(
        command(ClusterId(8), CommandId(0), &level),
        "Move to level (level 50 %, transition time 1 s)"
    );
    assert_eq!(
        command(ClusterId(6), CommandId(2), &Value::structure([])),
        "Toggle"
    );
    let unknown = Value::structure([(3, Value::Bool(true))]);
    assert_eq!(
        event(ClusterId(0xFFF1_FC00), EventId(1), &unknown),
        "Event 0x01 (3: yes)"
    );
}

#[test]
fn everything_has_a_name() {
    for cluster in clusters() {
        assert!(!cluster_name(cluster.id).is_empty());
        for attribute in cluster.attributes() {
            assert!(
                !attribute_name(cluster.id, attribute.id).is_empty(),
                "{}",
                attribute.name
            );
        }
        for command in cluster.commands {
            assert!(
                !command_name(cluster.id, command.id).is_empty(),
                "{}",
                command.name
            );
        }
        for event in cluster.events {
            assert!(
                !event_name(cluster.id, event.id).is_empty(),
                "{}",
                event.name
            );
        }
    }
    for device_type in device_types() {
        assert!(!device_type_name(device_type.id).is_empty());
    }
}

#[test]
fn names_tell_attributes_of_a_cluster_apart() {
    for cluster in clusters() {
        let mut names: Vec<_> = cluster
            .attributes()
            .map(|a| attribute_name(cluster.id, a.id))
            .collect();
        names.sort_unstable();
        let doubled = names.windows(2).find(|pair| pair[0] == pair[1]);
        assert_eq!(doubled, None, "{}", cluster.name);
    }
}

proptest! {
    #[test]
    fn every_typed_value_has_a_form((cluster, attribute, value) in any_typed()) {
        prop_assert!(!super::value(cluster.id, attribute.id, &value).is_empty());
    }

    #[test]
    fn every_value_has_a_form(
        (cluster, attribute) in any_attribute(),
        value in any_value(),
        device_type in any::<Option<u32>>(),
        scaled_by in any::<Option<i64>>(),
    ) {
        let surroundings = Surroundings { device_type: device_type.map(DeviceTypeId), scaled_by };
        prop_assert!(!value_in(surroundings, cluster.id, attribute.id, &value).is_empty());
        prop_assert!(!super::value(ClusterId(0xFFF1_FC00), attribute.id, &value).is_empty());
    }
}

//! What people call clusters, attributes and device types, where the specification's words differ.

use std::borrow::Cow;

use super::label;
use crate::spec::{Attribute, Cluster, DeviceType};

pub(super) fn cluster(cluster: &Cluster) -> Cow<'static, str> {
    if let Some(name) = in_table(&CLUSTERS, cluster.name) {
        return name.into();
    }
    label::sentence(quantity(cluster.name)).into()
}

pub(super) fn attribute(cluster: &Cluster, attribute: &Attribute) -> Cow<'static, str> {
    let known = ATTRIBUTES
        .iter()
        .find(|(of, name, _)| *of == cluster.name && *name == attribute.name);
    if let Some((_, _, name)) = known {
        return (*name).into();
    }
    match attribute.name {
        "MeasuredValue" => self::cluster(cluster),
        "MinMeasuredValue" => format!("{}, least measurable", self::cluster(cluster)).into(),
        "MaxMeasuredValue" => format!("{}, greatest measurable", self::cluster(cluster)).into(),
        name => label::sentence(name).into(),
    }
}

pub(super) fn device_type(device_type: &DeviceType) -> Cow<'static, str> {
    match in_table(&DEVICE_TYPES, device_type.name) {
        Some(name) => name.into(),
        None => label::sentence(device_type.name).into(),
    }
}

fn in_table(table: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    table
        .iter()
        .find(|(plain, _)| *plain == name)
        .map(|(_, label)| *label)
}

/// What a measuring cluster measures.
fn quantity(name: &str) -> &str {
    name.strip_suffix("ConcentrationMeasurement")
        .or_else(|| name.strip_suffix("Measurement"))
        .unwrap_or(name)
}

const CLUSTERS: [(&str, &str); 22] = [
    ("BooleanState", "State"),
    ("ColorControl", "Colour"),
    ("DeviceEnergyManagement", "Energy management"),
    ("DoorLock", "Door lock"),
    ("ElectricalEnergyMeasurement", "Energy"),
    ("ElectricalPowerMeasurement", "Power"),
    ("EnergyEvse", "Charging station"),
    ("EnergyEvseMode", "Charging station mode"),
    ("FanControl", "Fan"),
    ("LevelControl", "Level"),
    ("OccupancySensing", "Occupancy"),
    ("OnOff", "On/off"),
    ("PumpConfigurationAndControl", "Pump"),
    ("RelativeHumidityMeasurement", "Humidity"),
    ("ScenesManagement", "Scenes"),
    ("SmokeCoAlarm", "Smoke and CO alarm"),
    ("SoilMeasurement", "Soil moisture"),
    (
        "TotalVolatileOrganicCompoundsConcentrationMeasurement",
        "Volatile organic compounds",
    ),
    ("ValveConfigurationAndControl", "Valve"),
    ("WaterHeaterManagement", "Water heater"),
    ("WindowCovering", "Blind"),
    (
        "RefrigeratorAndTemperatureControlledCabinetMode",
        "Cabinet mode",
    ),
];

const DEVICE_TYPES: [(&str, &str); 14] = [
    ("Aggregator", "Bridge"),
    ("BridgedNode", "Bridged device"),
    ("ColorTemperatureLight", "White spectrum light"),
    ("DimmablePlugInUnit", "Dimmable plug"),
    ("EnergyEvse", "Charging station"),
    ("ExtendedColorLight", "Colour light"),
    ("GenericSwitch", "Button"),
    ("OnOffLight", "Light"),
    ("OnOffLightSwitch", "Light switch"),
    ("OnOffPlugInUnit", "Plug"),
    ("OnOffSensor", "On/off sensor"),
    ("RootNode", "Device"),
    ("SmokeCoAlarm", "Smoke and CO alarm"),
    ("WindowCovering", "Blind"),
];

const ATTRIBUTES: [(&str, &str, &str); 62] = [
    ("AirQuality", "AirQuality", "Air quality"),
    ("BooleanState", "StateValue", "State"),
    ("BridgedDeviceBasicInformation", "NodeLabel", "Name"),
    ("BridgedDeviceBasicInformation", "Reachable", "Reachability"),
    ("BasicInformation", "NodeLabel", "Name"),
    ("BasicInformation", "Reachable", "Reachability"),
    (
        "BasicInformation",
        "SoftwareVersionString",
        "Software version",
    ),
    (
        "BasicInformation",
        "SoftwareVersion",
        "Software version number",
    ),
    (
        "BasicInformation",
        "HardwareVersionString",
        "Hardware version",
    ),
    (
        "BasicInformation",
        "HardwareVersion",
        "Hardware version number",
    ),
    (
        "ColorControl",
        "ColorTemperatureMireds",
        "Colour temperature",
    ),
    ("ColorControl", "CurrentHue", "Hue"),
    ("ColorControl", "CurrentSaturation", "Saturation"),
    ("ColorControl", "CurrentX", "Colour x"),
    ("ColorControl", "CurrentY", "Colour y"),
    ("ColorControl", "EnhancedCurrentHue", "Hue, fine"),
    ("DoorLock", "DoorState", "Door"),
    ("DoorLock", "LockState", "Lock"),
    (
        "ElectricalEnergyMeasurement",
        "CumulativeEnergyExported",
        "Energy fed in",
    ),
    (
        "ElectricalEnergyMeasurement",
        "CumulativeEnergyImported",
        "Energy used",
    ),
    (
        "ElectricalEnergyMeasurement",
        "PeriodicEnergyExported",
        "Energy fed in lately",
    ),
    (
        "ElectricalEnergyMeasurement",
        "PeriodicEnergyImported",
        "Energy used lately",
    ),
    ("ElectricalPowerMeasurement", "ActiveCurrent", "Current"),
    ("ElectricalPowerMeasurement", "ActivePower", "Power"),
    ("FanControl", "FanMode", "Mode"),
    ("FanControl", "PercentCurrent", "Speed"),
    ("FanControl", "PercentSetting", "Speed setting"),
    ("FanControl", "SpeedCurrent", "Speed step"),
    ("FanControl", "SpeedSetting", "Speed step setting"),
    ("LevelControl", "CurrentLevel", "Level"),
    ("OccupancySensing", "Occupancy", "Occupancy"),
    ("OnOff", "OnOff", "On/off"),
    ("OnOff", "StartUpOnOff", "After a power cut"),
    (
        "LevelControl",
        "StartUpCurrentLevel",
        "Level after a power cut",
    ),
    (
        "ColorControl",
        "StartUpColorTemperatureMireds",
        "Colour temperature after a power cut",
    ),
    ("PowerSource", "BatChargeLevel", "Battery level"),
    ("PowerSource", "BatPercentRemaining", "Battery"),
    (
        "PowerSource",
        "BatReplacementNeeded",
        "Battery to be replaced",
    ),
    ("SmokeCoAlarm", "BatteryAlert", "Battery"),
    ("SmokeCoAlarm", "CoState", "CO"),
    ("SmokeCoAlarm", "DeviceMuted", "Sound"),
    ("SmokeCoAlarm", "ExpressedState", "State"),
    ("SmokeCoAlarm", "SmokeState", "Smoke"),
    (
        "SoilMeasurement",
        "SoilMoistureMeasuredValue",
        "Soil moisture",
    ),
    ("Switch", "CurrentPosition", "Position"),
    ("TemperatureControl", "TemperatureSetpoint", "Setpoint"),
    ("Thermostat", "LocalTemperature", "Temperature"),
    ("Thermostat", "OccupiedCoolingSetpoint", "Cooling setpoint"),
    ("Thermostat", "OccupiedHeatingSetpoint", "Heating setpoint"),
    ("Thermostat", "OutdoorTemperature", "Outdoor temperature"),
    ("Thermostat", "SystemMode", "Mode"),
    ("Thermostat", "ThermostatRunningMode", "Running mode"),
    ("Thermostat", "ThermostatRunningState", "Running state"),
    ("ValveConfigurationAndControl", "CurrentLevel", "Opening"),
    ("ValveConfigurationAndControl", "CurrentState", "Valve"),
    (
        "ValveConfigurationAndControl",
        "TargetLevel",
        "Target opening",
    ),
    (
        "WindowCovering",
        "CurrentPositionLiftPercent100ths",
        "Position",
    ),
    (
        "WindowCovering",
        "CurrentPositionLiftPercentage",
        "Position, in whole percent",
    ),
    ("WindowCovering", "CurrentPositionTiltPercent100ths", "Tilt"),
    (
        "WindowCovering",
        "CurrentPositionTiltPercentage",
        "Tilt, in whole percent",
    ),
    (
        "WindowCovering",
        "TargetPositionLiftPercent100ths",
        "Target position",
    ),
    (
        "WindowCovering",
        "TargetPositionTiltPercent100ths",
        "Target tilt",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec;

    #[test]
    fn the_tables_name_what_exists() {
        for (name, _) in CLUSTERS {
            assert!(spec::cluster_by_name(name).is_some(), "{name}");
        }
        for (name, _) in DEVICE_TYPES {
            assert!(spec::device_type_by_name(name).is_some(), "{name}");
        }
        for (cluster, name, _) in ATTRIBUTES {
            let cluster = spec::cluster_by_name(cluster).unwrap();
            assert!(
                cluster.attribute_by_name(name).is_some(),
                "{}.{name}",
                cluster.name
            );
        }
    }
}

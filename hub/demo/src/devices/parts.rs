//! Clusters that many devices have.

use hub_model::Value;
use matter_device::{Cluster, Endpoint};

/// Endpoint 1 of a device of this type, with Identify as lights and plugs need it.
pub(super) fn fixture(device_type: &str) -> Endpoint {
    Endpoint::new(1, device_type).with(identify_with_effect())
}

pub(super) fn identify() -> Cluster {
    Cluster::of("Identify", "")
        .num("IdentifyTime", 0)
        .num("IdentifyType", 2)
}

pub(super) fn identify_with_effect() -> Cluster {
    identify()
        .num("IdentifyType", 1)
        .accepting(&["TriggerEffect"])
}

/// Without group names.
pub(super) fn groups() -> Cluster {
    Cluster::of("Groups", "").num("NameSupport", 0)
}

pub(super) fn scenes() -> Cluster {
    Cluster::of("ScenesManagement", "")
        .num("SceneTableSize", 16)
        .set("FabricSceneInfo", Value::list([]))
        .accepting(&["CopyScene"])
}

pub(super) fn on_off(features: &str, on: bool) -> Cluster {
    let cluster = Cluster::of("OnOff", features).set("OnOff", on);
    if features.is_empty() {
        return cluster;
    }
    cluster
        .set("GlobalSceneControl", true)
        .num("OnTime", 0)
        .num("OffWaitTime", 0)
        .null(&["StartUpOnOff"])
}

pub(super) fn level(level: i64) -> Cluster {
    Cluster::of("LevelControl", "OO LT")
        .num("CurrentLevel", level)
        .num("RemainingTime", 0)
        .num("MinLevel", 1)
        .num("MaxLevel", 254)
        .num("Options", 0)
        .num("OnOffTransitionTime", 5)
        .null(&["OnLevel", "StartUpCurrentLevel"])
}

/// All three ways to say a colour.
pub(super) fn colour() -> Cluster {
    Cluster::of("ColorControl", "HS XY CT")
        .num("CurrentHue", 30)
        .num("CurrentSaturation", 120)
        .num("RemainingTime", 0)
        .num("CurrentX", 30_000)
        .num("CurrentY", 26_500)
        .num("ColorTemperatureMireds", 370)
        .num("ColorMode", 2)
        .num("Options", 0)
        .num("NumberOfPrimaries", 0)
        .num("EnhancedColorMode", 2)
        .num("ColorCapabilities", 0b1_1001)
        .num("ColorTempPhysicalMinMireds", 153)
        .num("ColorTempPhysicalMaxMireds", 500)
        .num("CoupleColorTempToLevelMinMireds", 153)
        .null(&["StartUpColorTemperatureMireds"])
}

pub(super) fn temperature() -> Cluster {
    Cluster::of("TemperatureMeasurement", "")
        .num("MeasuredValue", 2000)
        .num("MinMeasuredValue", -4000)
        .num("MaxMeasuredValue", 8500)
}

pub(super) fn humidity() -> Cluster {
    Cluster::of("RelativeHumidityMeasurement", "")
        .num("MeasuredValue", 4700)
        .num("MinMeasuredValue", 0)
        .num("MaxMeasuredValue", 10_000)
}

pub(super) fn illuminance() -> Cluster {
    Cluster::of("IlluminanceMeasurement", "")
        .num("MeasuredValue", 20_000)
        .num("MinMeasuredValue", 1)
        .num("MaxMeasuredValue", 60_000)
}

pub(super) fn boolean_state(state: bool) -> Cluster {
    Cluster::of("BooleanState", "CHGEVENT")
        .set("StateValue", state)
        .emitting(&[])
}

pub(super) fn occupancy() -> Cluster {
    Cluster::of("OccupancySensing", "PIR")
        .num("Occupancy", 0)
        .num("OccupancySensorType", 0)
        .num("OccupancySensorTypeBitmap", 1)
        .emitting(&["OccupancyChanged"])
}

/// A replaceable battery.
pub(super) fn power_source() -> Cluster {
    Cluster::of("PowerSource", "BAT REPLC")
        .num("Status", 1)
        .num("Order", 0)
        .set("Description", "Battery")
        .num("BatPercentRemaining", 182)
        .num("BatChargeLevel", 0)
        .set("BatReplacementNeeded", false)
        .num("BatReplaceability", 2)
        .set("BatReplacementDescription", "CR2450")
        .num("BatQuantity", 1)
        .set("EndpointList", Value::list([]))
}

/// MeasurementTypeEnum.
const ACTIVE_POWER: u64 = 5;
const RMS_VOLTAGE: u64 = 8;
const RMS_CURRENT: u64 = 9;
const ELECTRICAL_ENERGY: u64 = 14;

pub(super) fn plug_power() -> Cluster {
    let accuracy = [
        accuracy(ACTIVE_POWER, 3_680_000),
        accuracy(RMS_VOLTAGE, 260_000),
        accuracy(RMS_CURRENT, 16_000),
    ];
    Cluster::of("ElectricalPowerMeasurement", "ALTC")
        .num("PowerMode", 2)
        .num("NumberOfMeasurementTypes", 3)
        .set("Accuracy", Value::list(accuracy))
        .set("ActivePower", Value::Int(0))
        .set("RmsVoltage", Value::Int(230_000))
        .set("RmsCurrent", Value::Int(0))
}

pub(super) fn energy() -> Cluster {
    Cluster::of("ElectricalEnergyMeasurement", "IMPE CUME")
        .set("Accuracy", accuracy(ELECTRICAL_ENERGY, 1_000_000_000_000))
        .null(&["CumulativeEnergyImported"])
}

/// One percent over the whole range.
fn accuracy(of: u64, max: i64) -> Value {
    let range = Value::structure([
        (0, Value::Int(0)),
        (1, Value::Int(max)),
        (2, Value::Uint(100)),
    ]);
    Value::structure([
        (0, Value::Uint(of)),
        (1, Value::Bool(true)),
        (2, Value::Int(0)),
        (3, Value::Int(max)),
        (4, Value::list([range])),
    ])
}

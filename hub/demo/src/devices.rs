//! What the home has: thirteen nodes, each to its device type's requirements.
//! Spec: Matter 1.6 Device Library, Application Clusters.

mod bridge;
mod parts;

use matter_device::{Cluster, Device, Endpoint};

use crate::house::Room;
use parts::{
    colour, energy, fixture, groups, identify, level, on_off, plug_power, power_source, scenes,
};

/// One device of the home.
#[derive(Debug)]
pub struct Installed {
    /// What people call it.
    pub name: &'static str,
    /// Where it is.
    pub room: Room,
    /// The node.
    pub device: Device,
}

/// The devices, in the order of their discriminators.
#[must_use]
pub fn all() -> Vec<Installed> {
    let list = [
        ("Reading lamp", Room::Living, colour_lamp()),
        ("Ceiling light", Room::Bedroom, dimmable_lamp()),
        ("Coffee machine", Room::Kitchen, plug()),
        ("Climate sensor", Room::Study, climate()),
        ("Front door", Room::Hall, contact()),
        ("Motion sensor", Room::Kitchen, motion()),
        ("Bedside button", Room::Bedroom, button()),
        ("Thermostat", Room::Living, thermostat()),
        ("Blind", Room::Study, blind()),
        ("Door lock", Room::Hall, lock()),
        ("Bathroom fan", Room::Bath, fan()),
        ("Smoke alarm", Room::Kitchen, smoke_alarm()),
        ("Attic bridge", Room::Study, bridge::endpoints()),
    ];
    list.into_iter()
        .zip(0u16..)
        .map(|((name, room, endpoints), index)| {
            let serial = format!("VH-{:02}", index + 1);
            let mut device = Device::new(name, &serial, passcode(index), DISCRIMINATOR + index);
            device.vendor_name = "Ingle Virtual Home".into();
            device.location = Some(room.name().into());
            device.endpoints = endpoints;
            Installed { name, room, device }
        })
        .collect()
}

/// The discriminator of the first device; each has one of its own.
const DISCRIMINATOR: u16 = 0xA00;

/// A passcode of its own for each device, none of them trivial.
fn passcode(index: u16) -> u32 {
    20_202_100 + 37 * u32::from(index)
}

fn colour_lamp() -> Vec<Endpoint> {
    vec![
        fixture("ExtendedColorLight")
            .with(groups())
            .with(scenes())
            .with(on_off("LT", false))
            .with(level(180))
            .with(colour()),
    ]
}

fn dimmable_lamp() -> Vec<Endpoint> {
    vec![
        fixture("DimmableLight")
            .with(groups())
            .with(scenes())
            .with(on_off("LT", true))
            .with(level(120)),
    ]
}

fn plug() -> Vec<Endpoint> {
    vec![
        fixture("OnOffPlugInUnit")
            .also("ElectricalSensor")
            .with(groups())
            .with(scenes())
            .with(on_off("LT", true))
            .with(Cluster::of("PowerTopology", "NODE"))
            .with(plug_power())
            .with(energy()),
    ]
}

fn climate() -> Vec<Endpoint> {
    vec![
        Endpoint::new(1, "TemperatureSensor")
            .with(identify())
            .with(parts::temperature()),
        Endpoint::new(2, "HumiditySensor")
            .with(identify())
            .with(parts::humidity()),
        Endpoint::new(3, "PowerSource").with(power_source()),
    ]
}

fn contact() -> Vec<Endpoint> {
    vec![
        Endpoint::new(1, "ContactSensor")
            .with(identify())
            // True is closed.
            .with(parts::boolean_state(true)),
        Endpoint::new(2, "PowerSource").with(power_source()),
    ]
}

fn motion() -> Vec<Endpoint> {
    vec![
        Endpoint::new(1, "OccupancySensor")
            .with(identify())
            .with(parts::occupancy()),
    ]
}

fn button() -> Vec<Endpoint> {
    vec![
        Endpoint::new(1, "GenericSwitch").with(identify()).with(
            Cluster::of("Switch", "MS MSR MSL MSM")
                .num("NumberOfPositions", 2)
                .num("CurrentPosition", 0)
                .num("MultiPressMax", 2),
        ),
        Endpoint::new(2, "PowerSource").with(power_source()),
    ]
}

fn thermostat() -> Vec<Endpoint> {
    vec![
        Endpoint::new(1, "Thermostat").with(identify()).with(
            Cluster::of("Thermostat", "HEAT")
                .num("LocalTemperature", 1980)
                .num("OutdoorTemperature", 800)
                .num("AbsMinHeatSetpointLimit", 500)
                .num("AbsMaxHeatSetpointLimit", 3000)
                .num("OccupiedHeatingSetpoint", 2150)
                .num("MinHeatSetpointLimit", 500)
                .num("MaxHeatSetpointLimit", 3000)
                .num("ControlSequenceOfOperation", 2)
                .num("SystemMode", 4)
                .num("ThermostatRunningState", 0),
        ),
    ]
}

fn blind() -> Vec<Endpoint> {
    vec![
        Endpoint::new(1, "WindowCovering").with(identify()).with(
            Cluster::of("WindowCovering", "LF PA_LF")
                .num("Type", 0)
                .num("ConfigStatus", 0b1011)
                .num("OperationalStatus", 0)
                .num("TargetPositionLiftPercent100ths", 0)
                .num("EndProductType", 0)
                .num("CurrentPositionLiftPercent100ths", 0)
                .num("CurrentPositionLiftPercentage", 0)
                .num("Mode", 0),
        ),
    ]
}

fn lock() -> Vec<Endpoint> {
    vec![
        Endpoint::new(1, "DoorLock").with(identify()).with(
            Cluster::of("DoorLock", "DPS")
                .num("LockState", 1)
                .num("LockType", 0)
                .set("ActuatorEnabled", true)
                .num("DoorState", 1)
                .num("OperatingMode", 0)
                // The bits of the modes that it does *not* have (Application Clusters §5.2.6.15).
                .num("SupportedOperatingModes", 0xFFF6)
                .num("AutoRelockTime", 0)
                .accepting(&["UnlockWithTimeout"]),
        ),
    ]
}

fn fan() -> Vec<Endpoint> {
    vec![
        Endpoint::new(1, "Fan")
            .with(identify())
            .with(groups())
            .with(
                Cluster::of("FanControl", "SPD AUT STEP")
                    .num("FanMode", 0)
                    .num("FanModeSequence", 2)
                    .num("PercentSetting", 0)
                    .num("PercentCurrent", 0)
                    .num("SpeedMax", 10)
                    .num("SpeedSetting", 0)
                    .num("SpeedCurrent", 0),
            ),
    ]
}

fn smoke_alarm() -> Vec<Endpoint> {
    vec![
        Endpoint::new(1, "SmokeCoAlarm").with(identify()).with(
            Cluster::of("SmokeCoAlarm", "SMOKE CO")
                .num("ExpressedState", 0)
                .num("SmokeState", 0)
                .num("CoState", 0)
                .num("BatteryAlert", 0)
                .set("TestInProgress", false)
                .set("HardwareFaultAlert", false)
                .num("EndOfServiceAlert", 0)
                .accepting(&["SelfTestRequest"]),
        ),
        Endpoint::new(2, "PowerSource")
            .part_of(hub_model::EndpointId(1))
            .with(power_source()),
    ]
}

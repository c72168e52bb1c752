//! The model and the standard behaviours, driven as a controller and as a device would.

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const ONE: EndpointId = EndpointId(1);

/// A node with one endpoint that has these clusters.
fn node(clusters: impl IntoIterator<Item = Cluster>) -> Node {
    let mut model = Model::default();
    let endpoint = clusters
        .into_iter()
        .fold(Endpoint::new(1, "OnOffLight"), Endpoint::with);
    for cluster in endpoint.clusters.values() {
        assert_eq!(cluster.faults, [""; 0]);
    }
    model.add(endpoint, 1).unwrap();
    model.start(Duration::ZERO);
    let mut node = Node {
        model,
        now: Duration::ZERO,
    };
    node.outputs();
    node
}

/// A model with its clock.
struct Node {
    model: Model,
    now: Duration,
}

impl Node {
    fn invoke(&mut self, cluster: u32, command: u32, fields: &[(u32, i64)]) -> Reply {
        let number = |n: i64| u64::try_from(n).map_or(Value::Int(n), Value::Uint);
        let fields = super::fields(fields.iter().map(|(tag, n)| (*tag, number(*n))));
        let call = Call {
            command: CommandId(command),
            fields: &fields,
            fabric: 1,
            groups: &[7],
        };
        self.model.invoke(self.now, ONE, ClusterId(cluster), &call)
    }

    fn write(&mut self, cluster: u32, attribute: u32, value: Value) -> Result<(), Status> {
        let (cluster, attribute) = (ClusterId(cluster), AttributeId(attribute));
        self.model
            .write(self.now, ONE, cluster, attribute, value, false)
    }

    fn set(&mut self, cluster: u32, attribute: u32, value: Value) {
        let (cluster, attribute) = (ClusterId(cluster), AttributeId(attribute));
        self.model
            .set(self.now, ONE, cluster, attribute, value)
            .unwrap();
    }

    fn get(&self, cluster: u32, attribute: u32) -> Value {
        let value = self
            .model
            .value(ONE, ClusterId(cluster), AttributeId(attribute));
        value.unwrap().clone()
    }

    fn uint(&self, cluster: u32, attribute: u32) -> u64 {
        self.get(cluster, attribute).as_u64().unwrap()
    }

    /// Lets time pass, ticking whenever the model asks for it.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.model.poll_timeout().filter(|due| *due <= end) {
            assert!(due >= self.now);
            self.now = due;
            self.model.tick(due);
        }
        self.now = end;
    }

    fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.model.poll_output()).collect()
    }

    /// The ids of the events since last asked.
    fn events(&mut self) -> Vec<u32> {
        let events = self
            .outputs()
            .into_iter()
            .filter_map(|output| match output {
                Output::Emitted(emission) => Some(emission.event.0),
                Output::Changed(_) => None,
            });
        events.collect()
    }
}

fn lamp() -> Node {
    node([
        Cluster::of("OnOff", "LT")
            .set("OnOff", false)
            .set("GlobalSceneControl", true)
            .num("OnTime", 0)
            .num("OffWaitTime", 0)
            .null(&["StartUpOnOff"]),
        Cluster::of("LevelControl", "OO LT")
            .num("CurrentLevel", 100)
            .num("RemainingTime", 0)
            .num("MinLevel", 1)
            .num("MaxLevel", 254)
            .num("Options", 0)
            .null(&["OnLevel", "StartUpCurrentLevel"]),
        Cluster::of("ScenesManagement", "")
            .num("SceneTableSize", 16)
            .set("FabricSceneInfo", Value::list([])),
    ])
}

const ON_OFF: u32 = 6;
const LEVEL: u32 = 8;
const SCENES: u32 = 0x62;

#[test]
fn endpoint_ids_ascend_and_are_never_reused() {
    let mut model = Model::default();
    model.add(Endpoint::new(2, "Aggregator"), 0).unwrap();
    let part = |id| Endpoint::new(id, "OnOffLight").part_of(EndpointId(2));
    model.add(part(3), 0).unwrap();
    model.add(part(5), 0).unwrap();
    assert!(matches!(
        model.add(part(4), 0),
        Err(DeviceError::EndpointReused(_))
    ));
    let list = |model: &Model| model.value(EndpointId(2), DESCRIPTOR, PARTS_LIST).cloned();
    assert_eq!(
        list(&model),
        Some(Value::list([Value::Uint(3), Value::Uint(5)]))
    );
    assert_eq!(model.remove(EndpointId(5)), [EndpointId(5)]);
    assert_eq!(list(&model), Some(Value::list([Value::Uint(3)])));
    assert!(model.add(part(5), 0).is_err());
    assert_eq!(model.remove(EndpointId(2)), [EndpointId(2), EndpointId(3)]);
}

#[test]
fn a_change_is_told_once_and_only_if_it_is_one() {
    let mut lamp = lamp();
    lamp.set(ON_OFF, 0, Value::Bool(true));
    assert_eq!(lamp.outputs().len(), 1);
    lamp.set(ON_OFF, 0, Value::Bool(true));
    assert_eq!(lamp.outputs(), []);
}

#[test]
fn writes_are_checked() {
    let mut lamp = lamp();
    assert_eq!(
        lamp.write(ON_OFF, 0, Value::Bool(true)),
        Err(Status::UnsupportedWrite)
    );
    assert_eq!(
        lamp.write(ON_OFF, 0x4001, Value::from("x")),
        Err(Status::InvalidDataType)
    );
    assert_eq!(
        lamp.write(ON_OFF, 0x4001, Value::Null),
        Err(Status::ConstraintError)
    );
    assert_eq!(lamp.write(ON_OFF, 0x4003, Value::Null), Ok(()));
    assert_eq!(
        lamp.write(ON_OFF, 0x9999, Value::Null),
        Err(Status::UnsupportedAttribute)
    );
    assert_eq!(
        lamp.write(LEVEL, 0x11, Value::Uint(0)),
        Err(Status::ConstraintError)
    );
}

#[test]
fn unknown_commands_are_refused() {
    let mut lamp = lamp();
    assert_eq!(
        lamp.invoke(ON_OFF, 0x30, &[]),
        Err(Status::UnsupportedCommand)
    );
    assert_eq!(lamp.invoke(0x300, 0, &[]), Err(Status::UnsupportedCluster));
}

#[test]
fn a_timed_on_ends_by_itself() {
    let mut lamp = lamp();
    lamp.invoke(ON_OFF, 0x42, &[(0, 0), (1, 30), (2, 0)])
        .unwrap();
    lamp.pass(2 * SECOND);
    assert_eq!(lamp.get(ON_OFF, 0), Value::Bool(true));
    assert_eq!(lamp.uint(ON_OFF, 0x4001), 10);
    lamp.pass(2 * SECOND);
    assert_eq!(lamp.get(ON_OFF, 0), Value::Bool(false));
    assert_eq!(lamp.model.poll_timeout(), None);
}

#[test]
fn a_level_moves_over_time_and_carries_on_off() {
    let mut lamp = lamp();
    lamp.invoke(LEVEL, 4, &[(0, 201), (1, 20), (2, 0), (3, 0)])
        .unwrap();
    assert_eq!(lamp.get(ON_OFF, 0), Value::Bool(true));
    lamp.pass(SECOND);
    // From the lowest level, as the lamp was off.
    assert_eq!(lamp.uint(LEVEL, 0), 101);
    lamp.pass(SECOND);
    assert_eq!(lamp.uint(LEVEL, 0), 201);
    assert_eq!(lamp.model.poll_timeout(), None);
    lamp.invoke(LEVEL, 4, &[(0, 0), (1, 0), (2, 0), (3, 0)])
        .unwrap();
    assert_eq!(
        (lamp.uint(LEVEL, 0), lamp.get(ON_OFF, 0)),
        (1, Value::Bool(false))
    );
}

#[test]
fn a_level_stays_while_off_unless_told_otherwise() {
    let mut lamp = lamp();
    lamp.invoke(LEVEL, 0, &[(0, 9), (1, 0), (2, 0), (3, 0)])
        .unwrap();
    assert_eq!(lamp.uint(LEVEL, 0), 100);
    lamp.invoke(LEVEL, 0, &[(0, 9), (1, 0), (2, 1), (3, 1)])
        .unwrap();
    assert_eq!(lamp.uint(LEVEL, 0), 9);
}

#[test]
fn scenes_are_stored_recalled_and_lose_validity() {
    let mut lamp = lamp();
    lamp.invoke(ON_OFF, 1, &[]).unwrap();
    let status = |reply: Reply| reply.unwrap().unwrap().1.field(0).and_then(Value::as_u64);
    assert_eq!(
        status(lamp.invoke(SCENES, 4, &[(0, 9), (1, 1)])),
        Some(0x85)
    );
    assert_eq!(status(lamp.invoke(SCENES, 4, &[(0, 7), (1, 1)])), Some(0));
    lamp.invoke(ON_OFF, 0, &[]).unwrap();
    let info = lamp.get(SCENES, 2).as_list().unwrap()[0].clone();
    assert_eq!(info.field(3), Some(&Value::Bool(false)));
    lamp.invoke(SCENES, 5, &[(0, 7), (1, 1)]).unwrap();
    assert_eq!(lamp.get(ON_OFF, 0), Value::Bool(true));
    assert_eq!(
        lamp.invoke(SCENES, 5, &[(0, 7), (1, 2)]),
        Err(Status::NotFound)
    );
}

#[test]
fn presses_become_events() {
    let switch = Cluster::of("Switch", "MS MSR MSL MSM")
        .num("NumberOfPositions", 2)
        .num("CurrentPosition", 0)
        .num("MultiPressMax", 2);
    let mut button = node([switch]);
    let edge = |button: &mut Node, down: u64, then: u64| {
        button.set(0x3B, 1, Value::Uint(down));
        button.pass(Duration::from_millis(then));
    };
    edge(&mut button, 1, 100);
    edge(&mut button, 0, 100);
    edge(&mut button, 1, 100);
    edge(&mut button, 0, 1000);
    assert_eq!(button.events(), [1, 3, 1, 5, 3, 6]);
    edge(&mut button, 1, 1000);
    edge(&mut button, 0, 1000);
    assert_eq!(button.events(), [1, 2, 4]);
}

#[test]
fn a_covering_travels_and_stops() {
    let covering = Cluster::of("WindowCovering", "LF PA_LF")
        .num("Type", 0)
        .num("ConfigStatus", 0)
        .num("OperationalStatus", 0)
        .num("TargetPositionLiftPercent100ths", 0)
        .num("EndProductType", 0)
        .num("CurrentPositionLiftPercent100ths", 0)
        .num("Mode", 0);
    let mut blind = node([covering]);
    blind.invoke(0x102, 1, &[]).unwrap();
    assert_eq!(blind.uint(0x102, 0x0A), 0b1010);
    blind.pass(5 * SECOND);
    assert_eq!(blind.uint(0x102, 0x0E), 2500);
    blind.invoke(0x102, 2, &[]).unwrap();
    assert_eq!(
        (blind.uint(0x102, 0x0B), blind.uint(0x102, 0x0A)),
        (2500, 0)
    );
    blind.invoke(0x102, 5, &[(0, 5000)]).unwrap();
    blind.pass(10 * SECOND);
    assert_eq!(
        (blind.uint(0x102, 0x0E), blind.uint(0x102, 0x0A)),
        (5000, 0)
    );
    assert_eq!(
        blind.invoke(0x102, 5, &[(0, 10_001)]),
        Err(Status::ConstraintError)
    );
}

#[test]
fn a_lock_tells_who_turned_it_and_locks_again() {
    let lock = Cluster::of("DoorLock", "")
        .num("LockState", 1)
        .num("LockType", 0)
        .set("ActuatorEnabled", true)
        .num("OperatingMode", 0)
        .num("SupportedOperatingModes", 0xFFF6)
        .accepting(&["UnlockWithTimeout"]);
    let mut lock = node([lock]);
    lock.invoke(0x101, 3, &[(0, 5)]).unwrap();
    assert_eq!(lock.uint(0x101, 0), 2);
    lock.pass(6 * SECOND);
    assert_eq!(lock.uint(0x101, 0), 1);
    lock.set(0x101, 0, Value::Uint(2));
    assert_eq!(lock.events(), [2, 2, 2]);
}

#[test]
fn a_thermostat_heats_to_its_setpoint() {
    let thermostat = Cluster::of("Thermostat", "HEAT")
        .num("LocalTemperature", 1900)
        .num("OccupiedHeatingSetpoint", 2000)
        .num("AbsMinHeatSetpointLimit", 500)
        .num("AbsMaxHeatSetpointLimit", 3000)
        .num("ControlSequenceOfOperation", 2)
        .num("SystemMode", 4)
        .num("ThermostatRunningState", 0);
    let mut room = node([thermostat]);
    assert_eq!(room.uint(0x201, 0x29), 1);
    room.set(0x201, 0, Value::Int(2010));
    assert_eq!(room.uint(0x201, 0x29), 1);
    room.set(0x201, 0, Value::Int(2030));
    assert_eq!(room.uint(0x201, 0x29), 0);
    room.invoke(0x201, 0, &[(0, 0), (1, 10)]).unwrap();
    assert_eq!(room.get(0x201, 0x12), Value::Int(2100));
    assert_eq!(room.uint(0x201, 0x29), 1);
    assert_eq!(
        room.write(0x201, 0x12, Value::Int(9000)),
        Err(Status::ConstraintError)
    );
    // It cannot cool.
    assert_eq!(
        room.write(0x201, 0x1C, Value::Uint(3)),
        Err(Status::ConstraintError)
    );
}

#[test]
fn a_fan_says_its_speed_in_three_ways() {
    let fan = Cluster::of("FanControl", "SPD AUT STEP")
        .num("FanMode", 0)
        .num("FanModeSequence", 2)
        .num("PercentSetting", 0)
        .num("PercentCurrent", 0)
        .num("SpeedMax", 10)
        .num("SpeedSetting", 0)
        .num("SpeedCurrent", 0);
    let mut fan = node([fan]);
    fan.write(0x202, 0, Value::Uint(3)).unwrap();
    assert_eq!((fan.uint(0x202, 3), fan.uint(0x202, 6)), (100, 10));
    fan.write(0x202, 5, Value::Uint(4)).unwrap();
    assert_eq!((fan.uint(0x202, 0), fan.uint(0x202, 2)), (2, 40));
    fan.write(0x202, 0, Value::Uint(5)).unwrap();
    assert_eq!(fan.get(0x202, 2), Value::Null);
    fan.invoke(0x202, 0, &[(0, 1)]).unwrap();
    assert_eq!(fan.uint(0x202, 6), 3);
}

#[test]
fn an_alarm_expresses_the_most_urgent_and_tests_itself() {
    let alarm = Cluster::of("SmokeCoAlarm", "SMOKE CO")
        .num("ExpressedState", 0)
        .num("SmokeState", 0)
        .num("CoState", 0)
        .num("BatteryAlert", 0)
        .set("TestInProgress", false)
        .set("HardwareFaultAlert", false)
        .num("EndOfServiceAlert", 0)
        .accepting(&["SelfTestRequest"]);
    let mut alarm = node([alarm]);
    alarm.set(0x5C, 3, Value::Uint(1));
    alarm.set(0x5C, 1, Value::Uint(2));
    assert_eq!(alarm.uint(0x5C, 0), 1);
    assert_eq!(alarm.invoke(0x5C, 0, &[]), Err(Status::Busy));
    alarm.set(0x5C, 1, Value::Uint(0));
    assert_eq!(alarm.uint(0x5C, 0), 3);
    alarm.set(0x5C, 3, Value::Uint(0));
    assert_eq!(alarm.events(), [2, 0, 10]);
    alarm.invoke(0x5C, 0, &[]).unwrap();
    assert_eq!(alarm.uint(0x5C, 0), 4);
    alarm.pass(10 * SECOND);
    assert_eq!((alarm.uint(0x5C, 0), alarm.events()), (0, vec![5, 10]));
}

#[test]
fn colours_move_and_hue_takes_the_shorter_way() {
    let colour = Cluster::of("ColorControl", "HS CT")
        .num("CurrentHue", 250)
        .num("CurrentSaturation", 0)
        .num("RemainingTime", 0)
        .num("ColorTemperatureMireds", 200)
        .num("ColorMode", 2)
        .num("EnhancedColorMode", 2)
        .num("Options", 0)
        .num("ColorTempPhysicalMinMireds", 153)
        .num("ColorTempPhysicalMaxMireds", 500);
    let mut lamp = node([colour]);
    lamp.invoke(0x300, 0x00, &[(0, 5), (1, 0), (2, 10), (3, 0), (4, 0)])
        .unwrap();
    lamp.pass(Duration::from_millis(500));
    assert_eq!((lamp.uint(0x300, 0), lamp.uint(0x300, 8)), (0, 0));
    lamp.pass(SECOND);
    assert_eq!(lamp.uint(0x300, 0), 5);
    lamp.invoke(0x300, 0x0A, &[(0, 900), (1, 0), (2, 0), (3, 0)])
        .unwrap();
    assert_eq!((lamp.uint(0x300, 7), lamp.uint(0x300, 8)), (500, 2));
    lamp.invoke(
        0x300,
        0x4B,
        &[(0, 3), (1, 100), (2, 0), (3, 0), (4, 0), (5, 0)],
    )
    .unwrap();
    lamp.pass(SECOND);
    lamp.invoke(0x300, 0x47, &[(0, 0), (1, 0)]).unwrap();
    assert_eq!(lamp.uint(0x300, 7), 400);
    lamp.pass(SECOND);
    assert_eq!(lamp.uint(0x300, 7), 400);
}

#[test]
fn kept_values_come_back_and_foreign_ones_do_not() {
    let fresh = lamp;
    let mut lamp = fresh();
    lamp.invoke(ON_OFF, 1, &[]).unwrap();
    let kept: Vec<_> = lamp
        .model
        .kept()
        .map(|(e, c, a, v)| (e, c, a, v.clone()))
        .collect();
    let mut again = fresh();
    for (endpoint, cluster, attribute, value) in kept {
        again.model.restore(endpoint, cluster, attribute, value);
    }
    assert_eq!(again.get(ON_OFF, 0), Value::Bool(true));
    again
        .model
        .restore(ONE, ClusterId(ON_OFF), AttributeId(0), Value::from("on"));
    assert_eq!(again.get(ON_OFF, 0), Value::Bool(true));
}

#[test]
fn identification_counts_down() {
    let identify = Cluster::of("Identify", "")
        .num("IdentifyTime", 0)
        .num("IdentifyType", 2);
    let mut node = node([identify]);
    node.invoke(3, 0, &[(0, 3)]).unwrap();
    node.pass(Duration::from_millis(1500));
    assert_eq!(node.uint(3, 0), 2);
    node.pass(3 * SECOND);
    assert_eq!((node.uint(3, 0), node.model.poll_timeout()), (0, None));
}

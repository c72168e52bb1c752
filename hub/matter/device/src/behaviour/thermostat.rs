//! Thermostat: setpoints within limits, and when to heat or cool.
//! Matter 1.6 Application Clusters §4.3.

use hub_model::{AttributeId, ClusterId, Value};

use super::{Behaviour, Call, DONE, Reply, Scope, Status};

pub(super) const ID: u32 = 0x0201;
const LOCAL_TEMPERATURE: u32 = 0x00;
const ABS_MIN_HEAT: u32 = 0x03;
const ABS_MAX_HEAT: u32 = 0x04;
const ABS_MIN_COOL: u32 = 0x05;
const ABS_MAX_COOL: u32 = 0x06;
const OCCUPIED_COOLING: u32 = 0x11;
const OCCUPIED_HEATING: u32 = 0x12;
const MIN_HEAT: u32 = 0x15;
const MAX_HEAT: u32 = 0x16;
const MIN_COOL: u32 = 0x17;
const MAX_COOL: u32 = 0x18;
const SYSTEM_MODE: u32 = 0x1C;
const RUNNING_STATE: u32 = 0x29;

const SETPOINT_RAISE_LOWER: u32 = 0;

const MODE_OFF: u64 = 0;
const MODE_AUTO: u64 = 1;
const MODE_COOL: u64 = 3;
const MODE_HEAT: u64 = 4;
const MODES: [u64; 9] = [0, 1, 3, 4, 5, 6, 7, 8, 9];

const FEATURE_HEAT: u32 = 1 << 0;
const FEATURE_COOL: u32 = 1 << 1;
const FEATURE_AUTO: u32 = 1 << 5;

const RUNNING_HEAT: u64 = 1 << 0;
const RUNNING_COOL: u64 = 1 << 1;
/// Heating begins this far below the setpoint and ends this far above it, in hundredths.
const BAND: i64 = 20;

/// Keeps setpoints in their limits and decides what runs.
#[derive(Debug)]
pub(super) struct Thermostat;

impl Behaviour for Thermostat {
    fn invoke(&mut self, scope: &mut Scope<'_>, call: &Call<'_>) -> Reply {
        if call.command.0 != SETPOINT_RAISE_LOWER {
            return Err(Status::UnsupportedCommand);
        }
        // In steps of 0.1 °C.
        let by = call.int(1)?.saturating_mul(10);
        let (heat, cool) = match call.uint(0)? {
            0 => (true, false),
            1 => (false, true),
            2 => (true, true),
            _ => return Err(Status::InvalidCommand),
        };
        for (setpoint, wanted) in [(OCCUPIED_HEATING, heat), (OCCUPIED_COOLING, cool)] {
            if let Some(at) = scope.int(setpoint).filter(|_| wanted) {
                let (min, max) = limits(scope, setpoint);
                scope.set(setpoint, Value::Int((at + by).clamp(min, max)));
            }
        }
        run(scope);
        DONE
    }

    fn write(
        &mut self,
        scope: &mut Scope<'_>,
        attribute: AttributeId,
        value: Value,
    ) -> Result<(), Status> {
        match attribute.0 {
            setpoint @ (OCCUPIED_HEATING | OCCUPIED_COOLING) => {
                let (min, max) = limits(scope, setpoint);
                let wanted = value.as_i64().ok_or(Status::InvalidDataType)?;
                if !(min..=max).contains(&wanted) {
                    return Err(Status::ConstraintError);
                }
            }
            SYSTEM_MODE => {
                let mode = value.as_u64().ok_or(Status::InvalidDataType)?;
                if !can(scope.features(), mode) {
                    return Err(Status::ConstraintError);
                }
            }
            _ => {}
        }
        scope.set(attribute.0, value);
        run(scope);
        Ok(())
    }

    fn changed(&mut self, scope: &mut Scope<'_>, cluster: ClusterId, attribute: AttributeId) {
        if cluster.0 == ID && attribute.0 == LOCAL_TEMPERATURE {
            run(scope);
        }
    }

    fn started(&mut self, scope: &mut Scope<'_>) {
        run(scope);
    }
}

/// Whether a thermostat with these features knows the mode.
fn can(features: u32, mode: u64) -> bool {
    match mode {
        MODE_AUTO => features & FEATURE_AUTO != 0,
        MODE_COOL => features & FEATURE_COOL != 0,
        MODE_HEAT => features & FEATURE_HEAT != 0,
        mode => MODES.contains(&mode),
    }
}

fn limits(scope: &Scope<'_>, setpoint: u32) -> (i64, i64) {
    let first = |attributes: [u32; 2], default| {
        let found = attributes.into_iter().find_map(|id| scope.int(id));
        found.unwrap_or(default)
    };
    if setpoint == OCCUPIED_HEATING {
        (
            first([MIN_HEAT, ABS_MIN_HEAT], 700),
            first([MAX_HEAT, ABS_MAX_HEAT], 3000),
        )
    } else {
        (
            first([MIN_COOL, ABS_MIN_COOL], 1600),
            first([MAX_COOL, ABS_MAX_COOL], 3200),
        )
    }
}

/// Sets what runs by mode, temperature and setpoints.
fn run(scope: &mut Scope<'_>) {
    let Some(at) = scope.int(LOCAL_TEMPERATURE) else {
        return;
    };
    let mode = scope.uint(SYSTEM_MODE).unwrap_or(MODE_OFF);
    let runs = scope.uint(RUNNING_STATE).unwrap_or(0);
    let mut next = 0;
    if let Some(heat) = scope
        .int(OCCUPIED_HEATING)
        .filter(|_| matches!(mode, MODE_HEAT | MODE_AUTO))
    {
        let goes_on = runs & RUNNING_HEAT != 0 && at < heat + BAND;
        if goes_on || at < heat - BAND {
            next |= RUNNING_HEAT;
        }
    }
    if let Some(cool) = scope
        .int(OCCUPIED_COOLING)
        .filter(|_| matches!(mode, MODE_COOL | MODE_AUTO))
    {
        let goes_on = runs & RUNNING_COOL != 0 && at > cool - BAND;
        if goes_on || at > cool + BAND {
            next |= RUNNING_COOL;
        }
    }
    scope.set_uint(RUNNING_STATE, next);
}

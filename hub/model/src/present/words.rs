//! Words for values whose meaning the schema does not hold.

use super::number::plain;
use crate::id::{AttributeId, ClusterId, DeviceTypeId};
use crate::value::Value;

const ON_OFF: ClusterId = ClusterId(0x0006);
const BASIC_INFORMATION: ClusterId = ClusterId(0x0028);
const BRIDGED_DEVICE_BASIC_INFORMATION: ClusterId = ClusterId(0x0039);
const BOOLEAN_STATE: ClusterId = ClusterId(0x0045);
const SMOKE_CO_ALARM: ClusterId = ClusterId(0x005C);
const WINDOW_COVERING: ClusterId = ClusterId(0x0102);
const OCCUPANCY_SENSING: ClusterId = ClusterId(0x0406);

const REACHABLE: u32 = 0x11;
const DEVICE_MUTED: u32 = 0x04;
/// Current and target positions of lift and tilt, in hundredths of a percent.
const POSITIONS: [u32; 4] = [0x0B, 0x0C, 0x0E, 0x0F];
/// Current positions of lift and tilt, in percent.
const WHOLE_POSITIONS: [u32; 2] = [0x08, 0x09];

const CONTACT_SENSOR: DeviceTypeId = DeviceTypeId(0x0015);
const WATER_FREEZE_DETECTOR: DeviceTypeId = DeviceTypeId(0x0041);
const WATER_LEAK_DETECTOR: DeviceTypeId = DeviceTypeId(0x0043);
const RAIN_SENSOR: DeviceTypeId = DeviceTypeId(0x0044);

/// The word for the value, if there is one.
pub(super) fn word(
    device_type: Option<DeviceTypeId>,
    cluster: ClusterId,
    attribute: AttributeId,
    value: &Value,
) -> Option<String> {
    let word = match (cluster, attribute.0, value) {
        (ON_OFF, 0, Value::Bool(on)) => either(*on, "on", "off"),
        (BOOLEAN_STATE, 0, Value::Bool(state)) => boolean_state(device_type, *state),
        (BASIC_INFORMATION | BRIDGED_DEVICE_BASIC_INFORMATION, REACHABLE, Value::Bool(is)) => {
            either(*is, "reachable", "unreachable")
        }
        (OCCUPANCY_SENSING, 0, Value::Uint(bits)) => {
            either(bits & 1 == 1, "occupied", "unoccupied")
        }
        (SMOKE_CO_ALARM, DEVICE_MUTED, Value::Uint(muted @ 0..=1)) => {
            either(*muted == 1, "muted", "not muted")
        }
        (WINDOW_COVERING, id, Value::Uint(n)) if POSITIONS.contains(&id) => {
            return position(*n, 100.0);
        }
        (WINDOW_COVERING, id, Value::Uint(n)) if WHOLE_POSITIONS.contains(&id) => {
            return position(*n, 1.0);
        }
        _ => return None,
    };
    Some(word.to_owned())
}

const fn either(is: bool, yes: &'static str, no: &'static str) -> &'static str {
    if is { yes } else { no }
}

/// What a boolean state means is up to the device type. Matter 1.6 Device Library §7.
const fn boolean_state(device_type: Option<DeviceTypeId>, state: bool) -> &'static str {
    match device_type {
        Some(CONTACT_SENSOR) => either(state, "closed", "open"),
        Some(WATER_FREEZE_DETECTOR) => either(state, "freezing", "not freezing"),
        Some(WATER_LEAK_DETECTOR) => either(state, "leak", "dry"),
        Some(RAIN_SENSOR) => either(state, "rain", "no rain"),
        _ => either(state, "active", "inactive"),
    }
}

/// How far a covering is closed. Matter 1.6 Application Clusters §5.3.
fn position(n: u64, per_percent: f64) -> Option<String> {
    let percent = Value::Uint(n).as_f64()? / per_percent;
    Some(match percent {
        p if p <= 0.0 => "open".to_owned(),
        p if p >= 100.0 => "closed".to_owned(),
        p => format!("{} % closed", plain(p, 1)),
    })
}

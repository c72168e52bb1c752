//! Fan Control: mode, percent and speed say the same thing. Matter 1.6 Application Clusters §4.4.

use hub_model::{AttributeId, Value};

use super::{Behaviour, Call, DONE, Reply, Scope, Status};

pub(super) const ID: u32 = 0x0202;
const FAN_MODE: u32 = 0;
const PERCENT_SETTING: u32 = 2;
const PERCENT_CURRENT: u32 = 3;
const SPEED_MAX: u32 = 4;
const SPEED_SETTING: u32 = 5;
const SPEED_CURRENT: u32 = 6;

const STEP: u32 = 0;

const OFF: u64 = 0;
const LOW: u64 = 1;
const MEDIUM: u64 = 2;
const HIGH: u64 = 3;
const ON: u64 = 4;
const AUTO: u64 = 5;
/// What "auto" runs at.
const AUTO_PERCENT: u64 = 40;

/// Keeps the three ways to say a speed in step.
#[derive(Debug)]
pub(super) struct FanControl;

impl Behaviour for FanControl {
    fn invoke(&mut self, scope: &mut Scope<'_>, call: &Call<'_>) -> Reply {
        if call.command.0 != STEP {
            return Err(Status::UnsupportedCommand);
        }
        let up = call.uint(0)? == 0;
        let flag = |tag| {
            call.fields
                .field(tag)
                .and_then(Value::as_bool)
                .unwrap_or(false)
        };
        let lowest = if flag(2) { 0 } else { 1 };
        let most = scope.uint(SPEED_MAX).unwrap_or(HIGH).max(1);
        let at = scope.uint(SPEED_CURRENT).unwrap_or(0);
        let next = match (up, flag(1)) {
            (true, true) if at >= most => lowest,
            (false, true) if at <= lowest => most,
            (true, _) => (at + 1).min(most),
            (false, _) => at.saturating_sub(1).max(lowest),
        };
        run_at(scope, next * 100 / most);
        DONE
    }

    fn write(
        &mut self,
        scope: &mut Scope<'_>,
        attribute: AttributeId,
        value: Value,
    ) -> Result<(), Status> {
        match (attribute.0, value.as_u64()) {
            (FAN_MODE, Some(mode)) => {
                let percent = match mode {
                    OFF => 0,
                    LOW => 33,
                    MEDIUM => 66,
                    HIGH | ON => 100,
                    AUTO => {
                        run_auto(scope);
                        return Ok(());
                    }
                    _ => return Err(Status::ConstraintError),
                };
                run_at(scope, percent);
            }
            (PERCENT_SETTING, Some(percent)) if percent <= 100 => run_at(scope, percent),
            (SPEED_SETTING, Some(speed)) => {
                let most = scope.uint(SPEED_MAX).unwrap_or(HIGH).max(1);
                if speed > most {
                    return Err(Status::ConstraintError);
                }
                run_at(scope, speed * 100 / most);
            }
            (PERCENT_SETTING, Some(_)) => return Err(Status::ConstraintError),
            // Null is what "auto" shows; a client that writes it changes nothing.
            (PERCENT_SETTING | SPEED_SETTING, None) => {}
            (other, _) => scope.set(other, value),
        }
        Ok(())
    }
}

fn run_at(scope: &mut Scope<'_>, percent: u64) {
    let mode = match percent {
        0 => OFF,
        1..=33 => LOW,
        34..=66 => MEDIUM,
        _ => HIGH,
    };
    scope.set_uint(FAN_MODE, mode);
    scope.set_uint(PERCENT_SETTING, percent);
    scope.set_uint(PERCENT_CURRENT, percent);
    let most = scope.uint(SPEED_MAX).unwrap_or(0);
    let speed = (percent * most).div_ceil(100);
    scope.set_uint(SPEED_SETTING, speed);
    scope.set_uint(SPEED_CURRENT, speed);
}

fn run_auto(scope: &mut Scope<'_>) {
    scope.set_uint(FAN_MODE, AUTO);
    scope.set(PERCENT_SETTING, Value::Null);
    scope.set(SPEED_SETTING, Value::Null);
    scope.set_uint(PERCENT_CURRENT, AUTO_PERCENT);
    let most = scope.uint(SPEED_MAX).unwrap_or(0);
    scope.set_uint(SPEED_CURRENT, (AUTO_PERCENT * most).div_ceil(100));
}

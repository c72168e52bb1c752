//! On/Off. Matter 1.6 Application Clusters §1.5.

use std::time::Duration;

use hub_model::Value;

use super::{Behaviour, Call, DONE, Reply, STEP, Scope, Status, tenths};

pub(crate) const ID: u32 = 0x0006;
pub(crate) const ON_OFF: u32 = 0x0000;
const GLOBAL_SCENE_CONTROL: u32 = 0x4000;
const ON_TIME: u32 = 0x4001;
const OFF_WAIT_TIME: u32 = 0x4002;
const START_UP_ON_OFF: u32 = 0x4003;

const OFF: u32 = 0x00;
const ON: u32 = 0x01;
const TOGGLE: u32 = 0x02;
const OFF_WITH_EFFECT: u32 = 0x40;
const ON_WITH_RECALL_GLOBAL_SCENE: u32 = 0x41;
const ON_WITH_TIMED_OFF: u32 = 0x42;

const FEATURE_OFF_ONLY: u32 = 1 << 2;
const ACCEPT_ONLY_WHEN_ON: u64 = 1;

/// Switches a load; counts a timed "on" down.
#[derive(Debug, Default)]
pub(super) struct OnOff {
    due: Option<Duration>,
    /// When OnTime or OffWaitTime was last counted down.
    counted: Duration,
}

impl Behaviour for OnOff {
    fn invoke(&mut self, scope: &mut Scope<'_>, call: &Call<'_>) -> Reply {
        match call.command.0 {
            OFF => self.off(scope),
            OFF_WITH_EFFECT => {
                scope.set(GLOBAL_SCENE_CONTROL, false);
                self.off(scope);
            }
            ON | ON_WITH_RECALL_GLOBAL_SCENE => self.on(scope),
            TOGGLE if is_on(scope) || scope.features() & FEATURE_OFF_ONLY != 0 => self.off(scope),
            TOGGLE => self.on(scope),
            ON_WITH_TIMED_OFF => self.on_with_timed_off(scope, call)?,
            _ => return Err(Status::UnsupportedCommand),
        }
        DONE
    }

    fn started(&mut self, scope: &mut Scope<'_>) {
        match scope.uint(START_UP_ON_OFF) {
            Some(0) => scope.set(ON_OFF, false),
            Some(1) => scope.set(ON_OFF, true),
            Some(2) => scope.set(ON_OFF, !is_on(scope)),
            _ => {}
        }
    }

    fn tick(&mut self, scope: &mut Scope<'_>) {
        let passed = tenths_of(scope.now().saturating_sub(self.counted));
        self.counted += tenths(passed);
        let attribute = if is_on(scope) { ON_TIME } else { OFF_WAIT_TIME };
        let left = scope.uint(attribute).unwrap_or(0).saturating_sub(passed);
        scope.set_uint(attribute, left);
        if left > 0 {
            self.due = Some(scope.now() + STEP);
        } else if is_on(scope) {
            scope.set(ON_OFF, false);
            scope.set_uint(OFF_WAIT_TIME, 0);
            self.due = None;
        } else {
            self.due = None;
        }
    }

    fn due(&self) -> Option<Duration> {
        self.due
    }
}

impl OnOff {
    fn on(&mut self, scope: &mut Scope<'_>) {
        scope.set(ON_OFF, true);
        scope.set(GLOBAL_SCENE_CONTROL, true);
        if scope.uint(ON_TIME).unwrap_or(0) == 0 {
            scope.set_uint(OFF_WAIT_TIME, 0);
        }
        self.due = None;
    }

    fn off(&mut self, scope: &mut Scope<'_>) {
        scope.set(ON_OFF, false);
        scope.set_uint(ON_TIME, 0);
        self.due = None;
    }

    fn on_with_timed_off(&mut self, scope: &mut Scope<'_>, call: &Call<'_>) -> Result<(), Status> {
        let (control, on_time, off_wait) = (call.uint(0)?, call.uint(1)?, call.uint(2)?);
        if on_time > 0xFFFE || off_wait > 0xFFFE {
            return Err(Status::ConstraintError);
        }
        if control & ACCEPT_ONLY_WHEN_ON != 0 && !is_on(scope) {
            return Ok(());
        }
        let waiting = scope.uint(OFF_WAIT_TIME).unwrap_or(0);
        if waiting > 0 && !is_on(scope) {
            scope.set_uint(OFF_WAIT_TIME, waiting.min(off_wait));
        } else {
            let left = scope.uint(ON_TIME).unwrap_or(0);
            scope.set_uint(ON_TIME, left.max(on_time));
            scope.set_uint(OFF_WAIT_TIME, off_wait);
            scope.set(ON_OFF, true);
        }
        self.counted = scope.now();
        self.due = Some(scope.now() + STEP);
        Ok(())
    }
}

fn is_on(scope: &Scope<'_>) -> bool {
    scope.get(ON_OFF).and_then(Value::as_bool).unwrap_or(false)
}

/// Whole tenths of a second in a duration.
fn tenths_of(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis() / 100).unwrap_or(u64::MAX)
}

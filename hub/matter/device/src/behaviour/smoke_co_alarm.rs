//! Smoke CO Alarm. Matter 1.6 Application Clusters §2.11.

use std::time::Duration;

use hub_model::{AttributeId, ClusterId, Value};

use super::{Behaviour, CRITICAL, Call, DONE, INFO, Reply, Scope, Status};

pub(super) const ID: u32 = 0x005C;
const EXPRESSED_STATE: u32 = 0;
const SMOKE_STATE: u32 = 1;
const CO_STATE: u32 = 2;
const BATTERY_ALERT: u32 = 3;
const TEST_IN_PROGRESS: u32 = 5;
const HARDWARE_FAULT_ALERT: u32 = 6;
const END_OF_SERVICE_ALERT: u32 = 7;

const SELF_TEST: u32 = 0;

const SMOKE_ALARM: u32 = 0;
const CO_ALARM: u32 = 1;
const LOW_BATTERY: u32 = 2;
const HARDWARE_FAULT: u32 = 3;
const END_OF_SERVICE: u32 = 4;
const SELF_TEST_COMPLETE: u32 = 5;
const ALL_CLEAR: u32 = 10;

const TESTING: u64 = 4;
/// How long a self test takes.
const TEST: Duration = Duration::from_secs(5);

/// Expresses what matters most, and runs self tests.
#[derive(Debug, Default)]
pub(super) struct SmokeCoAlarm {
    due: Option<Duration>,
}

impl Behaviour for SmokeCoAlarm {
    fn invoke(&mut self, scope: &mut Scope<'_>, call: &Call<'_>) -> Reply {
        if call.command.0 != SELF_TEST {
            return Err(Status::UnsupportedCommand);
        }
        let alarmed = [SMOKE_STATE, CO_STATE].map(|state| scope.uint(state).unwrap_or(0) > 0);
        if self.due.is_some() || alarmed.contains(&true) {
            return Err(Status::Busy);
        }
        scope.set(TEST_IN_PROGRESS, true);
        scope.set_uint(EXPRESSED_STATE, TESTING);
        self.due = Some(scope.now() + TEST);
        DONE
    }

    fn changed(&mut self, scope: &mut Scope<'_>, cluster: ClusterId, attribute: AttributeId) {
        if cluster.0 != ID {
            return;
        }
        let severity = scope.uint(attribute.0).unwrap_or(0);
        let raised = severity > 0 || scope.get(attribute.0) == Some(&Value::Bool(true));
        let level = [(0, Value::Uint(severity))];
        match attribute.0 {
            SMOKE_STATE if raised => scope.emit(SMOKE_ALARM, CRITICAL, level),
            CO_STATE if raised => scope.emit(CO_ALARM, CRITICAL, level),
            BATTERY_ALERT if raised => scope.emit(LOW_BATTERY, INFO, level),
            HARDWARE_FAULT_ALERT if raised => scope.emit(HARDWARE_FAULT, INFO, []),
            END_OF_SERVICE_ALERT if raised => scope.emit(END_OF_SERVICE, INFO, []),
            _ => {}
        }
        self.express(scope);
    }

    fn tick(&mut self, scope: &mut Scope<'_>) {
        self.due = None;
        scope.set(TEST_IN_PROGRESS, false);
        scope.emit(SELF_TEST_COMPLETE, INFO, []);
        self.express(scope);
    }

    fn due(&self) -> Option<Duration> {
        self.due
    }
}

impl SmokeCoAlarm {
    /// Sets ExpressedState to the most urgent of all states.
    fn express(&self, scope: &mut Scope<'_>) {
        let raised = |attribute| {
            scope.uint(attribute).unwrap_or(0) > 0
                || scope.get(attribute) == Some(&Value::Bool(true))
        };
        let urgent = [
            (SMOKE_STATE, 1),
            (CO_STATE, 2),
            (TEST_IN_PROGRESS, TESTING),
            (HARDWARE_FAULT_ALERT, 5),
            (BATTERY_ALERT, 3),
            (END_OF_SERVICE_ALERT, 6),
        ];
        let most = urgent.into_iter().find(|(attribute, _)| raised(*attribute));
        let state = most.map_or(0, |(_, state)| state);
        let was = scope.uint(EXPRESSED_STATE);
        scope.set_uint(EXPRESSED_STATE, state);
        if state == 0 && was.is_some_and(|was| was != 0) {
            scope.emit(ALL_CLEAR, INFO, []);
        }
    }
}

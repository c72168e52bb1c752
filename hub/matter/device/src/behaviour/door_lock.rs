//! Door Lock, without users and credentials. Matter 1.6 Application Clusters §5.2.

use std::time::Duration;

use hub_model::{AttributeId, ClusterId, Value};

use super::{Behaviour, CRITICAL, Call, DONE, Reply, Scope, Status};
use crate::model::Origin;

pub(super) const ID: u32 = 0x0101;
const LOCK_STATE: u32 = 0x00;
const DOOR_STATE: u32 = 0x03;
const AUTO_RELOCK_TIME: u32 = 0x23;

const LOCK_DOOR: u32 = 0;
const UNLOCK_DOOR: u32 = 1;
const UNLOCK_WITH_TIMEOUT: u32 = 3;

const DOOR_STATE_CHANGE: u32 = 1;
const LOCK_OPERATION: u32 = 2;

const LOCKED: u64 = 1;
const UNLOCKED: u64 = 2;

/// OperationSourceEnum.
const SOURCE_MANUAL: u64 = 1;
const SOURCE_AUTO: u64 = 6;
const SOURCE_REMOTE: u64 = 7;

/// Locks, unlocks, and locks again.
#[derive(Debug, Default)]
pub(super) struct DoorLock {
    due: Option<Duration>,
}

impl Behaviour for DoorLock {
    fn invoke(&mut self, scope: &mut Scope<'_>, call: &Call<'_>) -> Reply {
        match call.command.0 {
            LOCK_DOOR => self.turn(scope, LOCKED, SOURCE_REMOTE, None, call.fabric),
            UNLOCK_DOOR => self.turn(scope, UNLOCKED, SOURCE_REMOTE, None, call.fabric),
            UNLOCK_WITH_TIMEOUT => {
                let timeout = Duration::from_secs(call.uint(0)?);
                self.turn(scope, UNLOCKED, SOURCE_REMOTE, Some(timeout), call.fabric);
            }
            _ => return Err(Status::UnsupportedCommand),
        }
        DONE
    }

    fn changed(&mut self, scope: &mut Scope<'_>, cluster: ClusterId, attribute: AttributeId) {
        if cluster.0 != ID || scope.origin() != Origin::Device {
            return;
        }
        match (attribute.0, scope.uint(attribute.0)) {
            (LOCK_STATE, Some(state)) => {
                self.arm(scope, state, None);
                tell(scope, state, SOURCE_MANUAL, 0);
            }
            (DOOR_STATE, Some(state)) => {
                scope.emit(DOOR_STATE_CHANGE, CRITICAL, [(0, Value::Uint(state))]);
            }
            _ => {}
        }
    }

    fn tick(&mut self, scope: &mut Scope<'_>) {
        self.turn(scope, LOCKED, SOURCE_AUTO, None, 0);
    }

    fn due(&self) -> Option<Duration> {
        self.due
    }
}

impl DoorLock {
    fn turn(
        &mut self,
        scope: &mut Scope<'_>,
        state: u64,
        source: u64,
        timeout: Option<Duration>,
        fabric: u8,
    ) {
        scope.set_uint(LOCK_STATE, state);
        self.arm(scope, state, timeout);
        tell(scope, state, source, fabric);
    }

    /// Sets when an open lock locks by itself.
    fn arm(&mut self, scope: &Scope<'_>, state: u64, timeout: Option<Duration>) {
        let own = scope.uint(AUTO_RELOCK_TIME).filter(|seconds| *seconds > 0);
        let after = timeout.or_else(|| own.map(Duration::from_secs));
        self.due = after
            .filter(|_| state == UNLOCKED)
            .map(|after| scope.now() + after);
    }
}

fn tell(scope: &mut Scope<'_>, state: u64, source: u64, fabric: u8) {
    let operation = u64::from(state == UNLOCKED);
    let fabric = if fabric == 0 {
        Value::Null
    } else {
        Value::Uint(fabric.into())
    };
    let fields = [
        (0, Value::Uint(operation)),
        (1, Value::Uint(source)),
        (2, Value::Null),
        (3, fabric),
        (4, Value::Null),
    ];
    scope.emit(LOCK_OPERATION, CRITICAL, fields);
}

//! Identify. Matter 1.6 Application Clusters §1.2.

use std::time::Duration;

use hub_model::{AttributeId, ClusterId, Value};

use super::{Behaviour, Call, DONE, Reply, Scope, Status};

pub(super) const ID: u32 = 0x0003;
const IDENTIFY_TIME: u32 = 0x0000;

const IDENTIFY: u32 = 0x00;
const TRIGGER_EFFECT: u32 = 0x40;

const SECOND: Duration = Duration::from_secs(1);

/// Counts the identification down.
#[derive(Debug, Default)]
pub(super) struct Identify {
    due: Option<Duration>,
}

impl Behaviour for Identify {
    fn invoke(&mut self, scope: &mut Scope<'_>, call: &Call<'_>) -> Reply {
        match call.command.0 {
            IDENTIFY => {
                let seconds = call.uint(0)?;
                if seconds > u64::from(u16::MAX) {
                    return Err(Status::ConstraintError);
                }
                scope.set_uint(IDENTIFY_TIME, seconds);
                self.wait(scope);
                DONE
            }
            TRIGGER_EFFECT => DONE,
            _ => Err(Status::UnsupportedCommand),
        }
    }

    fn write(
        &mut self,
        scope: &mut Scope<'_>,
        attribute: AttributeId,
        value: Value,
    ) -> Result<(), Status> {
        scope.set(attribute.0, value);
        self.wait(scope);
        Ok(())
    }

    fn changed(&mut self, scope: &mut Scope<'_>, cluster: ClusterId, _: AttributeId) {
        if cluster.0 == ID {
            self.wait(scope);
        }
    }

    fn tick(&mut self, scope: &mut Scope<'_>) {
        let left = scope.uint(IDENTIFY_TIME).unwrap_or(0).saturating_sub(1);
        scope.set_uint(IDENTIFY_TIME, left);
        self.wait(scope);
    }

    fn due(&self) -> Option<Duration> {
        self.due
    }
}

impl Identify {
    fn wait(&mut self, scope: &Scope<'_>) {
        let counting = scope.uint(IDENTIFY_TIME).unwrap_or(0) > 0;
        self.due = counting.then(|| scope.now() + SECOND);
    }
}

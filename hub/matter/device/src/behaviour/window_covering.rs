//! Window Covering: lift and tilt move at a constant speed. Matter 1.6 Application Clusters §5.3.

use std::time::Duration;

use super::{Behaviour, Call, DONE, Ramp, Reply, Scope, Status, rounded};

pub(super) const ID: u32 = 0x0102;
const OPERATIONAL_STATUS: u32 = 0x0A;

const UP_OR_OPEN: u32 = 0;
const DOWN_OR_CLOSE: u32 = 1;
const STOP_MOTION: u32 = 2;
const GO_TO_LIFT: u32 = 5;
const GO_TO_TILT: u32 = 8;

/// Fully closed, in hundredths of a percent.
const CLOSED: u64 = 10_000;
/// How often a moving position is told.
const STEP: Duration = Duration::from_millis(500);

/// One direction of movement with its attributes.
#[derive(Debug)]
struct Axis {
    current: u32,
    target: u32,
    percentage: u32,
    /// Where its two bits are in OperationalStatus.
    shift: u32,
    /// From end to end.
    travel: Duration,
    ramp: Option<Ramp>,
}

/// Moves lift and tilt.
#[derive(Debug)]
pub(super) struct WindowCovering {
    lift: Axis,
    tilt: Axis,
    due: Option<Duration>,
}

impl Default for WindowCovering {
    fn default() -> Self {
        let axis = |current, target, percentage, shift, seconds| Axis {
            current,
            target,
            percentage,
            shift,
            travel: Duration::from_secs(seconds),
            ramp: None,
        };
        Self {
            lift: axis(0x0E, 0x0B, 0x08, 2, 20),
            tilt: axis(0x0F, 0x0C, 0x09, 4, 2),
            due: None,
        }
    }
}

impl Behaviour for WindowCovering {
    fn invoke(&mut self, scope: &mut Scope<'_>, call: &Call<'_>) -> Reply {
        match call.command.0 {
            UP_OR_OPEN => self.both(scope, 0),
            DOWN_OR_CLOSE => self.both(scope, CLOSED),
            STOP_MOTION => {
                self.tick(scope);
                self.lift.stop(scope);
                self.tilt.stop(scope);
            }
            GO_TO_LIFT => self.lift.go(scope, position(call)?),
            GO_TO_TILT => self.tilt.go(scope, position(call)?),
            _ => return Err(Status::UnsupportedCommand),
        }
        self.tell_status(scope);
        DONE
    }

    fn tick(&mut self, scope: &mut Scope<'_>) {
        self.lift.follow(scope);
        self.tilt.follow(scope);
        self.tell_status(scope);
    }

    fn due(&self) -> Option<Duration> {
        self.due
    }
}

impl WindowCovering {
    fn both(&mut self, scope: &mut Scope<'_>, target: u64) {
        self.lift.go(scope, target);
        self.tilt.go(scope, target);
    }

    fn tell_status(&mut self, scope: &mut Scope<'_>) {
        let ramps = [self.lift.ramp, self.tilt.ramp].into_iter().flatten();
        let left = ramps.map(|ramp| ramp.left(scope.now())).min();
        self.due = left.map(|left| scope.now() + STEP.min(left));
        let bits = self.lift.status() | self.tilt.status();
        // The lowest two bits tell of the covering as a whole.
        let whole = [&self.lift, &self.tilt]
            .into_iter()
            .map(Axis::direction)
            .find(|direction| *direction != 0)
            .unwrap_or(0);
        scope.set_uint(OPERATIONAL_STATUS, bits | whole);
    }
}

impl Axis {
    fn go(&mut self, scope: &mut Scope<'_>, target: u64) {
        let Some(from) = scope.uint(self.current) else {
            return;
        };
        scope.set_uint(self.target, target);
        let way = from.abs_diff(target);
        let millis = u64::try_from(self.travel.as_millis()).unwrap_or(u64::MAX);
        let took = Duration::from_millis(millis.saturating_mul(way) / CLOSED);
        #[expect(clippy::cast_precision_loss, reason = "positions are within 10000")]
        let ramp = Ramp::new(from as f64, target as f64, scope.now(), took);
        self.ramp = (way > 0).then_some(ramp);
    }

    fn follow(&mut self, scope: &mut Scope<'_>) {
        let Some(ramp) = self.ramp else {
            return;
        };
        let now = scope.now();
        let at = rounded(ramp.at(now), CLOSED);
        scope.set_uint(self.current, at);
        scope.set_uint(self.percentage, at / 100);
        self.ramp = (!ramp.is_over(now)).then_some(ramp);
    }

    fn stop(&mut self, scope: &mut Scope<'_>) {
        self.ramp = None;
        if let Some(at) = scope.uint(self.current) {
            scope.set_uint(self.target, at);
        }
    }

    /// 0 stands, 1 opens, 2 closes.
    fn direction(&self) -> u64 {
        match self.ramp {
            None => 0,
            Some(ramp) if ramp.rises() => 2,
            Some(_) => 1,
        }
    }

    fn status(&self) -> u64 {
        self.direction() << self.shift
    }
}

fn position(call: &Call<'_>) -> Result<u64, Status> {
    let position = call.uint(0)?;
    if position > CLOSED {
        return Err(Status::ConstraintError);
    }
    Ok(position)
}

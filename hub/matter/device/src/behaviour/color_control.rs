//! Color Control: hue and saturation, xy, and colour temperature.
//! Matter 1.6 Application Clusters §3.2.
//!
//! Not here: enhanced hue and the colour loop.

use std::time::Duration;

use super::level_control::executes_if_off;
use super::on_off::{self, ON_OFF};
use super::{Behaviour, Call, DONE, Ramp, Reply, STEP, Scope, Status, rounded, tenths};

pub(super) const ID: u32 = 0x0300;
const CURRENT_HUE: u32 = 0x0000;
const CURRENT_SATURATION: u32 = 0x0001;
const REMAINING_TIME: u32 = 0x0002;
const CURRENT_X: u32 = 0x0003;
const CURRENT_Y: u32 = 0x0004;
const COLOR_TEMPERATURE: u32 = 0x0007;
const COLOR_MODE: u32 = 0x0008;
const OPTIONS: u32 = 0x000F;
const ENHANCED_COLOR_MODE: u32 = 0x4001;
const MIN_MIREDS: u32 = 0x400B;
const MAX_MIREDS: u32 = 0x400C;

const MODE_HUE_SATURATION: u64 = 0;
const MODE_XY: u64 = 1;
const MODE_TEMPERATURE: u64 = 2;

const MAX_HUE: u64 = 254;
/// Hues go in a circle of this many.
const HUES: u64 = 255;
const MAX_XY: u64 = 0xFEFF;
/// A move without end is bounded by the attribute's range within this.
const LONGEST: Duration = Duration::from_secs(6553);

/// Moves colours, at once or over time.
#[derive(Debug, Default)]
pub(super) struct ColorControl {
    motions: Vec<Motion>,
    due: Option<Duration>,
}

#[derive(Clone, Copy, Debug)]
struct Motion {
    attribute: u32,
    ramp: Ramp,
}

impl Behaviour for ColorControl {
    fn invoke(&mut self, scope: &mut Scope<'_>, call: &Call<'_>) -> Reply {
        let plan = plan(scope, call)?;
        let is_on = scope.bool_of(on_off::ID, ON_OFF).unwrap_or(true);
        if !is_on && !executes_if_off(scope, call, OPTIONS, plan.options) {
            return DONE;
        }
        if let Some(mode) = plan.mode {
            scope.set_uint(COLOR_MODE, mode);
            scope.set_uint(ENHANCED_COLOR_MODE, mode);
        } else {
            self.tick(scope);
        }
        self.motions = plan.motions;
        self.tick(scope);
        DONE
    }

    fn tick(&mut self, scope: &mut Scope<'_>) {
        let now = scope.now();
        for motion in &self.motions {
            let value = rounded(
                motion.ramp.at(now).rem_euclid(circle(motion.attribute)),
                MAX_XY,
            );
            scope.set_uint(motion.attribute, value);
        }
        self.motions.retain(|motion| !motion.ramp.is_over(now));
        let left = self.motions.iter().map(|m| m.ramp.left(now)).max();
        let tenths_left = left.map_or(0, |left| left.as_millis() / 100);
        if left.is_none() || scope.uint(REMAINING_TIME) == Some(0) {
            scope.set_uint(REMAINING_TIME, u64::try_from(tenths_left).unwrap_or(0));
        }
        self.due = left.map(|left| now + STEP.min(left));
    }

    fn due(&self) -> Option<Duration> {
        self.due
    }
}

/// What a command does, once it is known to be well formed.
struct Plan {
    /// The colour mode it leads to; none of "stop".
    mode: Option<u64>,
    motions: Vec<Motion>,
    /// Where its options begin.
    options: u32,
}

fn plan(scope: &Scope<'_>, call: &Call<'_>) -> Result<Plan, Status> {
    let now = scope.now();
    let to = |attribute, target: u64, took| Motion {
        attribute,
        ramp: ramp(scope, attribute, number(target), now, took),
    };
    let plan = |mode, motions, options| Plan {
        mode: Some(mode),
        motions,
        options,
    };
    let hue = MODE_HUE_SATURATION;
    Ok(match call.command.0 {
        // MoveToHue, MoveHue, StepHue
        0x00 => {
            let target = within(call.uint(0)?, MAX_HUE)?;
            let took = tenths(call.uint(2)?);
            let from = number(scope.uint(CURRENT_HUE).unwrap_or(0));
            let target = around(from, target, call.uint(1)?)?;
            let ramp = Ramp::new(from, target, now, took);
            plan(
                hue,
                vec![Motion {
                    attribute: CURRENT_HUE,
                    ramp,
                }],
                3,
            )
        }
        0x01 => plan(hue, rate(scope, CURRENT_HUE, call, (0, MAX_HUE))?, 2),
        0x02 => {
            let step = signed_step(call)?;
            let from = number(scope.uint(CURRENT_HUE).unwrap_or(0));
            let ramp = Ramp::new(from, from + step, now, tenths(call.uint(2)?));
            plan(
                hue,
                vec![Motion {
                    attribute: CURRENT_HUE,
                    ramp,
                }],
                3,
            )
        }
        // MoveToSaturation, MoveSaturation, StepSaturation
        0x03 => {
            let target = within(call.uint(0)?, MAX_HUE)?;
            plan(
                hue,
                vec![to(CURRENT_SATURATION, target, tenths(call.uint(1)?))],
                2,
            )
        }
        0x04 => plan(hue, rate(scope, CURRENT_SATURATION, call, (0, MAX_HUE))?, 2),
        0x05 => plan(hue, step(scope, CURRENT_SATURATION, call, (0, MAX_HUE))?, 3),
        // MoveToHueAndSaturation
        0x06 => {
            let took = tenths(call.uint(2)?);
            let hues = to(CURRENT_HUE, within(call.uint(0)?, MAX_HUE)?, took);
            let saturation = to(CURRENT_SATURATION, within(call.uint(1)?, MAX_HUE)?, took);
            plan(hue, vec![hues, saturation], 3)
        }
        // MoveToColor, MoveColor, StepColor
        0x07 => {
            let took = tenths(call.uint(2)?);
            let x = to(CURRENT_X, within(call.uint(0)?, MAX_XY)?, took);
            let y = to(CURRENT_Y, within(call.uint(1)?, MAX_XY)?, took);
            plan(MODE_XY, vec![x, y], 3)
        }
        0x08 => {
            let rates = [(CURRENT_X, call.int(0)?), (CURRENT_Y, call.int(1)?)];
            let motions = rates.map(|(attribute, rate)| {
                let end = if rate < 0 { 0 } else { MAX_XY };
                speed(scope, attribute, end, rate.unsigned_abs())
            });
            plan(MODE_XY, motions.into_iter().flatten().collect(), 2)
        }
        0x09 => {
            let took = tenths(call.uint(2)?);
            let steps = [(CURRENT_X, call.int(0)?), (CURRENT_Y, call.int(1)?)];
            let motions = steps.map(|(attribute, by)| {
                let from = scope.uint(attribute).unwrap_or(0);
                to(attribute, from.saturating_add_signed(by).min(MAX_XY), took)
            });
            plan(MODE_XY, motions.into(), 3)
        }
        // MoveToColorTemperature, MoveColorTemperature, StepColorTemperature
        0x0A => {
            let mireds = call.uint(0)?.clamp(limits(scope).0, limits(scope).1);
            let took = tenths(call.uint(1)?);
            plan(
                MODE_TEMPERATURE,
                vec![to(COLOR_TEMPERATURE, mireds, took)],
                2,
            )
        }
        0x4B => {
            let range = narrowed(limits(scope), call.uint(2)?, call.uint(3)?);
            plan(
                MODE_TEMPERATURE,
                rate(scope, COLOR_TEMPERATURE, call, range)?,
                4,
            )
        }
        0x4C => {
            let range = narrowed(limits(scope), call.uint(3)?, call.uint(4)?);
            plan(
                MODE_TEMPERATURE,
                step(scope, COLOR_TEMPERATURE, call, range)?,
                5,
            )
        }
        // StopMoveStep
        0x47 => Plan {
            mode: None,
            motions: Vec::new(),
            options: 0,
        },
        _ => return Err(Status::UnsupportedCommand),
    })
}

/// The motions of a Move command: mode 0 stops, 1 goes up, 3 down, at field 1 units a second.
fn rate(
    scope: &Scope<'_>,
    attribute: u32,
    call: &Call<'_>,
    (low, high): (u64, u64),
) -> Result<Vec<Motion>, Status> {
    let end = match call.uint(0)? {
        0 => return Ok(Vec::new()),
        1 => high,
        3 => low,
        _ => return Err(Status::InvalidCommand),
    };
    let rate = call.uint(1)?;
    if rate == 0 {
        return Err(Status::InvalidCommand);
    }
    Ok(speed(scope, attribute, end, rate).into_iter().collect())
}

/// A motion towards `end` at `rate` units a second.
fn speed(scope: &Scope<'_>, attribute: u32, end: u64, rate: u64) -> Option<Motion> {
    let way = scope.uint(attribute).unwrap_or(0).abs_diff(end);
    let took = Duration::from_millis((way * 1000).checked_div(rate)?).min(LONGEST);
    Some(Motion {
        attribute,
        ramp: ramp(scope, attribute, number(end), scope.now(), took),
    })
}

/// The motion of a Step command: mode 1 goes up, 3 down, by field 1 within field 2.
fn step(
    scope: &Scope<'_>,
    attribute: u32,
    call: &Call<'_>,
    (low, high): (u64, u64),
) -> Result<Vec<Motion>, Status> {
    let from = number(scope.uint(attribute).unwrap_or(0));
    let target = (from + signed_step(call)?).clamp(number(low), number(high));
    let took = tenths(call.uint(2)?);
    let ramp = Ramp::new(from, target, scope.now(), took);
    Ok(vec![Motion { attribute, ramp }])
}

fn signed_step(call: &Call<'_>) -> Result<f64, Status> {
    match (call.uint(0)?, call.uint(1)?) {
        (_, 0) => Err(Status::InvalidCommand),
        (1, size) => Ok(number(size)),
        (3, size) => Ok(-number(size)),
        _ => Err(Status::InvalidCommand),
    }
}

fn ramp(scope: &Scope<'_>, attribute: u32, target: f64, now: Duration, took: Duration) -> Ramp {
    Ramp::new(
        number(scope.uint(attribute).unwrap_or(0)),
        target,
        now,
        took,
    )
}

/// The hue to go to, beyond the circle's end where the way leads around it.
fn around(from: f64, target: u64, direction: u64) -> Result<f64, Status> {
    let circle = number(HUES);
    let up = (number(target) - from).rem_euclid(circle);
    let down = up - circle;
    Ok(from
        + match direction {
            0 if up <= circle / 2.0 => up,
            0 => down,
            1 if up > circle / 2.0 => up,
            1 => down,
            2 => up,
            3 => down,
            _ => return Err(Status::InvalidCommand),
        })
}

fn circle(attribute: u32) -> f64 {
    if attribute == CURRENT_HUE {
        number(HUES)
    } else {
        f64::from(u32::MAX)
    }
}

fn limits(scope: &Scope<'_>) -> (u64, u64) {
    let min = scope.uint(MIN_MIREDS).unwrap_or(1);
    (min, scope.uint(MAX_MIREDS).unwrap_or(MAX_XY).max(min))
}

/// The device's range within what a command allows; 0 allows all.
fn narrowed((min, max): (u64, u64), low: u64, high: u64) -> (u64, u64) {
    let high = if high == 0 { max } else { high.min(max) };
    (low.clamp(min, max), high.max(min))
}

const fn within(value: u64, max: u64) -> Result<u64, Status> {
    if value > max {
        Err(Status::ConstraintError)
    } else {
        Ok(value)
    }
}

fn number(value: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "colours have 16 bits")]
    let number = value as f64;
    number
}

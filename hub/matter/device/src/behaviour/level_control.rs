//! Level Control. Matter 1.6 Application Clusters §1.6.

use std::time::Duration;

use hub_model::{AttributeId, ClusterId, Value};

use super::on_off::{self, ON_OFF};
use super::{Behaviour, Call, DONE, Ramp, Reply, STEP, Scope, Status, rounded, tenths};

pub(crate) const ID: u32 = 0x0008;
const CURRENT_LEVEL: u32 = 0x00;
const REMAINING_TIME: u32 = 0x01;
const MIN_LEVEL: u32 = 0x02;
const MAX_LEVEL: u32 = 0x03;
const OPTIONS: u32 = 0x0F;
const ON_OFF_TRANSITION_TIME: u32 = 0x10;
const ON_LEVEL: u32 = 0x11;
const DEFAULT_MOVE_RATE: u32 = 0x14;
const START_UP_CURRENT_LEVEL: u32 = 0x4000;

const MOVE_TO_LEVEL: u32 = 0;
const MOVE: u32 = 1;
const STEP_LEVEL: u32 = 2;
const STOP: u32 = 3;
/// The commands from here on are those above, coupled to On/Off.
const WITH_ON_OFF: u32 = 4;
const COMMANDS: u32 = 8;

const EXECUTE_IF_OFF: u64 = 1;
/// Levels a second where neither command nor device says.
const DEFAULT_RATE: u64 = 50;

/// Moves the level, at once or over time.
#[derive(Debug, Default)]
pub(super) struct LevelControl {
    moving: Option<Motion>,
    due: Option<Duration>,
}

#[derive(Debug)]
struct Motion {
    ramp: Ramp,
    with_on_off: bool,
}

impl Behaviour for LevelControl {
    fn invoke(&mut self, scope: &mut Scope<'_>, call: &Call<'_>) -> Reply {
        let command = call.command.0;
        if command >= COMMANDS {
            return Err(Status::UnsupportedCommand);
        }
        let with_on_off = command >= WITH_ON_OFF;
        match command % WITH_ON_OFF {
            MOVE_TO_LEVEL => {
                let level = call.uint(0)?;
                if level > max(scope) {
                    return Err(Status::ConstraintError);
                }
                if self.may_act(scope, call, with_on_off, 2) {
                    let took = transition(scope, call.optional(1));
                    self.go(scope, level, took, with_on_off);
                }
            }
            MOVE => {
                let (up, rate) = (call.uint(0)? == 0, call.optional(1));
                if rate == Some(0) {
                    return DONE;
                }
                if self.may_act(scope, call, with_on_off, 2) {
                    let target = if up { max(scope) } else { min(scope) };
                    let rate = rate
                        .or_else(|| scope.uint(DEFAULT_MOVE_RATE))
                        .unwrap_or(DEFAULT_RATE);
                    let way = target.abs_diff(level(scope));
                    let took = Duration::from_millis(way * 1000 / rate.max(1));
                    self.go(scope, target, took, with_on_off);
                }
            }
            STEP_LEVEL => {
                let (up, size) = (call.uint(0)? == 0, call.uint(1)?);
                if size == 0 {
                    return Err(Status::InvalidCommand);
                }
                if self.may_act(scope, call, with_on_off, 3) {
                    let from = level(scope);
                    let target = if up {
                        from + size
                    } else {
                        from.saturating_sub(size)
                    };
                    let took = tenths(call.optional(2).unwrap_or(0));
                    self.go(scope, target, took, with_on_off);
                }
            }
            STOP => {
                if self.may_act(scope, call, with_on_off, 0) {
                    self.tick(scope);
                    self.halt(scope);
                }
            }
            _ => return Err(Status::UnsupportedCommand),
        }
        DONE
    }

    fn write(
        &mut self,
        scope: &mut Scope<'_>,
        attribute: AttributeId,
        value: Value,
    ) -> Result<(), Status> {
        let level = value.as_u64();
        if attribute.0 == ON_LEVEL && level.is_some_and(|l| l < min(scope) || l > max(scope)) {
            return Err(Status::ConstraintError);
        }
        scope.set(attribute.0, value);
        Ok(())
    }

    fn started(&mut self, scope: &mut Scope<'_>) {
        match scope.uint(START_UP_CURRENT_LEVEL) {
            Some(0) => scope.set_uint(CURRENT_LEVEL, min(scope)),
            Some(level) => scope.set_uint(CURRENT_LEVEL, level.clamp(min(scope), max(scope))),
            None => {}
        }
    }

    fn changed(&mut self, scope: &mut Scope<'_>, cluster: ClusterId, attribute: AttributeId) {
        let switched = cluster.0 == on_off::ID && attribute.0 == ON_OFF;
        if !switched || self.moving.as_ref().is_some_and(|m| m.with_on_off) {
            return;
        }
        let is_on = scope.bool_of(on_off::ID, ON_OFF).unwrap_or(true);
        if let Some(level) = scope.uint(ON_LEVEL).filter(|_| is_on) {
            scope.set_uint(CURRENT_LEVEL, level);
        }
        if !is_on {
            self.halt(scope);
        }
    }

    fn tick(&mut self, scope: &mut Scope<'_>) {
        let now = scope.now();
        let Some(motion) = &self.moving else {
            self.due = None;
            return;
        };
        let (level, over) = (
            rounded(motion.ramp.at(now), max(scope)),
            motion.ramp.is_over(now),
        );
        let (left, with_on_off) = (motion.ramp.left(now), motion.with_on_off);
        scope.set_uint(CURRENT_LEVEL, level);
        if over {
            if with_on_off && level <= min(scope) {
                scope.set_of(on_off::ID, ON_OFF, false);
            }
            self.halt(scope);
        } else {
            self.due = Some(now + STEP.min(left));
        }
    }

    fn due(&self) -> Option<Duration> {
        self.due
    }
}

impl LevelControl {
    /// Whether a command is carried out: not while off, unless its options or the device's allow
    /// it. The options' fields begin at `tag`.
    fn may_act(&self, scope: &Scope<'_>, call: &Call<'_>, with_on_off: bool, tag: u32) -> bool {
        let is_on = scope.bool_of(on_off::ID, ON_OFF).unwrap_or(true);
        with_on_off || is_on || executes_if_off(scope, call, OPTIONS, tag)
    }

    fn go(&mut self, scope: &mut Scope<'_>, target: u64, took: Duration, with_on_off: bool) {
        let target = target.clamp(min(scope), max(scope));
        let mut from = level(scope);
        if with_on_off && target > min(scope) {
            if !scope.bool_of(on_off::ID, ON_OFF).unwrap_or(true) {
                from = min(scope);
            }
            scope.set_of(on_off::ID, ON_OFF, true);
        }
        #[expect(clippy::cast_precision_loss, reason = "levels are below 255")]
        let ramp = Ramp::new(from as f64, target as f64, scope.now(), took);
        if took > Duration::ZERO {
            let left = u64::try_from(took.as_millis() / 100).unwrap_or(u64::MAX);
            scope.set_uint(REMAINING_TIME, left.min(u64::from(u16::MAX)));
        }
        self.moving = Some(Motion { ramp, with_on_off });
        self.tick(scope);
    }

    fn halt(&mut self, scope: &mut Scope<'_>) {
        self.moving = None;
        self.due = None;
        scope.set_uint(REMAINING_TIME, 0);
    }
}

/// Whether a command acts although the load is off. Matter 1.6 Application Clusters §1.6.6.9.
pub(super) fn executes_if_off(
    scope: &Scope<'_>,
    call: &Call<'_>,
    options: u32,
    mask_tag: u32,
) -> bool {
    let own = scope.uint(options).unwrap_or(0);
    let mask = call.optional(mask_tag).unwrap_or(0);
    let over = call.optional(mask_tag + 1).unwrap_or(0);
    ((own & !mask) | (over & mask)) & EXECUTE_IF_OFF != 0
}

fn transition(scope: &Scope<'_>, asked: Option<u64>) -> Duration {
    tenths(
        asked
            .or_else(|| scope.uint(ON_OFF_TRANSITION_TIME))
            .unwrap_or(0),
    )
}

fn level(scope: &Scope<'_>) -> u64 {
    scope.uint(CURRENT_LEVEL).unwrap_or_else(|| min(scope))
}

fn min(scope: &Scope<'_>) -> u64 {
    scope.uint(MIN_LEVEL).unwrap_or(1)
}

fn max(scope: &Scope<'_>) -> u64 {
    scope.uint(MAX_LEVEL).unwrap_or(254)
}

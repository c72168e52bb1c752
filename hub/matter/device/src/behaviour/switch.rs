//! Switch: turns positions into presses. Matter 1.6 Application Clusters §1.13.
//!
//! The device's side only sets CurrentPosition; what that means in events is decided here.

use std::time::Duration;

use hub_model::{AttributeId, ClusterId, Value};

use super::{Behaviour, INFO, Scope};

pub(super) const ID: u32 = 0x003B;
const CURRENT_POSITION: u32 = 0x0001;
const MULTI_PRESS_MAX: u32 = 0x0002;

const SWITCH_LATCHED: u32 = 0;
const INITIAL_PRESS: u32 = 1;
const LONG_PRESS: u32 = 2;
const SHORT_RELEASE: u32 = 3;
const LONG_RELEASE: u32 = 4;
const MULTI_PRESS_ONGOING: u32 = 5;
const MULTI_PRESS_COMPLETE: u32 = 6;

const LATCHING: u32 = 1 << 0;
const MULTI_PRESS: u32 = 1 << 4;

/// A press that is held for this long is a long one.
const LONG: Duration = Duration::from_millis(800);
/// A press within this after a release belongs to the same multi-press.
const AGAIN: Duration = Duration::from_millis(400);

/// Counts and times presses.
#[derive(Debug, Default)]
pub(super) struct Switch {
    /// The position that is pressed.
    pressed: Option<u64>,
    /// The press became a long one.
    is_long: bool,
    /// Presses of the multi-press so far, and their position.
    presses: u64,
    position: u64,
    due: Option<Duration>,
}

impl Behaviour for Switch {
    fn changed(&mut self, scope: &mut Scope<'_>, cluster: ClusterId, attribute: AttributeId) {
        if cluster.0 != ID || attribute.0 != CURRENT_POSITION {
            return;
        }
        let position = scope.uint(CURRENT_POSITION).unwrap_or(0);
        if scope.features() & LATCHING != 0 {
            scope.emit(SWITCH_LATCHED, INFO, [(0, Value::Uint(position))]);
        } else if position > 0 {
            self.press(scope, position);
        } else {
            self.release(scope);
        }
    }

    fn tick(&mut self, scope: &mut Scope<'_>) {
        self.due = None;
        match self.pressed {
            Some(position) => {
                self.is_long = true;
                self.presses = 0;
                scope.emit(LONG_PRESS, INFO, [(0, Value::Uint(position))]);
            }
            None => self.complete(scope),
        }
    }

    fn due(&self) -> Option<Duration> {
        self.due
    }
}

impl Switch {
    fn press(&mut self, scope: &mut Scope<'_>, position: u64) {
        if self.presses > 0 && self.position != position {
            self.complete(scope);
        }
        self.pressed = Some(position);
        self.is_long = false;
        self.position = position;
        self.presses += 1;
        self.due = Some(scope.now() + LONG);
        scope.emit(INITIAL_PRESS, INFO, [(0, Value::Uint(position))]);
        if self.presses > 1 {
            let counted = Value::Uint(self.presses);
            scope.emit(
                MULTI_PRESS_ONGOING,
                INFO,
                [(0, Value::Uint(position)), (1, counted)],
            );
        }
    }

    fn release(&mut self, scope: &mut Scope<'_>) {
        let Some(position) = self.pressed.take() else {
            return;
        };
        let event = if self.is_long {
            LONG_RELEASE
        } else {
            SHORT_RELEASE
        };
        scope.emit(event, INFO, [(0, Value::Uint(position))]);
        let counts = scope.features() & MULTI_PRESS != 0 && !self.is_long;
        self.due = counts.then(|| scope.now() + AGAIN);
        if !counts {
            self.presses = 0;
        }
    }

    fn complete(&mut self, scope: &mut Scope<'_>) {
        let most = scope.uint(MULTI_PRESS_MAX).unwrap_or(u64::MAX);
        // More presses than the switch counts are told as none.
        let counted = if self.presses > most { 0 } else { self.presses };
        self.presses = 0;
        scope.emit(
            MULTI_PRESS_COMPLETE,
            INFO,
            [(0, Value::Uint(self.position)), (1, Value::Uint(counted))],
        );
    }
}

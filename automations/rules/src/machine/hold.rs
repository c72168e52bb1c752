//! Triggers that must hold for a while first: `for`.
//!
//! A hold that began since the start of the hub goes by elapsed time; one that was restored by the
//! wall clock. Whether it still holds may not be known when it is over: then it waits until it is.

use std::time::Duration;

use hub_model::Timestamp;

use super::Machine;
use super::state::{Hold, RuleIx, Spark, TriggerIx};
use super::timers::Timer;
use crate::compile::Sense;

impl Machine {
    /// Lets a trigger wait until it has held long enough.
    pub(super) fn hold(&mut self, rule: RuleIx, trigger: TriggerIx, hold: Duration, spark: Spark) {
        self.hold_since(rule, trigger, hold, spark, self.now.wall);
    }

    pub(super) fn hold_since(
        &mut self,
        rule: RuleIx,
        trigger: TriggerIx,
        hold: Duration,
        spark: Spark,
        since: Timestamp,
    ) {
        // What began before the clock was set is no longer ago than it takes.
        let held = self.now.wall.since(since).min(hold);
        let left = hold.saturating_sub(held);
        let until = self.now.wall + left;
        if let Some(sense) = self.sense_mut(rule, trigger) {
            sense.hold = Some(Hold {
                since,
                until,
                spark,
                overdue: false,
                here: true,
            });
        }
        self.timers
            .set(Timer::Hold(rule, trigger), self.now.mono + left);
        self.keep_sense(rule, trigger);
    }

    /// It has not held long enough.
    pub(super) fn let_go(&mut self, rule: RuleIx, trigger: TriggerIx) {
        let Some(hold) = self
            .sense_mut(rule, trigger)
            .and_then(|sense| sense.hold.take())
        else {
            return;
        };
        self.timers.clear(Timer::Hold(rule, trigger));
        self.keep_sense(rule, trigger);
        let held = self.now.wall.since(hold.since);
        let wanted = hold.until.since(hold.since);
        let show = crate::schedule::duration::show_duration;
        let rounded = Duration::from_secs(held.as_secs());
        let why = if held < wanted {
            format!("it held for {} of {}", show(rounded), show(wanted))
        } else {
            format!(
                "it held no more when it was known again, {} after it began",
                show(rounded)
            )
        };
        self.not_run(rule, Some(trigger), &hold.spark, Vec::new(), why);
    }

    /// It still holds, after nobody knew that for a while.
    pub(super) fn hold_goes_on(&mut self, rule: RuleIx, trigger: TriggerIx) {
        let overdue = self
            .sense_mut(rule, trigger)
            .and_then(|sense| sense.hold.as_ref());
        if overdue.is_some_and(|hold| hold.overdue) {
            self.hold_ended(rule, trigger);
        } else {
            self.rearm_hold(rule, trigger);
        }
    }

    /// Sets the timer of a hold that has none, as after a start.
    pub(super) fn rearm_hold(&mut self, rule: RuleIx, trigger: TriggerIx) {
        let hold = self
            .sense_mut(rule, trigger)
            .and_then(|sense| sense.hold.as_ref());
        let Some((until, here)) = hold.map(|hold| (hold.until, hold.here)) else {
            return;
        };
        if here || self.clock.is_trusted() {
            let at = self.now.mono + until.since(self.now.wall);
            self.timers.set(Timer::Hold(rule, trigger), at);
        }
    }

    /// A hold has lasted long enough, if it still holds.
    pub(super) fn hold_ended(&mut self, rule: RuleIx, trigger: TriggerIx) {
        let now = self.now.wall;
        let is_lost = self.is_lost_trigger(rule, trigger);
        let Some(sense) = self.sense_mut(rule, trigger) else {
            return;
        };
        let Some(mut hold) = sense.hold.take() else {
            return;
        };
        if sense.truth.is_none() {
            // Nobody knows: it waits until somebody does.
            hold.overdue = true;
            sense.hold = Some(hold);
            self.keep_sense(rule, trigger);
            return;
        }
        sense.lost = is_lost;
        self.timers.clear(Timer::Hold(rule, trigger));
        self.keep_sense(rule, trigger);
        let late = now.since(hold.until);
        let mut spark = hold.spark;
        if hold.overdue || late > super::clock::PUNCTUAL {
            spark.late_ms = Some(u64::try_from(late.as_millis()).unwrap_or(u64::MAX));
            if !self.may_be_late(rule, late) {
                let why = "it was due while the hub or the device was away, and is too late now";
                self.not_run(rule, Some(trigger), &spark, Vec::new(), why);
                return;
            }
        }
        self.fire(rule, trigger, spark);
    }

    fn is_lost_trigger(&self, rule: RuleIx, trigger: TriggerIx) -> bool {
        let compiled = self.trigger(rule, trigger);
        compiled.is_some_and(|compiled| matches!(compiled.sense, Sense::Lost { .. }))
    }
}

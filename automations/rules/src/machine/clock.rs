//! Rules that start by the clock, and whether the clock can be trusted.
//!
//! A machine without a battery-backed clock starts in 1970. Until the clock shows what can be true,
//! time rules are held, and that is said. When it jumps, every deadline by the wall clock is looked
//! at anew: what was jumped over is late, and the civil day that is kept with a schedule sees to it
//! that nothing runs twice.

use std::time::{Duration, Instant};

use hub_model::{Now, Timestamp};

use super::state::{Due, RuleIx, Spark, ThreadId, TriggerIx};
use super::timers::Timer;
use super::{Config, Machine};
use crate::compile::Sense;
use crate::schedule::{At, CivilDate, civil_date};
use crate::trace::RunId;
use crate::tree::IfLate;

/// What comes this much after its time is not late.
pub(super) const PUNCTUAL: Duration = Duration::from_secs(5);
/// The wall clock jumped when it and the other clock part by more than this.
const STEP: Duration = Duration::from_secs(2);
/// How long until a schedule that is not due within sight is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(24 * 3600);

/// The wall clock, as far as it can be trusted.
#[derive(Debug)]
pub(super) struct Clock {
    trusted: bool,
    last: (Instant, Timestamp),
}

/// How far the wall clock jumped, in microseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step(i64);

impl Step {
    /// Brings a moment that was reckoned before the jump into line with the clock after it.
    fn shift(self, at: &mut Timestamp) {
        at.0 = at.0.saturating_add(self.0);
    }

    const fn is_back(self) -> bool {
        self.0 < 0
    }
}

impl Clock {
    pub(super) fn new(config: &Config, now: Now) -> Self {
        Self {
            trusted: now.wall >= config.past,
            last: (now.mono, now.wall),
        }
    }

    pub(super) const fn is_trusted(&self) -> bool {
        self.trusted
    }

    /// Looks at the clock; whether it jumped, or the trust in it changed.
    pub(super) fn look(&mut self, now: Now, config: &Config) -> Option<Step> {
        let (mono, wall) = self.last;
        let expected = wall + now.mono.saturating_duration_since(mono);
        let apart = expected.since(now.wall).max(now.wall.since(expected));
        self.last = (now.mono, now.wall);
        let trusted = now.wall >= config.past;
        let changed = self.trusted != trusted;
        self.trusted = trusted;
        let step = Step(now.wall.0.saturating_sub(expected.0));
        (changed || apart > STEP).then_some(step)
    }
}

impl Machine {
    /// The wall clock jumped. What measures elapsed time goes on as if it had not; what was restored
    /// goes by the wall clock, which may know better now how long the hub was off; schedules are
    /// looked at anew.
    pub(super) fn clock_stepped(&mut self, step: Step) {
        for (rule, trigger) in self.all_triggers() {
            self.step_hold(rule, trigger, step);
            if let Some(due) = self
                .sense_mut(rule, trigger)
                .and_then(|sense| sense.due.as_mut())
                && due.date.is_none()
                && (due.here || step.is_back())
            {
                due.here = true;
                step.shift(&mut due.at);
                self.keep_sense(rule, trigger);
            }
            self.set_clock(rule, trigger);
        }
        let threads: Vec<_> = self
            .runs
            .iter()
            .flat_map(|(id, run)| run.threads.keys().map(move |thread| (*id, *thread)))
            .collect();
        for (run, thread) in threads {
            self.step_thread(run, thread, step);
        }
    }

    /// All triggers there are.
    pub(super) fn all_triggers(&self) -> Vec<(RuleIx, TriggerIx)> {
        let of_rule = |(ix, loaded): (RuleIx, &super::state::Loaded)| {
            let count = TriggerIx::try_from(loaded.senses.len()).unwrap_or(TriggerIx::MAX);
            (0..count).map(move |at| (ix, at))
        };
        self.rules.iter().flat_map(of_rule).collect()
    }

    fn step_hold(&mut self, rule: RuleIx, trigger: TriggerIx, step: Step) {
        let is_timed = self.timers.has(Timer::Hold(rule, trigger));
        let Some(hold) = self
            .sense_mut(rule, trigger)
            .and_then(|sense| sense.hold.as_mut())
        else {
            return;
        };
        if hold.here || (is_timed && step.is_back()) {
            hold.here = true;
            step.shift(&mut hold.since);
            step.shift(&mut hold.until);
            self.keep_sense(rule, trigger);
        } else {
            self.rearm_hold(rule, trigger);
        }
    }

    fn step_thread(&mut self, run: RunId, thread: ThreadId, step: Step) {
        let is_timed = self.timers.has(Timer::Thread(run, thread));
        let Some(state) = self.thread_mut(run, thread) else {
            return;
        };
        if state.here || (is_timed && step.is_back()) {
            state.here = true;
            state.moments(|at| step.shift(at));
            self.keep.touch(run);
        } else {
            self.arm(run, thread);
        }
    }

    /// Sets the deadline of a schedule or interval, and looks whether it has missed one.
    pub(super) fn set_clock(&mut self, rule: RuleIx, trigger: TriggerIx) {
        let Some(compiled) = self.trigger(rule, trigger) else {
            return;
        };
        match &compiled.sense {
            Sense::At(_) | Sense::Every(_) if !self.clock.is_trusted() => {
                self.timers.clear(Timer::Clock(rule, trigger));
            }
            Sense::At(_) | Sense::Every(_) if self.is_starting => {}
            Sense::At(at) => self.set_schedule(rule, trigger, at),
            Sense::Every(every) => self.set_interval(rule, trigger, *every),
            _ => {}
        }
    }

    fn set_schedule(&mut self, rule: RuleIx, trigger: TriggerIx, at: &At) {
        let now = self.now.wall;
        let done = self.done(rule, trigger);
        let last = at.last(now, &self.config.place);
        match (done, last) {
            (Some(done), Some(last)) if last.date > done => {
                self.set_done(rule, trigger, last.date);
                self.came_late(rule, trigger, last.at);
            }
            // A new schedule catches nothing up.
            (None, last) => {
                let yesterday = civil_date(now, &self.config.place).yesterday();
                if let Some(date) = last.map(|last| last.date).or(yesterday) {
                    self.set_done(rule, trigger, date);
                }
            }
            _ => {}
        }
        let next = at.next(now, self.done(rule, trigger), &self.config.place);
        let due = next.map(|next| Due {
            at: next.at,
            date: Some(next.date),
            here: false,
        });
        if let Some(sense) = self.sense_mut(rule, trigger) {
            sense.due = due;
        }
        let wait = due.map_or(LOOK_AGAIN, |due| due.at.since(now).min(LOOK_AGAIN));
        self.timers
            .set(Timer::Clock(rule, trigger), self.now.mono + wait);
    }

    /// The civil day for which a schedule ran last. One far ahead was written by a clock that was
    /// wrong, and does not count.
    fn done(&mut self, rule: RuleIx, trigger: TriggerIx) -> Option<CivilDate> {
        let today = civil_date(self.now.wall, &self.config.place);
        let sane = today.tomorrow().and_then(CivilDate::tomorrow)?;
        let done = self.sense_mut(rule, trigger)?.done?;
        (done <= sane).then_some(done)
    }

    fn set_done(&mut self, rule: RuleIx, trigger: TriggerIx, date: CivilDate) {
        if let Some(sense) = self.sense_mut(rule, trigger) {
            sense.done = Some(date);
        }
        self.keep_sense(rule, trigger);
    }

    fn set_interval(&mut self, rule: RuleIx, trigger: TriggerIx, every: Duration) {
        let now = self.now.wall;
        let kept = self.sense_mut(rule, trigger).and_then(|sense| sense.due);
        let first = now + every;
        let (due, late) = match kept {
            // The clock was set back: the interval begins anew.
            Some(due) if due.at > first => (begun_at(first), None),
            Some(due) if now.since(due.at) > PUNCTUAL => {
                (begun_at(after(due.at, every, now)), Some(due.at))
            }
            Some(due) => (due, None),
            None => (begun_at(first), None),
        };
        self.timers.set(
            Timer::Clock(rule, trigger),
            self.now.mono + due.at.since(now),
        );
        if kept != Some(due) {
            self.set_due(rule, trigger, due);
        }
        if let Some(late) = late {
            self.came_late(rule, trigger, late);
        }
    }

    fn set_due(&mut self, rule: RuleIx, trigger: TriggerIx, due: Due) {
        if let Some(sense) = self.sense_mut(rule, trigger) {
            sense.due = Some(due);
        }
        self.keep_sense(rule, trigger);
    }

    /// The deadline of a schedule or interval has come.
    pub(super) fn clock_came(&mut self, rule: RuleIx, trigger: TriggerIx) {
        let now = self.now.wall;
        let due = self.sense_mut(rule, trigger).and_then(|sense| sense.due);
        let Some(due) = due.filter(|due| due.at <= now) else {
            // Not yet: the clocks run apart, or nothing was within sight.
            self.set_clock(rule, trigger);
            return;
        };
        match due.date {
            Some(date) => self.set_done(rule, trigger, date),
            None => {
                let every = self.interval(rule, trigger).unwrap_or(LOOK_AGAIN);
                self.set_due(rule, trigger, begun_at(after(due.at, every, now)));
            }
        }
        if now.since(due.at) > PUNCTUAL {
            self.came_late(rule, trigger, due.at);
        } else {
            self.fire(rule, trigger, Spark::default());
        }
        self.set_clock(rule, trigger);
    }

    fn interval(&self, rule: RuleIx, trigger: TriggerIx) -> Option<Duration> {
        match self.trigger(rule, trigger)?.sense {
            Sense::Every(every) => Some(every),
            _ => None,
        }
    }

    fn came_late(&mut self, rule: RuleIx, trigger: TriggerIx, due: Timestamp) {
        let late = self.now.wall.since(due);
        let late_ms = u64::try_from(late.as_millis()).unwrap_or(u64::MAX);
        let spark = Spark {
            late_ms: (late > PUNCTUAL).then_some(late_ms),
            ..Spark::default()
        };
        if self.may_be_late(rule, late) {
            self.fire(rule, trigger, spark);
        } else {
            let show = crate::schedule::duration::show_duration;
            let late = show(Duration::from_secs(late.as_secs()));
            let why = format!("it was due {late} before, while the hub or its clock was away");
            self.not_run(rule, Some(trigger), &spark, Vec::new(), why);
        }
    }

    /// Whether a rule may do this much later what it should have done.
    pub(super) fn may_be_late(&self, rule: RuleIx, late: Duration) -> bool {
        let if_late = self.rules.get(rule).map(|loaded| loaded.rule.if_late);
        is_in_time(if_late.unwrap_or_default(), late)
    }
}

/// Whether something may still be done so late.
pub(super) fn is_in_time(if_late: IfLate, late: Duration) -> bool {
    match if_late {
        IfLate::Skip => late <= PUNCTUAL,
        IfLate::Run => true,
        IfLate::RunWithin(within) => late <= within.max(PUNCTUAL),
    }
}

/// An interval that began since the start of the hub.
const fn begun_at(at: Timestamp) -> Due {
    Due {
        at,
        date: None,
        here: true,
    }
}

/// The first of a row of moments after `now`.
fn after(due: Timestamp, every: Duration, now: Timestamp) -> Timestamp {
    let passed = now.since(due).as_micros() / every.as_micros().max(1) + 1;
    let ahead = every.as_micros().saturating_mul(passed);
    due + Duration::from_micros(u64::try_from(ahead).unwrap_or(u64::MAX))
}

//! Waits of a run: for a time, or until something holds.

use std::sync::Arc;
use std::time::Duration;

use hub_model::Timestamp;

use super::run::{At, Flow};
use super::state::{ThreadId, Waiting};
use super::timers::Timer;
use super::{Machine, Told};
use crate::compile::{Asked, Code, Op, Program};
use crate::schedule::duration::show_duration;
use crate::trace::{Outcome, RunId};
use crate::tree::Otherwise;

/// The longest delay, in seconds: a year.
const LONGEST_DELAY: f64 = 31_622_400.0;

impl Machine {
    pub(super) fn delay(&mut self, run: &At, span: &Code) -> Flow {
        let span = match self.value(run.id, span) {
            Ok(value) => value
                .as_number()
                .unwrap_or_default()
                .clamp(0.0, LONGEST_DELAY),
            Err(why) => {
                return Flow::Stop(Outcome::Failed {
                    why: format!("{}: how long to wait is not known: {why}", run.place).into(),
                });
            }
        };
        let span = Duration::from_secs_f64(span);
        self.step(run, format!("wait for {}", show_duration(span)));
        let until = self.now.wall + span;
        if let Some(thread) = self.thread_mut(run.id, run.thread) {
            thread.here = true;
            thread.wait = Waiting::Time { until };
        }
        self.timers
            .set(Timer::Thread(run.id, run.thread), self.now.mono + span);
        Flow::Wait
    }

    pub(super) fn begin_wait(
        &mut self,
        run: &At,
        asked: &Asked,
        hold: Option<Duration>,
        timeout: Duration,
    ) -> Flow {
        let answered = self.asked(run.id, asked);
        let holds = answered.held == Some(true);
        let text = format!("wait until {}", asked.text).into();
        let step = self.step_with(run, text, None, answered.values);
        if holds && hold.is_none() {
            self.result(run.id, step, "it was so already");
            return Flow::Next;
        }
        let now = self.now;
        let until = now.wall + timeout;
        if let Some(thread) = self.thread_mut(run.id, run.thread) {
            thread.here = true;
            thread.wait = Waiting::Condition {
                timeout: until,
                held: holds.then_some(now.wall),
            };
        }
        self.watch.wait(&asked.uses, (run.id, run.thread));
        let first = hold
            .filter(|_| holds)
            .map_or(timeout, |hold| hold.min(timeout));
        self.timers
            .set(Timer::Thread(run.id, run.thread), now.mono + first);
        Flow::Wait
    }

    /// A value changed that a waiting thread looks at.
    pub(super) fn condition_changed(&mut self, id: RunId, thread: ThreadId) {
        let Some((program, at)) = self.program_at(id, thread) else {
            return;
        };
        let Some(Op::Wait { asked, hold, .. }) = program.ops.get(at) else {
            return;
        };
        let now = self.now;
        let is = self.asked(id, asked).held;
        let Some(state) = self.thread_mut(id, thread) else {
            return;
        };
        let Waiting::Condition { timeout, held } = &mut state.wait else {
            return;
        };
        let left = timeout.since(now.wall);
        let at = match (is, *held, hold) {
            (Some(true), _, None) => return self.end_wait(id, thread, asked, "it is so"),
            (Some(true), Some(since), Some(hold)) => {
                if now.wall.since(since) >= *hold {
                    return self.end_wait(id, thread, asked, "it is so");
                }
                // Known again after a gap: it goes on holding.
                hold.saturating_sub(now.wall.since(since)).min(left)
            }
            (Some(true), None, Some(hold)) => {
                *held = Some(now.wall);
                (*hold).min(left)
            }
            (Some(false), Some(_), _) => {
                *held = None;
                left
            }
            _ => return,
        };
        // What was restored under a clock that cannot be trusted has no deadline yet.
        if state.here || self.clock.is_trusted() {
            self.timers.set(Timer::Thread(id, thread), now.mono + at);
        }
        self.keep.touch(id);
    }

    fn program_at(&self, id: RunId, thread: ThreadId) -> Option<(Arc<Program>, usize)> {
        let run = self.runs.get(&id)?;
        let at = run.threads.get(&thread)?.at;
        Some((Arc::clone(&run.program), at))
    }

    fn end_wait(&mut self, id: RunId, thread: ThreadId, asked: &Asked, result: &str) {
        self.watch.forget_wait(&asked.uses, (id, thread));
        let last = self.last_step(id, thread);
        self.result(id, last, result);
        self.go_on(id, thread);
    }

    /// The step in the trace at which a thread waits.
    pub(super) fn last_step(&self, id: RunId, thread: ThreadId) -> Option<usize> {
        let run = self.runs.get(&id)?;
        let place = run.program.places.get(run.threads.get(&thread)?.at)?;
        // If steps were left out, the last one that is told may be of an earlier turn.
        let is_whole = run.trace.left_out == 0;
        let mut steps = run.trace.steps.iter();
        steps
            .rposition(|step| step.place == *place)
            .filter(|_| is_whole)
    }

    /// Lets a thread go on with the operation after the one that it waited at.
    pub(super) fn go_on(&mut self, id: RunId, thread: ThreadId) {
        self.timers.clear(Timer::Thread(id, thread));
        if let Some(state) = self.thread_mut(id, thread) {
            state.at += 1;
            state.wait = Waiting::Nothing;
        }
        self.advance_later(id, thread);
    }

    /// A thread's deadline has come.
    pub(super) fn thread_woke(&mut self, id: RunId, thread: ThreadId) {
        let Some((program, at)) = self.program_at(id, thread) else {
            return;
        };
        let Some(state) = self.thread_mut(id, thread) else {
            return;
        };
        match state.wait.clone() {
            Waiting::Nothing => self.advance_later(id, thread),
            Waiting::Time { until } => self.time_came(id, thread, until),
            Waiting::Condition { timeout, held } => {
                if let Some(Op::Wait {
                    asked,
                    hold,
                    otherwise,
                    ..
                }) = program.ops.get(at)
                {
                    self.wait_ended(id, thread, asked, *hold, *otherwise, timeout, held);
                }
            }
            Waiting::Answers { attempt, .. } => self.answers_due(id, thread, attempt),
            Waiting::Branches { .. } => {}
        }
    }

    fn time_came(&mut self, id: RunId, thread: ThreadId, until: Timestamp) {
        let last = self.last_step(id, thread);
        let late = self.now.wall.since(until);
        if late > super::clock::PUNCTUAL && self.clock.is_trusted() {
            let rule = self.runs.get(&id).and_then(|run| run.ix);
            let shown = show_duration(Duration::from_secs(late.as_secs()));
            if rule.is_some_and(|rule| !self.may_be_late(rule, late)) {
                let why = format!("it should have gone on {shown} before, while the hub was off");
                self.end_run(id, Outcome::Stopped { why: why.into() });
                return;
            }
            self.result(id, last, format!("went on {shown} late"));
        }
        self.go_on(id, thread);
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one wait")]
    fn wait_ended(
        &mut self,
        id: RunId,
        thread: ThreadId,
        asked: &Asked,
        hold: Option<Duration>,
        otherwise: Otherwise,
        timeout: Timestamp,
        held: Option<Timestamp>,
    ) {
        let now = self.now.wall;
        let is_held = held
            .zip(hold)
            .is_some_and(|(held, hold)| now.since(held) >= hold);
        if is_held && self.asked(id, asked).held == Some(true) {
            self.end_wait(id, thread, asked, "it is so");
            return;
        }
        if now < timeout {
            // It held, but nobody knows whether it still does: until the timeout. Or the clocks run
            // apart a little, and it is not yet time.
            let left = held
                .zip(hold)
                .map(|(held, hold)| hold.saturating_sub(now.since(held)));
            let left = left.filter(|left| !left.is_zero());
            let left = left.map_or(timeout.since(now), |left| left.min(timeout.since(now)));
            self.timers
                .set(Timer::Thread(id, thread), self.now.mono + left);
            return;
        }
        self.watch.forget_wait(&asked.uses, (id, thread));
        let last = self.last_step(id, thread);
        self.result(id, last, "it did not come so in time");
        let why = format!("{} did not come so in time", asked.text);
        if self.give_up(id, otherwise, why.into()) {
            self.go_on(id, thread);
        }
    }

    /// Does what is to be done when something was not reached; whether the run goes on.
    pub(super) fn give_up(&mut self, id: RunId, otherwise: Otherwise, why: Arc<str>) -> bool {
        match otherwise {
            Otherwise::Continue => true,
            Otherwise::Stop => {
                self.end_run(id, Outcome::Failed { why });
                false
            }
            Otherwise::Notify => {
                if let Some(run) = self.runs.get(&id) {
                    self.told.push_back(Told::Notice {
                        rule: Arc::clone(&run.rule),
                        run: id,
                        to: run.owner.clone(),
                        message: why,
                    });
                }
                true
            }
        }
    }
}

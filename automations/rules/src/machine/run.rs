//! Runs: one operation after the other, until something has to be waited for.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::state::{LoopState, Run, Spark, Thread, ThreadId, Waiting};
use super::timers::Timer;
use super::{Machine, Told};
use crate::compile::{Asked, Code, Env, Op, Part, Program, eval};
use crate::datum::{Datum, Type};
use crate::trace::{Answered, Done, Outcome, RunId};

/// Operations of one thread in one go; then others have their turn.
const AT_ONCE: usize = 500;
/// Operations that one input leads to at most; what is left has its turn after the next.
pub(super) const MOST_AT_ONCE: usize = 20_000;
/// The longest message, in characters.
const LONGEST_MESSAGE: usize = 1_000;

/// How a thread goes on after an operation.
pub(super) enum Flow {
    /// With the next.
    Next,
    /// With this one.
    To(usize),
    /// When what it waits for has come.
    Wait,
    /// Not at all: it has ended.
    End,
    /// Not at all, and the run neither.
    Stop(Outcome),
}

impl Machine {
    /// Lets a run go on as far as it can, as soon as all that this input started has been seen: so
    /// what one rule does is not seen by the conditions of another that the same event started.
    pub(super) fn advance(&mut self, run: RunId) {
        let Some(state) = self.runs.get(&run).filter(|run| !run.queued) else {
            return;
        };
        let ready = state
            .threads
            .iter()
            .filter(|(_, thread)| thread.wait == Waiting::Nothing);
        self.ready.extend(ready.map(|(thread, _)| (run, *thread)));
    }

    pub(super) fn advance_later(&mut self, run: RunId, thread: ThreadId) {
        self.ready.push_back((run, thread));
    }

    /// Lets all go on that can.
    pub(super) fn work(&mut self) {
        while let Some((run, thread)) = self.ready.pop_front() {
            if self.budget > 0 {
                self.advance_thread(run, thread);
            } else {
                self.timers.set(Timer::Thread(run, thread), self.now.mono);
            }
        }
    }

    fn advance_thread(&mut self, id: RunId, thread: ThreadId) {
        for _ in 0..AT_ONCE.min(self.budget) {
            let Some(run) = self.runs.get(&id) else {
                return;
            };
            let Some(state) = run.threads.get(&thread) else {
                return;
            };
            if state.wait != Waiting::Nothing {
                return;
            }
            self.budget -= 1;
            let at = state.at;
            let program = Arc::clone(&run.program);
            let flow = match program.ops.get(at) {
                Some(op) => self.operation(id, thread, &program, at, op),
                None => Flow::End,
            };
            self.keep.touch(id);
            match flow {
                Flow::Next => self.go_to(id, thread, at + 1),
                Flow::To(to) => self.go_to(id, thread, to),
                Flow::Wait => return,
                Flow::End => {
                    self.end_thread(id, thread);
                    return;
                }
                Flow::Stop(outcome) => {
                    self.end_run(id, outcome);
                    return;
                }
            }
        }
        // Others first.
        self.advance_later(id, thread);
    }

    fn go_to(&mut self, id: RunId, thread: ThreadId, to: usize) {
        if let Some(thread) = self.thread_mut(id, thread) {
            thread.at = to;
            thread.wait = Waiting::Nothing;
        }
    }

    pub(super) fn thread_mut(&mut self, id: RunId, thread: ThreadId) -> Option<&mut Thread> {
        self.runs.get_mut(&id)?.threads.get_mut(&thread)
    }

    fn operation(
        &mut self,
        id: RunId,
        thread: ThreadId,
        program: &Program,
        at: usize,
        op: &Op,
    ) -> Flow {
        let place = program.places.get(at).cloned().unwrap_or_default();
        let run = At { id, thread, place };
        match op {
            Op::Set { orders, ensure } => self.set(&run, orders, ensure.as_ref(), None),
            Op::Scene { scene, transition } => self.apply_scene(&run, scene, *transition),
            Op::Invoke { .. } => self.invoke(&run, op),
            Op::Wait {
                asked,
                hold,
                timeout,
                ..
            } => self.begin_wait(&run, asked, *hold, *timeout),
            Op::Delay(span) => self.delay(&run, span),
            Op::Branch { asked, otherwise } => self.branch(&run, asked, *otherwise),
            Op::Jump(to) => Flow::To(*to),
            Op::Loop { count, timeout } => {
                let until = timeout.map(|timeout| self.now.wall + timeout);
                if let Some(thread) = self.thread_mut(id, thread) {
                    thread.loops.push(LoopState {
                        left: *count,
                        until,
                    });
                }
                Flow::Next
            }
            Op::Again { body, until } => self.again(&run, *body, until.as_ref()),
            Op::Fork { branches, join } => self.fork(&run, branches, *join),
            Op::EndBranch => Flow::End,
            Op::Run(rule) => self.run_other(&run, rule),
            Op::Notify { parts, to } => self.notify(&run, parts, to.as_ref()),
            Op::Let {
                name,
                code,
                datatype,
            } => self.let_local(&run, name, code, datatype),
            Op::Assign {
                name,
                code,
                datatype,
            } => self.assign(&run, name, code, datatype),
            Op::Stop { reason } => {
                let why = reason
                    .clone()
                    .unwrap_or_else(|| "it was told to stop".into());
                Flow::Stop(Outcome::Stopped { why })
            }
        }
    }

    /// Notes a step in the run's trace.
    pub(super) fn step(&mut self, run: &At, text: impl Into<Arc<str>>) -> Option<usize> {
        self.step_with(run, text.into(), None, Vec::new())
    }

    pub(super) fn step_with(
        &mut self,
        run: &At,
        text: Arc<str>,
        result: Option<Arc<str>>,
        values: Vec<crate::trace::Seen>,
    ) -> Option<usize> {
        let at = self.now.wall;
        let state = self.runs.get_mut(&run.id)?;
        state.trace.push(Done {
            place: Arc::clone(&run.place),
            at,
            text,
            result,
            cause: None,
            values,
        })
    }

    pub(super) fn result(&mut self, id: RunId, step: Option<usize>, result: impl Into<Arc<str>>) {
        let Some(step) = step else { return };
        if let Some(run) = self.runs.get_mut(&id)
            && let Some(done) = run.trace.steps.get_mut(step)
        {
            done.result = Some(result.into());
            self.keep.touch(id);
        } else {
            self.traces.result(id, step, &result.into());
        }
    }

    pub(super) fn forget_result(&mut self, id: RunId, step: Option<usize>) {
        let steps = self.runs.get_mut(&id).map(|run| &mut run.trace.steps);
        if let Some(done) = steps
            .zip(step)
            .and_then(|(steps, step)| steps.get_mut(step))
        {
            done.result = None;
        }
    }

    /// What a run's expressions are evaluated in.
    fn run_env<'a>(&'a self, run: &'a Run) -> Env<'a> {
        Env {
            facts: &run.facts,
            locals: &run.locals,
            ..self.env()
        }
    }

    pub(super) fn value(&self, id: RunId, code: &Code) -> Result<Datum, String> {
        let run = self.runs.get(&id).ok_or("the run has ended")?;
        eval(code, &self.run_env(run)).map_err(|missing| self.missing(&missing))
    }

    pub(super) fn asked(&self, id: RunId, asked: &Asked) -> Answered {
        static NONE: BTreeMap<Arc<str>, Datum> = BTreeMap::new();
        let run = self.runs.get(&id);
        let facts = run.map(|run| run.facts.clone()).unwrap_or_default();
        self.answer(asked, &facts, run.map_or(&NONE, |run| &run.locals))
    }

    fn branch(&mut self, run: &At, asked: &Asked, otherwise: usize) -> Flow {
        let answered = self.asked(run.id, asked);
        let result = match (answered.held, &answered.unknown) {
            (Some(true), _) => "yes".into(),
            (Some(false), _) => "no".into(),
            (None, Some(why)) => Arc::from(format!("not known, so no: {why}")),
            (None, None) => "not known, so no".into(),
        };
        let text = format!("if {}", asked.text).into();
        self.step_with(run, text, Some(result), answered.values);
        if answered.held == Some(true) {
            Flow::Next
        } else {
            Flow::To(otherwise)
        }
    }

    fn again(&mut self, run: &At, body: usize, until: Option<&Asked>) -> Flow {
        let holds = until.is_some_and(|until| self.asked(run.id, until).held == Some(true));
        let now = self.now.wall;
        let Some(thread) = self.thread_mut(run.id, run.thread) else {
            return Flow::End;
        };
        let Some(state) = thread.loops.last_mut() else {
            return Flow::Next;
        };
        state.left = state.left.saturating_sub(1);
        let in_time = state.until.is_none_or(|until| now < until);
        if !holds && state.left > 0 && in_time {
            return Flow::To(body);
        }
        thread.loops.pop();
        if until.is_some() && !holds {
            let step = self.step(run, "repeat");
            self.result(run.id, step, "it did not come so in time");
        }
        Flow::Next
    }

    fn fork(&mut self, run: &At, branches: &[usize], join: usize) -> Flow {
        let Some(state) = self.runs.get_mut(&run.id) else {
            return Flow::End;
        };
        let left = u16::try_from(branches.len()).unwrap_or(u16::MAX);
        if left == 0 {
            return Flow::To(join);
        }
        let mut begun = Vec::new();
        for start in branches {
            // In a loop the numbers come round again, and one may be in use still.
            let mut id = state.next_thread;
            while state.threads.contains_key(&id) {
                id = id.wrapping_add(1);
            }
            state.next_thread = id.wrapping_add(1);
            state
                .threads
                .insert(id, Thread::begin(*start, Some(run.thread)));
            begun.push(id);
        }
        if let Some(thread) = state.threads.get_mut(&run.thread) {
            // It goes on behind the branches when all have ended.
            thread.at = join;
            thread.wait = Waiting::Branches { left };
        }
        for thread in begun {
            self.advance_later(run.id, thread);
        }
        Flow::Wait
    }

    fn end_thread(&mut self, id: RunId, thread: ThreadId) {
        let Some(run) = self.runs.get_mut(&id) else {
            return;
        };
        let parent = run.threads.remove(&thread).and_then(|thread| thread.parent);
        if run.threads.is_empty() {
            self.end_run(id, Outcome::Done);
            return;
        }
        let Some(parent) = parent else { return };
        let Some(state) = run.threads.get_mut(&parent) else {
            return;
        };
        if let Waiting::Branches { left } = &mut state.wait {
            *left = left.saturating_sub(1);
            if *left == 0 {
                state.wait = Waiting::Nothing;
                self.advance_later(id, parent);
            }
        }
    }

    fn run_other(&mut self, run: &At, rule: &Arc<str>) -> Flow {
        let step = self.step(run, format!("run {rule}"));
        let Some(state) = self.runs.get(&run.id) else {
            return Flow::End;
        };
        let spark = Spark {
            cause: state.cause,
            depth: state.depth.saturating_add(1),
            device: state.facts.device.clone(),
            late_ms: None,
        };
        let text = format!("{} ran it", state.rule);
        let loaded = self
            .rules
            .ix(rule)
            .and_then(|ix| Some((ix, self.rules.get(ix)?.rule.enabled)));
        let started = match loaded {
            Some((ix, true)) => self.start_rule(ix, &spark, &text),
            Some((_, false)) => Err("it is disabled".to_owned()),
            None => Err("there is no such rule any more".to_owned()),
        };
        let result = match started {
            Ok(id) => format!("started as {id}"),
            Err(why) => format!("not started: {why}"),
        };
        self.result(run.id, step, result);
        Flow::Next
    }

    fn notify(&mut self, run: &At, parts: &[Part], to: Option<&Arc<str>>) -> Flow {
        let mut message = String::new();
        for part in parts {
            match part {
                Part::Text(text) => message.push_str(text),
                Part::Value { code, datatype } => match self.value(run.id, code) {
                    Ok(value) => message.push_str(&value.shown(datatype)),
                    Err(_) => message.push_str("(not known)"),
                },
            }
        }
        let message: String = message.chars().take(LONGEST_MESSAGE).collect();
        let message: Arc<str> = message.into();
        self.step(run, format!("notify: {message}"));
        if let Some(state) = self.runs.get(&run.id) {
            self.told.push_back(Told::Notice {
                rule: Arc::clone(&state.rule),
                run: run.id,
                to: to.or(state.owner.as_ref()).cloned(),
                message,
            });
        }
        Flow::Next
    }

    fn let_local(&mut self, run: &At, name: &Arc<str>, code: &Code, datatype: &Type) -> Flow {
        match self.value(run.id, code) {
            Ok(value) => {
                self.step(run, format!("${name} = {}", value.shown(datatype)));
                if let Some(state) = self.runs.get_mut(&run.id) {
                    state.locals.insert(Arc::clone(name), value);
                }
            }
            Err(why) => {
                let step = self.step(run, format!("${name}"));
                self.result(run.id, step, format!("no value: {why}"));
                // One of before would be taken for this one.
                if let Some(state) = self.runs.get_mut(&run.id) {
                    state.locals.remove(name);
                }
            }
        }
        Flow::Next
    }

    fn assign(&mut self, run: &At, name: &Arc<str>, code: &Code, datatype: &Type) -> Flow {
        let value = match self.value(run.id, code) {
            Ok(value) => value,
            Err(why) => {
                let step = self.step(run, format!("home.{name}"));
                self.result(run.id, step, format!("no value: {why}"));
                return Flow::Next;
            }
        };
        self.step(run, format!("home.{name} = {}", value.shown(datatype)));
        let (cause, depth) = match self.runs.get(&run.id) {
            Some(state) => (state.cause, state.depth.saturating_add(1)),
            None => (None, 0),
        };
        self.set_variable(name, value, cause, depth);
        Flow::Next
    }

    /// Gives a variable of the home a value.
    pub(super) fn set_variable(
        &mut self,
        name: &Arc<str>,
        value: Datum,
        cause: Option<hub_model::CauseId>,
        depth: u16,
    ) {
        let Some(variable) = self.variables.get_mut(name) else {
            return;
        };
        if variable.value == value {
            return;
        }
        variable.value = value;
        self.keep.put_variable(name, &variable.value);
        self.variable_changed(name, cause, depth);
    }

    /// Ends a run before it is done.
    pub(super) fn stop_run(&mut self, id: RunId, why: &str) {
        self.end_run(id, Outcome::Stopped { why: why.into() });
    }

    /// Ends a run.
    pub(super) fn end_run(&mut self, id: RunId, outcome: Outcome) {
        let Some(mut run) = self.runs.remove(&id) else {
            return;
        };
        for (thread, state) in &run.threads {
            self.timers.clear(Timer::Thread(id, *thread));
            if let (Waiting::Condition { .. }, Some(Op::Wait { asked, .. })) =
                (&state.wait, run.program.ops.get(state.at))
            {
                self.watch.forget_wait(&asked.uses, (id, *thread));
            }
        }
        for token in self.answers.forget_run(id) {
            self.transmits
                .push_back(super::Transmit::Withdraw { token });
        }
        let stopped = outcome != Outcome::Done;
        run.trace.outcome = match (run.queued, outcome) {
            (true, Outcome::Stopped { why }) => Outcome::NotRun { why },
            (_, outcome) => outcome,
        };
        run.trace.ended = Some(self.now.wall);
        self.traces.put(run.trace);
        self.keep.forget_run(id);
        if let Some(rule) = run.ix {
            if let Some(loaded) = self.rules.get_mut(rule) {
                loaded.running.remove(&id);
                loaded.queue.retain(|other| *other != id);
            }
            if !stopped || !run.queued {
                self.begin_next(rule);
            }
        }
    }
}

/// Where a run is.
pub(super) struct At {
    pub(super) id: RunId,
    pub(super) thread: ThreadId,
    pub(super) place: Arc<str>,
}

//! Commands under way, and what devices answer. Sent is not done: the trace says which it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hub_model::{CauseId, CommandProgress};

use super::Machine;
use super::give::attempt_within;
use super::run::At;
use super::state::{ThreadId, Waiting};
use crate::compile::{Op, Order};
use crate::trace::{Outcome, RunId};
use crate::tree::Ensure;

/// Commands whose causes are remembered: more than are under way in a home at once.
const CAUSES_KEPT: usize = 8_192;

/// Commands under way.
#[derive(Debug, Default)]
pub(super) struct Answers {
    open: BTreeMap<u64, Open>,
    by_thread: BTreeMap<(RunId, ThreadId), BTreeSet<u64>>,
    /// Commands that the engine has not answered yet: it may take one whose run has ended meanwhile.
    given: BTreeMap<u64, Sent>,
    causes: BTreeMap<CauseId, Sent>,
}

/// A command that a thread is about to give.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asking {
    pub(super) run: RunId,
    pub(super) thread: ThreadId,
    /// Which order of the step.
    pub(super) index: usize,
    pub(super) step: Option<usize>,
    /// Whether a report will show it.
    pub(super) confirm: bool,
    /// How often it was asked before.
    pub(super) attempt: u8,
    /// How many rules led to what it does.
    pub(super) depth: u16,
}

/// A command whose answer a thread waits for.
#[derive(Debug)]
struct Open {
    asked: Asking,
    answer: Answer,
    /// Its answer may have been missed.
    missed: bool,
}

/// How a command went so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    None,
    Acknowledged,
    Confirmed,
    Failed,
}

/// A command that the engine took.
#[derive(Clone, Debug)]
struct Sent {
    token: u64,
    depth: u16,
    run: RunId,
    step: Option<usize>,
    attempt: u8,
}

impl Answers {
    /// Notes that a thread waits for the answer to a command.
    pub(super) fn expect(&mut self, token: u64, asked: Asking) {
        let open = Open {
            asked,
            answer: Answer::None,
            missed: false,
        };
        self.open.insert(token, open);
        self.by_thread
            .entry((asked.run, asked.thread))
            .or_default()
            .insert(token);
        let sent = Sent {
            token,
            depth: asked.depth,
            run: asked.run,
            step: asked.step,
            attempt: asked.attempt,
        };
        self.given.insert(token, sent);
        if self.given.len() > CAUSES_KEPT {
            self.given.pop_first();
        }
    }

    /// Notes that a command was not even given.
    pub(super) fn refused(&mut self, token: u64) {
        self.given.remove(&token);
        if let Some(open) = self.open.get_mut(&token) {
            open.answer = Answer::Failed;
        }
    }

    /// Whether no thread waits for an answer.
    pub(super) fn is_idle(&self) -> bool {
        self.open.is_empty()
    }

    /// Takes over which run gave which command, to be told and no more: how deep the chains were is
    /// forgotten.
    pub(super) fn remember(&mut self, earlier: Self) {
        for (cause, sent) in earlier.causes {
            self.causes
                .entry(cause)
                .or_insert(Sent { depth: 0, ..sent });
        }
    }

    /// Events were missed: how commands went whose answers were awaited may be among them.
    pub(super) fn missed(&mut self) {
        let open = self
            .open
            .values_mut()
            .filter(|open| open.answer == Answer::None);
        open.for_each(|open| open.missed = true);
    }

    /// How many rules led to what has this cause.
    pub(super) fn depth(&self, cause: CauseId) -> u16 {
        self.causes.get(&cause).map_or(0, |sent| sent.depth)
    }

    /// The run that gave the command of this cause.
    pub(super) fn run_of(&self, cause: CauseId) -> Option<RunId> {
        self.causes.get(&cause).map(|sent| sent.run)
    }

    /// Forgets what a run waits for; the commands whose answers nobody waits for any more.
    pub(super) fn forget_run(&mut self, run: RunId) -> Vec<u64> {
        let of_run = self
            .by_thread
            .range((run, ThreadId::MIN)..=(run, ThreadId::MAX));
        let threads: Vec<_> = of_run.map(|((_, thread), _)| *thread).collect();
        let forgotten = threads
            .into_iter()
            .map(|thread| self.forget_thread(run, thread));
        forgotten.flatten().collect()
    }

    fn forget_thread(&mut self, run: RunId, thread: ThreadId) -> BTreeSet<u64> {
        let tokens = self.by_thread.remove(&(run, thread)).unwrap_or_default();
        for token in &tokens {
            self.open.remove(token);
        }
        tokens
    }

    fn of_thread(&self, run: RunId, thread: ThreadId) -> impl Iterator<Item = &Open> {
        let tokens = self.by_thread.get(&(run, thread)).into_iter().flatten();
        tokens.filter_map(|token| self.open.get(token))
    }
}

impl Machine {
    /// The engine took a command, or did not.
    pub(super) fn taken(&mut self, token: u64, answer: Result<CauseId, String>) {
        let Some(sent) = self.answers.given.remove(&token) else {
            return;
        };
        let (run, step) = (sent.run, sent.step);
        match answer {
            Ok(cause) => {
                self.answers.causes.insert(cause, sent);
                if self.answers.causes.len() > CAUSES_KEPT {
                    self.answers.causes.pop_first();
                }
                if let Some(state) = self.runs.get_mut(&run)
                    && let Some(done) = step.and_then(|step| state.trace.steps.get_mut(step))
                {
                    done.cause = Some(cause);
                    self.keep.touch(run);
                } else if let Some(step) = step {
                    self.traces.cause(run, step, cause);
                }
            }
            Err(why) => {
                self.result(run, step, format!("not sent: {why}"));
                self.answered(token, Answer::Failed);
            }
        }
    }

    /// A command went on.
    pub(super) fn progress(&mut self, cause: CauseId, progress: &CommandProgress) {
        let Some(sent) = self.answers.causes.get(&cause).cloned() else {
            return;
        };
        let (answer, words) = match progress {
            CommandProgress::Sent => return,
            CommandProgress::Acknowledged { .. } => {
                (Answer::Acknowledged, "acknowledged".to_owned())
            }
            CommandProgress::Confirmed => (Answer::Confirmed, "confirmed".to_owned()),
            CommandProgress::Refused(why) => (Answer::Failed, format!("refused: {why}")),
            CommandProgress::TimedOut => (Answer::Failed, "no answer".to_owned()),
        };
        let words = match sent.attempt {
            0 => words,
            before => format!("{words} in attempt {}", u16::from(before) + 1),
        };
        // What nobody waits for any more is told only if it came true after all.
        let is_awaited = self.answers.open.contains_key(&sent.token);
        if is_awaited || answer != Answer::Failed {
            self.result(sent.run, sent.step, words);
        }
        self.answered(sent.token, answer);
    }

    fn answered(&mut self, token: u64, answer: Answer) {
        let Some(open) = self.answers.open.get_mut(&token) else {
            return;
        };
        open.answer = answer;
        let (run, thread) = (open.asked.run, open.asked.thread);
        self.look_at_answers(run, thread);
    }

    /// Lets a thread go on when it has the answers that it waits for.
    fn look_at_answers(&mut self, run: RunId, thread: ThreadId) {
        let ensured = self.ensure_of(run, thread).is_some();
        let enough = self
            .answers
            .of_thread(run, thread)
            .all(|open| match ensured {
                true => is_there(open),
                false => open.answer != Answer::None,
            });
        let waits = self
            .thread_mut(run, thread)
            .is_some_and(|thread| matches!(thread.wait, Waiting::Answers { .. }));
        if enough && waits {
            self.answers.forget_thread(run, thread);
            self.go_on(run, thread);
        }
    }

    fn ensure_of(&self, run: RunId, thread: ThreadId) -> Option<Ensure> {
        let run = self.runs.get(&run)?;
        match run.program.ops.get(run.threads.get(&thread)?.at)? {
            Op::Set { ensure, .. } => ensure.clone(),
            _ => None,
        }
    }

    /// The time for answers is over.
    pub(super) fn answers_due(&mut self, run: RunId, thread: ThreadId, attempt: u8) {
        let Some(ensure) = self.ensure_of(run, thread) else {
            let silent = self.answers.of_thread(run, thread);
            let silent = silent.filter(|open| open.answer == Answer::None);
            let silent: Vec<_> = silent.map(|open| (open.asked.step, open.missed)).collect();
            for (step, missed) in silent {
                let result = if missed {
                    "not known: events were missed"
                } else {
                    "no answer"
                };
                self.result(run, step, result);
            }
            self.answers.forget_thread(run, thread);
            self.go_on(run, thread);
            return;
        };
        let missing = self
            .answers
            .of_thread(run, thread)
            .filter(|open| !is_there(open));
        let missing: Vec<_> = missing
            .map(|open| (open.asked.index, open.asked.step))
            .collect();
        self.answers.forget_thread(run, thread);
        if missing.is_empty() {
            self.go_on(run, thread);
        } else if attempt < ensure.retry {
            self.try_again(run, thread, &missing, &ensure, attempt + 1);
        } else {
            let attempts = match attempt {
                0 => "1 attempt".to_owned(),
                more => format!("{} attempts", more + 1),
            };
            for (_, step) in &missing {
                self.result(run, *step, format!("not reached in {attempts}"));
            }
            let what = self.labels(run, thread, &missing);
            let why = format!("{what} could not be reached in {attempts}");
            if self.give_up(run, ensure.otherwise, why.into()) {
                self.go_on(run, thread);
            }
        }
    }

    fn try_again(
        &mut self,
        id: RunId,
        thread: ThreadId,
        missing: &[(usize, Option<usize>)],
        ensure: &Ensure,
        attempt: u8,
    ) {
        let Some((orders, place)) = self.orders_at(id, thread) else {
            return;
        };
        let run = At { id, thread, place };
        let within = attempt_within(Some(ensure), &orders);
        for (index, step) in missing {
            if let Some(order) = orders.get(*index) {
                // How it went before is of no more interest.
                self.forget_result(id, *step);
                self.give(&run, *index, order, within, None, *step, attempt);
            }
        }
        self.await_answers(&run, attempt, within);
        self.keep.touch(id);
    }

    fn orders_at(&self, run: RunId, thread: ThreadId) -> Option<(Vec<Order>, Arc<str>)> {
        let run = self.runs.get(&run)?;
        let at = run.threads.get(&thread)?.at;
        match run.program.ops.get(at)? {
            Op::Set { orders, .. } => Some((orders.clone(), run.program.places.get(at)?.clone())),
            _ => None,
        }
    }

    fn labels(&self, run: RunId, thread: ThreadId, missing: &[(usize, Option<usize>)]) -> String {
        let orders = self.orders_at(run, thread).map(|(orders, _)| orders);
        let orders = orders.unwrap_or_default();
        let labels = missing.iter().filter_map(|(index, _)| orders.get(*index));
        labels
            .map(|order| order.label.to_string())
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// What a thread waited for when the hub stopped: nobody knows how its commands went.
    pub(super) fn answers_lost(&mut self, run: RunId, thread: ThreadId, attempt: u8) {
        self.not_known(run, thread);
        match (self.ensure_of(run, thread), self.orders_at(run, thread)) {
            (Some(ensure), Some((orders, _))) => {
                let all: Vec<_> = (0..orders.len()).map(|index| (index, None)).collect();
                self.try_again(run, thread, &all, &ensure, attempt);
            }
            _ => self.go_on(run, thread),
        }
    }

    /// Notes of all that a thread's step asked that its answer was lost.
    fn not_known(&mut self, id: RunId, thread: ThreadId) {
        let Some(run) = self.runs.get_mut(&id) else {
            return;
        };
        let at = run.threads.get(&thread).map(|thread| thread.at);
        let Some(place) = at.and_then(|at| run.program.places.get(at)) else {
            return;
        };
        let steps = run.trace.steps.iter_mut();
        for step in steps.filter(|step| step.place == *place && step.result.is_none()) {
            step.result = Some(UNKNOWN.into());
        }
        self.keep.touch(id);
    }

    /// A run whose only record is its trace was cut off by a stop of the hub.
    pub(super) fn cut_off(&mut self, mut trace: crate::trace::Trace) {
        trace.outcome = Outcome::Stopped {
            why: "the hub stopped before the answer came".into(),
        };
        for step in trace.steps.iter_mut().filter(|step| step.result.is_none()) {
            step.result = Some(UNKNOWN.into());
        }
        trace.ended = Some(self.now.wall);
        self.traces.put(trace);
    }
}

/// How a command went whose answer a stop of the hub lost.
const UNKNOWN: &str = "not known: the hub stopped";

fn is_there(open: &Open) -> bool {
    match open.answer {
        Answer::Confirmed => true,
        Answer::Acknowledged => !open.asked.confirm,
        Answer::None | Answer::Failed => false,
    }
}

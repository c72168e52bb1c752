//! Commands under way, and what devices answer. Sent is not done: the trace says which it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hub_model::{CauseId, CommandProgress};

use super::Machine;
use super::run::{ANSWER_WITHIN, At};
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
    causes: BTreeMap<CauseId, Sent>,
}

/// A command whose answer a thread waits for.
#[derive(Debug)]
struct Open {
    run: RunId,
    thread: ThreadId,
    /// Which order of the step.
    index: usize,
    step: Option<usize>,
    /// Whether a report will show it.
    confirm: bool,
    answer: Answer,
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
}

impl Answers {
    /// Notes that a thread waits for the answer to a command.
    pub(super) fn expect(
        &mut self,
        token: u64,
        run: RunId,
        thread: ThreadId,
        index: usize,
        step: Option<usize>,
        confirm: bool,
    ) {
        let open = Open {
            run,
            thread,
            index,
            step,
            confirm,
            answer: Answer::None,
        };
        self.open.insert(token, open);
        self.by_thread.entry((run, thread)).or_default().insert(token);
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
        let of_run = self.by_thread.range((run, ThreadId::MIN)..=(run, ThreadId::MAX));
        let threads: Vec<_> = of_run.map(|((_, thread), _)| *thread).collect();
        let forgotten = threads.into_iter().map(|thread| self.forget_thread(run, thread));
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
        let Some(open) = self.answers.open.get(&token) else {
            return;
        };
        let (run, thread, step) = (open.run, open.thread, open.step);
        match answer {
            Ok(cause) => {
                let depth = self.runs.get(&run).map_or(0, |run| run.depth.saturating_add(1));
                let sent = Sent {
                    token,
                    depth,
                    run,
                    step,
                };
                self.answers.causes.insert(cause, sent);
                if self.answers.causes.len() > CAUSES_KEPT {
                    self.answers.causes.pop_first();
                }
                if let Some(state) = self.runs.get_mut(&run)
                    && let Some(done) = step.and_then(|step| state.trace.steps.get_mut(step))
                {
                    done.cause = Some(cause);
                }
                self.keep.touch(run);
            }
            Err(why) => {
                self.result(run, step, format!("not sent: {why}"));
                self.answered(token, Answer::Failed);
                self.look_at_answers(run, thread);
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
            CommandProgress::Acknowledged { .. } => (Answer::Acknowledged, "acknowledged".to_owned()),
            CommandProgress::Confirmed => (Answer::Confirmed, "confirmed".to_owned()),
            CommandProgress::Refused(why) => (Answer::Failed, format!("refused: {why}")),
            CommandProgress::TimedOut => (Answer::Failed, "no answer".to_owned()),
        };
        self.result(sent.run, sent.step, words);
        let thread = self.answers.open.get(&sent.token).map(|open| open.thread);
        if let Some(thread) = thread {
            self.answered(sent.token, answer);
            self.look_at_answers(sent.run, thread);
        }
    }

    fn answered(&mut self, token: u64, answer: Answer) {
        if let Some(open) = self.answers.open.get_mut(&token) {
            open.answer = answer;
        }
    }

    /// Lets a thread go on when it has the answers that it waits for.
    fn look_at_answers(&mut self, run: RunId, thread: ThreadId) {
        let ensured = self.ensure_of(run, thread).is_some();
        let enough = self.answers.of_thread(run, thread).all(|open| match ensured {
            true => is_there(open),
            false => open.answer != Answer::None,
        });
        let waits = self.thread_mut(run, thread).is_some_and(|thread| {
            matches!(thread.wait, Waiting::Answers { .. })
        });
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
            let silent: Vec<_> = silent.map(|open| open.step).collect();
            for step in silent {
                self.result(run, step, "no answer");
            }
            self.answers.forget_thread(run, thread);
            self.go_on(run, thread);
            return;
        };
        let missing = self.answers.of_thread(run, thread).filter(|open| !is_there(open));
        let missing: Vec<_> = missing.map(|open| (open.index, open.step)).collect();
        self.answers.forget_thread(run, thread);
        if missing.is_empty() {
            self.go_on(run, thread);
        } else if attempt < ensure.retry {
            self.try_again(run, thread, &missing, &ensure, attempt + 1);
        } else {
            for (_, step) in &missing {
                self.result(run, *step, format!("not reached in {} attempts", attempt + 1));
            }
            let what = self.labels(run, thread, &missing);
            let why = format!("{what} could not be reached in {} attempts", attempt + 1);
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
        let mut sent = false;
        for (index, step) in missing {
            if let Some(order) = orders.get(*index) {
                sent |= self.give(&run, *index, order, ensure.within, None, *step);
            }
        }
        let within = ensure.within;
        let until = self.now.wall + within;
        if let Some(state) = self.thread_mut(id, thread) {
            state.wait = Waiting::Answers { attempt, until };
        }
        let at = self.now.mono + if sent { within } else { ANSWER_WITHIN.min(within) };
        self.timers.set(super::timers::Timer::Thread(id, thread), at);
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
        labels.map(|order| order.label.to_string()).collect::<Vec<_>>().join(", ")
    }

    /// What a thread waited for when the hub stopped: nobody knows how its commands went.
    pub(super) fn answers_lost(&mut self, run: RunId, thread: ThreadId, attempt: u8) {
        let last = self.last_step(run, thread);
        match (self.ensure_of(run, thread), self.orders_at(run, thread)) {
            (Some(ensure), Some((orders, _))) => {
                self.result(run, last, "not known: the hub stopped");
                let all: Vec<_> = (0..orders.len()).map(|index| (index, None)).collect();
                self.try_again(run, thread, &all, &ensure, attempt);
            }
            _ => {
                self.result(run, last, "not known: the hub stopped");
                self.go_on(run, thread);
            }
        }
    }

    /// A run whose only record is its trace was cut off by a stop of the hub.
    pub(super) fn cut_off(&mut self, mut trace: crate::trace::Trace) {
        trace.outcome = Outcome::Stopped {
            why: "the hub stopped before the answer came".into(),
        };
        trace.ended = Some(self.now.wall);
        self.traces.put(trace);
    }
}

fn is_there(open: &Open) -> bool {
    match open.answer {
        Answer::Confirmed => true,
        Answer::Acknowledged => !open.confirm,
        Answer::None | Answer::Failed => false,
    }
}

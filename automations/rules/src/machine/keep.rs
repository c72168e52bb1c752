//! What outlives a crash: written with the input that made it, read at the start.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hub_model::{CauseId, Timestamp};
use serde::{Deserialize, Serialize};

use super::state::{
    Due, Hold, Pause, RuleIx, Run, SenseState, Thread, ThreadId, TriggerIx, Waiting,
};
use super::timers::Timer;
use super::{Machine, Told, Transmit};
use crate::compile::{Facts, Op, Program};
use crate::datum::Datum;
use crate::face;
use crate::schedule::CivilDate;
use crate::trace::{RunId, Trace};

/// One thing to be stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// Keep this body under this key, in place of an earlier one.
    Put {
        /// The key: a kind, and what it is of.
        key: String,
        /// JSON.
        body: String,
    },
    /// Forget this key.
    Delete {
        /// The key.
        key: String,
    },
    /// Keep this trace, in place of an earlier one of the same run. Given back at the next start,
    /// under `trace/` and its id, only if its outcome is not final.
    Trace(Arc<Trace>),
}

/// Run ids that are reserved at once.
const ID_BLOCK: u64 = 1_000;

const RUN: &str = "run/";
const SENSE: &str = "sense/";
const VARIABLE: &str = "variable/";
const PAUSE: &str = "pause/";
const TEXT: &str = "text/";
const TRACE: &str = "trace/";
const NEXT_RUN: &str = "next_run";

/// What is to be stored.
#[derive(Debug, Default)]
pub(super) struct Keep {
    writes: BTreeMap<String, Option<String>>,
    traces: Vec<Arc<Trace>>,
    touched: BTreeSet<RunId>,
    /// Runs that are on disk, with the version of the rule that they need.
    stored: BTreeMap<RunId, String>,
    /// What triggers had sensed when the hub stopped, until they are there: one of a rule that is
    /// broken at the start may come back later.
    senses: BTreeMap<String, Sensed>,
    reserved: u64,
}

impl Keep {
    pub(super) fn take(&mut self) -> Vec<Write> {
        let writes = std::mem::take(&mut self.writes).into_iter();
        let writes = writes.map(|(key, body)| match body {
            Some(body) => Write::Put { key, body },
            None => Write::Delete { key },
        });
        let traces = std::mem::take(&mut self.traces)
            .into_iter()
            .map(Write::Trace);
        writes.chain(traces).collect()
    }

    fn put(&mut self, key: String, body: &impl Serialize) {
        let body =
            serde_json::to_string(body).expect("own structs of text and numbers become JSON");
        self.writes.insert(key, Some(body));
    }

    fn delete(&mut self, key: String) {
        self.writes.insert(key, None);
    }

    /// Notes that a run changed.
    pub(super) fn touch(&mut self, run: RunId) {
        self.touched.insert(run);
    }

    pub(super) fn forget_run(&mut self, run: RunId) {
        self.touched.remove(&run);
        if let Some(text) = self.stored.remove(&run) {
            self.delete(format!("{RUN}{}", run.0));
            if !self.stored.values().any(|other| *other == text) {
                self.delete(text);
            }
        }
    }

    /// What a trigger starts with: what it had sensed when the hub stopped, if it is the same.
    pub(super) fn first_sense(&mut self, rule: &str, trigger: &Arc<str>) -> SenseState {
        let stored = self.senses.remove(&sense_key(rule, trigger));
        let key = Arc::clone(trigger);
        match stored {
            Some(sensed) => sensed.into_state(key),
            None => SenseState {
                key,
                ..SenseState::default()
            },
        }
    }

    pub(super) fn put_variable(&mut self, name: &str, value: &Datum) {
        self.put(format!("{VARIABLE}{name}"), value);
    }

    pub(super) fn forget_variable(&mut self, name: &str) {
        self.delete(format!("{VARIABLE}{name}"));
    }

    pub(super) fn put_pause(&mut self, rule: &str, pause: &Pause) {
        self.put(format!("{PAUSE}{rule}"), pause);
    }

    pub(super) fn forget_pause(&mut self, rule: &str) {
        self.delete(format!("{PAUSE}{rule}"));
    }

    /// Forgets what a rule's triggers have sensed that are gone.
    pub(super) fn forget_senses(&mut self, rule: &str, senses: &[SenseState]) {
        for sense in senses.iter().filter(|sense| Sensed::of(sense).is_some()) {
            self.delete(sense_key(rule, &sense.key));
        }
    }

    pub(super) fn forget_rule(&mut self, rule: &str, senses: &[SenseState]) {
        self.forget_senses(rule, senses);
        let prefix = sense_key(rule, "");
        let left = self.senses.range(prefix.clone()..);
        let left = left
            .take_while(|(key, _)| key.starts_with(&prefix))
            .map(|(key, _)| key.clone());
        for key in left.collect::<Vec<_>>() {
            self.senses.remove(&key);
            self.delete(key);
        }
        self.forget_pause(rule);
    }
}

fn sense_key(rule: &str, trigger: &str) -> String {
    format!("{SENSE}{rule}/{trigger}")
}

/// What a trigger has sensed, as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Sensed {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hold: Option<Hold>,
    /// Of what is to change: the value that it has had since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Datum>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "maybe_text")]
    done: Option<CivilDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    lost: bool,
}

/// A value that may be there, as its text.
mod maybe_text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(
        value: &Option<impl Display>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value
            .as_ref()
            .map(ToString::to_string)
            .serialize(serializer)
    }

    pub(super) fn deserialize<'de, T, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error>
    where
        T: FromStr,
        T::Err: Display,
    {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(Error::custom))
            .transpose()
    }
}

impl Sensed {
    /// What is worth storing; none when nothing is.
    fn of(sense: &SenseState) -> Option<Self> {
        let due = sense.due.filter(|due| due.date.is_none()).map(|due| due.at);
        let sensed = Self {
            value: sense.hold.as_ref().and_then(|_| sense.value.clone()),
            hold: sense.hold.clone(),
            done: sense.done,
            due,
            lost: sense.lost,
        };
        let is_any = sensed.hold.is_some() || sensed.done.is_some() || due.is_some() || sensed.lost;
        is_any.then_some(sensed)
    }

    /// What is known of it after a start: not whether it still holds, until the devices have spoken.
    fn into_state(self, key: Arc<str>) -> SenseState {
        SenseState {
            key,
            hold: self.hold,
            value: self.value,
            done: self.done,
            due: self.due.map(|at| Due {
                at,
                date: None,
                here: false,
            }),
            lost: self.lost,
            ..SenseState::default()
        }
    }
}

/// A run, as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredRun {
    pub(super) rule: Arc<str>,
    revision: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<Arc<str>>,
    facts: Facts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<CauseId>,
    depth: u16,
    queued: bool,
    locals: BTreeMap<Arc<str>, Datum>,
    threads: BTreeMap<ThreadId, Thread>,
    next_thread: ThreadId,
    pub(super) trace: Trace,
}

impl StoredRun {
    /// Where the text of its rule is kept.
    fn text_key(&self) -> String {
        text_key(&self.rule, &self.revision)
    }
}

/// What was stored, read.
#[derive(Debug, Default)]
pub(super) struct Stored {
    runs: BTreeMap<RunId, StoredRun>,
    senses: BTreeMap<String, Sensed>,
    pub(super) variables: BTreeMap<String, Datum>,
    pauses: BTreeMap<String, Pause>,
    texts: BTreeMap<String, String>,
    open: Vec<Trace>,
    next_run: u64,
}

impl Stored {
    /// Reads what was stored. What cannot be read is left out: a run of another version of the hub
    /// is no reason not to start.
    pub(super) fn read(stored: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut read = Self::default();
        for (key, body) in stored {
            read.entry(&key, &body);
        }
        read
    }

    fn entry(&mut self, key: &str, body: &str) -> Option<()> {
        if let Some(id) = key.strip_prefix(RUN) {
            let run = serde_json::from_str(body).ok()?;
            self.runs.insert(RunId(id.parse().ok()?), run);
        } else if key.starts_with(SENSE) {
            self.senses
                .insert(key.to_owned(), serde_json::from_str(body).ok()?);
        } else if let Some(name) = key.strip_prefix(VARIABLE) {
            self.variables
                .insert(name.to_owned(), serde_json::from_str(body).ok()?);
        } else if let Some(rule) = key.strip_prefix(PAUSE) {
            self.pauses
                .insert(rule.to_owned(), serde_json::from_str(body).ok()?);
        } else if key.starts_with(TEXT) {
            self.texts
                .insert(key.to_owned(), serde_json::from_str(body).ok()?);
        } else if key.starts_with(TRACE) {
            self.open.push(serde_json::from_str(body).ok()?);
        } else if key == NEXT_RUN {
            self.next_run = body.parse().ok()?;
        }
        Some(())
    }
}

impl Machine {
    /// Goes on where the last run of the hub ended.
    pub(super) fn restore(&mut self, mut stored: Stored) {
        self.next_run = stored.next_run.max(1);
        self.keep.reserved = stored.next_run;
        self.keep.senses = std::mem::take(&mut stored.senses);
        self.load(&stored.variables);
        self.restore_pauses(&stored);
        for trace in std::mem::take(&mut stored.open) {
            if !stored.runs.contains_key(&trace.id) {
                self.cut_off(trace);
            }
        }
        let runs = std::mem::take(&mut stored.runs);
        let mut restored = Vec::new();
        for (id, run) in runs {
            self.keep.stored.insert(id, run.text_key());
            match self.program_of(&run, &stored.texts) {
                Some(program) => {
                    self.restore_run(id, run, program);
                    restored.push(id);
                }
                None => self.late.keep(id, run),
            }
        }
        self.wait_for_late(stored.texts);
        self.is_starting = false;
        for id in restored {
            self.go_on_restored(id);
        }
        for (rule, trigger) in self.all_triggers() {
            self.first_look(rule, trigger);
        }
        for rule in self.rules.indices() {
            self.begin_next(rule);
        }
    }

    pub(super) fn restore_variable(&mut self, name: &str, value: &Datum) {
        if let Some(variable) = self.variables.get_mut(name) {
            let kind = std::mem::discriminant(&variable.value);
            let fits = match value {
                Datum::Text(text) => {
                    variable.datatype.words().is_empty()
                        || variable.datatype.value_of(text).is_some()
                }
                _ => true,
            };
            if fits && std::mem::discriminant(value) == kind {
                variable.value = value.clone();
            }
        }
    }

    fn restore_pauses(&mut self, stored: &Stored) {
        for (rule, pause) in &stored.pauses {
            let ix = self.rules.ix(rule);
            if let Some(loaded) = ix.and_then(|ix| self.rules.get_mut(ix)) {
                loaded.paused = Some(pause.clone());
            }
        }
    }

    /// What a stored run goes on with: the version of the rule with which it began. None when that
    /// cannot run in this home, or cannot yet.
    pub(super) fn program_of(
        &mut self,
        run: &StoredRun,
        texts: &BTreeMap<String, String>,
    ) -> Option<Arc<Program>> {
        let ix = self.rules.ix(&run.rule);
        let same = ix
            .and_then(|ix| self.rules.get(ix))
            .filter(|l| l.revision == run.revision);
        if let Some(program) = same.and_then(|loaded| loaded.program()) {
            return Some(Arc::clone(program));
        }
        let rule = face::rule_from_json(texts.get(&run.text_key())?).ok()?;
        self.compile_only(&rule).0.map(Arc::new)
    }

    pub(super) fn restore_run(&mut self, id: RunId, run: StoredRun, program: Arc<Program>) {
        let ix = self.rules.ix(&run.rule);
        if let Some(loaded) = ix.and_then(|ix| self.rules.get_mut(ix)) {
            if run.queued {
                loaded.queue.push_back(id);
            } else {
                loaded.running.insert(id);
            }
        }
        self.runs.insert(
            id,
            Run {
                rule: run.rule,
                revision: run.revision,
                owner: run.owner,
                program,
                ix,
                facts: run.facts,
                cause: run.cause,
                depth: run.depth,
                queued: run.queued,
                locals: run.locals,
                threads: run.threads,
                next_thread: run.next_thread,
                trace: run.trace,
            },
        );
    }

    /// Lets a restored run go on.
    pub(super) fn go_on_restored(&mut self, id: RunId) {
        let Some(run) = self.runs.get(&id).filter(|run| !run.queued) else {
            return;
        };
        let threads: Vec<_> = run
            .threads
            .iter()
            .map(|(id, thread)| (*id, thread.wait.clone()))
            .collect();
        for (thread, wait) in threads {
            match wait {
                Waiting::Nothing => {
                    self.timers.set(Timer::Thread(id, thread), self.now.mono);
                }
                Waiting::Answers { attempt, .. } => self.answers_lost(id, thread, attempt),
                Waiting::Time { .. } => self.arm(id, thread),
                Waiting::Condition { .. } => {
                    self.arm(id, thread);
                    self.condition_changed(id, thread);
                }
                Waiting::Branches { .. } => {}
            }
        }
    }

    /// Sets the deadline of a thread by the wall clock, if that can be trusted.
    pub(super) fn arm(&mut self, id: RunId, thread: ThreadId) {
        let Some(run) = self.runs.get(&id) else {
            return;
        };
        let Some(state) = run.threads.get(&thread) else {
            return;
        };
        let now = self.now;
        let op = run.program.ops.get(state.at);
        let until = match (&state.wait, op) {
            (Waiting::Time { until }, _) => *until,
            (Waiting::Condition { timeout, held }, Some(Op::Wait { asked, hold, .. })) => {
                self.watch.wait(&asked.uses, (id, thread));
                let long_enough = held.zip(*hold).map(|(held, hold)| held + hold);
                long_enough.map_or(*timeout, |at| at.min(*timeout))
            }
            _ => return,
        };
        if self.clock.is_trusted() {
            let at = now.mono + until.since(now.wall);
            self.timers.set(Timer::Thread(id, thread), at);
        }
    }

    pub(super) fn keep_sense(&mut self, rule: RuleIx, trigger: TriggerIx) {
        let Some(loaded) = self.rules.get(rule) else {
            return;
        };
        let Some(sense) = loaded.senses.get(usize::from(trigger)) else {
            return;
        };
        let key = sense_key(&loaded.rule.id, &sense.key);
        match Sensed::of(sense) {
            Some(sensed) => self.keep.put(key, &sensed),
            None => self.keep.delete(key),
        }
    }

    /// Writes down what changed.
    pub(super) fn store_changed(&mut self) {
        for id in std::mem::take(&mut self.keep.touched) {
            self.store_run(id);
        }
        for trace in self.traces.take_dirty() {
            self.told.push_back(Told::Trace(Arc::clone(&trace)));
            self.keep.traces.push(trace);
        }
        if self.next_run >= self.keep.reserved {
            self.keep.reserved = self.next_run + ID_BLOCK;
            let reserved = self.keep.reserved;
            self.keep.put(NEXT_RUN.to_owned(), &reserved);
        }
        // What this input changed must be on disk before what it led to is done.
        let is_changed = !self.keep.writes.is_empty();
        for transmit in &mut self.transmits {
            if let Transmit::Command(command) = transmit {
                command.when_stored |= is_changed;
            }
        }
    }

    fn store_run(&mut self, id: RunId) {
        let Some(run) = self.runs.get(&id) else {
            return;
        };
        let trace = Arc::new(run.trace.clone());
        self.told.push_back(Told::Trace(Arc::clone(&trace)));
        if !self.keep.stored.contains_key(&id) && is_last_step(run) {
            // Nothing would be lost but the answer, and the trace says so.
            self.keep.traces.push(trace);
            return;
        }
        let text = text_key(&run.rule, &run.revision);
        let rule = run.ix.and_then(|ix| self.rules.get(ix));
        let rule = rule.filter(|loaded| loaded.revision == run.revision);
        if let Some(loaded) = rule
            && !self.keep.stored.values().any(|other| *other == text)
        {
            let json = face::rule_to_json(&loaded.rule).to_string();
            self.keep.put(text.clone(), &json);
        }
        let stored = StoredRun {
            rule: Arc::clone(&run.rule),
            revision: Arc::clone(&run.revision),
            owner: run.owner.clone(),
            facts: run.facts.clone(),
            cause: run.cause,
            depth: run.depth,
            queued: run.queued,
            locals: run.locals.clone(),
            threads: run.threads.clone(),
            next_thread: run.next_thread,
            trace: run.trace.clone(),
        };
        self.keep.put(format!("{RUN}{}", id.0), &stored);
        self.keep.stored.insert(id, text);
    }
}

fn text_key(rule: &str, revision: &str) -> String {
    format!("{TEXT}{rule}@{revision}")
}

/// Whether a run waits for nothing but the answers to its very last step.
fn is_last_step(run: &Run) -> bool {
    let mut threads = run.threads.values();
    let (Some(thread), None) = (threads.next(), threads.next()) else {
        return false;
    };
    let ensured = matches!(
        run.program.ops.get(thread.at),
        Some(Op::Set {
            ensure: Some(_),
            ..
        })
    );
    let waits = matches!(thread.wait, Waiting::Answers { .. });
    waits && !ensured && !run.queued && thread.loops.is_empty() && ends_at(run, thread.at + 1)
}

/// Whether there is nothing more to do from this operation on.
fn ends_at(run: &Run, mut at: usize) -> bool {
    loop {
        match run.program.ops.get(at) {
            None => return true,
            // Jumps only go forward.
            Some(Op::Jump(to)) if *to > at => at = *to,
            Some(_) => return false,
        }
    }
}

//! The start of a rule: its conditions, its mode, and the limits that keep a loop from running away.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::order::Person;
use super::state::{Loaded, Pause, Postponed, RuleIx, Run, Spark, Thread, TriggerIx};
use super::timers::Timer;
use super::{Machine, Told};
use crate::compile::{Asked, Compiled, Env, Facts, Missing, Program, Sense, eval};
use crate::datum::Datum;
use crate::trace::{Answered, Outcome, RunId, Seen, Trace, Triggered};
use crate::tree::{Mode, Overflow, Per};

/// Rules that start one another this often in a row are a loop.
const DEEPEST: u16 = 16;
/// A rule that starts more often than this within [`RATE_OVER`] is a loop too.
const MOST_STARTS: usize = 30;
const RATE_OVER: Duration = Duration::from_secs(10);
/// How long after a start of the hub devices may take to speak.
const SETTLED_AFTER: Duration = Duration::from_secs(120);
/// How often a late start looks whether they have.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

impl Machine {
    /// A trigger fired.
    pub(super) fn fire(&mut self, rule: RuleIx, trigger: TriggerIx, spark: Spark) {
        let Some(loaded) = self.rules.get(rule) else {
            return;
        };
        let Some(program) = loaded.program().cloned() else {
            return;
        };
        if !loaded.rule.enabled {
            return;
        }
        let name = program
            .triggers
            .get(usize::from(trigger))
            .and_then(|t| t.name.clone());
        let facts = Facts {
            name,
            device: spark.device.clone(),
        };
        if let Some(pause) = &loaded.paused {
            let why = format!("the rule is paused: {}", pause.why);
            self.not_run(rule, Some(trigger), &spark, Vec::new(), why);
            return;
        }
        let (conditions, held) = self.ask(&program.conditions, &facts);
        if !held {
            let is_unknown = conditions.last().is_some_and(|last| last.held.is_none());
            if is_unknown && self.may_wait(rule, trigger, &spark) {
                return;
            }
            let why = match conditions.last() {
                Some(Answered {
                    held: None, text, ..
                }) => format!("it is not known whether {text}"),
                Some(Answered { text, .. }) => format!("{text} is false"),
                None => "a condition is false".to_owned(),
            };
            self.not_run(rule, Some(trigger), &spark, conditions, why);
            return;
        }
        if let Some(why) = self.runs_away(rule, &spark) {
            self.pause(rule, &why);
            self.not_run(rule, Some(trigger), &spark, conditions, why);
            return;
        }
        let triggered = self.triggered(&program, Some(trigger), &spark);
        // Why it did not run is in its trace.
        let _ = self.enter(rule, program, facts, &spark, triggered, conditions);
    }

    /// Whether a late start waits until its conditions are known: after a start of the hub, devices
    /// speak one after the other.
    fn may_wait(&mut self, rule: RuleIx, trigger: TriggerIx, spark: &Spark) -> bool {
        let now = self.now.mono;
        let Some(late) = spark.late_ms.map(Duration::from_millis) else {
            return false;
        };
        let is_settled = now.saturating_duration_since(self.started) >= SETTLED_AFTER;
        if is_settled || !self.may_be_late(rule, late + LOOK_AGAIN) {
            return false;
        }
        let Some(due) = now.checked_sub(late) else {
            return false;
        };
        if let Some(sense) = self.sense_mut(rule, trigger) {
            let spark = spark.clone();
            sense.postponed = Some(Postponed { spark, due });
        }
        self.timers
            .set(Timer::Postponed(rule, trigger), now + LOOK_AGAIN);
        true
    }

    /// A late start looks again at its conditions.
    pub(super) fn start_postponed(&mut self, rule: RuleIx, trigger: TriggerIx) {
        let now = self.now.mono;
        let Some(late) = self
            .sense_mut(rule, trigger)
            .and_then(|sense| sense.postponed.take())
        else {
            return;
        };
        let by = now.saturating_duration_since(late.due);
        let spark = Spark {
            late_ms: Some(u64::try_from(by.as_millis()).unwrap_or(u64::MAX)),
            ..late.spark
        };
        self.fire(rule, trigger, spark);
    }

    /// Asks conditions in order, up to the first that does not hold.
    fn ask(&self, conditions: &[Asked], facts: &Facts) -> (Vec<Answered>, bool) {
        let mut answered = Vec::with_capacity(conditions.len());
        for condition in conditions {
            let answer = self.answer(condition, facts, &BTreeMap::new());
            let held = answer.held == Some(true);
            answered.push(answer);
            if !held {
                return (answered, false);
            }
        }
        (answered, true)
    }

    /// The answer to one condition, with the values that it looked at.
    pub(super) fn answer(
        &self,
        asked: &Asked,
        facts: &Facts,
        locals: &BTreeMap<Arc<str>, Datum>,
    ) -> Answered {
        let env = Env {
            facts,
            locals,
            ..self.env()
        };
        let (held, unknown) = match eval(&asked.code, &env) {
            Ok(datum) => (datum.as_bool(), None),
            Err(missing) => (None, Some(self.missing(&missing).into())),
        };
        Answered {
            text: Arc::clone(&asked.text),
            held,
            values: self.seen(&asked.uses),
            unknown,
        }
    }

    /// Why an expression has no value, in words.
    pub(super) fn missing(&self, missing: &Missing) -> String {
        match missing {
            Missing::Slot(id) => match self.slots.get(*id) {
                Some(slot) => format!("{} is not known", slot.name),
                None => "a value is not known".to_owned(),
            },
            Missing::Local(name) => format!("${name} has no value"),
            Missing::Trigger(word) => format!("there is no {}", word.word()),
            Missing::Location => "the home's location is not set".to_owned(),
            Missing::Division => "it divides by zero".to_owned(),
            Missing::TooLarge => "a number became too large".to_owned(),
        }
    }

    /// The values of slots as they are now.
    pub(super) fn seen(&self, uses: &[crate::slots::SlotId]) -> Vec<Seen> {
        let slots = uses
            .iter()
            .filter_map(|id| self.slots.get(*id))
            .take(MOST_SEEN);
        slots
            .map(|slot| Seen {
                name: Arc::clone(&slot.name),
                value: slot
                    .datum
                    .as_ref()
                    .map(|datum| datum.shown(&slot.datatype).into()),
                certainty: slot.certainty,
                age_ms: u64::try_from(self.now.wall.since(slot.heard).as_millis())
                    .unwrap_or(u64::MAX),
            })
            .collect()
    }

    pub(super) fn triggered(
        &self,
        program: &Program,
        trigger: Option<TriggerIx>,
        spark: &Spark,
    ) -> Triggered {
        let compiled = trigger.and_then(|trigger| program.triggers.get(usize::from(trigger)));
        let uses = match compiled.map(|compiled| &compiled.sense) {
            Some(Sense::Becomes { asked, .. }) => asked.uses.as_slice(),
            Some(Sense::Changes { uses, .. }) => uses.as_slice(),
            _ => &[],
        };
        Triggered {
            place: trigger.map_or_else(|| "".into(), |trigger| format!("when[{trigger}]").into()),
            text: compiled.map_or_else(|| "it was started".into(), |c| Arc::clone(&c.text)),
            name: compiled.and_then(|compiled| compiled.name.clone()),
            values: self.seen(uses),
            cause: spark.cause,
            late_ms: spark.late_ms,
        }
    }

    /// Why a rule must not run once more: it seems to start itself.
    fn runs_away(&mut self, rule: RuleIx, spark: &Spark) -> Option<String> {
        if spark.depth > DEEPEST {
            return Some(format!(
                "{} rules started one another in a row, as in a loop",
                spark.depth
            ));
        }
        let now = self.now.mono;
        let loaded = self.rules.get_mut(rule)?;
        while let Some(first) = loaded.starts.front()
            && now.saturating_duration_since(*first) > RATE_OVER
        {
            loaded.starts.pop_front();
        }
        if loaded.starts.len() >= MOST_STARTS {
            return Some(format!(
                "it started more than {MOST_STARTS} times within {} s",
                RATE_OVER.as_secs()
            ));
        }
        None
    }

    /// Pauses a rule until a person resumes or edits it.
    fn pause(&mut self, rule: RuleIx, why: &str) {
        let at = self.now.wall;
        let Some(loaded) = self.rules.get_mut(rule) else {
            return;
        };
        let pause = Pause {
            why: why.into(),
            at,
        };
        loaded.paused = Some(pause.clone());
        let (id, owner) = (Arc::clone(&loaded.rule.id), loaded.rule.owner.clone());
        let waiting: Vec<_> = loaded.queue.iter().copied().collect();
        for run in waiting {
            self.stop_run(run, "the rule was paused");
        }
        self.keep.put_pause(&id, &pause);
        self.told.push_back(Told::Paused {
            rule: id,
            owner,
            why: pause.why,
        });
    }

    /// A person lets a paused rule start again.
    pub(super) fn resume(&mut self, rule: RuleIx) {
        let Some(loaded) = self.rules.get_mut(rule) else {
            return;
        };
        loaded.starts.clear();
        if loaded.paused.take().is_some() {
            let id = Arc::clone(&loaded.rule.id);
            self.keep.forget_pause(&id);
            self.told.push_back(Told::Resumed { rule: id });
        }
    }

    /// A run begins, or waits, or does not, as the rule's mode says.
    fn enter(
        &mut self,
        rule: RuleIx,
        program: Arc<Program>,
        facts: Facts,
        spark: &Spark,
        triggered: Triggered,
        conditions: Vec<Answered>,
    ) -> Result<RunId, String> {
        let Some(loaded) = self.rules.get(rule) else {
            return Err("there is no such rule".to_owned());
        };
        let mode = loaded.rule.mode;
        let rivals = self.rivals(loaded, &facts);
        let trace = self.new_trace(
            &Arc::clone(&loaded.rule.id),
            &Arc::clone(&loaded.revision),
            triggered,
            conditions,
        );
        match mode {
            Mode::Single if !rivals.is_empty() => self.dropped(trace, "it was running already"),
            Mode::Parallel { max } if rivals.len() >= usize::from(max) => {
                self.dropped(trace, "it was running as often as it may")
            }
            Mode::Queued { max, overflow } if !rivals.is_empty() => {
                let waiting: Vec<_> = self.waiting(rule, &facts);
                if waiting.len() >= usize::from(max) {
                    match (overflow, waiting.first()) {
                        (Overflow::DropOldest, Some(oldest)) => {
                            self.stop_run(*oldest, "the queue was full, and it had waited longest");
                        }
                        _ => return self.dropped(trace, "the queue was full"),
                    }
                }
                Ok(self.begin_run(rule, program, facts, spark, trace, true))
            }
            mode => {
                if mode == Mode::Restart {
                    // Those that wait first, or the end of one that runs would begin them.
                    for rival in self.waiting(rule, &facts).into_iter().chain(rivals) {
                        self.stop_run(rival, "the rule started again");
                    }
                }
                let run = self.begin_run(rule, program, facts, spark, trace, false);
                self.advance(run);
                Ok(run)
            }
        }
    }

    /// A start came to nothing because of others.
    fn dropped(&mut self, trace: Trace, why: &str) -> Result<RunId, String> {
        self.traces.put(Trace {
            outcome: Outcome::NotRun { why: why.into() },
            ..trace
        });
        Err(why.to_owned())
    }

    /// The runs that count against a new one.
    fn rivals(&self, loaded: &Loaded, facts: &Facts) -> Vec<RunId> {
        let per_device = loaded.rule.per == Per::Device;
        let counts = |run: &&RunId| {
            let run = self.runs.get(run);
            run.is_some_and(|run| !per_device || run.facts.device == facts.device)
        };
        loaded.running.iter().filter(counts).copied().collect()
    }

    fn waiting(&self, rule: RuleIx, facts: &Facts) -> Vec<RunId> {
        let Some(loaded) = self.rules.get(rule) else {
            return Vec::new();
        };
        let per_device = loaded.rule.per == Per::Device;
        let counts = |id: &&RunId| {
            let run = self.runs.get(id);
            run.is_some_and(|run| !per_device || run.facts.device == facts.device)
        };
        loaded.queue.iter().filter(counts).copied().collect()
    }

    /// Lets the next of a rule's waiting runs begin, if it may.
    pub(super) fn begin_next(&mut self, rule: RuleIx) {
        let Some(loaded) = self.rules.get(rule) else {
            return;
        };
        let next = loaded.queue.iter().copied().find(|id| {
            let run = self.runs.get(id);
            run.is_some_and(|run| self.rivals(loaded, &run.facts).is_empty())
        });
        let Some(id) = next else { return };
        if let Some(loaded) = self.rules.get_mut(rule) {
            loaded.queue.retain(|other| *other != id);
            loaded.running.insert(id);
        }
        if let Some(run) = self.runs.get_mut(&id) {
            run.queued = false;
            run.trace.outcome = Outcome::Running;
        }
        self.advance(id);
    }

    fn begin_run(
        &mut self,
        rule: RuleIx,
        program: Arc<Program>,
        facts: Facts,
        spark: &Spark,
        trace: Trace,
        queued: bool,
    ) -> RunId {
        let id = trace.id;
        let outcome = if queued {
            Outcome::Queued
        } else {
            Outcome::Running
        };
        let now = self.now.mono;
        let Some(loaded) = self.rules.get_mut(rule) else {
            return id;
        };
        loaded.starts.push_back(now);
        if queued {
            loaded.queue.push_back(id);
        } else {
            loaded.running.insert(id);
        }
        let run = Run {
            rule: Arc::clone(&loaded.rule.id),
            revision: Arc::clone(&loaded.revision),
            owner: loaded.rule.owner.clone(),
            program,
            ix: Some(rule),
            facts,
            cause: spark.cause,
            depth: spark.depth,
            queued,
            locals: BTreeMap::new(),
            threads: BTreeMap::from([(0, Thread::begin(0, None))]),
            next_thread: 1,
            trace: Trace { outcome, ..trace },
        };
        self.runs.insert(id, run);
        self.keep.touch(id);
        id
    }

    /// A run that belongs to no rule: a scene that a person applies.
    pub(super) fn begin_lone(
        &mut self,
        name: &Arc<str>,
        program: Program,
        by: &Person,
        triggered: Triggered,
    ) -> RunId {
        let trace = self.new_trace(name, &"".into(), triggered, Vec::new());
        let id = trace.id;
        let run = Run {
            rule: Arc::clone(name),
            revision: "".into(),
            owner: by.0.clone(),
            program: Arc::new(program),
            ix: None,
            facts: Facts::default(),
            cause: None,
            depth: 0,
            queued: false,
            locals: BTreeMap::new(),
            threads: BTreeMap::from([(0, Thread::begin(0, None))]),
            next_thread: 1,
            trace: Trace {
                outcome: Outcome::Running,
                ..trace
            },
        };
        self.runs.insert(id, run);
        id
    }

    /// Starts a rule that another rule, or a person, runs: without its conditions.
    pub(super) fn start_rule(
        &mut self,
        rule: RuleIx,
        spark: &Spark,
        text: &str,
    ) -> Result<RunId, String> {
        let Some(loaded) = self.rules.get(rule) else {
            return Err("there is no such rule".to_owned());
        };
        let program = match &loaded.compiled {
            Compiled::Ready(program) => Arc::clone(program),
            Compiled::Broken(problems) => {
                let why = problems
                    .first()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                return Err(format!("it cannot run: {why}"));
            }
        };
        if let Some(pause) = &loaded.paused {
            return Err(format!("it is paused: {}", pause.why));
        }
        if let Some(why) = self.runs_away(rule, spark) {
            self.pause(rule, &why);
            return Err(why);
        }
        let triggered = Triggered {
            text: text.into(),
            ..self.triggered(&program, None, spark)
        };
        let facts = Facts {
            name: None,
            device: spark.device.clone(),
        };
        self.enter(rule, program, facts, spark, triggered, Vec::new())
    }

    pub(super) fn new_trace(
        &mut self,
        rule: &Arc<str>,
        revision: &Arc<str>,
        trigger: Triggered,
        conditions: Vec<Answered>,
    ) -> Trace {
        let id = RunId(self.next_run);
        self.next_run += 1;
        Trace {
            id,
            rule: Arc::clone(rule),
            revision: Arc::clone(revision),
            at: self.now.wall,
            ended: None,
            trigger,
            conditions,
            outcome: Outcome::Running,
            steps: Vec::new(),
            left_out: 0,
            times: 1,
            last: None,
        }
    }

    /// Notes that a start came to nothing.
    pub(super) fn not_run(
        &mut self,
        rule: RuleIx,
        trigger: Option<TriggerIx>,
        spark: &Spark,
        conditions: Vec<Answered>,
        why: impl Into<String>,
    ) {
        let Some(loaded) = self.rules.get(rule).filter(|loaded| loaded.rule.enabled) else {
            return;
        };
        let Some(program) = loaded.program().cloned() else {
            return;
        };
        let (id, revision) = (Arc::clone(&loaded.rule.id), Arc::clone(&loaded.revision));
        let triggered = self.triggered(&program, trigger, spark);
        let trace = self.new_trace(&id, &revision, triggered, conditions);
        let why: String = why.into();
        self.traces.put(Trace {
            outcome: Outcome::NotRun { why: why.into() },
            ..trace
        });
    }
}

/// The most values that one condition tells.
const MOST_SEEN: usize = 16;

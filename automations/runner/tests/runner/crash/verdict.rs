//! What must be true of all that was seen: on disk, by the reader, and in the toys' journal.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rules::trace::{Outcome, RunId, Trace};

use super::home::{Pair, RuleOf, Shape, pairs};

/// Traces that the store keeps of one rule.
const KEPT_OF_RULE: usize = 200;

/// A command that a toy carried out.
#[derive(Clone, Copy, Debug)]
struct Executed {
    cause: u64,
    rule: RuleOf,
    /// What it carried: see [`super::home`].
    number: u64,
}

/// What a trace says of one command of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Said {
    /// It was carried out.
    Done,
    /// Nobody knows: the hub stopped before the answer came.
    Unknown,
    /// It was asked, and no answer came before the run ended.
    Asked,
    /// It did not come to that.
    Never,
}

/// All that was ever acknowledged: seen on disk while the hub lived, or found there after its death.
#[derive(Default)]
pub(super) struct Seen {
    /// As each was seen last.
    pub(super) traces: BTreeMap<RunId, Trace>,
    /// The highest id that was seen before each life.
    highest: RunId,
    wrong: Vec<String>,
}

/// How much was looked at, for people.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) runs: usize,
    pub(super) executed: usize,
    /// Commands of counted runs: what their traces say, whether they were carried out, how many.
    pub(super) said: BTreeMap<(Said, bool), usize>,
    /// Single commands that are in no trace: they were under way at a death.
    pub(super) forgotten: usize,
}

impl Seen {
    /// A life begins: what it starts has higher ids than all that was seen.
    pub(super) fn begin_life(&mut self) {
        self.highest = self.traces.keys().next_back().copied().unwrap_or_default();
    }

    pub(super) fn trace(&mut self, trace: Trace) {
        let id = trace.id;
        match self.traces.get(&id) {
            None if id <= self.highest => {
                // One of an earlier life that nobody had seen before is no reuse if it began then.
                let next = self.traces.range(id..).next().map(|(_, next)| next.at);
                if next.is_some_and(|next| next < trace.at) {
                    self.wrong
                        .push(format!("{id} began after its successor: {trace:?}"));
                }
            }
            Some(known) if (&known.rule, known.at) != (&trace.rule, trace.at) => {
                self.wrong
                    .push(format!("{id} is used twice: {known:?} and {trace:?}"));
            }
            Some(known) if known.outcome.is_final() && known.outcome != trace.outcome => {
                self.wrong
                    .push(format!("{id} had ended otherwise: {known:?} and {trace:?}"));
            }
            _ => {}
        }
        self.traces.insert(id, trace);
    }

    /// Looks at all of it, after the last life has ended what was under way.
    pub(super) fn judge(mut self, dir: &Path, on_disk: &[Trace]) -> Result<Tally, String> {
        for trace in on_disk {
            self.trace(trace.clone());
        }
        let on_disk: BTreeMap<_, _> = on_disk.iter().map(|trace| (trace.id, trace)).collect();
        let executed = executed(dir);
        let mut tally = Tally {
            runs: self.traces.len(),
            executed: executed.len(),
            ..Tally::default()
        };
        self.all_have_ended(&on_disk);
        self.ids_ascend();
        self.nothing_is_executed_twice(&executed);
        self.what_is_recorded_was_executed(&executed);
        self.counted_runs_are_whole(&executed, &mut tally);
        self.ensured_is_tried_as_often_as_told(&executed);
        tally.forgotten = self.forgotten(&executed);
        match self.wrong.is_empty() {
            true => Ok(tally),
            false => Err(self.wrong.join("\n")),
        }
    }

    /// No acknowledged run is lost, and each comes to an end.
    fn all_have_ended(&mut self, on_disk: &BTreeMap<RunId, &Trace>) {
        for (id, trace) in &self.traces {
            let newer = on_disk
                .values()
                .filter(|other| other.rule == trace.rule && other.id > *id);
            let is_old = newer.count() >= KEPT_OF_RULE;
            let kept = on_disk.get(id);
            match kept {
                Some(kept) if !kept.outcome.is_final() => {
                    self.wrong.push(format!("{id} did not end: {kept:?}"));
                }
                None if !is_old => self.wrong.push(format!("{id} is lost: {trace:?}")),
                None if !trace.outcome.is_final() => {
                    self.wrong
                        .push(format!("{id} was not seen to end: {trace:?}"));
                }
                _ => {}
            }
        }
    }

    fn ids_ascend(&mut self) {
        let mut before: Option<&Trace> = None;
        for trace in self.traces.values() {
            if let Some(before) = before.filter(|before| before.at > trace.at) {
                self.wrong
                    .push(format!("{} began before {}", trace.id, before.id));
            }
            before = Some(trace);
        }
    }

    /// Neither a command nor a step of a counted run. Ensured steps are looked at by themselves.
    fn nothing_is_executed_twice(&mut self, executed: &[Executed]) {
        let (mut causes, mut numbers) = (BTreeSet::new(), BTreeSet::new());
        for one in executed {
            if !causes.insert(one.cause) {
                self.wrong
                    .push(format!("a command was executed twice: {one:?}"));
            }
            if one.rule.is_counted() && !numbers.insert((one.rule, one.number)) {
                self.wrong
                    .push(format!("a step was executed twice: {one:?}"));
            }
        }
    }

    /// What a trace tells as acknowledged was carried out.
    fn what_is_recorded_was_executed(&mut self, executed: &[Executed]) {
        let causes: BTreeSet<_> = executed.iter().map(|one| one.cause).collect();
        for trace in self.traces.values() {
            for step in &trace.steps {
                let result = step.result.as_deref().unwrap_or_default();
                let is_done = result.starts_with("acknowledged") || result.starts_with("confirmed");
                if is_done && step.cause.is_none_or(|cause| !causes.contains(&cause.0)) {
                    self.wrong
                        .push(format!("{}: never executed: {step:?}", trace.id));
                }
            }
        }
    }

    /// Each number is drawn by one run; a command was carried out if its trace says so, and was not
    /// if its trace says that it did not come to that; who did the first of a pair did the second, or
    /// says why not; and no command of such a run was carried out before the run was on disk.
    fn counted_runs_are_whole(&mut self, executed: &[Executed], tally: &mut Tally) {
        let mut all: BTreeMap<(RuleOf, u64), (&Trace, Pair)> = BTreeMap::new();
        for trace in self.traces.values() {
            let Some(rule) = RuleOf::of_id(&trace.rule) else {
                continue;
            };
            for pair in pairs(trace) {
                if let Some((other, _)) = all.insert((rule, pair.n), (trace, pair)) {
                    let (one, other, n) = (other.id, trace.id, pair.n);
                    self.wrong
                        .push(format!("{} {n} is of {one} and of {other}", trace.rule));
                }
            }
        }
        let counted = executed.iter().filter(|one| one.rule.is_counted());
        let done: BTreeSet<_> = counted.clone().map(|one| (one.rule, one.number)).collect();
        for one in counted {
            if !all.contains_key(&(one.rule, one.number / 2)) {
                self.wrong
                    .push(format!("executed, but no run is on disk: {one:?}"));
            }
        }
        for ((rule, n), (trace, pair)) in all {
            for (number, said) in [(2 * n, pair.first), (2 * n + 1, pair.second)] {
                let is_done = done.contains(&(rule, number));
                *tally.said.entry((said, is_done)).or_default() += 1;
                let is_wrong = match said {
                    Said::Done => !is_done,
                    Said::Never => is_done || !may_end_early(rule, trace),
                    Said::Asked => !may_end_early(rule, trace),
                    Said::Unknown => false,
                };
                if is_wrong && trace.outcome.is_final() {
                    let told = format!("{number} is told as {said:?} and was done: {is_done}");
                    self.wrong.push(format!("{told}: {trace:?}"));
                }
            }
        }
    }

    /// Commands of single steps that are in no trace: at most those that were under way at a death.
    fn forgotten(&self, executed: &[Executed]) -> usize {
        let traces = self.traces.values().flat_map(|trace| &trace.steps);
        let told: BTreeSet<_> = traces
            .filter_map(|step| step.cause)
            .map(|cause| cause.0)
            .collect();
        let single = executed
            .iter()
            .filter(|one| matches!(one.rule.shape, Shape::Instant | Shape::Every));
        single.filter(|one| !told.contains(&one.cause)).count()
    }

    /// An ensured step is carried out as often as its trace tells attempts, at most.
    fn ensured_is_tried_as_often_as_told(&mut self, executed: &[Executed]) {
        const TRIES: usize = 3;
        for rule in RuleOf::all()
            .into_iter()
            .filter(|rule| rule.shape == Shape::Ensure)
        {
            let id = rule.id();
            let tried = executed.iter().filter(|one| one.rule == rule).count();
            let steps = self.traces.values().filter(|trace| *trace.rule == *id);
            let steps = steps.flat_map(|trace| &trace.steps);
            let steps = steps.filter(|step| step.text.contains(".on"));
            let told: usize = steps
                .map(|step| {
                    let result = step.result.as_deref().unwrap_or_default();
                    let attempts = (1..=TRIES).find(|n| result.contains(&format!("attempt {n}")));
                    match result {
                        "acknowledged" | "confirmed" => 1,
                        _ => attempts.unwrap_or(TRIES),
                    }
                })
                .sum();
            if tried > told {
                self.wrong.push(format!(
                    "{id} was tried {tried} times, its traces tell of {told}"
                ));
            }
        }
    }
}

fn executed(dir: &Path) -> Vec<Executed> {
    let journal = std::fs::read_to_string(dir.join("journal")).unwrap();
    let lines = journal.lines().map(|line| {
        let words: Vec<u64> = line.split(' ').map(|word| word.parse().unwrap()).collect();
        let &[cause, node, number] = words.as_slice() else {
            panic!("{line}");
        };
        Executed {
            cause,
            rule: RuleOf::of_lamp(hub_model::NodeId(node)),
            number,
        }
    });
    lines.collect()
}

/// Whether a run may end before it has done all there is to do: one that is begun anew.
fn may_end_early(rule: RuleOf, trace: &Trace) -> bool {
    let is_restarted = matches!(
        &trace.outcome,
        Outcome::Stopped { why } if &**why == "the rule started again"
    );
    rule.shape == Shape::Restart && is_restarted
}

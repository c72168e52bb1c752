//! What can be seen of the machine and the home.

use std::collections::BTreeMap;
use std::sync::Arc;

use hub_engine::Snapshot;
use hub_model::{CauseId, NodeId, Operation};
use rules::machine::{RuleState, RuleView, Told};
use rules::trace::{Outcome, RunId, Trace};

use super::{House, look, path, steps};

impl House {
    pub(crate) fn state(&self, rule: &str) -> RuleState {
        self.view(rule).state
    }

    pub(crate) fn view(&self, rule: &str) -> RuleView {
        self.machine
            .rule(rule)
            .unwrap_or_else(|| panic!("no rule {rule}"))
    }

    /// The traces of a rule, newest first: those on disk, and what the machine knows better.
    pub(crate) fn traces(&self, rule: &str) -> Vec<Arc<Trace>> {
        let stored = self
            .disk
            .traces
            .values()
            .filter(|trace| *trace.rule == *rule);
        let mut all: BTreeMap<_, _> = stored.map(|trace| (trace.id, Arc::clone(trace))).collect();
        let known = self.machine.traces(Some(rule), 1_000);
        all.extend(known.into_iter().map(|trace| (trace.id, trace)));
        all.into_values().rev().collect()
    }

    /// The last trace of a rule.
    pub(crate) fn last(&self, rule: &str) -> Arc<Trace> {
        let traces = self.traces(rule);
        traces
            .first()
            .unwrap_or_else(|| panic!("no trace of {rule}"))
            .clone()
    }

    /// How often a rule ran.
    pub(crate) fn runs(&self, rule: &str) -> usize {
        self.traces(rule)
            .iter()
            .filter(|trace| trace.outcome.ran())
            .count()
    }

    /// Why a rule did not run, newest first.
    pub(crate) fn not_run(&self, rule: &str) -> Vec<String> {
        let traces = self.traces(rule);
        let whys = traces.iter().filter_map(|trace| match &trace.outcome {
            Outcome::NotRun { why } => Some(why.to_string()),
            _ => None,
        });
        whys.collect()
    }

    /// The steps of the last trace of a rule, with their results.
    pub(crate) fn steps(&self, rule: &str) -> Vec<String> {
        steps(&self.last(rule))
    }

    /// What rules said to people.
    pub(crate) fn notices(&self) -> Vec<String> {
        let notices = self.told.iter().filter_map(|told| match told {
            Told::Notice { message, to, .. } => Some(match to {
                Some(to) => format!("{to}: {message}"),
                None => message.to_string(),
            }),
            _ => None,
        });
        notices.collect()
    }

    /// The value of a variable, in words.
    pub(crate) fn home(&self, name: &str) -> String {
        let variables = self.machine.variables();
        variables
            .get(name)
            .map_or_else(|| "none".to_owned(), |view| view.shown.to_string())
    }

    /// The operations that were given to a device.
    pub(crate) fn operations(&self, node: NodeId) -> Vec<Operation> {
        let given = self.given.iter().filter(|given| given.command.node == node);
        given.map(|given| given.command.operation.clone()).collect()
    }

    /// The cause of the present value of an attribute.
    pub(crate) fn cause(&self, node: NodeId, cluster: u32, attribute: u32) -> Option<CauseId> {
        look(&self.engine)
            .value(&path(node, cluster, attribute))?
            .cause
    }

    /// What is on the machine's disk.
    pub(crate) fn kept(&self) -> &BTreeMap<String, String> {
        &self.disk.kept
    }

    /// The traces on disk.
    pub(crate) fn stored_traces(&self) -> &BTreeMap<RunId, Arc<Trace>> {
        &self.disk.traces
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        look(&self.engine)
    }
}

//! How many rules there are, how they stand, and what came of their starts: for whoever watches
//! over the hub. The machine decides nothing by it.

use super::Machine;
use super::state::Loaded;
use crate::compile::Compiled;
use crate::trace::Outcome;

/// Rules by how they stand, and runs by what came of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rules that can start.
    pub ready: usize,
    /// Rules that their owner switched off.
    pub disabled: usize,
    /// Rules that ran away.
    pub paused: usize,
    /// Rules that cannot work in this home.
    pub broken: usize,
    /// Runs under way.
    pub running: usize,
    /// Runs that wait for their turn.
    pub waiting: usize,
    /// Starts of rules and scenes so far, by what came of them.
    pub starts: Starts,
}

/// Starts of rules and scenes, by what came of them; those under way are not among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Starts {
    /// They did all there was to do.
    pub done: u64,
    /// They ended before that.
    pub stopped: u64,
    /// A step failed that they could not do without.
    pub failed: u64,
    /// They came to nothing: a condition did not hold, or another run was in the way.
    pub not_run: u64,
}

impl Starts {
    /// Counts what came of one.
    pub(super) const fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Queued | Outcome::Running => {}
            Outcome::Done => self.done += 1,
            Outcome::Stopped { .. } => self.stopped += 1,
            Outcome::Failed { .. } => self.failed += 1,
            Outcome::NotRun { .. } => self.not_run += 1,
        }
    }

    /// Counts those of an earlier machine too.
    pub(super) const fn include(&mut self, earlier: Self) {
        self.done += earlier.done;
        self.stopped += earlier.stopped;
        self.failed += earlier.failed;
        self.not_run += earlier.not_run;
    }
}

impl Machine {
    /// How many rules there are, how they stand, and what came of their starts.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally {
            starts: self.traces.starts(),
            ..Tally::default()
        };
        for (_, loaded) in self.rules.iter() {
            *tally.place(loaded) += 1;
            tally.running += loaded.running.len();
            tally.waiting += loaded.queue.len();
        }
        tally
    }
}

impl Tally {
    /// Where a rule is counted.
    fn place(&mut self, loaded: &Loaded) -> &mut usize {
        match (&loaded.compiled, &loaded.paused) {
            (Compiled::Broken(_), _) => &mut self.broken,
            _ if !loaded.rule.enabled => &mut self.disabled,
            (_, Some(_)) => &mut self.paused,
            _ => &mut self.ready,
        }
    }
}

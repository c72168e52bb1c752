//! A machine made anew while the hub runs, so that a recording can begin with it.

use hub_engine::Snapshot;

use super::Machine;

impl Machine {
    /// Whether nothing is under way that a machine made anew would not know of: no run, no command.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        let mut senses = self.rules.iter().flat_map(|(_, loaded)| &loaded.senses);
        self.runs.is_empty()
            && self.answers.is_idle()
            && !self.rules.waits_to_compile()
            && senses.all(|sense| sense.postponed.is_none())
    }

    /// The home as the machine knows it.
    #[must_use]
    pub const fn home(&self) -> &Snapshot {
        &self.home
    }

    /// Takes over what an earlier machine of the same hub only tells: its traces, and which run gave
    /// which command. It decides nothing by them, so a replay that has none does the same.
    pub fn remember(&mut self, earlier: Self) {
        self.traces.remember(earlier.traces);
        self.answers.remember(earlier.answers);
    }
}

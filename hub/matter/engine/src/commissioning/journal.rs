//! The stages of a commissioning, with how long each took.

use std::time::Instant;

use hub_model::{JobUpdate, Stage};

/// The stage that is under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Journal {
    stage: Stage,
    since: Instant,
}

impl Journal {
    /// Begins with a stage.
    pub(super) const fn begin(stage: Stage, now: Instant) -> Self {
        Self { stage, since: now }
    }

    /// The stage under way.
    pub(super) const fn stage(&self) -> Stage {
        self.stage
    }

    /// Ends the stage well.
    pub(super) fn passed(&self, note: String, now: Instant) -> JobUpdate {
        JobUpdate::Passed {
            stage: self.stage,
            took: now.saturating_duration_since(self.since),
            note,
        }
    }
}

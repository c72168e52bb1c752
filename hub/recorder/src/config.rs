//! How a recorder is set up.

use std::sync::Arc;
use std::time::Duration;

use history::policy::Wish;
use jiff::tz::TimeZone;

use crate::store::HistoryStore;

/// How a recorder is set up.
pub struct RecorderConfig {
    /// Where the past is kept.
    pub store: Arc<dyn HistoryStore>,
    /// What is recorded of which attributes, where that is not as usual.
    pub wishes: Vec<Wish>,
    /// How long what is kept.
    pub retention: Retention,
    /// By whose calendar days and months are rolled up.
    pub zone: TimeZone,
    /// How often what was recorded is written down.
    pub commit_every: Duration,
}

/// How long what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Samples.
    pub samples: Duration,
    /// Octets that the store may take: beyond that the oldest samples go, whatever their age.
    pub budget: u64,
    /// Roll-ups of five minutes. Those of hours and days stay for good.
    pub five_minutes: Duration,
}

/// A day.
const DAY: Duration = Duration::from_secs(24 * 3600);

impl Default for Retention {
    fn default() -> Self {
        Self {
            samples: DAY * 365,
            budget: 2_000_000_000,
            five_minutes: DAY * 730,
        }
    }
}

impl RecorderConfig {
    /// The usual set-up over a store.
    #[must_use]
    pub fn new(store: Arc<dyn HistoryStore>) -> Self {
        Self {
            store,
            wishes: Vec::new(),
            retention: Retention::default(),
            zone: TimeZone::UTC,
            commit_every: Duration::from_secs(2),
        }
    }
}

impl std::fmt::Debug for RecorderConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecorderConfig")
            .field("wishes", &self.wishes)
            .field("retention", &self.retention)
            .field("zone", &self.zone)
            .field("commit_every", &self.commit_every)
            .finish_non_exhaustive()
    }
}

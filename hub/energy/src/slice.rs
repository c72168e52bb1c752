//! What a meter measured in one stretch of time.

use hub_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::amount::MilliwattHours;

/// The energy of a meter in a stretch of time, usually five minutes or an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slice {
    /// Its first moment.
    pub from: Timestamp,
    /// The moment after its last.
    pub to: Timestamp,
    /// What went into what is measured; not negative.
    pub imported: MilliwattHours,
    /// What came out of it; not negative.
    pub exported: MilliwattHours,
    /// Whether that is all.
    pub quality: Quality,
}

/// Whether all of a stretch was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// It was.
    Complete,
    /// For some of it is not known how much, or not known when.
    Partial,
}

impl Slice {
    /// Its length in microseconds.
    pub(crate) const fn length_us(&self) -> i64 {
        self.to.0.saturating_sub(self.from.0)
    }

    /// Whether it has a length and no negative energy.
    pub(crate) fn is_valid(&self) -> bool {
        let zero = MilliwattHours::ZERO;
        self.from < self.to && self.imported >= zero && self.exported >= zero
    }
}

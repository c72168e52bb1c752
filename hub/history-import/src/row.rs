//! What comes in: the entities, states and statistics of the other hub, as its database has them.

use std::sync::Arc;

use hub_model::Timestamp;

/// An entity's number within its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityRef(pub i64);

/// A statistic's number within its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatisticRef(pub i64);

/// An entity, with what its latest rows say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Its number.
    pub number: EntityRef,
    /// Its id: `sensor.hall_temperature`.
    pub id: Arc<str>,
    /// Its name for people.
    pub name: Option<Arc<str>>,
    /// What kind of thing it is, within its domain: `temperature`, `door`.
    pub device_class: Option<Arc<str>>,
    /// The unit of its state.
    pub unit: Option<Arc<str>>,
    /// How many rows of states there are.
    pub rows: u64,
    /// How many of them say no time, so that they cannot be read.
    pub undated: u64,
    /// The time of its first row.
    pub first: Option<Timestamp>,
    /// The time of its last row.
    pub last: Option<Timestamp>,
}

/// A state of an entity, or of its attributes, from a moment on.
#[derive(Clone, Debug, PartialEq)]
pub struct StateRow {
    /// Whose.
    pub entity: EntityRef,
    /// The number of the row; of two of the same time the greater is later.
    pub row: i64,
    /// From when on, in seconds since 1970.
    pub at: f64,
    /// The state; none when the entity was removed.
    pub state: Option<Arc<str>>,
    /// The attributes, as JSON. Rows that share them had better share the text.
    pub attributes: Option<Arc<str>>,
}

/// A long-term statistic: an entity's, or one that another source keeps (`grid:energy`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistic {
    /// Its number.
    pub number: StatisticRef,
    /// Its id: mostly that of the entity that it is about.
    pub id: Arc<str>,
    /// Its name for people; entities' have none.
    pub name: Option<Arc<str>>,
    /// The unit of its numbers.
    pub unit: Option<Arc<str>>,
    /// Whether it is a counter, with a running sum.
    pub has_sum: bool,
    /// How many rows there are.
    pub rows: u64,
}

/// What a statistic was over an hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StatisticRow {
    /// Of what.
    pub of: StatisticRef,
    /// When the hour begins, in seconds since 1970.
    pub start: f64,
    /// The mean over time.
    pub mean: Option<f64>,
    /// The lowest.
    pub min: Option<f64>,
    /// The highest.
    pub max: Option<f64>,
    /// Of a counter: all it rose since the statistic began, at the end of the hour.
    pub sum: Option<f64>,
    /// Of a counter: what it showed at the end of the hour.
    pub state: Option<f64>,
    /// Of a counter: when it began anew last, in seconds since 1970.
    pub last_reset: Option<f64>,
}

/// A span in which the other hub did not run, so that nothing is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outage {
    /// When it stopped.
    pub from: Timestamp,
    /// When it ran again.
    pub until: Timestamp,
}

/// The moment that is so many seconds after 1970 began; none when it is no time that anything was
/// recorded at.
#[must_use]
pub fn moment(seconds: f64) -> Option<Timestamp> {
    /// The year 5138: what is beyond is no time, and within microseconds are exact.
    const MOST: f64 = 1e11;
    let fits = seconds > 0.0 && seconds < MOST;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "below 1e17, so it fits; not a number is refused"
    )]
    fits.then(|| Timestamp((seconds * 1e6).round() as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_moments_without_losing_a_millisecond() {
        assert_eq!(
            moment(1_700_000_000.123),
            Some(Timestamp::from_millis(1_700_000_000_123))
        );
        assert_eq!(moment(0.000_001), Some(Timestamp(1)));
        for no_time in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e300] {
            assert_eq!(moment(no_time), None, "{no_time}");
        }
    }
}

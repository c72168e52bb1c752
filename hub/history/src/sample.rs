//! A sample: what something was from one moment on.

use hub_engine::Quality;
use hub_model::{CauseId, Timestamp, Value};

/// What something was from a moment on, until its next sample.
///
/// Moments of samples are whole milliseconds: [`whole`]. Of several samples of one series in the
/// same millisecond the last stands, so that the same told twice is kept once.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// From when on.
    pub at: Timestamp,
    /// What it was.
    pub value: Value,
    /// Whether that can be relied upon from then on; a stale sample begins a gap.
    pub quality: Quality,
    /// The command that led to it; none when the device did it by itself, or before the hub knew.
    pub cause: Option<CauseId>,
}

impl Sample {
    /// A sample of a value that is known, without a cause.
    #[must_use]
    pub const fn known(at: Timestamp, value: Value) -> Self {
        Self {
            at,
            value,
            quality: Quality::Known,
            cause: None,
        }
    }

    /// Whether its value can be relied upon.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.quality == Quality::Known
    }
}

/// The moment in whole milliseconds, rounded down.
#[must_use]
pub const fn whole(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millis())
}

/// Brings samples into order, and leaves one for each millisecond: the last that came.
pub fn settle(samples: &mut Vec<Sample>) {
    // Stable, so among equals the last that came is last.
    samples.sort_by_key(|sample| sample.at);
    samples.reverse();
    samples.dedup_by_key(|sample| sample.at);
    samples.reverse();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_a_millisecond_stands_and_all_are_in_order() {
        let sample = |at, value| Sample::known(Timestamp::from_millis(at), Value::Int(value));
        let mut samples = vec![
            sample(5, 1),
            sample(3, 2),
            sample(5, 3),
            sample(4, 4),
            sample(3, 5),
        ];
        settle(&mut samples);
        assert_eq!(samples, [sample(3, 5), sample(4, 4), sample(5, 3)]);
    }
}

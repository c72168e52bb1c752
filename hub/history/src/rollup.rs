//! A roll-up: what a series was over a span of time, in a few numbers.

use std::time::Duration;

use hub_model::{Timestamp, Value};

/// States that a roll-up tells apart; the time of all others is counted together.
pub const MOST_STATES: usize = 16;

/// How long the spans of roll-ups are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// Five minutes.
    FiveMinutes,
    /// An hour.
    Hour,
    /// A day of the home's calendar: 23 to 25 hours.
    Day,
    /// A month of the home's calendar.
    Month,
}

impl Period {
    /// All, shortest first.
    pub const ALL: [Self; 4] = [Self::FiveMinutes, Self::Hour, Self::Day, Self::Month];

    /// Its length, when all are equally long.
    #[must_use]
    pub const fn length(self) -> Option<Duration> {
        match self {
            Self::FiveMinutes => Some(Duration::from_secs(300)),
            Self::Hour => Some(Duration::from_secs(3600)),
            Self::Day | Self::Month => None,
        }
    }
}

/// What a series was over a span.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollup {
    /// When the span begins.
    pub from: Timestamp,
    /// How many samples lie in it.
    pub samples: u32,
    /// For how much of it the value is known, in milliseconds.
    pub known_ms: u64,
    /// What its numbers were, when it was a number for some of the time.
    pub numbers: Option<Numbers>,
    /// How long it was in which state, in milliseconds, ascending by when first met; of series of
    /// states only.
    pub states: Vec<(Value, u64)>,
    /// How long it was in other states than these, in milliseconds.
    pub other_ms: u64,
}

/// What the numbers of a series were over a span, in the unit in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Numbers {
    /// The number at the beginning, or the first.
    pub first: f64,
    /// The number at the end.
    pub last: f64,
    /// The lowest, of what lasted into the span as well.
    pub min: f64,
    /// The highest.
    pub max: f64,
    /// The sum of the samples that lie in it.
    pub sum: f64,
    /// How many samples that is.
    pub count: u32,
    /// The numbers, each times the milliseconds that it lasted.
    pub weighted: f64,
    /// For how long it was a number, in milliseconds.
    pub ms: u64,
    /// Of a counter: by how much it rose, a fall being taken for a new beginning at zero. Of what
    /// rose while it was not known, all is counted where it was known again.
    pub increase: f64,
    /// Of a counter: how often it began anew.
    pub resets: u32,
}

impl Numbers {
    /// The mean over time: each number counts for as long as it lasted.
    #[must_use]
    pub fn mean_over_time(&self) -> Option<f64> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "milliseconds of a month are exact"
        )]
        let ms = self.ms as f64;
        (self.ms > 0).then(|| self.weighted / ms)
    }

    /// The mean of the samples.
    #[must_use]
    pub fn mean_of_samples(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / f64::from(self.count))
    }
}

//! The past: series, what they were, samples, and how the recording is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::QualityWord;

/// The series that there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SeriesList {
    /// The series, by key.
    pub series: Vec<Series>,
}

/// Something whose past is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Series {
    /// Its name for programs, which stays: `attribute/0x12/1/0x0006/0x0000`.
    pub key: String,
    /// Its path: `kitchen-lamp/1/OnOff.OnOff`, `kitchen-lamp/reachability`.
    pub path: String,
    /// Its name for people: `Kitchen lamp: On/off`.
    pub name: String,
    /// The unit of its numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What it tells.
    pub kind: SeriesKind,
}

/// What a series tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeriesKind {
    /// A number that goes up and down.
    Level,
    /// A number that only rises, until it begins anew.
    Counter,
    /// One of some states.
    State,
    /// Each sample is an occurrence of its own.
    Occurrence,
    /// Something else: a list.
    Other,
    /// Each value says by itself.
    Open,
}

/// What series were between two moments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct History {
    /// When the range begins.
    pub from_ms: i64,
    /// When it ends.
    pub to_ms: i64,
    /// The present: nothing is known of what lies after it.
    pub now_ms: i64,
    /// The time zone by whose calendar days and months are counted.
    pub zone: String,
    /// The series asked for, by key.
    pub series: Vec<Past>,
}

/// What a series was. It has points when it tells numbers, changes when it does not, and roll-ups when
/// those were asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Past {
    /// The series.
    #[serde(flatten)]
    pub series: Series,
    /// The last sample before the range.
    pub before: Option<Sample>,
    /// The first sample at its end or after it.
    pub after: Option<Sample>,
    /// When nobody knows: the hub was off, or the node was not there. What was known before a gap is not
    /// known after it, until the next sample.
    pub gaps: Vec<Gap>,
    /// Its numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<Points>,
    /// Its states, or what happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
    /// Its roll-ups, ascending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollups: Option<Vec<Rollup>>,
}

/// A span in which nothing was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Gap {
    /// When it begins.
    pub from_ms: i64,
    /// When it ends.
    pub to_ms: i64,
}

/// Numbers, in two columns of equal length: each holds until the next.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Points {
    /// From when on.
    pub at_ms: Vec<i64>,
    /// The number in the series' unit; null where it is not known.
    pub values: Vec<Option<f64>>,
}

/// States, or what happened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Changes {
    /// In order.
    pub samples: Vec<Sample>,
    /// Whether some were left out, so that each slice has its first and last.
    pub thinned: bool,
}

/// What something was from a moment on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sample {
    /// From when on.
    pub at_ms: i64,
    /// The value, as the schema names it.
    pub value: serde_json::Value,
    /// The number in the series' unit, when it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<f64>,
    /// The value as people read it: `21.5 °C`.
    pub text: String,
    /// Whether it could be relied upon from then on.
    pub quality: QualityWord,
    /// The number of the command that led to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<u64>,
}

/// One line of the samples as they were recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Recorded {
    /// The path of the series.
    pub series: String,
    /// The sample.
    #[serde(flatten)]
    pub sample: Sample,
}

/// What a series was over a span.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Rollup {
    /// When the span begins.
    pub from_ms: i64,
    /// When it ends.
    pub to_ms: i64,
    /// How many samples lie in it.
    pub samples: u32,
    /// For how much of it the value is known.
    pub known_ms: u64,
    /// What its numbers were.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub numbers: Option<Numbers>,
    /// How long it was in which state, by when first met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub states: Vec<StateTime>,
    /// How long it was in other states than these.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub other_ms: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that serde calls"
)]
const fn is_zero(ms: &u64) -> bool {
    *ms == 0
}

/// What the numbers of a series were over a span, in its unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Numbers {
    /// The lowest.
    pub min: f64,
    /// The highest.
    pub max: f64,
    /// The mean of the samples; none when there are none.
    pub mean: Option<f64>,
    /// The mean over time: each number counts for as long as it lasted.
    pub mean_over_time: Option<f64>,
    /// The number at the beginning.
    pub first: f64,
    /// The number at the end.
    pub last: f64,
    /// Of a counter: by how much it rose.
    pub increase: f64,
    /// Of a counter: how often it began anew.
    pub resets: u32,
}

/// How long a series was in a state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StateTime {
    /// The state, as the schema names it.
    pub value: serde_json::Value,
    /// The state as people read it.
    pub text: String,
    /// For how long.
    pub ms: u64,
}

/// How the recording is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HistoryStatus {
    /// What is wrong, when something is.
    pub trouble: Option<HistoryTrouble>,
    /// Whether the hub's clock shows something that cannot be.
    pub clock_doubted: bool,
    /// When something was written down last.
    pub written_at_ms: Option<i64>,
    /// How many samples there are; none when the store does not answer.
    pub samples: Option<u64>,
    /// Octets that they take.
    pub octets: Option<u64>,
    /// The moment of the oldest, or one before it.
    pub oldest_ms: Option<i64>,
    /// How long what is kept.
    pub kept: Retention,
    /// The time zone by whose calendar days and months are counted.
    pub zone: String,
}

/// What is wrong with the recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HistoryTrouble {
    /// Since when.
    pub since_ms: i64,
    /// Why, in words.
    pub why: String,
    /// Samples that wait to be written down.
    pub waiting: usize,
    /// Samples for which there was no room.
    pub lost: u64,
}

/// How long what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Retention {
    /// Samples, in days.
    pub samples_days: u64,
    /// Roll-ups of five minutes, in days; those of hours and days stay.
    pub five_minutes_days: u64,
    /// Octets beyond which the oldest samples go, whatever their age.
    pub octets: u64,
}

/// How many days were rolled up anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Recomputed {
    /// The days.
    pub days: usize,
}

//! Samples, charts and roll-ups in the words of the API.

use history::calendar::end_of;
use history::course;
use history::measure::Measure;
use history::occurrence::{Asked, Hub};
use history::rollup::{self, Period};
use history::sample;
use history::series::SeriesKey;
use hub_engine::Home;
use hub_model::{Value, json, present};
use jiff::tz::TimeZone;
use recorder::{Answer, Told};
use serde_json::{Value as Json, json};

use super::moment::Range;
use crate::dto::{Changes, Gap, Numbers, Past, Points, Rollup, Sample, Series, StateTime, ms};
use crate::words;

/// What is needed to tell of one series.
#[derive(Clone, Copy)]
pub(crate) struct Teller<'a> {
    pub(crate) key: &'a SeriesKey,
    pub(crate) home: &'a Home,
    pub(crate) zone: &'a TimeZone,
}

impl Teller<'_> {
    /// What the series was.
    pub(crate) fn past(
        self,
        series: Series,
        range: Range,
        answer: Answer,
        period: Option<Period>,
    ) -> Past {
        let sample = |sample: Option<sample::Sample>| sample.map(|sample| self.sample(&sample));
        let mut past = Past {
            series,
            before: sample(answer.before),
            after: sample(answer.after),
            gaps: gaps(&answer.gaps, range),
            points: None,
            changes: None,
            rollups: None,
        };
        match answer.told {
            Told::Points(points) => {
                past.points = Some(Points {
                    at_ms: points.iter().map(|point| ms(point.at)).collect(),
                    values: points.iter().map(|point| point.number).collect(),
                });
            }
            Told::Changes { samples, thinned } => {
                let samples = samples.iter().map(|sample| self.sample(sample)).collect();
                past.changes = Some(Changes { samples, thinned });
            }
            Told::Rollups(rollups) => {
                let period = period.unwrap_or(Period::Hour);
                let rollups = rollups.iter().map(|rollup| self.rollup(rollup, period));
                past.rollups = Some(rollups.collect());
            }
        }
        past
    }

    /// A sample of the series.
    pub(crate) fn sample(self, sample: &sample::Sample) -> Sample {
        Sample {
            at_ms: ms(sample.at),
            value: self.value(&sample.value),
            number: Measure::of(self.key).number(&sample.value),
            text: self.text(&sample.value),
            quality: sample.quality.into(),
            cause: sample.cause.map(|cause| cause.0),
        }
    }

    fn value(self, value: &Value) -> Json {
        match self.key {
            SeriesKey::Attribute(path) => words::json(path, value),
            SeriesKey::Event(path) => words::event_json(path, value),
            SeriesKey::Commands(_) => match Asked::from_value(value) {
                Some(asked) => json!({
                    "cause": asked.cause.0,
                    "parent": asked.parent.map(|parent| parent.0),
                    "who": asked.origin.as_ref().map(|origin| words::origin(self.home, origin)),
                    "what": asked.what.as_ref(),
                }),
                None => json::untyped::to_json(value),
            },
            SeriesKey::Hub => match Hub::from_value(value) {
                Some(hub) => hub_json(hub),
                None => json::untyped::to_json(value),
            },
            _ => match value {
                Value::Bool(is) => Json::from(*is),
                Value::Text(text) => Json::from(text.as_ref()),
                Value::Null => Json::Null,
                other => json::untyped::to_json(other),
            },
        }
    }

    fn text(self, value: &Value) -> String {
        match self.key {
            SeriesKey::Attribute(path) => words::shown(path, value).text,
            SeriesKey::Event(path) => present::event(path.cluster, path.event, value),
            SeriesKey::Reachability(_) => match value {
                Value::Bool(true) => "online".to_owned(),
                Value::Bool(false) => "offline".to_owned(),
                _ => "unknown".to_owned(),
            },
            SeriesKey::Commands(_) => match Asked::from_value(value) {
                Some(Asked {
                    origin: Some(origin),
                    what,
                    ..
                }) => format!("{}: {what}", words::origin(self.home, &origin)),
                Some(asked) => asked.what.to_string(),
                None => json::untyped::to_json(value).to_string(),
            },
            SeriesKey::Hub => Hub::from_value(value).map_or_else(String::new, hub_text),
            _ => match value {
                Value::Text(text) => text.to_string(),
                other => match other.as_f64() {
                    Some(number) => number.to_string(),
                    None => self.value(other).to_string(),
                },
            },
        }
    }

    fn rollup(self, rollup: &rollup::Rollup, period: Period) -> Rollup {
        let state = |(value, ms): &(Value, u64)| StateTime {
            value: self.value(value),
            text: self.text(value),
            ms: *ms,
        };
        Rollup {
            from_ms: ms(rollup.from),
            to_ms: ms(end_of(period, rollup.from, self.zone)),
            samples: rollup.samples,
            known_ms: rollup.known_ms,
            numbers: rollup.numbers.map(|numbers| Numbers {
                min: numbers.min,
                max: numbers.max,
                mean: numbers.mean_of_samples(),
                mean_over_time: numbers.mean_over_time(),
                first: numbers.first,
                last: numbers.last,
                increase: numbers.increase,
                resets: numbers.resets,
            }),
            states: rollup.states.iter().map(state).collect(),
            other_ms: rollup.other_ms,
        }
    }
}

/// Gaps, of which those that last end with the range. One that ended before it is told, too: what was
/// known before that is not known in the range.
fn gaps(gaps: &[course::Gap], range: Range) -> Vec<Gap> {
    let begun = gaps.iter().filter(|gap| gap.from < range.to);
    let told = begun.map(|gap| Gap {
        from_ms: ms(gap.from),
        to_ms: ms(gap.to.min(range.to)),
    });
    told.collect()
}

fn hub_json(hub: Hub) -> Json {
    match hub {
        Hub::Started { last } => json!({ "what": "started", "last_ms": last.map(ms) }),
        Hub::Stopped => json!({ "what": "stopped" }),
        Hub::ClockSet { instead_of } => {
            json!({ "what": "clock set", "instead_of_ms": ms(instead_of) })
        }
        Hub::Lost { since, samples } => {
            json!({ "what": "lost", "since_ms": ms(since), "samples": samples })
        }
    }
}

fn hub_text(hub: Hub) -> String {
    match hub {
        Hub::Started { last: None } => "began to record for the first time".to_owned(),
        Hub::Started { .. } => "began to record".to_owned(),
        Hub::Stopped => "ceased to record".to_owned(),
        Hub::ClockSet { .. } => "the clock was set".to_owned(),
        Hub::Lost { samples: 0, .. } => "could not keep up".to_owned(),
        Hub::Lost { samples, .. } => format!("lost {samples} samples"),
    }
}

//! What series were, as pictures in the terminal.

use hub_api::dto::{Gap, History, Past, Points, QualityWord, Sample, SeriesKind};
use jiff::tz::TimeZone;

use crate::chart::{self, Frame, Ink, Line, Stretch};
use crate::clock_text;

/// Occurrences that are listed, the last ones.
const LISTED: usize = 30;
/// With more series than this, those that never changed take a line each.
const MANY: usize = 6;
/// Characters of a line at least.
const LEAST: usize = 40;

/// On what is drawn.
pub(super) struct Canvas {
    pub(super) zone: TimeZone,
    pub(super) width: usize,
    pub(super) colour: bool,
}

/// A picture of each series.
pub(super) fn pictures(history: &History, canvas: &Canvas) -> String {
    let frame = Frame {
        from_ms: history.from_ms,
        to_ms: history.to_ms,
        zone: canvas.zone.clone(),
        width: canvas.width,
        colour: canvas.colour,
    };
    let until_ms = history.to_ms.min(history.now_ms);
    let many = history.series.len() > MANY;
    let (mut text, mut still) = (range(history, canvas), String::new());
    for past in &history.series {
        match constant(past).filter(|_| many) {
            Some(value) => {
                let line = format!("  {}  {value}", past.series.path);
                still.extend(line.chars().take(canvas.width.max(LEAST)).chain(['\n']));
            }
            None => {
                text += &format!(
                    "\n{}{}",
                    title(past, &frame),
                    picture(past, &frame, until_ms)
                )
            }
        }
    }
    if !still.is_empty() {
        text += &format!("\nunchanged:\n{still}");
    }
    text
}

/// From when to when, and by whose clock.
pub(super) fn range(history: &History, canvas: &Canvas) -> String {
    let moment = |at_ms| clock_text::moment_in(at_ms, &canvas.zone);
    format!(
        "{} to {}, {}\n",
        moment(history.from_ms),
        moment(history.to_ms),
        history.zone
    )
}

/// The names of a series.
pub(super) fn title(past: &Past, frame: &Frame) -> String {
    let name = frame.paint(Ink::BOLD, &past.series.name);
    format!("{name}  {}\n", frame.paint(Ink::DIM, &past.series.path))
}

fn picture(past: &Past, frame: &Frame, until_ms: i64) -> String {
    if let Some(Points { at_ms, values }) = &past.points {
        let line = Line {
            at_ms,
            values,
            until_ms,
            unit: past.series.unit.as_deref(),
            is_counter: past.series.kind == SeriesKind::Counter,
        };
        return chart::line(frame, &line);
    }
    let Some(changes) = &past.changes else {
        return String::new();
    };
    let thinned = match changes.thinned {
        true => "  there were more changes than can be drawn; `--samples` lists them\n",
        false => "",
    };
    let drawn = match past.series.kind {
        SeriesKind::Occurrence | SeriesKind::Other => listed(&changes.samples, frame),
        _ => {
            let stretches = stretches(
                past.before.as_ref(),
                &changes.samples,
                &past.gaps,
                frame,
                until_ms,
            );
            chart::states(frame, &stretches)
        }
    };
    drawn + thinned
}

/// What a series was whenever it was known, when that never changed.
fn constant(past: &Past) -> Option<String> {
    if past.series.kind == SeriesKind::Occurrence {
        return None;
    }
    if let Some(Points { values, .. }) = &past.points {
        let mut known = values.iter().flatten();
        let Some(first) = known.next() else {
            return Some("unknown".to_owned());
        };
        let unit = past.series.unit.as_deref();
        let unit = unit.map_or_else(String::new, |unit| format!(" {unit}"));
        let is_same = known.all(|number| number.to_bits() == first.to_bits());
        return is_same.then(|| format!("{first}{unit}"));
    }
    let mut told = past.before.iter().chain(&past.changes.as_ref()?.samples);
    let Some(first) = told.next() else {
        return Some("unknown".to_owned());
    };
    let is_same = told.all(|next| next.value == first.value);
    is_same.then(|| first.text.clone())
}

/// From when to when it was in which state, as far as that is known.
fn stretches(
    before: Option<&Sample>,
    samples: &[Sample],
    gaps: &[Gap],
    frame: &Frame,
    until_ms: i64,
) -> Vec<Stretch> {
    let all = || before.into_iter().chain(samples);
    let ends = all().skip(1).map(|next| next.at_ms).chain([until_ms]);
    let known = all().zip(ends).filter_map(|(sample, end)| {
        let gap = gaps.iter().find(|gap| gap.from_ms > sample.at_ms);
        let to_ms = gap.map_or(end, |gap| gap.from_ms.min(end)).min(until_ms);
        let from_ms = sample.at_ms.max(frame.from_ms);
        let is_known = sample.quality == QualityWord::Known && !sample.value.is_null();
        (is_known && from_ms < to_ms).then(|| Stretch {
            from_ms,
            to_ms,
            state: sample.text.clone(),
        })
    });
    known.collect()
}

/// What happened, a line each; the last ones.
fn listed(samples: &[Sample], frame: &Frame) -> String {
    if samples.is_empty() {
        return "  nothing happened\n".to_owned();
    }
    let over = samples.len().saturating_sub(LISTED);
    let mut text = match over {
        0 => String::new(),
        _ => format!("  {over} before these; `--samples` lists all\n"),
    };
    for sample in samples.iter().skip(over) {
        let at = clock_text::moment_in(sample.at_ms, &frame.zone);
        text += &format!("  {at}  {}\n", sample.text);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn frame() -> Frame {
        Frame {
            from_ms: 1_000,
            to_ms: 9_000,
            zone: TimeZone::UTC,
            width: 60,
            colour: false,
        }
    }

    fn sample(at_ms: i64, is: bool) -> Sample {
        Sample {
            at_ms,
            value: json!(is),
            number: None,
            text: if is { "on" } else { "off" }.to_owned(),
            quality: QualityWord::Known,
            cause: None,
        }
    }

    fn told(
        before: Option<&Sample>,
        samples: &[Sample],
        gaps: &[Gap],
        until: i64,
    ) -> Vec<(i64, i64, String)> {
        let stretches = stretches(before, samples, gaps, &frame(), until);
        let parts = |s: Stretch| (s.from_ms, s.to_ms, s.state);
        stretches.into_iter().map(parts).collect()
    }

    #[test]
    fn a_state_holds_until_the_next_a_gap_or_the_present() {
        let before = sample(500, true);
        let samples = [sample(3_000, false), sample(7_000, true)];
        let gap = Gap {
            from_ms: 4_000,
            to_ms: 5_000,
        };
        assert_eq!(
            told(Some(&before), &samples, &[gap], 8_000),
            [
                (1_000, 3_000, "on".to_owned()),
                (3_000, 4_000, "off".to_owned()),
                (7_000, 8_000, "on".to_owned()),
            ]
        );
        let lost = Gap {
            from_ms: 600,
            to_ms: 700,
        };
        assert_eq!(told(Some(&before), &[], &[lost], 9_000), []);
    }

    fn series(n: usize, values: &[Option<f64>]) -> Past {
        let at_ms = (0..).map(|n| 1_000 + n * 1_000).take(values.len());
        Past {
            series: hub_api::dto::Series {
                key: String::new(),
                path: format!("lamp/{n}/X.Y"),
                name: format!("Lamp {n}: Y"),
                unit: Some("W".to_owned()),
                kind: SeriesKind::Level,
            },
            before: None,
            after: None,
            gaps: Vec::new(),
            points: Some(Points {
                at_ms: at_ms.collect(),
                values: values.to_vec(),
            }),
            changes: None,
            rollups: None,
        }
    }

    #[test]
    fn of_many_series_those_that_never_changed_take_a_line() {
        let told = |many| {
            let still = series(0, &[None, Some(1.5), None, Some(1.5)]);
            let moving = (1..many).map(|n| series(n, &[Some(1.0), Some(2.0)]));
            let history = History {
                from_ms: 1_000,
                to_ms: 9_000,
                now_ms: 9_000,
                zone: "UTC".to_owned(),
                series: [still].into_iter().chain(moving).collect(),
            };
            let canvas = Canvas {
                zone: TimeZone::UTC,
                width: 60,
                colour: false,
            };
            pictures(&history, &canvas)
        };
        let many = told(MANY + 1);
        assert!(
            many.ends_with("unchanged:\n  lamp/0/X.Y  1.5 W\n"),
            "{many}"
        );
        assert!(!told(2).contains("unchanged"));
    }

    #[test]
    fn what_was_stale_or_null_is_not_drawn() {
        let stale = Sample {
            quality: QualityWord::Stale,
            ..sample(2_000, true)
        };
        let null = Sample {
            value: json!(null),
            ..sample(3_000, true)
        };
        assert_eq!(told(None, &[stale, null], &[], 9_000), []);
    }
}

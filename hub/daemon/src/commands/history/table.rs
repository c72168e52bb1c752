//! Roll-ups as tables.

use hub_api::dto::{History, Numbers, Past, Rollup, SeriesKind};

use super::picture::{self, Canvas};
use crate::chart::Frame;
use crate::cli::Every;
use crate::clock_text;
use crate::output;

/// A table for each series.
pub(super) fn tables(history: &History, every: Every, canvas: &Canvas) -> String {
    let frame = Frame {
        from_ms: history.from_ms,
        to_ms: history.to_ms,
        zone: canvas.zone.clone(),
        width: canvas.width,
        colour: canvas.colour,
    };
    let tables = history.series.iter().map(|past| {
        let table = table(past, every, history.now_ms, canvas);
        format!("\n{}{table}", picture::title(past, &frame))
    });
    picture::range(history, canvas) + &tables.collect::<String>()
}

fn table(past: &Past, every: Every, now_ms: i64, canvas: &Canvas) -> String {
    let rollups = past.rollups.as_deref().unwrap_or_default();
    if rollups.is_empty() {
        return "  nothing is known of this time\n".to_owned();
    }
    let unit = past.series.unit.as_deref();
    let unit = unit.map_or_else(String::new, |unit| format!(" {unit}"));
    let is_counter = past.series.kind == SeriesKind::Counter;
    let are_numbers = rollups.iter().any(|rollup| rollup.numbers.is_some());
    let mut head = vec!["  from".to_owned()];
    match (are_numbers, is_counter) {
        (true, true) => head.extend(["rose by", "first", "last"].map(str::to_owned)),
        (true, false) => head.extend(["mean", "min", "max", "last"].map(str::to_owned)),
        (false, _) => head.push("for how long".to_owned()),
    }
    head.extend(["samples", "known"].map(str::to_owned));
    let rows = rollups.iter().map(|rollup| {
        let mut row = vec![format!("  {}", from(rollup, every, canvas))];
        match (&rollup.numbers, are_numbers) {
            (Some(numbers), _) => row.extend(numbers_of(numbers, is_counter, &unit)),
            (None, true) => row.extend(vec![String::new(); if is_counter { 3 } else { 4 }]),
            (None, false) => row.push(states(rollup)),
        }
        row.push(rollup.samples.to_string());
        row.push(known(rollup, now_ms));
        row
    });
    output::table(&[head].into_iter().chain(rows).collect::<Vec<_>>())
}

fn from(rollup: &Rollup, every: Every, canvas: &Canvas) -> String {
    let moment = clock_text::moment_in(rollup.from_ms, &canvas.zone);
    let length = match every {
        Every::FiveMinutes | Every::Hour => "2026-11-27 18:00",
        Every::Day => "2026-11-27",
        Every::Month => "2026-11",
    }
    .len();
    moment.chars().take(length).collect()
}

fn numbers_of(numbers: &Numbers, is_counter: bool, unit: &str) -> Vec<String> {
    let told = |number: f64| format!("{}{unit}", number_text(number));
    match is_counter {
        true => vec![
            told(numbers.increase),
            told(numbers.first),
            told(numbers.last),
        ],
        false => vec![
            numbers
                .mean_over_time
                .or(numbers.mean)
                .map_or_else(String::new, told),
            told(numbers.min),
            told(numbers.max),
            told(numbers.last),
        ],
    }
}

/// A number with three decimals at most.
fn number_text(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn states(rollup: &Rollup) -> String {
    let states = rollup
        .states
        .iter()
        .map(|state| (state.text.as_str(), state.ms));
    let others = [("others", rollup.other_ms)]
        .into_iter()
        .filter(|(_, ms)| *ms > 0);
    let told = states
        .chain(others)
        .map(|(state, ms)| format!("{state} {}", clock_text::span(ms)));
    told.collect::<Vec<_>>().join(", ")
}

/// For how much of the span it is known, of what is past.
fn known(rollup: &Rollup, now_ms: i64) -> String {
    let past = rollup.to_ms.min(now_ms).saturating_sub(rollup.from_ms);
    let past = u64::try_from(past).unwrap_or(0).max(1);
    let share = rollup.known_ms.saturating_mul(100) / past;
    format!("{} %", share.min(100))
}

#[cfg(test)]
mod tests {
    use hub_api::dto::{Series, StateTime};
    use jiff::tz::TimeZone;
    use serde_json::json;

    use super::*;

    fn told(kind: SeriesKind, rollup: Rollup) -> String {
        let past = Past {
            series: Series {
                key: String::new(),
                path: "lamp/1/X.Y".to_owned(),
                name: "Lamp: Y".to_owned(),
                unit: Some("W".to_owned()),
                kind,
            },
            before: None,
            after: None,
            gaps: Vec::new(),
            points: None,
            changes: None,
            rollups: Some(vec![rollup]),
        };
        let history = History {
            from_ms: 0,
            to_ms: 3_600_000,
            now_ms: 1_800_000,
            zone: "UTC".to_owned(),
            series: vec![past],
        };
        let canvas = Canvas {
            zone: TimeZone::UTC,
            width: 80,
            colour: false,
        };
        tables(&history, Every::Hour, &canvas)
    }

    fn rollup() -> Rollup {
        Rollup {
            from_ms: 0,
            to_ms: 3_600_000,
            samples: 3,
            known_ms: 900_000,
            numbers: None,
            states: Vec::new(),
            other_ms: 0,
        }
    }

    #[test]
    fn numbers_have_columns_and_what_is_yet_to_come_is_not_unknown() {
        let numbers = Numbers {
            min: 1.0,
            max: 20.5,
            mean: None,
            mean_over_time: Some(3.333_33),
            first: 1.0,
            last: 2.0,
            increase: 19.5,
            resets: 0,
        };
        let rollup = Rollup {
            numbers: Some(numbers),
            ..rollup()
        };
        assert_eq!(
            told(SeriesKind::Level, rollup.clone()),
            "1970-01-01 00:00:00 to 1970-01-01 01:00:00, UTC\n\nLamp: Y  lamp/1/X.Y\n  \
             from            mean     min  max     last  samples  known\n  \
             1970-01-01 00:00  3.333 W  1 W  20.5 W  2 W   3        50 %\n"
                .replace("from            mean", "from              mean")
        );
        assert!(told(SeriesKind::Counter, rollup).contains("19.5 W"));
    }

    #[test]
    fn states_tell_how_long_they_lasted() {
        let state = |text: &str, ms| StateTime {
            value: json!(text),
            text: text.to_owned(),
            ms,
        };
        let rollup = Rollup {
            states: vec![state("on", 600_000), state("off", 300_000)],
            ..rollup()
        };
        let text = told(SeriesKind::State, rollup);
        assert!(text.contains("on 10 min 0 s, off 5 min 0 s"), "{text}");
    }
}

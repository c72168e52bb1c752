//! States as rows: one for each, dark where it was so, blank where it was not or nobody knows.

use std::collections::BTreeMap;

use super::{Frame, Ink, STATES, time_axis};
use crate::clock_text;

/// States that have a row of their own; the rest share one.
const MOST: usize = 8;
/// The longest name of a state that is shown whole.
const LONGEST: usize = 18;
/// Characters right of a row: how long that was.
const BESIDE: usize = 22;
/// The least width of a chart.
const LEAST: usize = 8;
/// By how much of a character's time a state took: a little, to all.
const SHADES: [char; 4] = ['░', '▒', '▓', '█'];
/// The row of all other states.
const OTHERS: &str = "others";

/// From when to when it was so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// When it begins.
    pub(crate) from_ms: i64,
    /// When it ends.
    pub(crate) to_ms: i64,
    /// The state, in words.
    pub(crate) state: String,
}

/// A row.
struct Row<'a> {
    state: &'a str,
    stretches: Vec<&'a Stretch>,
    ms: i64,
}

/// The rows of states with the axis of time, and how long each lasted.
pub(crate) fn states(frame: &Frame, stretches: &[Stretch]) -> String {
    let rows = rows(stretches);
    if rows.is_empty() {
        return "  nothing is known of this time\n".to_owned();
    }
    let names: Vec<String> = rows.iter().map(|row| shortened(row.state)).collect();
    let indent = names.iter().map(|name| name.chars().count()).max();
    let indent = indent.unwrap_or(0);
    let columns = frame.width.saturating_sub(indent + 2 + BESIDE).max(LEAST);
    let whole: i64 = rows.iter().map(|row| row.ms).sum();
    let mut text = String::new();
    for ((row, name), ink) in rows.iter().zip(&names).zip(STATES.into_iter().cycle()) {
        let bar = frame.paint(ink, &bar(frame, &row.stretches, columns));
        let hundred = row.ms.saturating_mul(100).saturating_add(whole / 2);
        let share = hundred.checked_div(whole).unwrap_or(0);
        let lasted = clock_text::span(u64::try_from(row.ms).unwrap_or(0));
        let beside = frame.paint(Ink::DIM, &format!("{lasted:>14} {share:>3} %"));
        text += &format!("{name:>indent$} │{bar}│{beside}\n");
    }
    text + &time_axis::axis(frame, columns, indent + 1)
        .lines()
        .fold(String::new(), |text, line| text + line.trim_end() + "\n")
}

/// A row for each state, by when first met; those that lasted least share one when there are many.
fn rows(stretches: &[Stretch]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for stretch in stretches {
        let place = *places.entry(&stretch.state).or_insert(rows.len());
        if place == rows.len() {
            rows.push(Row {
                state: &stretch.state,
                stretches: Vec::new(),
                ms: 0,
            });
        }
        if let Some(row) = rows.get_mut(place) {
            row.ms += stretch.to_ms - stretch.from_ms;
            row.stretches.push(stretch);
        }
    }
    if rows.len() > MOST {
        rows.sort_by_key(|row| std::cmp::Reverse(row.ms));
        let rest = rows.split_off(MOST - 1);
        rows.push(Row {
            state: OTHERS,
            ms: rest.iter().map(|row| row.ms).sum(),
            stretches: rest.into_iter().flat_map(|row| row.stretches).collect(),
        });
    }
    rows
}

fn shortened(name: &str) -> String {
    match name.chars().count() > LONGEST {
        true => name.chars().take(LONGEST - 1).chain(['…']).collect(),
        false => name.to_owned(),
    }
}

fn bar(frame: &Frame, stretches: &[&Stretch], columns: usize) -> String {
    let mut taken = vec![0i64; columns];
    for stretch in stretches {
        let first = frame.part(stretch.from_ms, columns);
        let last = frame.part((stretch.to_ms - 1).max(stretch.from_ms), columns);
        for column in first..=last {
            let (start, end) = (
                frame.start_of(column, columns),
                frame.start_of(column + 1, columns),
            );
            let ms = stretch.to_ms.min(end) - stretch.from_ms.max(start);
            if let Some(taken) = taken.get_mut(column) {
                // Of a moment, too, something is to be seen.
                *taken += ms.max(1);
            }
        }
    }
    let cells = (0..).zip(taken).map(|(column, ms)| {
        let whole = frame.start_of(column + 1, columns) - frame.start_of(column, columns);
        shade(ms, whole)
    });
    cells.collect()
}

fn shade(ms: i64, whole: i64) -> char {
    if ms == 0 {
        return ' ';
    }
    let quarters = (ms.saturating_mul(4) - 1)
        .checked_div(whole.max(1))
        .unwrap_or(3);
    let shade = usize::try_from(quarters.clamp(0, 3)).unwrap_or(3);
    SHADES.get(shade).copied().unwrap_or('█')
}

#[cfg(test)]
mod tests {
    use super::super::testing::day;
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn stretch(frame: &Frame, from: i64, to: i64, state: &str) -> Stretch {
        Stretch {
            from_ms: frame.from_ms + from,
            to_ms: frame.from_ms + to,
            state: state.to_owned(),
        }
    }

    #[test]
    fn each_state_has_its_row_and_gaps_are_blank() {
        let frame = day(72);
        let stretches = [
            stretch(&frame, 0, 7 * HOUR, "off"),
            stretch(&frame, 7 * HOUR, 8 * HOUR + HOUR / 2, "on"),
            stretch(&frame, 8 * HOUR + HOUR / 2, 12 * HOUR, "off"),
            stretch(&frame, 16 * HOUR, 22 * HOUR, "on"),
            stretch(&frame, 22 * HOUR, 22 * HOUR + 1_000, "off"),
            stretch(&frame, 22 * HOUR + 1_000, 24 * HOUR, "on"),
        ];
        let text = states(&frame, &stretches);
        let wanted = include_str!("golden/states.txt");
        assert_eq!(text, wanted, "\n{text}");
    }

    #[test]
    fn many_states_share_a_row_and_long_names_are_shortened() {
        let frame = day(80);
        let all: Vec<_> = (0..12)
            .map(|n| {
                let state = format!("a state with a long name {n}");
                stretch(
                    &frame,
                    n * HOUR,
                    (n + 1) * HOUR + n,
                    &format!("{n} {state}"),
                )
            })
            .collect();
        let text = states(&frame, &all);
        assert_eq!(text.lines().count(), MOST + 2, "\n{text}");
        assert!(text.contains(OTHERS) && text.contains('…'), "\n{text}");
    }

    #[test]
    fn colours_are_only_used_where_there_are_some() {
        let frame = day(80);
        let all = [stretch(&frame, 0, HOUR, "on")];
        assert!(!states(&frame, &all).contains('\u{1b}'));
        let coloured = Frame {
            colour: true,
            ..frame
        };
        assert!(states(&coloured, &all).contains("\u{1b}[32m"));
        assert!(states(&day(80), &[]).contains("nothing is known"));
    }
}

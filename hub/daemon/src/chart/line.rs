//! Numbers as a line of braille dots. Of a dot's time all numbers are drawn, so that no peak is lost.

use super::scale::Scale;
use super::{Frame, Ink, time_axis};

/// Characters from top to bottom.
const ROWS: usize = 8;
/// Dots from top to bottom, and from left to right, of a character.
const TALL: usize = 4;
const WIDE: usize = 2;
/// The bits of a character's dots, by column, from the top.
const DOTS: [[u32; TALL]; WIDE] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];
/// Steps of the scale, about.
const STEPS: u32 = 4;
/// The least width of a chart.
const LEAST: usize = 8;

/// A line of numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    /// From when on each number holds, in order.
    pub(crate) at_ms: &'a [i64],
    /// The numbers; none where nobody knows.
    pub(crate) values: &'a [Option<f64>],
    /// Until when the last one holds.
    pub(crate) until_ms: i64,
    /// The unit, if there is one.
    pub(crate) unit: Option<&'a str>,
    /// Whether the numbers only rise.
    pub(crate) is_counter: bool,
}

/// A part of the line.
struct Stretch {
    from: i64,
    to: i64,
    number: f64,
}

/// The chart of a line, with its axes, and under it the lowest, highest and mean.
pub(crate) fn line(frame: &Frame, line: &Line<'_>) -> String {
    let stretches = stretches(frame, line);
    let Some(low) = stretches.iter().map(|s| s.number).reduce(f64::min) else {
        return "  nothing is known of this time\n".to_owned();
    };
    let high = stretches.iter().map(|s| s.number).fold(low, f64::max);
    let scale = Scale::of(low, high, STEPS);
    let labels = labels(scale, line.unit);
    let indent = labels.iter().map(|label| label.chars().count()).max();
    let indent = indent.unwrap_or(0);
    let columns = frame.width.saturating_sub(indent + 2).max(LEAST);
    let dots = dots(frame, &stretches, scale, columns);
    let mut text = String::new();
    for (label, row) in labels.iter().zip(dots) {
        let edge = if label.is_empty() { '│' } else { '┤' };
        let row = frame.paint(Ink::CYAN, row.trim_end());
        text += &format!("{label:>indent$} {edge}{row}\n");
    }
    text += &time_axis::axis(frame, columns, indent + 1);
    text += &summary(&stretches, scale, line);
    text.lines()
        .fold(String::new(), |text, line| text + line.trim_end() + "\n")
}

fn stretches(frame: &Frame, line: &Line<'_>) -> Vec<Stretch> {
    let until = line.until_ms.min(frame.to_ms);
    let ends = line.at_ms.iter().skip(1).copied().chain([until]);
    let all = line.at_ms.iter().zip(line.values).zip(ends);
    let known = all.filter_map(|((from, value), to)| {
        let (from, to) = ((*from).max(frame.from_ms), to.min(until));
        let number = (*value).filter(|number| number.is_finite() && from <= to)?;
        Some(Stretch { from, to, number })
    });
    known.collect()
}

/// What stands left of each row.
fn labels(scale: Scale, unit: Option<&str>) -> Vec<String> {
    let mut labels = vec![String::new(); ROWS];
    for tick in scale.ticks() {
        let row = height(scale, tick, ROWS * TALL) / TALL;
        if let Some(label) = labels.get_mut(ROWS - 1 - row) {
            let unit = unit.map_or_else(String::new, |unit| format!(" {unit}"));
            *label = format!("{}{unit}", scale.tick(tick));
        }
    }
    labels
}

/// How high a number stands, of so many dots.
fn height(scale: Scale, number: f64, dots: usize) -> usize {
    let most = u32::try_from(dots.saturating_sub(1)).unwrap_or(0);
    let share = (number - scale.low) / (scale.high - scale.low);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between nothing and the number of dots"
    )]
    let height = (share * f64::from(most))
        .round()
        .clamp(0.0, f64::from(most)) as usize;
    height
}

/// The rows of characters, from the top.
fn dots(frame: &Frame, stretches: &[Stretch], scale: Scale, columns: usize) -> Vec<String> {
    let many = columns * WIDE;
    let mut drawn: Vec<Option<(usize, usize)>> = vec![None; many];
    let mut last: Option<(i64, usize)> = None;
    for stretch in stretches {
        let at = height(scale, stretch.number, ROWS * TALL);
        let first = frame.part(stretch.from, many);
        let end = frame.part((stretch.to - 1).max(stretch.from), many);
        // A step is drawn as one, where the last number ends as this one begins.
        let from = last.filter(|(end, _)| *end == stretch.from);
        let step = from.map_or(at, |(_, height)| height);
        let first_column = drawn
            .get_mut(first)
            .map(|column| (column, step.min(at), step.max(at)));
        if let Some((column, low, high)) = first_column {
            widen(column, low, high);
        }
        for column in drawn.iter_mut().take(end + 1).skip(first) {
            widen(column, at, at);
        }
        last = Some((stretch.to, at));
    }
    let rows = (0..ROWS).rev().map(|row| {
        let cells = drawn.chunks(WIDE).map(|columns| cell(columns, row));
        cells.collect()
    });
    rows.collect()
}

fn widen(column: &mut Option<(usize, usize)>, low: usize, high: usize) {
    let (was_low, was_high) = column.unwrap_or((low, high));
    *column = Some((was_low.min(low), was_high.max(high)));
}

/// A character: which of its dots are drawn, in a row counted from the bottom.
fn cell(columns: &[Option<(usize, usize)>], row: usize) -> char {
    let mut bits = 0;
    for (column, of_column) in columns.iter().zip(DOTS) {
        let Some((low, high)) = column else { continue };
        for (from_top, bit) in of_column.into_iter().enumerate() {
            let dot = row * TALL + (TALL - 1 - from_top);
            if (*low..=*high).contains(&dot) {
                bits |= bit;
            }
        }
    }
    match bits {
        0 => ' ',
        bits => char::from_u32(0x2800 + bits).unwrap_or(' '),
    }
}

/// The lowest, highest, mean over time and last number; of a counter by how much it rose.
fn summary(stretches: &[Stretch], scale: Scale, line: &Line<'_>) -> String {
    let unit = line
        .unit
        .map_or_else(String::new, |unit| format!(" {unit}"));
    let told = |number: f64| format!("{}{unit}", scale.number(number));
    let numbers = || stretches.iter().map(|stretch| stretch.number);
    let low = numbers().fold(f64::INFINITY, f64::min);
    let high = numbers().fold(f64::NEG_INFINITY, f64::max);
    let last = numbers().next_back().unwrap_or(low);
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a chart")]
    let length = |stretch: &Stretch| (stretch.to - stretch.from) as f64;
    let time: f64 = stretches.iter().map(length).sum();
    let mut parts = vec![format!("min {}", told(low)), format!("max {}", told(high))];
    if line.is_counter {
        let pairs = stretches.windows(2).filter_map(|pair| match pair {
            [one, other] if other.number >= one.number => Some(other.number - one.number),
            [_, other] => Some(other.number),
            _ => None,
        });
        parts.push(format!("rose by {}", told(pairs.sum())));
    } else if time > 0.0 {
        let weighted: f64 = stretches.iter().map(|s| s.number * length(s)).sum();
        parts.push(format!("mean {}", told(weighted / time)));
    }
    parts.push(format!("last {}", told(last)));
    format!("  {}\n", parts.join("   "))
}

#[cfg(test)]
mod tests {
    use super::super::testing::day;
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn chart(frame: &Frame, points: &[(i64, Option<f64>)]) -> String {
        let at_ms: Vec<_> = points
            .iter()
            .map(|(hours, _)| frame.from_ms + hours * HOUR)
            .collect();
        let values: Vec<_> = points.iter().map(|(_, value)| *value).collect();
        line(
            frame,
            &Line {
                at_ms: &at_ms,
                values: &values,
                until_ms: frame.to_ms,
                unit: Some("°C"),
                is_counter: false,
            },
        )
    }

    #[test]
    fn a_line_steps_up_and_down_and_leaves_gaps_blank() {
        let points = [
            (0, Some(20.0)),
            (4, Some(21.0)),
            (8, Some(22.0)),
            (10, None),
            (14, Some(19.0)),
            (20, Some(20.5)),
        ];
        let text = chart(&day(58), &points);
        let wanted = include_str!("golden/line.txt");
        assert_eq!(text, wanted, "\n{text}");
    }

    #[test]
    fn a_peak_of_a_moment_is_drawn() {
        let frame = day(58);
        let at_ms = [
            frame.from_ms,
            frame.from_ms + HOUR,
            frame.from_ms + HOUR + 1,
        ];
        let values = [Some(0.0), Some(100.0), Some(0.0)];
        let told = Line {
            at_ms: &at_ms,
            values: &values,
            until_ms: frame.to_ms,
            unit: None,
            is_counter: false,
        };
        let text = line(&frame, &told);
        assert!(
            text.lines().next().is_some_and(|top| !top.ends_with('┤')),
            "\n{text}"
        );
        assert!(text.contains("max 100"));
    }

    #[test]
    fn what_is_not_known_is_said() {
        let frame = day(58);
        assert!(chart(&frame, &[(0, None)]).contains("nothing is known"));
        assert!(chart(&frame, &[]).contains("nothing is known"));
    }

    #[test]
    fn a_counter_tells_by_how_much_it_rose() {
        let frame = day(58);
        let at_ms: Vec<_> = (0..4).map(|n| frame.from_ms + n * HOUR).collect();
        let told = Line {
            at_ms: &at_ms,
            values: &[Some(10.0), Some(15.0), Some(2.0), Some(3.0)],
            until_ms: frame.to_ms,
            unit: Some("Wh"),
            is_counter: true,
        };
        assert!(
            line(&frame, &told).contains("rose by 8 Wh"),
            "{}",
            line(&frame, &told)
        );
    }

    #[test]
    fn any_width_and_any_numbers_are_drawn() {
        for width in [0, 1, 9, 80, 400] {
            let frame = day(width);
            for number in [f64::MAX, f64::MIN, f64::NAN, 1e-300, 0.0] {
                let text = chart(
                    &frame,
                    &[(0, Some(number)), (1, Some(0.0)), (30, Some(5.0))],
                );
                assert!(text.lines().count() > 0);
            }
        }
    }
}

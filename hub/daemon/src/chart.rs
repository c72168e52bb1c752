//! Charts of the past for a terminal, as text.
//!
//! Numbers are a line of braille dots, two by four a character; states are a row each, shaded by how
//! much of a character's time they took. Where nobody knows it is blank. Pure: the same past in the
//! same frame is the same text.

mod line;
mod scale;
mod states;
mod time_axis;

pub(crate) use line::{Line, line};
pub(crate) use states::{Stretch, states};

use jiff::tz::TimeZone;

/// Where and of what time a chart is drawn.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// When it begins.
    pub(crate) from_ms: i64,
    /// When it ends.
    pub(crate) to_ms: i64,
    /// By whose clock times are shown.
    pub(crate) zone: TimeZone,
    /// Characters of a line.
    pub(crate) width: usize,
    /// Whether the terminal shows colours.
    pub(crate) colour: bool,
}

/// A colour or style of the terminal: its number in an escape sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ink(pub(crate) u8);

impl Ink {
    pub(crate) const BOLD: Self = Self(1);
    pub(crate) const DIM: Self = Self(2);
    pub(crate) const CYAN: Self = Self(36);
}

/// The colours of states, in turn.
const STATES: [Ink; 6] = [Ink(32), Ink(33), Ink(35), Ink(36), Ink(34), Ink(31)];

impl Frame {
    /// The text in a colour, where there are colours.
    pub(crate) fn paint(&self, ink: Ink, text: &str) -> String {
        match self.colour && !text.is_empty() {
            true => format!("\u{1b}[{}m{text}\u{1b}[0m", ink.0),
            false => text.to_owned(),
        }
    }

    /// Which of so many parts of the time a moment lies in.
    fn part(&self, at_ms: i64, parts: usize) -> usize {
        let span = i128::from(self.to_ms) - i128::from(self.from_ms);
        let past = i128::from(at_ms) - i128::from(self.from_ms);
        let many = i128::try_from(parts).unwrap_or(i128::MAX);
        let part = (past * many).checked_div(span).unwrap_or(0);
        usize::try_from(part.clamp(0, (many - 1).max(0))).unwrap_or(0)
    }

    /// When a part of the time begins.
    fn start_of(&self, part: usize, parts: usize) -> i64 {
        let span = i128::from(self.to_ms) - i128::from(self.from_ms);
        let part = i128::try_from(part).unwrap_or(i128::MAX);
        let many = i128::try_from(parts.max(1)).unwrap_or(i128::MAX);
        // A moment belongs to the part that `part` gives for it.
        let past = (span * part + many - 1).div_euclid(many);
        i64::try_from(i128::from(self.from_ms) + past).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// A day in Berlin without colours.
    pub(crate) fn day(width: usize) -> Frame {
        Frame {
            from_ms: 1_795_734_000_000,
            to_ms: 1_795_734_000_000 + 24 * 3_600_000,
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            width,
            colour: false,
        }
    }

    #[test]
    fn parts_of_the_time_begin_where_moments_begin_to_lie_in_them() {
        let frame = Frame {
            to_ms: day(0).from_ms + 1_000,
            ..day(0)
        };
        for parts in [1, 3, 7, 64, 1_000] {
            for part in 0..parts {
                let start = frame.start_of(part, parts);
                assert_eq!(frame.part(start, parts), part, "{part} of {parts}");
                if part > 0 {
                    assert_eq!(frame.part(start - 1, parts), part - 1);
                }
            }
        }
        assert_eq!(frame.part(i64::MIN, 10), 0);
        assert_eq!(frame.part(i64::MAX, 10), 9);
    }
}

//! Where the parts of a rule stand in its text, so that what is found later can be pointed at.

use std::collections::BTreeMap;

use crate::problem::Problem;

/// Where the parts of a rule stand in its text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places {
    found: BTreeMap<String, Found>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Found {
    at: usize,
    /// Where its own text begins, when that stands there unescaped.
    text_at: Option<usize>,
}

impl Places {
    pub(super) fn note(&mut self, place: &str, at: usize, text_at: Option<usize>) {
        self.found.insert(place.to_owned(), Found { at, text_at });
    }

    /// Gives a problem the line and column of its place in the text that was read, or of the nearest
    /// place around it; within an expression to the character, if its text has no escapes.
    pub fn point(&self, problem: &mut Problem, text: &str) {
        let mut place = problem.place.as_str();
        let found = loop {
            if let Some(found) = self.found.get(place) {
                break *found;
            }
            if place.is_empty() {
                return;
            }
            let end = place.rfind(['.', '[']).unwrap_or_default();
            place = place.get(..end).unwrap_or_default();
        };
        let exact = found.text_at.filter(|_| place == problem.place);
        let at = match (exact, problem.offset) {
            (Some(start), Some(offset)) => start + offset,
            _ => found.at,
        };
        let (line, column) = line_and_column(text, at);
        problem.line = Some(line);
        problem.column = Some(column);
    }
}

/// The line and column of a byte, both from 1; columns count characters.
pub(super) fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = text.get(..at).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    (line, column)
}

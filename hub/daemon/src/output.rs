//! What a command prints: text for people, or JSON for programs. Stdout is the answer, stderr the
//! progress, so that both can be had apart.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

/// How to print.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    /// Prints JSON, or text.
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether programs read this.
    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// Prints the answer: the value itself as one line of JSON, or the text made of it.
    pub(crate) fn answer<T: Serialize>(self, value: &T, text: impl FnOnce(&T) -> String) {
        let line = if self.json {
            serde_json::to_string(value).unwrap_or_default()
        } else {
            text(value)
        };
        print(&line);
    }

    /// Prints progress for people; nothing when programs read.
    pub(crate) fn progress(self, line: &str) {
        if !self.json {
            let _ = writeln!(io::stderr().lock(), "{line}");
        }
    }
}

/// Prints a line on stdout. A closed pipe ends the program quietly, as it does other tools.
pub(crate) fn print(line: &str) {
    let mut stdout = io::stdout().lock();
    let written = stdout
        .write_all(line.trim_end_matches('\n').as_bytes())
        .and_then(|()| stdout.write_all(b"\n"))
        .and_then(|()| stdout.flush());
    if written.is_err() {
        std::process::exit(0);
    }
}

/// Whether a person can be asked: both ends are a terminal.
pub(crate) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Lines up rows in columns, two spaces apart; the last column is not padded.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    rows.iter().fold(String::new(), |text, row| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| format!("{cell:width$}"));
        text + cells.collect::<Vec<_>>().join("  ").trim_end() + "\n"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_by_characters() {
        let rows = [
            vec!["Küche".into(), "on".into()],
            vec!["a".into(), "off".into()],
        ];
        assert_eq!(table(&rows), "Küche  on\na      off\n");
    }

    #[test]
    fn no_rows_are_no_lines() {
        assert_eq!(table(&[]), "");
    }
}

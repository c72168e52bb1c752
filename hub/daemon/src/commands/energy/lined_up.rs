//! Rows in columns, words to the left and numbers to the right.

/// Lines up rows in columns two spaces apart; `left` says how many of the first columns are words, and
/// the last column is words as well.
pub(super) fn lined_up(rows: &[Vec<String>], left: usize) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate();
        let cells =
            cells.map(
                |(column, (cell, &width))| match column < left || column + 1 == columns {
                    true => format!("{cell:width$}"),
                    false => format!("{cell:>width$}"),
                },
            );
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_below_each_other() {
        let rows = [["a", "10", "x"], ["bcd", "9", ""]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(lined_up(&rows, 1), "a    10  x\nbcd   9\n");
    }
}

//! The nearest known name to one that is not known, for "did you mean".

/// The candidate with the fewest edits from `name`, case aside, if it is near enough to be meant.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = letters(name);
    let limit = (name.len() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(&name, &letters(candidate)), candidate))
        .filter(|(edits, _)| *edits <= limit)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// The letters that count; of a name longer than any in the specification only the beginning.
fn letters(name: &str) -> Vec<char> {
    const LONGEST: usize = 80;
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .take(LONGEST)
        .collect()
}

/// Letters to insert, remove or replace, and neighbours to swap, to make one of the other (optimal
/// string alignment: the commonest slip of the fingers is one edit).
fn distance(from: &[char], to: &[char]) -> usize {
    let mut before = Vec::new();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    let mut earlier = None;
    for (line, a) in from.iter().enumerate() {
        let mut row = vec![line + 1];
        let mut left = line + 1;
        let mut last = None;
        for (column, b) in to.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX);
            let replaced = at(&above, column) + usize::from(a != b);
            let mut least = replaced.min(at(&above, column + 1) + 1).min(left + 1);
            let is_swapped = Some(b) == earlier && last == Some(a);
            if let (true, Some(two_back)) = (is_swapped, column.checked_sub(1)) {
                least = least.min(at(&before, two_back).saturating_add(1));
            }
            row.push(least);
            (left, last) = (least, Some(b));
        }
        earlier = Some(a);
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edits(from: &str, to: &str) -> usize {
        distance(&letters(from), &letters(to))
    }

    #[test]
    fn edits_are_counted() {
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("abc", ""), 3);
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("OnOff", "on-off"), 0);
        assert_eq!(edits("abcd", "badc"), 2);
        assert_eq!(edits("ca", "abc"), 3);
    }

    #[test]
    fn swapped_letters_are_one_slip() {
        assert_eq!(nearest("levle", ["level", "on"]), Some("level"));
        assert_eq!(nearest("nmae", ["name", "note"]), Some("name"));
    }

    #[test]
    fn only_the_near_is_meant() {
        let clusters = ["OnOff", "LevelControl", "ColorControl"];
        assert_eq!(nearest("onof", clusters), Some("OnOff"));
        assert_eq!(nearest("ColourControl", clusters), Some("ColorControl"));
        assert_eq!(nearest("Thermostat", clusters), None);
        assert_eq!(nearest("", clusters), None);
    }
}

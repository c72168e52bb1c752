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

/// Letters to insert, remove or replace to make one of the other (Levenshtein).
fn distance(from: &[char], to: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (above, a) in from.iter().enumerate() {
        let mut diagonal = above;
        let mut left = above + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, b) in row.iter_mut().skip(1).zip(to) {
            let replaced = diagonal + usize::from(a != b);
            diagonal = *cell;
            left = replaced.min(*cell + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
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

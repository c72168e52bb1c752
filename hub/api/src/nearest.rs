//! What someone may have meant: the nearest of some names.

/// The candidate that differs least from what was typed, if that is little enough to be a slip.
pub(crate) fn nearest<'a>(
    typed: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let typed: Vec<char> = typed.to_lowercase().chars().take(LONGEST).collect();
    let most = typed.len() / 3 + 1;
    candidates
        .into_iter()
        .map(|candidate| (distance(&typed, candidate), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Names longer than this are compared by their beginning.
const LONGEST: usize = 64;

/// Insertions, deletions and substitutions that lead from one to the other.
fn distance(typed: &[char], candidate: &str) -> usize {
    let candidate: Vec<char> = candidate.to_lowercase().chars().take(LONGEST).collect();
    let mut row: Vec<usize> = (0..=candidate.len()).collect();
    for (i, a) in typed.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (b, above) in candidate.iter().zip(row.iter().skip(1)) {
            let substituted = diagonal + usize::from(a != b);
            left = substituted.min(left + 1).min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood() {
        let names = ["kitchen-lamp", "hall-lamp", "OnOff"];
        assert_eq!(nearest("kichen-lamp", names), Some("kitchen-lamp"));
        assert_eq!(nearest("onof", names), Some("OnOff"));
        assert_eq!(nearest("thermostat", names), None);
        assert_eq!(nearest("", ["ab"]), None);
    }

    #[test]
    fn distances_are_those_of_the_textbook() {
        let of = |a: &str, b| distance(&a.chars().collect::<Vec<_>>(), b);
        assert_eq!(of("kitten", "sitting"), 3);
        assert_eq!(of("", "abc"), 3);
        assert_eq!(of("abc", ""), 3);
        assert_eq!(of("same", "SAME"), 0);
    }
}

//! The import as a user sees it: files in, texts of rules and a report out.

#[path = "import/actions.rs"]
mod actions;
#[path = "import/cases.rs"]
mod cases;
#[path = "import/conditions.rs"]
mod conditions;
#[path = "import/files.rs"]
mod files;
#[path = "import/golden.rs"]
mod golden;
#[path = "import/total.rs"]
mod total;
#[path = "import/triggers.rs"]
mod triggers;

/// A text without the space between a number and its unit: how that is printed is for the language
/// of rules to say, and not what these tests are about.
fn settled(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let is_unit = |c: char| c.is_alphabetic() || matches!(c, '%' | '°');
    let is_joint = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(at + 1);
        before.is_some_and(char::is_ascii_digit) && after.is_some_and(|c| is_unit(*c))
    };
    let kept = chars
        .iter()
        .enumerate()
        .filter(|(at, c)| **c != ' ' || !is_joint(*at));
    kept.map(|(_, c)| *c).collect()
}

//! The files themselves: place, header, length, and words that must not be in them.

use crate::Tree;

/// What a visitor sees at the top.
const TOP: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "automations",
    "bridges",
    "hub",
    "packaging",
    "tests",
    "web",
];
const MAX_LINES: usize = 700;
/// Ends of names of files that people write.
const WRITTEN: &[&str] = &[
    ".rs", ".mjs", ".js", ".ts", ".tsx", ".svelte", ".css", ".html", ".sh", ".py", ".md", "/run",
];
const REGISTRY: &str = "https://registry.npmjs.org/";

/// Visible entries at the top that have no place there.
#[must_use]
pub fn unexpected_at_the_top(tree: &Tree) -> Vec<String> {
    let mut found: Vec<_> = tree
        .paths()
        .filter_map(|path| path.split('/').next())
        .filter(|entry| !entry.starts_with('.') && !TOP.contains(entry))
        .map(|entry| format!("{entry}: unexpected at the top: move it into one of the folders"))
        .collect();
    found.dedup();
    found
}

/// Rust files that do not begin by saying what they own.
#[must_use]
pub fn without_header(tree: &Tree) -> Vec<String> {
    tree.rust("")
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(path, _)| format!("{path}: begin with `//!`: what it owns, and what it leaves out"))
        .collect()
}

/// Files too long for one concept.
#[must_use]
pub fn too_long(tree: &Tree) -> Vec<String> {
    tree.texts()
        .filter(|(path, _)| is_written(path))
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|&(_, lines)| lines > MAX_LINES)
        .map(|(path, lines)| {
            format!("{path}: {lines} lines, at most {MAX_LINES}: find the second concept in it")
        })
        .collect()
}

/// Files that name a place on the machine they were written on.
#[must_use]
pub fn machine_paths(tree: &Tree) -> Vec<String> {
    // In pieces, or this file would be found.
    let places = [
        concat!("/ro", "ot/"),
        concat!("/wo", "rk/"),
        concat!("/tm", "p/"),
    ];
    lines(tree, is_written_or_settings, |line| {
        let place = places.iter().find(|place| begins_path(line, place))?;
        Some(format!(
            "names {place}: use a relative path or a temporary directory"
        ))
    })
}

/// Lock files of npm that name another registry than the public one.
#[must_use]
pub fn foreign_registries(tree: &Tree) -> Vec<String> {
    lines(
        tree,
        |path| path.ends_with("package-lock.json"),
        |line| {
            let url = line.trim().strip_prefix("\"resolved\": \"")?;
            (!url.starts_with(REGISTRY)).then(|| {
                format!("resolves outside {REGISTRY}: make the lock file with that registry")
            })
        },
    )
}

/// Rust code that was left for later.
#[must_use]
pub fn left_for_later(tree: &Tree) -> Vec<String> {
    let marks = [concat!("to", "do!("), concat!("unimple", "mented!(")];
    lines(
        tree,
        |path| path.ends_with(".rs"),
        |line| {
            let mark = marks.iter().find(|mark| line.contains(**mark))?;
            Some(format!("has {mark}...): write it, or leave the item out"))
        },
    )
}

/// Lints switched off for good, without a reason or with one that may no longer hold.
#[must_use]
pub fn bare_allows(tree: &Tree) -> Vec<String> {
    let marks = [concat!("#[al", "low("), concat!("#![al", "low(")];
    lines(
        tree,
        |path| path.ends_with(".rs"),
        |line| {
            let mark = marks
                .iter()
                .find(|mark| line.trim_start().starts_with(**mark))?;
            Some(format!(
                "has {mark}...)]: say #[expect(lint, reason = \"...\")]"
            ))
        },
    )
}

/// Tests that do not run.
#[must_use]
pub fn skipped_tests(tree: &Tree) -> Vec<String> {
    let rust = [concat!("#[", "ignore")];
    let script = [
        "test.skip(",
        "it.skip(",
        "describe.skip(",
        "test.only(",
        "it.only(",
        "describe.only(",
        "test.todo(",
        "{ skip: true",
    ];
    let mut found = lines(
        tree,
        |path| path.ends_with(".rs"),
        |line| mark_of(line, &rust),
    );
    found.extend(lines(
        tree,
        |path| {
            [".mjs", ".js", ".ts", ".tsx"]
                .iter()
                .any(|end| path.ends_with(end))
        },
        |line| mark_of(line, &script),
    ));
    found
}

fn mark_of(line: &str, marks: &[&str]) -> Option<String> {
    let mark = marks.iter().find(|mark| line.contains(**mark))?;
    Some(format!("has {mark}: a test runs or is deleted"))
}

fn lines(
    tree: &Tree,
    of: impl Fn(&str) -> bool,
    check: impl Fn(&str) -> Option<String>,
) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in tree.texts().filter(|(path, _)| of(path)) {
        for (number, line) in (1..).zip(text.lines()) {
            found.extend(check(line).map(|finding| format!("{path}:{number}: {finding}")));
        }
    }
    found
}

fn is_written(path: &str) -> bool {
    WRITTEN.iter().any(|end| path.ends_with(end))
}

fn is_written_or_settings(path: &str) -> bool {
    is_written(path)
        || [".toml", ".json", ".yml", ".yaml", ".service", ".conf"]
            .iter()
            .any(|end| path.ends_with(end))
}

/// Whether the line has a path that begins with this, not one that only contains it.
fn begins_path(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line.get(..at).and_then(|s| s.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || "._-}~*".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unexpected_entry_at_the_top_is_found_once() {
        let tree = Tree::of(&[
            ("notes/a.md", ""),
            ("notes/b.md", ""),
            (".ci/run", ""),
            ("hub/x", ""),
        ]);
        assert_eq!(unexpected_at_the_top(&tree).len(), 1);
    }

    #[test]
    fn a_file_without_header_is_found() {
        let tree = Tree::of(&[("a.rs", "use x;"), ("b.rs", "//! Owns b.\n"), ("c.md", "c")]);
        let [finding] = without_header(&tree).try_into().unwrap();
        assert!(finding.starts_with("a.rs"), "{finding}");
    }

    #[test]
    fn a_file_of_701_lines_is_found() {
        let (long, fine) = ("x\n".repeat(701), "x\n".repeat(700));
        let tree = Tree::of(&[("a.rs", &long), ("b.rs", &fine), ("data.json", &long)]);
        let [finding] = too_long(&tree).try_into().unwrap();
        assert!(finding.starts_with("a.rs: 701 lines"), "{finding}");
    }

    #[test]
    fn a_machine_path_is_found_with_its_line() {
        let bad = format!("first\nlet p = \"{}x\";", concat!("/wo", "rk/"));
        let tree = Tree::of(&[
            ("a.rs", &bad),
            ("b.rs", &format!("src{}x", concat!("/wo", "rk/"))),
        ]);
        let [finding] = machine_paths(&tree).try_into().unwrap();
        assert!(finding.starts_with("a.rs:2: "), "{finding}");
    }

    #[test]
    fn a_foreign_registry_is_found() {
        let lock = |host: &str| format!("{{\n  \"resolved\": \"https://{host}/a/-/a-1.tgz\",\n}}");
        let tree = Tree::of(&[
            ("web/package-lock.json", &lock("mirror.example")),
            ("tests/package-lock.json", &lock("registry.npmjs.org")),
        ]);
        let [finding] = foreign_registries(&tree).try_into().unwrap();
        assert!(finding.starts_with("web/package-lock.json:2"), "{finding}");
    }

    #[test]
    fn code_left_for_later_is_found() {
        let tree = Tree::of(&[("a.rs", concat!("fn f() { to", "do!(\"x\") }"))]);
        assert_eq!(left_for_later(&tree).len(), 1);
    }

    #[test]
    fn a_bare_allow_is_found() {
        let bad = concat!(
            "    #[al",
            "low(dead_code)]\n#[expect(dead_code, reason = \"x\")]"
        );
        let [finding] = bare_allows(&Tree::of(&[("a.rs", bad)])).try_into().unwrap();
        assert!(finding.starts_with("a.rs:1: "), "{finding}");
    }

    #[test]
    fn a_skipped_test_is_found_in_both_languages() {
        let rust = concat!("#[", "ignore = \"slow\"]\nfn t() {}");
        let tree = Tree::of(&[
            ("a.rs", rust),
            ("b.mjs", "test.skip('x')"),
            ("c.mjs", "test('x')"),
        ]);
        assert_eq!(skipped_tests(&tree).len(), 2);
    }
}

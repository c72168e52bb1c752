//! The bans of clippy: the nearest `.clippy.toml` replaces the root's, so those of pure crates
//! repeat its bans and add their own.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::Tree;
use crate::layers::is_pure;
use crate::manifest::packages;

const ROOT: &str = ".clippy.toml";

/// What a pure crate bans beyond the root's bans.
const PURE: &[&str] = &[
    "std::fs::File::open",
    "std::fs::read",
    "std::fs::write",
    "std::net::TcpListener::bind",
    "std::net::TcpStream::connect",
    "std::net::UdpSocket::bind",
    "std::thread::spawn",
];

/// Bans that a crate's own `.clippy.toml` lacks.
///
/// # Panics
/// When a `.clippy.toml` is not TOML.
#[must_use]
pub fn missing(tree: &Tree) -> Vec<String> {
    let root = bans(tree, ROOT).unwrap_or_default();
    if root.is_empty() {
        return vec![format!(
            "{ROOT}: bans nothing: the clocks and the environment belong there"
        )];
    }
    packages(tree)
        .iter()
        .flat_map(|package| {
            let path = format!("{}{ROOT}", package.folder);
            let pure = is_pure(&package.name);
            let Some(own) = bans(tree, &path) else {
                return pure
                    .then(|| format!("{path}: missing: copy that of another pure crate"))
                    .into_iter()
                    .collect();
            };
            let extra = PURE.iter().filter(|_| pure).map(|&ban| ban.to_owned());
            let wanted: BTreeSet<_> = root.iter().cloned().chain(extra).collect();
            let lacking = wanted.difference(&own);
            lacking
                .map(|ban| format!("{path}: add the ban of {ban}"))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn bans(tree: &Tree, path: &str) -> Option<BTreeSet<String>> {
    let table: Table = tree
        .text(path)?
        .parse()
        .unwrap_or_else(|error| panic!("{path}: {error}"));
    let listed = ["disallowed-methods", "disallowed-types"]
        .into_iter()
        .filter_map(|key| table.get(key)?.as_array())
        .flatten();
    Some(
        listed
            .filter_map(|ban| ban.get("path").unwrap_or(ban).as_str())
            .map(str::to_owned)
            .collect(),
    )
}

/// Whether a crate's own `.clippy.toml` keeps the allowances for tests of the root's.
///
/// # Panics
/// When a `.clippy.toml` is not TOML.
#[must_use]
pub fn differing_settings(tree: &Tree) -> Vec<String> {
    let settings = |path: &str| -> Option<Vec<(String, Value)>> {
        let table: Table = tree
            .text(path)?
            .parse()
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        let plain = table
            .into_iter()
            .filter(|(key, _)| !key.starts_with("disallowed-"));
        Some(plain.collect())
    };
    let root = settings(ROOT);
    packages(tree)
        .iter()
        .map(|package| format!("{}{ROOT}", package.folder))
        .filter(|path| tree.text(path).is_some() && settings(path) != root)
        .map(|path| format!("{path}: settings other than bans must be those of {ROOT}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGINE: (&str, &str) = ("hub/engine/Cargo.toml", "[package]\nname = 'hub-engine'");
    const BANS: &str = "allow = true\ndisallowed-methods = [{ path = 'a::now', reason = 'r' }]";

    #[test]
    fn a_pure_crate_without_bans_is_found() {
        let [finding] = missing(&Tree::of(&[(ROOT, BANS), ENGINE]))
            .try_into()
            .unwrap();
        assert!(
            finding.starts_with("hub/engine/.clippy.toml: missing"),
            "{finding}"
        );
    }

    #[test]
    fn a_ban_of_the_root_that_is_not_repeated_is_found() {
        let own = format!("disallowed-methods = {PURE:?}");
        let tree = Tree::of(&[(ROOT, BANS), ENGINE, ("hub/engine/.clippy.toml", &own)]);
        let [finding] = missing(&tree).try_into().unwrap();
        assert!(finding.ends_with("add the ban of a::now"), "{finding}");
        assert_eq!(differing_settings(&tree).len(), 1);
    }

    #[test]
    fn a_ban_of_pure_crates_that_is_missing_is_found() {
        let tree = Tree::of(&[(ROOT, BANS), ENGINE, ("hub/engine/.clippy.toml", BANS)]);
        assert_eq!(missing(&tree).len(), PURE.len());
        assert!(differing_settings(&tree).is_empty());
    }

    #[test]
    fn a_root_without_bans_is_found() {
        assert_eq!(missing(&Tree::of(&[ENGINE])).len(), 1);
    }
}

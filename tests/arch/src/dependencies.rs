//! Libraries of the outside: which may be named where, and whether they are used at all.

use crate::Tree;
use crate::layers::{Layer, is_pure, layer};
use crate::manifest::{Dependency, DependencyKind, Package, packages, workspace_dependencies};

/// Libraries that wait, talk, store or read the clock: no pure crate names one. (Only what a crate
/// itself names counts: `matter-commissioning` brings tokio along, unused.)
const IO: &[&str] = &[
    "axum",
    "getrandom",
    "hyper",
    "hyper-util",
    "jiff",
    "libc",
    "mdns-sd",
    "mio",
    "nix",
    "rand",
    "rs-matter",
    "rusqlite",
    "rustix",
    "rustls",
    "socket2",
    "tempfile",
    "tokio",
    "tokio-postgres",
    "tokio-tungstenite",
    "tokio-util",
    "tower",
];

/// What a pure crate may name all the same. These reckon with civil time, which takes a calendar and
/// time zones; the present is passed in, and the zones are read once, where settings are loaded
/// (`Zone::named`).
const RECKONS: &[(&str, &str)] = &[("energy", "jiff"), ("history", "jiff"), ("rules", "jiff")];

/// Libraries with an owner. The binary and the checks own none of these unless named.
const OWNERS: &[(&str, &[&str])] = &[
    ("anyhow", &["ingle"]),
    ("axum", &["hub-api"]),
    ("clap", &["ingle"]),
    ("inotify", &["ingle"]),
    ("matter-cert", &["matter-engine", "hub-matter", "hub-pki"]),
    ("matter-codec", &["matter-engine", "hub-matter", "hub-pki"]),
    ("matter-commissioning", &["matter-engine", "hub-matter"]),
    ("matter-crypto", &["matter-engine", "hub-matter"]),
    ("matter-interaction", &["matter-engine", "hub-matter"]),
    ("matter-transport", &["matter-engine", "hub-matter"]),
    ("nix", &["hub-matter"]),
    ("parquet", &["ingle"]),
    ("rs-matter", &["matter-device"]),
    ("rusqlite", &["hub-store"]),
    ("rust-embed", &["web-assets"]),
    ("rustls", &["history-postgres"]),
    ("rustls-native-certs", &["history-postgres"]),
    ("saphyr-parser", &["rules-import"]),
    ("terminal_size", &["ingle"]),
    ("tokio-postgres", &["history-postgres"]),
    ("tokio-postgres-rustls", &["history-postgres"]),
    ("toml_edit", &["rules", "rules-import"]),
    ("tracing-subscriber", &["ingle"]),
    ("utoipa", &["hub-api"]),
];

/// Owned libraries that another crate's tests may compare themselves with.
const IN_TESTS: &[(&str, &str)] = &[("matter-cert", "hub-model"), ("matter-codec", "hub-model")];

/// I/O libraries named by pure crates.
#[must_use]
pub fn io_in_pure_crates(tree: &Tree) -> Vec<String> {
    each(tree, |package, dependency| {
        let reckons = (package.name.as_str(), dependency.name.as_str());
        let shipped = dependency.kind != DependencyKind::Dev && !RECKONS.contains(&reckons);
        (shipped && is_pure(&package.name) && IO.contains(&dependency.name.as_str())).then(|| {
            format!(
                "{}Cargo.toml: {} is pure and must not name {}: a shell does that and passes the \
                 result in",
                package.folder, package.name, dependency.name
            )
        })
    })
}

/// Libraries named by a crate that does not own them.
#[must_use]
pub fn libraries_outside_their_owner(tree: &Tree) -> Vec<String> {
    each(tree, |package, dependency| {
        let (library, owners) = OWNERS.iter().find(|(name, _)| *name == dependency.name)?;
        let compared = dependency.kind == DependencyKind::Dev
            && IN_TESTS.contains(&(*library, package.name.as_str()));
        let fine = compared
            || owners.contains(&package.name.as_str())
            || layer(&package.name) == Some(Layer::Tests);
        (!fine).then(|| {
            format!(
                "{}Cargo.toml: {library} belongs to {}: use it through there",
                package.folder,
                owners.join(", ")
            )
        })
    })
}

/// Dependencies that no source file of their crate names.
#[must_use]
pub fn unused(tree: &Tree) -> Vec<String> {
    each(tree, |package, dependency| {
        let name = dependency.name.replace('-', "_");
        let used = tree
            .rust(&package.folder)
            .flat_map(|(_, text)| text.lines())
            .filter(|line| !line.trim_start().starts_with("//"))
            .any(|line| has_word(line, &name));
        (!used).then(|| {
            format!(
                "{}Cargo.toml: {} is named and not used: remove the line",
                package.folder, dependency.name
            )
        })
    })
}

/// Dependencies that the workspace offers and no crate takes.
#[must_use]
pub fn untaken(tree: &Tree) -> Vec<String> {
    let packages = packages(tree);
    let is_taken = |name: &String| {
        packages
            .iter()
            .any(|p| p.dependencies.iter().any(|d| d.name == *name))
    };
    workspace_dependencies(tree)
        .into_iter()
        .filter(|name| !is_taken(name) && layer(name).is_none())
        .map(|name| format!("Cargo.toml: no crate takes {name}: remove the line"))
        .collect()
}

/// Crates that do not take the workspace's lints or licence.
#[must_use]
pub fn outside_the_workspace_settings(tree: &Tree) -> Vec<String> {
    let missing = |package: &Package, there: bool, line: &str| {
        (!there).then(|| format!("{}Cargo.toml: add {line}", package.folder))
    };
    packages(tree)
        .iter()
        .flat_map(|package| {
            [
                missing(package, package.workspace_lints, "[lints] workspace = true"),
                missing(
                    package,
                    package.workspace_licence,
                    "license.workspace = true",
                ),
            ]
        })
        .flatten()
        .collect()
}

fn each(tree: &Tree, check: impl Fn(&Package, &Dependency) -> Option<String>) -> Vec<String> {
    packages(tree)
        .iter()
        .flat_map(|package| package.dependencies.iter().map(move |d| (package, d)))
        .filter_map(|(package, dependency)| check(package, dependency))
        .collect()
}

/// Whether the line has this identifier as a whole word.
fn has_word(line: &str, word: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|s| s.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|s| s.chars().next());
        !before.is_some_and(part_of_word) && !after.is_some_and(part_of_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(name: &str, section: &str, dependency: &str, source: &str) -> Tree {
        let manifest =
            format!("[package]\nname = '{name}'\n[{section}]\n{dependency}.workspace = true");
        Tree::of(&[("x/Cargo.toml", &manifest), ("x/src/lib.rs", source)])
    }

    #[test]
    fn an_io_library_in_a_pure_crate_is_found() {
        for (name, library) in [("hub-engine", "tokio"), ("hub-model", "socket2")] {
            assert_eq!(
                io_in_pure_crates(&tree(name, "dependencies", library, "")).len(),
                1
            );
        }
        assert!(io_in_pure_crates(&tree("hub-api", "dependencies", "tokio", "")).is_empty());
        assert!(io_in_pure_crates(&tree("hub-model", "dependencies", "serde", "")).is_empty());
        assert!(io_in_pure_crates(&tree("hub-model", "dev-dependencies", "tokio", "")).is_empty());
    }

    #[test]
    fn a_library_outside_its_owner_is_found() {
        let count = |name, section, library| {
            libraries_outside_their_owner(&tree(name, section, library, "")).len()
        };
        assert_eq!(count("hub-api", "dependencies", "rusqlite"), 1);
        assert_eq!(count("hub-api", "dev-dependencies", "rusqlite"), 1);
        assert_eq!(count("hub-model", "dependencies", "matter-codec"), 1);
        assert_eq!(count("hub-model", "dev-dependencies", "matter-codec"), 0);
        assert_eq!(count("hub-store", "dependencies", "rusqlite"), 0);
        assert_eq!(count("hub-store", "dependencies", "serde"), 0);
        assert_eq!(count("interop", "dependencies", "anyhow"), 0);
    }

    #[test]
    fn an_unused_dependency_is_found() {
        let count = |source| unused(&tree("hub-api", "dependencies", "tokio-util", source)).len();
        assert_eq!(count("//! tokio_util\nfn tokio_utilities() {}"), 1);
        assert_eq!(count("use tokio_util::sync::CancellationToken;"), 0);
    }

    #[test]
    fn a_dependency_that_no_crate_takes_is_found() {
        let root = "[workspace.dependencies]\nserde = '1'\nmdns-sd = '1'\nhub-model.path = 'x'";
        let member = "[package]\nname = 'hub-api'\n[dependencies]\nserde.workspace = true";
        let tree = Tree::of(&[("Cargo.toml", root), ("x/Cargo.toml", member)]);
        assert_eq!(
            untaken(&tree),
            ["Cargo.toml: no crate takes mdns-sd: remove the line"]
        );
    }

    #[test]
    fn a_crate_outside_the_workspace_settings_is_found() {
        let found = outside_the_workspace_settings(&tree("hub-api", "dependencies", "serde", ""));
        assert_eq!(found.len(), 2, "{found:?}");
    }
}

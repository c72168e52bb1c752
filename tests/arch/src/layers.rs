//! The layers of the workspace: who may depend on whom.
//!
//! A crate depends on its own layer or lower ones; shells (layer 3) never depend on each other
//! and meet in the binary. `ARCHITECTURE.md` explains the layers.

use crate::Tree;
use crate::manifest::{DependencyKind, Package, packages};

/// A layer; lower ones know nothing of higher ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Words and codecs: no I/O.
    Model,
    /// Decisions: no I/O.
    Core,
    /// Tasks, channels and time; still no sockets, files or databases.
    Runtime,
    /// Sockets, files, databases, libraries of the outside.
    Shell,
    /// The program.
    Binary,
    /// Checks; nothing depends on them.
    Tests,
}

/// Every crate's layer. A new crate takes its place here.
pub const LAYERS: &[(&str, Layer)] = &[
    ("hub-model", Layer::Model),
    ("energy", Layer::Core),
    ("hub-engine", Layer::Core),
    ("history", Layer::Core),
    ("history-import", Layer::Core),
    ("hub-pki", Layer::Core),
    ("matter-engine", Layer::Core),
    ("rules", Layer::Core),
    ("rules-import", Layer::Core),
    ("bridge", Layer::Runtime),
    ("hub-runtime", Layer::Runtime),
    ("recorder", Layer::Runtime),
    ("rule-runner", Layer::Runtime),
    ("history-postgres", Layer::Shell),
    ("hub-api", Layer::Shell),
    ("hub-matter", Layer::Shell),
    ("hub-store", Layer::Shell),
    ("matter-device", Layer::Shell),
    ("virtual-home", Layer::Shell),
    ("web-assets", Layer::Shell),
    ("ingle", Layer::Binary),
    ("arch", Layer::Tests),
    ("bench", Layer::Tests),
    ("e2e", Layer::Tests),
    ("interop", Layer::Tests),
    ("sim", Layer::Tests),
];

/// Shells that may use another: the virtual home is made of Matter devices.
const BESIDE: &[(&str, &str)] = &[("virtual-home", "matter-device")];

/// The layer of a crate of this workspace.
#[must_use]
pub fn layer(name: &str) -> Option<Layer> {
    LAYERS
        .iter()
        .find(|(n, _)| *n == name)
        .map(|&(_, layer)| layer)
}

/// Whether a crate is pure: free of sockets, files, threads, clocks and randomness.
#[must_use]
pub fn is_pure(name: &str) -> bool {
    layer(name).is_some_and(|layer| layer <= Layer::Core)
}

/// Dependencies that go up or sideways, and crates without a layer.
#[must_use]
pub fn wrong_directions(tree: &Tree) -> Vec<String> {
    packages(tree)
        .iter()
        .flat_map(wrong_directions_of)
        .collect()
}

fn wrong_directions_of(package: &Package) -> Vec<String> {
    let Some(own) = layer(&package.name) else {
        return vec![format!(
            "{}Cargo.toml: crate {} has no layer: add it to the table in tests/arch/src/layers.rs",
            package.folder, package.name
        )];
    };
    package
        .dependencies
        .iter()
        .filter_map(|dependency| {
            let theirs = layer(&dependency.name)?;
            let beside = (package.name.as_str(), dependency.name.as_str());
            // Tests may look anywhere but at the program and at other tests.
            let fine = if dependency.kind == DependencyKind::Dev {
                theirs < Layer::Binary
            } else {
                theirs < own || (theirs == own && own < Layer::Shell) || BESIDE.contains(&beside)
            };
            (!fine).then(|| {
                format!(
                    "{}Cargo.toml: {} ({own:?}) must not depend on {} ({theirs:?}): pass what is \
                     needed in from above, or move it to a lower crate",
                    package.folder, package.name, dependency.name
                )
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(name: &str, section: &str, dependency: &str) -> Vec<String> {
        let manifest =
            format!("[package]\nname = '{name}'\n[{section}]\n{dependency}.workspace = true");
        wrong_directions(&Tree::of(&[("x/Cargo.toml", &manifest)]))
    }

    #[test]
    fn up_and_sideways_are_found_down_is_fine() {
        for (name, dependency) in [
            ("hub-model", "hub-engine"),
            ("hub-engine", "hub-runtime"),
            ("hub-runtime", "hub-store"),
            ("hub-api", "hub-store"),
            ("matter-device", "virtual-home"),
            ("hub-store", "ingle"),
            ("ingle", "arch"),
        ] {
            assert_eq!(
                findings(name, "dependencies", dependency).len(),
                1,
                "{name} {dependency}"
            );
        }
        for (name, dependency) in [
            ("hub-engine", "hub-model"),
            ("matter-engine", "hub-pki"),
            ("hub-store", "hub-runtime"),
            ("virtual-home", "matter-device"),
            ("ingle", "hub-store"),
            ("hub-store", "rusqlite"),
        ] {
            assert!(
                findings(name, "dependencies", dependency).is_empty(),
                "{name} {dependency}"
            );
        }
    }

    #[test]
    fn tests_may_look_sideways_but_not_at_the_program() {
        assert!(findings("hub-api", "dev-dependencies", "hub-store").is_empty());
        assert_eq!(findings("hub-api", "dev-dependencies", "ingle").len(), 1);
        assert_eq!(
            findings("hub-api", "build-dependencies", "hub-store").len(),
            1
        );
    }

    #[test]
    fn a_crate_without_a_layer_is_found() {
        let [finding] = findings("newcomer", "dependencies", "serde")
            .try_into()
            .unwrap();
        assert!(finding.contains("newcomer has no layer"), "{finding}");
    }
}

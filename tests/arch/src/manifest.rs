//! The `Cargo.toml` of each crate, as far as the checks need it.

use toml::{Table, Value};

use crate::Tree;

/// A crate of the workspace.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its folder from the top, with a final `/`.
    pub folder: String,
    /// What it names in its manifest.
    pub dependencies: Vec<Dependency>,
    /// Whether it takes the workspace's lints.
    pub workspace_lints: bool,
    /// Whether it takes the workspace's licence.
    pub workspace_licence: bool,
}

/// A dependency, as named in a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The name that the source uses, with `-`.
    pub name: String,
    /// What it is for.
    pub kind: DependencyKind,
}

/// What a dependency is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DependencyKind {
    /// The crate itself.
    Normal,
    /// Its build script.
    Build,
    /// Its tests and benches.
    Dev,
}

/// All crates of the workspace; one that is a workspace of its own (fuzz targets) is not among
/// them. A manifest that cannot be read panics: cargo has read it before.
///
/// # Panics
/// When a `Cargo.toml` is not TOML.
#[must_use]
pub fn packages(tree: &Tree) -> Vec<Package> {
    tree.texts()
        .filter(|(path, _)| *path == "Cargo.toml" || path.ends_with("/Cargo.toml"))
        .filter_map(|(path, text)| {
            let table = text
                .parse()
                .unwrap_or_else(|error| panic!("{path}: {error}"));
            package(path, &table)
        })
        .collect()
}

/// The names in `[workspace.dependencies]`.
#[must_use]
pub fn workspace_dependencies(tree: &Tree) -> Vec<String> {
    let root: Option<Table> = tree.text("Cargo.toml").and_then(|text| text.parse().ok());
    let names = root
        .as_ref()
        .and_then(|root| root.get("workspace")?.get("dependencies")?.as_table());
    names.into_iter().flat_map(Table::keys).cloned().collect()
}

fn package(path: &str, table: &Table) -> Option<Package> {
    if table.contains_key("workspace") {
        return None;
    }
    let package = table.get("package")?;
    let from_workspace = |value: Option<&Value>| {
        value
            .and_then(|v| v.get("workspace"))
            .and_then(Value::as_bool)
            == Some(true)
    };
    Some(Package {
        name: package.get("name")?.as_str()?.to_owned(),
        folder: path.trim_end_matches("Cargo.toml").to_owned(),
        dependencies: dependencies(table),
        workspace_lints: from_workspace(table.get("lints")),
        workspace_licence: from_workspace(package.get("license")),
    })
}

fn dependencies(table: &Table) -> Vec<Dependency> {
    let mut found = listed(table);
    let targets = table.get("target").and_then(Value::as_table);
    for target in targets.into_iter().flat_map(Table::values) {
        found.extend(target.as_table().map(listed).unwrap_or_default());
    }
    found
}

fn listed(table: &Table) -> Vec<Dependency> {
    [
        ("dependencies", DependencyKind::Normal),
        ("build-dependencies", DependencyKind::Build),
        ("dev-dependencies", DependencyKind::Dev),
    ]
    .into_iter()
    .flat_map(|(key, kind)| {
        let names = table.get(key).and_then(Value::as_table);
        names
            .into_iter()
            .flat_map(Table::keys)
            .map(move |name| Dependency {
                name: name.clone(),
                kind,
            })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_dependency_is_seen() {
        let tree = Tree::of(&[
            ("Cargo.toml", "[workspace]\nmembers = []"),
            (
                "a/Cargo.toml",
                "[package]\nname = 'a'\nlicense.workspace = true\n\
                 [dependencies]\nb.workspace = true\n[dev-dependencies]\nc = '1'\n\
                 [build-dependencies]\nd = '1'\n[target.'cfg(unix)'.dependencies]\ne = '1'\n\
                 [lints]\nworkspace = true",
            ),
        ]);
        let [a] = packages(&tree).try_into().unwrap();
        let names: Vec<_> = a
            .dependencies
            .iter()
            .map(|d| (d.name.as_str(), d.kind))
            .collect();
        assert_eq!(
            names,
            [
                ("b", DependencyKind::Normal),
                ("d", DependencyKind::Build),
                ("c", DependencyKind::Dev),
                ("e", DependencyKind::Normal),
            ]
        );
        assert_eq!(
            (a.folder.as_str(), a.workspace_lints, a.workspace_licence),
            ("a/", true, true)
        );
    }
}

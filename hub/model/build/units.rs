//! The unit of a value: by the quantities file's entry for the member, else by its type.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::specification::Quantities;

/// Looks units up, and remembers which entries were used so that a stale one is an error.
pub(crate) struct Units<'a> {
    quantities: &'a Quantities,
    used: RefCell<BTreeSet<(&'a str, &'a str)>>,
}

impl<'a> Units<'a> {
    pub(crate) fn new(quantities: &'a Quantities) -> Self {
        Self {
            quantities,
            used: RefCell::default(),
        }
    }

    /// The unit as a Rust expression, of the member at `path` of `cluster` (`*` for all clusters).
    pub(crate) fn of(&self, cluster: &str, path: &str, types: &[&str]) -> String {
        match self.member(cluster, path).or_else(|| self.by_type(types)) {
            Some("none") | None => "None".into(),
            Some(unit) => format!("Some(Unit::{unit})"),
        }
    }

    fn member(&self, cluster: &str, path: &str) -> Option<&'a str> {
        let (cluster, members) = self.quantities.clusters.get_key_value(cluster)?;
        let (path, quantity) = members.get_key_value(path)?;
        self.used.borrow_mut().insert((cluster, path));
        Some(&quantity.unit)
    }

    fn by_type(&self, types: &[&str]) -> Option<&'a str> {
        types
            .iter()
            .find_map(|name| self.quantities.types.get(*name))
            .map(String::as_str)
    }

    /// Entries that name no member of the specification.
    pub(crate) fn unused(&self) -> Vec<String> {
        let used = self.used.borrow();
        let clusters = self.quantities.clusters.iter();
        clusters
            .flat_map(|(cluster, members)| members.keys().map(move |path| (cluster, path)))
            .filter(|(cluster, path)| !used.contains(&(cluster.as_str(), path.as_str())))
            .map(|(cluster, path)| format!("{cluster}: {path}"))
            .collect()
    }
}

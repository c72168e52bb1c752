//! Checks of the tree itself: direction of dependencies, purity, owners of libraries, headers.
//!
//! A check is a function from the [`Tree`] (or from what cargo says of it) to findings, each a
//! sentence that names the file and says what to do. `tests/tree.rs` runs them on this repository;
//! beside each check are tests on small bad examples, so that none can pass by seeing nothing.

pub mod bans;
pub mod dependencies;
pub mod fields;
pub mod files;
pub mod layers;
pub mod licences;
pub mod manifest;
pub mod tree;

pub use manifest::{Dependency, DependencyKind, Package};
pub use tree::Tree;

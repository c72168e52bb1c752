//! Checks of the tree: direction, purity, owners, docs.

//! What this build is.

/// The version with the commit it was built from and the page it carries.
pub(crate) const LONG: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("INGLE_COMMIT"), ")");

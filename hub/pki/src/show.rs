//! Certificates made readable.

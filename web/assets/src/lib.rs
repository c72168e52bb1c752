//! The built web page, embedded.

//! home.db, sealed keys, and the in-memory twin.

//! A virtual home of genuine Matter nodes that lives by itself.

//! The API from outside: over its own sockets, with a real hub and toy devices behind it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the helpers of a test fail as the test itself does"
)]

mod client;
mod events;
mod fixture;
mod hostile;
mod routes;
mod rules;
mod toy;

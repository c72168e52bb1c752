//! The API from outside: over its own sockets, with a real hub and toy devices behind it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the helpers of a test fail as the test itself does"
)]

mod client;
mod energy;
mod events;
mod exposition;
mod fixture;
mod history;
mod hostile;
mod metrics;
mod routes;
mod rules;
mod toy;

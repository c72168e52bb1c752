//! A history in a real server: what every store keeps, and what only a server can do to one.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test fail as the test itself does"
)]

mod asked;
mod exact;
mod kept;
mod lock;
mod made;
mod restart;
mod secrecy;
mod server;
mod tls;

//! The API from outside: over its own sockets, with a real hub and toy devices behind it.

mod client;
mod events;
mod fixture;
mod hostile;
mod routes;
mod toy;

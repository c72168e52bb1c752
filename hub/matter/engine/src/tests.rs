//! The engine in a small world: what must hold for a home.

mod commands;
mod commissioning;
mod home;
mod removal;

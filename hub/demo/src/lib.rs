//! A virtual home: genuine Matter nodes on loopback that live by themselves.
//!
//! [`devices`] says what the home has, [`house`] how it lives (pure and seeded), `wiring` which
//! attribute shows what; [`run`] puts the three on real sockets. Nothing is printed: the caller
//! tells people the setup codes.

pub mod devices;
pub mod house;
mod random;
mod run;
mod wiring;

pub use matter_device::Interfaces;
pub use run::{Announced, Config, HomeError, run};

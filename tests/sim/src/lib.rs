//! A home in virtual time: the engine, lamps that obey it, and a link between them that loses,
//! repeats, delays and reorders what it carries.
//!
//! The lamps are the reference: what they truly are is known, so what the engine believes can be
//! compared with it. All chance comes from one seed; the same seed lives the same life.
//!
//! Not here: the Matter controller under bad links, which `matter-engine` simulates down to its
//! datagrams; what must hold (`tests`).

mod chance;
mod lamp;
mod link;
mod world;

pub use chance::Chance;
pub use lamp::{Ask, Lamp};
pub use link::{Link, Parcel, Weather};
pub use world::{Asked, World};

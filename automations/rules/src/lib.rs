//! Automations: the rule language, its static checks, and the machine that runs it.
//!
//! Pure: given the same rules, the same log of inputs and the same times it gives the same commands,
//! the same timers and the same trace, byte for byte. That is what makes a rule testable against the
//! past, and an incident repeatable.

mod capture;
mod compile;
pub mod datum;
pub mod expr;
pub mod face;
mod house;
pub mod log;
pub mod machine;
pub mod problem;
mod property;
pub mod quantity;
pub mod replay;
pub mod scene;
pub mod schedule;
pub mod simulate;
mod slots;
pub mod trace;
pub mod tree;
pub mod variable;

pub use property::{attribute_of, properties_of};

#[cfg(test)]
mod testing;

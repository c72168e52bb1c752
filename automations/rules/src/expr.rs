//! Expressions: what a rule asks about the home.
//!
//! ```text
//! hall-motion.occupied and hall-lux.illuminance < 20 lx
//! home.mode in [evening, night] or not any(@living-room.on)
//! time in 22:00..06:00 and day in mon..fri
//! max(hall.temperature, kitchen/2.temperature) - 1 K > 21.5 °C
//! last(outdoor.temperature) ?? 10 °C
//! ```
//!
//! A total language: no loop, no recursion, no call but of a few fixed functions, so the cost of an
//! expression is its length. `a-b` is a name; a minus stands between spaces. A value is
//! `device.property`, `device/endpoint.property`, `device/endpoint/Cluster.Attribute`, or
//! `@room.property`, all of a room's, which only a function over a set takes.
//!
//! Comparisons do not chain, and `not` within one takes brackets: `a.on == (not b.on)`. So the
//! canonical text of an expression never needs more brackets than it was written with, and what
//! could be read once can be read again.
//!
//! Three-valued (Kleene): what is not known is neither true nor false, and says which value was
//! missing. `known(x)`, `last(x)` and `x ?? y` are the ways to deal with it.

mod ast;
mod lexer;
mod name;
mod parse;
mod print;

pub use ast::{
    Aggregate, BinaryOp, ClockWord, DeviceRef, Expr, Function, Kind, Literal, Place, Property,
    Reference, Span, TriggerWord,
};
pub use lexer::UnitWord;
pub(crate) use name::{is_variable, room};
pub use parse::ParseError;

#[cfg(test)]
mod tests;

//! Conformance: when an element must, may or must not be there. Matter 1.6 Core §7.3.
//!
//! The tree names features by their bits and elements by id, so that nothing is parsed here.

use crate::id::{AttributeId, CommandId, EventId};

/// A conformance, as text and as a tree.
#[derive(Debug, PartialEq)]
pub struct Conformance {
    /// As the specification writes it: `[LT | DF], O`; empty when it says nothing.
    pub text: &'static str,
    /// The same, to be evaluated.
    pub clause: Clause,
}

/// A clause of a conformance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clause {
    /// Nothing is said.
    Unspecified,
    /// Must be there.
    Mandatory,
    /// May be there.
    Optional,
    /// Not for certification yet: may be there.
    Provisional,
    /// Of earlier editions.
    Deprecated,
    /// Must not be there.
    Disallowed,
    /// Said in prose.
    Described,
    /// Must be there when the condition holds, else must not.
    MandatoryIf(Condition),
    /// May be there when the condition holds, else must not.
    OptionalIf(Condition),
    /// The first that applies.
    Otherwise(&'static [Clause]),
    /// So many of the elements that share the group.
    Choice {
        /// The letter that they share.
        group: char,
        /// How many.
        count: u8,
        /// Whether more may be there.
        or_more: bool,
        /// What each is by itself.
        of: &'static Clause,
    },
}

/// A condition of a clause.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Condition {
    /// All these bits of the feature map are set.
    Feature(u32),
    /// The attribute is there; in a comparison, its value.
    Attribute(AttributeId),
    /// The command is there.
    Command(CommandId),
    /// The event is there.
    Event(EventId),
    /// The field of the same struct is there; in a comparison, its value.
    Field(&'static str),
    /// A condition of device types, or a name whose meaning is in the prose.
    Named(&'static str),
    /// A member of another cluster.
    Path(&'static [&'static str]),
    /// Null.
    Null,
    /// A number; true is 1.
    Number(i64),
    /// The cluster's or device type's revision is at least this.
    Revision(u16),
    /// The opposite.
    Not(&'static Condition),
    /// Both.
    And(&'static [Condition; 2]),
    /// One or both.
    Or(&'static [Condition; 2]),
    /// Exactly one.
    Xor(&'static [Condition; 2]),
    /// A comparison of values.
    Compare(Comparison, &'static [Condition; 2]),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
}

//! Constraints and defaults of values. Matter 1.6 Core §7.5, §7.4.

/// What a value must keep.
#[derive(Debug, PartialEq, Eq)]
pub struct Constraint {
    /// As the specification writes it: `1 to 254`; empty for none.
    pub text: &'static str,
    /// The least value, or the least length of text, octets and lists.
    pub min: Option<Limit>,
    /// The greatest value or length.
    pub max: Option<Limit>,
    /// What each entry of a list must keep; may be empty.
    pub entry: &'static str,
}

/// A bound of a constraint. Bounds that are computed are in the text alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// A number.
    Number(i64),
    /// The value of another attribute or field.
    Member(&'static str),
}

/// The value that holds when none is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DefaultValue {
    /// The specification names none.
    Unspecified,
    /// Null.
    Null,
    /// True or false.
    Bool(bool),
    /// A number, in the units of the wire.
    Number(i64),
    /// Text.
    Text(&'static str),
    /// A list without entries.
    EmptyList,
    /// The value of another attribute or field.
    Member(&'static str),
}

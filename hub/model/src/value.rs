//! A value of an attribute, command field or event field.
//!
//! A value is what the wire can say and no more: names of fields, enum members and units belong
//! to the schema. So a value of an unknown cluster is kept whole. Clones are cheap (shared text,
//! bytes and members), a value is 24 bytes.
//!
//! Spec: Matter 1.6 Core §7.19 (data types), Appendix A (TLV).

use std::sync::Arc;

use crate::id::FieldId;

/// A value, as typed as the wire is.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Null, of a nullable type.
    Null,
    /// True or false.
    Bool(bool),
    /// A signed integer of any width.
    Int(i64),
    /// An unsigned integer, enum or bitmap of any width.
    Uint(u64),
    /// A single precision number; not a NaN in a valid report, but kept if sent.
    Single(f32),
    /// A double precision number.
    Double(f64),
    /// Text.
    Text(Arc<str>),
    /// Octets.
    Bytes(Arc<[u8]>),
    /// A list (a TLV array).
    List(Arc<[Value]>),
    /// A struct: members by TLV context tag, in the order sent.
    Struct(Arc<[(FieldId, Value)]>),
}

impl Value {
    /// A text value.
    #[must_use]
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// A struct value of these members.
    pub fn structure(members: impl IntoIterator<Item = (u32, Value)>) -> Self {
        Self::Struct(
            members
                .into_iter()
                .map(|(tag, value)| (FieldId(tag), value))
                .collect(),
        )
    }

    /// A list value of these entries.
    pub fn list(entries: impl IntoIterator<Item = Value>) -> Self {
        Self::List(entries.into_iter().collect())
    }

    /// The truth value, if this is one.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(b) = self {
            Some(*b)
        } else {
            None
        }
    }

    /// The unsigned integer, if this is a non-negative integer.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Uint(n) => Some(*n),
            Self::Int(n) => u64::try_from(*n).ok(),
            _ => None,
        }
    }

    /// The signed integer, if this is an integer in range.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Uint(n) => i64::try_from(*n).ok(),
            Self::Int(n) => Some(*n),
            _ => None,
        }
    }

    /// The number, if this is one; integers beyond 2^53 lose precision.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "documented: beyond 2^53")]
        match self {
            Self::Uint(n) => Some(*n as f64),
            Self::Int(n) => Some(*n as f64),
            Self::Single(n) => Some(f64::from(*n)),
            Self::Double(n) => Some(*n),
            _ => None,
        }
    }

    /// The text, if this is text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// The octets, if these are octets.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) = self {
            Some(bytes)
        } else {
            None
        }
    }

    /// The entries, if this is a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Value]> {
        if let Self::List(entries) = self {
            Some(entries)
        } else {
            None
        }
    }

    /// The member with this tag, if this is a struct that has it.
    #[must_use]
    pub fn field(&self, tag: u32) -> Option<&Value> {
        let Self::Struct(members) = self else {
            return None;
        };
        members
            .iter()
            .find(|(id, _)| id.0 == tag)
            .map(|(_, value)| value)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

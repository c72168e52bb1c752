//! Reading values. Containers are kept on a stack of our own, so that no input exhausts the
//! thread's.

use super::element::{
    ARRAY, BYTES, DOUBLE, END, FALSE, INT, LIST, NULL, SINGLE, STRUCT, TAG_ANONYMOUS, TAG_CONTEXT,
    TAG_MASK, TEXT, TRUE, TYPE_MASK, UINT,
};
use crate::id::FieldId;
use crate::value::Value;

/// How many containers may stand in one another.
pub const MAX_DEPTH: usize = 32;

/// Why octets are no value. `at` is the offset of the element at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The octets end within an element.
    #[error("the element at octet {at} is cut off")]
    Truncated {
        /// Where it begins.
        at: usize,
    },
    /// A container is not closed.
    #[error("a container is not closed")]
    Unclosed,
    /// Octets follow the value.
    #[error("octets follow the value, from octet {at}")]
    Trailing {
        /// The first of them.
        at: usize,
    },
    /// An end of container outside all containers.
    #[error("nothing to end at octet {at}")]
    UnexpectedEnd {
        /// Where it stands.
        at: usize,
    },
    /// An element type that is not defined.
    #[error("unknown element type {kind:#04x} at octet {at}")]
    UnknownElement {
        /// Where it begins.
        at: usize,
        /// The type.
        kind: u8,
    },
    /// A text that is not UTF-8.
    #[error("the text at octet {at} is not UTF-8")]
    NotUtf8 {
        /// Where it begins.
        at: usize,
    },
    /// A member of a struct without a tag.
    #[error("the struct member at octet {at} has no tag")]
    Untagged {
        /// Where it begins.
        at: usize,
    },
    /// An entry of an array with a tag.
    #[error("the list entry at octet {at} has a tag")]
    Tagged {
        /// Where it begins.
        at: usize,
    },
    /// A tag of a profile, which a value cannot hold.
    #[error("the element at octet {at} has a profile tag")]
    ProfileTag {
        /// Where it begins.
        at: usize,
    },
    /// More than [`MAX_DEPTH`] containers in one another.
    #[error("containers are nested too deeply at octet {at}")]
    TooDeep {
        /// The container that is one too many.
        at: usize,
    },
}

/// Reads one value, which must be all of `wire`. The tag of the outermost element is where it
/// stood, not what it is, and is not kept.
///
/// # Errors
/// When `wire` is not one well-formed element, is nested deeper than [`MAX_DEPTH`], or has tags
/// that a [`Value`] cannot hold.
pub fn decode(wire: &[u8]) -> Result<Value, DecodeError> {
    let mut reader = Reader { wire, at: 0 };
    let mut open: Vec<Container> = Vec::new();
    loop {
        let at = reader.at;
        if at == wire.len() && !open.is_empty() {
            return Err(DecodeError::Unclosed);
        }
        let (tag, value) = match reader.element()? {
            Element::Whole(tag, value) => (tag, value),
            Element::Start(_, _) if open.len() == MAX_DEPTH => {
                return Err(DecodeError::TooDeep { at });
            }
            Element::Start(tag, kind) => {
                open.push(Container::new(tag, kind));
                continue;
            }
            Element::End => {
                let closed = open.pop().ok_or(DecodeError::UnexpectedEnd { at })?;
                (closed.tag, closed.members.into_value())
            }
        };
        match open.last_mut() {
            Some(container) => container.members.push(tag, value, at)?,
            None if reader.at == wire.len() => return Ok(value),
            None => return Err(DecodeError::Trailing { at: reader.at }),
        }
    }
}

/// A container that is not closed yet.
struct Container {
    tag: Option<FieldId>,
    members: Members,
}

enum Members {
    Array(Vec<Value>),
    Struct(Vec<(FieldId, Value)>),
    /// A TLV list before its first member, which says which of the two it looks like.
    Undecided,
}

impl Container {
    fn new(tag: Option<FieldId>, kind: u8) -> Self {
        let members = match kind {
            STRUCT => Members::Struct(Vec::new()),
            ARRAY => Members::Array(Vec::new()),
            _ => Members::Undecided,
        };
        Self { tag, members }
    }
}

impl Members {
    fn push(&mut self, tag: Option<FieldId>, value: Value, at: usize) -> Result<(), DecodeError> {
        match (&mut *self, tag) {
            (Self::Array(entries), None) => entries.push(value),
            (Self::Struct(members), Some(tag)) => members.push((tag, value)),
            (Self::Undecided, None) => *self = Self::Array(vec![value]),
            (Self::Undecided, Some(tag)) => *self = Self::Struct(vec![(tag, value)]),
            (Self::Array(_), Some(_)) => return Err(DecodeError::Tagged { at }),
            (Self::Struct(_), None) => return Err(DecodeError::Untagged { at }),
        }
        Ok(())
    }

    fn into_value(self) -> Value {
        match self {
            Self::Array(entries) => Value::List(entries.into()),
            Self::Struct(members) => Value::Struct(members.into()),
            Self::Undecided => Value::list([]),
        }
    }
}

enum Element {
    Whole(Option<FieldId>, Value),
    Start(Option<FieldId>, u8),
    End,
}

struct Reader<'a> {
    wire: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn element(&mut self) -> Result<Element, DecodeError> {
        let start = self.at;
        let [control] = self.array(start)?;
        let kind = control & TYPE_MASK;
        if kind == END {
            return Ok(Element::End);
        }
        let tag = match control & TAG_MASK {
            TAG_ANONYMOUS => None,
            TAG_CONTEXT => {
                let [tag] = self.array(start)?;
                Some(FieldId(tag.into()))
            }
            _ => return Err(DecodeError::ProfileTag { at: start }),
        };
        let value = match kind {
            STRUCT | ARRAY | LIST => return Ok(Element::Start(tag, kind)),
            FALSE => Value::Bool(false),
            TRUE => Value::Bool(true),
            NULL => Value::Null,
            SINGLE => Value::Single(f32::from_le_bytes(self.array(start)?)),
            DOUBLE => Value::Double(f64::from_le_bytes(self.array(start)?)),
            INT..UINT => Value::Int(self.int(start, kind - INT)?),
            UINT..FALSE => Value::Uint(self.uint(start, kind - UINT)?),
            TEXT..BYTES => {
                let octets = self.octets(start, kind - TEXT)?;
                let text = str::from_utf8(octets);
                Value::from(text.map_err(|_| DecodeError::NotUtf8 { at: start })?)
            }
            BYTES..NULL => Value::Bytes(self.octets(start, kind - BYTES)?.into()),
            _ => return Err(DecodeError::UnknownElement { at: start, kind }),
        };
        Ok(Element::Whole(tag, value))
    }

    /// A signed number whose width is the power of two.
    fn int(&mut self, start: usize, width: u8) -> Result<i64, DecodeError> {
        Ok(match width {
            0 => i8::from_le_bytes(self.array(start)?).into(),
            1 => i16::from_le_bytes(self.array(start)?).into(),
            2 => i32::from_le_bytes(self.array(start)?).into(),
            _ => i64::from_le_bytes(self.array(start)?),
        })
    }

    /// An unsigned number whose width is the power of two.
    fn uint(&mut self, start: usize, width: u8) -> Result<u64, DecodeError> {
        Ok(match width {
            0 => u8::from_le_bytes(self.array(start)?).into(),
            1 => u16::from_le_bytes(self.array(start)?).into(),
            2 => u32::from_le_bytes(self.array(start)?).into(),
            _ => u64::from_le_bytes(self.array(start)?),
        })
    }

    fn octets(&mut self, start: usize, width: u8) -> Result<&'a [u8], DecodeError> {
        let length = self.uint(start, width)?;
        let length = usize::try_from(length).map_err(|_| DecodeError::Truncated { at: start })?;
        self.take(start, length)
    }

    fn array<const N: usize>(&mut self, start: usize) -> Result<[u8; N], DecodeError> {
        let octets = self.take(start, N)?;
        octets
            .try_into()
            .map_err(|_| DecodeError::Truncated { at: start })
    }

    /// The next octets of the element that began at `start`.
    fn take(&mut self, start: usize, length: usize) -> Result<&'a [u8], DecodeError> {
        let end = self.at.checked_add(length);
        let octets = end.and_then(|end| self.wire.get(self.at..end));
        let octets = octets.ok_or(DecodeError::Truncated { at: start })?;
        self.at += length;
        Ok(octets)
    }
}

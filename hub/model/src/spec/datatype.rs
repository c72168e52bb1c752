//! Datatypes, resolved down to what the wire carries. Matter 1.6 Core §7.19.

use crate::id::FieldId;
use crate::spec::{Access, Conformance, Constraint, DefaultValue, Quality};
use crate::units::Unit;

/// What a value at some place may be: an attribute's, a field's or a list entry's.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// Its type.
    pub datatype: &'static Datatype,
    /// Whether null is a value too.
    pub nullable: bool,
    /// What its number counts, when it is a physical or other quantity.
    pub unit: Option<Unit>,
}

/// A named datatype; a type defined where it is used bears the name of its base.
#[derive(Debug)]
pub struct Datatype {
    /// The name in the specification: `temperature`, `ModeOptionStruct`, `uint16`.
    pub name: &'static str,
    /// What it is made of.
    pub shape: Shape,
    /// The specification's short description; may be empty.
    pub description: &'static str,
}

/// What a datatype is made of.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Anything: the specification leaves the type open.
    Any,
    /// True or false.
    Bool,
    /// An unsigned integer.
    Uint {
        /// Its width.
        bytes: u8,
    },
    /// A signed integer.
    Int {
        /// Its width.
        bytes: u8,
    },
    /// A single precision number.
    Single,
    /// A double precision number.
    Double,
    /// UTF-8 text.
    Text,
    /// Octets.
    Bytes,
    /// One of named numbers.
    Enum {
        /// The width of the number.
        bytes: u8,
        /// The names, by ascending number.
        members: &'static [Member],
    },
    /// A set of named bits.
    Bitmap {
        /// The width of the set.
        bytes: u8,
        /// The names, by ascending position.
        bits: &'static [Bit],
    },
    /// A list of values of one type.
    List(&'static Schema),
    /// Named fields.
    Struct(&'static [Field]),
}

/// A named number of an enum.
#[derive(Debug)]
pub struct Member {
    /// The number.
    pub value: u16,
    /// The name: `Cool`.
    pub name: &'static str,
    /// The specification's short description; may be empty.
    pub description: &'static str,
    /// When it must, may or must not be used.
    pub conformance: &'static Conformance,
}

/// A named bit, or run of bits that is one number.
#[derive(Debug)]
pub struct Bit {
    /// The position of the lowest bit.
    pub position: u8,
    /// How many bits; 1 for a flag.
    pub width: u8,
    /// The name; of a feature its code: `LT`.
    pub name: &'static str,
    /// A longer name, which features have: `Lighting`; may be empty.
    pub title: &'static str,
    /// The specification's short description; may be empty.
    pub description: &'static str,
    /// When it must, may or must not be set.
    pub conformance: &'static Conformance,
}

impl Bit {
    /// The bits as a mask.
    #[must_use]
    pub const fn mask(&self) -> u64 {
        let run = match 1u64.checked_shl(self.width as u32) {
            Some(above) => above - 1,
            None => u64::MAX,
        };
        match run.checked_shl(self.position as u32) {
            Some(mask) => mask,
            None => 0,
        }
    }
}

/// A field of a struct, command or event.
#[derive(Debug)]
pub struct Field {
    /// Its TLV context tag.
    pub id: FieldId,
    /// Its name: `TransitionTime`.
    pub name: &'static str,
    /// What it may be.
    pub schema: Schema,
    /// When it must, may or must not be there.
    pub conformance: &'static Conformance,
    /// What its value must keep.
    pub constraint: &'static Constraint,
    /// Its other qualities.
    pub quality: Quality,
    /// What fabrics have to do with it; the rest is as of the whole.
    pub access: Access,
    /// The value when it is absent, if the specification says.
    pub default: DefaultValue,
}

//! The control octet: element type and tag form. Matter 1.6 Core §A.7.

/// The bits of the control octet that say the element type.
pub(super) const TYPE_MASK: u8 = 0x1f;
/// The bits that say how the tag is written.
pub(super) const TAG_MASK: u8 = 0xe0;

pub(super) const TAG_ANONYMOUS: u8 = 0x00;
pub(super) const TAG_CONTEXT: u8 = 0x20;

/// Numbers and lengths take 1, 2, 4 or 8 octets; these are the types with 1, the next three follow.
pub(super) const INT: u8 = 0x00;
pub(super) const UINT: u8 = 0x04;
pub(super) const TEXT: u8 = 0x0c;
pub(super) const BYTES: u8 = 0x10;

pub(super) const FALSE: u8 = 0x08;
pub(super) const TRUE: u8 = 0x09;
pub(super) const SINGLE: u8 = 0x0a;
pub(super) const DOUBLE: u8 = 0x0b;
pub(super) const NULL: u8 = 0x14;
pub(super) const STRUCT: u8 = 0x15;
pub(super) const ARRAY: u8 = 0x16;
pub(super) const LIST: u8 = 0x17;
pub(super) const END: u8 = 0x18;

//! Writing values.

use super::element::{
    ARRAY, BYTES, DOUBLE, END, FALSE, INT, NULL, SINGLE, STRUCT, TAG_ANONYMOUS, TAG_CONTEXT, TEXT,
    TRUE, UINT,
};
use crate::id::FieldId;
use crate::value::Value;

/// The value as an anonymous element.
///
/// A struct member whose id is no context tag (above 255) cannot be written and is left out; no
/// decoder makes one.
#[must_use]
pub fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    element(Tag::Anonymous, value, &mut out);
    out
}

/// The value as an element with a context tag; none when the id is above 255.
#[must_use]
pub fn encode_tagged(tag: FieldId, value: &Value) -> Option<Vec<u8>> {
    let tag = u8::try_from(tag.0).ok()?;
    let mut out = Vec::new();
    element(Tag::Context(tag), value, &mut out);
    Some(out)
}

#[derive(Clone, Copy)]
enum Tag {
    Anonymous,
    Context(u8),
}

fn element(tag: Tag, value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => control(tag, NULL, out),
        Value::Bool(false) => control(tag, FALSE, out),
        Value::Bool(true) => control(tag, TRUE, out),
        Value::Int(n) => int(tag, *n, out),
        Value::Uint(n) => uint(tag, UINT, *n, out),
        Value::Single(n) => {
            control(tag, SINGLE, out);
            out.extend(n.to_le_bytes());
        }
        Value::Double(n) => {
            control(tag, DOUBLE, out);
            out.extend(n.to_le_bytes());
        }
        Value::Text(text) => octets(tag, TEXT, text.as_bytes(), out),
        Value::Bytes(bytes) => octets(tag, BYTES, bytes, out),
        Value::List(entries) => {
            control(tag, ARRAY, out);
            for entry in entries.iter() {
                element(Tag::Anonymous, entry, out);
            }
            out.push(END);
        }
        Value::Struct(members) => {
            control(tag, STRUCT, out);
            for (id, member) in members.iter() {
                if let Ok(context) = u8::try_from(id.0) {
                    element(Tag::Context(context), member, out);
                }
            }
            out.push(END);
        }
    }
}

fn control(tag: Tag, kind: u8, out: &mut Vec<u8>) {
    match tag {
        Tag::Anonymous => out.push(TAG_ANONYMOUS | kind),
        Tag::Context(context) => out.extend([TAG_CONTEXT | kind, context]),
    }
}

fn int(tag: Tag, n: i64, out: &mut Vec<u8>) {
    if let Ok(n) = i8::try_from(n) {
        control(tag, INT, out);
        out.extend(n.to_le_bytes());
    } else if let Ok(n) = i16::try_from(n) {
        control(tag, INT + 1, out);
        out.extend(n.to_le_bytes());
    } else if let Ok(n) = i32::try_from(n) {
        control(tag, INT + 2, out);
        out.extend(n.to_le_bytes());
    } else {
        control(tag, INT + 3, out);
        out.extend(n.to_le_bytes());
    }
}

/// An unsigned number in the fewest octets, under the type for that width: `kind` is that for one.
fn uint(tag: Tag, kind: u8, n: u64, out: &mut Vec<u8>) {
    if let Ok(n) = u8::try_from(n) {
        control(tag, kind, out);
        out.extend(n.to_le_bytes());
    } else if let Ok(n) = u16::try_from(n) {
        control(tag, kind + 1, out);
        out.extend(n.to_le_bytes());
    } else if let Ok(n) = u32::try_from(n) {
        control(tag, kind + 2, out);
        out.extend(n.to_le_bytes());
    } else {
        control(tag, kind + 3, out);
        out.extend(n.to_le_bytes());
    }
}

fn octets(tag: Tag, kind: u8, octets: &[u8], out: &mut Vec<u8>) {
    uint(tag, kind, octets.len() as u64, out);
    out.extend(octets);
}

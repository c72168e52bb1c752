//! One value, of any kind. Like TLV, but without limits on the tags of members, and deeper, since what the
//! hub puts around a device's values must fit as well.
//!
//! ```text
//! value = kind [number | bits | length, octets | count, value* | count, (tag, value)*]
//! ```

use hub_model::{FieldId, Value};

use super::CodecError;
use super::wire::{Reader, put_len, put_signed, put_varint};

/// How many lists and structs may stand in one another. What lies deeper is written as null; no device
/// and nothing in the hub makes such values.
pub(super) const MOST_DEPTH: usize = 64;

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const INT: u8 = 3;
const UINT: u8 = 4;
const SINGLE: u8 = 5;
const DOUBLE: u8 = 6;
const TEXT: u8 = 7;
const BYTES: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 10;

/// Writes a value.
pub(super) fn encode(value: &Value, out: &mut Vec<u8>) {
    put(value, MOST_DEPTH, out);
}

fn put(value: &Value, room: usize, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(NULL),
        Value::Bool(false) => out.push(FALSE),
        Value::Bool(true) => out.push(TRUE),
        Value::Int(number) => {
            out.push(INT);
            put_signed(*number, out);
        }
        Value::Uint(number) => {
            out.push(UINT);
            put_varint(*number, out);
        }
        Value::Single(number) => {
            out.push(SINGLE);
            out.extend(number.to_bits().to_le_bytes());
        }
        Value::Double(number) => {
            out.push(DOUBLE);
            out.extend(number.to_bits().to_le_bytes());
        }
        Value::Text(text) => put_octets(TEXT, text.as_bytes(), out),
        Value::Bytes(octets) => put_octets(BYTES, octets, out),
        Value::List(_) | Value::Struct(_) if room == 0 => out.push(NULL),
        Value::List(entries) => {
            out.push(LIST);
            put_len(entries.len(), out);
            for entry in entries.iter() {
                put(entry, room - 1, out);
            }
        }
        Value::Struct(members) => {
            out.push(STRUCT);
            put_len(members.len(), out);
            for (id, member) in members.iter() {
                put_varint(id.0.into(), out);
                put(member, room - 1, out);
            }
        }
    }
}

fn put_octets(kind: u8, octets: &[u8], out: &mut Vec<u8>) {
    out.push(kind);
    put_len(octets.len(), out);
    out.extend(octets);
}

/// Reads a value.
pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Value, CodecError> {
    take(reader, MOST_DEPTH)
}

fn take(reader: &mut Reader<'_>, room: usize) -> Result<Value, CodecError> {
    Ok(match reader.octet()? {
        NULL => Value::Null,
        FALSE => Value::Bool(false),
        TRUE => Value::Bool(true),
        INT => Value::Int(reader.signed()?),
        UINT => Value::Uint(reader.varint()?),
        SINGLE => Value::Single(f32::from_bits(u32::from_le_bytes(reader.array()?))),
        DOUBLE => Value::Double(f64::from_bits(u64::from_le_bytes(reader.array()?))),
        TEXT => {
            let text = str::from_utf8(take_octets(reader)?);
            Value::from(text.map_err(|_| CodecError::Malformed("a text is not UTF-8"))?)
        }
        BYTES => Value::Bytes(take_octets(reader)?.into()),
        LIST | STRUCT if room == 0 => {
            return Err(CodecError::Malformed("values are nested too deeply"));
        }
        LIST => {
            let count = reader.len_of_rest()?;
            let entries = (0..count).map(|_| take(reader, room - 1));
            Value::List(entries.collect::<Result<_, _>>()?)
        }
        STRUCT => {
            let count = reader.len_of_rest()?;
            let members = (0..count).map(|_| {
                let id = u32::try_from(reader.varint()?);
                let id = id.map_err(|_| CodecError::Malformed("a tag is too high"))?;
                Ok((FieldId(id), take(reader, room - 1)?))
            });
            Value::Struct(members.collect::<Result<_, CodecError>>()?)
        }
        _ => return Err(CodecError::Malformed("a value is of no kind")),
    })
}

fn take_octets<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], CodecError> {
    let length = reader.len_of_rest()?;
    reader.octets(length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::any_value;
    use super::super::wire::reader;
    use super::*;

    fn again(value: &Value) -> Value {
        let mut out = Vec::new();
        encode(value, &mut out);
        let mut reader = reader(&out);
        let found = decode(&mut reader).unwrap();
        reader.end().unwrap();
        found
    }

    fn nested(depth: usize) -> Value {
        (0..depth).fold(Value::Null, |inner, _| Value::list([inner]))
    }

    proptest! {
        #[test]
        fn any_value_comes_back(value in any_value()) {
            prop_assert_eq!(again(&value), value);
        }

        #[test]
        fn no_octets_panic(octets in proptest::collection::vec(0_u8..14, 0..200)) {
            let _ = decode(&mut reader(&octets));
        }
    }

    #[test]
    fn what_is_too_deep_becomes_null() {
        assert_eq!(again(&nested(MOST_DEPTH)), nested(MOST_DEPTH));
        assert_eq!(again(&nested(MOST_DEPTH + 1)), nested(MOST_DEPTH));
        let octets = [LIST, 1].repeat(MOST_DEPTH + 1);
        assert!(decode(&mut reader(&[octets, vec![NULL]].concat())).is_err());
    }

    #[test]
    fn high_tags_come_back() {
        let value = Value::structure([(u32::MAX, Value::Uint(u64::MAX)), (256, Value::Int(-1))]);
        assert_eq!(again(&value), value);
    }
}

//! Values to and from TLV, through rs-matter's reader and writer.
//! Spec: Matter 1.6 Core Appendix A (TLV).

use hub_model::{FieldId, Value};
use rs_matter::error::{Error, ErrorCode};
use rs_matter::tlv::{TLVElement, TLVTag, TLVValue, TLVWrite};

/// Containers within containers beyond this are refused.
const MAX_DEPTH: u8 = 16;

/// Writes a value under a tag, integers in the fewest octets.
pub(crate) fn write<W: TLVWrite>(tw: &mut W, tag: &TLVTag, value: &Value) -> Result<(), Error> {
    match value {
        Value::Null => tw.null(tag),
        Value::Bool(truth) => tw.bool(tag, *truth),
        Value::Int(n) => tw.i64(tag, *n),
        Value::Uint(n) => tw.u64(tag, *n),
        Value::Single(n) => tw.f32(tag, *n),
        Value::Double(n) => tw.f64(tag, *n),
        Value::Text(text) => tw.utf8(tag, text),
        Value::Bytes(bytes) => tw.str(tag, bytes),
        Value::List(entries) => {
            tw.start_array(tag)?;
            for entry in entries.iter() {
                write(tw, &TLVTag::Anonymous, entry)?;
            }
            tw.end_container()
        }
        Value::Struct(members) => {
            tw.start_struct(tag)?;
            for (id, member) in members.iter() {
                write(tw, &context_tag(*id)?, member)?;
            }
            tw.end_container()
        }
    }
}

fn context_tag(id: FieldId) -> Result<TLVTag, Error> {
    u8::try_from(id.0)
        .map(TLVTag::Context)
        .map_err(|_| ErrorCode::InvalidData.into())
}

/// Reads a value; an empty element is an empty struct, as a command without fields is.
pub(crate) fn read(element: &TLVElement<'_>) -> Result<Value, Error> {
    if element.is_empty() {
        return Ok(Value::Struct([].into()));
    }
    read_at(element, 0)
}

fn read_at(element: &TLVElement<'_>, depth: u8) -> Result<Value, Error> {
    if depth > MAX_DEPTH {
        return Err(ErrorCode::InvalidData.into());
    }
    Ok(match element.value()? {
        TLVValue::S8(n) => Value::Int(n.into()),
        TLVValue::S16(n) => Value::Int(n.into()),
        TLVValue::S32(n) => Value::Int(n.into()),
        TLVValue::S64(n) => Value::Int(n),
        TLVValue::U8(n) => Value::Uint(n.into()),
        TLVValue::U16(n) => Value::Uint(n.into()),
        TLVValue::U32(n) => Value::Uint(n.into()),
        TLVValue::U64(n) => Value::Uint(n),
        TLVValue::False => Value::Bool(false),
        TLVValue::True => Value::Bool(true),
        TLVValue::F32(n) => Value::Single(n),
        TLVValue::F64(n) => Value::Double(n),
        TLVValue::Utf8l(text)
        | TLVValue::Utf16l(text)
        | TLVValue::Utf32l(text)
        | TLVValue::Utf64l(text) => Value::text(text),
        TLVValue::Str8l(bytes)
        | TLVValue::Str16l(bytes)
        | TLVValue::Str32l(bytes)
        | TLVValue::Str64l(bytes) => Value::Bytes(bytes.into()),
        TLVValue::Null => Value::Null,
        TLVValue::Array => Value::List(entries(element, depth)?.into()),
        TLVValue::Struct | TLVValue::List => Value::Struct(members(element, depth)?.into()),
        TLVValue::EndCnt => return Err(ErrorCode::InvalidData.into()),
    })
}

fn entries(element: &TLVElement<'_>, depth: u8) -> Result<Vec<Value>, Error> {
    let entries = element.container()?.iter();
    entries.map(|entry| read_at(&entry?, depth + 1)).collect()
}

fn members(element: &TLVElement<'_>, depth: u8) -> Result<Vec<(FieldId, Value)>, Error> {
    let members = element.container()?.iter();
    members
        .map(|member| {
            let member = member?;
            let tag = member.try_ctx()?.ok_or(ErrorCode::InvalidData)?;
            Ok((FieldId(tag.into()), read_at(&member, depth + 1)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rs_matter::utils::storage::WriteBuf;

    use super::*;

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            any::<u64>().prop_map(Value::Uint),
            (-1e6f32..1e6).prop_map(Value::Single),
            (-1e12f64..1e12).prop_map(Value::Double),
            ".{0,12}".prop_map(|text| Value::text(text.as_str())),
            prop::collection::vec(any::<u8>(), 0..300).prop_map(|b| Value::Bytes(b.into())),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::list),
                prop::collection::btree_map(0u32..255, inner, 0..6).prop_map(Value::structure),
            ]
        })
    }

    proptest! {
        #[test]
        fn reads_what_it_wrote(value in values()) {
            let mut buffer = vec![0; 64 * 1024];
            let mut tw = WriteBuf::new(&mut buffer);
            write(&mut tw, &TLVTag::Anonymous, &value).unwrap();
            let length = tw.get_tail();
            prop_assert_eq!(read(&TLVElement::new(&buffer[..length])).unwrap(), value);
        }

        #[test]
        fn no_input_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&TLVElement::new(&bytes));
        }
    }
}

//! Values between TLV and the home's model.
//!
//! What a TLV *list* is to Matter (ordered, tagged or not) the model has no word for; no cluster
//! of the specification reports one. It becomes a struct of its tagged members.
//!
//! Spec: Matter 1.6 Core Appendix A (TLV), §7.19 (data types).

use std::sync::Arc;

use hub_model::{FieldId, Value};
use matter_codec::{Tag, TlvReader, TlvWriter, Value as Tlv};

/// Why a value cannot be said in TLV, or TLV is no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ValueError {
    /// It is nested deeper than a device reads.
    #[error("the value is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// A field id that no TLV tag can carry.
    #[error("field {0} cannot be said in TLV")]
    Field(FieldId),
    /// The TLV is malformed.
    #[error("not a TLV value: {0}")]
    Malformed(String),
}

/// The model's value of a decoded one.
pub(crate) fn from_tlv(tlv: Tlv) -> Value {
    match tlv {
        Tlv::Bool(value) => Value::Bool(value),
        Tlv::Uint(value) => Value::Uint(value),
        Tlv::Int(value) => Value::Int(value),
        Tlv::Float(value) => Value::Single(value),
        Tlv::Double(value) => Value::Double(value),
        Tlv::Utf8(value) => Value::Text(value.into()),
        Tlv::Bytes(value) => Value::Bytes(value.into()),
        Tlv::Array(entries) => Value::List(entries.into_iter().map(from_tlv).collect()),
        Tlv::Structure(members) | Tlv::List(members) => Value::Struct(
            members
                .into_iter()
                .filter_map(|(tag, value)| Some((field_of(tag)?, from_tlv(value))))
                .collect(),
        ),
        // A type that a later codec knows and the model does not.
        _ => Value::Null,
    }
}

/// The model's value of an encoded one.
pub(crate) fn decode(bytes: &[u8]) -> Result<Value, ValueError> {
    let malformed = |error: matter_codec::Error| ValueError::Malformed(error.to_string());
    let mut reader = TlvReader::new(bytes);
    let (_, value) = reader.read_value().map_err(malformed)?;
    Ok(from_tlv(value))
}

/// The TLV of a value, untagged.
pub(crate) fn encode(value: &Value) -> Result<Vec<u8>, ValueError> {
    let tlv = to_tlv(value, MAX_DEPTH)?;
    let mut bytes = Vec::new();
    TlvWriter::new(&mut bytes)
        .write_value(Tag::Anonymous, &tlv)
        .map_err(|error| ValueError::Malformed(error.to_string()))?;
    Ok(bytes)
}

fn to_tlv(value: &Value, depth: usize) -> Result<Tlv, ValueError> {
    let deeper = || depth.checked_sub(1).ok_or(ValueError::TooDeep);
    Ok(match value {
        Value::Null => Tlv::Null,
        Value::Bool(value) => Tlv::Bool(*value),
        Value::Int(value) => Tlv::Int(*value),
        Value::Uint(value) => Tlv::Uint(*value),
        Value::Single(value) => Tlv::Float(*value),
        Value::Double(value) => Tlv::Double(*value),
        Value::Text(value) => Tlv::Utf8(String::from(Arc::as_ref(value))),
        Value::Bytes(value) => Tlv::Bytes(value.to_vec()),
        Value::List(entries) => {
            let depth = deeper()?;
            let entries: Result<_, _> = entries.iter().map(|entry| to_tlv(entry, depth)).collect();
            Tlv::Array(entries?)
        }
        Value::Struct(members) => {
            let depth = deeper()?;
            let members: Result<_, _> = members
                .iter()
                .map(|(field, value)| Ok((tag_of(*field)?, to_tlv(value, depth)?)))
                .collect();
            Tlv::Structure(members?)
        }
    })
}

/// A member's field id: its context tag, or a manufacturer's fully qualified tag with the vendor
/// in the upper half. Members with other tags have no name in the data model.
fn field_of(tag: Tag) -> Option<FieldId> {
    match tag {
        Tag::Context(tag) => Some(FieldId(tag.into())),
        Tag::FullyQualified {
            vendor,
            profile: 0,
            tag,
        } if vendor != 0 && tag <= 0xffff => Some(FieldId(u32::from(vendor) << 16 | tag)),
        _ => None,
    }
}

fn tag_of(field: FieldId) -> Result<Tag, ValueError> {
    if let Ok(tag) = u8::try_from(field.0) {
        return Ok(Tag::Context(tag));
    }
    let [v0, v1, t0, t1] = field.0.to_be_bytes();
    match u16::from_be_bytes([v0, v1]) {
        0 => Err(ValueError::Field(field)),
        vendor => Ok(Tag::FullyQualified {
            vendor,
            profile: 0,
            tag: u16::from_be_bytes([t0, t1]).into(),
        }),
    }
}

/// Levels of lists and structs: within what the codec reads back, and beyond any cluster's.
const MAX_DEPTH: usize = 24;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_field() -> impl Strategy<Value = FieldId> {
        prop_oneof![0u32..=0xff, 0x1_0000u32..].prop_map(FieldId)
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            any::<u64>().prop_map(Value::Uint),
            // Not NaN, which is unequal to itself.
            (-1e30f32..1e30).prop_map(Value::Single),
            (-1e300f64..1e300).prop_map(Value::Double),
            // Without U+001F, which ends a string's text in TLV.
            "[a-zA-Z0-9 äöü€]{0,16}".prop_map(Value::text),
            proptest::collection::vec(any::<u8>(), 0..16).prop_map(|b| Value::Bytes(b.into())),
        ];
        leaf.prop_recursive(6, 64, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::list),
                proptest::collection::vec((any_field(), inner), 0..6)
                    .prop_map(|members| Value::Struct(members.into())),
            ]
        })
    }

    #[test]
    fn what_is_too_deep_or_has_no_tag_is_refused() {
        let deep = (0..=MAX_DEPTH).fold(Value::Null, |inner, _| Value::list([inner]));
        assert_eq!(encode(&deep), Err(ValueError::TooDeep));
        let unsayable = Value::structure([(0x100, Value::Null)]);
        assert_eq!(encode(&unsayable), Err(ValueError::Field(FieldId(0x100))));
    }

    #[test]
    fn a_list_of_tagged_members_becomes_a_struct() {
        let list = Tlv::List(vec![
            (Tag::Context(2), Tlv::Uint(1)),
            (Tag::Anonymous, Tlv::Uint(2)),
        ]);
        assert_eq!(from_tlv(list), Value::structure([(2, Value::Uint(1))]));
    }

    proptest! {
        #[test]
        fn decoding_reverses_encoding(value in any_value()) {
            prop_assert_eq!(decode(&encode(&value).unwrap()).unwrap(), value);
        }

        #[test]
        fn no_bytes_make_decoding_panic(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }
    }
}

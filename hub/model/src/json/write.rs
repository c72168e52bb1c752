//! Values to JSON.

use serde_json::{Map, Value as Json};

use super::{key, scalar, untyped};
use crate::id::FieldId;
use crate::spec::{Bit, Field, Schema, Shape};
use crate::value::Value;

pub(super) fn value(schema: &Schema, value: &Value) -> Json {
    match (schema.datatype.shape, value) {
        (Shape::Uint { .. }, Value::Uint(n)) => scalar::from_u64(*n),
        (Shape::Int { .. }, Value::Int(n)) => scalar::from_i64(*n),
        (Shape::Single, Value::Single(n)) => scalar::from_f64((*n).into()),
        (Shape::Double, Value::Double(n)) => scalar::from_f64(*n),
        (Shape::Bytes, Value::Bytes(octets)) => scalar::hex(octets).into(),
        (Shape::Enum { members, .. }, Value::Uint(n)) => members
            .iter()
            .find(|member| u64::from(member.value) == *n)
            .map_or_else(|| scalar::from_u64(*n), |member| Json::from(member.name)),
        (Shape::Bitmap { bits: [], .. }, Value::Uint(n)) => scalar::from_u64(*n),
        (Shape::Bitmap { bits, .. }, Value::Uint(n)) => bitmap(bits, *n),
        (Shape::List(entry), Value::List(entries)) => {
            entries.iter().map(|of| self::value(entry, of)).collect()
        }
        (Shape::Struct(known), of @ Value::Struct(_)) => fields(known, of),
        (Shape::Any, _)
        | (Shape::Bool, Value::Bool(_))
        | (Shape::Text, Value::Text(_))
        | (_, Value::Null) => untyped::to_json(value),
        (_, value) => untyped::self_typed(value),
    }
}

fn bitmap(bits: &[Bit], set: u64) -> Json {
    let mut object: Map<String, Json> = bits
        .iter()
        .map(|bit| {
            let part = (set & bit.mask()) >> bit.position.min(63);
            let json = if bit.width == 1 {
                (part != 0).into()
            } else {
                part.into()
            };
            (key(bit.name), json)
        })
        .collect();
    let known = bits.iter().fold(0, |mask, bit| mask | bit.mask());
    if set & !known != 0 {
        object.insert("$unknown".to_owned(), scalar::from_u64(set & !known));
    }
    Json::Object(object)
}

pub(super) fn fields(known: &'static [Field], value: &Value) -> Json {
    let Value::Struct(members) = value else {
        return untyped::self_typed(value);
    };
    if !members.is_sorted_by(|(a, _), (b, _)| a < b) {
        return untyped::self_typed(value);
    }
    let member = |(id, of): &(FieldId, Value)| match known.iter().find(|field| field.id == *id) {
        Some(field) => (key(field.name), self::value(&field.schema, of)),
        None => (id.0.to_string(), untyped::to_json(of)),
    };
    Json::Object(members.iter().map(member).collect())
}

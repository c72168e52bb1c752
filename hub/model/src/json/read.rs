//! Values from JSON.

use serde_json::{Map, Value as Json};

use super::error::{JsonError, Problem};
use super::{key, scalar, untyped};
use crate::id::FieldId;
use crate::nearest::nearest;
use crate::spec::{Bit, Clause, Field, Member, Schema, Shape};
use crate::tlv::MAX_DEPTH;
use crate::value::Value;

/// Filled in by the server, so that a client leaves it out. Matter 1.6 Core §7.13.7.
const FABRIC_INDEX: FieldId = FieldId(254);

pub(super) fn value(schema: &Schema, json: &Json, depth: usize) -> Result<Value, JsonError> {
    if depth > MAX_DEPTH {
        return Err(JsonError::new(Problem::TooDeep));
    }
    if json.is_null() && (schema.nullable || matches!(schema.datatype.shape, Shape::Any)) {
        return Ok(Value::Null);
    }
    if untyped::is_tagged(json) {
        return untyped::value(json, depth);
    }
    match schema.datatype.shape {
        Shape::Any => untyped::value(json, depth),
        Shape::Bool => json
            .as_bool()
            .map(Value::Bool)
            .ok_or_else(|| JsonError::expected(or_null("true or false", schema), json)),
        Shape::Uint { bytes } => unsigned(bytes, schema, json).map(Value::Uint),
        Shape::Int { bytes } => signed(bytes, schema, json).map(Value::Int),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "rounds to single precision"
        )]
        Shape::Single => fraction(schema, json).map(|n| Value::Single(n as f32)),
        Shape::Double => fraction(schema, json).map(Value::Double),
        Shape::Text => json
            .as_str()
            .map(Value::from)
            .ok_or_else(|| JsonError::expected(or_null("a text", schema), json)),
        Shape::Bytes => json
            .as_str()
            .and_then(scalar::unhex)
            .map(|octets| Value::Bytes(octets.into()))
            .ok_or_else(|| JsonError::expected(or_null("octets in hex", schema), json)),
        Shape::Enum { bytes, members } => enumerated(bytes, members, schema, json),
        Shape::Bitmap { bytes, bits } => bitmap(bytes, bits, schema, json),
        Shape::List(entry) => list(entry, schema, json, depth),
        Shape::Struct(known) => fields(known, json, depth),
    }
}

fn or_null(expected: &str, schema: &Schema) -> String {
    if schema.nullable {
        format!("{expected} or null")
    } else {
        expected.to_owned()
    }
}

/// The greatest number of so many octets.
fn greatest(bytes: u8) -> u64 {
    let spare = 64u32.saturating_sub(u32::from(bytes) * 8);
    u64::MAX >> spare.min(63)
}

fn unsigned(bytes: u8, schema: &Schema, json: &Json) -> Result<u64, JsonError> {
    let greatest = greatest(bytes);
    scalar::integer(json)
        .and_then(|n| u64::try_from(n).ok())
        .filter(|n| *n <= greatest)
        .ok_or_else(|| {
            let range = format!("an integer from 0 to {greatest}");
            JsonError::expected(or_null(&range, schema), json)
        })
}

fn signed(bytes: u8, schema: &Schema, json: &Json) -> Result<i64, JsonError> {
    let greatest = i64::try_from(greatest(bytes) / 2).unwrap_or(i64::MAX);
    let least = -greatest - 1;
    scalar::integer(json)
        .and_then(|n| i64::try_from(n).ok())
        .filter(|n| (least..=greatest).contains(n))
        .ok_or_else(|| {
            let range = format!("an integer from {least} to {greatest}");
            JsonError::expected(or_null(&range, schema), json)
        })
}

fn fraction(schema: &Schema, json: &Json) -> Result<f64, JsonError> {
    scalar::fraction(json).ok_or_else(|| JsonError::expected(or_null("a number", schema), json))
}

fn enumerated(
    bytes: u8,
    members: &[Member],
    schema: &Schema,
    json: &Json,
) -> Result<Value, JsonError> {
    let named = json
        .as_str()
        .and_then(|name| members.iter().find(|member| is_named(name, member.name)));
    match (named, json) {
        (Some(member), _) => Ok(Value::Uint(member.value.into())),
        (None, Json::String(name)) if scalar::integer(json).is_none() => {
            let known = members.iter().map(|member| member.name.to_owned());
            Err(unknown(name, known.collect()))
        }
        (None, Json::String(_) | Json::Number(_)) => unsigned(bytes, schema, json).map(Value::Uint),
        (None, _) => Err(JsonError::expected(
            or_null("a name or a number", schema),
            json,
        )),
    }
}

fn bitmap(bytes: u8, bits: &[Bit], schema: &Schema, json: &Json) -> Result<Value, JsonError> {
    let set = match json {
        Json::Object(object) => bits_of_object(bytes, bits, schema, object)?,
        Json::Array(names) => bits_of_names(bits, names)?,
        Json::Number(_) | Json::String(_) => unsigned(bytes, schema, json)?,
        _ => {
            let expected = or_null("an object of bits, a list of names or a number", schema);
            return Err(JsonError::expected(expected, json));
        }
    };
    Ok(Value::Uint(set))
}

fn bits_of_object(
    bytes: u8,
    bits: &[Bit],
    schema: &Schema,
    object: &Map<String, Json>,
) -> Result<u64, JsonError> {
    let mut set = 0;
    for (name, json) in object {
        if name == "$unknown" {
            set |= unsigned(bytes, schema, json).map_err(|error| error.in_field(name))?;
            continue;
        }
        let bit = bit_named(bits, name)?;
        let part = match json {
            Json::Bool(on) if bit.width == 1 => u64::from(*on),
            _ => scalar::integer(json)
                .and_then(|n| u64::try_from(n).ok())
                .filter(|n| *n <= bit.mask() >> bit.position.min(63))
                .ok_or_else(|| {
                    let expected = match bit.width {
                        1 => "true or false".to_owned(),
                        width => format!("a number of {width} bits"),
                    };
                    JsonError::expected(expected, json).in_field(name)
                })?,
        };
        set |= part << bit.position.min(63);
    }
    Ok(set)
}

fn bits_of_names(bits: &[Bit], names: &[Json]) -> Result<u64, JsonError> {
    let mut set = 0;
    for (index, json) in names.iter().enumerate() {
        let name = json
            .as_str()
            .ok_or_else(|| JsonError::expected("a name", json).in_entry(index))?;
        set |= bit_named(bits, name)
            .map_err(|error| error.in_entry(index))?
            .mask();
    }
    Ok(set)
}

fn bit_named<'a>(bits: &'a [Bit], name: &str) -> Result<&'a Bit, JsonError> {
    bits.iter()
        .find(|bit| is_named(name, bit.name))
        .ok_or_else(|| unknown(name, bits.iter().map(|bit| key(bit.name)).collect()))
}

fn list(entry: &Schema, schema: &Schema, json: &Json, depth: usize) -> Result<Value, JsonError> {
    let entries = json
        .as_array()
        .ok_or_else(|| JsonError::expected(or_null("a list", schema), json))?;
    let read = |(index, json)| {
        value(entry, json, depth + 1).map_err(|error: JsonError| error.in_entry(index))
    };
    let entries: Result<Vec<_>, _> = entries.iter().enumerate().map(read).collect();
    entries.map(Value::list)
}

/// The fields of a struct or command, in ascending order.
pub(super) fn fields(
    known: &'static [Field],
    json: &Json,
    depth: usize,
) -> Result<Value, JsonError> {
    if untyped::is_tagged(json) {
        return untyped::value(json, depth);
    }
    let object = json
        .as_object()
        .ok_or_else(|| JsonError::expected(object_of(known), json))?;
    let mut members: Vec<(FieldId, Value)> = Vec::with_capacity(object.len());
    for (name, json) in object {
        let member = field(known, name, json, depth)?;
        if members.iter().any(|(id, _)| *id == member.0) {
            return Err(JsonError::new(Problem::Twice(name.clone())));
        }
        members.push(member);
    }
    let missing = known.iter().find(|field| {
        field.conformance.clause == Clause::Mandatory
            && field.id != FABRIC_INDEX
            && !members.iter().any(|(id, _)| *id == field.id)
    });
    if let Some(field) = missing {
        return Err(JsonError::new(Problem::Missing(key(field.name))));
    }
    members.sort_by_key(|(id, _)| *id);
    Ok(Value::Struct(members.into()))
}

fn field(
    known: &'static [Field],
    name: &str,
    json: &Json,
    depth: usize,
) -> Result<(FieldId, Value), JsonError> {
    if let Some(field) = known.iter().find(|field| is_named(name, field.name)) {
        let read = value(&field.schema, json, depth + 1);
        return Ok((field.id, read.map_err(|error| error.in_field(name))?));
    }
    let id = untyped::field_number(name)
        .ok_or_else(|| unknown(name, known.iter().map(|field| key(field.name)).collect()))?;
    let read = match known.iter().find(|field| field.id == id) {
        Some(field) => value(&field.schema, json, depth + 1),
        None => untyped::value(json, depth + 1),
    };
    Ok((id, read.map_err(|error| error.in_field(name))?))
}

fn object_of(known: &[Field]) -> String {
    if known.is_empty() {
        return "an object without fields".to_owned();
    }
    let names: Vec<_> = known.iter().map(|field| key(field.name)).collect();
    format!("an object with {}", names.join(", "))
}

fn is_named(given: &str, name: &str) -> bool {
    given.eq_ignore_ascii_case(name)
}

fn unknown(name: &str, known: Vec<String>) -> JsonError {
    let suggestion = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
    JsonError::new(Problem::UnknownName {
        name: name.to_owned(),
        known,
        suggestion,
    })
}

//! Values as JSON without a schema: each says its own type where JSON's would not.
//!
//! | value | JSON |
//! |---|---|
//! | null, bool, text, list | the same |
//! | unsigned integer, negative integer | number; beyond 2^53 `{"$uint": "…"}`, `{"$int": "…"}` |
//! | signed integer from zero up | `{"$int": 5}` |
//! | single, double | `{"$single": 1.5}`, `{"$double": 1.5}` |
//! | octets | `{"$bytes": "00ff"}` |
//! | struct | object by field number, `{"0": true}`; `{"$members": [[1, true], [0, false]]}` when not in ascending order |

use serde_json::{Map, Value as Json};

use super::error::{JsonError, Problem};
use super::scalar;
use crate::id::FieldId;
use crate::tlv::MAX_DEPTH;
use crate::value::Value;

const TAGS: [&str; 7] = [
    "$uint", "$int", "$single", "$double", "$bytes", "$members", "$value",
];

/// A value as JSON that says its own types.
#[must_use]
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(b) => Json::Bool(*b),
        Value::Uint(n) => match scalar::from_u64(*n) {
            Json::String(digits) => tagged("$uint", digits.into()),
            number => number,
        },
        Value::Int(n) => match scalar::from_i64(*n) {
            Json::Number(number) if *n < 0 => Json::Number(number),
            number => tagged("$int", number),
        },
        Value::Single(n) => tagged("$single", scalar::from_f64((*n).into())),
        Value::Double(n) => tagged("$double", scalar::from_f64(*n)),
        Value::Text(text) => Json::from(&**text),
        Value::Bytes(octets) => tagged("$bytes", scalar::hex(octets).into()),
        Value::List(entries) => entries.iter().map(to_json).collect(),
        Value::Struct(members) if members.is_sorted_by(|(a, _), (b, _)| a < b) => members
            .iter()
            .map(|(id, value)| (id.0.to_string(), to_json(value)))
            .collect(),
        Value::Struct(members) => tagged(
            "$members",
            members
                .iter()
                .map(|(id, value)| Json::from(vec![Json::from(id.0), to_json(value)]))
                .collect(),
        ),
    }
}

/// As [`to_json`], but an object that says its own type in any case: `{"$value": "text"}`.
pub(super) fn self_typed(value: &Value) -> Json {
    match to_json(value) {
        json if is_tagged(&json) => json,
        json => tagged("$value", json),
    }
}

fn tagged(tag: &str, json: Json) -> Json {
    Json::Object(Map::from_iter([(tag.to_owned(), json)]))
}

/// A value from JSON that says its own types. A plain number with a fraction is a double.
///
/// # Errors
/// When an object's keys are neither field numbers nor one of the types above.
pub fn from_json(json: &Json) -> Result<Value, JsonError> {
    value(json, 0)
}

/// Whether it is an object that says its own type: then the schema is not asked.
pub(super) fn is_tagged(json: &Json) -> bool {
    only_entry(json).is_some_and(|(key, _)| key.starts_with('$') && key != "$unknown")
}

fn only_entry(json: &Json) -> Option<(&String, &Json)> {
    let object = json.as_object()?;
    object.iter().next().filter(|_| object.len() == 1)
}

pub(super) fn value(json: &Json, depth: usize) -> Result<Value, JsonError> {
    if depth > MAX_DEPTH {
        return Err(JsonError::new(Problem::TooDeep));
    }
    match json {
        Json::Null => Ok(Value::Null),
        Json::Bool(b) => Ok(Value::Bool(*b)),
        Json::String(text) => Ok(Value::text(text.as_str())),
        Json::Number(number) => number
            .as_u64()
            .map(Value::Uint)
            .or_else(|| number.as_i64().map(Value::Int))
            .or_else(|| number.as_f64().map(Value::Double))
            .ok_or_else(|| JsonError::expected("a number", json)),
        Json::Array(entries) => list(entries, depth),
        Json::Object(_) if is_tagged(json) => read_self_typed(json, depth),
        Json::Object(object) => structure(object, depth),
    }
}

fn list(entries: &[Json], depth: usize) -> Result<Value, JsonError> {
    entries
        .iter()
        .enumerate()
        .map(|(index, entry)| value(entry, depth + 1).map_err(|error| error.in_entry(index)))
        .collect::<Result<Vec<_>, _>>()
        .map(Value::list)
}

fn structure(object: &Map<String, Json>, depth: usize) -> Result<Value, JsonError> {
    let mut members = Vec::with_capacity(object.len());
    for (key, member) in object {
        let id = field_number(key).ok_or_else(|| {
            JsonError::expected("a field number from 0 to 255", &Json::from(key.as_str()))
        })?;
        let member = value(member, depth + 1).map_err(|error| error.in_field(key))?;
        members.push((id, member));
    }
    members.sort_by_key(|(id, _)| *id);
    Ok(Value::Struct(members.into()))
}

/// A key that is a field's number, in its shortest form.
pub(super) fn field_number(key: &str) -> Option<FieldId> {
    let number: u8 = key.parse().ok()?;
    (number.to_string() == key).then_some(FieldId(number.into()))
}

fn read_self_typed(json: &Json, depth: usize) -> Result<Value, JsonError> {
    let (key, of) = only_entry(json).ok_or_else(|| JsonError::expected("one type", json))?;
    let wrong = |expected: &str| JsonError::expected(expected, of).in_field(key);
    match key.as_str() {
        "$uint" => scalar::integer(of)
            .and_then(|n| u64::try_from(n).ok())
            .map(Value::Uint)
            .ok_or_else(|| wrong("an unsigned 64-bit integer")),
        "$int" => scalar::integer(of)
            .and_then(|n| i64::try_from(n).ok())
            .map(Value::Int)
            .ok_or_else(|| wrong("a signed 64-bit integer")),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "rounds to single precision"
        )]
        "$single" => scalar::fraction(of)
            .map(|n| Value::Single(n as f32))
            .ok_or_else(|| wrong("a number")),
        "$double" => scalar::fraction(of)
            .map(Value::Double)
            .ok_or_else(|| wrong("a number")),
        "$bytes" => of
            .as_str()
            .and_then(scalar::unhex)
            .map(|octets| Value::Bytes(octets.into()))
            .ok_or_else(|| wrong("octets in hex")),
        "$value" => value(of, depth + 1).map_err(|error| error.in_field(key)),
        "$members" => members(of, depth).map_err(|error| error.in_field(key)),
        _ => Err(JsonError::new(Problem::UnknownName {
            name: key.clone(),
            known: TAGS.map(str::to_owned).to_vec(),
            suggestion: None,
        })),
    }
}

fn members(json: &Json, depth: usize) -> Result<Value, JsonError> {
    let pairs = json
        .as_array()
        .ok_or_else(|| JsonError::expected("a list of pairs", json))?;
    let mut members = Vec::with_capacity(pairs.len());
    for (index, pair) in pairs.iter().enumerate() {
        let member = match pair.as_array().map(Vec::as_slice) {
            Some([id, of]) => {
                let id = id.as_u64().and_then(|id| u8::try_from(id).ok());
                id.map(|id| (FieldId(id.into()), of))
            }
            _ => None,
        };
        let (id, of) = member.ok_or_else(|| {
            JsonError::expected("a field number and a value", pair).in_entry(index)
        })?;
        members.push((
            id,
            value(of, depth + 1).map_err(|error| error.in_entry(index))?,
        ));
    }
    Ok(Value::Struct(members.into()))
}

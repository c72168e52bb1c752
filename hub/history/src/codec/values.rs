//! A column of values: which kind each is, then a column for each kind there is. Texts, octets, lists and
//! structs are written once each, and named by their place.
//!
//! ```text
//! column = kind, of-kind                       when all are of one kind
//!        | 15, runs, (kind, length)*, of-kind* otherwise; kinds ascending
//! ```

use std::collections::BTreeMap;

use hub_model::Value;

use super::wire::{Reader, put_len};
use super::{CodecError, floats, ints, value};

const NULL: u8 = 0;
const BOOL: u8 = 1;
const INT: u8 = 2;
const UINT: u8 = 3;
const SINGLE: u8 = 4;
const DOUBLE: u8 = 5;
const OTHER: u8 = 6;
const MIXED: u8 = 15;

const fn kind_of(value: &Value) -> u8 {
    match value {
        Value::Null => NULL,
        Value::Bool(_) => BOOL,
        Value::Int(_) => INT,
        Value::Uint(_) => UINT,
        Value::Single(_) => SINGLE,
        Value::Double(_) => DOUBLE,
        Value::Text(_) | Value::Bytes(_) | Value::List(_) | Value::Struct(_) => OTHER,
    }
}

/// Values of one kind each, apart.
#[derive(Debug, Default)]
struct Apart<'a> {
    bools: Vec<i64>,
    ints: Vec<i64>,
    uints: Vec<i64>,
    singles: Vec<f32>,
    doubles: Vec<f64>,
    others: Vec<&'a Value>,
}

/// Writes a column.
pub(super) fn encode<'a>(values: impl Iterator<Item = &'a Value>, out: &mut Vec<u8>) {
    let mut runs: Vec<(u8, usize)> = Vec::new();
    let mut apart = Apart::default();
    for value in values {
        let kind = kind_of(value);
        match runs.last_mut() {
            Some((last, length)) if *last == kind => *length += 1,
            _ => runs.push((kind, 1)),
        }
        match value {
            Value::Null => {}
            Value::Bool(is) => apart.bools.push((*is).into()),
            Value::Int(number) => apart.ints.push(*number),
            Value::Uint(number) => apart.uints.push(number.cast_signed()),
            Value::Single(number) => apart.singles.push(*number),
            Value::Double(number) => apart.doubles.push(*number),
            other => apart.others.push(other),
        }
    }
    put_runs(&runs, out);
    ints::encode(&apart.bools, out);
    ints::encode(&apart.ints, out);
    ints::encode(&apart.uints, out);
    floats::encode(&apart.singles, out);
    floats::encode(&apart.doubles, out);
    put_others(&apart.others, out);
}

fn put_runs(runs: &[(u8, usize)], out: &mut Vec<u8>) {
    match runs {
        [] => {}
        [(kind, _)] => out.push(*kind),
        runs => {
            out.push(MIXED);
            put_len(runs.len(), out);
            for (kind, length) in runs {
                out.push(*kind);
                put_len(*length, out);
            }
        }
    }
}

fn put_others(others: &[&Value], out: &mut Vec<u8>) {
    if others.is_empty() {
        return;
    }
    let mut places: BTreeMap<Vec<u8>, i64> = BTreeMap::new();
    let mut written: Vec<u8> = Vec::new();
    let mut next = 0;
    let places: Vec<i64> = others
        .iter()
        .map(|other| {
            let mut octets = Vec::new();
            value::encode(other, &mut octets);
            *places.entry(octets).or_insert_with_key(|octets| {
                written.extend(octets);
                next += 1;
                next - 1
            })
        })
        .collect();
    let distinct = places.iter().max().map_or(0, |last| last + 1);
    put_len(usize::try_from(distinct).unwrap_or(0), out);
    out.extend(written);
    ints::encode(&places, out);
}

/// Reads a column of `count` values. The caller has bounded the count.
pub(super) fn decode(reader: &mut Reader<'_>, count: usize) -> Result<Vec<Value>, CodecError> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let runs = take_runs(reader, count)?;
    let how_many = |kind| -> usize {
        let of_kind = runs.iter().filter(|(of, _)| *of == kind);
        of_kind.map(|(_, length)| length).sum()
    };
    let mut bools = ints::decode(reader, how_many(BOOL))?.into_iter();
    let mut ints_ = ints::decode(reader, how_many(INT))?.into_iter();
    let mut uints = ints::decode(reader, how_many(UINT))?.into_iter();
    let mut singles = floats::decode::<f32>(reader, how_many(SINGLE))?.into_iter();
    let mut doubles = floats::decode::<f64>(reader, how_many(DOUBLE))?.into_iter();
    let mut others = take_others(reader, how_many(OTHER))?.into_iter();
    let mut values = Vec::with_capacity(count);
    for (kind, length) in runs {
        for _ in 0..length {
            let value = match kind {
                NULL => Some(Value::Null),
                BOOL => bools.next().map(|is| Value::Bool(is != 0)),
                INT => ints_.next().map(Value::Int),
                UINT => uints
                    .next()
                    .map(|number| Value::Uint(number.cast_unsigned())),
                SINGLE => singles.next().map(Value::Single),
                DOUBLE => doubles.next().map(Value::Double),
                _ => others.next(),
            };
            values.push(value.ok_or(CodecError::Truncated)?);
        }
    }
    Ok(values)
}

fn take_runs(reader: &mut Reader<'_>, count: usize) -> Result<Vec<(u8, usize)>, CodecError> {
    let kind = reader.octet()?;
    if kind <= OTHER {
        return Ok(vec![(kind, count)]);
    }
    if kind != MIXED {
        return Err(CodecError::Malformed("a column is of no kind"));
    }
    let mut left = count;
    let mut runs = Vec::new();
    for _ in 0..reader.len(count)? {
        let kind = reader.octet()?;
        if kind > OTHER {
            return Err(CodecError::Malformed("values are of no kind"));
        }
        let length = reader.len(left)?;
        left -= length;
        runs.push((kind, length));
    }
    match left {
        0 => Ok(runs),
        _ => Err(CodecError::Malformed("values are missing")),
    }
}

fn take_others(reader: &mut Reader<'_>, count: usize) -> Result<Vec<Value>, CodecError> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let distinct = reader.len(count)?;
    let values = (0..distinct).map(|_| value::decode(reader));
    let values: Vec<Value> = values.collect::<Result<_, _>>()?;
    let places = ints::decode(reader, count)?;
    let named = places.into_iter().map(|place| {
        let value = usize::try_from(place)
            .ok()
            .and_then(|place| values.get(place));
        value
            .cloned()
            .ok_or(CodecError::Malformed("there is no such value"))
    });
    named.collect()
}

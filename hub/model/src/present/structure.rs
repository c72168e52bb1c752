//! Values by their schema, and without one.

use super::{cluster_name, device_type_name, label, number};
use crate::id::{ClusterId, DeviceTypeId, FieldId};
use crate::spec::{Bit, Field, Schema, Shape};
use crate::value::Value;

/// Lists up to here are shown whole.
const ENTRIES: usize = 8;
/// Octets up to here are shown whole.
const OCTETS: usize = 16;
/// Begins the part of a text that is for machines. Matter 1.6 Core §7.19.2.36 (localized strings).
const END_OF_TEXT: char = '\u{1F}';

pub(super) fn typed(schema: &Schema, value: &Value) -> String {
    match (schema.datatype.shape, value) {
        (Shape::Enum { members, .. }, Value::Uint(n)) => members
            .iter()
            .find(|member| u64::from(member.value) == *n)
            .map_or_else(|| n.to_string(), |member| label::phrase(member.name)),
        (Shape::Bitmap { bits, .. }, Value::Uint(n)) => bitmap(bits, *n),
        (Shape::List(entry), Value::List(entries)) => list(entries, |value| typed(entry, value)),
        (Shape::Struct(known), Value::Struct(members)) => {
            essence(schema, value).unwrap_or_else(|| structure(known, members))
        }
        (_, Value::Uint(_) | Value::Int(_) | Value::Single(_) | Value::Double(_)) => {
            numeric(schema, value)
        }
        (_, value) => untyped(value),
    }
}

/// A name, and the fields that go with it.
pub(super) fn with_fields(name: &str, known: &'static [Field], fields: &Value) -> String {
    match fields {
        Value::Null => name.to_owned(),
        Value::Struct(members) if members.is_empty() => name.to_owned(),
        Value::Struct(members) => format!("{name} {}", structure(known, members)),
        other => format!("{name} ({})", untyped(other)),
    }
}

/// The one field of a measurement that people mean; when and how it was measured is beside it.
fn essence(schema: &Schema, value: &Value) -> Option<String> {
    const ENERGY: u32 = 0;
    let Shape::Struct(known) = schema.datatype.shape else {
        return None;
    };
    if schema.datatype.name != "EnergyMeasurementStruct" {
        return None;
    }
    let field = known.iter().find(|field| field.id.0 == ENERGY)?;
    Some(typed(&field.schema, value.field(ENERGY)?))
}

/// A value of which nothing but itself is known.
pub(super) fn untyped(value: &Value) -> String {
    match value {
        Value::Null => "unknown".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Int(n) => n.to_string(),
        Value::Uint(n) => n.to_string(),
        Value::Single(n) => number::plain(f64::from(*n), 3),
        Value::Double(n) => number::plain(*n, 3),
        Value::Text(text) => self::text(text),
        Value::Bytes(octets) => bytes(octets),
        Value::List(entries) => list(entries, untyped),
        Value::Struct(members) => structure(&[], members),
    }
}

fn numeric(schema: &Schema, value: &Value) -> String {
    if let (Some(unit), Some(n)) = (schema.unit, value.as_f64()) {
        return number::quantity(unit, n);
    }
    let id = value.as_u64().and_then(|n| u32::try_from(n).ok());
    match (schema.datatype.name, id) {
        ("cluster-id", Some(id)) => cluster_name(ClusterId(id)).into_owned(),
        ("devtype-id", Some(id)) => device_type_name(DeviceTypeId(id)).into_owned(),
        ("attrib-id" | "command-id" | "event-id" | "vendor-id" | "node-id" | "subject-id", _) => {
            value
                .as_u64()
                .map_or_else(|| untyped(value), |n| format!("{n:#06x}"))
        }
        _ => untyped(value),
    }
}

fn bitmap(bits: &[Bit], set: u64) -> String {
    let mut names: Vec<String> = bits
        .iter()
        .filter(|bit| set & bit.mask() != 0)
        .map(|bit| {
            let name = if bit.title.is_empty() {
                bit.name
            } else {
                bit.title
            };
            match bit.width {
                1 => label::phrase(name),
                _ => {
                    let part = (set & bit.mask()) >> bit.position.min(63);
                    format!("{} {part}", label::phrase(name))
                }
            }
        })
        .collect();
    let known = bits.iter().fold(0, |mask, bit| mask | bit.mask());
    if set & !known != 0 {
        names.push(format!("{:#x}", set & !known));
    }
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

fn list(entries: &[Value], show: impl Fn(&Value) -> String) -> String {
    match entries.len() {
        0 => "none".to_owned(),
        1..=ENTRIES => entries.iter().map(show).collect::<Vec<_>>().join(", "),
        count => format!("{count} entries"),
    }
}

fn structure(known: &'static [Field], members: &[(FieldId, Value)]) -> String {
    if members.is_empty() {
        return "nothing".to_owned();
    }
    let show = |(id, value): &(FieldId, Value)| match known.iter().find(|field| field.id == *id) {
        Some(_) if matches!(value, Value::Null) => None,
        Some(field) => Some(format!(
            "{} {}",
            label::phrase(field.name),
            typed(&field.schema, value)
        )),
        None => Some(format!("{id}: {}", untyped(value))),
    };
    let shown: Vec<_> = members.iter().filter_map(show).collect();
    if shown.is_empty() {
        "unknown".to_owned()
    } else {
        format!("({})", shown.join(", "))
    }
}

fn text(text: &str) -> String {
    let shown = text.split(END_OF_TEXT).next().unwrap_or_default();
    if shown.trim().is_empty() {
        "none".to_owned()
    } else {
        shown.to_owned()
    }
}

fn bytes(octets: &[u8]) -> String {
    let hex = |octets: &[u8]| {
        octets
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect::<String>()
    };
    match octets.get(..OCTETS) {
        _ if octets.is_empty() => "none".to_owned(),
        Some(first) if octets.len() > OCTETS => format!("{}… ({} bytes)", hex(first), octets.len()),
        _ => hex(octets),
    }
}

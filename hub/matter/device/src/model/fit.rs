//! Whether a value suits an attribute.

use hub_model::Value;

use crate::behaviour::Status;
use crate::device::Attribute;

/// The value as the attribute keeps it, if it is of the attribute's kind.
pub(super) fn fit(place: &Attribute, value: Value) -> Result<Value, Status> {
    let kind = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Int(_) | Value::Uint(_) => 2,
        Value::Single(_) | Value::Double(_) => 3,
        Value::Text(_) => 4,
        Value::Bytes(_) => 5,
        Value::List(_) => 6,
        Value::Struct(_) => 7,
    };
    match (&place.value, value) {
        (_, Value::Null) if place.nullable => Ok(Value::Null),
        (_, Value::Null) => Err(Status::ConstraintError),
        (Value::Null, value) => Ok(value),
        (Value::Int(_), Value::Uint(n)) => i64::try_from(n)
            .map(Value::Int)
            .map_err(|_| Status::ConstraintError),
        (Value::Uint(_), Value::Int(n)) => u64::try_from(n)
            .map(Value::Uint)
            .map_err(|_| Status::ConstraintError),
        (old, new) if kind(old) == kind(&new) => Ok(new),
        _ => Err(Status::InvalidDataType),
    }
}

/// A list with one more entry.
pub(super) fn appended(list: &Value, entry: Value) -> Result<Value, Status> {
    let entries = list.as_list().ok_or(Status::InvalidDataType)?;
    Ok(Value::list(entries.iter().cloned().chain([entry])))
}

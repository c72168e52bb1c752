//! Values as columns, and back, exactly.
//!
//! | value | `type` | where it stands |
//! |---|---|---|
//! | null | `n` | |
//! | true, false | `b` | `number`, 1 or 0 |
//! | integers | `i`, `u` | `number`; beyond 2^53 `exact` too |
//! | single, double | `f`, `d` | `number`; a single that is no number `exact` too |
//! | text, octets, list, struct | `t`, `o`, `l`, `s` | `value`, as JSON that says its own types |
//!
//! JSON in the database has no character zero, no negative zero and no NaN that keeps its bits: what has
//! one of these stands in `exact` too, which is what is read back then.

use hub_model::json::untyped;
use hub_model::{Value, tlv};

/// Integers up to this are exact as a number with fraction.
const EXACT: u64 = 1 << 53;
/// The largest id of a struct's member that a device can send.
const LARGEST_MEMBER: u32 = 255;

/// A value in the columns of its row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Columns {
    /// `type`: one ASCII letter.
    pub(crate) kind: i8,
    pub(crate) number: Option<f64>,
    pub(crate) value: Option<String>,
    pub(crate) exact: Option<Vec<u8>>,
}

/// A value that no device can send, so that it has no form in which it could be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a value is nested too deeply, or has a member above 255")]
pub(crate) struct Unsendable;

/// Columns that no value is written in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no value is written so: {0}")]
pub(crate) struct Unreadable(String);

/// The columns of a value.
pub(crate) fn columns(value: &Value) -> Result<Columns, Unsendable> {
    let number = match value {
        Value::Bool(b) => Some(f64::from(u8::from(*b))),
        other => other.as_f64(),
    };
    let is_exact = match value {
        Value::Null | Value::Bool(_) | Value::Double(_) => true,
        Value::Int(n) => n.unsigned_abs() <= EXACT,
        Value::Uint(n) => *n <= EXACT,
        Value::Single(n) => !n.is_nan(),
        deep => json_is_exact(deep, 0)?,
    };
    let is_deep = matches!(
        value,
        Value::Text(_) | Value::Bytes(_) | Value::List(_) | Value::Struct(_)
    );
    Ok(Columns {
        kind: letter(value),
        number,
        value: (is_deep && !has_zero(value)).then(|| untyped::to_json(value).to_string()),
        exact: (!is_exact).then(|| tlv::encode(value)),
    })
}

/// The value of columns.
pub(crate) fn value(columns: &Columns) -> Result<Value, Unreadable> {
    let unreadable = |why: &dyn ToString| Unreadable(why.to_string());
    if let Some(exact) = &columns.exact {
        return tlv::decode(exact).map_err(|error| unreadable(&error));
    }
    if let Some(json) = &columns.value {
        let json = serde_json::from_str(json).map_err(|error| unreadable(&error))?;
        return untyped::from_json(&json).map_err(|error| unreadable(&error));
    }
    let kind = u8::try_from(columns.kind).unwrap_or_default();
    if kind == b'n' {
        return Ok(Value::Null);
    }
    let number = columns.number.ok_or_else(|| unreadable(&"no number"))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "these were exact when they were written; others become the nearest"
    )]
    Ok(match kind {
        b'b' => Value::Bool(number != 0.0),
        b'i' => Value::Int(number as i64),
        b'u' => Value::Uint(number as u64),
        b'f' => Value::Single(number as f32),
        b'd' => Value::Double(number),
        other => return Err(Unreadable(format!("type {:?}", char::from(other)))),
    })
}

fn letter(value: &Value) -> i8 {
    let letter = match value {
        Value::Null => b'n',
        Value::Bool(_) => b'b',
        Value::Int(_) => b'i',
        Value::Uint(_) => b'u',
        Value::Single(_) => b'f',
        Value::Double(_) => b'd',
        Value::Text(_) => b't',
        Value::Bytes(_) => b'o',
        Value::List(_) => b'l',
        Value::Struct(_) => b's',
    };
    letter.cast_signed()
}

/// Whether JSON in the database says exactly this.
fn json_is_exact(value: &Value, depth: usize) -> Result<bool, Unsendable> {
    let is_odd = |number: f64| number.is_nan() || (number == 0.0 && number.is_sign_negative());
    let mut is_exact = true;
    match value {
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Bytes(_) => {}
        Value::Single(n) => is_exact = !is_odd(f64::from(*n)),
        Value::Double(n) => is_exact = !is_odd(*n),
        Value::Text(text) => is_exact = !text.contains('\0'),
        Value::List(_) | Value::Struct(_) if depth >= tlv::MAX_DEPTH => return Err(Unsendable),
        Value::List(entries) => {
            for entry in entries.iter() {
                is_exact &= json_is_exact(entry, depth + 1)?;
            }
        }
        Value::Struct(members) => {
            for (id, member) in members.iter() {
                if id.0 > LARGEST_MEMBER {
                    return Err(Unsendable);
                }
                is_exact &= json_is_exact(member, depth + 1)?;
            }
        }
    }
    Ok(is_exact)
}

/// Whether a text in it has the character zero, which the database has not.
fn has_zero(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.contains('\0'),
        Value::List(entries) => entries.iter().any(has_zero),
        Value::Struct(members) => members.iter().any(|(_, member)| has_zero(member)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> Value {
        (0..depth).fold(Value::Null, |inner, _| Value::list([inner]))
    }

    #[test]
    fn what_no_device_can_send_is_refused() {
        assert!(columns(&nested(tlv::MAX_DEPTH)).is_ok());
        assert_eq!(columns(&nested(tlv::MAX_DEPTH + 1)), Err(Unsendable));
        let member = Value::structure([(256, Value::Null)]);
        assert_eq!(columns(&member), Err(Unsendable));
    }

    #[test]
    fn people_find_numbers_as_numbers_and_texts_as_texts() {
        let found = |value: Value| columns(&value).unwrap();
        assert_eq!(found(Value::Bool(true)).number, Some(1.0));
        assert_eq!(found(Value::Uint(7)).exact, None);
        assert_eq!(found(Value::Uint(u64::MAX)).number, Some(2f64.powi(64)));
        assert_eq!(found(Value::from("on")).value.as_deref(), Some("\"on\""));
    }

    #[test]
    fn columns_that_nobody_wrote_are_told() {
        let wrong = [
            Columns::default(),
            Columns {
                kind: b'i'.cast_signed(),
                ..Columns::default()
            },
            Columns {
                value: Some("{\"a\": 1}".to_owned()),
                ..Columns::default()
            },
            Columns {
                exact: Some(vec![0x15]),
                ..Columns::default()
            },
        ];
        for columns in wrong {
            assert!(value(&columns).is_err(), "{columns:?}");
        }
    }
}

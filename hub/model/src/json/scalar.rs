//! Integers, fractions and octets in JSON.

use serde_json::{Number, Value as Json};

/// Integers up to here are exact in JavaScript.
const EXACT: u64 = 1 << 53;

pub(super) fn from_u64(n: u64) -> Json {
    if n <= EXACT {
        Json::from(n)
    } else {
        Json::from(n.to_string())
    }
}

pub(super) fn from_i64(n: i64) -> Json {
    if n.unsigned_abs() <= EXACT {
        Json::from(n)
    } else {
        Json::from(n.to_string())
    }
}

pub(super) fn from_f64(n: f64) -> Json {
    match Number::from_f64(n) {
        Some(number) => Json::Number(number),
        None if n.is_nan() => Json::from("NaN"),
        None if n > 0.0 => Json::from("Infinity"),
        None => Json::from("-Infinity"),
    }
}

/// An integer: a number without fraction, or a string, decimal or `0x`.
pub(super) fn integer(json: &Json) -> Option<i128> {
    match json {
        Json::Number(number) => number
            .as_i64()
            .map(i128::from)
            .or_else(|| number.as_u64().map(i128::from))
            .or_else(|| number.as_f64().and_then(whole)),
        Json::String(digits) => match digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
            Some(hex) => u64::from_str_radix(hex, 16).ok().map(i128::from),
            None => digits.parse().ok(),
        },
        _ => None,
    }
}

/// A number written with a fraction of zero, such as `21.0`, within what is exact.
fn whole(n: f64) -> Option<i128> {
    #[expect(clippy::cast_precision_loss, reason = "a power of two")]
    let exact = n.fract() == 0.0 && n.abs() <= EXACT as f64;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a whole number within 2^53"
    )]
    exact.then_some(n as i128)
}

pub(super) fn fraction(json: &Json) -> Option<f64> {
    match json {
        Json::Number(number) => number.as_f64(),
        Json::String(word) => match word.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn hex(octets: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0');
    octets
        .iter()
        .flat_map(|octet| [digit(octet >> 4), digit(octet & 0xf)])
        .collect()
}

/// Octets from hex in either case.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let (pairs, rest) = digits.as_deref()?.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

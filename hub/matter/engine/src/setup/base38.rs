//! Base 38, as QR payloads use it: three bytes as five characters, the last one or two bytes as
//! two or four. Matter 1.6 Core §5.1.3.1 (Base-38 encoding).

use super::SetupCodeError;

/// The bytes of a text whose first character stands at `position`, counted from 0.
pub(super) fn decode(text: &str, position: usize) -> Result<Vec<u8>, SetupCodeError> {
    let mut bytes = Vec::with_capacity(text.len() / 5 * 3 + 2);
    let mut digits = Vec::with_capacity(text.len());
    for (index, character) in text.chars().enumerate() {
        digits.push(digit(character).ok_or(SetupCodeError::BadCharacter {
            character,
            position: position + index + 1,
        })?);
    }
    for chunk in digits.chunks(5) {
        let length = match chunk.len() {
            5 => 3,
            4 => 2,
            2 => 1,
            _ => return Err(DAMAGED),
        };
        let number = chunk.iter().rev().fold(0, |sum, digit| sum * 38 + digit);
        if number >> (8 * length) != 0 {
            return Err(DAMAGED);
        }
        bytes.extend(number.to_le_bytes().iter().take(length));
    }
    Ok(bytes)
}

/// The text of these bytes.
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for chunk in bytes.chunks(3) {
        let mut number = chunk
            .iter()
            .rev()
            .fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
        let length = match chunk.len() {
            3 => 5,
            2 => 4,
            _ => 2,
        };
        for _ in 0..length {
            let digit = usize::try_from(number % 38).unwrap_or_default();
            text.extend(ALPHABET.get(digit).map(|byte| char::from(*byte)));
            number /= 38;
        }
    }
    text
}

fn digit(character: char) -> Option<u32> {
    let character = character.to_ascii_uppercase();
    let place = ALPHABET
        .iter()
        .position(|byte| char::from(*byte) == character)?;
    u32::try_from(place).ok()
}

const DAMAGED: SetupCodeError = SetupCodeError::OutOfRange {
    field: "a group of characters",
};
const ALPHABET: &[u8; 38] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-.";

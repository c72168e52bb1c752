//! Manual pairing codes: 11 or 21 digits. Matter 1.6 Core §5.1.4.

use hub_model::{ProductId, VendorId};

use super::{Flow, Passcode, SetupCode, SetupCodeError, verhoeff};
use crate::discovery::Discriminator;

/// The code of a text whose first character stands at `position`, counted from 0.
pub(super) fn parse(text: &str, position: usize) -> Result<SetupCode, SetupCodeError> {
    let digits = digits(text, position)?;
    if digits.len() != SHORT && digits.len() != LONG {
        return Err(SetupCodeError::WrongLength {
            digits: digits.len(),
        });
    }
    if !verhoeff::is_valid(&digits) {
        return Err(SetupCodeError::CheckDigit);
    }
    let number = |from: usize, count: usize| {
        let places = digits.iter().skip(from).take(count);
        places.fold(0, |sum, digit| sum * 10 + u32::from(*digit))
    };
    unpack(digits.len(), number)
}

fn unpack(
    length: usize,
    number: impl Fn(usize, usize) -> u32,
) -> Result<SetupCode, SetupCodeError> {
    let (first, middle, last) = (number(0, 1), number(1, 5), number(6, 4));
    if first > 7 {
        return Err(SetupCodeError::Version(1));
    }
    let expected = if first & IDENTITY_PRESENT == 0 {
        SHORT
    } else {
        LONG
    };
    if length != expected {
        return Err(SetupCodeError::LengthMismatch {
            digits: length,
            expected,
        });
    }
    let middle = u16::try_from(middle).map_err(|_| SetupCodeError::OutOfRange {
        field: "the second to sixth digit",
    })?;
    let short = (first & 3) << 2 | u32::from(middle >> 14);
    let identity = (length == LONG).then(|| (number(10, 5), number(15, 5)));
    let identity = match identity {
        Some((vendor, product)) => {
            let field = "the vendor or product";
            let id = |id| u16::try_from(id).map_err(|_| SetupCodeError::OutOfRange { field });
            Some((VendorId(id(vendor)?), ProductId(id(product)?)))
        }
        None => None,
    };
    // The long form exists for devices that need their maker's instructions (§5.1.4.1).
    let flow = match identity {
        None => Flow::Standard,
        Some(_) => Flow::Custom,
    };
    Ok(SetupCode {
        passcode: Passcode::new(last << 14 | u32::from(middle) & 0x3fff)?,
        discriminator: Discriminator::Short(u8::try_from(short).expect("two and two bits")),
        identity,
        flow,
        discovery: None,
    })
}

pub(super) fn encode(code: &SetupCode) -> String {
    let short = match code.discriminator {
        Discriminator::Short(short) => u32::from(short & 0xf),
        Discriminator::Long(long) => u32::from(long >> 8 & 0xf),
    };
    let identity = code.identity.filter(|_| code.flow != Flow::Standard);
    let passcode = code.passcode.expose();
    let present = if identity.is_some() {
        IDENTITY_PRESENT
    } else {
        0
    };
    let mut text = format!(
        "{}{:05}{:04}",
        present | short >> 2,
        (short & 3) << 14 | passcode & 0x3fff,
        passcode >> 14,
    );
    if let Some((vendor, product)) = identity {
        text.push_str(&format!("{:05}{:05}", vendor.0, product.0));
    }
    let digits: Vec<u8> = text.bytes().map(|byte| byte - b'0').collect();
    text.push(char::from(b'0' + verhoeff::check_digit(&digits)));
    text
}

fn digits(text: &str, position: usize) -> Result<Vec<u8>, SetupCodeError> {
    let mut digits = Vec::with_capacity(LONG);
    for (index, character) in text.chars().enumerate() {
        match character.to_digit(10) {
            Some(digit) => digits.push(u8::try_from(digit).expect("a decimal digit")),
            None if character.is_whitespace() || DASHES.contains(&character) => {}
            None => {
                return Err(SetupCodeError::BadCharacter {
                    character,
                    position: position + index + 1,
                });
            }
        }
    }
    Ok(digits)
}

/// Digits of the two forms.
const SHORT: usize = 11;
const LONG: usize = 21;
/// The bit of the first digit that announces vendor and product.
const IDENTITY_PRESENT: u32 = 4;
/// What people and word processors put between groups of digits.
const DASHES: [char; 5] = ['-', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}'];

//! Setup codes: QR payloads and manual pairing codes, with errors that a person can act on.
//!
//! Accepted are QR payloads (`MT:...`), several of them joined by `*` for devices sold together,
//! and manual codes of 11 or 21 digits, with spaces and dashes anywhere in them.
//!
//! Codes are secret: they are never printed, and no error holds more of one than the character
//! that is wrong.
//!
//! Not here: a QR payload's optional TLV data (serial number and the like), which is skipped;
//! NFC tags (their text is a QR payload).
//!
//! Spec: Matter 1.6 Core §5.1.3 (QR code), §5.1.4 (manual pairing code), §5.1.7 (passcodes).

mod base38;
mod manual;
mod qr;
mod verhoeff;

use std::fmt;

use hub_model::{ProductId, VendorId};

use crate::discovery::Discriminator;

/// What a setup code says of one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetupCode {
    /// The passcode for PASE.
    pub passcode: Passcode,
    /// How to tell the device from others that wait.
    pub discriminator: Discriminator,
    /// Its vendor and product, if the code tells.
    pub identity: Option<(VendorId, ProductId)>,
    /// What to do to make it wait.
    pub flow: Flow,
    /// How it can be found; none when the code does not tell.
    pub discovery: Option<Discovery>,
}

/// A passcode, 1..=99999998 without the trivial ones. Its `Debug` prints `[redacted]`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Passcode(u32);

/// What a person must do before the device waits to be commissioned. Matter 1.6 Core §5.1.3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Give it power.
    Standard,
    /// Press its button, or whatever its manual says.
    UserIntent,
    /// Follow its maker's own procedure.
    Custom,
}

/// The ways in which a device can be found, a bitmap. Matter 1.6 Core §5.1.3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Discovery(pub u8);

/// Why a text is no setup code. None of these holds the code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetupCodeError {
    /// Nothing but white space.
    #[error("the code is empty")]
    Empty,
    /// Neither a QR payload nor digits.
    #[error(
        "{character:?} at position {position} cannot be in a setup code: type the 11 or 21 digits \
         beside the QR code, or its text, which begins with `MT:`"
    )]
    BadCharacter {
        /// The character.
        character: char,
        /// Its place, counted from 1.
        position: usize,
    },
    /// A manual code with digits missing or too many.
    #[error("a pairing code has 11 or 21 digits; this one has {digits}")]
    WrongLength {
        /// The digits found.
        digits: usize,
    },
    /// A manual code that says to be of one length and has the other.
    #[error("the code has {digits} digits, but its first digit belongs to a code of {expected}")]
    LengthMismatch {
        /// The digits found.
        digits: usize,
        /// The digits that its first digit announces.
        expected: usize,
    },
    /// Digits mistyped or swapped.
    #[error("the check digit does not match: a digit is mistyped, or two are swapped")]
    CheckDigit,
    /// A code whose fields are out of range.
    #[error("the code is damaged: {field} is out of range")]
    OutOfRange {
        /// Which field.
        field: &'static str,
    },
    /// A QR payload that is cut off.
    #[error("the QR payload is cut off: it has {characters} characters of {QR_CHARACTERS}")]
    CutOff {
        /// The characters found after the prefix.
        characters: usize,
    },
    /// A version of the payload that this program does not know.
    #[error("the code is of version {0}, which this hub does not know")]
    Version(u8),
    /// A passcode that the specification does not allow.
    #[error("the passcode in this code is one that is not allowed, such as 11111111 or 12345678")]
    PasscodeNotAllowed,
}

impl SetupCode {
    /// Reads a code: one device for a manual code, one or more for a QR payload, never none.
    ///
    /// # Errors
    /// When the text is no setup code; positions are those in `text`.
    pub fn parse(text: &str) -> Result<Vec<Self>, SetupCodeError> {
        let start = text.len() - text.trim_start().len();
        let offset = text.get(..start).map_or(0, |space| space.chars().count());
        let code = text.trim();
        if code.is_empty() {
            return Err(SetupCodeError::Empty);
        }
        match code.get(..QR_PREFIX.len()) {
            Some(prefix) if prefix.eq_ignore_ascii_case(QR_PREFIX) => {
                let payloads = code.get(QR_PREFIX.len()..).unwrap_or_default();
                qr::parse(payloads, offset + QR_PREFIX.len())
            }
            _ => Ok(vec![manual::parse(code, offset)?]),
        }
    }

    /// The QR payload of this code.
    ///
    /// # Errors
    /// When the code lacks what a QR payload must tell: it came from a manual code.
    pub fn to_qr(&self) -> Result<String, NotAQrPayload> {
        qr::encode(self)
    }

    /// The manual pairing code: 21 digits if the device asks for more than power, else 11.
    #[must_use]
    pub fn to_manual(&self) -> String {
        manual::encode(self)
    }
}

/// A code that does not hold all that a QR payload must tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a QR payload tells vendor, product, discovery and the long discriminator")]
pub struct NotAQrPayload;

impl Passcode {
    /// A passcode that the specification allows.
    ///
    /// # Errors
    /// When it is zero, above 99999998 or trivial.
    pub fn new(passcode: u32) -> Result<Self, SetupCodeError> {
        let repeated = passcode.is_multiple_of(11_111_111);
        let counted = matches!(passcode, 12_345_678 | 87_654_321);
        if passcode > MAX_PASSCODE || repeated || counted {
            return Err(SetupCodeError::PasscodeNotAllowed);
        }
        Ok(Self(passcode))
    }

    /// The number itself; it goes into PASE only.
    #[must_use]
    pub const fn expose(self) -> u32 {
        self.0
    }
}

impl fmt::Debug for Passcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Discovery {
    /// By its own Wi-Fi access point.
    pub const SOFT_AP: Self = Self(1);
    /// By BLE.
    pub const BLE: Self = Self(2);
    /// On the IP network.
    pub const ON_NETWORK: Self = Self(4);

    /// Whether all ways of `other` are among these.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

const QR_PREFIX: &str = "MT:";
/// Bytes of a QR payload's fixed part.
const QR_BYTES: usize = 11;
/// Characters of its fixed part.
const QR_CHARACTERS: usize = 19;
const MAX_PASSCODE: u32 = 99_999_998;

#[cfg(test)]
mod tests;

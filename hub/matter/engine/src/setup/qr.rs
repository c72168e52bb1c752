//! QR payloads: fields of odd widths in 88 bits, base 38.
//!
//! Spec: Matter 1.6 Core §5.1.3.1 (payload), §5.1.3.2 (concatenation).

use hub_model::{ProductId, VendorId};

use super::{Discovery, Flow, NotAQrPayload, Passcode, QR_BYTES, QR_CHARACTERS, QR_PREFIX};
use super::{SetupCode, SetupCodeError, base38};
use crate::discovery::Discriminator;

/// The codes of payloads joined by `*`, the first of whose characters stands at `position`.
pub(super) fn parse(payloads: &str, mut position: usize) -> Result<Vec<SetupCode>, SetupCodeError> {
    let mut codes = Vec::new();
    for payload in payloads.split('*') {
        let characters = payload.chars().count();
        let bytes = match base38::decode(payload, position) {
            Err(SetupCodeError::OutOfRange { .. }) if characters < QR_CHARACTERS => {
                return Err(SetupCodeError::CutOff { characters });
            }
            bytes => bytes?,
        };
        let head = bytes
            .first_chunk()
            .ok_or(SetupCodeError::CutOff { characters })?;
        codes.push(unpack(head)?);
        position += characters + 1;
    }
    Ok(codes)
}

pub(super) fn encode(code: &SetupCode) -> Result<String, NotAQrPayload> {
    let (Some((vendor, product)), Some(discovery), Discriminator::Long(discriminator)) =
        (code.identity, code.discovery, code.discriminator)
    else {
        return Err(NotAQrPayload);
    };
    let flow = match code.flow {
        Flow::Standard => 0,
        Flow::UserIntent => 1,
        Flow::Custom => 2,
    };
    let mut bits = 0_u128;
    let mut at = VERSION_BITS;
    let fields = [
        (u32::from(vendor.0), 16),
        (u32::from(product.0), 16),
        (flow, FLOW_BITS),
        (u32::from(discovery.0), 8),
        (u32::from(discriminator & MAX_DISCRIMINATOR), 12),
        (code.passcode.expose(), PASSCODE_BITS),
    ];
    for (field, width) in fields {
        bits |= u128::from(field) << at;
        at += width;
    }
    let bytes: Vec<u8> = bits.to_le_bytes().into_iter().take(QR_BYTES).collect();
    Ok(format!("{QR_PREFIX}{}", base38::encode(&bytes)))
}

fn unpack(bytes: &[u8; QR_BYTES]) -> Result<SetupCode, SetupCodeError> {
    let mut fixed = [0; 16];
    for (to, from) in fixed.iter_mut().zip(bytes) {
        *to = *from;
    }
    let mut bits = Bits(u128::from_le_bytes(fixed));
    let version = bits.take(VERSION_BITS).to_le_bytes()[0];
    if version != 0 {
        return Err(SetupCodeError::Version(version));
    }
    let vendor = VendorId(bits.take_u16(16));
    let product = ProductId(bits.take_u16(16));
    let flow = match bits.take(FLOW_BITS) {
        0 => Flow::Standard,
        1 => Flow::UserIntent,
        2 => Flow::Custom,
        _ => {
            return Err(SetupCodeError::OutOfRange {
                field: "the commissioning flow",
            });
        }
    };
    let discovery = Discovery(bits.take(8).to_le_bytes()[0]);
    let discriminator = Discriminator::Long(bits.take_u16(12));
    Ok(SetupCode {
        passcode: Passcode::new(bits.take(PASSCODE_BITS))?,
        discriminator,
        identity: Some((vendor, product)),
        flow,
        discovery: Some(discovery),
    })
}

/// Bits taken from the low end.
struct Bits(u128);

impl Bits {
    fn take(&mut self, width: u32) -> u32 {
        let taken = self.0 & ((1 << width) - 1);
        self.0 >>= width;
        u32::try_from(taken).expect("no field is wider than 27 bits")
    }

    fn take_u16(&mut self, width: u32) -> u16 {
        u16::try_from(self.take(width)).expect("called for 16 bits at most")
    }
}

const VERSION_BITS: u32 = 3;
const FLOW_BITS: u32 = 2;
const PASSCODE_BITS: u32 = 27;
const MAX_DISCRIMINATOR: u16 = 0x0fff;

//! A block: a run of samples of one series, ascending by moment.
//!
//! ```text
//! block = version, flags, count, first moment, length, column of the times between, values, marks, checksum
//! ```
//!
//! Moments are whole milliseconds. A block of one sample takes about 18 octets; one of hundreds about three
//! a sample.

use hub_engine::Quality;
use hub_model::Timestamp;

use super::wire::{self, Reader, put_len, put_signed, put_varint};
use super::{CodecError, ints, marks, values};
use crate::sample::Sample;

const VERSION: u8 = 1;
/// The most samples of a block.
pub const MOST_SAMPLES: usize = 4_096;

/// What a block says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many samples there are.
    pub samples: usize,
    /// The first moment.
    pub first: Timestamp,
    /// The last moment.
    pub last: Timestamp,
}

/// Writes samples; none when there are none or more than [`MOST_SAMPLES`], or when their moments do not
/// ascend.
#[must_use]
pub fn encode(samples: &[Sample]) -> Option<Vec<u8>> {
    let (first, last) = (samples.first()?, samples.last()?);
    let pairs = samples.iter().zip(samples.iter().skip(1));
    let between = pairs.map(|(one, next)| next.at.as_millis() - one.at.as_millis());
    let between: Vec<i64> = between.collect();
    if samples.len() > MOST_SAMPLES || between.iter().any(|time| *time <= 0) {
        return None;
    }
    let mut out = wire::begin(VERSION);
    let flags = marks::flags(samples.iter());
    out.push(flags);
    put_len(samples.len(), &mut out);
    put_signed(first.at.as_millis(), &mut out);
    let length = last.at.as_millis() - first.at.as_millis();
    put_varint(length.cast_unsigned(), &mut out);
    ints::encode(&between, &mut out);
    values::encode(samples.iter().map(|sample| &sample.value), &mut out);
    marks::encode(flags, samples.iter(), &mut out);
    Some(wire::seal(out))
}

/// What a block says of itself, when it is whole.
///
/// # Errors
/// When the octets are no block.
pub fn head(octets: &[u8]) -> Result<Head, CodecError> {
    let mut reader = wire::open(octets, VERSION)?;
    reader.octet()?;
    take_head(&mut reader)
}

fn take_head(reader: &mut Reader<'_>) -> Result<Head, CodecError> {
    const BEYOND: CodecError = CodecError::Malformed("a moment is beyond all time");
    let samples = reader.len(MOST_SAMPLES)?;
    if samples == 0 {
        return Err(CodecError::Malformed("a block is empty"));
    }
    let first = reader.signed()?;
    let last = first.checked_add_unsigned(reader.varint()?);
    Ok(Head {
        samples,
        first: moment(first).ok_or(BEYOND)?,
        last: last.and_then(moment).ok_or(BEYOND)?,
    })
}

/// The moment of so many milliseconds; none beyond all time.
pub(super) fn moment(millis: i64) -> Option<Timestamp> {
    let at = Timestamp::from_millis(millis);
    (at.as_millis() == millis).then_some(at)
}

/// Reads the samples of a block.
///
/// # Errors
/// When the octets are no block.
pub fn decode(octets: &[u8]) -> Result<Vec<Sample>, CodecError> {
    let mut reader = wire::open(octets, VERSION)?;
    let flags = reader.octet()?;
    let head = take_head(&mut reader)?;
    let between = ints::decode(&mut reader, head.samples - 1)?;
    let values = values::decode(&mut reader, head.samples)?;
    let mut at = head.first.as_millis();
    let mut between = between.into_iter();
    let mut samples = Vec::with_capacity(head.samples);
    for value in values {
        samples.push(Sample {
            at: Timestamp::from_millis(at),
            value,
            quality: Quality::Known,
            cause: None,
        });
        let Some(time) = between.next() else { break };
        at = match at.checked_add(time) {
            Some(next) if time > 0 => next,
            _ => return Err(CodecError::Malformed("moments do not ascend")),
        };
    }
    if at != head.last.as_millis() {
        return Err(CodecError::Malformed("the last moment is another"));
    }
    marks::decode(flags, &mut reader, &mut samples)?;
    reader.end()?;
    Ok(samples)
}

#[cfg(test)]
mod tests;

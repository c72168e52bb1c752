//! What few samples have: that they are stale, and the command that led to them. Neither takes an octet
//! when no sample has it.
//!
//! ```text
//! stale  = runs, length*         of known and stale samples in turn
//! causes = number, column of how many samples lie before each, column of causes
//! ```

use hub_engine::Quality;
use hub_model::CauseId;

use super::wire::{Reader, put_len};
use super::{CodecError, ints};
use crate::sample::Sample;

const SOME_STALE: u8 = 1;
const SOME_CAUSED: u8 = 2;

/// Which marks there are: the octet that [`decode`] is given.
pub(super) fn flags<'a>(samples: impl Iterator<Item = &'a Sample>) -> u8 {
    samples.fold(0, |flags, sample| {
        let stale = if sample.is_known() { 0 } else { SOME_STALE };
        let caused = sample.cause.map_or(0, |_| SOME_CAUSED);
        flags | stale | caused
    })
}

/// Writes the marks of samples.
pub(super) fn encode<'a>(
    flags: u8,
    samples: impl Iterator<Item = &'a Sample> + Clone,
    out: &mut Vec<u8>,
) {
    if flags & SOME_STALE != 0 {
        let mut runs = vec![0];
        let mut quality = Quality::Known;
        for sample in samples.clone() {
            if sample.quality != quality {
                quality = sample.quality;
                runs.push(0);
            }
            if let Some(last) = runs.last_mut() {
                *last += 1;
            }
        }
        put_len(runs.len(), out);
        for length in runs {
            put_len(length, out);
        }
    }
    if flags & SOME_CAUSED != 0 {
        let (mut places, mut causes) = (Vec::new(), Vec::new());
        for (place, sample) in (0..).zip(samples) {
            if let Some(cause) = sample.cause {
                places.push(place);
                causes.push(cause.0.cast_signed());
            }
        }
        put_len(places.len(), out);
        ints::encode(&places, out);
        ints::encode(&causes, out);
    }
}

/// Reads marks onto samples.
pub(super) fn decode(
    flags: u8,
    reader: &mut Reader<'_>,
    samples: &mut [Sample],
) -> Result<(), CodecError> {
    if flags & !(SOME_STALE | SOME_CAUSED) != 0 {
        return Err(CodecError::Malformed("a mark is not known"));
    }
    if flags & SOME_STALE != 0 {
        let mut left = samples.iter_mut();
        let mut stale = false;
        for _ in 0..reader.len(left.len() + 1)? {
            let length = reader.len(left.len())?;
            for sample in left.by_ref().take(length) {
                if stale {
                    sample.quality = Quality::Stale;
                }
            }
            stale = !stale;
        }
    }
    if flags & SOME_CAUSED != 0 {
        let count = reader.len(samples.len())?;
        let places = ints::decode(reader, count)?;
        let causes = ints::decode(reader, count)?;
        for (place, cause) in places.into_iter().zip(causes) {
            let sample = usize::try_from(place)
                .ok()
                .and_then(|place| samples.get_mut(place))
                .ok_or(CodecError::Malformed("a cause has no sample"))?;
            sample.cause = Some(CauseId(cause.cast_unsigned()));
        }
    }
    Ok(())
}

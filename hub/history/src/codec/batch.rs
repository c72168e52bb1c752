//! A batch: samples of many series in the order in which they came, as a journal keeps them.
//!
//! ```text
//! batch = version, flags, count, column of series, column of moments, values, marks, checksum
//! ```

use hub_engine::Quality;

use super::wire::{self, put_len};
use super::{CodecError, block, ints, marks, values};
use crate::sample::Sample;

const VERSION: u8 = 1;
/// The most samples of a batch.
pub const MOST_SAMPLES: usize = 65_536;

/// Writes samples with the numbers of their series; none when there are more than [`MOST_SAMPLES`].
#[must_use]
pub fn encode<'a>(entries: impl Iterator<Item = (u32, &'a Sample)> + Clone) -> Option<Vec<u8>> {
    let series: Vec<i64> = entries.clone().map(|(series, _)| series.into()).collect();
    if series.len() > MOST_SAMPLES {
        return None;
    }
    let samples = entries.map(|(_, sample)| sample);
    let moments = samples.clone().map(|sample| sample.at.as_millis());
    let moments: Vec<i64> = moments.collect();
    let mut out = wire::begin(VERSION);
    let flags = marks::flags(samples.clone());
    out.push(flags);
    put_len(series.len(), &mut out);
    ints::encode(&series, &mut out);
    ints::encode(&moments, &mut out);
    values::encode(samples.clone().map(|sample| &sample.value), &mut out);
    marks::encode(flags, samples, &mut out);
    Some(wire::seal(out))
}

/// Reads the samples of a batch.
///
/// # Errors
/// When the octets are no batch.
pub fn decode(octets: &[u8]) -> Result<Vec<(u32, Sample)>, CodecError> {
    let mut reader = wire::open(octets, VERSION)?;
    let flags = reader.octet()?;
    let count = reader.len(MOST_SAMPLES)?;
    let series = ints::decode(&mut reader, count)?;
    let moments = ints::decode(&mut reader, count)?;
    let values = values::decode(&mut reader, count)?;
    let samples = moments.into_iter().zip(values).map(|(at, value)| {
        let at = block::moment(at).ok_or(CodecError::Malformed("a moment is beyond all time"))?;
        Ok(Sample {
            at,
            value,
            quality: Quality::Known,
            cause: None,
        })
    });
    let mut samples: Vec<Sample> = samples.collect::<Result<_, CodecError>>()?;
    marks::decode(flags, &mut reader, &mut samples)?;
    reader.end()?;
    let entries = series.into_iter().zip(samples).map(|(series, sample)| {
        let series = u32::try_from(series);
        Ok((
            series.map_err(|_| CodecError::Malformed("there is no such series"))?,
            sample,
        ))
    });
    entries.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{any_sample, same};
    use super::*;

    fn any_entries() -> impl Strategy<Value = Vec<(u32, Sample)>> {
        proptest::collection::vec((any::<u32>(), any_sample()), 0..60)
    }

    fn encoded(entries: &[(u32, Sample)]) -> Vec<u8> {
        encode(entries.iter().map(|(series, sample)| (*series, sample))).unwrap()
    }

    proptest! {
        #[test]
        fn any_batch_comes_back(entries in any_entries()) {
            let found = decode(&encoded(&entries)).unwrap();
            let apart = |entries: Vec<(u32, Sample)>| -> (Vec<_>, Vec<_>) { entries.into_iter().unzip() };
            let ((series, samples), (wanted, those)) = (apart(found), apart(entries));
            prop_assert_eq!(series, wanted);
            same(&samples, &those)?;
        }

        #[test]
        fn no_octets_panic(mut octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(decode(&octets).is_err());
            octets.insert(0, VERSION);
            let _ = decode(&wire::seal(octets));
        }

        #[test]
        fn no_damage_is_missed(
            entries in any_entries(),
            at in any::<prop::sample::Index>(),
            by in 1_u8..,
        ) {
            let mut octets = encoded(&entries);
            let at = at.index(octets.len());
            octets[at] ^= by;
            prop_assert_eq!(decode(&octets), Err(CodecError::Checksum));
        }
    }
}

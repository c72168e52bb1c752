//! Roll-ups of one series and period, ascending by when they begin.
//!
//! ```text
//! rollups = version, count, unit, column of beginnings in units, column of each number in turn,
//!           column of whether there are numbers, columns of those, states, checksum
//! states  = column of how many each has, values, column of times
//! ```

use hub_model::Timestamp;

use super::floats;
use super::wire::{self, Reader, put_len};
use super::{CodecError, ints, values};
use crate::rollup::{Numbers, Rollup};

const VERSION: u8 = 1;
/// The most roll-ups that are kept together.
pub const MOST_ROLLUPS: usize = 16_384;
/// The most states of one roll-up that are kept.
pub const MOST_STATES: usize = 255;
const MOST_STATES_OF_ALL: usize = 262_144;
/// Microseconds of an hour, five minutes, a second, a millisecond: in which beginnings may be counted.
const UNITS: [i64; 5] = [3_600_000_000, 300_000_000, 1_000_000, 1_000, 1];

/// Writes roll-ups; none when there are too many to be kept together, or one has too many states.
#[must_use]
pub fn encode(rollups: &[Rollup]) -> Option<Vec<u8>> {
    let states: usize = rollups.iter().map(|rollup| rollup.states.len()).sum();
    let most = rollups.iter().map(|rollup| rollup.states.len()).max();
    if rollups.len() > MOST_ROLLUPS
        || states > MOST_STATES_OF_ALL
        || most.is_some_and(|most| most > MOST_STATES)
    {
        return None;
    }
    let mut out = wire::begin(VERSION);
    put_len(rollups.len(), &mut out);
    put_beginnings(rollups, &mut out);
    let mut put = |of: fn(&Rollup) -> i64| {
        ints::encode(&rollups.iter().map(of).collect::<Vec<_>>(), &mut out);
    };
    put(|rollup| rollup.samples.into());
    put(|rollup| rollup.known_ms.cast_signed());
    put(|rollup| rollup.other_ms.cast_signed());
    put(|rollup| rollup.numbers.is_some().into());
    put(|rollup| i64::try_from(rollup.states.len()).unwrap_or(0));
    let numbers: Vec<&Numbers> = rollups.iter().flat_map(|rollup| &rollup.numbers).collect();
    put_numbers(&numbers, &mut out);
    let states = rollups.iter().flat_map(|rollup| &rollup.states);
    if states.clone().next().is_some() {
        values::encode(states.clone().map(|(value, _)| value), &mut out);
        let times: Vec<i64> = states.map(|(_, ms)| ms.cast_signed()).collect();
        ints::encode(&times, &mut out);
    }
    Some(wire::seal(out))
}

fn put_beginnings(rollups: &[Rollup], out: &mut Vec<u8>) {
    let fits = |unit: i64| rollups.iter().all(|rollup| rollup.from.0 % unit == 0);
    let unit = UNITS.iter().position(|unit| fits(*unit));
    let unit = unit.unwrap_or(UNITS.len() - 1);
    put_len(unit, out);
    let unit = UNITS.get(unit).copied().unwrap_or(1);
    let beginnings = rollups.iter().map(|rollup| rollup.from.0 / unit);
    ints::encode(&beginnings.collect::<Vec<_>>(), out);
}

fn put_numbers(numbers: &[&Numbers], out: &mut Vec<u8>) {
    let mut put = |of: fn(&Numbers) -> f64| {
        let column = numbers.iter().map(|numbers| of(numbers));
        floats::encode(&column.collect::<Vec<_>>(), out);
    };
    put(|numbers| numbers.first);
    put(|numbers| numbers.last);
    put(|numbers| numbers.min);
    put(|numbers| numbers.max);
    put(|numbers| numbers.sum);
    put(|numbers| numbers.weighted);
    put(|numbers| numbers.increase);
    let mut put = |of: fn(&Numbers) -> i64| {
        let column = numbers.iter().map(|numbers| of(numbers));
        ints::encode(&column.collect::<Vec<_>>(), out);
    };
    put(|numbers| numbers.count.into());
    put(|numbers| numbers.ms.cast_signed());
    put(|numbers| numbers.resets.into());
}

/// Reads roll-ups.
///
/// # Errors
/// When the octets are no roll-ups.
pub fn decode(octets: &[u8]) -> Result<Vec<Rollup>, CodecError> {
    let mut reader = wire::open(octets, VERSION)?;
    let count = reader.len(MOST_ROLLUPS)?;
    let unit = reader.len(UNITS.len() - 1)?;
    let unit = UNITS.get(unit).copied().unwrap_or(1);
    let mut take = || ints::decode(&mut reader, count);
    let (beginnings, samples) = (take()?, take()?);
    let (known, other, are_numbers, states) = (take()?, take()?, take()?, take()?);
    let how_many = are_numbers.iter().filter(|are| **are != 0).count();
    let mut numbers = take_numbers(&mut reader, how_many)?.into_iter();
    let mut of_states = States::take(&mut reader, &states)?;
    reader.end()?;

    let mut rollups = Vec::with_capacity(count);
    let all = beginnings
        .into_iter()
        .zip(samples)
        .zip(known)
        .zip(other)
        .zip(are_numbers)
        .zip(states);
    for (((((from, samples), known), other), are_numbers), states) in all {
        let from = from.checked_mul(unit);
        rollups.push(Rollup {
            from: Timestamp(from.ok_or(CodecError::Malformed("a span begins beyond all time"))?),
            samples: small(samples)?,
            known_ms: known.cast_unsigned(),
            numbers: (are_numbers != 0).then(|| numbers.next()).flatten(),
            states: of_states.next(states),
            other_ms: other.cast_unsigned(),
        });
    }
    Ok(rollups)
}

fn small(number: i64) -> Result<u32, CodecError> {
    u32::try_from(number).map_err(|_| CodecError::Malformed("a count is too high"))
}

fn take_numbers(reader: &mut Reader<'_>, count: usize) -> Result<Vec<Numbers>, CodecError> {
    let mut take = || floats::decode::<f64>(reader, count).map(Vec::into_iter);
    let (mut first, mut last, mut min, mut max) = (take()?, take()?, take()?, take()?);
    let (mut sum, mut weighted, mut increase) = (take()?, take()?, take()?);
    let mut take = || ints::decode(reader, count).map(Vec::into_iter);
    let (mut counts, mut ms, mut resets) = (take()?, take()?, take()?);
    let mut all = Vec::with_capacity(count);
    for _ in 0..count {
        all.push(Numbers {
            first: first.next().unwrap_or_default(),
            last: last.next().unwrap_or_default(),
            min: min.next().unwrap_or_default(),
            max: max.next().unwrap_or_default(),
            sum: sum.next().unwrap_or_default(),
            count: small(counts.next().unwrap_or_default())?,
            weighted: weighted.next().unwrap_or_default(),
            ms: ms.next().unwrap_or_default().cast_unsigned(),
            increase: increase.next().unwrap_or_default(),
            resets: small(resets.next().unwrap_or_default())?,
        });
    }
    Ok(all)
}

/// The states of all roll-ups, one after the other.
struct States {
    values: std::vec::IntoIter<hub_model::Value>,
    times: std::vec::IntoIter<i64>,
}

impl States {
    fn take(reader: &mut Reader<'_>, counts: &[i64]) -> Result<Self, CodecError> {
        let mut all = 0;
        for count in counts {
            let count = usize::try_from(*count)
                .ok()
                .filter(|count| *count <= MOST_STATES);
            all += count.ok_or(CodecError::Malformed("there are too many states"))?;
        }
        if all > MOST_STATES_OF_ALL {
            return Err(CodecError::Malformed("there are too many states"));
        }
        Ok(Self {
            values: values::decode(reader, all)?.into_iter(),
            times: ints::decode(reader, all)?.into_iter(),
        })
    }

    fn next(&mut self, count: i64) -> Vec<(hub_model::Value, u64)> {
        let count = usize::try_from(count).unwrap_or(0);
        let times = self.times.by_ref().map(i64::cast_unsigned);
        self.values.by_ref().zip(times).take(count).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use hub_model::Value;
    use proptest::prelude::*;

    use super::super::testing::{Dice, any_value};
    use super::*;

    fn any_number() -> impl Strategy<Value = f64> {
        prop_oneof![
            any::<f64>().prop_filter("equals itself", |n| !n.is_nan()),
            (-100_000_i32..100_000).prop_map(|n| f64::from(n) / 100.0),
        ]
    }

    fn any_numbers() -> impl Strategy<Value = Numbers> {
        let numbers = proptest::array::uniform7(any_number());
        (numbers, any::<(u32, u64, u32)>()).prop_map(|(numbers, (count, ms, resets))| {
            let [first, last, min, max, sum, weighted, increase] = numbers;
            Numbers {
                first,
                last,
                min,
                max,
                sum,
                count,
                weighted,
                ms,
                increase,
                resets,
            }
        })
    }

    fn any_rollup() -> impl Strategy<Value = Rollup> {
        let times = any::<(u32, u64, u64)>();
        let states = proptest::collection::vec((any_value(), any::<u64>()), 0..4);
        (proptest::option::of(any_numbers()), states, times).prop_map(
            |(numbers, states, (samples, known_ms, other_ms))| Rollup {
                from: Timestamp(0),
                samples,
                known_ms,
                numbers,
                states,
                other_ms,
            },
        )
    }

    proptest! {
        #[test]
        fn any_rollups_come_back(
            rollups in proptest::collection::vec(any_rollup(), 0..20),
            begin in any::<i64>(),
            unit in 0_usize..5,
        ) {
            let mut rollups = rollups;
            for (at, rollup) in (0..).zip(&mut rollups) {
                let unit = UNITS[unit];
                rollup.from = Timestamp((begin / unit + at).saturating_mul(unit));
            }
            let octets = encode(&rollups).unwrap();
            prop_assert_eq!(decode(&octets), Ok(rollups));
        }

        #[test]
        fn no_octets_panic(mut octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(decode(&octets).is_err());
            octets.insert(0, VERSION);
            let _ = decode(&wire::seal(octets));
        }

        #[test]
        fn no_damage_is_missed(
            rollups in proptest::collection::vec(any_rollup(), 0..5),
            at in any::<prop::sample::Index>(),
            by in 1_u8..,
        ) {
            let mut octets = encode(&rollups).unwrap();
            let at = at.index(octets.len());
            octets[at] ^= by;
            prop_assert_eq!(decode(&octets), Err(CodecError::Checksum));
        }
    }

    /// The roll-ups by five minutes of a day of degrees, told every 30 to 90 s.
    fn day_of_degrees() -> Vec<Rollup> {
        let mut dice = Dice(3);
        let mut hundredths = 2_150;
        let mut spans: BTreeMap<i64, Vec<(i64, f64)>> = BTreeMap::new();
        let mut at = 0;
        while at < 86_400_000 {
            hundredths += dice.roll(7) - 3;
            let degrees = f64::from(i32::try_from(hundredths).unwrap()) / 100.0;
            spans.entry(at / 300_000).or_default().push((at, degrees));
            at += 30_000 + dice.roll(60_000);
        }
        let rollup = |(span, samples): (i64, Vec<(i64, f64)>)| {
            let numbers = || samples.iter().map(|(_, number)| *number);
            let mut ends = samples
                .iter()
                .map(|(at, _)| *at)
                .skip(1)
                .chain([(span + 1) * 300_000]);
            let weighted = samples.iter().map(|(at, number)| {
                let ms = u32::try_from(ends.next().unwrap() - at).unwrap();
                number * f64::from(ms)
            });
            Rollup {
                from: Timestamp::from_millis(span * 300_000 + 1_800_057_600_000),
                samples: u32::try_from(samples.len()).unwrap(),
                known_ms: 300_000,
                numbers: Some(Numbers {
                    first: samples[0].1,
                    last: samples[samples.len() - 1].1,
                    min: numbers().fold(f64::MAX, f64::min),
                    max: numbers().fold(f64::MIN, f64::max),
                    sum: numbers().sum(),
                    count: u32::try_from(samples.len()).unwrap(),
                    weighted: weighted.sum(),
                    ms: 300_000,
                    increase: 0.0,
                    resets: 0,
                }),
                states: Vec::new(),
                other_ms: 0,
            }
        };
        spans.into_iter().map(rollup).collect()
    }

    #[test]
    fn a_day_of_degrees_is_small() {
        let rollups = day_of_degrees();
        let octets = encode(&rollups).unwrap();
        assert_eq!(decode(&octets).as_ref(), Ok(&rollups));
        println!(
            "a roll-up of degrees: {} octets of {}",
            octets.len(),
            rollups.len()
        );
        assert!(octets.len() < rollups.len() * 16);
    }

    #[test]
    fn too_many_states_are_not_written() {
        let rollup = |states| Rollup {
            from: Timestamp(0),
            samples: 0,
            known_ms: 0,
            numbers: None,
            states: vec![(Value::Null, 1); states],
            other_ms: 0,
        };
        assert!(encode(&[rollup(MOST_STATES)]).is_some());
        assert_eq!(encode(&[rollup(MOST_STATES + 1)]), None);
    }
}

//! A column of whole numbers: as they are, as differences, or as differences of differences, whichever
//! takes the fewest octets; packed in groups of 32, each with as many bits a number as its range needs.
//!
//! ```text
//! column  = head [first] [first difference] rest
//! head    = order (0, 1 or 2: how often differences were taken) | 4 when the rest is all the same
//! rest    = number | group*
//! group   = lowest, bits, (number - lowest) in that many bits each, lowest bit first
//! ```
//!
//! How many numbers there are is said elsewhere. All arithmetic wraps, so that every number comes back.

use super::CodecError;
use super::wire::{Reader, put_signed, varint_len, zigzag};

const GROUP: usize = 32;
const ORDER: u8 = 3;
const SAME: u8 = 4;
/// The highest order, and so the most numbers that stand before the rest.
const MOST_ORDER: u8 = 2;

/// Writes a column.
pub(super) fn encode(numbers: &[i64], out: &mut Vec<u8>) {
    if numbers.is_empty() {
        return;
    }
    let mut rest = numbers.to_vec();
    let mut best = Plan::of(0, &rest, 0);
    let mut best_rest = rest.clone();
    let mut heads = 0;
    for order in 1..=MOST_ORDER {
        let Some(first) = difference(&mut rest) else {
            break;
        };
        heads += varint_len(zigzag(first));
        let plan = Plan::of(order, &rest, heads);
        if plan.octets < best.octets {
            best = plan;
            best_rest.clone_from(&rest);
        }
    }
    best.write(numbers, &best_rest, out);
}

/// Replaces numbers by the differences of neighbours, which are one fewer; returns the first.
fn difference(numbers: &mut Vec<i64>) -> Option<i64> {
    let (&first, others) = numbers.split_first()?;
    let mut before = first;
    let differences = others.iter().map(|&number| {
        let difference = number.wrapping_sub(before);
        before = number;
        difference
    });
    let differences: Vec<i64> = differences.collect();
    *numbers = differences;
    Some(first)
}

/// How a column is written, and how long it is then.
struct Plan {
    order: u8,
    same: bool,
    octets: usize,
}

impl Plan {
    fn of(order: u8, rest: &[i64], heads: usize) -> Self {
        let same = match rest.split_first() {
            Some((first, others)) => others.iter().all(|number| number == first),
            None => false,
        };
        let packed = match rest.first() {
            Some(&first) if same => varint_len(zigzag(first)),
            _ => rest.chunks(GROUP).map(group_len).sum(),
        };
        Self {
            order,
            same,
            octets: 1 + heads + packed,
        }
    }

    fn write(&self, numbers: &[i64], rest: &[i64], out: &mut Vec<u8>) {
        out.push(self.order | if self.same { SAME } else { 0 });
        let mut heads = numbers.iter().copied();
        let first = heads.next().unwrap_or_default();
        if self.order >= 1 {
            put_signed(first, out);
        }
        if self.order >= 2 {
            let second = heads.next().unwrap_or_default();
            put_signed(second.wrapping_sub(first), out);
        }
        match rest.first() {
            Some(&first) if self.same => put_signed(first, out),
            _ => rest.chunks(GROUP).for_each(|group| put_group(group, out)),
        }
    }
}

/// The lowest of a group, and how many bits the distance of the highest from it takes.
fn range(group: &[i64]) -> (i64, u32) {
    let (mut lowest, mut highest) = (i64::MAX, i64::MIN);
    for &number in group {
        lowest = lowest.min(number);
        highest = highest.max(number);
    }
    let distance = highest.wrapping_sub(lowest).cast_unsigned();
    (lowest, 64 - distance.leading_zeros())
}

fn group_len(group: &[i64]) -> usize {
    let (lowest, bits) = range(group);
    varint_len(zigzag(lowest)) + 1 + packed_len(group.len(), bits)
}

const fn packed_len(count: usize, bits: u32) -> usize {
    (count * bits as usize).div_ceil(8)
}

fn put_group(group: &[i64], out: &mut Vec<u8>) {
    let (lowest, bits) = range(group);
    put_signed(lowest, out);
    let [width, ..] = bits.to_le_bytes();
    out.push(width);
    let mut held = 0_u128;
    let mut filled = 0;
    for number in group {
        let distance = number.wrapping_sub(lowest).cast_unsigned();
        held |= u128::from(distance) << filled;
        filled += bits;
        if filled >= 64 {
            out.extend(low_half(held).to_le_bytes());
            held >>= 64;
            filled -= 64;
        }
    }
    let left = low_half(held).to_le_bytes();
    out.extend(left.iter().take(filled.div_ceil(8) as usize));
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the half is what is wanted"
)]
const fn low_half(number: u128) -> u64 {
    number as u64
}

/// Reads a column of `count` numbers. The caller has bounded the count.
pub(super) fn decode(reader: &mut Reader<'_>, count: usize) -> Result<Vec<i64>, CodecError> {
    let mut numbers = Vec::with_capacity(count);
    if count == 0 {
        return Ok(numbers);
    }
    let head = reader.octet()?;
    let order = head & ORDER;
    if head & !(ORDER | SAME) != 0 || order > MOST_ORDER || usize::from(order) > count {
        return Err(CodecError::Malformed(
            "a column begins with no way to write it",
        ));
    }
    let mut heads = [0; MOST_ORDER as usize];
    for head in heads.iter_mut().take(order.into()) {
        *head = reader.signed()?;
    }
    let rest = count - usize::from(order);
    if rest > 0 && head & SAME != 0 {
        numbers.resize(rest, reader.signed()?);
    } else {
        let mut left = rest;
        while left > 0 {
            let group = left.min(GROUP);
            take_group(reader, group, &mut numbers)?;
            left -= group;
        }
    }
    for head in heads.iter().take(order.into()).rev() {
        sum_up(*head, &mut numbers);
    }
    Ok(numbers)
}

/// Undoes [`difference`].
fn sum_up(first: i64, numbers: &mut Vec<i64>) {
    let mut sum = first;
    for number in numbers.iter_mut() {
        let difference = *number;
        *number = sum;
        sum = sum.wrapping_add(difference);
    }
    numbers.push(sum);
}

fn take_group(
    reader: &mut Reader<'_>,
    count: usize,
    numbers: &mut Vec<i64>,
) -> Result<(), CodecError> {
    let lowest = reader.signed()?;
    let bits = u32::from(reader.octet()?);
    if bits > 64 {
        return Err(CodecError::Malformed("a number has more than 64 bits"));
    }
    let mut packed = reader.octets(packed_len(count, bits))?;
    let mask = u64::MAX.checked_shr(64 - bits).unwrap_or(0);
    let mut held = 0_u128;
    let mut filled = 0;
    for _ in 0..count {
        if filled < bits {
            let (next, length) = next_word(&mut packed);
            held |= u128::from(next) << filled;
            filled += length;
        }
        let distance = low_half(held) & mask;
        numbers.push(lowest.wrapping_add(distance.cast_signed()));
        held >>= bits;
        filled = filled.saturating_sub(bits);
    }
    Ok(())
}

/// The next eight octets, or those that are left, and how many bits that is.
fn next_word(packed: &mut &[u8]) -> (u64, u32) {
    if let Some((word, rest)) = packed.split_first_chunk::<8>() {
        *packed = rest;
        return (u64::from_le_bytes(*word), 64);
    }
    let mut word = [0; 8];
    for (to, from) in word.iter_mut().zip(packed.iter()) {
        *to = *from;
    }
    *packed = &[];
    (u64::from_le_bytes(word), 64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::wire::reader;
    use super::*;

    fn encoded(numbers: &[i64]) -> Vec<u8> {
        let mut out = Vec::new();
        encode(numbers, &mut out);
        out
    }

    fn decoded(octets: &[u8], count: usize) -> Result<Vec<i64>, CodecError> {
        let mut reader = reader(octets);
        let numbers = decode(&mut reader, count)?;
        reader.end().map(|()| numbers)
    }

    proptest! {
        #[test]
        fn any_column_comes_back(
            numbers in proptest::collection::vec((any::<i64>(), 0_u32..64), 0..200),
            shift in 0_u32..64,
        ) {
            let mixed: Vec<_> = numbers.iter().map(|(n, shift)| n >> shift).collect();
            prop_assert_eq!(decoded(&encoded(&mixed), mixed.len()), Ok(mixed));
            let alike: Vec<_> = numbers.iter().map(|(n, _)| n >> shift).collect();
            prop_assert_eq!(decoded(&encoded(&alike), alike.len()), Ok(alike));
        }

        #[test]
        fn a_slope_comes_back(first in any::<i64>(), by in any::<i64>(), count in 0_usize..100) {
            let mut numbers = vec![first; count];
            for at in 1..count {
                numbers[at] = numbers[at - 1].wrapping_add(by);
            }
            prop_assert_eq!(decoded(&encoded(&numbers), count), Ok(numbers));
        }

        #[test]
        fn no_octets_panic(octets in proptest::collection::vec(any::<u8>(), 0..80), count in 0_usize..200) {
            let _ = decoded(&octets, count);
        }
    }

    #[test]
    fn what_is_regular_takes_a_few_octets() {
        let slope: Vec<i64> = (0..1000).map(|n| 1_800_000_000_000 + n * 60_000).collect();
        assert!(encoded(&slope).len() <= 12, "{:?}", encoded(&slope));
        assert!(encoded(&[5; 1000]).len() <= 3);
        assert_eq!(encoded(&[7]).len(), 2);
        assert_eq!(encoded(&[]).len(), 0);
    }

    #[test]
    fn steps_of_a_few_units_take_a_few_bits() {
        let steps: Vec<i64> = (0..320).map(|n| 2_150 + n % 7 - n % 3).collect();
        assert!(encoded(&steps).len() < 320 * 5 / 8);
    }
}

//! A column of numbers with a point. Most were written with a few decimals: those are whole numbers of
//! hundredths or the like, with what the nearest such number lacks to the bits beside it (nothing, or a
//! few steps after sums). Others are written as the bits in which each differs from the one before.
//!
//! ```text
//! column = decimals (0..=9), column of whole numbers, column of steps
//!        | 255, (octets << 4 | zero octets at the end, the octets between)*
//! ```

use super::wire::Reader;
use super::{CodecError, ints};

const BITWISE: u8 = 255;
const MOST_DECIMALS: u8 = 9;
/// Decimals that are tried when no number of decimals makes all numbers exact.
const MOST_TRIED: u8 = 6;
/// Whole numbers up to this are exact.
const MOST_EXACT: f64 = 9_007_199_254_740_992.0;

/// A width of numbers with a point.
pub(super) trait Float: Copy {
    /// The bits, as a number.
    fn bits(self) -> i64;
    fn of_bits(bits: i64) -> Self;
    fn wide(self) -> f64;
    fn narrow(number: f64) -> Self;
}

impl Float for f64 {
    fn bits(self) -> i64 {
        self.to_bits().cast_signed()
    }

    fn of_bits(bits: i64) -> Self {
        Self::from_bits(bits.cast_unsigned())
    }

    fn wide(self) -> f64 {
        self
    }

    fn narrow(number: f64) -> Self {
        number
    }
}

impl Float for f32 {
    fn bits(self) -> i64 {
        self.to_bits().into()
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "only the lower half was written"
    )]
    fn of_bits(bits: i64) -> Self {
        Self::from_bits(bits.cast_unsigned() as u32)
    }

    fn wide(self) -> f64 {
        self.into()
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "the nearest is what is wanted"
    )]
    fn narrow(number: f64) -> Self {
        number as Self
    }
}

/// The number of which `whole` are units of this many decimals.
#[expect(
    clippy::cast_precision_loss,
    reason = "what differs is written beside it"
)]
fn number<F: Float>(whole: i64, decimals: u8) -> F {
    F::narrow(whole as f64 / power(decimals))
}

fn power(decimals: u8) -> f64 {
    10_f64.powi(decimals.into())
}

/// How many units a number is; none when it is none, or too many.
fn whole<F: Float>(number: F, decimals: u8) -> Option<i64> {
    let units = (number.wide() * power(decimals)).round();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is whole and not too high"
    )]
    let whole = (units.abs() < MOST_EXACT).then_some(units as i64);
    whole
}

/// Writes a column.
pub(super) fn encode<F: Float>(numbers: &[F], out: &mut Vec<u8>) {
    if numbers.is_empty() {
        return;
    }
    let is_exact = |decimals| {
        let exact = |&n: &F| {
            whole(n, decimals).is_some_and(|w| number::<F>(w, decimals).bits() == n.bits())
        };
        numbers.iter().all(exact)
    };
    if let Some(column) = (0..=MOST_DECIMALS)
        .find(|d| is_exact(*d))
        .and_then(|d| decimal(numbers, d))
    {
        out.extend(column);
        return;
    }
    let mut best = bitwise(numbers);
    for column in (0..=MOST_TRIED).filter_map(|decimals| decimal(numbers, decimals)) {
        if column.len() < best.len() {
            best = column;
        }
    }
    out.extend(best);
}

fn decimal<F: Float>(numbers: &[F], decimals: u8) -> Option<Vec<u8>> {
    let wholes: Option<Vec<i64>> = numbers.iter().map(|&n| whole(n, decimals)).collect();
    let wholes = wholes?;
    let steps = numbers.iter().zip(&wholes).map(|(n, &whole)| {
        let nearest = number::<F>(whole, decimals);
        n.bits().wrapping_sub(nearest.bits())
    });
    let steps: Vec<i64> = steps.collect();
    let mut out = vec![decimals];
    ints::encode(&wholes, &mut out);
    ints::encode(&steps, &mut out);
    Some(out)
}

fn bitwise<F: Float>(numbers: &[F]) -> Vec<u8> {
    let mut out = vec![BITWISE];
    let mut before = 0;
    for number in numbers {
        let bits = number.bits();
        let differing = bits ^ before;
        before = bits;
        let zeros = (differing.trailing_zeros() / 8).min(7);
        let octets = (differing >> (zeros * 8)).cast_unsigned();
        let length = (64 - octets.leading_zeros()).div_ceil(8);
        let [head, ..] = (length << 4 | zeros).to_le_bytes();
        out.push(head);
        out.extend(octets.to_le_bytes().iter().take(length as usize));
    }
    out
}

/// Reads a column of `count` numbers. The caller has bounded the count.
pub(super) fn decode<F: Float>(
    reader: &mut Reader<'_>,
    count: usize,
) -> Result<Vec<F>, CodecError> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let decimals = reader.octet()?;
    if decimals == BITWISE {
        return bits_of(reader, count);
    }
    if decimals > MOST_DECIMALS {
        return Err(CodecError::Malformed("a number has too many decimals"));
    }
    let wholes = ints::decode(reader, count)?;
    let steps = ints::decode(reader, count)?;
    let numbers = wholes.iter().zip(&steps).map(|(&whole, steps)| {
        let nearest = number::<F>(whole, decimals);
        F::of_bits(nearest.bits().wrapping_add(*steps))
    });
    Ok(numbers.collect())
}

fn bits_of<F: Float>(reader: &mut Reader<'_>, count: usize) -> Result<Vec<F>, CodecError> {
    let mut numbers = Vec::with_capacity(count);
    let mut before = 0_u64;
    for _ in 0..count {
        let head = reader.octet()?;
        let (length, zeros) = (head >> 4, head & 0xF);
        if length > 8 || zeros > 7 {
            return Err(CodecError::Malformed("a number has more than 8 octets"));
        }
        let octets = reader.octets(length.into())?;
        let mut word = [0; 8];
        for (to, from) in word.iter_mut().zip(octets) {
            *to = *from;
        }
        before ^= u64::from_le_bytes(word) << (u32::from(zeros) * 8);
        numbers.push(F::of_bits(before.cast_signed()));
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::wire::reader;
    use super::*;

    fn same<F: Float>(numbers: &[F]) -> usize {
        let mut out = Vec::new();
        encode(numbers, &mut out);
        let mut reader = reader(&out);
        let found: Vec<F> = decode(&mut reader, numbers.len()).unwrap();
        reader.end().unwrap();
        let bits = |numbers: &[F]| numbers.iter().map(|n| n.bits()).collect::<Vec<_>>();
        assert_eq!(bits(&found), bits(numbers));
        out.len()
    }

    proptest! {
        #[test]
        fn any_bits_come_back(wide in proptest::collection::vec(any::<u64>(), 0..80)) {
            same::<f64>(&wide.iter().map(|&bits| f64::from_bits(bits)).collect::<Vec<_>>());
            same::<f32>(&wide.iter().map(|&bits| <f32 as Float>::of_bits(bits.cast_signed())).collect::<Vec<_>>());
        }

        #[test]
        fn decimals_come_back(
            whole in proptest::collection::vec(-1_000_000_i64..1_000_000, 1..80),
            decimals in 0_u8..=9,
        ) {
            let wide: Vec<f64> = whole.iter().map(|&whole| number(whole, decimals)).collect();
            same::<f64>(&wide);
            same::<f32>(&wide.iter().map(|&n| f32::narrow(n)).collect::<Vec<_>>());
            same::<f64>(&wide.iter().map(|n| n * 300_000.0 + n / 3.0).collect::<Vec<_>>());
        }

        #[test]
        fn no_octets_panic(octets in proptest::collection::vec(any::<u8>(), 0..80), count in 0_usize..100) {
            let _ = decode::<f64>(&mut reader(&octets), count);
            let _ = decode::<f32>(&mut reader(&octets), count);
        }
    }

    #[test]
    fn hundredths_take_about_an_octet() {
        let degrees = (0..512).map(|n| f64::from(2_150 + n % 17) / 100.0);
        assert!(same::<f64>(&degrees.collect::<Vec<_>>()) < 512);
    }

    #[test]
    fn sums_of_decimals_take_a_few_octets() {
        let sums = (0..256).map(|n| {
            (0..10)
                .map(|m| f64::from(2_150 + n + m) / 100.0 * 30_000.0)
                .sum()
        });
        assert!(same::<f64>(&sums.collect::<Vec<_>>()) < 256 * 4);
    }

    #[test]
    fn what_equals_nothing_comes_back() {
        same::<f64>(&[
            f64::NAN,
            -f64::NAN,
            f64::INFINITY,
            -0.0,
            0.0,
            f64::MIN_POSITIVE,
            1e300,
        ]);
        same::<f32>(&[f32::NAN, -0.0, f32::NEG_INFINITY, 17.9, f32::MAX]);
    }
}

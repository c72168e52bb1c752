//! An amount of energy: whole milliwatt-hours, the unit of Matter's meters.
//!
//! Sums are exact; beyond the range of 64 bits (nine million GWh) they stay at its end. An amount is
//! split over time so that its parts always sum up to the whole, wherever it is cut.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// An amount of energy in mWh.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MilliwattHours(pub i64);

impl MilliwattHours {
    /// No energy.
    pub const ZERO: Self = Self(0);

    /// So many kilowatt-hours.
    #[must_use]
    pub const fn from_kwh(kwh: i64) -> Self {
        Self(kwh.saturating_mul(1_000_000))
    }

    /// So many watt-hours, to the nearest mWh; none if that is no number or too many.
    #[must_use]
    pub fn from_wh(wh: f64) -> Option<Self> {
        const LIMIT: f64 = 9e18;
        let mwh = (wh * 1e3).round();
        #[expect(clippy::cast_possible_truncation, reason = "whole, and checked to fit")]
        (mwh.abs() <= LIMIT).then_some(Self(mwh as i64))
    }

    /// The amount in kilowatt-hours, for people and charts.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "for display: exact to nine million kWh"
    )]
    pub fn kwh(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// What of it falls between two moments of the `whole_us` over which it is spread evenly, given as
    /// microseconds from the start. Parts that touch sum up to their union exactly.
    pub(crate) fn between(self, from_us: i64, to_us: i64, whole_us: i64) -> Self {
        self.until(to_us, whole_us) - self.until(from_us, whole_us)
    }

    /// What of it falls before a moment, rounded down.
    fn until(self, at_us: i64, whole_us: i64) -> Self {
        if at_us <= 0 {
            return Self::ZERO;
        }
        if at_us >= whole_us {
            return self;
        }
        let part = (i128::from(self.0) * i128::from(at_us)).div_euclid(i128::from(whole_us));
        Self(clamped(part))
    }

    /// The amount a day of 24 hours at the same rate, rounded down; none if no time passed.
    pub(crate) fn per_day(self, elapsed_us: i64) -> Self {
        let day = i128::from(self.0) * i128::from(DAY_US);
        Self(clamped(
            day.checked_div_euclid(i128::from(elapsed_us)).unwrap_or(0),
        ))
    }
}

impl Add for MilliwattHours {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for MilliwattHours {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for MilliwattHours {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for MilliwattHours {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// The nearest number that fits.
pub(crate) fn clamped(number: i128) -> i64 {
    let end = if number < 0 { i64::MIN } else { i64::MAX };
    i64::try_from(number).unwrap_or(end)
}

/// 24 hours in microseconds.
pub(crate) const DAY_US: i64 = 86_400_000_000;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::repeatable;

    #[test]
    fn an_amount_is_split_by_time() {
        let amount = MilliwattHours(10);
        assert_eq!(amount.between(0, 1, 3), MilliwattHours(3));
        assert_eq!(amount.between(1, 2, 3), MilliwattHours(3));
        assert_eq!(amount.between(2, 3, 3), MilliwattHours(4));
        assert_eq!(amount.between(-5, 50, 3), amount);
    }

    #[test]
    fn watt_hours_are_read_to_the_nearest() {
        assert_eq!(MilliwattHours::from_wh(1.2346), Some(MilliwattHours(1_235)));
        assert_eq!(MilliwattHours::from_wh(-0.5), Some(MilliwattHours(-500)));
        for no_amount in [f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(MilliwattHours::from_wh(no_amount), None);
        }
        assert_eq!(MilliwattHours::from_kwh(2).kwh(), 2.0);
    }

    proptest! {
        #![proptest_config(repeatable(256))]

        #[test]
        fn parts_sum_up_to_the_whole(amount: i64, whole in 1_i64..=DAY_US, a: i64, b: i64) {
            let amount = MilliwattHours(amount / 2);
            let (a, b) = (a.rem_euclid(whole), b.rem_euclid(whole));
            let (a, b) = (a.min(b), a.max(b));
            let parts = [(0, a), (a, b), (b, whole)];
            let sum: MilliwattHours = parts
                .into_iter()
                .map(|(from, to)| amount.between(from, to, whole))
                .sum();
            prop_assert_eq!(sum, amount);
        }

        #[test]
        fn no_numbers_panic(amount: i64, from: i64, to: i64, whole: i64) {
            let _ = MilliwattHours(amount).between(from, to, whole);
            let _ = MilliwattHours(amount).per_day(whole);
            let _ = MilliwattHours(amount) + MilliwattHours(from) - MilliwattHours(to);
        }
    }
}

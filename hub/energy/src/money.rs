//! Prices and money, exact: whole numbers of a small fraction of the currency's unit.
//!
//! A price counts billionths of the unit (`0.3142` is 314 200 000), an energy mWh, which are millionths
//! of a kWh. So their product counts 10⁻¹⁵ of the unit, which is what [`Money`] counts: costs are never
//! rounded, only what is shown to people is.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::amount::{DAY_US, MilliwattHours};
use crate::decimal::{self, DecimalError};

/// Money for a kWh or for a day, in billionths of the currency's unit. Text: `0.3142`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(i64);

impl Price {
    /// The price in billionths, if it is not beyond [`Price::LARGEST`].
    #[must_use]
    pub fn from_billionths(billionths: i64) -> Option<Self> {
        let limit = u64::try_from(Self::LARGEST * Self::UNIT).ok()?;
        (billionths.unsigned_abs() <= limit).then_some(Self(billionths))
    }

    /// What that much energy costs at this price a kWh.
    #[must_use]
    pub fn of(self, energy: MilliwattHours) -> Money {
        Money(i128::from(self.0) * i128::from(energy.0))
    }

    /// The amount itself.
    #[must_use]
    pub fn once(self) -> Money {
        Money(i128::from(self.0) * 1_000_000)
    }

    /// The largest price, and the most negative one without its sign: a million of the unit.
    pub const LARGEST: i64 = 1_000_000;
    const UNIT: i64 = 1_000_000_000;
    const PLACES: usize = 9;
}

impl FromStr for Price {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let too_large = DecimalError::TooLarge(Self::LARGEST);
        let billionths = decimal::parse(text, Self::PLACES).map_err(|error| match error {
            DecimalError::TooLarge(_) => too_large,
            other => other,
        })?;
        let billionths = i64::try_from(billionths).map_err(|_| too_large)?;
        Self::from_billionths(billionths).ok_or(too_large)
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal::show(i128::from(self.0), Self::PLACES))
    }
}

/// An amount of money in 10⁻¹⁵ of the currency's unit; its currency is told beside it.
///
/// As JSON it is a text with all decimals that it has, so that no reader loses any: `"3.4200000042"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i128);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The amount rounded to so many decimals, halves away from zero: `3.42`. At most 15 are written.
    #[must_use]
    pub fn rounded(self, decimals: usize) -> String {
        let decimals = decimals.min(Self::PLACES);
        let cut = u32::try_from(Self::PLACES - decimals).unwrap_or(0);
        let unit = 10_i128.saturating_pow(cut);
        let half = if self.0 < 0 { -(unit / 2) } else { unit / 2 };
        decimal::show_all(self.0.saturating_add(half) / unit, decimals)
    }

    /// What of it falls between two moments of the `whole_us` over which it is spread evenly, given as
    /// microseconds from the start. Parts that touch sum up to their union exactly.
    pub(crate) fn between(self, from_us: i64, to_us: i64, whole_us: i64) -> Self {
        self.until(to_us, whole_us) - self.until(from_us, whole_us)
    }

    fn until(self, at_us: i64, whole_us: i64) -> Self {
        if at_us <= 0 {
            return Self::ZERO;
        }
        if at_us >= whole_us {
            return self;
        }
        let part = self.0.saturating_mul(i128::from(at_us));
        Self(part.div_euclid(i128::from(whole_us)))
    }

    /// The amount a day of 24 hours at the same rate, rounded down; none if no time passed.
    pub(crate) fn per_day(self, elapsed_us: i64) -> Self {
        let day = self.0.saturating_mul(i128::from(DAY_US));
        Self(day.checked_div_euclid(i128::from(elapsed_us)).unwrap_or(0))
    }

    const PLACES: usize = 15;
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Money {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Money {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl FromStr for Money {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        decimal::parse(text, Self::PLACES).map(Self)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal::show(self.0, Self::PLACES))
    }
}

/// A currency by its ISO 4217 code: `EUR`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The code.
    #[must_use]
    pub fn code(&self) -> &str {
        // Three ASCII capitals, as `from_str` saw to.
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many decimals its amounts are told with: the minor unit of ISO 4217.
    #[must_use]
    pub fn decimals(&self) -> usize {
        const NONE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
        const THREE: &str = "BHD IQD JOD KWD LYD OMR TND";
        match self.code() {
            code if NONE.contains(code) => 0,
            code if THREE.contains(code) => 3,
            _ => 2,
        }
    }
}

/// A text is not written as the code of a currency is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a code of three capitals such as EUR")]
pub struct CurrencyError;

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        let code = <[u8; 3]>::try_from(text.as_bytes()).map_err(|_| CurrencyError)?;
        let is_code = code.iter().all(u8::is_ascii_uppercase);
        is_code.then_some(Self(code)).ok_or(CurrencyError)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// As JSON these are their texts.
macro_rules! as_text {
    ($($name:ty),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    )*};
}

as_text!(Price, Money, Currency);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::repeatable;

    #[test]
    fn costs_are_exact() {
        let price: Price = "0.3142".parse().unwrap();
        assert_eq!(price.of(MilliwattHours::from_kwh(3)).to_string(), "0.9426");
        assert_eq!(price.of(MilliwattHours(1)).to_string(), "0.0000003142");
        let tenths: Money = (0..10).map(|_| price.of(MilliwattHours::from_kwh(1))).sum();
        assert_eq!(tenths, "3.142".parse().unwrap());
        assert_eq!("0.42".parse::<Price>().unwrap().once().to_string(), "0.42");
    }

    #[test]
    fn only_what_is_shown_is_rounded() {
        let shown = |text: &str, decimals| text.parse::<Money>().unwrap().rounded(decimals);
        assert_eq!(shown("3.425", 2), "3.43");
        assert_eq!(shown("3.4249999", 2), "3.42");
        assert_eq!(shown("-3.425", 2), "-3.43");
        assert_eq!(shown("-0.001", 2), "0.00");
        assert_eq!(shown("1234.5", 0), "1235");
        assert_eq!(shown("0.000000000000001", 99), "0.000000000000001");
    }

    #[test]
    fn prices_beyond_reason_are_refused() {
        let why = |text: &str| text.parse::<Price>().unwrap_err().to_string();
        assert_eq!(why("1000000.1"), "must be between -1000000 and 1000000");
        assert_eq!(why(&"9".repeat(60)), "must be between -1000000 and 1000000");
        assert_eq!(why("0.0000000001"), "must have at most 9 decimals");
        assert_eq!(why("cheap"), "must be a decimal number such as 0.3142");
        assert!("-1000000".parse::<Price>().is_ok());
        assert!(Price::from_billionths(i64::MIN).is_none());
    }

    #[test]
    fn a_currency_is_three_capitals() {
        assert_eq!("EUR".parse::<Currency>().unwrap().to_string(), "EUR");
        for text in ["", "eur", "EU", "EURO", "€", "E1R"] {
            assert_eq!(text.parse::<Currency>(), Err(CurrencyError), "{text}");
        }
    }

    proptest! {
        #![proptest_config(repeatable(256))]

        #[test]
        fn money_survives_its_json(price in -1_000_000_000_000_000_i64..=1_000_000_000_000_000, energy: i64) {
            let money = Price::from_billionths(price).unwrap().of(MilliwattHours(energy));
            let json = serde_json::to_string(&money).unwrap();
            prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
            let _ = money.rounded(2);
        }

        #[test]
        fn parts_sum_up_to_the_whole(amount: i64, whole in 1_i64..=DAY_US, at: i64) {
            let amount = Money(i128::from(amount) * 1_000_000);
            let at = at.rem_euclid(whole);
            let sum = amount.between(0, at, whole) + amount.between(at, whole, whole);
            prop_assert_eq!(sum, amount);
        }
    }
}

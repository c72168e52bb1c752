//! The charge of each day, as far as the day is in a range.

use std::collections::BTreeMap;

use crate::money::{Currency, Money, Price};
use crate::range::{Day, Range};
use crate::settings::Settings;

/// The charges of a range by currency, out of the days that it is in, which ascend.
///
/// Hours and days of any length have their share of the day, and together exactly the charge.
pub(super) fn charges(
    range: Range,
    days: &[Day],
    settings: &Settings,
) -> BTreeMap<Currency, Money> {
    let first = days.partition_point(|day| day.whole.to() <= range.from());
    let days = days.iter().skip(first);
    let mut charges = BTreeMap::new();
    for day in days.take_while(|day| day.whole.from() < range.to()) {
        let (Some(tariff), Some(part)) = (settings.tariff_on(day.date), day.whole.and(range))
        else {
            continue;
        };
        if tariff.standing_per_day == Price::default() {
            continue;
        }
        let since = |at: hub_model::Timestamp| at.0 - day.whole.from().0;
        let charge = tariff.standing_per_day.once();
        let share = charge.between(since(part.from()), since(part.to()), day.whole.length_us());
        *charges.entry(tariff.currency).or_insert(Money::ZERO) += share;
    }
    charges
}

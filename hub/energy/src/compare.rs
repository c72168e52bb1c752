//! Two stretches of time beside each other: what changed a day.
//!
//! Stretches of different length are made comparable by dividing by their length, in days of 24 hours.
//! Only what both have is compared. A stretch with data missing is less than it was; so that is told.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::amount::MilliwattHours;
use crate::meter_id::MeterId;
use crate::money::{Currency, Money};
use crate::reckon::{Part, Reckoning};

/// What changed from one stretch to another, each a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// What the home used.
    pub consumption: Change<MilliwattHours>,
    /// From the grid.
    pub imported: Option<Change<MilliwattHours>>,
    /// To the grid.
    pub exported: Option<Change<MilliwattHours>>,
    /// What the sun gave.
    pub solar: Option<Change<MilliwattHours>>,
    /// What there was to pay.
    pub cost: BTreeMap<Currency, Change<Money>>,
    /// The own share of each device that is in both, by their ids.
    pub devices: Vec<DeviceChange>,
    /// Whether both have all data of every meter.
    pub is_complete: bool,
}

/// Something a day, in one stretch and in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change<T> {
    /// In the first.
    pub before: T,
    /// In the second.
    pub after: T,
    /// After less before: negative is saved.
    pub difference: T,
}

/// What changed of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceChange {
    /// Which.
    pub meter: MeterId,
    /// How.
    #[serde(flatten)]
    pub change: Change<MilliwattHours>,
}

/// What changed from one reckoning to another, as wholes.
#[must_use]
pub fn compare(before: &Reckoning, after: &Reckoning) -> Comparison {
    let (before, after) = (&before.whole, &after.whole);
    let spans = Spans {
        before_us: before.range.length_us(),
        after_us: after.range.length_us(),
    };
    let maybe = |amount: fn(&Part) -> Option<MilliwattHours>| {
        Some(spans.energy(amount(before)?, amount(after)?))
    };
    let other_device = |meter| after.devices.iter().find(|device| device.meter == meter);
    let devices = before.devices.iter().filter_map(|device| {
        let other = other_device(device.meter)?;
        let change = spans.energy(device.own, other.own);
        Some(DeviceChange {
            meter: device.meter,
            change,
        })
    });
    let cost = before.cost.iter().filter_map(|(currency, cost)| {
        let other = after.cost.get(currency)?;
        Some((*currency, spans.money(cost.net, other.net)))
    });
    Comparison {
        consumption: spans.energy(before.home.consumption, after.home.consumption),
        imported: maybe(|part| part.home.grid.map(|grid| grid.imported)),
        exported: maybe(|part| part.home.grid.map(|grid| grid.exported)),
        solar: maybe(|part| part.home.solar),
        cost: cost.collect(),
        devices: devices.collect(),
        is_complete: before.is_complete() && after.is_complete(),
    }
}

/// The lengths of both stretches.
struct Spans {
    before_us: i64,
    after_us: i64,
}

impl Spans {
    fn energy(&self, before: MilliwattHours, after: MilliwattHours) -> Change<MilliwattHours> {
        let before = before.per_day(self.before_us);
        let after = after.per_day(self.after_us);
        let difference = after - before;
        Change {
            before,
            after,
            difference,
        }
    }

    fn money(&self, before: Money, after: Money) -> Change<Money> {
        let before = before.per_day(self.before_us);
        let after = after.per_day(self.after_us);
        let difference = after - before;
        Change {
            before,
            after,
            difference,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::testing::{meter, range};
    use crate::{Measured, Period, Quality, Settings, Slice, reckon};

    fn reckoning(from: &str, to: &str, kwh: i64, settings: &Settings) -> Reckoning {
        let all = range(from, to);
        let slice = Slice {
            from: all.from(),
            to: all.to(),
            imported: MilliwattHours::from_kwh(kwh),
            exported: MilliwattHours::ZERO,
            quality: Quality::Complete,
        };
        let meter = |node| Measured {
            meter: meter(node),
            name: format!("meter {node}"),
            room: None,
            slices: vec![slice],
        };
        let measured = [meter(1), meter(u64::try_from(kwh).unwrap())];
        reckon(settings, &measured, &TimeZone::UTC, Period::Month, all).unwrap()
    }

    #[test]
    fn stretches_of_different_length_are_compared_by_day() {
        let settings = Settings::from_text(
            r#"{ "version": 1,
                "meters": [{ "node": 1, "endpoint": 1, "role": "grid" }],
                "tariffs": [{ "from": "2026-01-01", "currency": "EUR", "import": { "default": 0.5 } }] }"#,
        )
        .unwrap();
        let january = reckoning(
            "2026-01-01T00:00:00Z",
            "2026-02-01T00:00:00Z",
            310,
            &settings,
        );
        let week = reckoning(
            "2026-02-01T00:00:00Z",
            "2026-02-08T00:00:00Z",
            56,
            &settings,
        );
        let comparison = compare(&january, &week);
        let change = Change {
            before: MilliwattHours::from_kwh(10),
            after: MilliwattHours::from_kwh(8),
            difference: MilliwattHours::from_kwh(-2),
        };
        assert_eq!(comparison.consumption, change);
        assert_eq!(comparison.imported, Some(change));
        assert_eq!(comparison.solar, None);
        let cost = comparison.cost[&"EUR".parse().unwrap()];
        assert_eq!(cost.difference.to_string(), "-1");
        assert_eq!(comparison.devices, [], "meter 310 is not in the week");
        assert!(comparison.is_complete);
    }
}

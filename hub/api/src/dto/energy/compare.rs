//! Two stretches of time beside each other.

use std::collections::BTreeMap;

use energy::{Change, Comparison, MilliwattHours, Range};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::wh;
use crate::dto::ms;

/// What changed from one stretch of time to another; all amounts are those of a day of 24 hours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EnergyComparison {
    /// The stretch that is compared with.
    pub before: EnergySpan,
    /// The stretch that was asked for.
    pub after: EnergySpan,
    /// What the home used.
    pub consumption: EnergyChange,
    /// From the grid, if both have a meter of it.
    pub imported: Option<EnergyChange>,
    /// To the grid, if both have a meter of it.
    pub exported: Option<EnergyChange>,
    /// What the sun gave, if both have a meter of that.
    pub solar: Option<EnergyChange>,
    /// What there was to pay, by currency.
    pub cost: BTreeMap<String, MoneyChange>,
    /// The own share of each device that is in both, by their ids.
    pub devices: Vec<EnergyDeviceChange>,
    /// Whether both have all data of every meter; else less was told than was used.
    pub complete: bool,
}

/// A stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnergySpan {
    /// When it begins.
    pub from_ms: i64,
    /// When it ends.
    pub to_ms: i64,
}

/// Energy a day, in watt-hours.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EnergyChange {
    /// In the first stretch.
    pub before_wh: f64,
    /// In the second.
    pub after_wh: f64,
    /// After less before: negative is saved.
    pub difference_wh: f64,
}

/// Money a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MoneyChange {
    /// In the first stretch.
    pub before: String,
    /// In the second.
    pub after: String,
    /// After less before: negative is saved.
    pub difference: String,
}

/// What changed of a device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EnergyDeviceChange {
    /// Which meter: `0x12/1`.
    pub meter: String,
    /// What people call it.
    pub name: String,
    /// How.
    #[serde(flatten)]
    pub change: EnergyChange,
}

impl EnergySpan {
    fn of(range: Range) -> Self {
        Self {
            from_ms: ms(range.from()),
            to_ms: ms(range.to()),
        }
    }
}

impl EnergyComparison {
    /// `name` says what a meter is called.
    pub(crate) fn of(
        comparison: &Comparison,
        before: Range,
        after: Range,
        name: impl Fn(energy::MeterId) -> String,
    ) -> Self {
        let cost = comparison.cost.iter().map(|(currency, change)| {
            let change = MoneyChange {
                before: change.before.to_string(),
                after: change.after.to_string(),
                difference: change.difference.to_string(),
            };
            (currency.to_string(), change)
        });
        let devices = comparison.devices.iter().map(|device| EnergyDeviceChange {
            meter: device.meter.to_string(),
            name: name(device.meter),
            change: EnergyChange::from(device.change),
        });
        Self {
            before: EnergySpan::of(before),
            after: EnergySpan::of(after),
            consumption: comparison.consumption.into(),
            imported: comparison.imported.map(Into::into),
            exported: comparison.exported.map(Into::into),
            solar: comparison.solar.map(Into::into),
            cost: cost.collect(),
            devices: devices.collect(),
            complete: comparison.is_complete,
        }
    }
}

impl From<Change<MilliwattHours>> for EnergyChange {
    fn from(change: Change<MilliwattHours>) -> Self {
        Self {
            before_wh: wh(change.before),
            after_wh: wh(change.after),
            difference_wh: wh(change.difference),
        }
    }
}

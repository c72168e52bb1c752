//! The shape of what is reckoned.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::amount::MilliwattHours;
use crate::meter_id::MeterId;
use crate::money::{Currency, Money};
use crate::range::{Period, Range};
use crate::settings::Role;

/// What the home used, by period and altogether.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reckoning {
    /// What the parts are.
    pub period: Period,
    /// What the consumption of the home is reckoned from.
    pub basis: Basis,
    /// The meters that were reckoned with, by their ids.
    pub meters: Vec<MeterInfo>,
    /// The periods, in order and without a gap.
    pub parts: Vec<Part>,
    /// The whole range.
    pub whole: Part,
}

/// What the consumption of the home is reckoned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// What came in less what went out, as there is a meter of the grid.
    Balance,
    /// What the devices measured: there is no meter of the grid.
    Devices,
}

/// A meter of the reckoning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeterInfo {
    /// Which.
    pub meter: MeterId,
    /// What people call it.
    pub name: String,
    /// The room it is in.
    pub room: Option<String>,
    /// What it measures.
    pub role: Role,
    /// The nearest meter behind which it is, of those that were reckoned with.
    pub parent: Option<MeterId>,
}

/// A period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// When.
    #[serde(flatten)]
    pub range: Range,
    /// The home as a whole.
    pub home: Balance,
    /// Each meter of a device, by their ids.
    pub devices: Vec<DeviceUse>,
    /// Each room with such a meter, by name; first those in no room.
    pub rooms: Vec<RoomUse>,
    /// What no meter of a device measured.
    pub rest: Rest,
    /// What it cost: one entry unless the currency changes. None of a time without a tariff.
    pub cost: BTreeMap<Currency, Cost>,
    /// What came from the grid when no tariff said what it costs.
    pub unpriced: MilliwattHours,
    /// The meters without data for all of the time; empty when nothing is missing.
    pub missing: Vec<Missing>,
}

/// Where energy came from and where it went.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    /// The grid, if it has a meter.
    pub grid: Option<Grid>,
    /// What the sun gave, if that has a meter.
    pub solar: Option<MilliwattHours>,
    /// The batteries, if they have a meter.
    pub battery: Option<Battery>,
    /// What the home used. Negative only when meters disagree or one has no data.
    pub consumption: MilliwattHours,
    /// The share of the solar energy that was not exported, 0 to 1; none without a meter of the grid or
    /// without sun.
    pub self_consumption: Option<f64>,
    /// The share of the consumption that did not come from the grid, 0 to 1; none without meters of the
    /// grid and of the sun, or without consumption.
    pub self_sufficiency: Option<f64>,
}

/// What went through the connection to the grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    /// From the grid.
    pub imported: MilliwattHours,
    /// To the grid.
    pub exported: MilliwattHours,
}

/// What went through the batteries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Battery {
    /// Into them.
    pub charged: MilliwattHours,
    /// Out of them.
    pub discharged: MilliwattHours,
}

/// What a meter of a device measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceUse {
    /// Which.
    pub meter: MeterId,
    /// All that went through it.
    pub used: MilliwattHours,
    /// The same without what the meters behind it used; negative when those measured more.
    pub own: MilliwattHours,
    /// What its own share costs from the grid at the time it was used, whatever the sun gave then.
    pub cost: BTreeMap<Currency, Money>,
}

/// What the devices of a room used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomUse {
    /// The room; none of those that are in no room.
    pub room: Option<String>,
    /// The own shares of its meters.
    pub used: MilliwattHours,
    /// What that costs from the grid.
    pub cost: BTreeMap<Currency, Money>,
}

/// What is between the home and its devices. One of the two is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    /// What the home used and no device measured.
    pub used: MilliwattHours,
    /// What devices measured beyond what the home used: a role or a parent is wrong, or data is missing.
    pub excess: MilliwattHours,
}

/// What a period cost in one currency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Energy from the grid by the names of bands. Without a meter of the grid: what the home used.
    pub import: BTreeMap<String, BandUse>,
    /// Energy to the grid by the names of bands, and what it earned.
    pub export: BTreeMap<String, BandUse>,
    /// What the energy from the grid cost.
    pub imported: Money,
    /// What the energy to the grid earned.
    pub exported: Money,
    /// The charge of the days.
    pub standing: Money,
    /// What is to be paid: imported and standing, less exported.
    pub net: Money,
}

/// Energy at the prices of one band.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BandUse {
    /// How much.
    pub energy: MilliwattHours,
    /// Its price altogether.
    pub money: Money,
}

/// For how long a meter has no data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Whose.
    pub meter: MeterId,
    /// Without any, in whole seconds.
    pub missing_s: i64,
    /// With some of it, in whole seconds.
    pub partial_s: i64,
}

impl Missing {
    /// The hours without any data, for people.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "seconds of ten years are exact")]
    pub fn hours(&self) -> f64 {
        self.missing_s as f64 / 3_600.0
    }
}

impl Part {
    /// Whether every meter has data for all of it.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }
}

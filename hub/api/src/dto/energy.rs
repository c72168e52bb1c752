//! Energy: what the home used by period, device and room, and what that cost.
//!
//! Energy is in watt-hours (`_wh`), exact to a thousandth. Money is decimal text with all decimals that
//! it has, so that no reader loses any; its currency is the key or stands beside it.

mod compare;
mod meters;
mod prices;
mod settings;

use std::collections::BTreeMap;

use energy::{Currency, MilliwattHours, Money};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ms;

pub use compare::{EnergyChange, EnergyComparison, EnergyDeviceChange, EnergySpan, MoneyChange};
pub use meters::{EnergyMeter, EnergyMeterNow, EnergyMeters, EnergyRole, EnergySource};
pub use prices::{EnergyPrice, EnergyPrices, EnergyRate};
pub use settings::{
    EnergyBand, EnergyMeterRole, EnergyPriceList, EnergySettings, EnergySettingsBody, EnergyTariff,
    MeterKey,
};

/// What the home used, by period and altogether.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Energy {
    /// When the range begins.
    pub from_ms: i64,
    /// When it ends: not after the present.
    pub to_ms: i64,
    /// What the parts are.
    pub every: Every,
    /// The time zone by whose clock and calendar they are cut.
    pub zone: String,
    /// What the consumption of the home is reckoned from.
    pub basis: EnergyBasis,
    /// The meters that were reckoned with, by their ids.
    pub meters: Vec<EnergyMeter>,
    /// The periods, in order and without a gap; the first and the last are only as long as the range
    /// has them.
    pub parts: Vec<EnergyPart>,
    /// The whole range.
    pub whole: EnergyPart,
}

/// The periods into which a range is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Hours of the home's clock.
    Hour,
    /// Days of its calendar.
    Day,
    /// Months of its calendar.
    Month,
}

/// What the consumption of the home is reckoned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EnergyBasis {
    /// What came in less what went out, as there is a meter of the grid.
    Balance,
    /// What the devices measured: there is no meter of the grid.
    Devices,
}

/// A period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EnergyPart {
    /// When it begins.
    pub from_ms: i64,
    /// When it ends.
    pub to_ms: i64,
    /// The home as a whole.
    pub home: EnergyBalance,
    /// Each meter of a device, by their ids.
    pub devices: Vec<DeviceEnergy>,
    /// Each room with such a meter, by name; first those in no room.
    pub rooms: Vec<RoomEnergy>,
    /// What the home used and no device measured, in watt-hours.
    pub unmeasured_wh: f64,
    /// What devices measured beyond what the home used, in watt-hours: a role or a parent is wrong, or
    /// data is missing.
    pub excess_wh: f64,
    /// What it cost, by currency; none of a time without a tariff. Without a meter of the grid it is
    /// what the devices would cost from the grid.
    pub cost: BTreeMap<String, EnergyCost>,
    /// What came from the grid when no tariff said what it costs, in watt-hours.
    pub unpriced_wh: f64,
    /// The meters without data for all of the time; empty when nothing is missing.
    pub missing: Vec<EnergyMissing>,
}

/// Where energy came from and where it went.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EnergyBalance {
    /// What the home used, in watt-hours. Negative only when meters disagree or one has no data.
    pub consumption_wh: f64,
    /// The grid, if it has a meter.
    pub grid: Option<GridEnergy>,
    /// What the sun gave, in watt-hours, if that has a meter.
    pub solar_wh: Option<f64>,
    /// The batteries, if they have a meter.
    pub battery: Option<BatteryEnergy>,
    /// The share of the solar energy that was not exported, 0 to 1.
    pub self_consumption: Option<f64>,
    /// The share of the consumption that did not come from the grid, 0 to 1.
    pub self_sufficiency: Option<f64>,
}

/// What went through the connection to the grid.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GridEnergy {
    /// From the grid, in watt-hours.
    pub imported_wh: f64,
    /// To the grid, in watt-hours.
    pub exported_wh: f64,
}

/// What went through the batteries.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BatteryEnergy {
    /// Into them, in watt-hours.
    pub charged_wh: f64,
    /// Out of them, in watt-hours.
    pub discharged_wh: f64,
}

/// What a meter of a device measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeviceEnergy {
    /// Which: `0x12/1`.
    pub meter: String,
    /// All that went through it, in watt-hours.
    pub used_wh: f64,
    /// The same without what the meters behind it used; negative when those measured more.
    pub own_wh: f64,
    /// What its own share costs from the grid at the time it was used, by currency.
    pub cost: BTreeMap<String, String>,
}

/// What the devices of a room used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RoomEnergy {
    /// The room; none of those that are in no room.
    pub room: Option<String>,
    /// The own shares of its meters, in watt-hours.
    pub used_wh: f64,
    /// What that costs from the grid, by currency.
    pub cost: BTreeMap<String, String>,
}

/// What a period cost in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnergyCost {
    /// What is to be paid: imported and standing, less exported.
    pub net: String,
    /// What the energy from the grid cost.
    pub imported: String,
    /// What the energy to the grid earned.
    pub exported: String,
    /// The charge of the days.
    pub standing: String,
    /// Energy from the grid by the names of bands.
    pub import: BTreeMap<String, BandEnergy>,
    /// Energy to the grid by the names of bands.
    pub export: BTreeMap<String, BandEnergy>,
}

/// Energy at the prices of one band.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BandEnergy {
    /// How much, in milliwatt-hours.
    pub energy_mwh: i64,
    /// Its price altogether.
    pub money: String,
}

/// For how long a meter has no data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnergyMissing {
    /// Whose: `0x12/1`.
    pub meter: String,
    /// Without any, in whole seconds.
    pub missing_s: i64,
    /// With some of it, or with an amount of which it is not known when it was used, in whole seconds.
    pub partial_s: i64,
}

impl EnergyPart {
    pub(crate) fn of(part: &energy::Part) -> Self {
        let device = |device: &energy::DeviceUse| DeviceEnergy {
            meter: device.meter.to_string(),
            used_wh: wh(device.used),
            own_wh: wh(device.own),
            cost: by_currency(&device.cost),
        };
        let room = |room: &energy::RoomUse| RoomEnergy {
            room: room.room.clone(),
            used_wh: wh(room.used),
            cost: by_currency(&room.cost),
        };
        let missing = |missing: &energy::Missing| EnergyMissing {
            meter: missing.meter.to_string(),
            missing_s: missing.missing_s,
            partial_s: missing.partial_s,
        };
        let costs = part.cost.iter();
        Self {
            from_ms: ms(part.range.from()),
            to_ms: ms(part.range.to()),
            home: EnergyBalance::of(&part.home),
            devices: part.devices.iter().map(device).collect(),
            rooms: part.rooms.iter().map(room).collect(),
            unmeasured_wh: wh(part.rest.used),
            excess_wh: wh(part.rest.excess),
            cost: costs
                .map(|(currency, cost)| (currency.to_string(), EnergyCost::of(cost)))
                .collect(),
            unpriced_wh: wh(part.unpriced),
            missing: part.missing.iter().map(missing).collect(),
        }
    }
}

impl EnergyBalance {
    fn of(home: &energy::Balance) -> Self {
        Self {
            consumption_wh: wh(home.consumption),
            grid: home.grid.map(|grid| GridEnergy {
                imported_wh: wh(grid.imported),
                exported_wh: wh(grid.exported),
            }),
            solar_wh: home.solar.map(wh),
            battery: home.battery.map(|battery| BatteryEnergy {
                charged_wh: wh(battery.charged),
                discharged_wh: wh(battery.discharged),
            }),
            self_consumption: home.self_consumption,
            self_sufficiency: home.self_sufficiency,
        }
    }
}

impl EnergyCost {
    fn of(cost: &energy::Cost) -> Self {
        let bands = |bands: &BTreeMap<String, energy::BandUse>| {
            let band = |(name, band): (&String, &energy::BandUse)| {
                let band = BandEnergy {
                    energy_mwh: band.energy.0,
                    money: band.money.to_string(),
                };
                (name.clone(), band)
            };
            bands.iter().map(band).collect()
        };
        Self {
            net: cost.net.to_string(),
            imported: cost.imported.to_string(),
            exported: cost.exported.to_string(),
            standing: cost.standing.to_string(),
            import: bands(&cost.import),
            export: bands(&cost.export),
        }
    }
}

impl From<energy::Period> for Every {
    fn from(period: energy::Period) -> Self {
        match period {
            energy::Period::Hour => Self::Hour,
            energy::Period::Day => Self::Day,
            energy::Period::Month => Self::Month,
        }
    }
}

impl From<energy::Basis> for EnergyBasis {
    fn from(basis: energy::Basis) -> Self {
        match basis {
            energy::Basis::Balance => Self::Balance,
            energy::Basis::Devices => Self::Devices,
        }
    }
}

/// Watt-hours, exact to a thousandth in all that a home uses.
pub(crate) fn wh(energy: MilliwattHours) -> f64 {
    energy.kwh() * 1_000.0
}

fn by_currency(money: &BTreeMap<Currency, Money>) -> BTreeMap<String, String> {
    let texts = money.iter();
    texts
        .map(|(currency, money)| (currency.to_string(), money.to_string()))
        .collect()
}

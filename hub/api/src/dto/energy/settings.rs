//! What the owner says about energy. The types of the settings' body only describe it; it is read by
//! `energy`, which tells all that is wrong with its place.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::EnergyRole;
use crate::dto::Finding;

/// The settings as they are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EnergySettings {
    /// The settings; without any meter and tariff when none were kept yet.
    #[schema(value_type = EnergySettingsBody)]
    pub settings: Value,
    /// What is wrong with what is kept, so that it is not gone by; empty unless it was written by another
    /// version.
    pub findings: Vec<Finding>,
}

/// Roles of meters, and tariffs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EnergySettingsBody {
    /// The version of this form: 1.
    pub version: u64,
    /// What meters measure. One that is not here is a device.
    #[serde(default)]
    pub meters: Vec<EnergyMeterRole>,
    /// What energy costs, by ascending first day.
    #[serde(default)]
    pub tariffs: Vec<EnergyTariff>,
}

/// What a meter measures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnergyMeterRole {
    /// The number of its node.
    pub node: u64,
    /// The number of its endpoint.
    pub endpoint: u16,
    /// What it measures.
    pub role: EnergyRole,
    /// The meter of a device behind which it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<MeterKey>,
    /// Whether it counts the other way round.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reversed: bool,
}

/// A meter by its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MeterKey {
    /// The number of its node.
    pub node: u64,
    /// The number of its endpoint.
    pub endpoint: u16,
}

/// The prices from one day on, until the next tariff begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnergyTariff {
    /// Its first day: `2026-01-01`.
    pub from: String,
    /// The currency's ISO 4217 code: `EUR`.
    pub currency: String,
    /// What a kWh from the grid costs.
    pub import: EnergyPriceList,
    /// What a kWh to the grid earns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export: Option<EnergyPriceList>,
    /// What each day costs whatever is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing_per_day: Option<String>,
}

/// A price for every moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnergyPriceList {
    /// Where no band fits: `0.3142`. A number is taken as well.
    pub default: String,
    /// The first that fits counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bands: Vec<EnergyBand>,
}

/// A price at some times of some days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnergyBand {
    /// What people call it: `night`.
    pub name: String,
    /// The price of a kWh.
    pub price: String,
    /// When it begins: `22:00`; all day when none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// When it ends, on the next day if that is not later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The days on which it begins: `mon..fri & nov-01..mar-31`; every day when none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<String>,
}

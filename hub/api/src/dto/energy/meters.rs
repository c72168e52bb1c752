//! Meters: what they are, and what they tell now.

use energy::{Direction, MeterInfo, MeterSettings, Reading, Role, Source};
use hub_engine::Home;
use recorder::Meter;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::wh;
use crate::dto::ms;

/// A meter of a reckoning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnergyMeter {
    /// Which: `0x12/1`, a node and its endpoint.
    pub meter: String,
    /// What people call it.
    pub name: String,
    /// The room it is in.
    pub room: Option<String>,
    /// What it measures.
    pub role: EnergyRole,
    /// The meter behind which it is.
    pub parent: Option<String>,
}

/// What a meter measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EnergyRole {
    /// What comes from the grid and goes to it.
    Grid,
    /// What the sun gives.
    Solar,
    /// What charges a battery and what it gives back.
    Battery,
    /// What a device, or several, use.
    Device,
    /// Nothing that is of interest.
    Ignore,
}

/// What a meter tells, the most reliable first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EnergySource {
    /// A counter of all energy that went in.
    CumulativeImported,
    /// A counter of all energy that came out.
    CumulativeExported,
    /// The energy that went in over a period.
    PeriodicImported,
    /// The energy that came out over a period.
    PeriodicExported,
    /// The power, from which energy is reckoned when there is nothing better.
    Power,
}

/// The meters that there are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EnergyMeters {
    /// By their ids.
    pub meters: Vec<EnergyMeterNow>,
}

/// A meter with what it tells now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EnergyMeterNow {
    /// What and where it is.
    #[serde(flatten)]
    pub meter: EnergyMeter,
    /// Its path: `kitchen-plug/1`.
    pub path: String,
    /// Whether the owner said its role; else it is taken for a device.
    pub told: bool,
    /// Whether it counts the other way round.
    pub reversed: bool,
    /// Whether it is in the home; else it left it, and its past is kept.
    pub in_home: bool,
    /// What it tells, the most reliable first.
    pub sources: Vec<EnergySource>,
    /// Its power in watts, as it says; negative is exported.
    pub power_w: Option<f64>,
    /// All that it counted in, in watt-hours.
    pub imported_wh: Option<f64>,
    /// All that it counted out, in watt-hours.
    pub exported_wh: Option<f64>,
    /// When it told last.
    pub at_ms: Option<i64>,
    /// Whether all that can be relied upon now.
    pub known: bool,
}

impl EnergyMeter {
    pub(crate) fn of(info: &MeterInfo) -> Self {
        Self {
            meter: info.meter.to_string(),
            name: info.name.clone(),
            room: info.room.clone(),
            role: info.role.into(),
            parent: info.parent.map(|parent| parent.to_string()),
        }
    }
}

impl EnergyMeterNow {
    pub(crate) fn of(meter: &Meter, told: Option<&MeterSettings>, home: &Home) -> Self {
        let settings = told.copied().unwrap_or(MeterSettings::of(meter.id));
        let node = home.node(meter.id.node);
        let node = node.map_or_else(|| meter.id.node.to_string(), |node| node.slug.to_string());
        let mut now = Self {
            meter: EnergyMeter {
                meter: meter.id.to_string(),
                name: meter.name.clone(),
                room: meter.room.clone(),
                role: settings.role.into(),
                parent: settings.parent.map(|parent| parent.to_string()),
            },
            path: format!("{node}/{}", meter.id.endpoint),
            told: told.is_some(),
            reversed: settings.reversed,
            in_home: meter.is_there,
            sources: meter.sources.iter().copied().map(Into::into).collect(),
            power_w: None,
            imported_wh: None,
            exported_wh: None,
            at_ms: meter.last.iter().map(|last| ms(last.at)).max(),
            known: !meter.last.is_empty() && meter.last.iter().all(|last| last.is_known),
        };
        for last in &meter.last {
            match last.reading {
                #[expect(clippy::cast_precision_loss, reason = "milliwatts of a home are exact")]
                Reading::Power(mw) => now.power_w = Some(mw as f64 / 1_000.0),
                Reading::Cumulative(Direction::Imported, all) => now.imported_wh = Some(wh(all)),
                Reading::Cumulative(Direction::Exported, all) => now.exported_wh = Some(wh(all)),
                Reading::Periodic(..) => {}
            }
        }
        now
    }
}

impl From<Role> for EnergyRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Grid => Self::Grid,
            Role::Solar => Self::Solar,
            Role::Battery => Self::Battery,
            Role::Device => Self::Device,
            Role::Ignore => Self::Ignore,
        }
    }
}

impl From<Source> for EnergySource {
    fn from(source: Source) -> Self {
        match source {
            Source::Cumulative(Direction::Imported) => Self::CumulativeImported,
            Source::Cumulative(Direction::Exported) => Self::CumulativeExported,
            Source::Periodic(Direction::Imported) => Self::PeriodicImported,
            Source::Periodic(Direction::Exported) => Self::PeriodicExported,
            Source::Power => Self::Power,
        }
    }
}

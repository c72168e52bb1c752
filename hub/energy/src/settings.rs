//! What the owner says about the home's energy: what each meter measures, and what energy costs.
//!
//! Kept as one object of the home, whose body is this JSON (the file `settings/golden-1.json` beside
//! this one has all of it):
//!
//! ```json
//! {
//!   "version": 1,
//!   "meters": [
//!     { "node": 7, "endpoint": 1, "role": "grid" },
//!     { "node": 9, "endpoint": 2, "role": "device", "parent": { "node": 9, "endpoint": 1 } }
//!   ],
//!   "tariffs": [{
//!     "from": "2026-01-01",
//!     "currency": "EUR",
//!     "import": {
//!       "default": "0.3142",
//!       "bands": [{ "name": "night", "price": "0.2305", "from": "22:00", "to": "06:00", "days": "mon..fri" }]
//!     },
//!     "export": { "default": "0.0803" },
//!     "standing_per_day": "0.42"
//!   }]
//! }
//! ```
//!
//! A price is a text, or a number, which then is what the shortest text of it says. Hours and days of
//! a band may be left out (all day, every day); the days are those of the rules' schedules, so
//! `mon..fri & nov-01..mar-31` and `sat,sun,2026-12-24` are understood. A key that nobody knows is a
//! problem, and each problem names its place: `tariffs[0].import.bands[2].price`.

mod check;
mod object;
mod read;
mod write;

use std::fmt;

use rules::schedule::CivilDate;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::meter_id::MeterId;
use crate::tariff::Tariff;

/// The kind of the home's object that keeps them.
pub const KIND: &str = "energy";

/// The id of the home's object that keeps them.
pub const ID: &str = "settings";

/// The version of the form that is written, and the newest that is read.
pub const VERSION: u64 = 1;

/// The longest text that is read, in bytes.
pub const LONGEST: usize = 256 * 1024;

/// Roles of meters, and tariffs. There are no others than valid ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    meters: Vec<MeterSettings>,
    tariffs: Vec<Tariff>,
}

/// What the owner says of one meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeterSettings {
    /// Which.
    pub meter: MeterId,
    /// What it measures.
    pub role: Role,
    /// The meter of a device behind which it is, so that what it measures is part of that.
    pub parent: Option<MeterId>,
    /// Whether it counts the other way round: what it says is imported is exported. So for a clamp put on
    /// backwards, and for a plug that counts what a solar panel gives as consumed.
    pub reversed: bool,
}

impl MeterSettings {
    /// What holds of a meter of which the owner said nothing.
    #[must_use]
    pub const fn of(meter: MeterId) -> Self {
        Self {
            meter,
            role: Role::Device,
            parent: None,
            reversed: false,
        }
    }
}

/// What a meter measures.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// What comes from the grid (imported) and goes to it (exported).
    Grid,
    /// What the sun gives (exported). What an inverter takes at night is the home's consumption.
    Solar,
    /// What charges a battery (imported) and what it gives back (exported).
    Battery,
    /// What a device, or several, use (imported).
    #[default]
    Device,
    /// Nothing that is of interest.
    Ignore,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Grid,
        Self::Solar,
        Self::Battery,
        Self::Device,
        Self::Ignore,
    ];

    /// Its name in the settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Grid => "grid",
            Self::Solar => "solar",
            Self::Battery => "battery",
            Self::Device => "device",
            Self::Ignore => "ignore",
        }
    }
}

/// One thing that is wrong with settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct Problem {
    /// Where: `tariffs[0].import.default`; empty for the whole.
    pub place: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.as_str() {
            "" => f.write_str(&self.what),
            place => write!(f, "{place}: {}", self.what),
        }
    }
}

impl Settings {
    /// Settings of these parts.
    ///
    /// # Errors
    /// All that is wrong with them: a meter told twice, a parent that is no device or behind itself,
    /// tariffs out of order, a band without a name, too many of anything.
    pub fn new(meters: Vec<MeterSettings>, tariffs: Vec<Tariff>) -> Result<Self, Vec<Problem>> {
        let problems = check::problems(&meters, &tariffs);
        if problems.is_empty() {
            return Ok(Self { meters, tariffs });
        }
        Err(problems)
    }

    /// Reads them from JSON text.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn from_text(text: &str) -> Result<Self, Vec<Problem>> {
        let whole = |what| {
            vec![Problem {
                place: String::new(),
                what,
            }]
        };
        if text.len() > LONGEST {
            let what = format!(
                "the text has {} bytes; at most {LONGEST} are read",
                text.len()
            );
            return Err(whole(what));
        }
        let json = serde_json::from_str(text);
        let json = json.map_err(|error| whole(format!("this is no JSON: {error}")))?;
        Self::from_json(&json)
    }

    /// Reads them from JSON.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn from_json(json: &Value) -> Result<Self, Vec<Problem>> {
        let (meters, tariffs) = read::settings(json)?;
        Self::new(meters, tariffs)
    }

    /// Their JSON; what is as it would be anyway is left out.
    #[must_use]
    pub fn to_json(&self) -> Value {
        write::settings(self)
    }

    /// What the owner said of meters.
    #[must_use]
    pub fn meters(&self) -> &[MeterSettings] {
        &self.meters
    }

    /// What holds of a meter, told or not.
    #[must_use]
    pub fn meter(&self, meter: MeterId) -> MeterSettings {
        let told = self.meters.iter().find(|told| told.meter == meter);
        told.copied().unwrap_or(MeterSettings::of(meter))
    }

    /// The tariffs, by ascending first day.
    #[must_use]
    pub fn tariffs(&self) -> &[Tariff] {
        &self.tariffs
    }

    /// The tariff of a day; none before the first.
    #[must_use]
    pub fn tariff_on(&self, date: CivilDate) -> Option<&Tariff> {
        let later = self.tariffs.partition_point(|tariff| tariff.from <= date);
        self.tariffs.get(later.checked_sub(1)?)
    }
}

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(to)
    }
}

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let json = Value::deserialize(from)?;
        Self::from_json(&json).map_err(|problems| {
            let texts: Vec<String> = problems.iter().map(Problem::to_string).collect();
            D::Error::custom(texts.join("; "))
        })
    }
}

#[cfg(test)]
mod tests;

//! Where the home is: its time zone, and where on Earth if that is known.

use std::fmt;

use hub_model::nearest::nearest;
use jiff::tz::{TimeZone, db};

use super::text::DidYouMean;

/// Where a schedule is read: what its clock shows, and what its sun does.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The time zone of its clock.
    pub zone: Zone,
    /// Where it is; without it, nothing that depends on the sun ever happens.
    pub location: Option<Location>,
}

/// A time zone of the IANA database.
///
/// [`Zone::named`] prefers the system's copy of that database over the one built in, because
/// governments change their clocks more often than people update a hub. That read happens once, where
/// settings are loaded; from there on a zone is a value like any other.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone called `name`, such as `Europe/Berlin`, case aside.
    ///
    /// # Errors
    /// If the database has no such zone.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        TimeZone::get(name).map(Self).map_err(|_| UnknownZone {
            name: name.chars().take(UnknownZone::SHOWN).collect(),
            suggestion: suggest(name),
        })
    }

    /// Coordinated universal time.
    #[must_use]
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The name in the database.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The zone itself, for what else goes by the home's clock.
    #[must_use]
    pub const fn to_jiff(&self) -> &TimeZone {
        &self.0
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}

/// The database has no zone of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone `{name}`{}", DidYouMean(suggestion.as_deref()))]
pub struct UnknownZone {
    /// The name, shortened if it is very long.
    pub name: String,
    /// The zone that was probably meant.
    pub suggestion: Option<String>,
}

impl UnknownZone {
    const SHOWN: usize = 64;
}

/// The zone with nearly this name, or else the one whose city has it.
fn suggest(name: &str) -> Option<String> {
    let zones: Vec<String> = db()
        .available()
        .map(|zone| zone.as_str().to_owned())
        .collect();
    let city = |zone: &str| zone.rsplit('/').next().unwrap_or_default().to_owned();
    if let Some(zone) = nearest(name, zones.iter().map(String::as_str)) {
        return Some(zone.to_owned());
    }
    let cities: Vec<String> = zones.iter().map(|zone| city(zone)).collect();
    let meant = nearest(&city(name), cities.iter().map(String::as_str))?;
    zones.iter().find(|zone| city(zone) == meant).cloned()
}

/// A point on Earth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Location {
    latitude: f64,
    longitude: f64,
}

impl Location {
    /// The point at `latitude` degrees north and `longitude` degrees east; south and west are
    /// negative.
    ///
    /// # Errors
    /// If a coordinate is not a number on the globe.
    pub fn new(latitude: f64, longitude: f64) -> Result<Self, LocationError> {
        if !(-90.0..=90.0).contains(&latitude) {
            return Err(LocationError::Latitude(latitude));
        }
        if !(-180.0..=180.0).contains(&longitude) {
            return Err(LocationError::Longitude(longitude));
        }
        Ok(Self {
            latitude,
            longitude,
        })
    }

    /// Degrees north, -90 to 90.
    #[must_use]
    pub const fn latitude(self) -> f64 {
        self.latitude
    }

    /// Degrees east, -180 to 180.
    #[must_use]
    pub const fn longitude(self) -> f64 {
        self.longitude
    }
}

/// Why two numbers are no point on Earth.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LocationError {
    /// The first number.
    #[error("latitude must be -90 to 90 degrees, not {0}")]
    Latitude(f64),
    /// The second number.
    #[error("longitude must be -180 to 180 degrees, not {0}")]
    Longitude(f64),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_found_case_aside() {
        assert_eq!(
            Zone::named("europe/berlin").unwrap().name(),
            "Europe/Berlin"
        );
        assert_eq!(Zone::utc().name(), "UTC");
    }

    #[test]
    fn an_unknown_zone_gets_a_suggestion() {
        let meant = |name: &str| Zone::named(name).unwrap_err().suggestion;
        assert_eq!(meant("Europe/Berln").as_deref(), Some("Europe/Berlin"));
        assert_eq!(meant("Berlin").as_deref(), Some("Europe/Berlin"));
        assert_eq!(meant("Middle-earth"), None);
        assert_eq!(meant(""), None);
        assert_eq!(
            Zone::named("Europe/Berln").unwrap_err().to_string(),
            "unknown time zone `Europe/Berln`, did you mean `Europe/Berlin`?"
        );
    }

    #[test]
    fn a_location_is_on_the_globe() {
        assert!(Location::new(90.0, -180.0).is_ok());
        assert_eq!(Location::new(90.5, 0.0), Err(LocationError::Latitude(90.5)));
        assert!(Location::new(f64::NAN, 0.0).is_err());
        assert!(Location::new(0.0, f64::INFINITY).is_err());
    }
}

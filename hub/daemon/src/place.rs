//! Where the home is: its time zone, and its location for the sun.

use anyhow::Context as _;
use hub_model::Timestamp;
use jiff::tz::TimeZone;
use rules::schedule::{Location, Place, Zone};
use tracing::warn;

use crate::config::Home;

/// 2026-11-01: before the program was made, so a clock that shows less is wrong.
pub(crate) const BUILT: Timestamp = Timestamp::from_secs(1_793_491_200);

/// The place that the configuration names.
///
/// # Errors
/// When the time zone is not known, or the location is none.
pub(crate) fn of(home: &Home) -> anyhow::Result<Place> {
    let zone = match &home.time_zone {
        Some(name) => Zone::named(name).context("time_zone")?,
        None => machine(),
    };
    let location = match (home.latitude, home.longitude) {
        (Some(latitude), Some(longitude)) => Some(Location::new(latitude, longitude)?),
        (None, None) => None,
        _ => anyhow::bail!("latitude and longitude belong together: give both, or none"),
    };
    Ok(Place { zone, location })
}

/// The machine's time zone.
fn machine() -> Zone {
    let system = TimeZone::system();
    let named = system.iana_name().and_then(|name| Zone::named(name).ok());
    named.unwrap_or_else(|| {
        warn!("the machine's time zone is not known; rules go by UTC until time_zone is set");
        Zone::utc()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_needs_both_halves_of_a_location_and_a_zone_that_exists() {
        let home = |zone: Option<&str>, latitude, longitude| Home {
            time_zone: zone.map(str::to_owned),
            latitude,
            longitude,
            ..Home::default()
        };
        let berlin = of(&home(Some("Europe/Berlin"), Some(52.5), Some(13.4))).unwrap();
        assert_eq!(berlin.zone.name(), "Europe/Berlin");
        assert!(of(&home(None, Some(52.5), None)).is_err());
        assert!(of(&home(Some("Europe/Berln"), None, None)).is_err());
        assert!(of(&home(None, Some(152.5), Some(0.0))).is_err());
    }
}

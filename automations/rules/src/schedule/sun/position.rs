//! Where the sun stands: the formulae of NOAA's solar calculator.
//!
//! They are those of J. Meeus, Astronomical Algorithms (2nd edition, chapters 25 and 28), in the short
//! form of <https://gml.noaa.gov/grad/solcalc/calcdetails.html>: good to about 0.01° within some
//! centuries of now. Left out on purpose: refraction, the observer's height, and the difference between
//! UTC and terrestrial time, each of which moves a sunset by less than a hill on the horizon does.

use hub_model::time::Timestamp;

use super::super::place::Location;

/// How high the sun's centre stands above the true horizon, in degrees, -90 to 90.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "a double holds microseconds for 285 years, and then well below a second"
)]
pub fn elevation(at: Timestamp, location: Location) -> f64 {
    let seconds = at.0 as f64 / 1e6;
    let sun = Sun::at(seconds);
    let solar_time_s = seconds + sun.equation_of_time_s + location.longitude() * 240.0;
    let hour_angle = solar_time_s.rem_euclid(86_400.0) / 240.0 - 180.0;
    let latitude = location.latitude().to_radians();
    let sine = latitude.sin() * sun.declination.sin()
        + latitude.cos() * sun.declination.cos() * hour_angle.to_radians().cos();
    sine.clamp(-1.0, 1.0).asin().to_degrees()
}

/// How far a sundial is ahead of mean time, in seconds; `second` counts from the Unix epoch.
#[expect(clippy::cast_precision_loss, reason = "exact for 285 million years")]
pub(super) fn equation_of_time_s(second: i64) -> f64 {
    Sun::at(second as f64).equation_of_time_s
}

/// The sun as seen from the centre of the Earth.
struct Sun {
    /// Radians north of the equator.
    declination: f64,
    equation_of_time_s: f64,
}

impl Sun {
    fn at(unix_s: f64) -> Self {
        // Julian centuries since J2000.0, which is 2000-01-01 12:00.
        let t = (unix_s / 86_400.0 - 10_957.5) / 36_525.0;
        let mean_longitude = (280.466_46 + t * (36_000.769_83 + t * 0.000_303_2)).to_radians();
        let anomaly = (357.529_11 + t * (35_999.050_29 - t * 0.000_153_7)).to_radians();
        let eccentricity = 0.016_708_634 - t * (0.000_042_037 + t * 0.000_000_126_7);
        let centre = anomaly.sin() * (1.914_602 - t * (0.004_817 + t * 0.000_014))
            + (2.0 * anomaly).sin() * (0.019_993 - t * 0.000_101)
            + (3.0 * anomaly).sin() * 0.000_289;
        let node = (125.04 - 1_934.136 * t).to_radians();
        let longitude = mean_longitude + (centre - 0.005_69 - 0.004_78 * node.sin()).to_radians();
        let mean_obliquity_s = 21.448 - t * (46.815 + t * (0.000_59 - t * 0.001_813));
        let mean_obliquity = 23.0 + (26.0 + mean_obliquity_s / 60.0) / 60.0;
        let obliquity = (mean_obliquity + 0.002_56 * node.cos()).to_radians();
        let y = (obliquity / 2.0).tan().powi(2);
        let equation_of_time = y * (2.0 * mean_longitude).sin()
            - 2.0 * eccentricity * anomaly.sin()
            + 4.0 * eccentricity * y * anomaly.sin() * (2.0 * mean_longitude).cos()
            - 0.5 * y * y * (4.0 * mean_longitude).sin()
            - 1.25 * eccentricity * eccentricity * (2.0 * anomaly).sin();
        Self {
            // Far outside its years the polynomial leaves the domain; no sun is better than no number.
            declination: (obliquity.sin() * longitude.sin()).clamp(-1.0, 1.0).asin(),
            equation_of_time_s: equation_of_time.to_degrees() * 240.0,
        }
    }
}

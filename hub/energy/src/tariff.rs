//! A tariff: what a kWh costs when, what an exported one earns, what each day costs.
//!
//! The bands of a price are tried in their order and the first one that fits is the price; where none
//! fits, it is the default. So each moment from the first tariff on has exactly one price. Bands go by
//! what the clock on the wall shows: an hour that comes twice has the same price both times, and a
//! band from 22:00 to 06:00 is an hour shorter in the night in which summer time begins.

use rules::schedule::{CivilDate, Days, TimeOfDay};

use crate::money::{Currency, Price};

/// The prices from one day on, until the next tariff begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tariff {
    /// Its first day.
    pub from: CivilDate,
    /// The currency of all its prices.
    pub currency: Currency,
    /// What a kWh from the grid costs.
    pub import: Prices,
    /// What a kWh to the grid earns; nothing if it is not said.
    pub export: Option<Prices>,
    /// What each day costs whatever is used.
    pub standing_per_day: Price,
}

/// A price for every moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prices {
    /// Where no band fits.
    pub default: Price,
    /// The first that fits counts.
    pub bands: Vec<Band>,
}

/// A price at some times of some days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// What people call it, such as `night`; costs are told by it. Several bands may share one.
    pub name: String,
    /// The price of a kWh.
    pub price: Price,
    /// When it begins.
    pub from: TimeOfDay,
    /// When it ends; on the next day if that is not later, so that equal times are a whole day.
    pub to: TimeOfDay,
    /// The days on which it begins: a band of Friday from 22:00 to 06:00 ends on Saturday.
    pub days: Days,
}

impl Prices {
    /// The same price always.
    #[must_use]
    pub const fn flat(default: Price) -> Self {
        Self {
            default,
            bands: Vec::new(),
        }
    }

    /// The name of the band and the price at what the clock shows.
    #[must_use]
    pub fn at(&self, date: CivilDate, time: TimeOfDay) -> Rate<'_> {
        let band = self.bands.iter().find(|band| band.covers(date, time));
        band.map_or(
            Rate {
                band: DEFAULT_BAND,
                price: self.default,
            },
            |band| Rate {
                band: &band.name,
                price: band.price,
            },
        )
    }
}

/// The price of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate<'a> {
    /// The band it comes from; [`DEFAULT_BAND`] if from none.
    pub band: &'a str,
    /// The price of a kWh.
    pub price: Price,
}

/// The name under which costs at the default price are told; no band has it.
pub const DEFAULT_BAND: &str = "default";

impl Band {
    /// Whether it has the time that the clock shows.
    #[must_use]
    pub fn covers(&self, date: CivilDate, time: TimeOfDay) -> bool {
        let has_today = self.days.contains(date);
        if self.from < self.to {
            return has_today && self.from <= time && time < self.to;
        }
        let has_yesterday = || date.yesterday().is_some_and(|day| self.days.contains(day));
        (has_today && self.from <= time) || (time < self.to && has_yesterday())
    }

    /// Whether it is all day long, by the calendar.
    pub(crate) fn is_all_day(&self) -> bool {
        self.from == TimeOfDay::MIDNIGHT && self.to == TimeOfDay::MIDNIGHT
    }
}

impl Tariff {
    /// The times of day at which a price may change, in seconds.
    pub(crate) fn changes(&self) -> impl Iterator<Item = u32> {
        let bands = self.import.bands.iter();
        bands
            .chain(self.export.iter().flat_map(|prices| &prices.bands))
            .flat_map(|band| [band.from.seconds(), band.to.seconds()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn band(name: &str, hours: (&str, &str), days: &str) -> Band {
        Band {
            name: name.to_owned(),
            price: "0.1".parse().unwrap(),
            from: hours.0.parse().unwrap(),
            to: hours.1.parse().unwrap(),
            days: days.parse().unwrap(),
        }
    }

    #[test]
    fn a_band_over_midnight_belongs_to_the_day_on_which_it_begins() {
        let night = band("night", ("22:00", "06:00"), "mon..fri");
        for (date, time, is_night) in [
            ("2026-03-27", "21:59:59", false), // a Friday
            ("2026-03-27", "22:00", true),
            ("2026-03-28", "05:59:59", true),
            ("2026-03-28", "06:00", false),
            ("2026-03-28", "22:00", false),
            ("2026-03-30", "05:00", false), // of Sunday's night
            ("2026-03-31", "05:00", true),
        ] {
            let covers = night.covers(date.parse().unwrap(), time.parse().unwrap());
            assert_eq!(covers, is_night, "{date} {time}");
        }
    }

    #[test]
    fn equal_times_are_a_whole_day() {
        let sunday = band("sunday", ("00:00", "00:00"), "sun");
        let covers =
            |date: &str, time: &str| sunday.covers(date.parse().unwrap(), time.parse().unwrap());
        assert!(covers("2026-03-29", "00:00") && covers("2026-03-29", "23:59:59"));
        assert!(!covers("2026-03-28", "23:59:59") && !covers("2026-03-30", "00:00"));
        let shifted = band("shift", ("06:00", "06:00"), "sun");
        assert!(shifted.covers("2026-03-30".parse().unwrap(), "05:59".parse().unwrap()));
        assert!(!shifted.covers("2026-03-29".parse().unwrap(), "05:59".parse().unwrap()));
    }

    #[test]
    fn the_first_band_that_fits_is_the_price() {
        let prices = Prices {
            default: "0.3".parse().unwrap(),
            bands: vec![
                band("winter night", ("22:00", "06:00"), "nov-01..feb-28"),
                band("night", ("22:00", "06:00"), "every day"),
            ],
        };
        let at = |date: &str, time: &str| prices.at(date.parse().unwrap(), time.parse().unwrap());
        assert_eq!(at("2026-01-10", "23:00").band, "winter night");
        assert_eq!(at("2026-07-10", "23:00").band, "night");
        assert_eq!(at("2026-07-10", "12:00").band, DEFAULT_BAND);
    }
}

//! The prices over a range of time: pieces of at most an hour with one price each.

use hub_model::Timestamp;
use jiff::tz::TimeZone;

use crate::clock::{Shown, full_hours, shown_at, ticks};
use crate::range::Range;
use crate::settings::Settings;
use crate::tariff::{Rate, Tariff};

/// The prices of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priced<'a> {
    /// The tariff they are of.
    pub tariff: &'a Tariff,
    /// What a kWh from the grid costs.
    pub import: Rate<'a>,
    /// What a kWh to the grid earns.
    pub export: Option<Rate<'a>>,
}

/// A stretch of time with the same prices all over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PricePiece<'a> {
    /// When.
    pub range: Range,
    /// The prices; none before the first tariff.
    pub prices: Option<Priced<'a>>,
}

/// The prices at a moment; none before the first tariff.
#[must_use]
pub fn prices_at<'a>(at: Timestamp, settings: &'a Settings, zone: &TimeZone) -> Option<Priced<'a>> {
    prices_of(&shown_at(at, zone)?, settings)
}

/// The prices over a range: pieces without gaps, none of which goes over an hour of the clock.
#[must_use]
pub fn price_line<'a>(
    range: Range,
    settings: &'a Settings,
    zone: &TimeZone,
) -> Vec<PricePiece<'a>> {
    let mut seconds = full_hours();
    seconds.extend(settings.tariffs().iter().flat_map(Tariff::changes));
    let ticks = ticks(range, zone, &seconds);
    let ends = ticks
        .iter()
        .skip(1)
        .map(|shown| shown.at)
        .chain([range.to()]);
    let piece = |(shown, to): (&Shown, Timestamp)| PricePiece {
        range: Range::between(shown.at, to),
        prices: prices_of(shown, settings),
    };
    ticks.iter().zip(ends).map(piece).collect()
}

fn prices_of<'a>(shown: &Shown, settings: &'a Settings) -> Option<Priced<'a>> {
    let tariff = settings.tariff_on(shown.date)?;
    let export = tariff.export.as_ref();
    Some(Priced {
        tariff,
        import: tariff.import.at(shown.date, shown.time),
        export: export.map(|prices| prices.at(shown.date, shown.time)),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tariff::Prices;
    use crate::testing::{any_prices, any_zone, at, range, repeatable, zone};

    fn settings(from: &str, import: Prices) -> Settings {
        let tariff = Tariff {
            from: from.parse().unwrap(),
            currency: "EUR".parse().unwrap(),
            import,
            export: None,
            standing_per_day: crate::Price::default(),
        };
        Settings::new(Vec::new(), vec![tariff]).unwrap()
    }

    fn night() -> Settings {
        let golden = Settings::from_text(include_str!("settings/golden-1.json")).unwrap();
        settings("2026-01-01", golden.tariffs()[1].import.clone())
    }

    /// Hours and minutes by UTC with the band from then on, where it changes.
    fn changes(range: Range, settings: &Settings, zone: &TimeZone) -> Vec<(String, String)> {
        let line = price_line(range, settings, zone);
        let mut changes: Vec<(String, String)> = Vec::new();
        for piece in &line {
            let band = piece
                .prices
                .map_or("none", |prices| prices.import.band)
                .to_owned();
            if changes.last().is_none_or(|(_, before)| *before != band) {
                let from = jiff::Timestamp::from_microsecond(piece.range.from().0).unwrap();
                changes.push((from.strftime("%d %H:%M").to_string(), band));
            }
        }
        changes
    }

    fn told(changes: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = |(at, band): &(&str, &str)| ((*at).to_owned(), (*band).to_owned());
        changes.iter().map(own).collect()
    }

    #[test]
    fn a_night_over_midnight_ends_on_saturday_and_sunday_is_weekend_until_monday() {
        let berlin = zone("Europe/Berlin");
        // From Friday noon to Tuesday noon, summer time (UTC+2).
        let days = range("2026-06-05T10:00:00Z", "2026-06-09T10:00:00Z");
        assert_eq!(
            changes(days, &night(), &berlin),
            told(&[
                ("05 10:00", "default"),
                ("05 20:00", "night"),
                ("06 04:00", "weekend"),
                ("07 22:00", "default"),
                ("08 20:00", "night"),
                ("09 04:00", "default"),
            ])
        );
    }

    #[test]
    fn a_night_is_shorter_or_longer_when_the_clock_is_set() {
        let berlin = zone("Europe/Berlin");
        let prices = Prices {
            bands: night().tariffs()[0].import.bands[..1]
                .iter()
                .cloned()
                .map(|band| crate::Band {
                    days: rules::schedule::Days::default(),
                    ..band
                })
                .collect(),
            default: crate::Price::default(),
        };
        let settings = settings("2026-01-01", prices);
        let march = range("2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z");
        assert_eq!(
            changes(march, &settings, &berlin),
            told(&[
                ("28 12:00", "default"),
                ("28 21:00", "night"),
                ("29 04:00", "default")
            ])
        );
        let october = range("2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z");
        assert_eq!(
            changes(october, &settings, &berlin),
            told(&[
                ("24 12:00", "default"),
                ("24 20:00", "night"),
                ("25 05:00", "default")
            ])
        );
    }

    #[test]
    fn there_is_no_price_before_the_first_tariff() {
        let berlin = zone("Europe/Berlin");
        let new_year = range("2025-12-31T12:00:00Z", "2026-01-01T12:00:00Z");
        assert_eq!(
            changes(new_year, &night(), &berlin),
            told(&[
                ("31 12:00", "none"),
                ("31 23:00", "night"),
                ("01 05:00", "default"),
            ])
        );
        assert_eq!(
            prices_at(at("2025-12-31T22:59:59Z"), &night(), &berlin),
            None
        );
        assert!(prices_at(at("2025-12-31T23:00:00Z"), &night(), &berlin).is_some());
    }

    proptest! {
        #![proptest_config(repeatable(48))]

        #[test]
        fn every_moment_of_a_year_has_exactly_one_price(
            (_, zone) in any_zone(),
            year in 2011_u16..2030,
            import in any_prices(),
            moments in prop::collection::vec(0_i64..31_536_000, 64),
        ) {
            let settings = settings("2000-01-01", import);
            let year = range(&format!("{year}-01-01T00:00:00Z"), &format!("{}-01-01T00:00:00Z", year + 1));
            let line = price_line(year, &settings, &zone);
            prop_assert_eq!(line[0].range.from(), year.from());
            prop_assert_eq!(line[line.len() - 1].range.to(), year.to());
            for pair in line.windows(2) {
                prop_assert_eq!(pair[0].range.to(), pair[1].range.from());
            }
            for second in moments {
                let at = Timestamp(year.from().0 + second * 1_000_000);
                let with: Vec<_> = line.iter().filter(|p| p.range.from() <= at && at < p.range.to()).collect();
                prop_assert_eq!(with.len(), 1);
                prop_assert!(with[0].prices.is_some());
                prop_assert_eq!(with[0].prices, prices_at(at, &settings, &zone));
            }
        }

        #[test]
        fn no_moment_panics(at: i64) {
            let _ = prices_at(Timestamp(at), &night(), &zone("Pacific/Kiritimati"));
        }
    }
}

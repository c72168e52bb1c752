//! What settings must keep beyond the form of each part.

use std::collections::BTreeMap;

use super::object::Problems;
use super::{MeterSettings, Problem, Role};
use crate::meter_id::MeterId;
use crate::tariff::{DEFAULT_BAND, Prices, Tariff};

/// More meters than a home has.
const MOST_METERS: usize = 1_024;
/// A tariff each month for ten years.
const MOST_TARIFFS: usize = 128;
/// A band for each hour of working days and of the others, and some.
const MOST_BANDS: usize = 64;
/// The longest name of a band, in characters.
const LONGEST_NAME: usize = 64;

/// All that is wrong with the parts of settings.
pub(super) fn problems(meters: &[MeterSettings], tariffs: &[Tariff]) -> Vec<Problem> {
    let mut problems = Problems::default();
    at_most("meters", meters.len(), MOST_METERS, &mut problems);
    at_most("tariffs", tariffs.len(), MOST_TARIFFS, &mut problems);
    check_meters(meters, &mut problems);
    check_tariffs(tariffs, &mut problems);
    problems.into_vec()
}

fn at_most(place: &str, count: usize, most: usize, problems: &mut Problems) {
    if count > most {
        problems.add(
            place,
            format!("has {count} entries, at most {most} are kept"),
        );
    }
}

fn check_meters(meters: &[MeterSettings], problems: &mut Problems) {
    let mut told: BTreeMap<MeterId, &MeterSettings> = BTreeMap::new();
    for (n, meter) in meters.iter().enumerate() {
        if told.insert(meter.meter, meter).is_some() {
            problems.add(
                format!("meters[{n}]"),
                format!("meter {} is told twice", meter.meter),
            );
        }
    }
    for (n, meter) in meters.iter().enumerate() {
        let Some(parent) = meter.parent else { continue };
        let place = format!("meters[{n}].parent");
        let role = told.get(&parent).map_or(Role::Device, |told| told.role);
        if meter.role != Role::Device {
            let name = meter.role.name();
            problems.add(
                place,
                format!("only a device has a parent, not a meter that is {name}"),
            );
        } else if role != Role::Device {
            let name = role.name();
            problems.add(
                place,
                format!("meter {parent} must be a device, not {name}"),
            );
        } else if is_behind_itself(meter.meter, &told) {
            let own = meter.meter;
            problems.add(place, format!("meter {own} would be behind itself"));
        }
    }
}

/// Whether going from parent to parent comes back.
fn is_behind_itself(meter: MeterId, told: &BTreeMap<MeterId, &MeterSettings>) -> bool {
    let mut at = meter;
    for _ in 0..told.len() {
        let Some(parent) = told.get(&at).and_then(|told| told.parent) else {
            return false;
        };
        if parent == meter {
            return true;
        }
        at = parent;
    }
    false
}

fn check_tariffs(tariffs: &[Tariff], problems: &mut Problems) {
    for (n, pair) in (1_usize..).zip(tariffs.windows(2)) {
        if let [before, tariff] = pair
            && tariff.from <= before.from
        {
            let what = format!("must be after {}, where the one before begins", before.from);
            problems.add(format!("tariffs[{n}].from"), what);
        }
    }
    for (n, tariff) in tariffs.iter().enumerate() {
        check_prices(&format!("tariffs[{n}].import"), &tariff.import, problems);
        if let Some(export) = &tariff.export {
            check_prices(&format!("tariffs[{n}].export"), export, problems);
        }
    }
}

fn check_prices(place: &str, prices: &Prices, problems: &mut Problems) {
    let list = format!("{place}.bands");
    at_most(&list, prices.bands.len(), MOST_BANDS, problems);
    for (n, band) in prices.bands.iter().enumerate() {
        let length = band.name.chars().count();
        let what = if band.name.trim().is_empty() {
            "must not be empty".to_owned()
        } else if length > LONGEST_NAME {
            format!("has {length} characters, at most {LONGEST_NAME} are kept")
        } else if band.name == DEFAULT_BAND {
            format!("`{DEFAULT_BAND}` is what the price outside of all bands is called")
        } else {
            continue;
        };
        problems.add(format!("{list}[{n}].name"), what);
    }
}

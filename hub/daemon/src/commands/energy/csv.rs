//! What the home used as comma-separated values: a row for each period. RFC 4180.
//!
//! Energy is in watt-hours, money in the currency that the column names, with all decimals.

use std::collections::BTreeSet;

use hub_api::dto::{Energy, EnergyPart};
use jiff::tz::TimeZone;

use super::amount::clock;

pub(super) fn rows(energy: &Energy, zone: &TimeZone) -> String {
    let currencies: BTreeSet<&String> = energy.whole.cost.keys().collect();
    let names = energy.whole.devices.iter().map(|device| {
        let meter = energy
            .meters
            .iter()
            .find(|meter| meter.meter == device.meter);
        meter.map_or(device.meter.as_str(), |meter| meter.name.as_str())
    });
    let fixed = [
        "from",
        "to",
        "consumption_wh",
        "grid_imported_wh",
        "grid_exported_wh",
        "solar_wh",
        "battery_charged_wh",
        "battery_discharged_wh",
        "unmeasured_wh",
        "missing_s",
    ];
    let head = fixed.map(str::to_owned).into_iter();
    let head = head.chain(currencies.iter().map(|code| format!("cost_{code}")));
    let head = head.chain(names.map(|name| format!("{name}_wh")));
    let mut text = line(head);
    for part in &energy.parts {
        text += &line(row(part, &currencies, zone));
    }
    text
}

fn row(part: &EnergyPart, currencies: &BTreeSet<&String>, zone: &TimeZone) -> Vec<String> {
    let moment = |ms| clock(ms, zone, "%Y-%m-%dT%H:%M:%S%:z");
    let wh = |wh: f64| format!("{wh:.3}");
    let maybe = |amount: Option<f64>| amount.map(wh).unwrap_or_default();
    let home = &part.home;
    let missing = part
        .missing
        .iter()
        .map(|missing| missing.missing_s + missing.partial_s);
    let mut row = vec![
        moment(part.from_ms),
        moment(part.to_ms),
        wh(home.consumption_wh),
        maybe(home.grid.map(|grid| grid.imported_wh)),
        maybe(home.grid.map(|grid| grid.exported_wh)),
        maybe(home.solar_wh),
        maybe(home.battery.map(|battery| battery.charged_wh)),
        maybe(home.battery.map(|battery| battery.discharged_wh)),
        wh(part.unmeasured_wh),
        missing.max().unwrap_or(0).to_string(),
    ];
    let cost = |code: &&String| part.cost.get(*code).map(|cost| cost.net.clone());
    row.extend(currencies.iter().map(|code| cost(code).unwrap_or_default()));
    row.extend(part.devices.iter().map(|device| wh(device.own_wh)));
    row
}

fn line(cells: impl IntoIterator<Item = String>) -> String {
    let cells = cells.into_iter().map(|cell| {
        let is_plain = !cell.contains(['"', ',', '\n', '\r']);
        match is_plain {
            true => cell,
            false => format!("\"{}\"", cell.replace('"', "\"\"")),
        }
    });
    cells.collect::<Vec<_>>().join(",") + "\r\n"
}

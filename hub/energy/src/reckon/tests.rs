//! Days reckoned by hand.

mod properties;

use serde_json::json;

use super::*;
use crate::amount::MilliwattHours;
use crate::money::Money;
use crate::settings::Role;
use crate::slice::Quality;
use crate::testing::{meter, range, zone};

const HOUR_US: i64 = 3_600_000_000;

/// Hourly slices over the range, each with that much imported and exported.
fn hourly(range: Range, imported: i64, exported: i64) -> Vec<Slice> {
    let starts = (range.from().0..range.to().0).step_by(3_600_000_000);
    starts
        .map(|start| Slice {
            from: Timestamp(start),
            to: Timestamp(start + HOUR_US),
            imported: MilliwattHours(imported),
            exported: MilliwattHours(exported),
            quality: Quality::Complete,
        })
        .collect()
}

pub(super) fn measured(node: u64, room: Option<&str>, slices: Vec<Slice>) -> Measured {
    Measured {
        meter: meter(node),
        name: format!("meter {node}"),
        room: room.map(str::to_owned),
        slices,
    }
}

/// Settings with the roles of nodes 1 and up.
fn settings(roles: &[Role], tariffs: serde_json::Value) -> Settings {
    let meter = |(node, role): (u64, &Role)| json!({ "node": node, "endpoint": 1, "role": role });
    let meters: Vec<_> = (1..).zip(roles).map(meter).collect();
    Settings::from_json(&json!({ "version": 1, "meters": meters, "tariffs": tariffs })).unwrap()
}

fn night_tariff() -> serde_json::Value {
    json!([{
        "from": "2026-01-01",
        "currency": "EUR",
        "import": {
            "default": "0.30",
            "bands": [{ "name": "night", "price": "0.20", "from": "22:00", "to": "06:00" }],
        },
        "export": { "default": "0.08" },
        "standing_per_day": "0.48",
    }])
}

fn eur(part: &Part) -> &Cost {
    &part.cost[&"EUR".parse().unwrap()]
}

fn kwh(kwh: i64) -> MilliwattHours {
    MilliwattHours::from_kwh(kwh)
}

fn wh(wh: i64) -> MilliwattHours {
    MilliwattHours(wh * 1_000)
}

/// An hour of a summer's day in Berlin, noon to one.
fn an_hour() -> Range {
    range("2026-06-10T10:00:00Z", "2026-06-10T11:00:00Z")
}

fn reckon_hour(settings: &Settings, measured: &[Measured]) -> Part {
    let berlin = zone("Europe/Berlin");
    let reckoning = reckon(settings, measured, &berlin, Period::Hour, an_hour()).unwrap();
    assert_eq!(reckoning.parts, std::slice::from_ref(&reckoning.whole));
    reckoning.whole
}

#[test]
fn a_night_tariff_over_midnight_on_days_of_24_23_and_25_hours() {
    let berlin = zone("Europe/Berlin");
    let settings = settings(&[Role::Grid], night_tariff());
    // 1 kWh in each hour; the day from 06:00 to 22:00 always has 16 hours at 0.30.
    for (from, to, nights, cost, net) in [
        (
            "2026-06-09T22:00:00Z",
            "2026-06-10T22:00:00Z",
            8,
            "1.6",
            "6.88",
        ),
        (
            "2026-03-28T23:00:00Z",
            "2026-03-29T22:00:00Z",
            7,
            "1.4",
            "6.68",
        ),
        (
            "2026-10-24T22:00:00Z",
            "2026-10-25T23:00:00Z",
            9,
            "1.8",
            "7.08",
        ),
    ] {
        let day = range(from, to);
        let grid = measured(1, None, hourly(day, 1_000_000, 0));
        let reckoning = reckon(&settings, &[grid], &berlin, Period::Day, day).unwrap();
        let [part] = reckoning.parts.as_slice() else {
            panic!("{from}: one day")
        };
        let cost_of = eur(part);
        assert_eq!(cost_of.import["night"].energy, kwh(nights), "{from}");
        assert_eq!(cost_of.import["night"].money.to_string(), cost);
        assert_eq!(cost_of.import["default"].energy, kwh(16));
        assert_eq!(cost_of.import["default"].money.to_string(), "4.8");
        assert_eq!(cost_of.standing.to_string(), "0.48");
        assert_eq!(cost_of.net.to_string(), net);
        assert_eq!(part.home.consumption, kwh(16 + nights));
        assert!(part.is_complete());
    }
}

#[test]
fn an_hour_that_comes_twice_is_two_hours() {
    let berlin = zone("Europe/Berlin");
    let night = range("2026-10-24T23:00:00Z", "2026-10-25T03:00:00Z");
    let grid = measured(1, None, hourly(night, 1_000_000, 0));
    let settings = settings(&[Role::Grid], night_tariff());
    let reckoning = reckon(&settings, &[grid], &berlin, Period::Hour, night).unwrap();
    assert_eq!(reckoning.parts.len(), 4);
    for part in &reckoning.parts {
        // A share of 0.48 for one of 25 hours: 0.0192.
        assert_eq!(eur(part).standing.to_string(), "0.0192");
        assert_eq!(eur(part).net.to_string(), "0.2192");
    }
}

#[test]
fn sun_and_battery_and_export() {
    use Role::{Battery, Grid, Solar};
    let hour = an_hour();
    let settings = settings(&[Grid, Solar, Battery], night_tariff());
    let part = reckon_hour(
        &settings,
        &[
            measured(1, None, hourly(hour, 200_000, 1_500_000)),
            measured(2, None, hourly(hour, 3_000, 4_000_000)),
            measured(3, None, hourly(hour, 1_000_000, 300_000)),
        ],
    );
    // 0.2 + 4 + 0.3 - 1.5 - 1 = 2 kWh; what the inverter takes is part of that.
    assert_eq!(part.home.consumption, kwh(2));
    assert_eq!(part.home.solar, Some(kwh(4)));
    let battery = part.home.battery.unwrap();
    assert_eq!((battery.charged, battery.discharged), (kwh(1), wh(300)));
    assert_eq!(part.home.self_consumption, Some(0.625));
    assert_eq!(part.home.self_sufficiency, Some(0.9));
    let cost = eur(&part);
    assert_eq!(cost.imported.to_string(), "0.06");
    assert_eq!(cost.exported.to_string(), "0.12");
    assert_eq!(cost.export["default"].energy, wh(1_500));
    // The charge of one hour of 24 is 0.02.
    assert_eq!(cost.net.to_string(), "-0.04");
    assert_eq!(part.rest.used, kwh(2));
}

#[test]
fn a_meter_that_is_reversed_counts_the_other_way_round() {
    let json = json!({ "version": 1, "meters": [
        { "node": 1, "endpoint": 1, "role": "grid", "reversed": true },
        { "node": 2, "endpoint": 1, "role": "solar", "reversed": true },
    ]});
    let settings = Settings::from_json(&json).unwrap();
    let grid = measured(1, None, hourly(an_hour(), 10_000, 200_000));
    let plug = measured(2, None, hourly(an_hour(), 300_000, 0));
    let part = reckon_hour(&settings, &[grid, plug]);
    let grid = part.home.grid.unwrap();
    assert_eq!((grid.imported, grid.exported), (wh(200), wh(10)));
    assert_eq!(part.home.solar, Some(wh(300)));
    assert!(part.cost.is_empty(), "no tariff");
    assert_eq!(part.unpriced, wh(200));
}

fn strip_settings() -> Settings {
    let json = json!({ "version": 1, "tariffs": night_tariff(), "meters": [
        { "node": 1, "endpoint": 1, "role": "grid" },
        { "node": 3, "endpoint": 1, "role": "device", "parent": { "node": 2, "endpoint": 1 } },
        { "node": 4, "endpoint": 1, "role": "device", "parent": { "node": 3, "endpoint": 1 } },
    ]});
    Settings::from_json(&json).unwrap()
}

#[test]
fn what_is_behind_another_meter_is_counted_once() {
    let hour = an_hour();
    let part = reckon_hour(
        &strip_settings(),
        &[
            measured(1, None, hourly(hour, 250_000, 0)),
            measured(2, Some("office"), hourly(hour, 100_000, 0)),
            measured(3, Some("office"), hourly(hour, 60_000, 0)),
            measured(4, Some("hall"), hourly(hour, 20_000, 0)),
            measured(5, None, hourly(hour, 30_000, 0)),
        ],
    );
    let shown = |device: &DeviceUse| {
        (
            device.meter.node.0,
            device.used.0 / 1_000,
            device.own.0 / 1_000,
        )
    };
    let devices: Vec<_> = part.devices.iter().map(shown).collect();
    assert_eq!(
        devices,
        [(2, 100, 40), (3, 60, 40), (4, 20, 20), (5, 30, 30)]
    );
    let rooms: Vec<_> = part
        .rooms
        .iter()
        .map(|room| (room.room.as_deref(), room.used))
        .collect();
    assert_eq!(
        rooms,
        [
            (None, wh(30)),
            (Some("hall"), wh(20)),
            (Some("office"), wh(80))
        ]
    );
    assert_eq!(
        (part.rest.used, part.rest.excess),
        (wh(120), MilliwattHours::ZERO)
    );
    // 40 Wh at 0.30.
    let eur = "EUR".parse().unwrap();
    assert_eq!(part.devices[0].cost[&eur].to_string(), "0.012");
    assert_eq!(part.rooms[2].cost[&eur].to_string(), "0.024");
}

#[test]
fn through_a_meter_without_data_went_what_those_behind_it_measured() {
    let hour = an_hour();
    let mut vague = hourly(hour, 10_000, 0);
    vague[0].quality = Quality::Partial;
    for (strip, used) in [
        (Vec::new(), wh(60)),
        (vague, wh(60)),
        (hourly(hour, 50_000, 0), wh(50)),
    ] {
        let part = reckon_hour(
            &strip_settings(),
            &[
                measured(2, None, strip),
                measured(3, None, hourly(hour, 60_000, 0)),
            ],
        );
        assert_eq!(part.devices[0].used, used);
        assert_eq!(part.devices[0].own, used - wh(60));
        assert_eq!(part.devices[1].own, wh(60));
        assert_eq!(part.home.consumption, used);
    }
    // The meter between them is not there: the one behind it is behind the strip.
    let strip = measured(2, None, hourly(hour, 50_000, 0));
    let far = measured(4, None, hourly(hour, 20_000, 0));
    let part = reckon_hour(&strip_settings(), &[strip, far]);
    assert_eq!(part.devices[0].own, wh(30));
}

#[test]
fn without_a_meter_of_the_grid_the_devices_are_the_home() {
    let berlin = zone("Europe/Berlin");
    let settings = settings(&[Role::Solar, Role::Device, Role::Ignore], night_tariff());
    let hour = an_hour();
    let meters = [
        measured(1, None, hourly(hour, 0, 500_000)),
        measured(2, None, hourly(hour, 100_000, 7_000)),
        measured(3, None, hourly(hour, 999_000, 0)),
        measured(4, None, hourly(hour, 200_000, 0)),
    ];
    let reckoning = reckon(&settings, &meters, &berlin, Period::Hour, hour).unwrap();
    assert_eq!(reckoning.basis, Basis::Devices);
    assert_eq!(reckoning.meters.len(), 3);
    let home = reckoning.whole.home;
    assert_eq!((home.grid, home.consumption), (None, wh(300)));
    assert_eq!((home.self_consumption, home.self_sufficiency), (None, None));
    assert_eq!(eur(&reckoning.whole).imported.to_string(), "0.09");
    assert_eq!(reckoning.whole.rest, Rest::default());
}

#[test]
fn devices_that_measure_more_than_the_home_are_told() {
    let settings = settings(&[Role::Grid], json!([]));
    let grid = measured(1, None, hourly(an_hour(), 100_000, 0));
    let device = measured(2, None, hourly(an_hour(), 130_000, 0));
    let part = reckon_hour(&settings, &[grid, device]);
    assert_eq!(
        (part.rest.used, part.rest.excess),
        (MilliwattHours::ZERO, wh(30))
    );
}

#[test]
fn a_slice_over_a_border_is_split_by_time() {
    // Half past by UTC is a full hour in India, where 22:00 is 16:30 UTC.
    let india = zone("Asia/Kolkata");
    let settings = settings(&[Role::Grid], night_tariff());
    let evening = range("2026-06-10T16:00:00Z", "2026-06-10T18:00:00Z");
    let grid = measured(1, None, hourly(evening, 1_000_001, 0));
    let reckoning = reckon(&settings, &[grid], &india, Period::Hour, evening).unwrap();
    let imported = |part: &Part| part.home.grid.unwrap().imported.0;
    let parts: Vec<_> = reckoning.parts.iter().map(imported).collect();
    assert_eq!(parts, [500_000, 1_000_001, 500_001]);
    let cost = eur(&reckoning.whole);
    assert_eq!(cost.import["default"].energy, MilliwattHours(500_000));
    assert_eq!(cost.import["night"].energy, MilliwattHours(1_500_002));
    assert_eq!(cost.imported.to_string(), "0.4500004");
}

#[test]
fn what_is_missing_is_told_and_not_made_up() {
    let berlin = zone("Europe/Berlin");
    let settings = settings(&[Role::Grid], night_tariff());
    let day = range("2026-06-09T22:00:00Z", "2026-06-10T22:00:00Z");
    let mut slices = hourly(day, 1_000_000, 0);
    slices.drain(3..5);
    slices[0].quality = Quality::Partial;
    let meters = [measured(1, None, slices), measured(2, None, Vec::new())];
    let whole = reckon(&settings, &meters, &berlin, Period::Day, day)
        .unwrap()
        .whole;
    let missing: Vec<_> = whole
        .missing
        .iter()
        .map(|m| (m.meter.node.0, m.hours(), m.partial_s))
        .collect();
    assert_eq!(missing, [(1, 2.0, 3_600), (2, 24.0, 0)]);
    assert_eq!(whole.home.consumption, kwh(22));
    assert!(!whole.is_complete());
}

#[test]
fn a_tariff_begins_at_the_midnight_of_its_day_in_its_currency() {
    let sofia = zone("Europe/Sofia");
    let tariff = |from, currency, price| json!({ "from": from, "currency": currency, "import": { "default": price }, "standing_per_day": "0.24" });
    let tariffs = json!([
        tariff("2025-12-31", "BGN", "0.26"),
        tariff("2026-01-01", "EUR", "0.13")
    ]);
    let settings = settings(&[Role::Grid], tariffs);
    // From 21:00 on the 30th until 03:00 on the first, at one kWh an hour.
    let days = range("2025-12-30T19:00:00Z", "2026-01-01T01:00:00Z");
    let grid = measured(1, None, hourly(days, 1_000_000, 0));
    let whole = reckon(&settings, &[grid], &sofia, Period::Day, days)
        .unwrap()
        .whole;
    assert_eq!(whole.unpriced, kwh(3));
    let cost: Vec<_> = whole
        .cost
        .iter()
        .map(|(currency, cost)| {
            (
                currency.code(),
                cost.imported.to_string(),
                cost.standing.to_string(),
            )
        })
        .collect();
    let told =
        |code, imported: &str, standing: &str| (code, imported.to_owned(), standing.to_owned());
    assert_eq!(
        cost,
        [told("BGN", "6.24", "0.24"), told("EUR", "0.39", "0.03")]
    );
}

#[test]
fn prices_may_be_negative() {
    let tariffs = json!([{ "from": "2026-01-01", "currency": "EUR",
        "import": { "default": "-0.05" }, "export": { "default": "-0.01" } }]);
    let settings = settings(&[Role::Grid], tariffs);
    let grid = measured(1, None, hourly(an_hour(), 2_000_000, 1_000_000));
    let part = reckon_hour(&settings, &[grid]);
    let cost = eur(&part);
    assert_eq!(
        (cost.imported.to_string(), cost.exported.to_string()),
        ("-0.1".into(), "-0.01".into())
    );
    assert_eq!(cost.net, "-0.09".parse::<Money>().unwrap());
}

#[test]
fn what_cannot_be_reckoned_is_refused() {
    let settings = Settings::default();
    let berlin = zone("Europe/Berlin");
    let try_with = |measured: &[Measured], period, range| {
        reckon(&settings, measured, &berlin, period, range)
            .unwrap_err()
            .to_string()
    };
    let hour = an_hour();
    let one = measured(1, None, hourly(hour, 1, 0));
    assert_eq!(
        try_with(&[one.clone(), one], Period::Hour, hour),
        "meter 0x1/1 is given twice"
    );
    let [slice] = hourly(hour, 1, 0).try_into().unwrap();
    let negative = Slice {
        exported: MilliwattHours(-1),
        ..slice
    };
    let empty = Slice {
        to: slice.from,
        ..slice
    };
    for slices in [vec![negative], vec![empty], vec![slice, slice]] {
        assert_eq!(
            try_with(&[measured(1, None, slices)], Period::Hour, hour),
            "the slice of meter 0x1/1 at 1781085600.000000 is not valid or not after the one before it"
        );
    }
    let years = range("2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
    assert_eq!(
        try_with(&[], Period::Hour, years),
        "the range has 17544 periods, at most 10000 are reckoned"
    );
}

#[test]
fn the_form_of_the_answer_is_kept() {
    let settings = settings(&[Role::Grid], night_tariff());
    let grid = measured(1, None, hourly(an_hour(), 1_000_000, 0));
    let device = measured(2, Some("hall"), hourly(an_hour(), 250_000, 0));
    let berlin = zone("Europe/Berlin");
    let hour = reckon(&settings, &[grid, device], &berlin, Period::Hour, an_hour()).unwrap();
    let text = serde_json::to_string(&hour).unwrap();
    assert_eq!(serde_json::from_str::<Reckoning>(&text).unwrap(), hour);
    assert_eq!(
        serde_json::to_value(&hour.whole).unwrap(),
        json!({
            "from": 1_781_085_600_000_000_i64,
            "to": 1_781_089_200_000_000_i64,
            "home": {
                "grid": { "imported": 1_000_000, "exported": 0 },
                "solar": null,
                "battery": null,
                "consumption": 1_000_000,
                "self_consumption": null,
                "self_sufficiency": null,
            },
            "devices": [{
                "meter": { "node": 2, "endpoint": 1 },
                "used": 250_000,
                "own": 250_000,
                "cost": { "EUR": "0.075" },
            }],
            "rooms": [{ "room": "hall", "used": 250_000, "cost": { "EUR": "0.075" } }],
            "rest": { "used": 750_000, "excess": 0 },
            "cost": { "EUR": {
                "import": { "default": { "energy": 1_000_000, "money": "0.3" } },
                "export": {},
                "imported": "0.3",
                "exported": "0",
                "standing": "0.02",
                "net": "0.32",
            }},
            "unpriced": 0,
            "missing": [],
        })
    );
}

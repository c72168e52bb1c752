//! What holds of any home: sums are exact at any grain, and nothing is counted twice or lost.

use proptest::prelude::*;

use super::*;
use crate::settings::MeterSettings;
use crate::tariff::{Prices, Tariff};
use crate::testing::{any_prices, any_range, any_zone, repeatable};

/// Everything of a part that sums up: energies and seconds, and money.
fn sums(part: &Part) -> (Vec<i64>, Vec<Money>) {
    let home = &part.home;
    let (grid, battery) = (
        home.grid.unwrap_or_default(),
        home.battery.unwrap_or_default(),
    );
    let mut numbers = vec![
        grid.imported.0,
        grid.exported.0,
        battery.charged.0,
        battery.discharged.0,
        home.solar.unwrap_or_default().0,
        home.consumption.0,
        part.rest.used.0 - part.rest.excess.0,
        part.unpriced.0,
        part.missing.iter().map(|missing| missing.missing_s).sum(),
        part.missing.iter().map(|missing| missing.partial_s).sum(),
    ];
    let mut money = Vec::new();
    for device in &part.devices {
        numbers.extend([device.used.0, device.own.0]);
        money.push(device.cost.values().copied().sum());
    }
    for room in &part.rooms {
        numbers.push(room.used.0);
        money.push(room.cost.values().copied().sum());
    }
    let cost = |amount: fn(&Cost) -> Money| part.cost.values().map(amount).sum::<Money>();
    money.extend([
        cost(|cost| cost.imported),
        cost(|cost| cost.exported),
        cost(|cost| cost.standing),
        cost(|cost| cost.net),
        cost(|cost| cost.import.values().map(|band| band.money).sum()),
        cost(|cost| cost.export.values().map(|band| band.money).sum()),
    ]);
    (numbers, money)
}

fn sums_of_all(parts: &[Part]) -> (Vec<i64>, Vec<Money>) {
    let mut parts = parts.iter().map(sums);
    let first = parts.next().unwrap();
    parts.fold(first, |(mut numbers, mut money), part| {
        numbers
            .iter_mut()
            .zip(part.0)
            .for_each(|(sum, more)| *sum += more);
        money
            .iter_mut()
            .zip(part.1)
            .for_each(|(sum, more)| *sum += more);
        (numbers, money)
    })
}

/// What a sum has at a finer grain, of the parts within one coarse part.
fn within(parts: &[Part], coarse: Range) -> Vec<Part> {
    let is_within =
        |part: &&Part| coarse.from() <= part.range.from() && part.range.to() <= coarse.to();
    parts.iter().filter(is_within).cloned().collect()
}

proptest! {
    #![proptest_config(repeatable(24))]

    #[test]
    fn hours_sum_up_to_days_and_those_to_months(
        home in any_home(),
        (_, zone) in any_zone(),
        range in any_range(45),
    ) {
        let (settings, measured) = home.within(range);
        let of = |period| reckon(&settings, &measured, &zone, period, range).unwrap();
        let [hours, days, months] = [Period::Hour, Period::Day, Period::Month].map(of);
        for (fine, coarse) in [(&hours, &days), (&days, &months), (&hours, &months)] {
            for part in &coarse.parts {
                prop_assert_eq!(sums_of_all(&within(&fine.parts, part.range)), sums(part));
            }
            prop_assert_eq!(sums_of_all(&fine.parts), sums(&fine.whole));
            prop_assert_eq!(&fine.whole, &coarse.whole);
        }
    }

    #[test]
    fn each_meter_has_what_its_slices_have(
        home in any_home(),
        (_, zone) in any_zone(),
        range in any_range(4),
    ) {
        let (settings, measured) = home.within(range);
        let whole = reckon(&settings, &measured, &zone, Period::Month, range).unwrap().whole;
        let of_role = |role| {
            let mut sum = (MilliwattHours::ZERO, MilliwattHours::ZERO);
            for measured in &measured {
                let told = settings.meter(measured.meter);
                if told.role == role {
                    let more = in_range(measured, told.reversed, range);
                    sum = (sum.0 + more.0, sum.1 + more.1);
                }
            }
            sum
        };
        if let Some(grid) = whole.home.grid {
            prop_assert_eq!((grid.imported, grid.exported), of_role(Role::Grid));
        }
        if let Some(solar) = whole.home.solar {
            prop_assert_eq!(solar, of_role(Role::Solar).1);
        }
        if let Some(battery) = whole.home.battery {
            prop_assert_eq!((battery.charged, battery.discharged), of_role(Role::Battery));
        }
        for measured in &measured {
            let told = settings.meter(measured.meter);
            let us = |quality: Option<Quality>| -> i64 {
                let slices = measured.slices.iter();
                slices
                    .filter(|slice| quality.is_none_or(|quality| slice.quality == quality))
                    .filter_map(|slice| Range::between(slice.from, slice.to).and(range))
                    .map(Range::length_us)
                    .sum()
            };
            let expected = (
                (range.length_us() - us(None)) / 1_000_000,
                us(Some(Quality::Partial)) / 1_000_000,
            );
            let missing = whole.missing.iter().find(|missing| missing.meter == measured.meter);
            let missing = missing.map_or((0, 0), |missing| (missing.missing_s, missing.partial_s));
            let counts = told.role != Role::Ignore;
            prop_assert_eq!(missing, if counts { expected } else { (0, 0) });
            // A device with nothing behind it used what it measured.
            let device = whole.devices.iter().find(|device| device.meter == measured.meter);
            if let Some(device) = device && ![8, 9].contains(&measured.meter.node.0) {
                prop_assert_eq!(device.used, in_range(measured, told.reversed, range).0);
            }
        }
    }

    #[test]
    fn what_came_in_is_what_went_out_and_each_is_counted_once(
        home in any_home(),
        (_, zone) in any_zone(),
        range in any_range(4),
    ) {
        let (settings, measured) = home.within(range);
        let reckoning = reckon(&settings, &measured, &zone, Period::Hour, range).unwrap();
        let top: Vec<_> = reckoning.meters.iter()
            .filter(|info| info.role == Role::Device && info.parent.is_none())
            .map(|info| info.meter)
            .collect();
        for part in reckoning.parts.iter().chain([&reckoning.whole]) {
            let home = &part.home;
            let own: MilliwattHours = part.devices.iter().map(|device| device.own).sum();
            let used: MilliwattHours = part.devices.iter()
                .filter(|device| top.contains(&device.meter))
                .map(|device| device.used)
                .sum();
            prop_assert_eq!(own, used);
            prop_assert_eq!(own, part.rooms.iter().map(|room| room.used).sum());
            let through = home.consumption + home.battery.unwrap_or_default().charged;
            match home.grid {
                Some(grid) => {
                    let battery = home.battery.unwrap_or_default();
                    let gained = grid.imported + home.solar.unwrap_or_default() + battery.discharged;
                    prop_assert_eq!(through + grid.exported, gained);
                }
                None => prop_assert_eq!(home.consumption, used),
            }
            prop_assert_eq!(home.consumption + part.rest.excess, used + part.rest.used);
            prop_assert!(part.rest.used >= MilliwattHours::ZERO && part.rest.excess >= MilliwattHours::ZERO);
            for share in [home.self_consumption, home.self_sufficiency].into_iter().flatten() {
                prop_assert!((0.0..=1.0).contains(&share));
            }
            for cost in part.cost.values() {
                prop_assert_eq!(cost.imported, cost.import.values().map(|band| band.money).sum());
                prop_assert_eq!(cost.exported, cost.export.values().map(|band| band.money).sum());
                prop_assert_eq!(cost.net + cost.exported, cost.imported + cost.standing);
            }
        }
    }

    #[test]
    fn no_slices_panic(
        slices in prop::collection::vec((any::<i64>(), any::<i64>(), any::<i64>(), any::<i64>()), 0..4),
        range in any_range(3),
        roles in prop::collection::vec(prop::sample::select(Role::ALL.as_slice()), 4),
    ) {
        let settings = settings(&roles, night_tariff());
        let slice = |(from, to, imported, exported)| Slice {
            from: Timestamp(from),
            to: Timestamp(to),
            imported: MilliwattHours(imported),
            exported: MilliwattHours(exported),
            quality: Quality::Partial,
        };
        let around = slice((i64::MIN, i64::MAX, i64::MAX, i64::MAX));
        let mut meters: Vec<_> = (1..4).map(|node| measured(node, None, vec![around])).collect();
        let berlin = zone("Europe/Berlin");
        prop_assert!(reckon(&settings, &meters, &berlin, Period::Hour, range).is_ok());
        meters.push(measured(4, None, slices.into_iter().map(slice).collect()));
        let _ = reckon(&settings, &meters, &berlin, Period::Hour, range);
    }
}

/// What the slices of a meter have of a range, each by itself.
fn in_range(measured: &Measured, reversed: bool, range: Range) -> (MilliwattHours, MilliwattHours) {
    let mut sum = (MilliwattHours::ZERO, MilliwattHours::ZERO);
    for slice in &measured.slices {
        let since = |at: Timestamp| at.0 - slice.from.0;
        let ends = (since(range.from()), since(range.to()));
        let part = |energy: MilliwattHours| energy.between(ends.0, ends.1, slice.length_us());
        sum.0 += part(slice.imported);
        sum.1 += part(slice.exported);
    }
    if reversed { (sum.1, sum.0) } else { sum }
}

/// A home whose meters begin to measure a while after some moment.
#[derive(Clone, Debug)]
struct Home {
    settings: Settings,
    meters: Vec<Vec<Stroke>>,
}

/// Minutes of a hole, minutes of a slice, imported, exported, whether it is partial.
type Stroke = (i64, i64, i64, i64, bool);

impl Home {
    /// The settings, and its meters measuring over and over from an hour before the range on.
    fn within(&self, range: Range) -> (Settings, Vec<Measured>) {
        let rooms = [None, Some("hall"), Some("office")];
        let meters = (1..).zip(&self.meters).zip(rooms.into_iter().cycle());
        let meters =
            meters.map(|((node, pattern), room)| measured(node, room, repeated(pattern, range)));
        (self.settings.clone(), meters.collect())
    }
}

fn repeated(pattern: &[Stroke], range: Range) -> Vec<Slice> {
    const MINUTE_US: i64 = 60_000_000;
    let mut at = range.from().0 - HOUR_US;
    let mut slices = Vec::new();
    for (hole, length, imported, exported, is_partial) in pattern.iter().cycle() {
        let from = at + hole * MINUTE_US;
        at = from + length * MINUTE_US;
        if from > range.to().0 {
            break;
        }
        slices.push(Slice {
            from: Timestamp(from),
            to: Timestamp(at),
            imported: MilliwattHours(*imported),
            exported: MilliwattHours(*exported),
            quality: if *is_partial {
                Quality::Partial
            } else {
                Quality::Complete
            },
        });
    }
    slices
}

fn any_home() -> impl Strategy<Value = Home> {
    let hole = prop_oneof![4 => Just(0_i64), 1 => 1_i64..300];
    let length = prop_oneof![Just(5_i64), Just(60), 7_i64..200];
    let slice = (
        hole,
        length,
        0_i64..5_000_000,
        0_i64..3_000_000,
        prop::bool::weighted(0.1),
    );
    let pattern = prop::collection::vec(slice, 1..12);
    let roles = prop::sample::select(Role::ALL.as_slice());
    let first = prop::sample::select(vec![Role::Grid, Role::Device]);
    let roles = (first, prop::collection::vec(roles, 5));
    let prices = (any_prices(), prop::option::of(any_prices()));
    (prop::collection::vec(pattern, 10), roles, prices).prop_map(
        |(meters, (first, roles), prices)| Home {
            settings: home_settings(first, &roles, prices),
            meters,
        },
    )
}

/// Nodes 1 to 6 have the roles; 7 and 9 are behind 8, a device of its own, and 10 is behind 9.
fn home_settings(
    first: Role,
    roles: &[Role],
    (import, export): (Prices, Option<Prices>),
) -> Settings {
    let roles = std::iter::once(&first).chain(roles);
    let told = |(node, role): (u64, &Role)| MeterSettings {
        role: *role,
        reversed: node == 3,
        ..MeterSettings::of(meter(node))
    };
    let behind = [(7, 8), (9, 8), (10, 9)].map(|(node, parent)| MeterSettings {
        parent: Some(meter(parent)),
        ..MeterSettings::of(meter(node))
    });
    let meters = (1..).zip(roles).map(told).chain(behind).collect();
    let tariff = |(date, currency): (&str, &str)| Tariff {
        from: date.parse().unwrap(),
        currency: currency.parse().unwrap(),
        import: import.clone(),
        export: export.clone(),
        standing_per_day: "0.1234567".parse().unwrap(),
    };
    let tariffs = [("2013-05-05", "DEM"), ("2020-02-29", "EUR")].map(tariff);
    Settings::new(meters, tariffs.to_vec()).unwrap()
}

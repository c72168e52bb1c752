//! Whole imports: rows of each kind of entity, what they become, and what the report says.

mod properties;

use std::collections::BTreeMap;

use history::sample::settle;
use hub_engine::Quality;
use hub_model::{NodeId, Value};
use rules_import::EntityTable;

use super::*;
use crate::plan::{Foreign, Guesses, Settings};
use crate::report::Outcome;
use crate::row::{Entity, Statistic, StatisticRef};
use crate::testing::{entities, home, path, row, statistic};

/// What a store would hold.
#[derive(Clone, Debug, Default, PartialEq)]
struct Store {
    samples: BTreeMap<SeriesKey, Vec<Sample>>,
    hours: BTreeMap<SeriesKey, Vec<Rollup>>,
}

impl Store {
    fn keep(&mut self, samples: Vec<(SeriesKey, Vec<Sample>)>) {
        for (key, samples) in samples {
            let kept = self.samples.entry(key).or_default();
            kept.extend(samples);
            settle(kept);
        }
    }

    fn of(&self, key: &SeriesKey) -> Vec<(i64, Value)> {
        let samples = self.samples.get(key).into_iter().flatten();
        let known = samples.filter(|sample| sample.is_known());
        known.map(|s| (s.at.as_secs(), s.value.clone())).collect()
    }
}

fn table(rows: &[(&str, &str)]) -> EntityTable {
    let rows = rows
        .iter()
        .map(|(entity, is)| format!("\"{entity}\" = \"{is}\"\n"));
    EntityTable::from_toml(&format!("[entities]\n{}", rows.collect::<String>())).unwrap()
}

fn plan(table: &EntityTable, entities: &[Entity], statistics: &[Statistic]) -> Plan {
    Plan::new(table, &home(), entities, statistics, Settings::default())
}

/// Imports rows in one page.
fn import(plan: Plan, rows: &[StateRow]) -> (Store, Finished) {
    let mut store = Store::default();
    let mut importer = Importer::new(plan, &Past::default());
    store.keep(importer.states(rows.to_vec()));
    let finished = importer.finish();
    store.keep(finished.samples.clone());
    (store, finished)
}

fn attribute(node: u64, at: (u16, u32, u32)) -> SeriesKey {
    SeriesKey::Attribute(path(node, at))
}

#[test]
fn each_kind_of_entity_becomes_what_its_device_shows() {
    let kinds = [
        // Entity, class, unit, what it is here, state, attributes, series, value.
        (
            "light.hall",
            "",
            "",
            "hall-lamp",
            "on",
            "{}",
            attribute(0x10, (1, 6, 0)),
            Value::Bool(true),
        ),
        (
            "light.hall",
            "",
            "",
            "hall-lamp",
            "on",
            r#"{"brightness":128,"color_temp_kelvin":4000}"#,
            attribute(0x10, (1, 8, 0)),
            Value::Uint(127),
        ),
        (
            "light.hall",
            "",
            "",
            "hall-lamp",
            "on",
            r#"{"brightness":128,"color_temp_kelvin":4000}"#,
            attribute(0x10, (1, 0x300, 7)),
            Value::Uint(250),
        ),
        (
            "sensor.t",
            "temperature",
            "°F",
            "hall-sensor",
            "68.0",
            r#"{"unit_of_measurement":"°F"}"#,
            attribute(0x11, (1, 0x402, 0)),
            Value::Int(2_000),
        ),
        (
            "sensor.h",
            "humidity",
            "%",
            "hall-sensor.humidity",
            "45.5",
            "{}",
            attribute(0x11, (2, 0x405, 0)),
            Value::Uint(4_550),
        ),
        (
            "sensor.b",
            "battery",
            "%",
            "hall-sensor",
            "87",
            "{}",
            attribute(0x11, (0, 0x2F, 0xC)),
            Value::Uint(174),
        ),
        (
            "binary_sensor.m",
            "motion",
            "",
            "hall-sensor",
            "on",
            "{}",
            attribute(0x11, (3, 0x406, 0)),
            Value::Uint(1),
        ),
        (
            "lock.front",
            "",
            "",
            "front-door",
            "locked",
            "{}",
            attribute(0x12, (1, 0x101, 0)),
            Value::Uint(1),
        ),
        (
            "cover.bed",
            "shade",
            "",
            "bedroom-blind",
            "open",
            r#"{"current_position":30,"current_tilt_position":0}"#,
            attribute(0x13, (1, 0x102, 0xE)),
            Value::Uint(7_000),
        ),
        (
            "cover.bed",
            "shade",
            "",
            "bedroom-blind",
            "open",
            r#"{"current_position":30,"current_tilt_position":0}"#,
            attribute(0x13, (1, 0x102, 0xF)),
            Value::Uint(10_000),
        ),
        (
            "climate.bath",
            "",
            "",
            "bath-valve",
            "heat",
            r#"{"current_temperature":19.5,"temperature":21}"#,
            attribute(0x14, (1, 0x201, 0)),
            Value::Int(1_950),
        ),
        (
            "climate.bath",
            "",
            "",
            "bath-valve",
            "heat",
            r#"{"current_temperature":19.5,"temperature":21}"#,
            attribute(0x14, (1, 0x201, 0x12)),
            Value::Int(2_100),
        ),
        (
            "climate.bath",
            "",
            "",
            "bath-valve",
            "heat",
            "{}",
            attribute(0x14, (1, 0x201, 0x1C)),
            Value::Uint(4),
        ),
        (
            "sensor.p",
            "power",
            "kW",
            "washer-plug",
            "1.5",
            r#"{"unit_of_measurement":"kW"}"#,
            attribute(0x15, (2, 0x90, 8)),
            Value::Int(1_500_000),
        ),
        (
            "sensor.e",
            "energy",
            "kWh",
            "washer-plug",
            "12.5",
            r#"{"unit_of_measurement":"kWh"}"#,
            attribute(0x15, (2, 0x91, 1)),
            Value::structure([(0, Value::Int(12_500_000))]),
        ),
        (
            "binary_sensor.w",
            "window",
            "",
            "kitchen-window",
            "on",
            "{}",
            attribute(0x16, (1, 0x45, 0)),
            Value::Bool(false),
        ),
        (
            "binary_sensor.l",
            "moisture",
            "",
            "cellar-leak",
            "on",
            "{}",
            attribute(0x20, (3, 0x45, 0)),
            Value::Bool(true),
        ),
        (
            "sensor.co2",
            "carbon_dioxide",
            "ppm",
            "cellar-air.carbon-dioxide",
            "812",
            r#"{"unit_of_measurement":"ppm"}"#,
            attribute(0x20, (4, 0x40D, 0)),
            Value::Single(812.0),
        ),
        (
            "binary_sensor.c",
            "connectivity",
            "",
            "hall-lamp.reachable",
            "off",
            "{}",
            SeriesKey::Reachability(NodeId(0x10)),
            Value::Bool(false),
        ),
    ];
    for (entity, class, unit, is, state, attributes, key, value) in kinds {
        let entities = entities(&[(entity, class, unit)]);
        let plan = plan(&table(&[(entity, is)]), &entities, &[]);
        let (store, finished) = import(plan, &[row(1, 9, state, attributes)]);
        assert_eq!(
            store.of(&key),
            [(9, value)],
            "{entity}: {}",
            finished.report
        );
    }
}

#[test]
fn what_has_no_place_keeps_its_name_unless_that_is_not_wanted() {
    let entities = entities(&[
        ("sensor.moon", "", ""),
        ("climate.old", "", ""),
        ("sensor.attic", "", "W"),
    ]);
    let table = table(&[
        ("climate.old", "loft-valve"),
        ("sensor.attic", "hall-sensor.temperature"),
    ]);
    let rows = [
        row(1, 1, "full", "{}"),
        row(2, 2, "heat", r#"{"current_temperature":18}"#),
        row(3, 3, "7", r#"{"unit_of_measurement":"W"}"#),
    ];
    let (store, finished) = import(plan(&table, &entities, &[]), &rows);
    let of = |name: &str| store.of(&SeriesKey::Foreign(name.into()));
    assert_eq!(of("sensor.moon"), [(1, Value::text("full"))]);
    assert_eq!(of("climate.old"), [(2, Value::text("heat"))]);
    assert_eq!(
        of("climate.old.current_temperature"),
        [(2, Value::Double(18.0))]
    );
    assert_eq!(of("sensor.attic"), [(3, Value::Double(7.0))]);
    let why = |at: usize| finished.report.entities[at].why.clone().unwrap_or_default();
    assert_eq!(why(0), "the home has no device loft-valve");
    assert!(
        why(1).starts_with("it counts in W, which hall-sensor/1/"),
        "{}",
        why(1)
    );

    let settings = Settings {
        foreign: Foreign::Skip,
        ..Settings::default()
    };
    let plan = Plan::new(&table, &home(), &entities, &[], settings);
    assert!(!plan.wants_states(crate::EntityRef(1)));
    assert_eq!(import(plan, &rows).0, Store::default());
}

#[test]
fn a_guess_waits_until_someone_confirms_it() {
    let entities = entities(&[
        ("sensor.hall", "temperature", "°C"),
        ("light.hall_lamp", "", ""),
    ]);
    let rows = [row(1, 1, "20", "{}"), row(2, 1, "on", "{}")];
    let guessing = plan(&EntityTable::empty(), &entities, &[]);
    let text = guessing.table().to_toml();
    assert!(
        text.contains("\"sensor.hall\" = \"hall-sensor.temperature\"  # by its name"),
        "{text}"
    );
    let (store, finished) = import(guessing, &rows);
    assert_eq!(store, Store::default());
    let waits = |entry: &Entry| entry.outcome == Outcome::Waits;
    assert!(
        finished.report.entities.iter().all(waits),
        "{}",
        finished.report
    );

    let confirmed = EntityTable::from_toml(&text).unwrap();
    let (store, _) = import(plan(&confirmed, &entities, &[]), &rows);
    assert_eq!(store.samples.len(), 2);
    let taking = Settings {
        guesses: Guesses::Take,
        ..Settings::default()
    };
    let taking = Plan::new(&EntityTable::empty(), &home(), &entities, &[], taking);
    assert_eq!(import(taking, &rows).0, store);
}

#[test]
fn hours_are_of_the_series_that_the_state_becomes() {
    let entities = entities(&[("sensor.e", "energy", "kWh")]);
    let statistics = [
        statistic(1, "sensor.e", "kWh"),
        statistic(2, "grid:cost", "EUR"),
    ];
    let plan = plan(
        &table(&[("sensor.e", "washer-plug")]),
        &entities,
        &statistics,
    );
    let key = attribute(0x15, (2, 0x91, 1));
    assert!(plan.keys().contains(&key));
    let mut importer = Importer::new(plan, &Past::default());
    let hour = |of, hour: u32, state, sum| StatisticRow {
        of: StatisticRef(of),
        start: f64::from(hour) * 3_600.0,
        mean: None,
        min: None,
        max: None,
        sum: Some(sum),
        state: Some(state),
        last_reset: None,
    };
    let rows = vec![
        hour(1, 2, 11.0, 1.0),
        hour(2, 1, 5.0, 5.0),
        hour(1, 1, 10.0, 0.0),
    ];
    let hours = importer.hours(rows);
    let [(first, of_plug), (second, _)] = hours.as_slice() else {
        panic!("{hours:?}");
    };
    assert_eq!(*first, key);
    assert_eq!(*second, SeriesKey::Foreign("grid:cost".into()));
    let numbers = of_plug[1].numbers.unwrap();
    // In watt hours, as the attribute is shown.
    assert_eq!((numbers.increase, numbers.last), (1_000.0, 11_000.0));
    // The history reads the samples so too.
    let sample = Value::structure([(0, Value::Int(11_000_000))]);
    assert_eq!(
        history::measure::Measure::of(&key).number(&sample),
        Some(11_000.0)
    );
}

#[test]
fn the_hub_s_own_record_stays_as_it_is() {
    let entities = entities(&[("sensor.h", "humidity", "%")]);
    let key = attribute(0x11, (2, 0x405, 0));
    let plan = plan(&table(&[("sensor.h", "hall-sensor")]), &entities, &[]);
    let past = Past {
        own: BTreeMap::from([(key.clone(), Timestamp::from_secs(5))]),
        ..Past::default()
    };
    let mut store = Store::default();
    let mut importer = Importer::new(plan, &past);
    let rows = (1..9).map(|second| row(1, second, &second.to_string(), "{}"));
    store.keep(importer.states(rows.collect()));
    let finished = importer.finish();
    store.keep(finished.samples);
    assert_eq!(store.samples[&key].len(), 4);
    assert_eq!(finished.report.totals.dropped.own, 4);
}

#[test]
fn a_removed_entity_is_not_known_any_more() {
    let entities = entities(&[("light.hall", "", "")]);
    let plan = plan(&table(&[("light.hall", "hall-lamp")]), &entities, &[]);
    let gone = StateRow {
        state: None,
        attributes: None,
        ..row(1, 2, "", "")
    };
    let (store, _) = import(plan, &[row(1, 1, "on", "{}"), gone]);
    let last = store.samples[&attribute(0x10, (1, 6, 0))].last().unwrap();
    assert_eq!((last.at.as_secs(), last.quality), (2, Quality::Stale));
    assert_eq!(last.value, Value::Bool(true));
}

#[test]
fn the_report_says_what_became_of_everything() {
    let entities = entities(&[
        ("light.hall", "", ""),
        ("sensor.t", "temperature", "°C"),
        ("sensor.hall_humidity", "humidity", "%"),
        ("weather.home", "", ""),
        ("light.old", "", ""),
    ]);
    let statistics = [statistic(1, "sensor.t", "°C")];
    let table = table(&[
        ("light.hall", "hall-lamp"),
        ("sensor.t", "hall-sensor.temperature"),
        ("light.old", "garden-lamp"),
    ]);
    let mut importer = Importer::new(plan(&table, &entities, &statistics), &Past::default());
    let day = |day: u32| 1_700_000_000 + day * 86_400;
    importer.states(vec![
        row(1, day(0), "on", r#"{"brightness":255}"#),
        row(1, day(1), "on", r#"{"brightness":10}"#),
        row(1, day(2), "off", r#"{"brightness":null}"#),
        row(2, day(0), "20.5", "{}"),
        row(2, day(1), "999", r#"{"unit_of_measurement":"°C"}"#),
        row(2, day(2), "warm", "{}"),
        row(2, day(3), "unavailable", "{}"),
        row(3, day(3), "40", "{}"),
        row(4, day(4), "sunny", "{}"),
        row(5, day(4), "on", "{}"),
    ]);
    importer.hours(vec![StatisticRow {
        of: StatisticRef(1),
        start: 1_699_999_200.0,
        mean: Some(20.0),
        min: Some(19.0),
        max: Some(21.0),
        sum: None,
        state: None,
        last_reset: None,
    }]);
    let report = importer.finish().report;
    assert_eq!(report.to_string(), include_str!("report.txt"));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["totals"]["samples"], 8);
    assert_eq!(json["entities"][0]["outcome"], "placed");
    assert_eq!(
        json["entities"][0]["series"][0]["key"],
        "attribute/0x10/1/0x0006/0x0000"
    );
    assert_eq!(
        json["entities"][1]["series"][0]["dropped"]["out_of_range"],
        1
    );
}

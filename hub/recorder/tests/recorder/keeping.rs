//! Days are rolled up, late samples mend them, what is old goes; and whether an answer comes from
//! samples or from roll-ups, it is the same.

use std::sync::Arc;
use std::time::Duration;

use history::calendar::{end_of, spans};
use history::measure::Measure;
use history::roll::roll;
use history::rollup::{Period, Rollup};
use history::sample::{Sample, settle};
use history::series::SeriesKey;
use hub_engine::Principal;
use hub_model::{Timestamp, Value};
use hub_runtime::clock;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use recorder::{
    Entry, HistoryStore, MemoryHistory, RecorderConfig, Retention, SeriesId, Told, View,
};

use crate::rig::{Rig, config};

const HOUR: i64 = 3_600_000;

fn foreign() -> SeriesKey {
    SeriesKey::Foreign("sensor.of_old".into())
}

fn entry(series: SeriesId, at: Timestamp, value: f64) -> Entry {
    let sample = Sample::known(at, Value::Double(value));
    Entry { series, sample }
}

async fn rollups(rig: &Rig, from: Timestamp, to: Timestamp, period: Period) -> Vec<Rollup> {
    match rig.ask(foreign(), from, to, View::Every(period)).await.told {
        Told::Rollups(rollups) => rollups,
        other => panic!("{other:?}"),
    }
}

/// Samples of the last days, as hours before now with a number.
async fn check(samples: Vec<(i64, i32)>, late: Vec<(i64, i32)>, zone: TimeZone) {
    let now = Timestamp::from_millis(clock::now().wall.as_millis() / HOUR * HOUR);
    let ago = |minutes: i64| Timestamp::from_millis(now.as_millis() - minutes * 60_000);
    let store = Arc::new(MemoryHistory::default());
    let id = store.enrol(vec![foreign()]).await.unwrap()[0];
    let entries = |samples: &[(i64, i32)]| -> Vec<Entry> {
        let entry = |&(minutes, value): &(i64, i32)| entry(id, ago(minutes), f64::from(value));
        samples.iter().map(entry).collect()
    };
    store.append(entries(&samples)).await.unwrap();
    let rig = Rig::new(RecorderConfig {
        zone: zone.clone(),
        ..config(&store)
    })
    .await;
    let console = Principal::console();
    let (from, to) = (ago(7 * 24 * 60), ago(0));
    rig.history.recompute(&console, to, to).await.unwrap();
    assert!(store.rolled_until().await.unwrap().is_some());
    store.append(entries(&late)).await.unwrap();
    rig.history.recompute(&console, to, to).await.unwrap();
    assert_eq!(store.late(9).await.unwrap(), []);

    let mut all: Vec<_> = entries(&samples)
        .into_iter()
        .map(|entry| entry.sample)
        .collect();
    all.extend(entries(&late).into_iter().map(|entry| entry.sample));
    settle(&mut all);
    for period in [Period::Hour, Period::Day, Period::Month] {
        // The span in which the present lies is not over.
        let mut parts: Vec<_> = spans(period, from, to, &zone).collect();
        parts.retain(|(_, end)| *end <= to);
        let Some(begin) = parts.first().map(|(begin, _)| *begin) else {
            continue;
        };
        let first = all.partition_point(|sample| sample.at < begin);
        let (before, rest) = all.split_at(first);
        let wanted = roll(Measure::of(&foreign()), before.last(), rest, &[], parts);
        let mut found = rollups(&rig, from, to, period).await;
        found.retain(|rollup| end_of(period, rollup.from, &zone) <= to);
        assert_alike(&found, &wanted);
    }
    rig.stop().await;
}

/// Sums that were made of parts differ in their last bits.
fn assert_alike(found: &[Rollup], wanted: &[Rollup]) {
    let starts = |rollups: &[Rollup]| rollups.iter().map(|rollup| rollup.from).collect::<Vec<_>>();
    assert!(
        starts(found) == starts(wanted),
        "{:?} {:?}",
        starts(found).len(),
        starts(wanted).len()
    );
    for (found, wanted) in found.iter().zip(wanted) {
        assert_eq!(
            (found.samples, found.known_ms),
            (wanted.samples, wanted.known_ms),
            "{found:?} {wanted:?}"
        );
        let (a, b) = (found.numbers.unwrap(), wanted.numbers.unwrap());
        assert_eq!(
            (a.min, a.max, a.first, a.last, a.count),
            (b.min, b.max, b.first, b.last, b.count)
        );
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-6 * a.abs().max(b.abs()).max(1.0);
        assert!(
            close(a.weighted, b.weighted) && close(a.sum, b.sum),
            "{a:?} {b:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn an_answer_is_the_same_from_samples_and_from_rollups(
        samples in prop::collection::vec((0i64..6 * 24 * 60, -20i32..40), 1..80),
        late in prop::collection::vec((0i64..6 * 24 * 60, -20i32..40), 0..10),
        name in prop::sample::select(vec!["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(check(samples, late, TimeZone::get(name).unwrap()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_chart_of_a_long_time_keeps_its_peaks() {
    let now = clock::now().wall;
    let ago = |minutes: i64| Timestamp::from_millis(now.as_millis() - minutes * 60_000);
    let store = Arc::new(MemoryHistory::default());
    let id = store.enrol(vec![foreign()]).await.unwrap()[0];
    let minutes = (0..30 * 24 * 60).rev();
    let mut entries: Vec<_> = minutes.map(|minute| entry(id, ago(minute), 20.0)).collect();
    entries[10_000].sample.value = Value::Double(99.0);
    entries[30_000].sample.value = Value::Double(-99.0);
    store.append(entries).await.unwrap();
    let rig = Rig::new(config(&store)).await;
    let console = Principal::console();
    rig.history.recompute(&console, now, now).await.unwrap();
    for slices in [10, 100, 1_000, 5_000] {
        let from = ago(30 * 24 * 60);
        let answer = rig.ask(foreign(), from, now, View::Chart(slices)).await;
        let Told::Points(points) = answer.told else {
            panic!("no points");
        };
        let numbers: Vec<_> = points.iter().filter_map(|point| point.number).collect();
        assert!(
            numbers.contains(&99.0) && numbers.contains(&-99.0),
            "{slices}"
        );
        assert!(
            points.len() <= 6 * usize::try_from(slices).unwrap() + 6,
            "{}",
            points.len()
        );
        assert!(points.is_sorted_by_key(|point| point.at), "{slices}");
    }
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_more_than_the_budget_goes_oldest_first_and_rollups_stay() {
    let now = clock::now().wall;
    let ago = |minutes: i64| Timestamp::from_millis(now.as_millis() - minutes * 60_000);
    let store = Arc::new(MemoryHistory::default());
    let id = store.enrol(vec![foreign()]).await.unwrap()[0];
    let minutes = (0..10 * 24 * 60).rev();
    let entries = minutes.map(|minute| entry(id, ago(minute), 20.0));
    store.append(entries.collect()).await.unwrap();
    let size = store.size().await.unwrap();
    let retention = Retention {
        budget: size.octets / 2,
        ..Retention::default()
    };
    let rig = Rig::new(RecorderConfig {
        retention,
        ..config(&store)
    })
    .await;
    for _ in 0..1_000 {
        if store.size().await.unwrap().octets <= retention.budget {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let left = store.size().await.unwrap();
    assert!(left.octets <= retention.budget && left.octets > retention.budget / 2);
    let days = rollups(&rig, ago(10 * 24 * 60), now, Period::Day).await;
    assert!(days.len() >= 10, "{}", days.len());
    assert!(days.iter().all(|day| day.numbers.unwrap().last == 20.0));
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn another_time_zone_makes_other_days() {
    let now = clock::now().wall;
    let ago = |hours: i64| Timestamp::from_millis(now.as_millis() - hours * HOUR);
    let store = crate::toy::Toy::new();
    let id = store.enrol(vec![foreign()]).await.unwrap()[0];
    let entries = (0..100).rev().map(|hours| entry(id, ago(hours), 20.0));
    store.append(entries.collect()).await.unwrap();
    let mut starts = Vec::new();
    for name in ["UTC", "Asia/Kathmandu"] {
        let zone = TimeZone::get(name).unwrap();
        let rig = Rig::new(RecorderConfig {
            zone: zone.clone(),
            ..config(&store)
        })
        .await;
        rig.history
            .recompute(&Principal::console(), now, now)
            .await
            .unwrap();
        let days = rollups(&rig, ago(80), now, Period::Day).await;
        let wanted: Vec<_> = spans(Period::Day, ago(80), now, &zone)
            .map(|(from, _)| from)
            .collect();
        let found: Vec<_> = days.iter().map(|day| day.from).collect();
        assert_eq!(found, wanted, "{name}");
        starts.push(found);
        rig.stop().await;
    }
    assert_ne!(starts[0], starts[1]);
}

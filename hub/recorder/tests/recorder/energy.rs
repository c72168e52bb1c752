//! Energy out of history: the same from samples and from roll-ups, to the last mWh where readings say so.

use std::sync::Arc;
use std::time::Duration;

use energy::{
    Basis, Direction, MeterId, MilliwattHours, Part, Period, Range, Reckoning, Role, Settings,
    Source,
};
use history::sample::Sample;
use history::series::SeriesKey;
use hub_engine::Principal;
use hub_model::{AttributePath, EndpointId, NodeId, Timestamp, Value};
use hub_runtime::clock;
use jiff::tz::TimeZone;
use recorder::{
    Entry, Expire, HistoryError, HistoryStore, MemoryHistory, RecorderConfig, Retention,
};

use crate::rig::{Rig, config};

const IMPORTED: Source = Source::Cumulative(Direction::Imported);
/// A node of which only the history knows.
const GONE: NodeId = NodeId(0x50);
const HOUR_MS: i64 = 3_600_000;

fn at(text: &str) -> Timestamp {
    let at: jiff::Timestamp = text.parse().unwrap();
    Timestamp(at.as_microsecond())
}

fn after(at: Timestamp, ms: i64) -> Timestamp {
    Timestamp::from_millis(at.as_millis() + ms)
}

fn key(node: NodeId, wanted: Source) -> SeriesKey {
    let mut all = energy::attributes();
    let (cluster, attribute, _) = all.find(|(_, _, source)| *source == wanted).unwrap();
    SeriesKey::Attribute(AttributePath {
        node,
        endpoint: EndpointId(1),
        cluster,
        attribute,
    })
}

fn counted(wh: i64) -> Value {
    Value::structure([(0, Value::Int(wh * 1_000))])
}

/// A recorder whose clock shows Berlin's time, with a history that tests write themselves.
struct Home {
    rig: Rig,
    store: Arc<MemoryHistory>,
}

impl Home {
    async fn new() -> Self {
        let store = Arc::new(MemoryHistory::default());
        let rig = Rig::new(RecorderConfig {
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            retention: Retention {
                samples: Duration::from_secs(100 * 365 * 86_400),
                five_minutes: Duration::from_secs(100 * 365 * 86_400),
                ..Retention::default()
            },
            ..config(&store)
        })
        .await;
        Self { rig, store }
    }

    async fn has(&self, key: SeriesKey, samples: impl IntoIterator<Item = (Timestamp, Value)>) {
        let series = self.store.enrol(vec![key]).await.unwrap()[0];
        let entry = |(at, value)| Entry {
            series,
            sample: Sample::known(at, value),
        };
        let entries: Vec<_> = samples.into_iter().map(entry).collect();
        let oldest = entries[0].sample.at;
        self.store.append(entries).await.unwrap();
        // As if the days had not been over yet.
        let until = self.store.rolled_until().await.unwrap();
        let until = until.map_or(oldest, |until| until.min(oldest));
        self.store.set_rolled_until(until).await.unwrap();
    }

    /// Has everything rolled up, and the samples forgotten.
    async fn forget_samples(&self) {
        let now = clock::now().wall;
        let console = Principal::console();
        self.rig
            .history
            .recompute(&console, now, now)
            .await
            .unwrap();
        let before = self.store.rolled_until().await.unwrap().unwrap();
        let all = Expire {
            before,
            only: None,
            but: Vec::new(),
        };
        self.store.expire(all).await.unwrap();
    }

    async fn energy(&self, settings: &Settings, period: Period, range: Range) -> Reckoning {
        let console = Principal::console();
        let energy = self.rig.history.energy(&console, settings, period, range);
        energy.await.unwrap()
    }
}

fn range(from: &str, to: &str) -> Range {
    Range::new(at(from), at(to)).unwrap()
}

/// Whole watt-hours of the only device, by part.
fn used(reckoning: &Reckoning) -> Vec<f64> {
    let used = |part: &Part| part.devices[0].used.kwh() * 1_000.0;
    reckoning.parts.iter().map(used).collect()
}

/// What is left of a mWh at the end is not told.
fn is_near(energy: MilliwattHours, mwh: i64) -> bool {
    (energy.0 - mwh).abs() <= 2
}

/// Every hour on the hour, a hundred watt-hours more.
fn hourly(from: &str, hours: i64) -> Vec<(Timestamp, Value)> {
    let from = at(from);
    let each = (0..=hours).map(|hour| (after(from, hour * HOUR_MS), counted(hour * 100)));
    each.collect()
}

#[tokio::test(start_paused = true)]
async fn a_day_on_which_clocks_are_set_has_its_hours_and_not_one_more() {
    let home = Home::new().await;
    home.has(key(GONE, IMPORTED), hourly("2026-03-27T23:00:00Z", 71))
        .await;
    let days = range("2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z");
    for is_rolled in [false, true] {
        if is_rolled {
            home.forget_samples().await;
        }
        let reckoning = home.energy(&Settings::default(), Period::Day, days).await;
        assert_eq!(used(&reckoning), [2_400.0, 2_300.0, 2_400.0], "{is_rolled}");
        assert_eq!(reckoning.whole.missing, [], "{is_rolled}");
        let hours = home.energy(&Settings::default(), Period::Hour, days).await;
        assert_eq!(used(&hours), [100.0; 71], "{is_rolled}");
    }
    home.rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_month_by_hours_is_the_same_from_samples_and_from_rollups() {
    let home = Home::new().await;
    let from = at("2026-02-01T00:00:00Z");
    // Every seven minutes some more, and a second past them.
    let samples = (0..5_800_i64).map(|n| (after(from, n * 421_000), counted(n * n / 50)));
    home.has(key(GONE, IMPORTED), samples).await;
    let month = range("2026-02-02T23:00:00Z", "2026-02-27T23:00:00Z");
    let settings = Settings::default();
    let samples = home.energy(&settings, Period::Day, month).await;
    home.forget_samples().await;
    let rolled = home.energy(&settings, Period::Day, month).await;
    let sum = |days: &Reckoning| used(days).iter().sum::<f64>();
    assert!((sum(&samples) - sum(&rolled)).abs() < 0.001 * sum(&samples));
    for (one, other) in used(&samples).iter().zip(used(&rolled)) {
        assert!((one - other).abs() < 0.005 * one, "{one} {other}");
    }
    home.rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_counter_that_began_anew_loses_nothing_that_it_showed() {
    let home = Home::new().await;
    let from = at("2026-02-01T00:00:00Z");
    let shown = [1_000, 1_050, 20, 60, 61];
    let samples = (1..)
        .zip(shown)
        .map(|(n, wh)| (after(from, n * 1_200_000), counted(wh)));
    home.has(key(GONE, IMPORTED), samples).await;
    let day = range("2026-02-01T00:00:00Z", "2026-02-01T23:00:00Z");
    for is_rolled in [false, true] {
        if is_rolled {
            home.forget_samples().await;
        }
        let reckoning = home.energy(&Settings::default(), Period::Day, day).await;
        assert_eq!(used(&reckoning), [111.0], "{is_rolled}");
        assert!(reckoning.whole.missing[0].partial_s > 0, "{is_rolled}");
    }
    home.rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn over_a_gap_it_is_known_how_much_but_not_when_and_power_is_not_guessed() {
    let home = Home::new().await;
    let node = home.rig.add_lamp().await;
    let hour = |n: i64| after(at("2026-02-01T00:00:00Z"), n * HOUR_MS);
    // A minute after its last sample it was gone.
    let there = [
        (hour(0), true),
        (after(hour(6), 60_000), false),
        (hour(12), true),
    ];
    let there = there.map(|(at, is)| (at, Value::Bool(is)));
    home.has(SeriesKey::Reachability(node), there.clone()).await;
    home.has(SeriesKey::Reachability(GONE), there).await;
    let counters = [(0, 0), (6, 600), (12, 1_800), (18, 2_400)];
    home.has(
        key(node, IMPORTED),
        counters.map(|(n, wh)| (hour(n), counted(wh))),
    )
    .await;
    let watts = [(0, 100_000), (6, 0), (12, 50_000), (15, 0)];
    home.has(
        key(GONE, Source::Power),
        watts.map(|(n, mw)| (hour(n), Value::Int(mw))),
    )
    .await;
    let day = Range::new(hour(0), hour(18)).unwrap();
    for is_rolled in [false, true] {
        if is_rolled {
            home.forget_samples().await;
        }
        let whole = home
            .energy(&Settings::default(), Period::Day, day)
            .await
            .whole;
        let [counted, reckoned] = [0, 1].map(|n: usize| whole.devices[n].used);
        assert_eq!(counted, MilliwattHours(2_400_000), "{is_rolled}");
        assert!(is_near(reckoned, 750_000), "{reckoned:?} {is_rolled}");
        let missing: Vec<_> = whole
            .missing
            .iter()
            .map(|m| (m.missing_s, m.partial_s))
            .collect();
        // Power is read by the hour then, in which it was known for a minute.
        let of_power = match is_rolled {
            true => (5 * 3_600, 3_600),
            false => (6 * 3_600 - 300, 300),
        };
        assert_eq!(missing, [(0, 6 * 3_600), of_power], "{is_rolled}");
    }
    home.rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn power_over_time_is_energy_in_either_direction() {
    let home = Home::new().await;
    let node = home.rig.add_lamp().await;
    let from = at("2026-02-01T00:00:00Z");
    // Twenty minutes of 60 W, then forty of 30 W the other way, for ten days.
    let samples = (0..240).flat_map(|n| {
        let start = after(from, n * HOUR_MS);
        [(start, 60_000), (after(start, 20 * 60_000), -30_000)].map(|(at, mw)| (at, Value::Int(mw)))
    });
    home.has(key(node, Source::Power), samples).await;
    let grid = serde_json::json!({
        "version": 1,
        "meters": [{ "node": node.0, "endpoint": 1, "role": "grid" }],
    });
    let settings = Settings::from_json(&grid).unwrap();
    let day = range("2026-02-02T00:30:00Z", "2026-02-03T00:30:00Z");
    let days = range("2026-02-01T00:00:00Z", "2026-02-11T00:00:00Z");
    for is_rolled in [false, true] {
        let day = home.energy(&settings, Period::Day, day).await.whole;
        let grid = day.home.grid.unwrap();
        assert!(
            is_near(grid.imported, 480_000) && is_near(grid.exported, 480_000),
            "{grid:?}"
        );
        assert_eq!(day.missing, []);
        let days = home.energy(&settings, Period::Day, days).await.whole;
        let grid = days.home.grid.unwrap();
        let is_right = is_near(grid.imported, 4_800_000) && is_near(grid.exported, 4_800_000);
        assert!(is_right, "{grid:?} {is_rolled}");
        assert_eq!(days.missing, [], "{is_rolled}");
        let console = Principal::console();
        let now = clock::now().wall;
        home.rig
            .history
            .recompute(&console, now, now)
            .await
            .unwrap();
    }
    home.rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_meter_behind_another_is_part_of_it_and_one_that_left_is_not_missed() {
    let home = Home::new().await;
    let behind = NodeId(0x51);
    home.has(key(GONE, IMPORTED), hourly("2026-02-01T00:00:00Z", 48))
        .await;
    let samples = [(0, 0), (24, 1_000)];
    let samples =
        samples.map(|(n, wh)| (after(at("2026-02-01T00:00:00Z"), n * HOUR_MS), counted(wh)));
    home.has(key(behind, IMPORTED), samples).await;
    let settings = Settings::from_text(
        r#"{ "version": 1, "meters": [
            { "node": 81, "endpoint": 1, "role": "device", "parent": { "node": 80, "endpoint": 1 } }
        ] }"#,
    );
    let days = range("2026-02-01T00:00:00Z", "2026-02-03T00:00:00Z");
    let reckoning = home.energy(&settings.unwrap(), Period::Month, days).await;
    assert_eq!(reckoning.basis, Basis::Devices);
    let whole = reckoning.whole;
    assert_eq!(
        whole.home.consumption,
        MilliwattHours::from_kwh(4) + MilliwattHours(800_000)
    );
    let own: Vec<_> = whole
        .devices
        .iter()
        .map(|device| device.own.kwh())
        .collect();
    assert_eq!(own, [3.8, 1.0]);
    assert_eq!(whole.missing, []);
    assert_eq!(
        reckoning.meters[1].parent.map(|parent| parent.node),
        Some(GONE)
    );
    // Long after both had left, there is nothing to tell.
    let later = range("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z");
    assert_eq!(
        home.energy(&Settings::default(), Period::Day, later)
            .await
            .meters,
        []
    );
    home.rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_present_is_the_end() {
    let home = Home::new().await;
    let node = home.rig.add_lamp().await;
    let now = clock::now().wall;
    let start = after(now, -2 * HOUR_MS);
    let samples = [(start, counted(0)), (after(start, HOUR_MS), counted(50))];
    home.has(key(node, IMPORTED), samples).await;
    let tomorrow = Range::new(start, after(now, 24 * HOUR_MS)).unwrap();
    let reckoning = home
        .energy(&Settings::default(), Period::Month, tomorrow)
        .await;
    assert!(reckoning.whole.range.to() <= clock::now().wall);
    assert_eq!(reckoning.whole.devices[0].used, MilliwattHours(50_000));
    // That it stands still since is known: it would have told.
    assert_eq!(reckoning.whole.missing, []);
    let to_come = Range::new(after(now, HOUR_MS), after(now, 2 * HOUR_MS)).unwrap();
    let console = Principal::console();
    let settings = Settings::default();
    let refused = home
        .rig
        .history
        .energy(&console, &settings, Period::Day, to_come);
    assert_eq!(refused.await, Err(HistoryError::ToCome));
    home.rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn meters_are_called_by_their_devices_and_those_that_left_by_their_numbers() {
    let home = Home::new().await;
    let node = home.rig.add_lamp().await;
    home.has(
        key(GONE, IMPORTED),
        [(at("2026-02-01T00:00:00Z"), counted(5))],
    )
    .await;
    home.has(
        key(node, Source::Power),
        [(at("2026-02-01T00:00:00Z"), Value::Int(5))],
    )
    .await;
    let ignored = Settings::from_json(&serde_json::json!({
        "version": 1,
        "meters": [{ "node": node.0, "endpoint": 1, "role": Role::Ignore }],
    }));
    let console = Principal::console();
    let meters = home.rig.history.meters(&console).await.unwrap();
    let told: Vec<_> = meters
        .iter()
        .map(|m| (m.id.node, m.is_there, m.sources.clone()))
        .collect();
    let wanted = [
        (node, true, vec![Source::Power]),
        (GONE, false, vec![IMPORTED]),
    ];
    assert_eq!(told, wanted);
    assert_eq!(meters[1].name, "Node 0x50");
    let since = range("2026-01-01T00:00:00Z", "2026-02-02T00:00:00Z");
    let reckoned = home
        .energy(&ignored.unwrap(), Period::Month, since)
        .await
        .meters;
    let ids: Vec<MeterId> = reckoned.iter().map(|info| info.meter).collect();
    assert_eq!(ids, [meters[1].id]);
    home.rig.stop().await;
}

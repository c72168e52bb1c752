//! A past of elsewhere is taken in: twice as once, beside the hub's own, by days as well.

use std::sync::Arc;

use history::calendar::start_of;
use history::rollup::{Numbers, Period, Rollup};
use history::sample::Sample;
use history::series::SeriesKey;
use hub_engine::Principal;
use hub_model::{Timestamp, Value};
use hub_runtime::clock;
use jiff::tz::TimeZone;
use recorder::{MemoryHistory, Told, View};

use crate::rig::{Rig, config, temperature};

const HOUR: i64 = 3_600_000_000;

fn foreign() -> SeriesKey {
    SeriesKey::Foreign("sensor.attic".into())
}

fn hour(from: Timestamp, mean: f64) -> Rollup {
    Rollup {
        from,
        samples: 1,
        known_ms: 3_600_000,
        numbers: Some(Numbers {
            first: mean,
            last: mean,
            min: mean - 1.0,
            max: mean + 1.0,
            sum: mean,
            count: 1,
            weighted: mean * 3_600_000.0,
            ms: 3_600_000,
            increase: 0.0,
            resets: 0,
        }),
        states: Vec::new(),
        other_ms: 0,
    }
}

#[tokio::test(start_paused = true)]
async fn the_hubs_own_record_begins_where_it_did_at_the_first_import() {
    let store = Arc::new(MemoryHistory::default());
    let rig = Rig::new(config(&store)).await;
    let console = Principal::console();
    let lamp = rig.add_lamp().await;
    rig.set(lamp, 2_000).await;
    let keys = [temperature(lamp), foreign()];
    let first = rig.recorded(&keys[0]).await[0].at;
    let own = rig.history.own_since(&console, &keys).await.unwrap();
    assert_eq!(
        own.into_iter().collect::<Vec<_>>(),
        [(keys[0].clone(), first)]
    );
    let older = |key: &SeriesKey, hours: i64| {
        let at = Timestamp::from_millis(Timestamp(first.0 - hours * HOUR).as_millis());
        (key.clone(), Sample::known(at, Value::Int(1_900)))
    };
    let samples = vec![older(&keys[0], 2), older(&keys[0], 1), older(&keys[1], 1)];
    for _ in 0..2 {
        rig.history
            .import_samples(&console, samples.clone())
            .await
            .unwrap();
        rig.history.finish_import(&console, &keys).await.unwrap();
        assert_eq!(rig.recorded(&keys[0]).await.len(), 3);
        assert_eq!(rig.recorded(&keys[1]).await.len(), 1);
        // What was imported is not taken for the hub's own.
        let own = rig.history.own_since(&console, &keys).await.unwrap();
        assert_eq!(own.get(&keys[0]), Some(&first));
        assert_eq!(own.get(&keys[1]), None);
    }
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn hours_of_elsewhere_make_days() {
    let store = Arc::new(MemoryHistory::default());
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let rig = Rig::new(recorder::RecorderConfig {
        zone: zone.clone(),
        ..config(&store)
    })
    .await;
    let console = Principal::console();
    let now = clock::now().wall;
    let begin = start_of(Period::Day, Timestamp(now.0 - 20 * 24 * HOUR), &zone);
    let hours: Vec<_> = (0..60)
        .map(|n| hour(Timestamp(begin.0 + n * HOUR), 20.0))
        .collect();
    rig.history
        .import_hours(&console, vec![(foreign(), hours)])
        .await
        .unwrap();
    rig.history
        .finish_import(&console, &[foreign()])
        .await
        .unwrap();
    let to = Timestamp(begin.0 + 60 * HOUR);
    let answer = rig
        .ask(foreign(), begin, to, View::Every(Period::Day))
        .await;
    let Told::Rollups(days) = answer.told else {
        panic!("no days")
    };
    let hours_of: Vec<_> = days.iter().map(|day| day.known_ms / 3_600_000).collect();
    assert_eq!(hours_of, [24, 24, 12]);
    let numbers = days[0].numbers.unwrap();
    assert_eq!(
        (numbers.min, numbers.max, numbers.mean_over_time()),
        (19.0, 21.0, Some(20.0))
    );
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_imported_day_is_not_replaced_by_one_of_which_less_is_known() {
    let store = Arc::new(MemoryHistory::default());
    let rig = Rig::new(config(&store)).await;
    let console = Principal::console();
    let now = clock::now().wall;
    let begin = start_of(
        Period::Day,
        Timestamp(now.0 - 5 * 24 * HOUR),
        &TimeZone::UTC,
    );
    let hours = (0..24).map(|n| hour(Timestamp(begin.0 + n * HOUR), 20.0));
    rig.history
        .import_hours(&console, vec![(foreign(), hours.collect())])
        .await
        .unwrap();
    // The samples of elsewhere begin in the middle of an hour of that day.
    let noon = Timestamp(begin.0 + 12 * HOUR + HOUR / 2);
    let sample = Sample::known(noon, Value::Double(30.0));
    rig.history
        .import_samples(&console, vec![(foreign(), sample)])
        .await
        .unwrap();
    for _ in 0..2 {
        rig.history
            .finish_import(&console, &[foreign()])
            .await
            .unwrap();
        rig.history.recompute(&console, begin, now).await.unwrap();
        let to = Timestamp(begin.0 + 24 * HOUR);
        let Told::Rollups(days) = rig
            .ask(foreign(), begin, to, View::Every(Period::Day))
            .await
            .told
        else {
            panic!("no days")
        };
        assert_eq!(days[0].known_ms, 24 * 3_600_000);
        let Told::Rollups(hours) = rig
            .ask(foreign(), begin, to, View::Every(Period::Hour))
            .await
            .told
        else {
            panic!("no hours")
        };
        let known: Vec<_> = hours.iter().map(|hour| hour.known_ms).collect();
        assert_eq!(known, [3_600_000; 24]);
        // From the first whole hour on the samples say what was.
        assert_eq!(hours[13].numbers.unwrap().mean_over_time(), Some(30.0));
    }
    rig.stop().await;
}

//! What is recorded, with quality and cause, over a restart.

use std::time::Duration;

use history::occurrence::{Asked, Hub};
use history::policy::Wish;
use history::series::SeriesKey;
use hub_engine::{EventKind, Principal};
use hub_model::{Origin, Timestamp, Value};
use recorder::{RecorderConfig, Told, View};

use crate::rig::{Rig, config, temperature};
use crate::toy::Toy;

#[tokio::test(start_paused = true)]
async fn a_change_is_recorded_with_the_command_that_led_to_it() {
    let rig = Rig::new(config(&Toy::new())).await;
    let lamp = rig.add_lamp().await;
    let cause = rig.set(lamp, 2_150).await;
    let samples = rig.recorded(&temperature(lamp)).await;
    assert_eq!(samples.len(), 1);
    assert_eq!(
        (&samples[0].value, samples[0].cause),
        (&Value::Int(2_150), Some(cause))
    );

    let commands = rig.recorded(&SeriesKey::Commands(lamp)).await;
    let asked: Vec<_> = commands
        .iter()
        .map(|sample| Asked::from_value(&sample.value).unwrap())
        .collect();
    assert_eq!(asked[0].origin, Some(Origin::Console));
    assert_eq!(&*asked[0].what, "1/Temperature Temperature = 21.5 °C");
    let words: Vec<_> = asked.iter().map(|asked| &*asked.what).collect();
    assert_eq!(words[1..], ["sent", "acknowledged", "confirmed"]);
    assert!(asked.iter().all(|asked| asked.cause == cause));
    assert!(commands.is_sorted_by(|a, b| a.at < b.at));
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_known_of_a_new_node_is_recorded() {
    let rig = Rig::new(config(&Toy::new())).await;
    let lamp = rig.add_lamp().await;
    let there = rig.recorded(&SeriesKey::Reachability(lamp)).await;
    let keys = rig.history.series(&Principal::console()).await.unwrap();
    assert!(
        keys.iter().any(|key| key.attribute().is_some()),
        "{keys:?} {there:?}"
    );
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_the_owner_does_not_want_is_not_recorded() {
    let wish = |path: &str, record| Wish {
        path: path.parse().unwrap(),
        record: Some(record),
        deadband: Some(1.0),
        min_interval: None,
        keep: None,
    };
    let wishes = vec![wish("*", false), wish("*/1/0x0402", true)];
    let config = RecorderConfig {
        wishes,
        ..config(&Toy::new())
    };
    let rig = Rig::new(config).await;
    let lamp = rig.add_lamp().await;
    for value in [2_000, 2_050, 2_099, 2_100, 2_050] {
        rig.set(lamp, value).await;
    }
    let samples = rig.recorded(&temperature(lamp)).await;
    let values: Vec<_> = samples.iter().map(|sample| sample.value.clone()).collect();
    assert_eq!(values, [2_000, 2_100].map(Value::Int));
    let keys = rig.history.series(&Principal::console()).await.unwrap();
    let attributes = keys.iter().filter(|key| key.attribute().is_some());
    assert_eq!(attributes.count(), 1, "{keys:?}");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn of_what_comes_too_often_the_last_is_recorded() {
    let wish = Wish {
        path: "*/1/0x0402".parse().unwrap(),
        record: None,
        deadband: None,
        // Wall time does not pass within this test.
        min_interval: Some(Duration::from_secs(3_600)),
        keep: None,
    };
    let config = RecorderConfig {
        wishes: vec![wish],
        ..config(&Toy::new())
    };
    let rig = Rig::new(config).await;
    let lamp = rig.add_lamp().await;
    for value in [1, 2, 3] {
        rig.set(lamp, value).await;
    }
    let values = |samples: Vec<history::sample::Sample>| -> Vec<_> {
        samples.into_iter().map(|sample| sample.value).collect()
    };
    assert_eq!(
        values(rig.recorded(&temperature(lamp)).await),
        [Value::Int(1)]
    );
    rig.stop().await;
    let (from, to) = (Timestamp(i64::MIN), Timestamp(i64::MAX));
    let store = rig.history;
    let left = store
        .samples(&Principal::console(), &temperature(lamp), from, to, 9)
        .await;
    // The hub has stopped; what it held back is in the store all the same.
    assert!(left.is_err());
}

#[tokio::test(start_paused = true)]
async fn the_time_in_which_the_hub_was_off_is_a_gap() {
    let store = Toy::new();
    let rig = Rig::new(config(&store)).await;
    let lamp = rig.add_lamp().await;
    rig.set(lamp, 2_000).await;
    rig.stop().await;
    let (home, lamps) = (rig.home, rig.lamps);
    let rig = Rig::on(home, lamps, config(&store)).await;
    rig.set(lamp, 2_100).await;
    let hub = rig.recorded(&SeriesKey::Hub).await;
    let told: Vec<_> = hub
        .iter()
        .filter_map(|sample| Hub::from_value(&sample.value))
        .collect();
    assert!(
        matches!(
            told.as_slice(),
            [
                Hub::Started { last: None },
                Hub::Stopped,
                Hub::Started { last: Some(_) }
            ]
        ),
        "{told:?}"
    );
    let (from, to) = (hub[0].at, Timestamp(hub[2].at.0 + 3_600_000_000));
    let answer = rig.ask(temperature(lamp), from, to, View::Chart(100)).await;
    assert_eq!(answer.gaps.len(), 1);
    assert_eq!(
        (answer.gaps[0].from, answer.gaps[0].to),
        (hub[1].at, hub[2].at)
    );
    let Told::Points(points) = answer.told else {
        panic!("no points")
    };
    // What is to come is not known.
    assert_eq!(points.last().unwrap().number, None);
    let last = points.iter().rev().find_map(|point| point.number);
    assert_eq!(last, Some(21.0));
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_past_can_be_told_again() {
    let rig = Rig::new(config(&Toy::new())).await;
    let lamp = rig.add_lamp().await;
    rig.set(lamp, 2_000).await;
    rig.set(lamp, 2_100).await;
    rig.set(lamp, 2_200).await;
    let samples = rig.recorded(&temperature(lamp)).await;
    let path = temperature(lamp).attribute().unwrap();
    let (from, to) = (samples[1].at, Timestamp(i64::MAX));
    let past = rig
        .history
        .past(&Principal::console(), from, to)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(past.start.value(&path).unwrap().value, Value::Int(2_000));
    let told = past.events.iter().filter_map(|event| match &event.kind {
        EventKind::AttributeChanged {
            path: of,
            value,
            previous,
            ..
        } if *of == path => Some((value.clone(), previous.clone().map(|(value, _)| value))),
        _ => None,
    });
    let changed = |from, to| (Value::Int(to), Some(Value::Int(from)));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [changed(2_000, 2_100), changed(2_100, 2_200)]
    );
    // With every event applied it is the home as it is now.
    let mut home = past.start;
    for event in &past.events {
        home.apply_filtered(event);
    }
    assert_eq!(home.value(&path).unwrap().value, Value::Int(2_200));
    rig.stop().await;
}

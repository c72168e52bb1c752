//! A store that fails costs the home nothing, and is made up for.

use std::sync::atomic::Ordering;
use std::time::Duration;

use history::occurrence::Hub;
use history::series::SeriesKey;
use recorder::StoreError;

use crate::rig::{Rig, config, temperature};
use crate::toy::{Mood, Toy};

/// Waits until something about the recorder's health is so.
async fn until(rig: &Rig, so: impl Fn(&recorder::Health) -> bool) {
    for _ in 0..10_000 {
        if so(&rig.history.health()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never was: {:?}", rig.history.health());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_waits_until_it_can() {
    for error in [
        StoreError::Full,
        StoreError::Busy("locked".to_owned()),
        StoreError::Damaged("page 7".to_owned()),
    ] {
        let store = Toy::new();
        let rig = Rig::new(config(&store)).await;
        let lamp = rig.add_lamp().await;
        rig.set(lamp, 2_000).await;
        store.is(Mood::Fails(error.clone()));
        // The home goes on: commands are confirmed meanwhile.
        for value in [2_100, 2_200] {
            rig.set(lamp, value).await;
        }
        until(&rig, |health| health.trouble.is_some()).await;
        let trouble = rig.history.health().trouble.unwrap();
        assert_eq!(trouble.why, error.to_string());
        assert!(trouble.waiting > 0 && trouble.lost == 0);
        store.is(Mood::Fine);
        until(&rig, |health| health.trouble.is_none()).await;
        assert!(store.refused.load(Ordering::Relaxed) > 0);
        assert_eq!(rig.recorded(&temperature(lamp)).await.len(), 3);
        rig.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_holds_up_nobody() {
    let store = Toy::new();
    let rig = Rig::new(config(&store)).await;
    let lamp = rig.add_lamp().await;
    store.is(Mood::Hangs);
    for value in 0..50 {
        rig.set(lamp, value).await;
    }
    // A question waits a moment for what is not written down, and no longer.
    assert!(rig.recorded(&temperature(lamp)).await.len() < 50);
    store.is(Mood::Fine);
    assert_eq!(rig.recorded(&temperature(lamp)).await.len(), 50);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_for_good_does_not_hold_up_the_end() {
    let store = Toy::new();
    let rig = Rig::new(config(&store)).await;
    let lamp = rig.add_lamp().await;
    store.is(Mood::Hangs);
    rig.set(lamp, 2_000).await;
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_be_opened_is_tried_again() {
    let store = Toy::new();
    store.is(Mood::Fails(StoreError::Busy("not there".to_owned())));
    let rig = Rig::new(config(&store)).await;
    let lamp = rig.add_lamp().await;
    rig.set(lamp, 2_000).await;
    until(&rig, |health| health.trouble.is_some()).await;
    store.is(Mood::Fine);
    until(&rig, |health| health.trouble.is_none()).await;
    assert_eq!(rig.recorded(&temperature(lamp)).await.len(), 1);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_missed_is_told_and_what_holds_is_recorded_anew() {
    let store = Toy::new();
    store.is(Mood::Hangs);
    // While the store does not answer at the start, the recorder hears nothing.
    let rig = Rig::new(config(&store)).await;
    let lamp = rig.add_lamp().await;
    for value in 0..2_000 {
        rig.set(lamp, value).await;
    }
    store.is(Mood::Fine);
    until(&rig, |health| health.written_at.is_some()).await;
    let told = rig.recorded(&SeriesKey::Hub).await;
    let lost = told
        .iter()
        .filter_map(|sample| Hub::from_value(&sample.value));
    assert!(
        lost.into_iter().any(|hub| matches!(hub, Hub::Lost { .. })),
        "{told:?}"
    );
    let samples = rig.recorded(&temperature(lamp)).await;
    assert_eq!(samples.last().unwrap().value, hub_model::Value::Int(1_999));
    rig.stop().await;
}

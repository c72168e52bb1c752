//! Tests' own: moments, zones and ranges from their texts, and those that properties are tried on.

use hub_model::{EndpointId, NodeId, Timestamp};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rules::schedule::TimeOfDay;

use crate::meter_id::MeterId;
use crate::money::Price;
use crate::range::Range;
use crate::tariff::{Band, Prices};

pub(crate) fn at(text: &str) -> Timestamp {
    let at: jiff::Timestamp = text.parse().unwrap();
    Timestamp(at.as_microsecond())
}

pub(crate) fn range(from: &str, to: &str) -> Range {
    Range::new(at(from), at(to)).unwrap()
}

pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

pub(crate) fn meter(node: u64) -> MeterId {
    MeterId {
        node: NodeId(node),
        endpoint: EndpointId(1),
    }
}

pub(crate) fn repeatable(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(0x1236),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Zones whose clocks do all that clocks do: an hour, half an hour, at midnight, never, the date line.
pub(crate) fn any_zone() -> impl Strategy<Value = (&'static str, TimeZone)> {
    prop::sample::select(vec![
        "UTC",
        "Europe/Berlin",
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Africa/Cairo",
        "America/Nuuk",
        "America/St_Johns",
        "Pacific/Apia",
    ])
    .prop_map(|name| (name, zone(name)))
}

/// A range of whole minutes, of at most so many days, in the years 2011 to 2030.
pub(crate) fn any_range(days: i64) -> impl Strategy<Value = Range> {
    let minute = 60_i64;
    (21_600_000_i64..31_560_000, 1..=days * 24 * 60).prop_map(move |(from, length)| {
        let from_s = from * minute;
        let to_s = from_s + length * minute;
        Range::new(Timestamp::from_secs(from_s), Timestamp::from_secs(to_s)).unwrap()
    })
}

pub(crate) fn any_price() -> impl Strategy<Value = Price> {
    (-1_000_000_000_i64..=1_000_000_000).prop_map(|n| Price::from_billionths(n).unwrap())
}

pub(crate) fn any_prices() -> impl Strategy<Value = Prices> {
    let days = [
        "every day",
        "mon..fri",
        "sat,sun",
        "nov-15..mar-01",
        "fri & may-01..sep-30",
        "2026-03-29",
    ];
    let minute = 0_u32..1440;
    let band = (
        any_price(),
        minute.clone(),
        minute,
        prop::sample::select(days.to_vec()),
    )
        .prop_map(|(price, from, to, days)| Band {
            name: format!("band {days}"),
            price,
            from: TimeOfDay::from_seconds(from * 60).unwrap(),
            to: TimeOfDay::from_seconds(to * 60).unwrap(),
            days: days.parse().unwrap(),
        });
    (any_price(), prop::collection::vec(band, 0..4))
        .prop_map(|(default, bands)| Prices { default, bands })
}

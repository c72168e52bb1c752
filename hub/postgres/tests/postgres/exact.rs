//! Every value comes back exactly, to its last bit.

use history::sample::Sample;
use history::series::SeriesKey;
use hub_engine::Quality;
use hub_model::{CauseId, FieldId, Timestamp, Value};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use recorder::{Entry, HistoryStore as _};

use crate::server::Server;

/// Any value that a device can send, with numbers that are no numbers, and both zeros.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<u64>().prop_map(Value::Uint),
        ((1u64 << 53) - 2..(1 << 53) + 3).prop_map(Value::Uint),
        any::<u32>().prop_map(|bits| Value::Single(f32::from_bits(bits))),
        any::<u64>().prop_map(|bits| Value::Double(f64::from_bits(bits))),
        Just(Value::Double(-0.0)),
        Just(Value::Single(f32::NAN)),
        "[\0-\u{ff}'\"\\\\{}$]{0,12}".prop_map(Value::text),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(|b| Value::Bytes(b.into())),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let member = (any::<u8>(), inner.clone()).prop_map(|(id, v)| (FieldId(id.into()), v));
        prop_oneof![
            proptest::collection::vec(inner, 0..6).prop_map(|e| Value::List(e.into())),
            proptest::collection::vec(member, 0..6).prop_map(|m| Value::Struct(m.into())),
        ]
    })
}

/// The value's every bit, also where it does not equal itself.
fn bits(value: &Value) -> Vec<u8> {
    hub_model::tlv::encode(value)
}

#[test]
fn every_value_comes_back_to_its_last_bit() {
    let server = Server::shared();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _within = runtime.enter();
    let store = server.history("exact");
    let ids = runtime.block_on(store.enrol(vec![SeriesKey::Hub])).unwrap();
    let begin = std::cell::Cell::new(0);
    let values =
        proptest::collection::vec((any_value(), any::<Option<u64>>(), any::<bool>()), 1..60);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(60));
    let ran = runner.run(&values, |values| {
        let from = begin.get();
        begin.set(from + 1_000);
        let sample = |(at, (value, cause, is_known)): (i64, &(Value, Option<u64>, bool))| Sample {
            at: Timestamp::from_millis(at),
            value: value.clone(),
            quality: if *is_known {
                Quality::Known
            } else {
                Quality::Stale
            },
            cause: cause.map(CauseId),
        };
        let samples: Vec<_> = (from..).zip(&values).map(sample).collect();
        let entry = |sample: &Sample| Entry {
            series: ids[0],
            sample: sample.clone(),
        };
        let (first, end) = (
            Timestamp::from_millis(from),
            Timestamp::from_millis(from + 1_000),
        );
        let found = runtime.block_on(async {
            store
                .append(samples.iter().map(entry).collect())
                .await
                .unwrap();
            store.read(ids[0], first, end, usize::MAX).await.unwrap()
        });
        prop_assert_eq!(found.len(), samples.len());
        for (found, sample) in found.iter().zip(&samples) {
            prop_assert_eq!(
                bits(&found.value),
                bits(&sample.value),
                "{:?}",
                sample.value
            );
            prop_assert_eq!((found.at, found.cause), (sample.at, sample.cause));
            prop_assert_eq!(found.quality, sample.quality);
        }
        Ok(())
    });
    runtime.block_on(store.close());
    ran.unwrap();
}

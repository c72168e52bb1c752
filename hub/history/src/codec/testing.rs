//! Samples for tests.

use hub_engine::Quality;
use hub_model::{CauseId, FieldId, Timestamp, Value};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::value;
use crate::sample::{Sample, whole};

/// Any value that equals itself (no NaN).
pub(super) fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (-300_i64..300).prop_map(Value::Int),
        any::<u64>().prop_map(Value::Uint),
        (0_u64..70_000).prop_map(Value::Uint),
        any::<f32>()
            .prop_filter("equals itself", |n| !n.is_nan())
            .prop_map(Value::Single),
        any::<f64>()
            .prop_filter("equals itself", |n| !n.is_nan())
            .prop_map(Value::Double),
        (-300_i32..300).prop_map(|n| Value::Double(f64::from(n) / 100.0)),
        ".{0,6}".prop_map(Value::text),
        proptest::collection::vec(any::<u8>(), 0..20)
            .prop_map(|octets| Value::Bytes(octets.into())),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        let member = (any::<u32>(), inner.clone()).prop_map(|(id, value)| (FieldId(id), value));
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(|entries| Value::List(entries.into())),
            proptest::collection::vec(member, 0..4)
                .prop_map(|members| Value::Struct(members.into())),
        ]
    })
}

/// Any sample, also of numbers that equal nothing, now and then beyond reasonable times.
pub(super) fn any_sample() -> impl Strategy<Value = Sample> {
    let at = prop_oneof![
        3 => (0_i64..1_000_000).prop_map(Timestamp::from_millis),
        1 => any::<i64>().prop_map(|at| whole(Timestamp(at))),
    ];
    let value = prop_oneof![
        4 => (2_000_i64..2_100).prop_map(Value::Int),
        4 => any_value(),
        1 => any::<u32>().prop_map(|bits| Value::Single(f32::from_bits(bits))),
        1 => any::<u64>().prop_map(|bits| Value::Double(f64::from_bits(bits))),
    ];
    let quality = prop_oneof![5 => Just(Quality::Known), 1 => Just(Quality::Stale)];
    let cause = prop_oneof![4 => Just(None), 1 => any::<u64>().prop_map(|id| Some(CauseId(id)))];
    (at, value, quality, cause).prop_map(|(at, value, quality, cause)| Sample {
        at,
        value,
        quality,
        cause,
    })
}

/// By octets, since a NaN is not equal to itself.
pub(super) fn same(found: &[Sample], wanted: &[Sample]) -> Result<(), TestCaseError> {
    let octets = |sample: &Sample| {
        let mut octets = Vec::new();
        value::encode(&sample.value, &mut octets);
        (sample.at, sample.quality, sample.cause, octets)
    };
    let all = |samples: &[Sample]| samples.iter().map(octets).collect::<Vec<_>>();
    prop_assert_eq!(all(found), all(wanted));
    Ok(())
}

/// xorshift64: what looks like chance and is always the same.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, below: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        i64::try_from(self.0 >> 1).unwrap() % below
    }
}

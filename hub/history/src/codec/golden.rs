//! Octets as each version wrote them: this program reads them all.
//!
//! `golden/<form>-v<version>.hex` is never edited; a new version adds one.

use hub_engine::Quality;
use hub_model::{CauseId, Timestamp, Value};

use super::{batch, block, rollups};
use crate::rollup::{Numbers, Rollup};
use crate::sample::Sample;

fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let octet = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(octet).collect()
}

fn samples() -> Vec<Sample> {
    let mut values: Vec<Value> = (0..40).map(|n| Value::Int(2_150 + n * n % 7)).collect();
    values.extend([
        Value::Null,
        Value::Bool(true),
        Value::Bool(false),
        Value::Uint(u64::MAX),
        Value::Single(17.9),
        Value::Double(21.53),
        Value::Double(f64::INFINITY),
        Value::text("Küche"),
        Value::Bytes([0, 255].into()),
        Value::structure([
            (0, Value::list([Value::Int(-1), Value::Null])),
            (300, Value::text("°C")),
        ]),
        Value::text("Küche"),
    ]);
    let sample = |(at, value): (i64, Value)| Sample {
        at: Timestamp::from_millis(1_800_000_000_000 + at * 60_000 + at % 3),
        value,
        quality: if at % 11 == 10 {
            Quality::Stale
        } else {
            Quality::Known
        },
        cause: (at % 13 == 5).then(|| CauseId(1 << 40 | at.unsigned_abs())),
    };
    (0..).zip(values).map(sample).collect()
}

fn of_series() -> Vec<(u32, Sample)> {
    (0..)
        .map(|n| n * 7 % 5 + 1)
        .zip(samples().into_iter().rev())
        .collect()
}

fn some_rollups() -> Vec<Rollup> {
    let rollup = |n: i32| Rollup {
        from: Timestamp::from_secs(1_800_000_000 + i64::from(n) * 300),
        samples: n.unsigned_abs(),
        known_ms: 300_000,
        numbers: (n != 3).then(|| Numbers {
            first: 21.53 + f64::from(n) / 100.0,
            last: 21.5,
            min: -1.25,
            max: 1e300,
            sum: f64::from(n) / 3.0,
            count: 5,
            weighted: 6_459_000.000_000_001,
            ms: 299_999,
            increase: 0.004_217,
            resets: 1,
        }),
        states: (0..n % 3)
            .map(|state| (Value::Int(state.into()), 1_000))
            .collect(),
        other_ms: 7,
    };
    (0..8).map(rollup).collect()
}

#[test]
fn what_version_1_wrote_is_read_and_written() {
    let golden = octets(include_str!("../../golden/block-v1.hex"));
    assert_eq!(block::decode(&golden).unwrap(), samples());
    assert_eq!(block::encode(&samples()).unwrap(), golden);

    let golden = octets(include_str!("../../golden/batch-v1.hex"));
    assert_eq!(batch::decode(&golden).unwrap(), of_series());
    let entries = of_series();
    let entries = entries.iter().map(|(series, sample)| (*series, sample));
    assert_eq!(batch::encode(entries).unwrap(), golden);

    let golden = octets(include_str!("../../golden/rollups-v1.hex"));
    assert_eq!(rollups::decode(&golden).unwrap(), some_rollups());
    assert_eq!(rollups::encode(&some_rollups()).unwrap(), golden);
}

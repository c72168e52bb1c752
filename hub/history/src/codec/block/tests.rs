//! Blocks come back, damage is known, and realistic series are small.

use proptest::prelude::*;

use super::super::testing::{Dice, any_sample, same};
use super::*;
use hub_model::{CauseId, Value};

fn in_order(samples: Vec<Sample>) -> Vec<Sample> {
    let mut samples = samples;
    crate::sample::settle(&mut samples);
    samples
}

proptest! {
    #[test]
    fn any_block_comes_back(samples in proptest::collection::vec(any_sample(), 1..100)) {
        let samples = in_order(samples);
        let octets = encode(&samples).unwrap();
        same(&decode(&octets).unwrap(), &samples)?;
        let head = head(&octets).unwrap();
        prop_assert_eq!(head.samples, samples.len());
        prop_assert_eq!((head.first, head.last), (samples[0].at, samples[samples.len() - 1].at));
    }

    #[test]
    fn no_octets_panic(mut octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(decode(&octets).is_err());
        octets.insert(0, VERSION);
        let _ = decode(&wire::seal(octets));
    }

    #[test]
    fn no_damage_is_missed(
        samples in proptest::collection::vec(any_sample(), 1..20),
        at in any::<prop::sample::Index>(),
        by in 1_u8..,
    ) {
        let mut octets = encode(&in_order(samples)).unwrap();
        let at = at.index(octets.len());
        octets[at] ^= by;
        prop_assert_eq!(decode(&octets), Err(CodecError::Checksum));
        prop_assert!(decode(&octets[..at]).is_err());
    }

    /// Changed within, and sealed again: what a checksum does not tell.
    #[test]
    fn no_forgery_panics(
        samples in proptest::collection::vec(any_sample(), 1..40),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut octets = encode(&in_order(samples)).unwrap();
        octets.truncate(octets.len() - 4);
        for (at, octet) in changes {
            let at = at.index(octets.len());
            octets[at] = octet;
        }
        if let Ok(samples) = decode(&wire::seal(octets)) {
            prop_assert!(samples.len() <= MOST_SAMPLES);
            prop_assert!(encode(&samples).is_some());
        }
    }
}

#[test]
fn what_is_no_block_is_not_written() {
    let sample = |at| Sample::known(Timestamp::from_millis(at), Value::Null);
    assert_eq!(encode(&[]), None);
    assert_eq!(encode(&[sample(2), sample(2)]), None);
    assert_eq!(encode(&[sample(2), sample(1)]), None);
    let many: Vec<_> = (0..=4_096).map(sample).collect();
    assert_eq!(encode(&many), None);
    assert!(encode(&many[1..]).is_some());
}

#[test]
fn the_ends_of_time_come_back() {
    let ends = [i64::MIN, -1, 0, i64::MAX].map(|at| crate::sample::whole(Timestamp(at)));
    let samples: Vec<_> = ends.map(|at| Sample::known(at, Value::Null)).into();
    assert_eq!(decode(&encode(&samples).unwrap()), Ok(samples));
}

/// Octets a sample of blocks of 256 samples each.
fn cost(name: &str, next: impl Fn(&mut Dice, i64) -> (i64, Value)) -> f64 {
    let mut dice = Dice(7);
    let (mut at, mut state) = (1_800_000_000_000, 0);
    let (mut octets, mut count) = (0, 0);
    for _ in 0..8 {
        let mut samples = Vec::new();
        for _ in 0..256 {
            let (time, value) = next(&mut dice, state);
            at += time;
            state = match value {
                Value::Int(number) => number,
                _ => state + 1,
            };
            samples.push(Sample::known(Timestamp::from_millis(at), value));
        }
        count += samples.len();
        octets += encode(&samples).unwrap().len();
    }
    #[expect(clippy::cast_precision_loss, reason = "small")]
    let each = octets as f64 / count as f64;
    println!("{name}: {each:.2} octets a sample");
    each
}

#[test]
fn realistic_series_are_small() {
    let temperature = cost(
        "temperature in hundredths every 30 to 90 s",
        |dice, last| {
            (
                30_000 + dice.roll(60_000),
                Value::Int(last + dice.roll(7) - 3),
            )
        },
    );
    let whole_seconds = cost("temperature each minute", |dice, last| {
        (60_000, Value::Int(last + dice.roll(7) - 3))
    });
    let switch = cost("on and off", |dice, turn| {
        (1_000 + dice.roll(3_600_000), Value::Bool(turn % 2 == 0))
    });
    let power = cost("power in mW, noisy, every 10 s or so", |dice, _| {
        (
            9_900 + dice.roll(200),
            Value::Int(1_500_000 + dice.roll(40_000)),
        )
    });
    let percent = cost("percent every few minutes", |dice, _| {
        (
            dice.roll(600_000) + 1,
            Value::Uint(50 + dice.roll(20).unsigned_abs()),
        )
    });
    let shown = cost(
        "degrees as numbers with a point, every 30 to 90 s",
        |dice, turn| {
            let hundredths = 2_150.0 + f64::from(i32::try_from(turn % 40 + dice.roll(5)).unwrap());
            (
                30_000 + dice.roll(60_000),
                Value::Double(hundredths / 100.0),
            )
        },
    );
    for each in [temperature, whole_seconds, switch, power, percent, shown] {
        assert!(each < 5.0);
    }
    assert!(whole_seconds < 0.7);
}

#[test]
fn marks_of_none_cost_nothing_and_of_all_little() {
    let plain: Vec<_> = (0..256)
        .map(|at| Sample::known(Timestamp::from_millis(at * 1_000), Value::Bool(true)))
        .collect();
    let mut caused = plain.clone();
    for (id, sample) in (1 << 40..).zip(&mut caused) {
        sample.cause = Some(CauseId(id));
    }
    let len = |samples: &[Sample]| encode(samples).unwrap().len();
    assert!(len(&plain) < 30);
    assert!(len(&caused) < len(&plain) + 20);
}

//! Roll-ups against a naive computation, millisecond by millisecond.

use hub_engine::Quality;
use hub_model::{AttributePath, EndpointId, NodeId, spec};
use proptest::prelude::*;

use super::*;
use crate::course::join;
use crate::sample::settle;
use crate::series::SeriesKey;

fn measure(cluster: &str, attribute: &str) -> Measure {
    let cluster = spec::cluster_by_name(cluster).unwrap();
    Measure::of(&SeriesKey::Attribute(AttributePath {
        node: NodeId(1),
        endpoint: EndpointId(1),
        cluster: cluster.id,
        attribute: cluster.attribute_by_name(attribute).unwrap().id,
    }))
}

fn counter() -> Measure {
    measure("ElectricalEnergyMeasurement", "CumulativeEnergyImported")
}

fn temperature() -> Measure {
    measure("TemperatureMeasurement", "MeasuredValue")
}

/// What is known at each millisecond, told from the definition alone: the last sample, unless it is
/// stale or a gap began since.
fn known_at<'a>(samples: &'a [Sample], gaps: &[Gap], ms: i64) -> Option<&'a Sample> {
    let at = Timestamp::from_millis(ms);
    let last = samples.iter().rfind(|sample| sample.at <= at)?;
    let forgotten = gaps.iter().any(|gap| last.at < gap.from && gap.from <= at);
    (last.quality == Quality::Known && !forgotten).then_some(last)
}

fn naive(
    measure: Measure,
    samples: &[Sample],
    gaps: &[Gap],
    (from, to): (i64, i64),
) -> Option<Rollup> {
    let start = Timestamp::from_millis(from);
    let mut rollup = Rollup {
        from: start,
        samples: 0,
        known_ms: 0,
        numbers: None,
        states: Vec::new(),
        other_ms: 0,
    };
    let mut seen: Vec<f64> = Vec::new();
    for ms in from..to {
        let Some(sample) = known_at(samples, gaps, ms) else {
            continue;
        };
        rollup.known_ms += 1;
        if let Some(number) = measure.number(&sample.value) {
            seen.push(number);
        } else if let Some(state) = measure.state(&sample.value) {
            match rollup.states.iter().position(|(known, _)| known == state) {
                Some(at) => rollup.states[at].1 += 1,
                None => rollup.states.push((state.clone(), 1)),
            }
        }
    }
    let (mut sum, mut count, mut increase, mut resets) = (0.0, 0, 0.0, 0);
    for (place, sample) in samples.iter().enumerate() {
        let ms = sample.at.as_millis();
        if !(from..to).contains(&ms) {
            continue;
        }
        rollup.samples += 1;
        let before = place.checked_sub(1).map(|before| &samples[before]);
        let before = before.and_then(|before| measure.number(&before.value));
        if let (Some(number), Quality::Known) = (measure.number(&sample.value), sample.quality) {
            sum += number;
            count += 1;
            if let (Some(before), true) = (before, measure.is_counter()) {
                increase += if number < before {
                    number
                } else {
                    number - before
                };
                resets += u32::from(number < before);
            }
        }
    }
    if !seen.is_empty() {
        rollup.numbers = Some(Numbers {
            first: seen[0],
            last: seen[seen.len() - 1],
            min: seen.iter().copied().fold(f64::MAX, f64::min),
            max: seen.iter().copied().fold(f64::MIN, f64::max),
            sum,
            count,
            weighted: seen.iter().sum(),
            ms: seen.len() as u64,
            increase,
            resets,
        });
    }
    (rollup.samples > 0 || rollup.known_ms > 0).then_some(rollup)
}

fn assert_same(found: &[Rollup], wanted: &[Rollup]) {
    assert_eq!(found.len(), wanted.len(), "{found:#?} {wanted:#?}");
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-6 * a.abs().max(b.abs()).max(1.0);
    for (found, wanted) in found.iter().zip(wanted) {
        let bare = |rollup: &Rollup| Rollup {
            numbers: None,
            ..rollup.clone()
        };
        assert_eq!(bare(found), bare(wanted));
        match (&found.numbers, &wanted.numbers) {
            (Some(a), Some(b)) => {
                assert_eq!((a.count, a.ms, a.resets), (b.count, b.ms, b.resets));
                for (a, b) in [
                    (a.first, b.first),
                    (a.last, b.last),
                    (a.min, b.min),
                    (a.max, b.max),
                    (a.sum, b.sum),
                    (a.weighted, b.weighted),
                    (a.increase, b.increase),
                ] {
                    assert!(close(a, b), "{found:?} {wanted:?}");
                }
            }
            (a, b) => assert_eq!(a, b),
        }
    }
}

/// Samples as they come: out of order, twice, stale, of a counter that is reset, or of states.
fn any_samples(kind: u8) -> impl Strategy<Value = Vec<Sample>> {
    let value = match kind {
        0 => (0i64..2_000)
            .prop_map(|n| Value::structure([(0, Value::Int(n * 1_000))]))
            .boxed(),
        1 => prop_oneof![
            5 => (-500i64..3_000).prop_map(Value::Int),
            1 => Just(Value::Null),
        ]
        .boxed(),
        _ => prop_oneof![
            any::<bool>().prop_map(Value::Bool),
            Just(Value::from("standby")),
        ]
        .boxed(),
    };
    let quality = prop_oneof![8 => Just(Quality::Known), 1 => Just(Quality::Stale)];
    let one = (0i64..400, value, quality).prop_map(|(ms, value, quality)| Sample {
        at: Timestamp::from_millis(ms),
        value,
        quality,
        cause: None,
    });
    prop::collection::vec(one, 0..40)
}

fn any_gaps() -> impl Strategy<Value = Vec<Gap>> {
    let gap = (0i64..400, 1i64..50).prop_map(|(from, length)| Gap {
        from: Timestamp::from_millis(from),
        to: Timestamp::from_millis(from + length),
    });
    prop::collection::vec(gap, 0..4)
}

proptest! {
    #[test]
    fn equal_a_naive_computation(
        (kind, mut samples) in (0u8..3).prop_flat_map(|kind| (Just(kind), any_samples(kind))),
        mut gaps in any_gaps(),
        start in 0i64..200,
        lengths in prop::collection::vec(1i64..90, 1..6),
    ) {
        let measure = match kind {
            0 => counter(),
            1 => temperature(),
            _ => Measure::of(&SeriesKey::Foreign("x".into())),
        };
        settle(&mut samples);
        join(&mut gaps);
        let mut spans = Vec::new();
        let mut from = start;
        for length in lengths {
            spans.push((from, from + length));
            from += length;
        }
        let first = samples.partition_point(|sample| sample.at.as_millis() < start);
        let (before, rest) = samples.split_at(first);
        let as_moments = |&(from, to): &(i64, i64)| {
            (Timestamp::from_millis(from), Timestamp::from_millis(to))
        };
        let found = roll(measure, before.last(), rest, &gaps, spans.iter().map(as_moments));
        // A number of which nothing was known for even a millisecond has no course, only samples.
        let wanted: Vec<_> = spans
            .iter()
            .filter_map(|&span| naive(measure, &samples, &gaps, span))
            .collect();
        assert_same(&found, &wanted);

        // Longer spans made of shorter ones are as if rolled up at once.
        let begin = Timestamp::from_millis(start);
        let merged: Vec<_> = Rollup::merged(begin, &found).into_iter().collect();
        let whole: Vec<_> = naive(measure, &samples, &gaps, (start, from)).into_iter().collect();
        assert_same(&merged, &whole);
    }
}

#[test]
fn a_counter_that_begins_anew_loses_nothing() {
    let energy = |ms: i64, wh: i64| {
        let value = Value::structure([(0, Value::Int(wh * 1_000))]);
        Sample::known(Timestamp::from_millis(ms), value)
    };
    let samples = [energy(10, 120), energy(20, 5), energy(30, 9)];
    let span = (Timestamp::from_millis(0), Timestamp::from_millis(100));
    let carry = energy(-50, 100);
    let [rollup] = roll(counter(), Some(&carry), &samples, &[], [span])
        .try_into()
        .unwrap();
    let numbers = rollup.numbers.unwrap();
    assert_eq!((numbers.increase, numbers.resets), (29.0, 1));
    assert_eq!((numbers.first, numbers.last), (100.0, 9.0));
}

#[test]
fn means_are_told_apart() {
    let sample = |ms, value| Sample::known(Timestamp::from_millis(ms), Value::Int(value));
    let samples = [sample(0, 2_000), sample(90, 3_000)];
    let span = (Timestamp::from_millis(0), Timestamp::from_millis(100));
    let [rollup] = roll(temperature(), None, &samples, &[], [span])
        .try_into()
        .unwrap();
    let numbers = rollup.numbers.unwrap();
    assert_eq!(numbers.mean_over_time(), Some(21.0));
    assert_eq!(numbers.mean_of_samples(), Some(25.0));
}

#[test]
fn the_states_told_apart_are_bounded() {
    let states = (0..100).map(|n| {
        let name = Value::text(format!("state {n}"));
        Sample::known(Timestamp::from_millis(n), name)
    });
    let samples: Vec<_> = states.collect();
    let span = (Timestamp::from_millis(0), Timestamp::from_millis(100));
    let any = Measure::of(&SeriesKey::Foreign("x".into()));
    let [rollup] = roll(any, None, &samples, &[], [span]).try_into().unwrap();
    assert_eq!(rollup.states.len(), MOST_STATES);
    assert_eq!((rollup.other_ms, rollup.known_ms), (84, 100));
}

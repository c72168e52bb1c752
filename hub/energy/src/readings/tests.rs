//! Which source counts, and that no energy is made or lost on the way into slices.

use proptest::prelude::*;

use super::*;
use crate::testing::{at, range, repeatable};

const HOUR: Duration = Duration::from_secs(3_600);

fn cumulative(direction: Direction, readings: &[(&str, i64)]) -> Readings {
    let mut all = Readings::new();
    for (text, energy) in readings {
        all.add(
            at(text),
            Reading::Cumulative(direction, MilliwattHours(*energy)),
        );
    }
    all
}

/// Minutes of the first hour, energy in both directions and whether it is complete.
fn shown(slices: &[Slice]) -> Vec<(i64, i64, i64, bool)> {
    let minute = |at: Timestamp| (at.0 - self::at("2026-01-01T00:00:00Z").0) / 60_000_000;
    let shown = |s: &Slice| {
        let is_complete = s.quality == Quality::Complete;
        (minute(s.from), s.imported.0, s.exported.0, is_complete)
    };
    slices.iter().map(shown).collect()
}

fn first_hours(hours: u32) -> Range {
    let to = format!("2026-01-01T{hours:02}:00:00Z");
    range("2026-01-01T00:00:00Z", &to)
}

#[test]
fn the_rise_of_a_counter_is_spread_between_its_readings() {
    let readings = cumulative(
        Direction::Imported,
        &[
            ("2026-01-01T00:05:00Z", 1_000),
            ("2026-01-01T00:15:00Z", 1_100),
            ("2026-01-01T00:17:30Z", 1_110),
        ],
    );
    let slices = readings.slices(first_hours(1), Bucket::FiveMinutes, HOUR);
    assert_eq!(
        shown(&slices),
        [(5, 50, 0, true), (10, 50, 0, true), (15, 10, 0, false)]
    );
}

#[test]
fn a_counter_that_fell_began_anew() {
    let readings = cumulative(
        Direction::Exported,
        &[
            ("2026-01-01T00:00:00Z", 5_000),
            ("2026-01-01T00:05:00Z", 30),
            ("2026-01-01T00:10:00Z", 70),
        ],
    );
    let slices = readings.slices(first_hours(1), Bucket::FiveMinutes, HOUR);
    assert_eq!(shown(&slices), [(0, 0, 30, false), (5, 0, 40, true)]);
}

#[test]
fn after_a_long_silence_it_is_known_how_much_but_not_when() {
    let times = ["2026-01-01T00:00:00Z", "2026-01-01T04:00:00Z"];
    let after = |rise: i64| {
        let readings = [(times[0], 100), (times[1], 100 + rise)];
        let readings = cumulative(Direction::Imported, &readings);
        shown(&readings.slices(first_hours(4), Bucket::Hour, HOUR))
    };
    let hours = [0, 60, 120, 180];
    assert_eq!(after(40), hours.map(|minute| (minute, 10, 0, false)));
    assert_eq!(after(0), hours.map(|minute| (minute, 0, 0, true)));
}

#[test]
fn power_lasts_until_the_next_reading_but_not_for_ever() {
    let mut readings = Readings::new();
    readings.add(at("2026-01-01T00:00:00Z"), Reading::Power(60_000));
    readings.add(at("2026-01-01T00:30:00Z"), Reading::Power(-120_000));
    let slices = readings.slices(first_hours(4), Bucket::Hour, HOUR);
    // 60 W for half an hour, then 120 W given for an hour.
    assert_eq!(
        shown(&slices),
        [(0, 30_000, 60_000, true), (60, 0, 60_000, false)]
    );
}

#[test]
fn over_a_silence_it_is_known_how_much_but_not_when() {
    let silence = range("2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z");
    let mut readings = cumulative(
        Direction::Imported,
        &[
            ("2026-01-01T00:00:00Z", 0),
            ("2026-01-01T01:00:00Z", 10),
            ("2026-01-01T02:00:00Z", 30),
            ("2026-01-01T03:00:00Z", 40),
        ],
    );
    readings.silent(silence);
    let hours = |readings: &Readings| shown(&readings.slices(first_hours(3), Bucket::Hour, HOUR));
    assert_eq!(
        hours(&readings),
        [(0, 10, 0, true), (60, 20, 0, false), (120, 10, 0, true)]
    );
    let mut power = Readings::new();
    power.add(at("2026-01-01T00:00:00Z"), Reading::Power(1_000));
    power.add(at("2026-01-01T02:00:00Z"), Reading::Power(1_000));
    power.silent(range("2026-01-01T00:30:00Z", "2026-01-01T00:40:00Z"));
    power.silent(silence);
    assert_eq!(hours(&power), [(0, 500, 0, false), (120, 1_000, 0, true)]);
}

#[test]
fn what_was_heard_within_a_silence_holds() {
    let mut power = Readings::new();
    power.silent(range("2026-01-01T00:00:00Z", "2026-01-01T00:50:00Z"));
    power.add(at("2026-01-01T00:30:00Z"), Reading::Power(1_000));
    let slices = power.slices(first_hours(1), Bucket::Hour, HOUR);
    assert_eq!(shown(&slices), [(0, 500, 0, false)]);
}

#[test]
fn a_counter_is_preferred_to_periods_and_those_to_power() {
    let mut readings = Readings::new();
    let hour = first_hours(1);
    readings.add(hour.from(), Reading::Power(1_000));
    let imported = |readings: &Readings| shown(&readings.slices(hour, Bucket::Hour, HOUR));
    assert_eq!(imported(&readings), [(0, 1_000, 0, true)]);
    readings.add(
        hour.to(),
        Reading::Periodic(Direction::Imported, hour, MilliwattHours(2_000)),
    );
    assert_eq!(imported(&readings), [(0, 2_000, 0, true)]);
    for (at, energy) in [(hour.from(), 0), (hour.to(), 3_000)] {
        readings.add(
            at,
            Reading::Cumulative(Direction::Imported, MilliwattHours(energy)),
        );
    }
    assert_eq!(imported(&readings), [(0, 3_000, 0, true)]);
}

#[test]
fn power_of_the_other_direction_does_not_make_a_counter_partial() {
    let mut readings = cumulative(
        Direction::Imported,
        &[("2026-01-01T00:00:00Z", 0), ("2026-01-01T02:00:00Z", 0)],
    );
    readings.add(at("2026-01-01T00:00:00Z"), Reading::Power(-1_000));
    let slices = readings.slices(first_hours(3), Bucket::Hour, HOUR);
    assert_eq!(shown(&slices), [(0, 0, 1_000, true), (60, 0, 0, true)]);
}

#[test]
fn a_period_told_twice_counts_once_and_overlaps_are_left_out() {
    let mut readings = Readings::new();
    let period = |from, to| range(from, to);
    let first = period("2026-01-01T00:00:00Z", "2026-01-01T00:30:00Z");
    let overlap = period("2026-01-01T00:15:00Z", "2026-01-01T00:45:00Z");
    for (period, energy) in [(first, 10), (first, 10), (overlap, 99)] {
        let reading = Reading::Periodic(Direction::Imported, period, MilliwattHours(energy));
        readings.add(first.to(), reading);
    }
    let slices = readings.slices(first_hours(1), Bucket::Hour, HOUR);
    assert_eq!(shown(&slices), [(0, 10, 0, false)]);
}

proptest! {
    #![proptest_config(repeatable(128))]

    #[test]
    fn no_energy_is_made_or_lost(rises in prop::collection::vec((1_i64..20_000, 0_i64..100_000), 1..40)) {
        let start = at("2026-01-01T00:03:07Z");
        let mut readings = Readings::new();
        let (mut time, mut counter) = (start, 0);
        readings.add(time, Reading::Cumulative(Direction::Imported, MilliwattHours(counter)));
        for (seconds, rise) in rises {
            time = time + Duration::from_secs(seconds.unsigned_abs());
            counter += rise;
            readings.add(time, Reading::Cumulative(Direction::Imported, MilliwattHours(counter)));
        }
        let all = Range::new(start, time).unwrap();
        for bucket in [Bucket::FiveMinutes, Bucket::Hour] {
            let slices = readings.slices(all, bucket, HOUR);
            prop_assert!(slices.iter().all(Slice::is_valid));
            prop_assert!(slices.windows(2).all(|pair| pair[0].to == pair[1].from));
            let sum: MilliwattHours = slices.iter().map(|slice| slice.imported).sum();
            prop_assert_eq!(sum, MilliwattHours(counter));
        }
    }

    #[test]
    fn no_reading_panics(
        readings in prop::collection::vec((any::<i64>(), any::<i64>(), 0_u8..4), 0..8),
        stands: u64,
    ) {
        let mut all = Readings::new();
        for (moment, number, what) in readings {
            let energy = MilliwattHours(number);
            let period = Range::new(Timestamp(moment), Timestamp(number));
            all.add(Timestamp(moment), match (what, period) {
                (0, Ok(period)) => Reading::Periodic(Direction::Imported, period, energy),
                (1, _) => Reading::Cumulative(Direction::Imported, energy),
                (2, _) => Reading::Cumulative(Direction::Exported, energy),
                _ => Reading::Power(number),
            });
        }
        let _ = all.slices(first_hours(3), Bucket::Hour, Duration::from_micros(stands));
    }
}

//! Downsampling for charts: fewer points that draw the same picture.
//!
//! Of each slice of time the first, the lowest, the highest and the last point stay (known as M4:
//! Jugel et al., VLDB 2014), so that no peak is lost however far one zooms out; and where a gap begins
//! stays, so that it is drawn as a gap.

use hub_model::Timestamp;

use crate::course::{Gap, stretches};
use crate::measure::Measure;
use crate::sample::Sample;

/// A point of a chart: from when on it was so; none where nobody knows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// From when on.
    pub at: Timestamp,
    /// The number.
    pub number: Option<f64>,
}

/// Thins the points that come in order, slice by slice.
#[derive(Debug)]
pub struct Thinner {
    from: Timestamp,
    /// Microseconds of a slice.
    slice: u64,
    present: Option<Slice>,
    points: Vec<Point>,
}

/// What stays of one slice so far.
#[derive(Debug)]
struct Slice {
    place: u64,
    first: Point,
    low: Point,
    high: Point,
    last: Point,
    /// The gaps that begin in it.
    gaps: Option<Point>,
}

impl Thinner {
    /// One that leaves some five points for each of so many slices of the time between two moments.
    #[must_use]
    pub fn new(from: Timestamp, to: Timestamp, slices: u32) -> Self {
        let span = to.0.saturating_sub(from.0).unsigned_abs();
        Self {
            from,
            slice: span.div_ceil(u64::from(slices.max(1))).max(1),
            present: None,
            points: Vec::new(),
        }
    }

    /// Takes the next point.
    pub fn take(&mut self, point: Point) {
        let place = point.at.0.saturating_sub(self.from.0).max(0).unsigned_abs() / self.slice;
        match &mut self.present {
            Some(slice) if slice.place == place => slice.take(point),
            _ => {
                self.end_slice();
                self.present = Some(Slice::new(place, point));
            }
        }
    }

    /// The points that stay, in order.
    #[must_use]
    pub fn finish(mut self) -> Vec<Point> {
        self.end_slice();
        self.points
    }

    fn end_slice(&mut self) {
        let Some(slice) = self.present.take() else {
            return;
        };
        let start = self.points.len();
        let stays = [
            Some(slice.first),
            Some(slice.low),
            Some(slice.high),
            slice.gaps,
            Some(slice.last),
        ];
        self.points.extend(stays.into_iter().flatten());
        let (_, new) = self.points.split_at_mut(start);
        new.sort_by_key(|point| point.at);
        self.points.dedup();
    }
}

impl Slice {
    const fn new(place: u64, point: Point) -> Self {
        Self {
            place,
            first: point,
            low: point,
            high: point,
            last: point,
            gaps: None,
        }
    }

    fn take(&mut self, point: Point) {
        self.last = point;
        let Some(number) = point.number else {
            self.gaps.get_or_insert(point);
            return;
        };
        if self.low.number.is_none_or(|low| number < low) {
            self.low = point;
        }
        if self.high.number.is_none_or(|high| number > high) {
            self.high = point;
        }
    }
}

/// The points of a course, one for each stretch.
pub fn points<'a>(
    measure: Measure,
    carry: Option<&'a Sample>,
    samples: &'a [Sample],
    gaps: &'a [Gap],
    from: Timestamp,
    to: Timestamp,
) -> impl Iterator<Item = Point> {
    stretches(carry, samples, gaps, from, to).map(move |stretch| Point {
        at: stretch.from,
        number: stretch
            .sample
            .and_then(|sample| measure.number(&sample.value)),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn thin(points: &[Point], to: i64, slices: u32) -> Vec<Point> {
        let mut thinner = Thinner::new(Timestamp(0), Timestamp(to), slices);
        for point in points {
            thinner.take(*point);
        }
        thinner.finish()
    }

    fn any_points() -> impl Strategy<Value = Vec<Point>> {
        let point = (0i64..10_000, prop::option::weighted(0.9, -100i32..100));
        prop::collection::vec(point, 0..400).prop_map(|mut points| {
            points.sort_by_key(|(at, _)| *at);
            points.dedup_by_key(|(at, _)| *at);
            let point = |(at, number): (i64, Option<i32>)| Point {
                at: Timestamp(at),
                number: number.map(f64::from),
            };
            points.into_iter().map(point).collect()
        })
    }

    proptest! {
        #[test]
        fn keeps_every_extreme_of_every_slice(points in any_points(), slices in 1u32..50) {
            let thinned = thin(&points, 10_000, slices);
            prop_assert!(thinned.is_sorted_by_key(|point| point.at));
            prop_assert!(thinned.iter().all(|point| points.contains(point)));
            let width = i64::from(10_000_u32.div_ceil(slices));
            let ends = |points: &[Point], slice: i64| {
                let within: Vec<_> = points.iter().filter(|point| point.at.0 / width == slice).collect();
                let numbers = || within.iter().filter_map(|point| point.number);
                let low = numbers().fold(f64::MAX, f64::min);
                let high = numbers().fold(f64::MIN, f64::max);
                let unknown = within.iter().any(|point| point.number.is_none());
                (within.first().copied().copied(), low, high, unknown, within.last().copied().copied())
            };
            for slice in 0..i64::from(slices) {
                prop_assert_eq!(ends(&thinned, slice), ends(&points, slice));
                let kept = thinned.iter().filter(|point| point.at.0 / width == slice).count();
                prop_assert!(kept <= 5);
            }
        }
    }

    #[test]
    fn few_points_stay_as_they_are() {
        let points: Vec<_> = (0..50)
            .map(|n| Point {
                at: Timestamp(n * 200),
                number: Some(1.0),
            })
            .collect();
        assert_eq!(thin(&points, 10_000, 50), points);
    }

    #[test]
    fn extreme_ranges_do_not_panic() {
        let mut thinner = Thinner::new(Timestamp(i64::MIN), Timestamp(i64::MAX), 0);
        thinner.take(Point {
            at: Timestamp(i64::MAX),
            number: None,
        });
        assert_eq!(thinner.finish().len(), 1);
    }
}

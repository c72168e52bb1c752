//! The course of a series: what it was from when to when, and where nobody knows.

use hub_model::Timestamp;

use crate::sample::Sample;

/// A span in which nothing was heard: the hub was off, or the device was not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub to: Timestamp,
}

/// A part of a course.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch<'a> {
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub to: Timestamp,
    /// The sample that says what it was; none where that is not known.
    pub sample: Option<&'a Sample>,
}

/// Brings gaps into order and joins those that touch.
pub fn join(gaps: &mut Vec<Gap>) {
    gaps.retain(|gap| gap.from < gap.to);
    gaps.sort();
    gaps.dedup_by(|next, last| {
        let touches = next.from <= last.to;
        if touches {
            last.to = last.to.max(next.to);
        }
        touches
    });
}

/// The course between two moments, in stretches that follow each other without a hole.
///
/// `carry` is the last sample before `from`, `samples` are those from then on, in order; those at `to`
/// or later are not looked at. `gaps` are [`join`]ed. What was known before a gap is not known in it
/// nor after it, until the next sample.
pub fn stretches<'a>(
    carry: Option<&'a Sample>,
    samples: &'a [Sample],
    gaps: &'a [Gap],
    from: Timestamp,
    to: Timestamp,
) -> impl Iterator<Item = Stretch<'a>> {
    let first = carry.map(|sample| (from, sample));
    let rest = samples.iter().map(|sample| (sample.at, sample));
    let mut starts = first.into_iter().chain(rest).peekable();
    let mut done = from;
    let mut waiting: Option<Stretch<'a>> = None;
    std::iter::from_fn(move || {
        loop {
            if let Some(next) = waiting.take() {
                done = next.to;
                return Some(next);
            }
            if done >= to {
                return None;
            }
            let Some((start, sample)) = starts.peek().copied() else {
                let rest = Stretch {
                    from: done,
                    to,
                    sample: None,
                };
                done = to;
                return Some(rest);
            };
            if start > done {
                let end = start.min(to);
                let before = Stretch {
                    from: done,
                    to: end,
                    sample: None,
                };
                done = end;
                return Some(before);
            }
            starts.next();
            let next = starts.peek().map_or(to, |(next, _)| (*next).min(to));
            let end = known_until(sample, gaps).min(next).max(done);
            if end < next {
                waiting = Some(Stretch {
                    from: end,
                    to: next,
                    sample: None,
                });
            }
            if end > done {
                let known = Stretch {
                    from: done,
                    to: end,
                    sample: Some(sample),
                };
                done = end;
                return Some(known);
            }
        }
    })
}

/// Until when a sample holds if no other comes: the next gap, or the sample itself when stale. A sample
/// that was heard within a gap holds: somebody did hear it.
fn known_until(sample: &Sample, gaps: &[Gap]) -> Timestamp {
    if !sample.is_known() {
        return sample.at;
    }
    let next = gaps.partition_point(|gap| gap.from <= sample.at);
    gaps.get(next).map_or(Timestamp(i64::MAX), |gap| gap.from)
}

#[cfg(test)]
mod tests {
    use hub_engine::Quality;
    use hub_model::Value;

    use super::*;

    fn sample(at: i64, quality: Quality) -> Sample {
        Sample {
            quality,
            ..Sample::known(Timestamp(at), Value::Int(at))
        }
    }

    fn course(
        carry: Option<i64>,
        samples: &[Sample],
        gaps: &[(i64, i64)],
        range: (i64, i64),
    ) -> Vec<(i64, i64, Option<i64>)> {
        let carry = carry.map(|at| sample(at, Quality::Known));
        let mut gaps: Vec<_> = gaps
            .iter()
            .map(|&(from, to)| Gap {
                from: Timestamp(from),
                to: Timestamp(to),
            })
            .collect();
        join(&mut gaps);
        let (from, to) = (Timestamp(range.0), Timestamp(range.1));
        stretches(carry.as_ref(), samples, &gaps, from, to)
            .map(|part| {
                (
                    part.from.0,
                    part.to.0,
                    part.sample.map(|sample| sample.at.0),
                )
            })
            .collect()
    }

    #[test]
    fn a_sample_holds_until_the_next() {
        let samples = [sample(20, Quality::Known), sample(30, Quality::Known)];
        assert_eq!(
            course(Some(5), &samples, &[], (10, 40)),
            [(10, 20, Some(5)), (20, 30, Some(20)), (30, 40, Some(30))]
        );
        assert_eq!(
            course(None, &samples, &[], (10, 25)),
            [(10, 20, None), (20, 25, Some(20))]
        );
        assert_eq!(course(None, &[], &[], (10, 25)), [(10, 25, None)]);
        assert_eq!(course(None, &samples, &[], (25, 25)), []);
    }

    #[test]
    fn after_a_gap_nothing_is_known_until_the_next_sample() {
        let samples = [sample(20, Quality::Known), sample(30, Quality::Known)];
        assert_eq!(
            course(Some(5), &samples, &[(22, 24), (12, 15), (14, 16)], (10, 40)),
            [
                (10, 12, Some(5)),
                (12, 20, None),
                (20, 22, Some(20)),
                (22, 30, None),
                (30, 40, Some(30)),
            ]
        );
        assert_eq!(course(Some(5), &[], &[(6, 7)], (10, 20)), [(10, 20, None)]);
    }

    #[test]
    fn a_stale_sample_begins_a_gap() {
        let samples = [sample(20, Quality::Stale), sample(30, Quality::Known)];
        assert_eq!(
            course(Some(5), &samples, &[], (10, 40)),
            [(10, 20, Some(5)), (20, 30, None), (30, 40, Some(30))]
        );
    }

    #[test]
    fn what_was_heard_within_a_gap_holds() {
        let samples = [sample(20, Quality::Known)];
        assert_eq!(
            course(Some(5), &samples, &[(15, 25)], (10, 40)),
            [(10, 15, Some(5)), (15, 20, None), (20, 40, Some(20))]
        );
    }
}

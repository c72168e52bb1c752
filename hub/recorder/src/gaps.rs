//! Where nobody knows: the spans in which the hub was off or a node was not there.

use history::course::{Gap, join};
use history::occurrence::Hub;
use history::sample::Sample;
use hub_model::{Timestamp, Value};

/// The gaps that samples of the hub's own series tell, in order and joined.
pub(crate) fn of_hub(samples: &[Sample]) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut stopped: Option<Timestamp> = None;
    for sample in samples {
        match Hub::from_value(&sample.value) {
            Some(Hub::Stopped) => stopped = Some(sample.at),
            Some(Hub::Started { last }) => {
                // What was stopped in good order ended then; else it ended when it was noted last.
                let from = stopped.take().or(last);
                gaps.extend(from.map(|from| Gap {
                    from,
                    to: sample.at,
                }));
            }
            // What was other afterwards was recorded as it was then.
            Some(Hub::Lost { .. }) | None => {}
            Some(Hub::ClockSet { instead_of }) => gaps.push(Gap {
                from: instead_of,
                to: sample.at,
            }),
        }
    }
    gaps.extend(stopped.map(until_further_notice));
    join(&mut gaps);
    gaps
}

/// The gaps that samples of a node's reachability tell, in order and joined.
pub(crate) fn of_node(samples: &[Sample]) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut gone: Option<Timestamp> = None;
    for sample in samples {
        let is_there = sample.value == Value::Bool(true) && sample.is_known();
        match (is_there, gone) {
            (true, Some(from)) => {
                gaps.push(Gap {
                    from,
                    to: sample.at,
                });
                gone = None;
            }
            (false, None) => gone = Some(sample.at),
            _ => {}
        }
    }
    gaps.extend(gone.map(until_further_notice));
    join(&mut gaps);
    gaps
}

const fn until_further_notice(from: Timestamp) -> Gap {
    Gap {
        from,
        to: Timestamp(i64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(at: i64) -> Timestamp {
        Timestamp::from_secs(at)
    }

    fn gap(from: i64, to: i64) -> Gap {
        Gap {
            from: at(from),
            to: at(to),
        }
    }

    #[test]
    fn the_hub_tells_when_it_was_off() {
        let told = [
            (10, Hub::Started { last: None }),
            (20, Hub::Stopped),
            (30, Hub::Started { last: Some(at(15)) }),
            // Then the power went.
            (60, Hub::Started { last: Some(at(45)) }),
            (
                80,
                Hub::Lost {
                    since: at(70),
                    samples: 9,
                },
            ),
            (100, Hub::ClockSet { instead_of: at(90) }),
            (
                110,
                Hub::ClockSet {
                    instead_of: at(120),
                },
            ),
        ];
        let samples = told.map(|(when, hub)| Sample::known(at(when), hub.to_value()));
        assert_eq!(of_hub(&samples), [gap(20, 30), gap(45, 60), gap(90, 100)]);
    }

    #[test]
    fn a_node_that_is_gone_is_so_until_it_is_back() {
        let told = [
            (10, true),
            (20, false),
            (25, false),
            (30, true),
            (40, false),
        ];
        let samples = told.map(|(when, there)| Sample::known(at(when), Value::Bool(there)));
        let open = Gap {
            from: at(40),
            to: Timestamp(i64::MAX),
        };
        assert_eq!(of_node(&samples), [gap(20, 30), open]);
    }
}

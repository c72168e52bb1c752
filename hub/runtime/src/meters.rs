//! Numbers about the hub while it runs: counters, gauges and histograms in one table, which the API
//! shows at `/metrics`.
//!
//! Whoever has something to count asks the table for a meter once, keeps it, and counts with it: an
//! atomic each, no lock. Everybody who holds the hub has the table ([`HubHandle::meters`]), so a new
//! number needs nothing of the API:
//!
//! ```
//! # use hub_runtime::Meters;
//! # let meters = Meters::default(); // of a hub: hub.meters()
//! let stored = meters.counter("ingle_history_points_total", "Points that were stored.", &[]);
//! let failed = meters.counter("ingle_history_failures_total", "Writes that failed.", &[]);
//! meters.collect(|readings| {
//!     readings.gauge("ingle_history_size_bytes", "Size of the history.", &[], 4096.0);
//! });
//! stored.add(12);
//! # failed.increment();
//! ```
//!
//! Names follow Prometheus: base units (`_seconds`, `_bytes`), counters end in `_total`. Labels are
//! from small fixed sets (a bridge, an outcome), never ids, paths or names of a home's things.
//!
//! Not here: how numbers are written for others to read (the API's), and numbers that are counted
//! when someone asks ([`HubHandle::tally`]).
//!
//! [`HubHandle::meters`]: crate::HubHandle::meters
//! [`HubHandle::tally`]: crate::HubHandle::tally

mod meter;
mod readings;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::error;

pub use meter::{Counter, Gauge, Histogram};
pub use readings::{Kind, Labels, Measured, Reading, Readings};

use meter::Meter;

/// Meters of one name: more is a label that is not from a small fixed set, which would grow without
/// end in whoever keeps the numbers. The API's routes with methods and statuses need the most.
const MOST: usize = 1_024;

type Collector = Box<dyn Fn(&mut Readings) + Send + Sync>;

/// The table of all meters. Clones are the same table.
#[derive(Clone, Default)]
pub struct Meters {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    families: Mutex<BTreeMap<&'static str, Family>>,
    collectors: Mutex<Vec<Collector>>,
}

/// The meters of one name.
struct Family {
    help: &'static str,
    meters: BTreeMap<Labels, Meter>,
}

impl std::fmt::Debug for Meters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Meters").finish_non_exhaustive()
    }
}

impl Meters {
    /// The counter of this name and these labels; the same one when it is asked for again.
    #[must_use]
    pub fn counter(
        &self,
        name: &'static str,
        help: &'static str,
        labels: &[(&'static str, &str)],
    ) -> Counter {
        let meter = self.meter(name, help, labels, || Meter::Counter(Counter::default()));
        match meter {
            Some(Meter::Counter(counter)) => counter,
            _ => Counter::default(),
        }
    }

    /// The gauge of this name and these labels; the same one when it is asked for again.
    #[must_use]
    pub fn gauge(
        &self,
        name: &'static str,
        help: &'static str,
        labels: &[(&'static str, &str)],
    ) -> Gauge {
        let meter = self.meter(name, help, labels, || Meter::Gauge(Gauge::default()));
        match meter {
            Some(Meter::Gauge(gauge)) => gauge,
            _ => Gauge::default(),
        }
    }

    /// The histogram of this name and these labels; the same one when it is asked for again. The
    /// bounds are of its buckets, in seconds, ascending; one without a bound is added.
    #[must_use]
    pub fn histogram(
        &self,
        name: &'static str,
        help: &'static str,
        labels: &[(&'static str, &str)],
        bounds: &'static [f64],
    ) -> Histogram {
        let new = || Meter::Histogram(Histogram::new(bounds));
        match self.meter(name, help, labels, new) {
            Some(Meter::Histogram(histogram)) => histogram,
            _ => Histogram::new(bounds),
        }
    }

    /// Has this asked each time that the numbers are read: for what is cheaper to look up than to
    /// keep. It must not wait.
    pub fn collect(&self, collector: impl Fn(&mut Readings) + Send + Sync + 'static) {
        let collectors = &self.inner.collectors;
        let mut collectors = collectors.lock().unwrap_or_else(PoisonError::into_inner);
        collectors.push(Box::new(collector));
    }

    /// All numbers at this moment.
    #[must_use]
    pub fn read(&self) -> Readings {
        let mut readings = Readings::default();
        for (name, family) in self.families().iter() {
            for (labels, meter) in &family.meters {
                readings.add(name, family.help, labels.clone(), meter.read());
            }
        }
        let collectors = &self.inner.collectors;
        let collectors = collectors.lock().unwrap_or_else(PoisonError::into_inner);
        for collector in collectors.iter() {
            collector(&mut readings);
        }
        readings
    }

    /// The meter, made if it is new; none when there are too many of its name. Such a one, and one
    /// that is of another kind than others of its name, counts and is not shown.
    fn meter(
        &self,
        name: &'static str,
        help: &'static str,
        labels: &[(&'static str, &str)],
        new: impl FnOnce() -> Meter,
    ) -> Option<Meter> {
        let mut families = self.families();
        let family = families.entry(name).or_insert_with(|| Family {
            help,
            meters: BTreeMap::new(),
        });
        let has_room = family.meters.len() < MOST;
        let new = new();
        let fits = family.meters.values().next();
        if fits.is_some_and(|other| other.kind() != new.kind()) {
            error!(meter = name, "a number of this name is of another kind");
            return None;
        }
        match family.meters.entry(readings::owned(labels)) {
            Entry::Occupied(known) => Some(known.get().clone()),
            Entry::Vacant(free) if has_room => Some(free.insert(new).clone()),
            Entry::Vacant(_) => None,
        }
    }

    fn families(&self) -> MutexGuard<'_, BTreeMap<&'static str, Family>> {
        let families = &self.inner.families;
        families.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn numbers(meters: &Meters, name: &str) -> Vec<Measured> {
        let readings = meters.read();
        let found = readings.iter().find(|(found, _)| *found == name);
        let samples = found.map(|(_, reading)| reading.samples.clone());
        samples.unwrap_or_default().into_values().collect()
    }

    #[test]
    fn a_meter_that_is_asked_for_again_is_the_same() {
        let meters = Meters::default();
        let ask = || meters.counter("a_total", "A.", &[("of", "x")]);
        ask().add(2);
        ask().increment();
        assert_eq!(numbers(&meters, "a_total"), [Measured::Number(3.0)]);
        let gauge = meters.gauge("b", "B.", &[]);
        gauge.set(2.5);
        gauge.add(-1.0);
        assert_eq!(numbers(&meters, "b"), [Measured::Number(1.5)]);
    }

    #[test]
    fn a_histogram_counts_up_to_each_bound() {
        let meters = Meters::default();
        let histogram = meters.histogram("c_seconds", "C.", &[], &[0.1, 1.0]);
        for ms in [50, 100, 200, 5_000] {
            histogram.observe(Duration::from_millis(ms));
        }
        let expected = Measured::Histogram {
            buckets: vec![(0.1, 2), (1.0, 3), (f64::INFINITY, 4)],
            sum: 5.35,
        };
        assert_eq!(numbers(&meters, "c_seconds"), [expected]);
    }

    #[test]
    fn one_of_another_kind_counts_and_is_not_shown() {
        let meters = Meters::default();
        meters.counter("d_total", "D.", &[]).increment();
        meters.gauge("d_total", "D.", &[("of", "x")]).set(7.0);
        meters.gauge("d_total", "D.", &[]).set(7.0);
        assert_eq!(numbers(&meters, "d_total"), [Measured::Number(1.0)]);
    }

    #[test]
    fn a_name_has_so_many_meters_and_no_more() {
        let meters = Meters::default();
        for label in 0..MOST + 5 {
            let label = label.to_string();
            meters
                .counter("e_total", "E.", &[("of", &label)])
                .increment();
        }
        assert_eq!(numbers(&meters, "e_total").len(), MOST);
    }

    #[test]
    fn what_is_looked_up_is_there_each_time() {
        let meters = Meters::default();
        meters.collect(|readings| readings.gauge("f_bytes", "F.", &[("of", "x")], 9.0));
        assert_eq!(numbers(&meters, "f_bytes"), [Measured::Number(9.0)]);
        assert_eq!(numbers(&meters, "f_bytes"), [Measured::Number(9.0)]);
    }
}

//! The meters themselves: each some atomics that its clones share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::readings::{Kind, Measured};

/// A number that only grows. Clones are the same counter.
#[derive(Clone, Debug, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    /// One more.
    pub fn increment(&self) {
        self.add(1);
    }

    /// So many more.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Relaxed);
    }

    /// The number.
    #[must_use]
    pub fn value(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// A number that goes up and down. Clones are the same gauge.
#[derive(Clone, Debug, Default)]
pub struct Gauge(Arc<AtomicU64>);

impl Gauge {
    /// It is so.
    pub fn set(&self, value: f64) {
        self.0.store(value.to_bits(), Relaxed);
    }

    /// It is so much more, or less.
    pub fn add(&self, more: f64) {
        let add = |bits| Some((f64::from_bits(bits) + more).to_bits());
        // It is always given something to put, so it cannot refuse.
        let _ = self.0.fetch_update(Relaxed, Relaxed, add);
    }

    /// The number.
    #[must_use]
    pub fn value(&self) -> f64 {
        f64::from_bits(self.0.load(Relaxed))
    }
}

/// How long things took, in buckets. Clones are the same histogram.
#[derive(Clone, Debug)]
pub struct Histogram(Arc<Buckets>);

#[derive(Debug)]
struct Buckets {
    /// In seconds, ascending.
    bounds: &'static [f64],
    /// What fell into each and none before it; one more than bounds.
    counts: Vec<AtomicU64>,
    sum_ns: AtomicU64,
}

impl Histogram {
    pub(super) fn new(bounds: &'static [f64]) -> Self {
        Self(Arc::new(Buckets {
            bounds,
            counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            sum_ns: AtomicU64::new(0),
        }))
    }

    /// Something took so long.
    pub fn observe(&self, took: Duration) {
        let Buckets {
            bounds,
            counts,
            sum_ns,
        } = self.0.as_ref();
        let bucket = bounds.partition_point(|bound| *bound < took.as_secs_f64());
        if let Some(count) = counts.get(bucket) {
            count.fetch_add(1, Relaxed);
        }
        let ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        sum_ns.fetch_add(ns, Relaxed);
    }
}

/// A meter of any kind, as the table keeps it.
#[derive(Clone, Debug)]
pub(super) enum Meter {
    Counter(Counter),
    Gauge(Gauge),
    Histogram(Histogram),
}

impl Meter {
    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Counter(_) => Kind::Counter,
            Self::Gauge(_) => Kind::Gauge,
            Self::Histogram(_) => Kind::Histogram,
        }
    }

    pub(super) fn read(&self) -> (Kind, Measured) {
        let measured = match self {
            Self::Counter(counter) => Measured::Number(counter.value() as f64),
            Self::Gauge(gauge) => Measured::Number(gauge.value()),
            Self::Histogram(Histogram(buckets)) => buckets.read(),
        };
        (self.kind(), measured)
    }
}

impl Buckets {
    fn read(&self) -> Measured {
        let bounds = self.bounds.iter().copied().chain([f64::INFINITY]);
        let mut up_to = 0;
        let counts = self.counts.iter().map(|count| {
            up_to += count.load(Relaxed);
            up_to
        });
        Measured::Histogram {
            buckets: bounds.zip(counts).collect(),
            sum: Duration::from_nanos(self.sum_ns.load(Relaxed)).as_secs_f64(),
        }
    }
}

//! What the meters showed at one moment, for whoever writes it down.

use std::collections::BTreeMap;

/// Labels of a number: names and values.
pub type Labels = Vec<(&'static str, String)>;

/// All numbers of one moment, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Readings(BTreeMap<&'static str, Reading>);

/// The numbers of one name.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What they say, a sentence.
    pub help: &'static str,
    /// How they behave.
    pub kind: Kind,
    /// The numbers, by their labels.
    pub samples: BTreeMap<Labels, Measured>,
}

/// How a number behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows while the hub runs.
    Counter,
    /// It goes up and down.
    Gauge,
    /// How many took how long.
    Histogram,
    /// No number at all: what its labels say.
    Info,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq)]
pub enum Measured {
    /// A number.
    Number(f64),
    /// How many took how long.
    Histogram {
        /// Upper bounds in seconds, ascending to infinity; how many took at most that.
        buckets: Vec<(f64, u64)>,
        /// How long all took together, in seconds.
        sum: f64,
    },
}

impl Readings {
    /// Adds a number that only grows.
    pub fn counter(
        &mut self,
        name: &'static str,
        help: &'static str,
        labels: &[(&'static str, &str)],
        value: f64,
    ) {
        let read = (Kind::Counter, Measured::Number(value));
        self.add(name, help, owned(labels), read);
    }

    /// Adds a number that goes up and down.
    pub fn gauge(
        &mut self,
        name: &'static str,
        help: &'static str,
        labels: &[(&'static str, &str)],
        value: f64,
    ) {
        let read = (Kind::Gauge, Measured::Number(value));
        self.add(name, help, owned(labels), read);
    }

    /// Adds what is said by labels alone; the name ends in `_info`.
    pub fn info(
        &mut self,
        name: &'static str,
        help: &'static str,
        labels: &[(&'static str, &str)],
    ) {
        let read = (Kind::Info, Measured::Number(1.0));
        self.add(name, help, owned(labels), read);
    }

    /// The names in order, with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Reading)> {
        self.0.iter().map(|(name, reading)| (*name, reading))
    }

    /// Adds a number, unless those of its name are of another kind or one has these labels.
    pub(super) fn add(
        &mut self,
        name: &'static str,
        help: &'static str,
        labels: Labels,
        (kind, measured): (Kind, Measured),
    ) {
        let reading = self.0.entry(name).or_insert_with(|| Reading {
            help,
            kind,
            samples: BTreeMap::new(),
        });
        if reading.kind == kind {
            reading.samples.entry(labels).or_insert(measured);
        }
    }
}

pub(super) fn owned(labels: &[(&'static str, &str)]) -> Labels {
    let labels = labels.iter();
    labels
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect()
}

//! A strict reader of the text format of Prometheus: it panics on whatever a lenient one lets pass.

use std::collections::{BTreeMap, BTreeSet};

/// Labels of a number.
pub(crate) type Labels = BTreeMap<String, String>;

/// What was exposed.
#[derive(Debug, Default)]
pub(crate) struct Exposition {
    pub(crate) families: BTreeMap<String, Family>,
}

/// The numbers of one name.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) kind: String,
    /// By name and labels.
    pub(crate) samples: BTreeMap<(String, Labels), f64>,
}

impl Exposition {
    /// Reads all of it.
    pub(crate) fn read(text: &str) -> Self {
        assert!(text.ends_with('\n'), "the last line ends");
        let mut all = Self::default();
        let mut helped: Option<String> = None;
        let mut open: Option<String> = None;
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, words) = help.split_once(' ').expect(line);
                assert!(words.ends_with('.'), "a sentence: {line}");
                assert_eq!(
                    helped.replace(name.to_owned()),
                    None,
                    "TYPE follows HELP: {line}"
                );
                open = None;
            } else if let Some(typed) = line.strip_prefix("# TYPE ") {
                let (name, kind) = typed.split_once(' ').expect(line);
                assert_eq!(helped.take().as_deref(), Some(name), "{line}");
                all.begin(name, kind);
                open = Some(name.to_owned());
            } else {
                assert!(!line.starts_with('#') && !line.is_empty(), "{line:?}");
                let family = open
                    .as_ref()
                    .expect("a number belongs to the TYPE above it");
                all.sample(family, line);
            }
        }
        assert_eq!(helped, None);
        all.families
            .iter()
            .for_each(|(name, family)| family.check(name));
        all
    }

    /// The number of this name and these labels.
    pub(crate) fn number(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let labels = labels.iter();
        let labels: Labels = labels.map(|(k, v)| ((*k).into(), (*v).into())).collect();
        let family = self.families.get(name);
        let family = family.unwrap_or_else(|| panic!("no {name}"));
        let key = (name.to_owned(), labels);
        family
            .samples
            .get(&key)
            .copied()
            .unwrap_or_else(|| panic!("no {key:?}"))
    }

    /// All numbers that only grow, by name and labels.
    pub(crate) fn growing(&self) -> BTreeMap<(String, Labels), f64> {
        let growing = self.families.values();
        growing
            .filter(|family| family.kind == "counter" || family.kind == "histogram")
            .flat_map(|family| family.samples.clone())
            .collect()
    }

    fn begin(&mut self, name: &str, kind: &str) {
        assert!(is_name(name), "{name}");
        assert!(["counter", "gauge", "histogram"].contains(&kind), "{kind}");
        assert_eq!(name.ends_with("_total"), kind == "counter", "{name}");
        for abbreviated in ["_ms", "_s", "_kb", "_milliseconds", "_count"] {
            assert!(!name.ends_with(abbreviated), "base units: {name}");
        }
        let family = Family {
            kind: kind.to_owned(),
            samples: BTreeMap::new(),
        };
        let known = self.families.insert(name.to_owned(), family);
        assert!(known.is_none(), "{name} is there twice");
    }

    fn sample(&mut self, family: &str, line: &str) {
        let (name, labels, value) = parts(line);
        let of = self.families.get_mut(family).unwrap();
        let ends: &[&str] = match of.kind.as_str() {
            "histogram" => &["_bucket", "_sum", "_count"],
            _ => &[""],
        };
        let is_of = ends.iter().any(|end| name == format!("{family}{end}"));
        assert!(is_of, "{line} is not of {family}");
        assert_eq!(
            labels.contains_key("le"),
            name.ends_with("_bucket"),
            "{line}"
        );
        let known = of.samples.insert((name, labels), value);
        assert_eq!(known, None, "{line} is there twice");
    }
}

impl Family {
    fn check(&self, name: &str) {
        assert!(!self.samples.is_empty(), "{name} has no number");
        let names: BTreeSet<_> = self
            .samples
            .keys()
            .map(|(_, labels)| {
                let names = labels.keys().filter(|name| *name != "le");
                names.cloned().collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(names.len(), 1, "all of {name} have the same labels");
        let falling = self
            .samples
            .values()
            .find(|value| self.kind != "gauge" && **value < 0.0);
        assert_eq!(falling, None, "{name}");
        if self.kind == "histogram" {
            self.check_buckets(name);
        }
    }

    /// Buckets are cumulative, the last is without a bound and the number of all.
    fn check_buckets(&self, name: &str) {
        let mut of: BTreeMap<Labels, Vec<(f64, f64)>> = BTreeMap::new();
        for ((of_name, labels), count) in &self.samples {
            let mut labels = labels.clone();
            if let Some(bound) = labels.remove("le") {
                assert!(of_name.ends_with("_bucket"));
                of.entry(labels).or_default().push((float(&bound), *count));
            }
        }
        for (labels, mut buckets) in of {
            buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
            assert!(buckets.is_sorted_by(|one, other| one.0 < other.0 && one.1 <= other.1));
            let (bound, last) = *buckets.last().unwrap();
            assert_eq!(bound, f64::INFINITY);
            let count = (format!("{name}_count"), labels.clone());
            assert_eq!(self.samples.get(&count), Some(&last));
            assert!(self.samples.contains_key(&(format!("{name}_sum"), labels)));
        }
    }
}

/// Name, labels and value of a line.
fn parts(line: &str) -> (String, Labels, f64) {
    let end = line.find(['{', ' ']).expect(line);
    let (name, mut rest) = line.split_at(end);
    assert!(is_name(name), "{line}");
    let mut labels = Labels::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        loop {
            let (label, after) = rest.split_once("=\"").expect(line);
            assert!(
                is_name(label) && !label.contains(':') && !label.starts_with("__"),
                "{line}"
            );
            let (value, after) = quoted(after);
            assert_eq!(labels.insert(label.to_owned(), value), None, "{line}");
            if let Some(after) = after.strip_prefix(',') {
                rest = after;
            } else {
                rest = after.strip_prefix('}').expect(line);
                break;
            }
        }
    }
    let value = rest.strip_prefix(' ').expect(line);
    (name.to_owned(), labels, float(value))
}

/// A label's value up to its quote, and what follows that.
fn quoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.push(match chars.next().map(|(_, c)| c) {
                Some('n') => '\n',
                Some(c @ ('\\' | '"')) => c,
                other => panic!("\\{other:?} is no escape"),
            }),
            c => value.push(c),
        }
    }
    panic!("{text} does not end");
}

fn float(text: &str) -> f64 {
    match text {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        "NaN" => f64::NAN,
        _ => {
            let plain = text
                .chars()
                .all(|c| c.is_ascii_digit() || "+-.e".contains(c));
            assert!(plain, "{text}");
            text.parse().expect(text)
        }
    }
}

fn is_name(name: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(letters)
}

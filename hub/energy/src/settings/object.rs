//! Reading an object of JSON key by key: each problem names its place, unknown keys are found, and
//! reading goes on after a problem so that all of them are told.

use hub_model::nearest::nearest;
use serde_json::{Map, Value};

use super::Problem;

/// What has gone wrong so far.
#[derive(Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    pub(super) fn add(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.0.push(Problem {
            place: place.into(),
            what: what.into(),
        });
    }

    pub(super) fn into_vec(self) -> Vec<Problem> {
        self.0
    }
}

/// An object and its place.
pub(super) struct Object<'a> {
    place: String,
    map: &'a Map<String, Value>,
}

impl<'a> Object<'a> {
    /// The object at that place, which may have these keys.
    pub(super) fn of(
        place: &str,
        value: &'a Value,
        known: &[&'static str],
        problems: &mut Problems,
    ) -> Option<Self> {
        let Value::Object(map) = value else {
            problems.add(place, format!("must be an object, not {}", kind(value)));
            return None;
        };
        let place = place.to_owned();
        let object = Self { place, map };
        for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
            let meant = nearest(key, known.iter().copied());
            let meant = meant.map(|meant| format!(", did you mean `{meant}`?"));
            let what = format!("unknown field{}", meant.unwrap_or_default());
            problems.add(object.place_of(&shortened(key)), what);
        }
        Some(object)
    }

    /// The place of what is under a key.
    pub(super) fn place_of(&self, key: &str) -> String {
        if self.place.is_empty() {
            return key.to_owned();
        }
        format!("{}.{key}", self.place)
    }

    /// What is under a key, which must be there.
    pub(super) fn required<T>(
        &self,
        key: &str,
        read: impl Fn(&Value) -> Result<T, String>,
        problems: &mut Problems,
    ) -> Option<T> {
        if !self.map.contains_key(key) {
            problems.add(self.place_of(key), "is missing");
            return None;
        }
        self.optional(key, read, problems)
    }

    /// What is under a key, if it is there and right.
    pub(super) fn optional<T>(
        &self,
        key: &str,
        read: impl Fn(&Value) -> Result<T, String>,
        problems: &mut Problems,
    ) -> Option<T> {
        let read = read(self.map.get(key)?);
        read.map_err(|what| problems.add(self.place_of(key), what))
            .ok()
    }

    /// What is under a key as it is.
    pub(super) fn value(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key)
    }

    /// The entries of the list under a key, each with its place; none if there is no list.
    pub(super) fn list(&self, key: &str, problems: &mut Problems) -> Vec<(String, &'a Value)> {
        let place = self.place_of(key);
        match self.map.get(key) {
            None => Vec::new(),
            Some(Value::Array(entries)) => (0..)
                .zip(entries)
                .map(|(n, entry): (usize, _)| (format!("{place}[{n}]"), entry))
                .collect(),
            Some(other) => {
                problems.add(place, format!("must be a list, not {}", kind(other)));
                Vec::new()
            }
        }
    }
}

/// What a value is, for people.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// As much of a wrong text as a problem needs to show.
pub(super) fn shortened(text: &str) -> String {
    const SHOWN: usize = 40;
    text.chars().take(SHOWN).collect()
}

//! Why JSON is not the value that a schema asks for.

use std::fmt;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// The place within the JSON: `acl[0].privilege`; empty for the whole.
    pub path: String,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a piece of JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Another kind of value is expected.
    #[error("expected {expected}, not {found}")]
    Expected {
        /// What is expected: `a number from 0 to 255`.
        expected: String,
        /// What is there, shortened.
        found: String,
    },
    /// A name is not one of those known.
    #[error("{name:?} is not one of {}{}", .known.join(", "), meant(.suggestion.as_deref()))]
    UnknownName {
        /// The name.
        name: String,
        /// The names that are known.
        known: Vec<String>,
        /// The known name that was perhaps meant.
        suggestion: Option<String>,
    },
    /// A mandatory field is missing.
    #[error("the field {0:?} is missing")]
    Missing(String),
    /// A field is given twice, under two spellings.
    #[error("the field {0:?} is given twice")]
    Twice(String),
    /// Lists and objects are nested too deeply.
    #[error("nested too deeply")]
    TooDeep,
}

/// The end of a message that suggests a name.
pub(crate) fn meant(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |name| format!("; did you mean {name}?"))
}

impl JsonError {
    pub(super) fn new(problem: Problem) -> Self {
        Self {
            path: String::new(),
            problem,
        }
    }

    pub(super) fn expected(expected: impl Into<String>, found: &serde_json::Value) -> Self {
        Self::new(Problem::Expected {
            expected: expected.into(),
            found: shortened(found),
        })
    }

    /// The same error seen from the struct whose field it is in.
    pub(super) fn in_field(mut self, name: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        self.path = format!("{name}{dot}{}", self.path);
        self
    }

    /// The same error seen from the list whose entry it is in.
    pub(super) fn in_entry(mut self, index: usize) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        self.path = format!("[{index}]{dot}{}", self.path);
        self
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(f, "{}", self.problem)
        } else {
            write!(f, "{}: {}", self.path, self.problem)
        }
    }
}

impl std::error::Error for JsonError {}

/// JSON for a message, cut where it gets long.
fn shortened(json: &serde_json::Value) -> String {
    const LONGEST: usize = 40;
    let text = match json {
        serde_json::Value::Array(_) => "a list".to_owned(),
        serde_json::Value::Object(_) => "an object".to_owned(),
        json => json.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

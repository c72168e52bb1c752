//! What is wrong with a rule or scene: where, why, and what to write instead.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It works, and may not do what was meant.
    Warning,
    /// It cannot work.
    Error,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// How bad.
    pub severity: Severity,
    /// Where in the tree: `do[2].set.level`; empty for the whole.
    pub place: String,
    /// Where in that place's text, in bytes, when it is an expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<usize>,
    /// The line in the text face, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The column in the text face, in characters from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Problem {
    /// An error at a place.
    pub fn error(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            place: place.into(),
            offset: None,
            line: None,
            column: None,
            what: what.into(),
            advice: None,
        }
    }

    /// A warning at a place.
    pub fn warning(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(place, what)
        }
    }

    /// With what to write instead.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// With what to write instead, if that is known.
    #[must_use]
    pub fn advise_if(self, advice: Option<impl Into<String>>) -> Self {
        match advice {
            Some(advice) => self.advise(advice),
            None => self,
        }
    }

    /// At this byte of the place's own text.
    #[must_use]
    pub fn at(mut self, offset: usize) -> Self {
        self.offset = Some(offset);
        self
    }

    /// Whether it is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, "line {line}, column {column}: ")?;
        }
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.what)?;
        match &self.advice {
            Some(advice) => write!(f, " ({advice})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_tells_where_what_and_what_to_write() {
        let problem = Problem::error("do[0].set", "devices have no \"levl\"").at(3);
        assert_eq!(problem.to_string(), "do[0].set: devices have no \"levl\"");
        let problem = Problem {
            line: Some(3),
            column: Some(7),
            ..problem.advise("did you mean level?")
        };
        assert_eq!(
            problem.to_string(),
            "line 3, column 7: do[0].set: devices have no \"levl\" (did you mean level?)"
        );
        assert!(problem.is_error());
        assert!(!Problem::warning("", "it may never run").is_error());
        assert_eq!(
            Problem::warning("", "it may never run").to_string(),
            "it may never run"
        );
    }

    #[test]
    fn json_leaves_out_what_is_not_known() {
        let problem = Problem::warning("when[0]", "x").advise_if(None::<String>);
        let json = serde_json::to_value(&problem).unwrap();
        let expected =
            serde_json::json!({ "severity": "warning", "place": "when[0]", "what": "x" });
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_value::<Problem>(json).unwrap(), problem);
    }
}

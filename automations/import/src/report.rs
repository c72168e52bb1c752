//! What became of each automation: carried whole, carried with changes, or not.
//!
//! The report is the contract of the import: whatever the other hub's file asks for is either in the
//! rule or stands here, with where it stood and what to do about it.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

/// What became of everything in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// One for each automation and scene of the file, in its order.
    pub entries: Vec<Entry>,
    /// What holds for all of them.
    pub notes: Vec<String>,
}

/// What became of one automation or scene.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// What it was.
    pub kind: Kind,
    /// Its name there: the alias, or else the id.
    pub name: String,
    /// Its id there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// The line on which it begins, from 1.
    pub line: usize,
    /// What became of it.
    pub outcome: Outcome,
    /// The id of the rule or scene made of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made: Option<String>,
    /// Whether the rule may start; false too for what was switched off there. A scene always may.
    pub enabled: bool,
    /// What is not as it was.
    pub findings: Vec<Finding>,
}

/// What an entry was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An automation.
    Automation,
    /// A scene.
    Scene,
}

/// What became of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It does what it did.
    Whole,
    /// It is there, and not as it was.
    Changed,
    /// Nothing was made of it.
    NotCarried,
}

/// One thing that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What happened to it.
    pub severity: Severity,
    /// Where it stood: `triggers[0]`, `actions[2].choose[0]`; empty for the whole.
    pub place: String,
    /// The line on which it stood, from 1.
    pub line: usize,
    /// What it was, and why it is not as it was.
    pub what: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// What happened to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It is there, and works otherwise; the rule may run.
    Changed,
    /// It waits for someone to say, or to confirm, which device is meant.
    NeedsMapping,
    /// It is not in the rule.
    Dropped,
}

impl Severity {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::NeedsMapping => "needs mapping",
            Self::Dropped => "dropped",
        }
    }

    /// Whether a rule with such a finding must not start by itself.
    #[must_use]
    pub const fn disables(self) -> bool {
        matches!(self, Self::NeedsMapping | Self::Dropped)
    }
}

impl Entry {
    /// Whether something of it keeps the rule from starting.
    #[must_use]
    pub fn is_held_back(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity.disables())
    }
}

impl Report {
    /// How many of this kind had this outcome.
    #[must_use]
    pub fn count(&self, kind: Kind, outcome: Outcome) -> usize {
        let of_kind = self.entries.iter().filter(|entry| entry.kind == kind);
        of_kind.filter(|entry| entry.outcome == outcome).count()
    }

    /// One line: "12 automations: 9 carried whole, 2 with changes, 1 not".
    #[must_use]
    pub fn summary(&self) -> String {
        let scenes = self.summary_of(Kind::Scene);
        let automations = self.summary_of(Kind::Automation);
        match (automations, scenes) {
            (Some(automations), Some(scenes)) => format!("{automations}; {scenes}"),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => "no automations".to_owned(),
        }
    }

    fn summary_of(&self, kind: Kind) -> Option<String> {
        let total = self
            .entries
            .iter()
            .filter(|entry| entry.kind == kind)
            .count();
        let noun = match (kind, total) {
            (_, 0) => return None,
            (Kind::Automation, 1) => "automation",
            (Kind::Automation, _) => "automations",
            (Kind::Scene, 1) => "scene",
            (Kind::Scene, _) => "scenes",
        };
        let count = |outcome| self.count(kind, outcome);
        let (whole, changed) = (count(Outcome::Whole), count(Outcome::Changed));
        let not = count(Outcome::NotCarried);
        Some(format!(
            "{total} {noun}: {whole} carried whole, {changed} with changes, {not} not"
        ))
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.summary())?;
        for entry in self
            .entries
            .iter()
            .filter(|entry| !entry.findings.is_empty())
        {
            write!(f, "\n{entry}")?;
        }
        if !self.notes.is_empty() {
            writeln!(f, "\nfor all of them:")?;
        }
        for note in &self.notes {
            writeln!(f, "  {note}")?;
        }
        Ok(())
    }
}

impl Display for Entry {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let outcome = match (self.outcome, self.is_held_back()) {
            (Outcome::NotCarried, _) => "not carried",
            (_, true) if self.kind == Kind::Automation => "carried with changes, switched off",
            (Outcome::Changed, _) => "carried with changes",
            (Outcome::Whole, _) => "carried whole",
        };
        write!(f, "{} (line {}): {outcome}", self.name, self.line)?;
        match &self.made {
            Some(made) => writeln!(f, ", as {made}")?,
            None => writeln!(f)?,
        }
        for finding in &self.findings {
            writeln!(f, "  {finding}")?;
        }
        Ok(())
    }
}

impl Display for Finding {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if !self.place.is_empty() {
            write!(f, ", {}", self.place)?;
        }
        write!(f, ": {}: {}", self.severity.word(), self.what)?;
        match &self.advice {
            Some(advice) => write!(f, " ({advice})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: Kind, outcome: Outcome) -> Entry {
        Entry {
            kind,
            name: "Hall".to_owned(),
            source_id: None,
            line: 3,
            outcome,
            made: Some("hall".to_owned()),
            enabled: true,
            findings: Vec::new(),
        }
    }

    #[test]
    fn the_summary_counts_each_outcome() {
        let mut report = Report::default();
        assert_eq!(report.summary(), "no automations");
        report.entries.push(entry(Kind::Automation, Outcome::Whole));
        assert_eq!(
            report.summary(),
            "1 automation: 1 carried whole, 0 with changes, 0 not"
        );
        report
            .entries
            .push(entry(Kind::Automation, Outcome::NotCarried));
        report.entries.push(entry(Kind::Scene, Outcome::Changed));
        assert_eq!(
            report.summary(),
            "2 automations: 1 carried whole, 0 with changes, 1 not; \
             1 scene: 0 carried whole, 1 with changes, 0 not"
        );
    }

    #[test]
    fn a_terminal_shows_the_summary_then_each_finding() {
        let mut one = entry(Kind::Automation, Outcome::Changed);
        one.findings.push(Finding {
            severity: Severity::Dropped,
            place: "triggers[0]".to_owned(),
            line: 5,
            what: "a webhook starts nothing here".to_owned(),
            advice: Some("choose another trigger".to_owned()),
        });
        let report = Report {
            entries: vec![entry(Kind::Automation, Outcome::Whole), one],
            notes: vec!["units are ours".to_owned()],
        };
        assert_eq!(
            report.to_string(),
            "2 automations: 1 carried whole, 1 with changes, 0 not\n\
             \n\
             Hall (line 3): carried with changes, switched off, as hall\n\
             \x20 line 5, triggers[0]: dropped: a webhook starts nothing here \
             (choose another trigger)\n\
             \n\
             for all of them:\n\
             \x20 units are ours\n"
        );
    }
}

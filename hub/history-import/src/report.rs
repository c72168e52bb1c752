//! What became of each entity: its series with what was kept, and what was left out and why.
//!
//! The report is the contract of the import: whatever the other hub recorded is either in the history
//! or stands here, counted, with the reason and what to do about it.

mod text;

use std::ops::AddAssign;

use hub_model::Timestamp;
use serde::Serialize;

/// What became of everything in a database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// All together.
    pub totals: Totals,
    /// One for each entity, and each statistic that is no entity's; what has a place comes first.
    pub entities: Vec<Entry>,
    /// What holds for all of them.
    pub notes: Vec<String>,
    /// What to do next.
    pub next: Vec<String>,
}

/// Sums of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Entities, and statistics that are no entity's.
    pub entities: u64,
    /// Those with a place in the home.
    pub placed: u64,
    /// Those that are kept under their own name.
    pub kept: u64,
    /// Those that wait for someone to confirm the table.
    pub waiting: u64,
    /// Those that are left out.
    pub skipped: u64,
    /// Rows of states that were read.
    pub rows: u64,
    /// Rows of hourly statistics that were read.
    pub hours: u64,
    /// Samples that were made.
    pub samples: u64,
    /// Hours that were made.
    pub rollups: u64,
    /// What was left out.
    pub dropped: Dropped,
}

/// What became of one entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its id there.
    pub entity: String,
    /// Its name there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// What it is here, by the table or by a guess.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mapped: Option<String>,
    /// Why it has no place, though the table names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Rows of states that were read.
    pub rows: u64,
    /// Rows of states that say no time, so that nothing could be made of them.
    pub undated: u64,
    /// Rows of hourly statistics that were read.
    pub hours: u64,
    /// The series that it became; those that got nothing are left out unless something was dropped.
    pub series: Vec<Series>,
}

/// What became of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It has a place in the home.
    Placed,
    /// It seems to have one, and waits for someone to confirm it.
    Waits,
    /// It is kept under its own name.
    Kept,
    /// It is left out.
    Skipped,
}

/// What a series got of an entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Series {
    /// The series, as stores name it.
    pub key: String,
    /// The series, as people name it.
    pub place: String,
    /// Which part of the entity it comes from: `state`, an attribute, `statistics`.
    pub from: String,
    /// Samples that it got.
    pub samples: u64,
    /// Hours that it got.
    pub rollups: u64,
    /// The first of them, in microseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Timestamp>,
    /// The last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    /// Of a counter: how often it began anew.
    pub resets: u64,
    /// What was left out.
    pub dropped: Dropped,
    /// The first of what could not be read or was out of range, as it was there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
}

/// How much was left out, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Dropped {
    /// It was as before.
    pub repeated: u64,
    /// It was not known, nor had it been before.
    pub unknown: u64,
    /// It means nothing here.
    pub unreadable: u64,
    /// The specification does not allow it.
    pub out_of_range: u64,
    /// Its unit counts something else.
    pub wrong_unit: u64,
    /// The hub has a record of its own of that time.
    pub own: u64,
    /// It says no time, or not whose it is; of a whole entity or report only.
    pub undated: u64,
}

impl Dropped {
    /// All that is no matter of course: what was only repeated, or not known, does not count.
    #[must_use]
    pub const fn noteworthy(&self) -> u64 {
        self.unreadable + self.out_of_range + self.wrong_unit + self.own + self.undated
    }
}

impl AddAssign for Dropped {
    fn add_assign(&mut self, more: Self) {
        self.repeated += more.repeated;
        self.unknown += more.unknown;
        self.unreadable += more.unreadable;
        self.out_of_range += more.out_of_range;
        self.wrong_unit += more.wrong_unit;
        self.own += more.own;
        self.undated += more.undated;
    }
}

impl Report {
    /// The report of these entities.
    pub(crate) fn of(mut entities: Vec<Entry>, unmigrated: u64, notes: Vec<String>) -> Self {
        entities.sort_by(|a, b| (a.outcome, &a.entity).cmp(&(b.outcome, &b.entity)));
        let mut totals = Totals::default();
        totals.dropped.undated = unmigrated;
        for entry in &entities {
            totals.add(entry);
        }
        let next = totals.next(&entities);
        Self {
            totals,
            entities,
            notes,
            next,
        }
    }
}

impl Totals {
    fn add(&mut self, entry: &Entry) {
        self.entities += 1;
        *match entry.outcome {
            Outcome::Placed => &mut self.placed,
            Outcome::Waits => &mut self.waiting,
            Outcome::Kept => &mut self.kept,
            Outcome::Skipped => &mut self.skipped,
        } += 1;
        self.rows += entry.rows;
        self.dropped.undated += entry.undated;
        self.hours += entry.hours;
        for series in &entry.series {
            self.samples += series.samples;
            self.rollups += series.rollups;
            self.dropped += series.dropped;
        }
    }

    fn next(&self, entities: &[Entry]) -> Vec<String> {
        let mut next = Vec::new();
        if self.waiting > 0 {
            next.push(format!(
                "confirm what {} by {} in the table, then import again",
                counted(self.waiting, "entity is", "entities are"),
                if self.waiting == 1 {
                    "its name"
                } else {
                    "their names"
                },
            ));
        }
        if entities.iter().any(|entry| entry.why.is_some()) {
            next.push("correct the table where it names what cannot be, then import again".into());
        }
        if self.kept > 0 {
            next.push(format!(
                "name the devices of what is kept under its own name ({}) in the table, if they \
                 have any here, and import again",
                counted(self.kept, "entity", "entities")
            ));
        }
        if self.dropped.wrong_unit > 0 {
            next.push(
                "look at what counts in another unit: it may be mapped to the wrong place".into(),
            );
        }
        if self.dropped.undated > 0 {
            next.push(
                "start Home Assistant 2023.4 or newer once and let it finish its migration, so that \
                 every row says when and whose it is"
                    .into(),
            );
        }
        next
    }
}

/// A number with its noun.
fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

//! The import itself: rows in, samples and hours out, and the report at the end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use history::rollup::Rollup;
use history::sample::Sample;
use history::series::SeriesKey;
use hub_model::Timestamp;

use crate::course::{Break, Course, Said, Tally};
use crate::hours::Hours;
use crate::number::Reject;
use crate::plan::{Plan, Subject};
use crate::report::{Dropped, Entry, Report, Series};
use crate::row::{Outage, StateRow, StatisticRow, moment};
use crate::source::{Attributes, Reading, Source};
use crate::target::Target;
use crate::word;

/// What is known of the past beside the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// When our own record of a series begins. What an earlier import put there is not ours.
    pub own: BTreeMap<SeriesKey, Timestamp>,
    /// When the other hub did not run.
    pub outages: Vec<Outage>,
    /// How many rows of states belong to no entity, so that they could not be given.
    pub unmigrated: u64,
    /// Where earlier imports ended ([`Finished::end`]): what they said from then on was only that
    /// nobody knew yet.
    pub earlier_ends: Vec<Timestamp>,
}

/// What an import ends with.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// The last samples: from the end on nobody knows.
    pub samples: Vec<(SeriesKey, Vec<Sample>)>,
    /// Where it ends, to be kept for the next import; none when there was no row.
    pub end: Option<Timestamp>,
    /// What became of everything.
    pub report: Report,
}

/// Makes samples and hours of rows.
///
/// Rows come in pages. Within a page their order does not matter; from page to page the rows of one
/// entity ascend in time, and so do those of one statistic. Its memory does not grow with the rows.
#[derive(Debug)]
pub struct Importer {
    plan: Plan,
    states: Vec<State>,
    breaks: Vec<Break>,
    end: Option<Timestamp>,
    unmigrated: u64,
}

/// How far a subject is.
#[derive(Debug, Default)]
struct State {
    rows: u64,
    courses: Vec<Course>,
    hours: Option<Hours>,
    hour_rows: u64,
    /// The attributes of the last row, as text and read.
    attributes: (Option<Arc<str>>, Attributes),
    /// Rows of which not even the time can be read.
    undated: u64,
}

impl Importer {
    /// An import by a plan.
    #[must_use]
    pub fn new(plan: Plan, past: &Past) -> Self {
        let own = |target: &Target| past.own.get(&target.key).copied();
        let state = |subject: &Subject| State {
            courses: subject
                .channels
                .iter()
                .map(|(_, target)| Course::until(own(target)))
                .collect(),
            hours: subject.statistic.as_ref().map(|(target, unit)| {
                let number = target.encode.numbers().cloned();
                let mut hours = Hours::new(number, unit.as_deref());
                hours.own = own(target);
                hours
            }),
            undated: subject.undated,
            ..State::default()
        };
        let outages = past.outages.iter().map(|outage| (outage.from, true));
        let ends = past.earlier_ends.iter().map(|at| (*at, false));
        let mut breaks: Vec<_> = outages
            .chain(ends)
            .map(|(at, ends)| Break { at, ends })
            .collect();
        breaks.sort_unstable();
        Self {
            states: plan.subjects.iter().map(state).collect(),
            plan,
            breaks,
            end: None,
            unmigrated: past.unmigrated,
        }
    }

    /// Takes a page of states, and gives the samples that follow from it, by series.
    pub fn states(&mut self, mut rows: Vec<StateRow>) -> Vec<(SeriesKey, Vec<Sample>)> {
        rows.sort_by(|a, b| {
            let by_time = a.at.total_cmp(&b.at).then(a.row.cmp(&b.row));
            a.entity.cmp(&b.entity).then(by_time)
        });
        let mut out = Batches::default();
        for row in &rows {
            self.state(row, &mut out);
        }
        out.0
    }

    fn state(&mut self, row: &StateRow, out: &mut Batches<Sample>) {
        let Some(&at) = self.plan.by_entity.get(&row.entity) else {
            return;
        };
        let (Some(subject), Some(state)) = (self.plan.subjects.get(at), self.states.get_mut(at))
        else {
            return;
        };
        state.rows += 1;
        let Some(at) = moment(row.at) else {
            state.undated += 1;
            return;
        };
        self.end = self.end.max(Some(at));
        let attributes = read(&mut state.attributes, row.attributes.as_ref());
        let word = row.state.as_deref().unwrap_or_default();
        for ((source, target), course) in subject.channels.iter().zip(&mut state.courses) {
            let said = match word::is_gone(word) {
                true => Some(Ok(Said::Gone)),
                false => {
                    let reading = source.read(word, attributes, self.plan.temperature);
                    said(reading, target, subject.unit.as_deref())
                }
            };
            match said {
                None => {}
                Some(Ok(said)) => out.of(&target.key, |out| {
                    course.take(at, said, &self.breaks, out);
                }),
                Some(Err((why, what))) => course.tally.reject(why, || what),
            }
        }
    }

    /// Takes a page of hourly statistics, and gives the hours that follow from it, by series.
    pub fn hours(&mut self, mut rows: Vec<StatisticRow>) -> Vec<(SeriesKey, Vec<Rollup>)> {
        rows.sort_by(|a, b| a.of.cmp(&b.of).then(a.start.total_cmp(&b.start)));
        let mut out = Batches::default();
        for row in &rows {
            let Some(&at) = self.plan.by_statistic.get(&row.of) else {
                continue;
            };
            let (Some(subject), Some(state)) =
                (self.plan.subjects.get(at), self.states.get_mut(at))
            else {
                continue;
            };
            state.hour_rows += 1;
            if let (Some((target, _)), Some(hours)) = (&subject.statistic, &mut state.hours) {
                out.of(&target.key, |out| out.extend(hours.take(row)));
            }
        }
        out.0
    }

    /// Ends the import.
    #[must_use]
    pub fn finish(mut self) -> Finished {
        let mut out = Batches::default();
        // A millisecond later, so that what was told last stands.
        let end = self.end.map(|end| end + Duration::from_millis(1));
        if let Some(end) = end {
            for (subject, state) in self.plan.subjects.iter().zip(&mut self.states) {
                for ((_, target), course) in subject.channels.iter().zip(&mut state.courses) {
                    out.of(&target.key, |out| course.end(end, &self.breaks, out));
                }
            }
        }
        Finished {
            samples: out.0,
            end,
            report: self.report(),
        }
    }

    /// What became of everything so far.
    #[must_use]
    pub fn report(&self) -> Report {
        let subjects = self.plan.subjects.iter().zip(&self.states);
        let entries = subjects.map(|(subject, state)| entry(subject, state));
        Report::of(entries.collect(), self.unmigrated, self.notes())
    }

    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<_> = ALWAYS.iter().map(|note| (*note).to_owned()).collect();
        let mut sources: BTreeMap<&SeriesKey, Vec<&Subject>> = BTreeMap::new();
        for subject in &self.plan.subjects {
            for (source, target) in &subject.channels {
                if matches!(source, Source::State) {
                    sources.entry(&target.key).or_default().push(subject);
                }
            }
        }
        for subjects in sources.values().filter(|subjects| subjects.len() > 1) {
            let names: Vec<_> = subjects.iter().map(|subject| &*subject.id).collect();
            notes.push(format!("{} become one series", names.join(" and ")));
        }
        notes
    }
}

/// What holds for everything that comes from there.
const ALWAYS: &[&str] = &["importing again changes nothing: the same rows make the same samples"];

/// What is given, by series.
struct Batches<T>(Vec<(SeriesKey, Vec<T>)>);

impl<T> Default for Batches<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Batches<T> {
    /// Adds what `add` gives of a series.
    fn of(&mut self, key: &SeriesKey, add: impl FnOnce(&mut Vec<T>)) {
        // Rows are ordered by entity, so the series of a row are among the last.
        const NEAR: usize = 24;
        let near = self.0.iter_mut().rev().take(NEAR);
        if let Some((_, found)) = near.into_iter().find(|(own, _)| own == key) {
            add(found);
            return;
        }
        let mut new = Vec::new();
        add(&mut new);
        if !new.is_empty() {
            self.0.push((key.clone(), new));
        }
    }
}

/// The attributes of a row. Most rows of an entity share them, so they are read once.
fn read<'a>(
    before: &'a mut (Option<Arc<str>>, Attributes),
    text: Option<&Arc<str>>,
) -> &'a Attributes {
    let is_same = match (&before.0, text) {
        (Some(own), Some(text)) => Arc::ptr_eq(own, text) || own == text,
        (own, text) => own.is_none() && text.is_none(),
    };
    if !is_same {
        let read = text.and_then(|text| serde_json::from_str(text).ok());
        *before = (text.cloned(), read.unwrap_or_default());
    }
    &before.1
}

/// What a row says of a series, or why that is not imported and what it was. A row that says no unit is
/// in the entity's.
fn said(
    reading: Reading<'_>,
    target: &Target,
    entity_unit: Option<&str>,
) -> Option<Result<Said, (Reject, String)>> {
    let value = match reading {
        Reading::Nothing => return None,
        Reading::State(state, unit) => {
            let unit = unit.or(entity_unit);
            let value = target.encode.state(state, unit);
            let unit = unit.filter(|_| state.parse::<f64>().is_ok());
            value.map_err(|why| (why, with_unit(state.to_owned(), unit)))
        }
        Reading::Number(number, unit) => {
            let value = target.encode.number(number, unit);
            value.map_err(|why| (why, with_unit(number.to_string(), unit)))
        }
        Reading::Rejected(why) => Err((why, "no number".to_owned())),
    };
    Some(value.map(Said::Value))
}

fn with_unit(text: String, unit: Option<&str>) -> String {
    match unit {
        Some(unit) => format!("{text} {unit}"),
        None => text,
    }
}

fn entry(subject: &Subject, state: &State) -> Entry {
    let text = |text: &Option<Arc<str>>| text.as_deref().map(str::to_owned);
    let mut series = Vec::new();
    for ((source, target), course) in subject.channels.iter().zip(&state.courses) {
        series.extend(got(target, source.label(), &course.tally, None));
    }
    if let (Some((target, _)), Some(hours)) = (&subject.statistic, &state.hours) {
        let from = "statistics".to_owned();
        series.extend(got(target, from, &hours.tally, Some(hours.resets)));
    }
    Entry {
        entity: subject.id.to_string(),
        name: text(&subject.name),
        outcome: subject.outcome,
        mapped: subject.mapped.clone(),
        why: subject.why.clone(),
        rows: state.rows,
        undated: state.undated,
        hours: state.hour_rows,
        series,
    }
}

/// What a series got; none when it got nothing and nothing was dropped that was there.
fn got(target: &Target, from: String, tally: &Tally, resets: Option<u64>) -> Option<Series> {
    let only_unknown = Dropped {
        unknown: tally.dropped.unknown,
        ..Dropped::default()
    };
    if tally.samples == 0 && tally.dropped == only_unknown && from != "state" {
        return None;
    }
    if tally.samples == 0 && tally.dropped == Dropped::default() {
        return None;
    }
    let (samples, rollups) = match resets {
        Some(_) => (0, tally.samples),
        None => (tally.samples, 0),
    };
    Some(Series {
        key: target.key.to_string(),
        place: target.text.clone(),
        from,
        samples,
        rollups,
        first: tally.first,
        last: tally.last,
        resets: resets.unwrap_or_default(),
        dropped: tally.dropped,
        examples: tally.examples.clone(),
    })
}

#[cfg(test)]
mod tests;

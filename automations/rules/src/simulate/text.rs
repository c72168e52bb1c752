//! The outcome of a simulation as a timeline for a terminal.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use hub_model::Timestamp;

use super::outcome::{Compared, HeldBack, Outcome, Run, Start, Step};
use crate::schedule::duration::show_duration;
use crate::schedule::{CivilDate, Place, civil_date, local_text, time_of_day};
use crate::trace;

/// The most runs, starts and reasons of each kind that are shown one by one.
const MOST_SHOWN: usize = 500;
/// The most days of the strip.
const MOST_DAYS: usize = 62;

/// The shades of the strip, from none to many.
const SHADES: [char; 9] = ['·', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

pub(super) fn of(outcome: &Outcome, place: &Place) -> String {
    let mut text = Text {
        out: String::new(),
        place,
    };
    text.runs(&outcome.runs);
    text.held_back(&outcome.held_back);
    for note in &outcome.notes {
        let at = text.moment(note.at);
        text.line(format_args!("{at}  {}: {}", note.rule, note.text));
    }
    text.strip(outcome);
    if let Some(compared) = &outcome.compared {
        text.compared(compared);
    }
    if let Some(stopped) = &outcome.stopped {
        let at = text.moment(stopped.at);
        text.line(format_args!("stopped at {at}: {}", stopped.why));
    }
    text.line(format_args!("{}", summary(outcome)));
    text.out
}

struct Text<'a> {
    out: String,
    place: &'a Place,
}

impl Text<'_> {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.out, "{line}");
    }

    fn moment(&self, at: Timestamp) -> String {
        local_text(at, self.place)
    }

    fn runs(&mut self, runs: &[Run]) {
        for run in runs.iter().take(MOST_SHOWN) {
            let at = self.moment(run.at);
            self.line(format_args!("{at}  {}: {}", run.rule, run.trigger));
            for step in &run.steps {
                self.step(step, run.at, ' ');
            }
            if run.left_out > 0 {
                self.line(format_args!("    … and {} more", run.left_out));
            }
            self.line(format_args!("    {}", end(run)));
        }
        self.more(runs.len(), "runs");
    }

    fn more(&mut self, all: usize, what: &str) {
        if let Some(more) = all.checked_sub(MOST_SHOWN).filter(|more| *more > 0) {
            self.line(format_args!("… and {more} more {what}"));
        }
    }

    /// A step, with its time of day, and its day when that is another than the run's.
    fn step(&mut self, step: &Step, start: Timestamp, mark: char) {
        let day = civil_date(step.at, self.place);
        let moment = self.moment(step.at);
        let time = match day == civil_date(start, self.place) {
            true => moment
                .split_once(' ')
                .map_or(moment.as_str(), |(_, time)| time),
            false => moment.as_str(),
        };
        let result = step.result.as_ref().map(|result| format!("  [{result}]"));
        let result = result.unwrap_or_default();
        self.line(format_args!("  {mark} {time}  {}{result}", step.text));
    }

    fn held_back(&mut self, all: &[HeldBack]) {
        if all.is_empty() {
            return;
        }
        self.line(format_args!("held back:"));
        for held in all.iter().take(MOST_SHOWN) {
            self.line(format_args!(
                "{:>6} × {}: {}",
                held.times, held.rule, held.why
            ));
        }
        self.more(all.len(), "reasons");
    }

    /// A row of each day that is simulated, a block for each hour.
    fn strip(&mut self, outcome: &Outcome) {
        let mut hours: BTreeMap<CivilDate, [usize; 24]> = BTreeMap::new();
        for run in &outcome.runs {
            let hour = usize::try_from(time_of_day(run.at, self.place).seconds() / 3600);
            let day = hours.entry(civil_date(run.at, self.place)).or_default();
            if let Some(count) = hour.ok().and_then(|hour| day.get_mut(hour)) {
                *count += 1;
            }
        }
        let most = hours.values().flatten().copied().max().unwrap_or(0);
        if most == 0 {
            return;
        }
        self.line(format_args!("{:10}  0     6     12    18", ""));
        let last = civil_date(Timestamp(outcome.to.0.saturating_sub(1)), self.place);
        let first = civil_date(outcome.from, self.place);
        let days = std::iter::successors(Some(first), |day| day.tomorrow());
        for day in days.take_while(|day| *day <= last).take(MOST_DAYS) {
            let blocks: String = match hours.get(&day) {
                Some(counts) => counts.iter().map(|count| shade(*count, most)).collect(),
                None => [shade(0, most); 24].iter().collect(),
            };
            self.line(format_args!("{day}  {blocks}"));
        }
    }

    fn compared(&mut self, compared: &Compared) {
        self.starts("only in the new version", '+', &compared.only_new);
        self.starts("only in the old version", '-', &compared.only_old);
        if !compared.differing.is_empty() {
            self.line(format_args!("in both, but doing something else:"));
        }
        for differing in compared.differing.iter().take(MOST_SHOWN) {
            let start = &differing.start;
            let at = self.moment(start.at);
            self.line(format_args!("  {at}  {}: {}", start.rule, start.trigger));
            for (steps, mark) in [(&differing.old, '-'), (&differing.new, '+')] {
                for step in steps {
                    self.step(step, start.at, mark);
                }
            }
        }
        self.more(compared.differing.len(), "starts");
        self.line(format_args!(
            "compared with the old version: {} starts alike, {} only new, {} only old, {} doing \
             something else",
            compared.alike,
            compared.only_new.len(),
            compared.only_old.len(),
            compared.differing.len(),
        ));
    }

    fn starts(&mut self, title: &str, mark: char, starts: &[Start]) {
        if starts.is_empty() {
            return;
        }
        self.line(format_args!("{title}:"));
        for start in starts.iter().take(MOST_SHOWN) {
            let at = self.moment(start.at);
            self.line(format_args!(
                "  {mark} {at}  {}: {}",
                start.rule, start.trigger
            ));
        }
        self.more(starts.len(), "starts");
    }
}

fn shade(count: usize, most: usize) -> char {
    let steps = SHADES.len() - 1;
    let at = count.saturating_mul(steps).div_ceil(most.max(1));
    SHADES.get(at.min(steps)).copied().unwrap_or('█')
}

/// How a run ends.
fn end(run: &Run) -> String {
    let took = run.ended.map(|ended| show_duration(ended.since(run.at)));
    let took = took
        .map(|took| format!(" after {took}"))
        .unwrap_or_default();
    match &run.outcome {
        trace::Outcome::Queued => "waits for its turn at the end".to_owned(),
        trace::Outcome::Running => "still runs at the end".to_owned(),
        trace::Outcome::Done => format!("done{took}"),
        trace::Outcome::Stopped { why } => format!("stopped{took}: {why}"),
        trace::Outcome::Failed { why } => format!("failed{took}: {why}"),
        trace::Outcome::NotRun { why } => format!("did not run: {why}"),
    }
}

fn summary(outcome: &Outcome) -> String {
    let to = outcome
        .stopped
        .as_ref()
        .map_or(outcome.to, |stopped| stopped.at.min(outcome.to));
    let span = span(to.since(outcome.from));
    let runs = match outcome.runs.len() {
        0 => "would not have run".to_owned(),
        1 => "would have run once".to_owned(),
        runs => format!("would have run {runs} times"),
    };
    let held: u64 = outcome.held_back.iter().map(|held| held.times).sum();
    if held == 0 {
        return format!("{runs} in {span}");
    }
    let starts = if held == 1 { "start" } else { "starts" };
    let reasons = outcome.held_back.iter().take(3);
    let reasons: Vec<_> = reasons
        .map(|held| format!("{} ({}×)", held.why, held.times))
        .collect();
    let more = if outcome.held_back.len() > reasons.len() {
        ", …"
    } else {
        ""
    };
    format!(
        "{runs} in {span}, {held} {starts} held back: {}{more}",
        reasons.join(", ")
    )
}

/// A span in days when it is some, rounded.
fn span(span: Duration) -> String {
    const DAY: u64 = 24 * 3600;
    let seconds = span.as_secs();
    if seconds >= 2 * DAY {
        return format!("{} days", (seconds + DAY / 2) / DAY);
    }
    show_duration(Duration::from_secs(seconds))
}

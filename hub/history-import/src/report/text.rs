//! The report as a terminal shows it.

use std::fmt::{self, Display, Formatter};

use hub_model::Timestamp;

use super::{Dropped, Entry, Outcome, Report, Series, counted};

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let totals = &self.totals;
        let entities = counted(totals.entities, "entity", "entities");
        writeln!(
            f,
            "{entities}: {} with a place in the home, {} kept under their own name, {} waiting, \
             {} left out",
            totals.placed, totals.kept, totals.waiting, totals.skipped
        )?;
        writeln!(
            f,
            "read {} and {} of statistics; made {} and {}",
            counted(totals.rows, "state", "states"),
            counted(totals.hours, "hour", "hours"),
            counted(totals.samples, "sample", "samples"),
            counted(totals.rollups, "hour", "hours"),
        )?;
        for entry in &self.entities {
            write!(f, "\n{entry}")?;
        }
        let dropped = words(&totals.dropped);
        if !dropped.is_empty() {
            writeln!(f, "\nleft out in all: {dropped}")?;
        }
        list(f, "for all of them:", &self.notes)?;
        list(f, "next:", &self.next)
    }
}

fn list(f: &mut Formatter<'_>, head: &str, lines: &[String]) -> fmt::Result {
    if !lines.is_empty() {
        writeln!(f, "\n{head}")?;
    }
    for line in lines {
        writeln!(f, "  {line}")?;
    }
    Ok(())
}

impl Display for Entry {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.entity)?;
        if let Some(name) = &self.name {
            write!(f, " ({name})")?;
        }
        let mapped = self.mapped.as_deref().unwrap_or_default();
        match self.outcome {
            Outcome::Placed => write!(f, ": {mapped}")?,
            Outcome::Waits => write!(f, ": waits; by its name it is {mapped}")?,
            Outcome::Kept => f.write_str(": kept under its own name")?,
            Outcome::Skipped => f.write_str(": left out")?,
        }
        if let Some(why) = &self.why {
            write!(f, ", since {why}")?;
        }
        if self.rows > 0 {
            write!(f, "; {}", counted(self.rows, "state", "states"))?;
        }
        if self.undated > 0 {
            write!(f, "; {} without a time", self.undated)?;
        }
        if self.hours > 0 {
            write!(f, "; {}", counted(self.hours, "hour", "hours"))?;
        }
        writeln!(f)?;
        for series in &self.series {
            writeln!(f, "  {series}")?;
        }
        Ok(())
    }
}

impl Display for Series {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {}: ", self.place, self.from)?;
        match (self.samples, self.rollups) {
            (0, 0) => f.write_str("nothing")?,
            (samples, 0) => f.write_str(&counted(samples, "sample", "samples"))?,
            (_, hours) => f.write_str(&counted(hours, "hour", "hours"))?,
        }
        if let (Some(first), Some(last)) = (self.first, self.last) {
            let (first, last) = (date(first), date(last));
            match first == last {
                true => write!(f, ", {first}")?,
                false => write!(f, ", {first} to {last}")?,
            }
        }
        if self.resets > 0 {
            write!(f, ", began anew {}", counted(self.resets, "time", "times"))?;
        }
        let dropped = words(&self.dropped);
        if !dropped.is_empty() {
            write!(f, "; left out: {dropped}")?;
        }
        if !self.examples.is_empty() {
            write!(f, " (as {})", self.examples.join(", "))?;
        }
        Ok(())
    }
}

/// What was left out, in words; empty when nothing was.
fn words(dropped: &Dropped) -> String {
    let all = [
        (dropped.repeated, "repeated"),
        (dropped.unknown, "not known"),
        (dropped.unreadable, "unreadable"),
        (dropped.out_of_range, "out of range"),
        (dropped.wrong_unit, "in another unit"),
        (dropped.own, "of times of which the hub has its own record"),
        (dropped.undated, "without a time or an entity"),
    ];
    let some = all.iter().filter(|(number, _)| *number > 0);
    let some: Vec<_> = some
        .map(|(number, why)| format!("{number} {why}"))
        .collect();
    some.join(", ")
}

/// The day of a moment in UTC, as `2026-11-27`. After Howard Hinnant's `civil_from_days`: years that
/// begin in March have the odd day at their end.
fn date(at: Timestamp) -> String {
    let days = at.as_secs().div_euclid(86_400) + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let leaps = day_of_era / 1_460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leaps) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_that_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01"),
            (951_782_399, "2000-02-28"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_795_824_000, "2026-11-28"),
            (-1, "1969-12-31"),
        ] {
            assert_eq!(date(Timestamp::from_secs(seconds)), expected);
        }
    }
}

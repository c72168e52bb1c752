//! The axis of time: ticks at round times of the home's clock.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::Frame;

/// Steps within a day, in seconds.
const WITHIN_A_DAY: [i64; 14] = [
    1, 5, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200,
];
/// Steps of days.
const DAYS: [i64; 4] = [1, 2, 7, 14];
/// Steps of months.
const MONTHS: [i64; 6] = [1, 3, 6, 12, 60, 120];
/// Characters between two ticks at least: a label and some room.
const APART: usize = 9;
/// Seconds of a day.
const DAY: i64 = 86_400;

/// How far ticks are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Seconds(i64),
    Days(i64),
    Months(i64),
}

/// The axis under so many characters, as two lines, each after `indent` characters.
pub(super) fn axis(frame: &Frame, columns: usize, indent: usize) -> String {
    let step = step(frame, columns);
    let mut rule: Vec<char> = vec!['─'; columns];
    let mut labels = String::new();
    for at in ticks(frame, step) {
        let column = frame.part(at, columns);
        let label = label(at, step, &frame.zone);
        let end = column + label.chars().count();
        let free = labels.chars().count();
        if end > columns || (free > 0 && column <= free) {
            continue;
        }
        if let Some(place) = rule.get_mut(column) {
            *place = '┬';
        }
        labels.extend(std::iter::repeat_n(' ', column - free));
        labels += &label;
    }
    let rule: String = rule.into_iter().collect();
    let space = " ".repeat(indent);
    format!("{space}└{rule}\n{space} {labels}\n")
}

fn step(frame: &Frame, columns: usize) -> Step {
    let many = i64::try_from((columns / APART).max(1)).unwrap_or(1);
    let least = (frame.to_ms.saturating_sub(frame.from_ms) / 1_000 / many).max(1);
    let seconds = WITHIN_A_DAY.into_iter().find(|step| *step >= least);
    let days = || DAYS.into_iter().find(|days| days * DAY >= least);
    let months = || MONTHS.into_iter().find(|months| months * 30 * DAY >= least);
    let longest = || Step::Months(1_200 * (least / (1_200 * 30 * DAY) + 1));
    seconds
        .map(Step::Seconds)
        .or_else(|| days().map(Step::Days))
        .or_else(|| months().map(Step::Months))
        .unwrap_or_else(longest)
}

/// The moments of ticks within the frame, in order.
fn ticks(frame: &Frame, step: Step) -> Vec<i64> {
    let Some(date) = date(frame.from_ms, &frame.zone) else {
        return Vec::new();
    };
    let mut ticks = Vec::new();
    let mut day = first(date, step);
    loop {
        match step {
            Step::Seconds(seconds) => {
                let within = (0..DAY / seconds).map(|n| moment(day, n * seconds, &frame.zone));
                ticks.extend(within.flatten());
            }
            Step::Days(_) | Step::Months(_) => ticks.extend(moment(day, 0, &frame.zone)),
        }
        let next = match step {
            Step::Seconds(_) => day.tomorrow().ok(),
            Step::Days(days) => day.checked_add(days.days()).ok(),
            Step::Months(months) => day.checked_add(months.months()).ok(),
        };
        let is_over = ticks.last().is_some_and(|last| *last >= frame.to_ms);
        match next {
            Some(next) if !is_over => day = next,
            _ => break,
        }
    }
    ticks.retain(|at| (frame.from_ms..frame.to_ms).contains(at));
    ticks
}

/// The day from which steps are counted.
fn first(date: Date, step: Step) -> Date {
    match step {
        Step::Seconds(_) => date,
        Step::Days(days) => {
            let since = Date::constant(1970, 1, 5).until(date);
            let over = since.map_or(0, |since| i64::from(since.get_days()).rem_euclid(days));
            date.checked_sub(over.days()).unwrap_or(date)
        }
        Step::Months(months) => {
            let since = i64::from(date.year()) * 12 + i64::from(date.month()) - 1;
            let over = since.rem_euclid(months);
            let first = date.first_of_month();
            first.checked_sub(over.months()).unwrap_or(first)
        }
    }
}

/// When the clock shows so many seconds after midnight on a day.
fn moment(day: Date, seconds: i64, zone: &TimeZone) -> Option<i64> {
    let time = day.at(0, 0, 0, 0).checked_add(seconds.seconds()).ok()?;
    let at = zone.to_ambiguous_timestamp(time).compatible().ok()?;
    Some(at.as_millisecond())
}

fn date(at_ms: i64, zone: &TimeZone) -> Option<Date> {
    let at = Timestamp::from_millisecond(at_ms).ok()?;
    Some(zone.to_datetime(at).date())
}

fn label(at_ms: i64, step: Step, zone: &TimeZone) -> String {
    let Ok(at) = Timestamp::from_millisecond(at_ms) else {
        return String::new();
    };
    let at = at.to_zoned_datetime(zone.clone());
    let is_midnight = at.time() == jiff::civil::Time::midnight();
    let form = match step {
        Step::Seconds(_) if is_midnight => "%-d %b",
        Step::Seconds(..60) => "%H:%M:%S",
        Step::Seconds(_) => "%H:%M",
        Step::Days(_) => "%-d %b",
        Step::Months(..12) => "%b %Y",
        Step::Months(_) => "%Y",
    };
    at.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::testing::day;
    use super::*;

    fn of(hours: i64, columns: usize) -> String {
        let frame = Frame {
            to_ms: day(0).from_ms + hours * 3_600_000,
            ..day(0)
        };
        axis(&frame, columns, 2)
    }

    #[test]
    fn ticks_stand_at_round_times() {
        assert_eq!(
            of(24, 48),
            "  └┬───────────┬───────────┬───────────┬───────────\n   \
                27 Nov      06:00       12:00       18:00\n"
        );
        assert_eq!(
            of(24 * 30, 40),
            "  └─────────────┬──────────────────┬───────\n                \
                7 Dec              21 Dec\n"
        );
        assert!(
            of(24 * 800, 60).contains("Jan 2027"),
            "{}",
            of(24 * 800, 60)
        );
        assert!(of(1, 60).contains("00:10"), "{}", of(1, 60));
    }

    #[test]
    fn any_range_has_an_axis() {
        for (from_ms, to_ms) in [
            (0, 0),
            (i64::MIN, i64::MAX),
            (-62_135_596_800_000, 253_402_207_200_000),
            (0, 1),
        ] {
            for columns in [0, 1, 20] {
                let frame = Frame {
                    from_ms,
                    to_ms,
                    ..day(0)
                };
                assert_eq!(axis(&frame, columns, 0).lines().count(), 2);
            }
        }
    }
}

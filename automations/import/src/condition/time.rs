//! The condition `time`: after and before times of day, on some weekdays.

use rules::expr::Expr;
use rules::schedule::{TimeOfDay, Weekday};

use super::{Carried, lost};
use crate::case::Case;
use crate::cursor::{At, Fields};
use crate::make::{all, parsed};
use crate::time::time_of_day;

pub(super) fn time(case: &mut Case<'_, '_>, fields: &Fields<'_>) -> Carried {
    let after = bound(case, fields, "after");
    let before = bound(case, fields, "before");
    let weekday = fields.take("weekday").map(|at| weekdays(case, &at));
    let (Some(after), Some(before)) = (after, before) else {
        return Carried::Lost;
    };
    let asked: Option<Vec<_>> = [hours(after, before), weekday]
        .into_iter()
        .flatten()
        .collect();
    match asked {
        Some(asked) if asked.is_empty() => {
            lost(case, &fields.at, "the condition `time` names no time", "")
        }
        Some(asked) => all(asked).into(),
        None => Carried::Lost,
    }
}

/// A bound: nothing inside if there is none, nothing at all if it is lost.
#[expect(clippy::option_option, reason = "not asked and lost are two things")]
fn bound(case: &mut Case<'_, '_>, fields: &Fields<'_>, key: &str) -> Option<Option<TimeOfDay>> {
    let Some(at) = fields.take(key) else {
        return Some(None);
    };
    match at.text().and_then(time_of_day) {
        Some(time) => Some(Some(time)),
        None => {
            let what = format!("{} is no fixed time of day", at.node.described());
            case.dropped(&at, what, "write the time itself, such as 07:30");
            None
        }
    }
}

/// From the one, itself included, to the other, itself not; over midnight if that comes between.
#[expect(
    clippy::option_option,
    reason = "not asked and not possible are two things"
)]
fn hours(after: Option<TimeOfDay>, before: Option<TimeOfDay>) -> Option<Option<Expr>> {
    let text = match (after, before) {
        (None, None) => return None,
        (Some(after), None) => format!("time >= {after}"),
        (None, Some(before)) => format!("time < {before}"),
        (Some(after), Some(before)) if after < before => {
            format!("time >= {after} and time < {before}")
        }
        (Some(after), Some(before)) => format!("time >= {after} or time < {before}"),
    };
    Some(parsed(&text))
}

fn weekdays(case: &mut Case<'_, '_>, at: &At<'_>) -> Option<Expr> {
    let days: Option<Vec<Weekday>> = at
        .texts()
        .and_then(|days| days.into_iter().map(|day| day.parse().ok()).collect());
    let mut days = days.unwrap_or_default();
    days.sort_unstable();
    days.dedup();
    let words: Vec<_> = days.iter().map(ToString::to_string).collect();
    let text = match (days.first(), days.last()) {
        (Some(first), Some(last)) if first == last => format!("day == {first}"),
        (Some(first), Some(last)) if is_row(&days) => format!("day in {first}..{last}"),
        (Some(_), Some(_)) => format!("day in [{}]", words.join(", ")),
        _ => {
            let what = format!("{} are no days of the week", at.node.described());
            case.dropped(at, what, "");
            return None;
        }
    };
    parsed(&text)
}

/// Whether at least three days follow each other.
fn is_row(days: &[Weekday]) -> bool {
    days.len() > 2
        && days
            .iter()
            .zip(days.iter().skip(1))
            .all(|(day, next)| day.next() == *next)
}

//! The trigger `time`: a time of day, on some days.

use rules::schedule::{At as ClockAt, AtTime, Days};
use rules::tree::Trigger;

use super::Start;
use crate::case::Case;
use crate::cursor::{At, Fields};
use crate::time::time_of_day;

pub(super) fn time(case: &mut Case<'_, '_>, fields: &Fields<'_>) -> Vec<Start> {
    let days = match fields.take("weekday") {
        Some(at) => days(case, &at),
        None => Days::default(),
    };
    let Some(at) = fields.take("at") else {
        case.dropped(&fields.at, "the trigger `time` names no time", "");
        return Vec::new();
    };
    let mut starts = Vec::new();
    for entry in at.entries() {
        let Some(time) = entry.text().and_then(time_of_day) else {
            not_fixed(case, &entry);
            continue;
        };
        starts.push(Start::new(Trigger::At(ClockAt {
            when: AtTime::Clock(time),
            days: days.clone(),
        })));
    }
    starts
}

fn not_fixed(case: &mut Case<'_, '_>, at: &At<'_>) {
    let what = match at.text() {
        Some(text) if text.starts_with("input_datetime.") => {
            format!("the time is what `{text}` holds; here it is fixed")
        }
        _ => format!("{} is no fixed time of day", at.node.described()),
    };
    case.dropped(at, what, "write the time itself, such as 07:30");
}

/// Days of the week; every day if one of them is none.
pub(crate) fn days(case: &mut Case<'_, '_>, at: &At<'_>) -> Days {
    let days = at.texts().and_then(|days| days.join(",").parse().ok());
    days.unwrap_or_else(|| {
        case.dropped(
            at,
            format!("{} are no days of the week", at.node.described()),
            "",
        );
        Days::default()
    })
}
